// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keycontainer

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"unicode/utf16"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// S-boxes of GOST 28147-89: those of the algorithm's parameters or, without, of its year.
const (
	boxCryptoProA der.OID = "1.2.643.2.2.31.1"
	boxParamZ     der.OID = "1.2.643.7.1.2.5.1.1"
)

// header is header.key: what the container is about.
type header struct {
	algorithm   []byte  // AlgorithmIdentifier of the key
	box         der.OID // S-boxes of everything inside
	hash        alg.Hash
	fingerprint []byte // first 8 octets of the public key
	certificate *x509.Certificate
}

// masks is masks.key or its copy: by what the key is multiplied, and the salt of the password.
type masks struct {
	mask, status, mac []byte
}

func openCryptoPro(files map[string][]byte, password []byte) (*Container, error) {
	h, err := parseHeader(files["header.key"])
	if err != nil {
		return nil, err
	}
	c := &Container{Name: parseName(files["name.key"]), Certificate: h.certificate}
	failure := ErrNone
	for _, copy := range []string{"", "2"} { // the program keeps a reserve
		primary, mask := files["primary"+copy+".key"], files["masks"+copy+".key"]
		if primary == nil || mask == nil {
			continue
		}
		c.Key, err = h.unlock(primary, mask, password)
		if err == nil {
			return c, nil
		}
		if errors.Is(failure, ErrNone) || errors.Is(err, ErrPassword) { // a copy that is whole says more than a damaged one
			failure = err
		}
	}
	return nil, failure
}

