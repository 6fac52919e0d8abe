// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"hash"
	"io"

	"podpis/gost/kdf"
	"podpis/gost/kuznyechik"
	"podpis/gost/magma"
	"podpis/gost/modes"
	"podpis/gost/old/gost28147"
	"podpis/pki/der"
)

// ErrDecrypt says that octets do not decrypt under this key: the code over them
// or their padding is wrong.
var ErrDecrypt = errors.New("alg: does not decrypt under this key")

// CipherKind is a cipher with its mode.
type CipherKind uint8

// The ciphers that protect keys and containers (RFC 9337, 7.3; RFC 8018, B.2).
const (
	UnknownCipher CipherKind = iota
	KuznyechikCTR            // CTR-ACPKM
	KuznyechikCTROMAC
	MagmaCTR
	MagmaCTROMAC
	GOST28147CFB // old programs: read only
	AES256CBC
	AES192CBC // read only, as the next two
	AES128CBC
	TripleDESCBC
)

type cipherInfo struct {
	oid     der.OID
	keySize int
	iv      int // octets of iv (for CTR-ACPKM: half a block), the 8 octets of the seed not counted
	omac    bool
}

func (k CipherKind) info() cipherInfo {
	switch k {
	case KuznyechikCTR:
		return cipherInfo{"1.2.643.7.1.1.5.2.1", 32, 8, false}
	case KuznyechikCTROMAC:
		return cipherInfo{"1.2.643.7.1.1.5.2.2", 32, 8, true}
	case MagmaCTR:
		return cipherInfo{"1.2.643.7.1.1.5.1.1", 32, 4, false}
	case MagmaCTROMAC:
		return cipherInfo{"1.2.643.7.1.1.5.1.2", 32, 4, true}
	case GOST28147CFB:
		return cipherInfo{"1.2.643.2.2.21", 32, 8, false}
	case AES256CBC:
		return cipherInfo{"2.16.840.1.101.3.4.1.42", 32, 16, false}
	case AES192CBC:
		return cipherInfo{"2.16.840.1.101.3.4.1.22", 24, 16, false}
	case AES128CBC:
		return cipherInfo{"2.16.840.1.101.3.4.1.2", 16, 16, false}
	case TripleDESCBC:
		return cipherInfo{"1.2.840.113549.3.7", 24, 8, false}
	}
	return cipherInfo{}
}

func (k CipherKind) acpkm() bool { return k >= KuznyechikCTR && k <= MagmaCTROMAC }

// seedSize is the tail of the parameter that seeds the two keys of the variants
// with OMAC (RFC 9337, 7.3).
const seedSize = 8

// Cipher is a cipher with its parameters, as an AlgorithmIdentifier states it.
type Cipher struct {
	kind CipherKind
	iv   []byte
	seed []byte // CTR-ACPKM only
	box  gost28147.Box
}

