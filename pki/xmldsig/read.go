// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmldsig

import (
	"encoding/base64"
	"strings"

	"podpis/pki/x509"
	"podpis/pki/xmltree"
)

// read reads ds:Signature (XML Signature 1.1, 4.2): SignedInfo, SignatureValue,
// KeyInfo and Object, in this order.
func (d *Document) read(n *xmltree.Node) *Signature {
	s := &Signature{Element: n, doc: d}
	s.ID, _ = n.Attr("Id")
	children := n.Elements()
	if len(children) < 2 || !children[0].Is(Namespace, "SignedInfo") || !children[1].Is(Namespace, "SignatureValue") {
		s.Err = ErrFormat
		return s
	}
	s.signedInfo, s.value = children[0], children[1]
	for i, c := range children[2:] {
		switch {
		case i == 0 && c.Is(Namespace, "KeyInfo"):
			s.keyInfo = c
		case !c.Is(Namespace, "Object"):
			s.Err = ErrFormat
			return s
		}
	}
	// All is read that can be: an unknown algorithm does not hide who signed.
	s.Err = s.readSignedInfo()
	if s.keyInfo != nil {
		if err := s.readKeyInfo(); s.Err == nil {
			s.Err = err
		}
	}
	value, err := decodeBase64(s.value.Text(), MaxValue)
	if s.Err == nil && (err != nil || len(value) == 0) {
		s.Err = ErrFormat
	}
	s.Value = value
	return s
}

// readSignedInfo reads all it can: a method that is not supported does not hide
// the references.
func (s *Signature) readSignedInfo() error {
	parts := s.signedInfo.Elements()
	if len(parts) < 3 || !parts[0].Is(Namespace, "CanonicalizationMethod") || !parts[1].Is(Namespace, "SignatureMethod") {
		return ErrFormat
	}
	if len(parts)-2 > MaxReferences {
		return ErrTooMany
	}
	for _, p := range parts[2:] {
		r, err := s.readReference(p)
		if err != nil {
			return err
		}
		s.References = append(s.References, r)
	}
	var err error
	if s.c14n, err = Canonicalization(parts[0]); err != nil {
		return err
	}
	s.Method, err = readSignatureMethod(parts[1])
	return err
}

// readReference reads ds:Reference (XML Signature 1.1, 4.4.3).
func (s *Signature) readReference(n *xmltree.Node) (*Reference, error) {
	if !n.Is(Namespace, "Reference") {
		return nil, ErrFormat
	}
	r := &Reference{Element: n, signature: s}
	r.ID, _ = n.Attr("Id")
	r.Type, _ = n.Attr("Type")
	r.URI, r.HasURI = n.Attr("URI")
	parts := n.Elements()
	if len(parts) > 0 && parts[0].Is(Namespace, "Transforms") {
		for _, t := range parts[0].Elements() {
			if !t.Is(Namespace, "Transform") {
				return nil, ErrFormat
			}
			r.transforms = append(r.transforms, t)
		}
		if len(r.transforms) > MaxTransforms {
			return nil, ErrTooMany
		}
		parts = parts[1:]
	}
	if len(parts) != 2 || !parts[0].Is(Namespace, "DigestMethod") || !parts[1].Is(Namespace, "DigestValue") {
		return nil, ErrFormat
	}
	var err error
	if r.Digest, err = decodeBase64(parts[1].Text(), 64); err != nil || len(r.Digest) == 0 {
		return nil, ErrFormat
	}
	r.Hash, r.hashErr = HashOf(parts[0])
	return r, nil
}

// readKeyInfo collects certificates: X509Data, and the tokens of WS-Security by
// value or by reference. Other hints are passed over.
func (s *Signature) readKeyInfo() error {
	for _, n := range s.keyInfo.Elements() {
		switch {
		case n.Is(Namespace, "X509Data"):
			for _, c := range n.Elements() {
				if c.Is(Namespace, "X509Certificate") {
					if err := s.addCertificate(c); err != nil {
						return err
					}
				}
			}
		case n.Is(securityExt, "SecurityTokenReference"):
			for _, token := range s.securityTokens(n) {
				if err := s.addCertificate(token); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// securityTokens finds the X.509 tokens of a SecurityTokenReference (WS-Security
// 1.1, 7; X.509 Token Profile 1.1, 3.2): a Reference to a BinarySecurityToken, an
// embedded one, or, as the gateway of Kazakhstan writes it, the certificate itself
// as KeyIdentifier.
func (s *Signature) securityTokens(n *xmltree.Node) (tokens []*xmltree.Node) {
	for _, c := range n.Elements() {
		switch {
		case c.Is(securityExt, "Reference"):
			uri, _ := c.Attr("URI")
			id, local := strings.CutPrefix(uri, "#")
			if t, err := s.doc.ByID(id); local && err == nil && t.Is(securityExt, "BinarySecurityToken") {
				tokens = append(tokens, t)
			}
		case c.Is(securityExt, "Embedded"):
			if t := c.Child(securityExt, "BinarySecurityToken"); t != nil {
				tokens = append(tokens, t)
			}
		case c.Is(securityExt, "KeyIdentifier"):
			if t, _ := c.Attr("ValueType"); strings.HasSuffix(t, "#X509v3") {
				tokens = append(tokens, c)
			}
		case c.Is(Namespace, "X509Data"):
			if t := c.Child(Namespace, "X509Certificate"); t != nil {
				tokens = append(tokens, t)
			}
		}
	}
	return tokens
}

// maxCertificate bounds the encoding of one certificate.
const maxCertificate = 1 << 20

func (s *Signature) addCertificate(n *xmltree.Node) error {
	if len(s.Certificates)+s.BadCertificates >= MaxCertificates {
		return ErrTooMany
	}
	var c *x509.Certificate
	raw, err := decodeBase64(n.Text(), maxCertificate)
	if err == nil {
		c, err = x509.ParseCertificate(raw)
	}
	if err != nil {
		s.BadCertificates++
		return nil
	}
	s.Certificates = append(s.Certificates, c)
	return nil
}

// decodeBase64 reads base64 with white space between characters (XML Schema 2,
// 3.2.16), of a bounded length.
func decodeBase64(text string, limit int) ([]byte, error) {
	if len(text) > 4*limit+64 {
		return nil, ErrFormat
	}
	if strings.ContainsAny(text, " \t\r\n") {
		text = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(text)
	}
	out, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(out) > limit {
		return nil, ErrFormat
	}
	return out, nil
}

// Base64 reads the content of an element that is base64.
func Base64(n *xmltree.Node, limit int) ([]byte, error) { return decodeBase64(n.Text(), limit) }