// parseHeader reads
//
//	SEQUENCE { content SEQUENCE { [0] container algorithm, attributes BIT STRING,
//	  SEQUENCE { attributes BIT STRING, [0] AlgorithmIdentifier }, …, [5] certificate, …, [10] fingerprint, … },
//	  mac OCTET STRING }
//
// where mac is the code over content under a key of zeros: it finds accidents, not forgers.
func parseHeader(file []byte) (*header, error) {
	r := der.NewReader(file)
	s := r.Sequence()
	content := s.Raw(der.TagSequence)
	mac := s.OctetString()
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	r = der.NewReader(content)
	h := new(header)
	in := r.Sequence()
	in.Content(der.ContextConstructed(0))
	in.Bits()
	key := in.Sequence()
	key.Bits()
	identifier := key.Raw(der.ContextConstructed(0))
	for !key.Empty() {
		key.Any()
	}
	for !in.Empty() {
		tag, _, value := in.Any()
		switch tag {
		case der.Context(5):
			// A certificate that does not parse does not keep the key from its holder.
			h.certificate, _ = x509.ParseCertificate(value)
		case der.Context(10):
			h.fingerprint = value
		}
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	if len(h.fingerprint) != 8 {
		return nil, ErrNone
	}
	if err := h.parseAlgorithm(der.Retag(der.TagSequence, identifier)); err != nil {
		return nil, err
	}
	cipher, err := alg.NewOldCipher(h.box, make([]byte, 32))
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(cipher.MAC(nil, content), mac) != 1 {
		return nil, ErrDamaged
	}
	return h, nil
}

// parseAlgorithm reads the algorithm of the key, which names the agreement for keys that also agree.
func (h *header) parseAlgorithm(identifier []byte) error {
	r := der.NewReader(identifier)
	s := r.Sequence()
	oid := s.OID()
	params := s.Raw(der.TagSequence)
	s.End()
	p := der.NewReader(params)
	in := p.Sequence()
	curve := in.OID()
	h.box, h.hash = boxParamZ, alg.Streebog256
	for !in.Empty() {
		// digestParamSet, then encryptionParamSet; either may be missing
		if set := in.OID(); len(set) > 13 && set[:13] == boxCryptoProA[:13] && set[13] == '1' || set == boxParamZ {
			h.box = set
		}
	}
	if err := errors.Join(r.Close(), p.Close()); err != nil {
		return err
	}
	switch oid {
	case "1.2.643.2.2.98", "1.2.643.2.2.19":
		h.hash = alg.GOST94
		if h.box == boxParamZ {
			h.box = boxCryptoProA
		}
		h.algorithm = der.Sequence(der.ObjectID("1.2.643.2.2.19"), params)
	case "1.2.643.7.1.1.6.1", "1.2.643.7.1.1.1.1":
		h.algorithm = der.Sequence(der.ObjectID("1.2.643.7.1.1.1.1"), der.Sequence(der.ObjectID(curve)))
	case "1.2.643.7.1.1.6.2", "1.2.643.7.1.1.1.2":
		h.algorithm = der.Sequence(der.ObjectID("1.2.643.7.1.1.1.2"), der.Sequence(der.ObjectID(curve)))
	default:
		return alg.ErrUnsupported
	}
	return nil
}

func parseName(file []byte) string {
	r := der.NewReader(file)
	s := r.Sequence()
	if name := s.Content(der.TagIA5String); s.Err() == nil {
		return string(name)
	}
	return ""
}

// unlock takes the key out of one pair of files.
func (h *header) unlock(primary, mask, password []byte) (*alg.PrivateKey, error) {
	encrypted, err := parsePrimary(primary)
	if err != nil {
		return nil, err
	}
	m, err := parseMasks(mask)
	if err != nil {
		return nil, err
	}
	if len(encrypted) != len(m.mask) || len(encrypted)%32 != 0 || len(encrypted) == 0 {
		return nil, ErrDamaged
	}
	byMask, err := alg.NewOldCipher(h.box, m.mask[len(m.mask)-32:])
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(byMask.MAC(nil, m.status), m.mac) != 1 {
		return nil, ErrDamaged
	}
	under := passwordKey(h.hash, password, m.status[:12])
	defer clear(under)
	cipher, err := alg.NewOldCipher(h.box, under)
	if err != nil {
		return nil, err
	}
	masked := cipher.DecryptECB(encrypted)
	defer clear(masked)
	key, err := alg.ParseMaskedKey(h.algorithm, masked, m.mask)
	if errors.Is(err, alg.ErrKey) {
		return nil, ErrPassword // out of range, as a wrong password leaves it
	}
	if err != nil {
		return nil, err
	}
	r := der.NewReader(key.PublicKey().KeyOctets())
	if !bytes.HasPrefix(r.OctetString(), h.fingerprint) {
		key.Zero()
		return nil, ErrPassword
	}
	return key, nil
}

// parsePrimary reads SEQUENCE { primaryKey OCTET STRING, … }; a second key is for exchange and not read.
func parsePrimary(file []byte) ([]byte, error) {
	r := der.NewReader(file)
	s := r.Sequence()
	key := s.OctetString()
	for !s.Empty() {
		s.Any()
	}
	return key, r.Close()
}

// parseMasks reads SEQUENCE { mask OCTET STRING, randomStatus OCTET STRING, mac OCTET STRING }.
func parseMasks(file []byte) (*masks, error) {
	r := der.NewReader(file)
	s := r.Sequence()
	m := &masks{mask: s.OctetString(), status: s.OctetString(), mac: s.OctetString()}
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	if len(m.status) < 12 {
		return nil, ErrDamaged
	}
	return m, nil
}

// Rounds of the password function.
const (
	passwordRounds      = 2000
	emptyPasswordRounds = 2
)

// passwordKey is the program's function of a password: rounds of the hash over a state that begins with a fixed text, in
// the manner of HMAC. A character takes four octets.
func passwordKey(h alg.Hash, password, salt []byte) []byte {
	var wide []byte
	for _, unit := range utf16.Encode([]rune(string(password))) {
		wide = append(wide, byte(unit), byte(unit>>8), 0, 0)
	}
	defer clear(wide)
	rounds := passwordRounds
	if len(wide) == 0 {
		rounds = emptyPasswordRounds
	}
	sum := func(parts ...[]byte) []byte {
		d := h.New()
		for _, p := range parts {
			d.Write(p)
		}
		return d.Sum(nil)
	}
	state := []byte("DENEFH028.760246785.IUEFHWUIO.EF")
	first := sum(salt, wide)
	for range rounds {
		state = sum(pad(state, 0x36), first, pad(state, 0x5c), first)
	}
	state = sum(pad(state, 0x36), salt, pad(state, 0x5c), wide)
	return sum(state)
}

func pad(state []byte, with byte) []byte {
	out := make([]byte, len(state))
	for i := range state {
		out[i] = state[i] ^ with
	}
	return out
}
