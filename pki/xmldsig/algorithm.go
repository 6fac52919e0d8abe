// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmldsig

import (
	"strconv"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/xmltree"
)

const (
	more    = "http://www.w3.org/2001/04/xmldsig-more#"
	more07  = "http://www.w3.org/2007/05/xmldsig-more#"
	xmlenc  = "http://www.w3.org/2001/04/xmlenc#"
	gostURN = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:" // draft chudov-cryptopro-cpxmldsig
	kzURN   = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:"
)

const whyKZ = "national GOST of Kazakhstan"

// hashURIs are the digests (RFC 6931, 2.1). The first name of a hash is the one that
// is written.
var hashURIs = []struct {
	uri  string
	hash alg.Hash
	why  string
}{
	{gostURN + "gostr34112012-256", alg.Streebog256, ""},
	{gostURN + "gostr34112012-512", alg.Streebog512, ""},
	{xmlenc + "sha256", alg.SHA256, ""},
	{more + "sha384", alg.SHA384, ""},
	{xmlenc + "sha512", alg.SHA512, ""},
	{Namespace + "sha1", alg.SHA1, ""},
	{more + "gostr3411", alg.GOST94, ""},
	{gostURN + "gostr3411", alg.GOST94, ""},
	{more + "gost34311", alg.GOST34311, ""},
	{kzURN + "gostr34112015-256", alg.NoHash, whyKZ},
	{kzURN + "gostr34112015-512", alg.Streebog512, ""},
}

// HashOf reads ds:DigestMethod. An unknown one is [*UnsupportedError].
func HashOf(method *xmltree.Node) (alg.Hash, error) {
	uri, _ := method.Attr("Algorithm")
	e := &UnsupportedError{What: "digest algorithm", URI: short(uri)}
	for _, h := range hashURIs {
		if h.uri == uri {
			e.Why = h.why
			if h.hash.Size() > 0 { // some builds leave old ones out
				return h.hash, nil
			}
		}
	}
	return alg.NoHash, e
}

// HashURI is the name of a digest algorithm, "" when it has none.
func HashURI(h alg.Hash) string {
	for _, row := range hashURIs {
		if row.hash == h && h != alg.NoHash {
			return row.uri
		}
	}
	return ""
}

// SignatureMethod is how a value is computed.
type SignatureMethod struct {
	URI       string
	Hash      alg.Hash
	Algorithm alg.SignatureAlgorithm

	ecdsa bool // the value is r ‖ s (XML Signature 1.1, 6.4.3)
}

type signatureURI struct {
	uri  string
	oid  der.OID
	hash alg.Hash
	why  string
}

const (
	oidPSS  der.OID = "1.2.840.113549.1.1.10"
	oidMGF1 der.OID = "1.2.840.113549.1.1.8"
)

// signatureURIs are the signatures (RFC 6931, 2.3).
var signatureURIs = []signatureURI{
	{gostURN + "gostr34102012-gostr34112012-256", "1.2.643.7.1.1.3.2", alg.Streebog256, ""},
	{gostURN + "gostr34102012-gostr34112012-512", "1.2.643.7.1.1.3.3", alg.Streebog512, ""},
	{more + "rsa-sha256", "1.2.840.113549.1.1.11", alg.SHA256, ""},
	{more + "rsa-sha384", "1.2.840.113549.1.1.12", alg.SHA384, ""},
	{more + "rsa-sha512", "1.2.840.113549.1.1.13", alg.SHA512, ""},
	{more + "ecdsa-sha256", "1.2.840.10045.4.3.2", alg.SHA256, ""},
	{more + "ecdsa-sha384", "1.2.840.10045.4.3.3", alg.SHA384, ""},
	{more + "ecdsa-sha512", "1.2.840.10045.4.3.4", alg.SHA512, ""},
	{more07 + "sha256-rsa-MGF1", oidPSS, alg.SHA256, ""},
	{more07 + "sha384-rsa-MGF1", oidPSS, alg.SHA384, ""},
	{more07 + "sha512-rsa-MGF1", oidPSS, alg.SHA512, ""},
	{more + "gostr34102001-gostr3411", "1.2.643.2.2.3", alg.GOST94, ""},
	{gostURN + "gostr34102001-gostr3411", "1.2.643.2.2.3", alg.GOST94, ""},
	{Namespace + "rsa-sha1", "", alg.NoHash, "SHA-1 proves nothing any more"},
	{more + "ecdsa-sha1", "", alg.NoHash, "SHA-1 proves nothing any more"},
	{more07 + "sha1-rsa-MGF1", "", alg.NoHash, "SHA-1 proves nothing any more"},
	{Namespace + "dsa-sha1", "", alg.NoHash, "SHA-1 proves nothing any more"},
	{Namespace + "hmac-sha1", "", alg.NoHash, "a code under a shared secret names no signer"},
	{more + "hmac-sha256", "", alg.NoHash, "a code under a shared secret names no signer"},
	{more + "gost34310-gost34311", "1.2.398.3.10.1.1.1.2", alg.GOST34311, ""},
	{kzURN + "gostr34102015-gostr34112015-256", "", alg.NoHash, whyKZ},
	{kzURN + "gostr34102015-gostr34112015-512", "1.2.398.3.10.1.1.2.3.2", alg.Streebog512, ""},
}

