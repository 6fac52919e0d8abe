// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import "podpis/pki/der"

// Kind is a type of key with its parameters. Keys on one curve are of one kind,
// whichever of the curve's identifiers they came with.
type Kind uint8

// The kinds of keys. TC26-256-B, -C and -D are the curves CryptoPro-A, -B and -C
// (RFC 7836, 5.2).
const (
	UnknownKind Kind = iota
	GOST256A         // id-tc26-gost-3410-2012-256-paramSetA, twisted Edwards
	GOST256B         // paramSetB = CryptoPro-A = CryptoPro-XchA
	GOST256C         // paramSetC = CryptoPro-B
	GOST256D         // paramSetD = CryptoPro-C = CryptoPro-XchB
	GOST512A
	GOST512B
	GOST512C    // twisted Edwards
	GOST256Test // the set of the standard's example: read, never offered
	GOST512Test
	P256
	P384
	P521
	RSA          // any length from 2048 bits
	GOST2001A    // CryptoPro-A; this and the next ones are read only
	GOST2001B    // CryptoPro-B
	GOST2001C    // CryptoPro-C
	GOST2001Test // the set of the standard's example
	KZ2015       // of Kazakhstan: TC26-512-A; this and the next one are read only
	KZ2004       // CryptoPro-A
)

type family uint8

const (
	noFamily family = iota
	gost256
	gost512
	gost2001
	kz2015
	kz2004
	ecdsaFamily
	rsaFamily
)

type kindInfo struct {
	name   string // of the command line; empty: not to be generated
	title  string // for people
	family family
	curve  der.OID // the identifier written for new keys
}

// info is the table of kinds. New keys on CryptoPro-A are named
// id-GostR3410-2001-CryptoPro-XchA-ParamSet: what qualified certificates of the
// field carry and every verifier reads.
func (k Kind) info() kindInfo {
	switch k {
	case GOST256A:
		return kindInfo{"gost256-a", "ГОСТ Р 34.10-2012 256 (TC26 A)", gost256, "1.2.643.7.1.2.1.1.1"}
	case GOST256B:
		return kindInfo{"gost256-b", "ГОСТ Р 34.10-2012 256 (CryptoPro A)", gost256, "1.2.643.2.2.36.0"}
	case GOST256C:
		return kindInfo{"gost256-c", "ГОСТ Р 34.10-2012 256 (CryptoPro B)", gost256, "1.2.643.2.2.35.2"}
	case GOST256D:
		return kindInfo{"gost256-d", "ГОСТ Р 34.10-2012 256 (CryptoPro C)", gost256, "1.2.643.2.2.35.3"}
	case GOST512A:
		return kindInfo{"gost512-a", "ГОСТ Р 34.10-2012 512 (A)", gost512, "1.2.643.7.1.2.1.2.1"}
	case GOST512B:
		return kindInfo{"gost512-b", "ГОСТ Р 34.10-2012 512 (B)", gost512, "1.2.643.7.1.2.1.2.2"}
	case GOST512C:
		return kindInfo{"gost512-c", "ГОСТ Р 34.10-2012 512 (C)", gost512, "1.2.643.7.1.2.1.2.3"}
	case GOST256Test:
		return kindInfo{"", "ГОСТ Р 34.10-2012 256 (test)", gost256, "1.2.643.2.2.35.0"}
	case GOST512Test:
		return kindInfo{"", "ГОСТ Р 34.10-2012 512 (test)", gost512, "1.2.643.7.1.2.1.2.0"}
	case P256:
		return kindInfo{"p256", "ECDSA P-256", ecdsaFamily, "1.2.840.10045.3.1.7"}
	case P384:
		return kindInfo{"p384", "ECDSA P-384", ecdsaFamily, "1.3.132.0.34"}
	case P521:
		return kindInfo{"p521", "ECDSA P-521", ecdsaFamily, "1.3.132.0.35"}
	case RSA:
		return kindInfo{"rsa2048", "RSA", rsaFamily, ""}
	case GOST2001A:
		return kindInfo{"", "ГОСТ Р 34.10-2001 (CryptoPro A)", gost2001, "1.2.643.2.2.35.1"}
	case GOST2001B:
		return kindInfo{"", "ГОСТ Р 34.10-2001 (CryptoPro B)", gost2001, "1.2.643.2.2.35.2"}
	case GOST2001C:
		return kindInfo{"", "ГОСТ Р 34.10-2001 (CryptoPro C)", gost2001, "1.2.643.2.2.35.3"}
	case GOST2001Test:
		return kindInfo{"", "ГОСТ Р 34.10-2001 (test)", gost2001, "1.2.643.2.2.35.0"}
	case KZ2015:
		return kindInfo{"", "ГОСТ 34.10-2015 512 (РК)", kz2015, oidKZ2015Curve}
	case KZ2004:
		return kindInfo{"", "ГОСТ 34.310-2004 (РК)", kz2004, oidKZ2004Curve}
	}
	return kindInfo{}
}

