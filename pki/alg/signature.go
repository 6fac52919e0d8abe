// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import "podpis/pki/der"

// SignatureAlgorithm is what the AlgorithmIdentifier of a signature says. The
// zero value says nothing and verifies nothing.
type SignatureAlgorithm struct {
	OID  der.OID
	Hash Hash // the digest that is signed; NoHash when the identifier names only the key

	family  family
	pss     bool
	saltLen int  // RSASSA-PSS
	keyOID  bool // the identifier of a key stands for a signature
}

// Identifiers of signatures (RFC 9215, 2; RFC 5758; RFC 4055).
const (
	oidGOST256WithStreebog der.OID = "1.2.643.7.1.1.3.2"
	oidGOST512WithStreebog der.OID = "1.2.643.7.1.1.3.3"
	oidGOST2001WithGOST94  der.OID = "1.2.643.2.2.3" // RFC 4491, 2.2.2
	oidRSAPSS              der.OID = "1.2.840.113549.1.1.10"
	oidMGF1                der.OID = "1.2.840.113549.1.1.8"
)

// signatureAlgorithms is the table of what is read. CMS of gost-engine and of
// R 1323565.1.025 names the key OID as signatureAlgorithm, RSA signers
// rsaEncryption (RFC 3370, 3.2): the digest is then stated elsewhere.
func signatureAlgorithms() []SignatureAlgorithm {
	return []SignatureAlgorithm{
		{OID: oidGOST256WithStreebog, Hash: Streebog256, family: gost256},
		{OID: oidGOST512WithStreebog, Hash: Streebog512, family: gost512},
		{OID: oidGOST256Key, Hash: Streebog256, family: gost256, keyOID: true},
		{OID: oidGOST512Key, Hash: Streebog512, family: gost512, keyOID: true},
		{OID: oidGOST2001WithGOST94, Hash: GOST94, family: gost2001},
		{OID: oidGOST2001Key, Hash: GOST94, family: gost2001, keyOID: true}, // RFC 4490, 3.2
		{OID: oidKZ2015Signature, Hash: Streebog512, family: kz2015},
		{OID: oidKZ2004Signature, Hash: GOST34311, family: kz2004},
		{OID: "1.2.840.10045.4.3.2", Hash: SHA256, family: ecdsaFamily},
		{OID: "1.2.840.10045.4.3.3", Hash: SHA384, family: ecdsaFamily},
		{OID: "1.2.840.10045.4.3.4", Hash: SHA512, family: ecdsaFamily},
		{OID: oidECKey, Hash: NoHash, family: ecdsaFamily, keyOID: true},
		{OID: "1.2.840.113549.1.1.11", Hash: SHA256, family: rsaFamily},
		{OID: "1.2.840.113549.1.1.12", Hash: SHA384, family: rsaFamily},
		{OID: "1.2.840.113549.1.1.13", Hash: SHA512, family: rsaFamily},
		{OID: "1.2.840.113549.1.1.5", Hash: SHA1, family: rsaFamily},
		{OID: oidRSAKey, Hash: NoHash, family: rsaFamily, keyOID: true},
	}
}

// ParseSignatureAlgorithm reads the AlgorithmIdentifier of a signature. An
// unknown one is returned with its OID and [ErrUnsupported].
func ParseSignatureAlgorithm(identifierDER []byte) (SignatureAlgorithm, error) {
	oid, params, err := identifier(identifierDER)
	if err != nil {
		return SignatureAlgorithm{}, err
	}
	if oid == oidRSAPSS {
		return parsePSS(params)
	}
	for _, a := range signatureAlgorithms() {
		if a.OID != oid {
			continue
		}
		// A key OID may come with the parameters of the key.
		if !isNullOrAbsent(params) && !a.keyOID {
			return SignatureAlgorithm{OID: oid}, ErrMismatch
		}
		return a, nil
	}
	return SignatureAlgorithm{OID: oid}, ErrUnsupported
}

// parsePSS reads RSASSA-PSS-params (RFC 4055, 3.1): MGF1 with the same hash, the
// default trailer. SHA-1, the default hash, is refused by being unstated.
func parsePSS(params []byte) (SignatureAlgorithm, error) {
	a := SignatureAlgorithm{OID: oidRSAPSS, family: rsaFamily, pss: true, saltLen: 20}
	r := der.NewReader(params)
	s := r.Sequence()
	var mgfHash Hash
	var unsupported bool
	if e, ok := s.EnterOptional(der.ContextConstructed(0)); ok {
		h, err := ParseHash(e.Raw(der.TagSequence))
		unsupported = unsupported || err != nil
		a.Hash = h
	}
	if e, ok := s.EnterOptional(der.ContextConstructed(1)); ok {
		m := e.Sequence()
		unsupported = unsupported || m.OID() != oidMGF1
		h, err := ParseHash(m.Raw(der.TagSequence))
		unsupported = unsupported || err != nil
		mgfHash = h
	}
	if e, ok := s.EnterOptional(der.ContextConstructed(2)); ok {
		a.saltLen = e.Int()
	}
	if e, ok := s.EnterOptional(der.ContextConstructed(3)); ok && e.Int() != 1 {
		unsupported = true
	}
	s.End()
	if err := r.Close(); err != nil {
		return SignatureAlgorithm{OID: oidRSAPSS}, err
	}
	if unsupported || a.Hash == NoHash || mgfHash != a.Hash || a.saltLen < 0 || a.saltLen > 64 {
		return SignatureAlgorithm{OID: oidRSAPSS}, ErrUnsupported
	}
	return a, nil
}

// Identifier encodes the AlgorithmIdentifier as it is written: without
// parameters, NULL for RSA with PKCS #1 v1.5 (RFC 4055, 5).
func (a SignatureAlgorithm) Identifier() []byte {
	if a.family == rsaFamily && !a.pss {
		return der.Sequence(der.ObjectID(a.OID), der.Null())
	}
	return der.Sequence(der.ObjectID(a.OID))
}

// Known reports whether the algorithm can be verified in some build.
func (a SignatureAlgorithm) Known() bool { return a.family != noFamily }
