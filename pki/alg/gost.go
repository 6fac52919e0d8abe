// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"io"
	"slices"

	"podpis/gost/gost3410"
	"podpis/pki/der"
)

const (
	oidGOST256Key  der.OID = "1.2.643.7.1.1.1.1"
	oidGOST512Key  der.OID = "1.2.643.7.1.1.1.2"
	oidStreebog256 der.OID = "1.2.643.7.1.1.2.2"
	oidStreebog512 der.OID = "1.2.643.7.1.1.2.3"

	// RFC 4491, 2.3.2 and, for keys that only agree, RFC 4490, 4.1.2.
	oidGOST2001Key der.OID = "1.2.643.2.2.19"
	oidGOST2001DH  der.OID = "1.2.643.2.2.98"
)

// gostCurve finds a parameter set by any of its identifiers (RFC 7836, 5.2;
// RFC 4357, 11.4).
func gostCurve(oid der.OID) (Kind, *gost3410.Curve) {
	switch oid {
	case "1.2.643.7.1.2.1.1.1":
		return GOST256A, gost3410.TC26A256()
	case "1.2.643.7.1.2.1.1.2", "1.2.643.2.2.35.1", "1.2.643.2.2.36.0":
		return GOST256B, gost3410.CryptoProA()
	case "1.2.643.7.1.2.1.1.3", "1.2.643.2.2.35.2":
		return GOST256C, gost3410.CryptoProB()
	case "1.2.643.7.1.2.1.1.4", "1.2.643.2.2.35.3", "1.2.643.2.2.36.1":
		return GOST256D, gost3410.CryptoProC()
	case "1.2.643.7.1.2.1.2.1":
		return GOST512A, gost3410.TC26A512()
	case "1.2.643.7.1.2.1.2.2":
		return GOST512B, gost3410.TC26B512()
	case "1.2.643.7.1.2.1.2.3":
		return GOST512C, gost3410.TC26C512()
	case "1.2.643.2.2.35.0":
		return GOST256Test, gost3410.TestSet256()
	case "1.2.643.7.1.2.1.2.0":
		return GOST512Test, gost3410.Test512()
	}
	return UnknownKind, nil
}

// gostParameters encodes GostR3410-2012-PublicKeyParameters for new keys. The
// digest is named with the identifiers of RFC 4357 and left out with the others
// (RFC 9215, 4.2).
func gostParameters(curve der.OID) []byte {
	if len(curve) > 13 && curve[:13] == "1.2.643.2.2.3" {
		return der.Sequence(der.ObjectID(curve), der.ObjectID(oidStreebog256))
	}
	return der.Sequence(der.ObjectID(curve))
}

// parseGOSTParameters reads { publicKeyParamSet, digestParamSet OPTIONAL,
// encryptionParamSet OPTIONAL } and returns the curve. The digest may be present
// or absent with every set, but must not contradict the key.
func parseGOSTParameters(key der.OID, params []byte) (Kind, *gost3410.Curve, error) {
	r := der.NewReader(params)
	s := r.Sequence()
	oid := s.OID()
	digest := oidStreebog256
	size := 32
	old := key == oidGOST2001Key || key == oidGOST2001DH
	switch {
	case old:
		digest = oidGOST94Box
	case key == oidGOST512Key:
		digest, size = oidStreebog512, 64
	}
	stated := digest
	if !s.Empty() {
		stated = s.OID()
	}
	if !s.Empty() {
		s.OID() // encryptionParamSet of RFC 4491, without meaning here
	}
	s.End()
	if err := r.Close(); err != nil {
		return UnknownKind, nil, err
	}
	kind, curve := gostCurve(oid)
	if old {
		kind = oldKind(kind)
	}
	if kind == UnknownKind {
		return UnknownKind, nil, ErrUnsupported
	}
	if old && stated == oidGOST94TestBox {
		return UnknownKind, nil, ErrUnsupported
	}
	if curve.Size() != size || stated != digest {
		return UnknownKind, nil, ErrKey
	}
	return kind, curve, nil
}

type gostPublic struct{ key *gost3410.PublicKey }