// Kinds lists the kinds that can be generated, in the order of the help text.
func Kinds() []Kind {
	return []Kind{GOST256A, GOST256B, GOST256C, GOST256D, GOST512A, GOST512B, GOST512C, P256, P384, P521, RSA}
}

// KindByName finds a kind by the name of the command line, such as "gost256-b".
func KindByName(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.Name() == name {
			return k, true
		}
	}
	return UnknownKind, false
}

// Identifiers of keys (RFC 5480, 2.1.1; RFC 3279, 2.3.1).
const (
	oidECKey  der.OID = "1.2.840.10045.2.1"
	oidRSAKey der.OID = "1.2.840.113549.1.1.1"
)

// curveBits is the length of a key on a curve.
func curveBits(k Kind) int {
	switch k {
	case GOST512A, GOST512B, GOST512C, GOST512Test, KZ2015:
		return 512
	case P384:
		return 384
	case P521:
		return 521
	}
	return 256
}

// Name is the name of the command line.
func (k Kind) Name() string { return k.info().name }

// String is the name for people; the standards' names need no translation.
func (k Kind) String() string { return k.info().title }

// IsGOST reports a key of GOST R 34.10-2012 or 34.10-2001.
func (k Kind) IsGOST() bool {
	f := k.info().family
	return f == gost256 || f == gost512 || f == gost2001
}

// ReadOnly reports a key that signs nothing here: of GOST R 34.10-2001, which verifies
// and decrypts, or of Kazakhstan, which verifies.
func (k Kind) ReadOnly() bool {
	f := k.info().family
	return f == gost2001 || f == kz2015 || f == kz2004
}

// oldKind is the kind of a key of GOST R 34.10-2001 on the curve of a kind of 2012:
// RFC 4357 names those four and no others.
func oldKind(k Kind) Kind {
	switch k {
	case GOST256B:
		return GOST2001A
	case GOST256C:
		return GOST2001B
	case GOST256D:
		return GOST2001C
	case GOST256Test:
		return GOST2001Test
	}
	return UnknownKind
}

// Hash is the digest that signatures with such a key use: for GOST the one the
// standard couples with the length of the key, SHA-2 of the key's strength
// otherwise.
func (k Kind) Hash() Hash {
	switch k.info().family {
	case gost256:
		return Streebog256
	case gost512, kz2015:
		return Streebog512
	case kz2004:
		return GOST34311
	case gost2001:
		return GOST94
	case rsaFamily:
		return SHA256
	case ecdsaFamily:
		switch k {
		case P384:
			return SHA384
		case P521:
			return SHA512
		}
		return SHA256
	}
	return NoHash
}

// Algorithm is how a key of this kind signs by default, or signed when it still did.
func (k Kind) Algorithm() SignatureAlgorithm {
	h := k.Hash()
	for _, a := range signatureAlgorithms() {
		if a.family == k.info().family && a.Hash == h && !a.keyOID && !a.pss {
			return a
		}
	}
	return SignatureAlgorithm{}
}
