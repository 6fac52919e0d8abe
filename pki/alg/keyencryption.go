// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"io"

	"podpis/gost/gost3410"
	"podpis/gost/keywrap"
	"podpis/pki/der"
)

// KeyEncryption is the way a content key is put under the key of a recipient.
type KeyEncryption struct {
	kind        keyEncryptionKind
	box         der.OID // old ways: S-boxes of GOST 28147-89, where the identifier names them
	diversified bool    // old ways: by RFC 4357, 6.5
}

type keyEncryptionKind uint8

const (
	unknownKeyEncryption keyEncryptionKind = iota
	kuznyechikKExp15                       // R 1323565.1.025-2019, 5.2 and 5.3
	magmaKExp15
	oldTransport // RFC 4490, 4.2: GOST 28147-89 under VKO; read only, as the next
	oldAgreement // RFC 4490, 4.1
	rsaPKCS1     // RFC 8017, 7.2; read only
	rsaOAEP      // RFC 4055, 4.1, with SHA-256
)

const (
	oidKuznyechikKExp15 der.OID = "1.2.643.7.1.1.7.2.1"
	oidMagmaKExp15      der.OID = "1.2.643.7.1.1.7.1.1"
	oidAgreement256     der.OID = "1.2.643.7.1.1.6.1"
	oidAgreement512     der.OID = "1.2.643.7.1.1.6.2"
)

// KeyEncryptionFor returns the way to encrypt a key of a content cipher for a recipient: KExp15 with the content's own
// cipher for GOST, OAEP for RSA. Keys that only read old documents, and those of ECDSA, are [ErrUnsupported].
func KeyEncryptionFor(recipient *PublicKey, content CipherKind) (KeyEncryption, error) {
	switch recipient.kind.info().family {
	case gost256, gost512:
		if content == MagmaCTR || content == MagmaCTROMAC {
			return KeyEncryption{kind: magmaKExp15}, nil
		}
		return KeyEncryption{kind: kuznyechikKExp15}, nil
	case rsaFamily:
		return KeyEncryption{kind: rsaOAEP}, nil
	}
	return KeyEncryption{}, ErrUnsupported
}

// ParseKeyEncryption reads keyEncryptionAlgorithm of a recipient (RFC 5652, 6.2).
func ParseKeyEncryption(identifierDER []byte) (KeyEncryption, error) {
	oid, params, err := identifier(identifierDER)
	if err != nil {
		return KeyEncryption{}, err
	}
	switch oid {
	case oidKuznyechikKExp15:
		return parseKExp15(kuznyechikKExp15, params)
	case oidMagmaKExp15:
		return parseKExp15(magmaKExp15, params)
	}
	if e, ok, err := parseOldKeyEncryption(oid, params); ok || err != nil {
		return e, err
	}
	return parseRSAKeyEncryption(oid, params)
}

// parseKExp15 reads the agreement that the wrapping goes with. The key of the recipient decides which it is, so the
// identifier has to be one of the two and no more.
func parseKExp15(kind keyEncryptionKind, params []byte) (KeyEncryption, error) {
	r := der.NewReader(params)
	s := r.Sequence()
	agreement := s.OID()
	s.End()
	if err := r.Close(); err != nil {
		return KeyEncryption{}, err
	}
	if agreement != oidAgreement256 && agreement != oidAgreement512 {
		return KeyEncryption{}, ErrUnsupported
	}
	return KeyEncryption{kind: kind}, nil
}

// Identifier encodes keyEncryptionAlgorithm for a recipient.
func (e KeyEncryption) Identifier(recipient *PublicKey) []byte {
	if e.kind == rsaOAEP {
		return identifierOAEP()
	}
	oid, agreement := oidKuznyechikKExp15, oidAgreement256
	if e.kind == magmaKExp15 {
		oid = oidMagmaKExp15
	}
	if recipient.kind.info().family == gost512 {
		agreement = oidAgreement512
	}
	return der.Sequence(der.ObjectID(oid), der.Sequence(der.ObjectID(agreement)))
}

// WrappedKey is a content key under the key of one recipient.
type WrappedKey struct {
	sender *PublicKey // the key that agrees with the recipient's; nil with RSA
	ukm    []byte
	key    []byte  // encrypted, with its code; for RSA the encrypted block
	box    der.OID // old ways: S-boxes
}

// ukmSize is the length of UKM in R 1323565.1.025-2019: 24 octets for KEG, the rest holds the initialization vector.
const ukmSize = 32