// ParseCipher reads the AlgorithmIdentifier of a content cipher. What cannot be
// computed in this build is [ErrUnsupported].
func ParseCipher(identifierDER []byte) (*Cipher, error) {
	oid, params, err := identifier(identifierDER)
	if err != nil {
		return nil, err
	}
	for k := KuznyechikCTR; k <= TripleDESCBC; k++ {
		if k.info().oid != oid {
			continue
		}
		c, known := &Cipher{kind: k}, false
		r := der.NewReader(params)
		switch {
		case k.acpkm():
			// Gost3412-15-Encryption-Parameters ::= SEQUENCE { ukm OCTET STRING }
			s := r.Sequence()
			ukm := s.OctetString()
			s.End()
			if r.Err() == nil && len(ukm) != k.info().iv+seedSize {
				r.Fail("ukm of a wrong length")
				break
			}
			if r.Err() == nil {
				c.iv, c.seed = ukm[:k.info().iv], ukm[k.info().iv:]
			}
		case k == GOST28147CFB:
			s := r.Sequence() // RFC 4357, 8.1
			c.iv = s.OctetString()
			c.box, known = box28147(s.OID())
			if !known && r.Err() == nil {
				return nil, ErrUnsupported
			}
			s.End()
		default:
			c.iv = r.OctetString()
		}
		if r.Err() == nil && len(c.iv) != k.info().iv {
			r.Fail("initialization vector of a wrong length")
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
		if !k.acpkm() && k != GOST28147CFB && !blockModes {
			return nil, ErrUnsupported
		}
		return c, nil
	}
	return nil, ErrUnsupported
}

// NewCipher draws parameters for a cipher that is written.
func NewCipher(k CipherKind, rand io.Reader) (*Cipher, error) {
	if !k.acpkm() && (k != AES256CBC || !blockModes) {
		return nil, ErrUnsupported
	}
	drawn := make([]byte, k.info().iv+seedSize)
	if _, err := io.ReadFull(rand, drawn); err != nil {
		return nil, err
	}
	return &Cipher{kind: k, iv: drawn[:k.info().iv], seed: drawn[k.info().iv:]}, nil
}

// Kind says which cipher it is.
func (c *Cipher) Kind() CipherKind { return c.kind }

// KeySize is the length of the key in octets.
func (c *Cipher) KeySize() int { return c.kind.info().keySize }

// Identifier encodes the AlgorithmIdentifier.
func (c *Cipher) Identifier() []byte {
	oid := der.ObjectID(c.kind.info().oid)
	if c.kind.acpkm() {
		return der.Sequence(oid, der.Sequence(der.OctetString(c.iv, c.seed)))
	}
	return der.Sequence(oid, der.OctetString(c.iv))
}

// Encrypt returns plain under a key of [Cipher.KeySize] octets, with the code of
// OMAC behind it where the cipher has one.
func (c *Cipher) Encrypt(key, plain []byte) ([]byte, error) {
	if len(key) != c.KeySize() {
		return nil, ErrKey
	}
	if !c.kind.acpkm() {
		return encryptBlocks(c.kind, key, c.iv, plain)
	}
	stream, mac, err := c.open(key)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(plain)+16), plain...)
	if mac != nil {
		mac.Write(plain)
		out = mac.Sum(out)
	}
	stream.XORKeyStream(out, out)
	return out, nil
}

