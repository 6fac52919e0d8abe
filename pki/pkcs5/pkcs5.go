// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package pkcs5 encrypts under a password: PBES2 with PBKDF2 (RFC 8018) and the
// algorithms of RFC 9337 that RFC 9548 uses for keys and containers.
//
// Written are Kuznyechik and Magma in CTR-ACPKM with or without OMAC under
// HMAC-Streebog-512, and AES-256-CBC under HMAC-SHA-256 for what foreign programs
// are to read. Read are those, AES-128 and -192, Triple DES, and GOST 28147-89 and
// HMAC over GOST R 34.11-94 of older programs.
//
// The number of iterations is bounded by a [Budget] that one file shares: a
// hostile file could otherwise hold a processor for days.
//
// Left out: scrypt, PBES1.
package pkcs5

import (
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// Budget is how many iterations of a password function one file may still cost.
type Budget int

// MaxIterations is the budget of one file: some tens of seconds of Streebog on a
// small machine. Programs write 2,000 to 600,000 an object.
const MaxIterations Budget = 3_000_000

// Saltlen and iterations of what is written (RFC 9337, 5: at least 8 octets and
// 1,000 iterations).
const (
	saltLength        = 16
	DefaultIterations = 20_000
	maxSalt           = 1024
)

var (
	// ErrPassword says that the password does not open the file.
	ErrPassword = errors.New("pkcs5: wrong password")
	// ErrIterations says that a file demands more work than is allowed.
	ErrIterations = errors.New("pkcs5: number of iterations beyond the limit of 3000000")
)

// AlgorithmError names what is recognised as an algorithm and not computed. It
// is an [alg.ErrUnsupported].
type AlgorithmError struct{ OID der.OID }

func (e *AlgorithmError) Error() string {
	return "pkcs5: algorithm " + string(e.OID) + " not supported"
}

// Unwrap returns [alg.ErrUnsupported].
func (e *AlgorithmError) Unwrap() error { return alg.ErrUnsupported }

// Spend takes iterations from the budget.
func (b *Budget) Spend(iterations int) error {
	if iterations < 1 || iterations > int(*b) {
		return ErrIterations
	}
	*b -= Budget(iterations)
	return nil
}

const (
	oidPBES2  der.OID = "1.2.840.113549.1.5.13"
	oidPBKDF2 der.OID = "1.2.840.113549.1.5.12"
)

// prfs are the functions of PBKDF2 (RFC 8018, B.1.2; RFC 9337, 7.2).
func prfs() []struct {
	oid  der.OID
	hash alg.Hash
} {
	return []struct {
		oid  der.OID
		hash alg.Hash
	}{
		{"1.2.643.7.1.1.4.2", alg.Streebog512},
		{"1.2.643.7.1.1.4.1", alg.Streebog256},
		{"1.2.840.113549.2.9", alg.SHA256},
		{"1.2.840.113549.2.10", alg.SHA384},
		{"1.2.840.113549.2.11", alg.SHA512},
		{"1.2.840.113549.2.7", alg.SHA1},
		{"1.2.643.2.2.10", alg.GOST94}, // RFC 4357, 2.2
	}
}

// Options are how to write.
type Options struct {
	Cipher     alg.CipherKind // KuznyechikCTROMAC when unknown
	Iterations int            // DefaultIterations when 0
}

func (o Options) normal() Options {
	if o.Cipher == alg.UnknownCipher {
		o.Cipher = alg.KuznyechikCTROMAC
	}
	if o.Iterations == 0 {
		o.Iterations = DefaultIterations
	}
	return o
}

func (o Options) prf() alg.Hash {
	if o.Cipher == alg.AES256CBC {
		return alg.SHA256
	}
	return alg.Streebog512 // RFC 9337, 4
}

// Encrypt returns the AlgorithmIdentifier of PBES2 and the encrypted octets. The
// password is taken as it is: UTF-8 in the files of this project.
func Encrypt(rand io.Reader, password, plain []byte, o Options) (algorithm, encrypted []byte, err error) {
	o = o.normal()
	budget := MaxIterations
	if err := budget.Spend(o.Iterations); err != nil {
		return nil, nil, err
	}
	cipher, err := alg.NewCipher(o.Cipher, rand)
	if err != nil {
		return nil, nil, err
	}
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return nil, nil, err
	}
	key := o.prf().PBKDF2(password, salt, o.Iterations, cipher.KeySize())
	defer clear(key)
	encrypted, err = cipher.Encrypt(key, plain)
	if err != nil {
		return nil, nil, err
	}
	var prf []byte
	for _, p := range prfs() {
		if p.hash == o.prf() {
			prf = der.Sequence(der.ObjectID(p.oid), der.Null()) // NULL: RFC 9548, A
		}
	}
	function := der.Sequence(der.ObjectID(oidPBKDF2),
		der.Sequence(der.OctetString(salt), der.Int(int64(o.Iterations)), prf))
	return der.Sequence(der.ObjectID(oidPBES2), der.Sequence(function, cipher.Identifier())), encrypted, nil
}