func readSignatureMethod(n *xmltree.Node) (SignatureMethod, error) {
	uri, _ := n.Attr("Algorithm")
	e := &UnsupportedError{What: "signature algorithm", URI: short(uri)}
	if uri == more07+"rsa-pss" {
		return readPSS(n)
	}
	for _, row := range signatureURIs {
		if row.uri != uri {
			continue
		}
		if e.Why = row.why; row.hash.Size() == 0 {
			break
		}
		m, err := row.method()
		if err != nil {
			break
		}
		return m, nil
	}
	return SignatureMethod{URI: short(uri)}, e
}

func (row signatureURI) method() (SignatureMethod, error) {
	m := SignatureMethod{URI: row.uri, Hash: row.hash, ecdsa: strings.HasPrefix(row.uri, more+"ecdsa")}
	identifier := der.Sequence(der.ObjectID(row.oid))
	if row.oid == oidPSS {
		// RFC 6931, 2.3.10: the salt is as long as the digest.
		identifier = pssIdentifier(row.hash, row.hash, row.hash.Size())
	}
	var err error
	m.Algorithm, err = alg.ParseSignatureAlgorithm(identifier)
	return m, err
}

// MethodFor is how a key of the kind signs XML; false when no name is written
// for it.
func MethodFor(k alg.Kind) (SignatureMethod, bool) {
	a := k.Algorithm()
	for _, row := range signatureURIs {
		if !k.ReadOnly() && a.Known() && row.oid == a.OID {
			m, err := row.method()
			return m, err == nil
		}
	}
	return SignatureMethod{}, false
}

// readPSS reads RSAPSSParams (RFC 6931, 2.3.9): SHA-256 and a salt of its length
// unless stated, MGF1 with the same hash unless stated.
func readPSS(n *xmltree.Node) (SignatureMethod, error) {
	m := SignatureMethod{URI: more07 + "rsa-pss", Hash: alg.SHA256}
	refused := &UnsupportedError{What: "signature algorithm", URI: m.URI, Why: "parameters"}
	params := n.Child(more07, "RSAPSSParams")
	var err error
	if d := params.Child(Namespace, "DigestMethod"); d != nil {
		if m.Hash, err = HashOf(d); err != nil {
			return m, err
		}
	}
	mgf := m.Hash
	if g := params.Child(more07, "MaskGenerationFunction"); g != nil {
		if uri, _ := g.Attr("Algorithm"); uri != more07+"MGF1" {
			return m, refused
		}
		mgf = alg.SHA256
		if d := g.Child(Namespace, "DigestMethod"); d != nil {
			if mgf, err = HashOf(d); err != nil {
				return m, err
			}
		}
	}
	salt := m.Hash.Size()
	if s := params.Child(more07, "SaltLength"); s != nil {
		if salt, err = strconv.Atoi(strings.TrimSpace(s.Text())); err != nil || salt < 0 || salt > 64 {
			return m, refused
		}
	}
	if t := params.Child(more07, "TrailerField"); t != nil && strings.TrimSpace(t.Text()) != "1" {
		return m, refused
	}
	if m.Algorithm, err = alg.ParseSignatureAlgorithm(pssIdentifier(m.Hash, mgf, salt)); err != nil {
		return m, refused
	}
	return m, nil
}

// pssIdentifier encodes RSASSA-PSS-params (RFC 4055, 3.1).
func pssIdentifier(h, mgf alg.Hash, salt int) []byte {
	return der.Sequence(der.ObjectID(oidPSS), der.Sequence(
		der.Explicit(0, h.Identifier()),
		der.Explicit(1, der.Sequence(der.ObjectID(oidMGF1), mgf.Identifier())),
		der.Explicit(2, der.Int(int64(salt)))))
}

func (m SignatureMethod) verify(key *alg.PublicKey, digest, value []byte) error {
	if key == nil {
		return alg.ErrUnsupported
	}
	if m.ecdsa {
		half := (key.Bits() + 7) / 8
		switch k := key.Kind(); {
		case k != alg.P256 && k != alg.P384 && k != alg.P521:
			return alg.ErrMismatch
		case len(value) != 2*half:
			return alg.ErrSignature
		}
		value = der.Sequence(der.Unsigned(value[:half]), der.Unsigned(value[half:]))
	}
	return key.Verify(m.Algorithm, m.Hash, digest, value)
}

// EncodeValue turns what [alg.Signer] gives into the octets of SignatureValue:
// ECDSA has r ‖ s there, each of the length of the curve (XML Signature 1.1, 6.4.3).
func (m SignatureMethod) EncodeValue(key *alg.PublicKey, value []byte) ([]byte, error) {
	if !m.ecdsa {
		return value, nil
	}
	r := der.NewReader(value)
	s := r.Sequence()
	numbers := [][]byte{s.Unsigned(), s.Unsigned()}
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	half := (key.Bits() + 7) / 8
	out := make([]byte, 2*half)
	for i, n := range numbers {
		if len(n) > half {
			return nil, alg.ErrSignature
		}
		copy(out[(i+1)*half-len(n):], n)
	}
	return out, nil
}

// short cuts an identifier for an error.
func short(uri string) string {
	if len(uri) > 128 {
		return uri[:128] + "…"
	}
	return uri
}
