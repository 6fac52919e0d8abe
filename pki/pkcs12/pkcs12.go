// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package pkcs12 reads and writes containers of a key and its certificates
// (PKCS #12, RFC 7292) in the form of RFC 9548 and in that of OpenSSL.
//
// RFC 9548 is written and read: password in UTF-8, PBES2 with Kuznyechik or Magma,
// MAC by HMAC-Streebog whose key is the last 32 of 96 octets of PBKDF2. For keys
// that are not of GOST the container is written as OpenSSL 3 does (AES-256-CBC,
// MAC of RFC 7292, B with SHA-256), so that it reads it. Triple DES and RC2 of old
// containers, GOST 28147-89, the code over GOST R 34.11-94 of Java programs and
// the key in CryptoPro CSP's own scheme (2012 only) are read.
//
// A wrong password ([ErrPassword]) and a damaged file ([ErrDamaged]) are told
// apart where the file allows it: a part that opens under the password proves
// the password.
//
// Left out: RC4, several keys in one file (the first counts), CRL and secret bags.
package pkcs12

import (
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
	"podpis/pki/x509"
)

var (
	// ErrPassword says that the password is wrong.
	ErrPassword = pkcs5.ErrPassword
	// ErrDamaged says that the password is right, or that it cannot matter, and
	// the file is not what was written.
	ErrDamaged = errors.New("pkcs12: file is damaged")
	// ErrNoKey says that there is no private key inside.
	ErrNoKey = errors.New("pkcs12: no private key inside")
	// ErrPair says that no certificate belongs to the key.
	ErrPair = errors.New("pkcs12: key and certificate are not a pair")
	// ErrTooLarge says that a file is longer than any container.
	ErrTooLarge = errors.New("pkcs12: longer than any container")
)

// Bounds of what is read.
const (
	maxFile = 4 << 20
	maxBags = 256
)

// Contents is a key with its certificates.
type Contents struct {
	Key *alg.PrivateKey
	// Certificates begin with the one of the key.
	Certificates []*x509.Certificate
	FriendlyName string
}

// Certificate is the certificate of the key.
func (c *Contents) Certificate() *x509.Certificate { return c.Certificates[0] }

// Options are how to write. The zero value suits the key: RFC 9548 with
// Kuznyechik for GOST, AES-256-CBC for others.
type Options struct {
	Cipher     alg.CipherKind
	Iterations int // pkcs5.DefaultIterations when 0
}

const (
	oidData          der.OID = "1.2.840.113549.1.7.1"
	oidEncryptedData der.OID = "1.2.840.113549.1.7.6"

	oidKeyBag      der.OID = "1.2.840.113549.1.12.10.1.1"
	oidShroudedBag der.OID = "1.2.840.113549.1.12.10.1.2"
	oidCertBag     der.OID = "1.2.840.113549.1.12.10.1.3"
	oidSafeBag     der.OID = "1.2.840.113549.1.12.10.1.6"

	oidX509Certificate der.OID = "1.2.840.113549.1.9.22.1"
	oidFriendlyName    der.OID = "1.2.840.113549.1.9.20"
	oidLocalKeyID      der.OID = "1.2.840.113549.1.9.21"

	oidTripleDES der.OID = "1.2.840.113549.1.12.1.3" // pbeWithSHAAnd3-KeyTripleDES-CBC
	oidRC2128    der.OID = "1.2.840.113549.1.12.1.5" // pbeWithSHAAnd128BitRC2-CBC; read only, as the next two
	oidRC240     der.OID = "1.2.840.113549.1.12.1.6" // pbeWithSHAAnd40BitRC2-CBC
	// oidCryptoProPBE is the scheme of CryptoPro CSP, with { salt OCTET STRING, iterations INTEGER }.
	oidCryptoProPBE der.OID = "1.2.840.113549.1.12.1.80"
)

// Decode opens a container. Errors: [ErrPassword], [ErrDamaged], [ErrNoKey],
// [ErrPair], [pkcs5.ErrIterations], an [alg.ErrUnsupported] that names the
// algorithm, or a syntax error for what is no container at all.
func Decode(file, password []byte) (*Contents, error) {
	if len(file) > maxFile {
		return nil, ErrTooLarge
	}
	message, _, err := der.FromBER(file)
	if err != nil {
		return nil, err
	}
	content, code, err := parsePFX(message)
	if err != nil {
		return nil, err
	}
	o := &opener{password: password, budget: pkcs5.MaxIterations}
	var macErr error
	if code != nil {
		macErr = code.check(content, o)
		if macErr != nil && !errors.Is(macErr, ErrPassword) {
			return nil, macErr
		}
	}
	openErr := o.authenticatedSafe(content)
	switch {
	case macErr != nil && o.opened:
		return nil, ErrDamaged
	case macErr != nil:
		return nil, macErr
	case code != nil && isDamage(openErr):
		return nil, ErrDamaged // the code proved the password
	case openErr != nil:
		return nil, openErr
	}
	return o.contents()
}

func isDamage(err error) bool {
	var syntax *der.SyntaxError
	return errors.Is(err, ErrPassword) || errors.As(err, &syntax)
}

// parsePFX reads the outermost structure (RFC 7292, 4).
func parsePFX(message []byte) (content []byte, code *mac, err error) {
	r := der.NewReader(message)
	s := r.Sequence()
	if v := s.Int(); r.Err() == nil && v != 3 {
		s.Fail("version of container unknown")
	}
	info := s.Sequence()
	oid := info.OID()
	if r.Err() == nil && oid != oidData {
		info.Fail("container sealed with a signature")
	}
	e := info.Enter(der.ContextConstructed(0))
	content = e.OctetString()
	e.End()
	info.End()
	if m, ok := s.EnterOptional(der.TagSequence); ok {
		code = parseMAC(m)
	}
	s.End()
	return content, code, r.Close()
}

// contents puts the certificate of the key first.
func (o *opener) contents() (*Contents, error) {
	if o.key == nil {
		return nil, ErrNoKey
	}
	c := &Contents{Key: o.key, FriendlyName: o.name}
	for _, cert := range o.certificates {
		if cert.PublicKey != nil && cert.PublicKey.Equal(o.key.PublicKey()) && len(c.Certificates) == 0 {
			c.Certificates = append(c.Certificates, cert)
		}
	}
	if len(c.Certificates) == 0 {
		o.key.Zero()
		return nil, ErrPair
	}
	for _, cert := range o.certificates {
		if cert != c.Certificates[0] {
			c.Certificates = append(c.Certificates, cert)
		}
	}
	return c, nil
}

// Encode writes a container. The first certificate must be the key's.
func Encode(rand io.Reader, c *Contents, password []byte, o Options) ([]byte, error) {
	if c.Key == nil {
		return nil, ErrNoKey
	}
	if len(c.Certificates) == 0 || !c.Key.PublicKey().Equal(c.Certificates[0].PublicKey) {
		return nil, ErrPair
	}
	if o.Cipher == alg.UnknownCipher && !c.Key.Kind().IsGOST() {
		o.Cipher = alg.AES256CBC
	}
	if o.Iterations == 0 {
		o.Iterations = pkcs5.DefaultIterations
	}
	w := &writer{rand: rand, password: password, options: pkcs5.Options{Cipher: o.Cipher, Iterations: o.Iterations}}
	content, err := w.authenticatedSafe(c)
	if err != nil {
		return nil, err
	}
	code, err := w.mac(content)
	if err != nil {
		return nil, err
	}
	return der.Sequence(der.Int(3),
		der.Sequence(der.ObjectID(oidData), der.Explicit(0, der.OctetString(content))), code), nil
}