// Decrypt opens octets under the AlgorithmIdentifier of PBES2. A wrong password
// is [ErrPassword] where the cipher shows it; ciphers without a code and without
// padding give nonsense, which the caller recognises by its structure.
func Decrypt(algorithm, password, encrypted []byte, budget *Budget) ([]byte, error) {
	p, err := parse(algorithm)
	if err != nil {
		return nil, err
	}
	if err := budget.Spend(p.iterations); err != nil {
		return nil, err
	}
	key := p.prf.PBKDF2(password, p.salt, p.iterations, p.cipher.KeySize())
	defer clear(key)
	plain, err := p.cipher.Decrypt(key, encrypted)
	if errors.Is(err, alg.ErrDecrypt) {
		return nil, ErrPassword
	}
	return plain, err
}

type parameters struct {
	salt       []byte
	iterations int
	prf        alg.Hash
	cipher     *alg.Cipher
}

// parse reads PBES2-params and PBKDF2-params (RFC 8018, A.4 and A.2).
func parse(algorithm []byte) (*parameters, error) {
	r := der.NewReader(algorithm)
	s := r.Sequence()
	if oid := s.OID(); r.Err() == nil && oid != oidPBES2 {
		return nil, &AlgorithmError{oid}
	}
	scheme := s.Sequence()
	function := scheme.Sequence()
	if oid := function.OID(); r.Err() == nil && oid != oidPBKDF2 {
		return nil, &AlgorithmError{oid}
	}
	kdf := function.Sequence()
	function.End()
	p := &parameters{salt: kdf.OctetString(), iterations: kdf.Int(), prf: alg.SHA1} // SHA-1: the default
	length := 0
	if kdf.Peek() == der.TagInteger {
		length = kdf.Int()
	}
	var unknown der.OID
	if prf, ok := kdf.EnterOptional(der.TagSequence); ok {
		p.prf, unknown = parsePRF(prf)
	}
	kdf.End()
	cipher := scheme.Raw(der.TagSequence)
	scheme.End()
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	if unknown != "" {
		return nil, &AlgorithmError{unknown}
	}
	var err error
	if p.cipher, err = alg.ParseCipher(cipher); err != nil {
		return nil, cipherError(cipher, err)
	}
	if len(p.salt) > maxSalt || length != 0 && length != p.cipher.KeySize() {
		return nil, &der.SyntaxError{Reason: "salt or key length of PBKDF2 out of bounds"}
	}
	return p, nil
}

// oidGOST94Box names the S-boxes of GOST R 34.11-94 (RFC 4357, 11.2), which CryptoPro
// JCP states beside the function.
const oidGOST94Box der.OID = "1.2.643.2.2.30.1"

func parsePRF(s *der.Reader) (h alg.Hash, unknown der.OID) {
	oid, box := s.OID(), oidGOST94Box
	switch {
	case s.Empty():
	case s.Peek() == der.TagOID:
		box = s.OID()
	default:
		s.Null()
	}
	s.End()
	for _, p := range prfs() {
		if p.oid == oid && box == oidGOST94Box && p.hash.Size() != 0 {
			return p.hash, ""
		}
	}
	return alg.NoHash, oid
}

func cipherError(identifier []byte, err error) error {
	if !errors.Is(err, alg.ErrUnsupported) {
		return err
	}
	return &AlgorithmError{der.NewReader(identifier).Sequence().OID()}
}