// WrapKey encrypts a content key for the recipient with a new key of the sender.
func (p *PublicKey) WrapKey(rand io.Reader, e KeyEncryption, contentKey []byte) (*WrappedKey, error) {
	switch e.kind {
	case rsaOAEP:
		return wrapOAEP(rand, p, contentKey)
	case kuznyechikKExp15, magmaKExp15:
	default:
		return nil, ErrUnsupported
	}
	public, ok := p.key.(gostPublic)
	if !ok {
		return nil, ErrMismatch
	}
	ephemeral, err := generateBeside(p, rand)
	if err != nil {
		return nil, err
	}
	defer ephemeral.Zero()
	w := &WrappedKey{sender: ephemeral.public, ukm: make([]byte, ukmSize)}
	if _, err := io.ReadFull(rand, w.ukm); err != nil {
		return nil, err
	}
	keys, err := keywrap.KEG(ephemeral.key.(gostPrivate).key, public.key, w.ukm)
	if err != nil {
		return nil, err
	}
	defer clear(keys)
	w.key, err = keywrap.KExp15(e.cipher(), keys[:32], keys[32:], e.iv(w.ukm), contentKey)
	return w, err
}

// generateBeside makes a key on the curve of another, under the identifiers that one came with.
func generateBeside(p *PublicKey, rand io.Reader) (*PrivateKey, error) {
	r := der.NewReader(p.spki)
	algorithm := r.Sequence().Sequence()
	oid := algorithm.OID()
	key, err := gost3410.GenerateKey(p.key.(gostPublic).key.Curve(), rand)
	if err != nil {
		return nil, err
	}
	return newGOSTPrivate(oid, algorithm.Rest(), key)
}

func (e KeyEncryption) cipher() keywrap.Cipher {
	if e.kind == magmaKExp15 {
		return keywrap.Magma
	}
	return keywrap.Kuznyechik
}

// iv is the initialization vector of KExp15: half a block from octet 25 of UKM on (R 1323565.1.025-2019, 5.2).
func (e KeyEncryption) iv(ukm []byte) []byte {
	if e.kind == magmaKExp15 {
		return ukm[24:28]
	}
	return ukm[24:32]
}

// UnwrapKey decrypts a content key. A key the message was not made for, and a changed message, are [ErrDecrypt]. The
// caller wipes the result.
func (k *PrivateKey) UnwrapKey(e KeyEncryption, w *WrappedKey) ([]byte, error) {
	if e.kind == rsaPKCS1 || e.kind == rsaOAEP {
		return unwrapRSA(k, e, w.key)
	}
	private, ok := k.key.(gostPrivate)
	if !ok {
		return nil, ErrMismatch
	}
	public, ok := w.sender.key.(gostPublic)
	if !ok {
		return nil, ErrMismatch
	}
	if e.kind == oldTransport || e.kind == oldAgreement {
		return unwrapOld(k, private, e, w)
	}
	if len(w.ukm) != ukmSize {
		return nil, ErrDecrypt
	}
	keys, err := keywrap.KEG(private.key, public.key, w.ukm)
	if err != nil {
		return nil, ErrDecrypt // the sender's key is of another curve
	}
	defer clear(keys)
	cek, err := keywrap.KImp15(e.cipher(), keys[:32], keys[32:], e.iv(w.ukm), w.key)
	if err != nil {
		return nil, ErrDecrypt // the code is wrong, or the wrapped key too short for one
	}
	return cek, nil
}

// Transport encodes encryptedKey of KeyTransRecipientInfo: for GOST GostR3410-KeyTransport of R 1323565.1.025-2019, 5.3.
func (w *WrappedKey) Transport() []byte {
	if w.sender == nil {
		return w.key
	}
	return der.Sequence(der.OctetString(w.key), w.sender.spki, der.OctetString(w.ukm))
}

// ReadTransport takes encryptedKey of KeyTransRecipientInfo.
func (w *WrappedKey) ReadTransport(e KeyEncryption, encrypted []byte) error {
	switch e.kind {
	case rsaPKCS1, rsaOAEP:
		w.key = encrypted
		return nil
	case oldTransport:
		return w.readOldTransport(encrypted)
	case oldAgreement:
		return ErrUnsupported
	}
	r := der.NewReader(encrypted)
	s := r.Sequence()
	w.key = s.OctetString()
	spki := s.Raw(der.TagSequence)
	w.ukm = s.OctetString()
	s.End()
	if err := r.Close(); err != nil {
		return err
	}
	var err error
	w.sender, err = ParsePublicKey(spki)
	return err
}

// ReadAgreement takes the parts of KeyAgreeRecipientInfo for one recipient.
func (w *WrappedKey) ReadAgreement(e KeyEncryption, sender *PublicKey, ukm, encrypted []byte) error {
	w.sender, w.ukm, w.key = sender, ukm, encrypted
	switch e.kind {
	case kuznyechikKExp15, magmaKExp15:
		return nil
	case oldAgreement:
		return w.readOldKey(encrypted)
	}
	return ErrUnsupported
}