// Decrypt is the inverse of Encrypt. A wrong code or padding is [ErrDecrypt]; the
// variants without a code decrypt to anything under a wrong key.
func (c *Cipher) Decrypt(key, data []byte) ([]byte, error) {
	if len(key) != c.KeySize() {
		return nil, ErrKey
	}
	switch {
	case c.kind == GOST28147CFB:
		return decrypt28147(c.box, key, c.iv, data)
	case !c.kind.acpkm():
		return decryptBlocks(c.kind, key, c.iv, data)
	}
	stream, mac, err := c.open(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	stream.XORKeyStream(out, data)
	if mac == nil {
		return out, nil
	}
	n := len(out) - mac.Size()
	if n < 0 {
		return nil, ErrDecrypt
	}
	mac.Write(out[:n])
	if subtle.ConstantTimeCompare(mac.Sum(nil), out[n:]) != 1 {
		clear(out)
		return nil, ErrDecrypt
	}
	return out[:n:n], nil
}

type keyStream interface{ XORKeyStream(dst, src []byte) }

// Sections of CTR-ACPKM in octets (R 1323565.1.025-2019; RFC 9337, 7.3).
const (
	kuznyechikSection = 4096
	magmaSection      = 1024
)

// keys are those of the key stream and of the code: with OMAC two made of one.
func (c *Cipher) keys(key []byte) (encryption, authentication []byte, err error) {
	if !c.kind.info().omac {
		return bytes.Clone(key), nil, nil
	}
	both, err := kdf.KDFTree256(key, []byte("kdf tree"), c.seed, 1, 64)
	if err != nil {
		return nil, nil, err
	}
	return both[:32], both[32:], nil
}

// open makes the key stream and, in the variants with OMAC, the code. Both are constant in time: what a key store
// protects is a key.
func (c *Cipher) open(key []byte) (stream keyStream, mac hash.Hash, err error) {
	if c.kind == KuznyechikCTR || c.kind == KuznyechikCTROMAC {
		return openWith(c, key, kuznyechik.NewConstantTimeCipher, kuznyechik.NewConstantTimeCipher, kuznyechikSection)
	}
	return openWith(c, key, magma.NewConstantTimeCipher, magma.NewConstantTimeCipher, magmaSection)
}

// openContent is open for documents of any length. Their code goes block by block, which the ciphers with tables do much
// faster; the key stream goes by many blocks at once and stays constant in time.
func (c *Cipher) openContent(key []byte) (stream keyStream, mac hash.Hash, err error) {
	if c.kind == KuznyechikCTR || c.kind == KuznyechikCTROMAC {
		return openWith(c, key, kuznyechik.NewConstantTimeCipher, kuznyechik.NewCipher, kuznyechikSection)
	}
	return openWith(c, key, magma.NewConstantTimeCipher, magma.NewCipher, magmaSection)
}

// openWith makes the key stream of one block cipher and the code of another.
func openWith[S, M modes.Block](c *Cipher, key []byte, streamCipher func([]byte) (S, error), macCipher func([]byte) (M, error), section int) (keyStream, hash.Hash, error) {
	encryption, authentication, err := c.keys(key)
	if err != nil {
		return nil, nil, err
	}
	defer clear(encryption)
	defer clear(authentication)
	stream, err := modes.NewCTRACPKM(streamCipher, encryption, c.iv, section)
	if err != nil || authentication == nil {
		return stream, nil, err
	}
	mac, err := newOMAC(macCipher, authentication)
	return stream, mac, err
}

func newOMAC[B modes.Block](newCipher func(key []byte) (B, error), key []byte) (hash.Hash, error) {
	b, err := newCipher(key)
	if err != nil {
		return nil, err
	}
	return modes.NewOMAC(b), nil
}

// Authenticated tells whether the cipher has a code over the content.
func (c *Cipher) Authenticated() bool { return c.kind.info().omac }

// CodeSize is the length of that code: a block; 0 without.
func (c *Cipher) CodeSize() int {
	switch c.kind {
	case KuznyechikCTROMAC:
		return kuznyechik.BlockSize
	case MagmaCTROMAC:
		return magma.BlockSize
	}
	return 0
}

// ContentStream encrypts or decrypts content of any length in CTR-ACPKM, piece by piece.
type ContentStream struct {
	stream  keyStream
	mac     hash.Hash // over the plain content; nil without
	decrypt bool
}

// NewEncrypter starts the encryption of content. Ciphers that are not streams are [ErrUnsupported].
func (c *Cipher) NewEncrypter(key []byte) (*ContentStream, error) { return c.newStream(key, false) }

// NewDecrypter starts the decryption of content. Ciphers that are not streams are [ErrUnsupported].
func (c *Cipher) NewDecrypter(key []byte) (*ContentStream, error) { return c.newStream(key, true) }

func (c *Cipher) newStream(key []byte, decrypt bool) (*ContentStream, error) {
	if !c.kind.acpkm() {
		return nil, ErrUnsupported
	}
	if len(key) != c.KeySize() {
		return nil, ErrDecrypt
	}
	stream, mac, err := c.openContent(key)
	return &ContentStream{stream, mac, decrypt}, err
}

// Update processes the next piece in place.
func (s *ContentStream) Update(piece []byte) {
	if s.mac != nil && !s.decrypt {
		s.mac.Write(piece)
	}
	s.stream.XORKeyStream(piece, piece)
	if s.mac != nil && s.decrypt {
		s.mac.Write(piece)
	}
}

// Code returns the code over the content encrypted behind it (R 1323565.1.025-2019, 6.1), nil without.
func (s *ContentStream) Code() []byte {
	if s.mac == nil {
		return nil
	}
	code := s.mac.Sum(nil)
	s.stream.XORKeyStream(code, code)
	return code
}

// Verify checks the encrypted code behind the content; another one is [ErrDecrypt].
func (s *ContentStream) Verify(code []byte) error {
	if s.mac != nil && subtle.ConstantTimeCompare(s.Code(), code) != 1 {
		return ErrDecrypt
	}
	return nil
}

// NewHMAC returns HMAC over the hash (RFC 2104; RFC 7836, 4.1).
func (h Hash) NewHMAC(key []byte) hash.Hash { return kdf.NewHMAC(h.New, key) }

// PBKDF2 derives keyLen octets from a password (RFC 8018, 5.2; RFC 9337, 4). The
// caller bounds the iterations.
func (h Hash) PBKDF2(password, salt []byte, iterations, keyLen int) []byte {
	return kdf.PBKDF2(h.New, password, salt, iterations, keyLen)
}

// DecryptTripleDES reads CBC with an initialization vector that is not stated
// but derived, as the old schemes of PKCS #12 have it (RFC 7292, C).
func DecryptTripleDES(key, iv, data []byte) ([]byte, error) {
	if info := TripleDESCBC.info(); len(key) != info.keySize || len(iv) != info.iv {
		return nil, ErrKey
	}
	return decryptBlocks(TripleDESCBC, key, iv, data)
}