func parseGOSTKey(oid der.OID, params, raw []byte) (Kind, verifier, error) {
	kind, curve, err := parseGOSTParameters(oid, params)
	if err != nil {
		return UnknownKind, nil, err
	}
	r := der.NewReader(raw)
	xy := r.OctetString()
	if err := r.Close(); err != nil {
		return UnknownKind, nil, err
	}
	key, err := gost3410.NewPublicKey(curve, xy)
	if err != nil {
		return UnknownKind, nil, ErrKey
	}
	return kind, gostPublic{key}, nil
}

func (p gostPublic) verify(_ SignatureAlgorithm, _ Hash, digest, sig []byte) error {
	if p.key.Verify(digest, sig) != nil {
		return ErrSignature
	}
	return nil
}

func (p gostPublic) equal(other verifier) bool {
	o, ok := other.(gostPublic)
	return ok && p.key.Equal(o.key)
}

type gostPrivate struct{ key *gost3410.PrivateKey }

func generateGOST(k Kind, rand io.Reader) (*PrivateKey, error) {
	_, curve := gostCurve(k.info().curve)
	key, err := gost3410.GenerateKey(curve, rand)
	if err != nil {
		return nil, err
	}
	oid := oidGOST256Key
	if k.info().family == gost512 {
		oid = oidGOST512Key
	}
	return newGOSTPrivate(oid, gostParameters(k.info().curve), key)
}

// newGOSTPrivate joins a key with its SubjectPublicKeyInfo under the identifier and
// the parameters it came with.
func newGOSTPrivate(oid der.OID, params []byte, key *gost3410.PrivateKey) (*PrivateKey, error) {
	spki := der.Sequence(
		der.Sequence(der.ObjectID(oid), params),
		der.BitString(der.OctetString(key.PublicKey().Bytes())))
	public, err := ParsePublicKey(spki)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{public: public, key: gostPrivate{key}}, nil
}

func parseGOSTPrivate(oid der.OID, params, content []byte) (*PrivateKey, error) {
	_, curve, err := parseGOSTParameters(oid, params)
	if err != nil {
		return nil, err
	}
	scalar, err := gostScalar(curve, content)
	if err != nil {
		return nil, err
	}
	defer clear(scalar)
	key, err := gost3410.NewPrivateKey(curve, scalar)
	if err != nil {
		return nil, ErrKey
	}
	return newGOSTPrivate(oid, params, key)
}

// gostScalar finds the little-endian scalar in the forms of PKCS #8 that
// programs write. A raw or masked key has a length that is a multiple of the
// scalar's; the nested forms do not, so the length decides.
func gostScalar(curve *gost3410.Curve, content []byte) ([]byte, error) {
	size := curve.Size()
	if len(content) != 0 && len(content)%size == 0 {
		return unmask(curve, content)
	}
	r := der.NewReader(content)
	switch r.Peek() {
	case der.TagOctetString:
		nested := r.OctetString()
		if r.Close() != nil || len(nested) == 0 || len(nested)%size != 0 {
			return nil, ErrKey
		}
		return unmask(curve, nested)
	case der.TagInteger:
		be := r.Unsigned()
		if r.Close() != nil || len(be) > size {
			return nil, ErrKey
		}
		le := make([]byte, size)
		copy(le[size-len(be):], be)
		slices.Reverse(le)
		return le, nil
	case der.TagSequence:
		masked := r.Sequence().OctetString()
		if r.Err() != nil || len(masked) == 0 || len(masked)%size != 0 {
			return nil, ErrKey
		}
		return unmask(curve, masked)
	}
	return nil, ErrKey
}

// unmask takes a raw or masked scalar; what is out of range is [ErrKey].
func unmask(curve *gost3410.Curve, raw []byte) ([]byte, error) {
	scalar, err := gost3410.Unmask(curve, raw)
	if err != nil {
		return nil, ErrKey
	}
	return scalar, nil
}

func (k gostPrivate) sign(rand io.Reader, _ Hash, digest []byte) ([]byte, error) {
	return k.key.Sign(rand, digest)
}

func (k gostPrivate) encode() []byte { return k.key.Bytes() }
func (k gostPrivate) zero()          { k.key.Zero() }
