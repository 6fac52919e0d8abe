// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// ParseSignedData reads a ContentInfo with SignedData in DER or BER. Zero octets
// behind it are passed over: signatures in PDF are padded with them. A message
// of another content type is a [*TypeError].
func ParseSignedData(in []byte) (*SignedData, error) {
	message, rest, err := der.FromBER(in)
	if err != nil {
		return nil, err
	}
	r := der.NewReader(message)
	info := r.Sequence()
	contentType := info.OID()
	if r.Err() == nil && contentType != OIDSignedData {
		return nil, &TypeError{contentType}
	}
	content := info.Enter(der.ContextConstructed(0))
	info.End()
	sd := parseSignedData(content.Sequence())
	content.End()
	if r.Err() == nil && len(bytes.TrimRight(rest, "\x00")) != 0 {
		r.Fail("octets behind the message")
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	return sd, nil
}

func parseSignedData(s *der.Reader) *SignedData {
	sd := new(SignedData)
	if v := s.Int(); s.Err() == nil && (v < 1 || v > 5) {
		s.Fail("version of signed data unknown")
	}
	sd.digestAlgorithms = elements(s.Set(), maxSigners)
	sd.encap = s.Raw(der.TagSequence)
	sd.parseContent(s)
	if set, ok := s.EnterOptional(der.ContextConstructed(0)); ok {
		sd.rawCertificates = elements(set, maxCertificates)
		sd.parseCertificates()
	}
	if set, ok := s.EnterOptional(der.ContextConstructed(1)); ok {
		sd.rawCRLs = elements(set, maxCertificates)
		sd.parseRevocation()
	}
	signers := s.Set()
	for !signers.Empty() {
		if len(sd.Signers) == maxSigners {
			signers.Fail("too many signers")
			break
		}
		sd.Signers = append(sd.Signers, parseSigner(signers.Sequence()))
	}
	s.End()
	return sd
}

// parseContent reads EncapsulatedContentInfo (RFC 5652, 5.2).
func (sd *SignedData) parseContent(outer *der.Reader) {
	r := der.NewReader(sd.encap)
	s := r.Sequence()
	sd.ContentType = s.OID()
	sd.Detached = true
	if e, ok := s.EnterOptional(der.ContextConstructed(0)); ok {
		sd.Detached = false
		sd.Content = e.OctetString()
		e.End()
		if sd.Content == nil {
			sd.Content = []byte{}
		}
	}
	s.End()
	if err := r.Close(); err != nil {
		outer.FailWith(err)
	}
}

// parseCertificates keeps what parses: a message of the field may carry a
// certificate that breaks DER beside the one that is needed.
func (sd *SignedData) parseCertificates() {
	for _, raw := range sd.rawCertificates {
		if der.Tag(raw[0]) != der.TagSequence {
			continue // attribute certificates and others (RFC 5652, 10.2.2)
		}
		if c, err := x509.ParseCertificate(raw); err == nil {
			sd.Certificates = append(sd.Certificates, c)
		}
	}
}

// parseRevocation sorts RevocationInfoChoices (RFC 5652, 10.2.1; RFC 5940, 2).
func (sd *SignedData) parseRevocation() {
	for _, raw := range sd.rawCRLs {
		switch der.Tag(raw[0]) {
		case der.TagSequence:
			sd.CRLs = append(sd.CRLs, raw)
		case der.ContextConstructed(1):
			r := der.NewReader(raw)
			s := r.Enter(der.ContextConstructed(1))
			format := s.OID()
			response := s.Raw(der.TagSequence)
			if r.Close() == nil && format == oidOCSPResponse {
				sd.OCSP = append(sd.OCSP, response)
			}
		}
	}
}

// ParseSignerInfo reads a SignerInfo by itself, as counter signatures stand in attributes.
func ParseSignerInfo(in []byte) (*SignerInfo, error) {
	r := der.NewReader(in)
	si := parseSigner(r.Sequence())
	if err := r.Close(); err != nil {
		return nil, err
	}
	return si, nil
}

// parseSigner reads SignerInfo (RFC 5652, 5.3). An algorithm that is not known
// does not fail the message: other signers may be judged.
func parseSigner(s *der.Reader) *SignerInfo {
	si := new(SignerInfo)
	whole := s.Rest()
	version := s.Int()
	if s.Peek() == der.Context(0) {
		si.SubjectKeyID = s.Content(der.Context(0))
	} else {
		id := s.Sequence()
		name := id.Raw(der.TagSequence)
		si.Serial = ReadSerial(id)
		id.End()
		if s.Err() == nil {
			var err error
			if si.Issuer, err = x509.ParseName(name); err != nil {
				s.FailWith(err)
			}
		}
	}
	if s.Err() == nil && version != 1 && version != 3 {
		s.Fail("version of signer unknown")
	}
	si.DigestAlgorithm = s.Raw(der.TagSequence)
	if s.Peek() == der.ContextConstructed(0) {
		raw := s.Raw(der.ContextConstructed(0))
		si.SignedOctets = der.Retag(der.TagSet, raw)
		si.SignedAttributes = parseAttributes(s, raw)
	}
	si.RawAlgorithm = s.Raw(der.TagSequence)
	si.Signature = s.OctetString()
	si.head = whole[:len(whole)-len(s.Rest())]
	if s.Peek() == der.ContextConstructed(1) {
		si.UnsignedAttributes = parseAttributes(s, s.Raw(der.ContextConstructed(1)))
	}
	s.End()
	if s.Err() == nil {
		si.Digest, _ = alg.ParseHash(si.DigestAlgorithm)
		si.SignatureAlgorithm, _ = alg.ParseSignatureAlgorithm(si.RawAlgorithm)
	}
	return si
}

// ReadSerial reads an INTEGER as the serial number of a certificate.
func ReadSerial(r *der.Reader) x509.Serial {
	c := r.Integer()
	if len(c) != 0 && c[0] >= 0x80 {
		return append(x509.Serial{0}, c...) // negative: see x509.Serial
	}
	return x509.NewSerial(c)
}

func parseAttributes(outer *der.Reader, raw []byte) []Attribute {
	if outer.Err() != nil {
		return nil
	}
	r := der.NewReader(raw)
	set := r.Enter(der.Tag(raw[0]))
	var out []Attribute
	for !set.Empty() {
		if len(out) == maxAttributes {
			set.Fail("too many attributes")
			break
		}
		whole := set.Raw(der.TagSequence)
		sub := der.NewReader(whole)
		a := sub.Sequence()
		attribute := Attribute{Type: a.OID(), Values: elements(a.Set(), maxAttributes), Raw: whole}
		a.End()
		if err := sub.Close(); err != nil {
			set.FailWith(err)
			break
		}
		out = append(out, attribute)
	}
	if err := r.Close(); err != nil {
		outer.FailWith(err)
	}
	return out
}

// elements reads a series of elements of any type.
func elements(r *der.Reader, limit int) (out [][]byte) {
	for !r.Empty() {
		if len(out) == limit {
			r.Fail("too many elements")
			return nil
		}
		_, raw, _ := r.Any()
		if r.Err() == nil {
			out = append(out, raw)
		}
	}
	return out
}

// Unarmor returns the binary message of a file: as it is, out of PEM of any
// label, out of bare base64 as programs of the field write .sig files, or out of an
// entity of S/MIME. What is none of these comes back as it is, for the parser to
// refuse.
func Unarmor(in []byte) []byte {
	text := bytes.TrimSpace(bytes.TrimPrefix(in, []byte("\xef\xbb\xbf")))
	if len(text) == 0 || text[0] == byte(der.TagSequence) && !isBase64(text) {
		return in
	}
	if block, _ := pem.Decode(text); block != nil {
		return block.Bytes
	}
	if !isBase64(text) {
		if text = entityBody(text); text == nil {
			return in
		}
	}
	packed := bytes.Join(bytes.Fields(text), nil)
	out := make([]byte, base64.StdEncoding.DecodedLen(len(packed)))
	n, err := base64.StdEncoding.Decode(out, packed)
	if err != nil {
		return in
	}
	return out[:n]
}

// entityBody returns the base64 of an entity application/pkcs7-mime (RFC 8551, 3.2), nil if it is none.
func entityBody(text []byte) []byte {
	head, body, found := bytes.Cut(text, []byte("\n\n"))
	if h, b, crlf := bytes.Cut(text, []byte("\r\n\r\n")); crlf && (!found || len(h) < len(head)) {
		head, body, found = h, b, true
	}
	if !found || len(head) > 64<<10 || !isBase64(body) {
		return nil
	}
	head = bytes.ToLower(head)
	for _, field := range []string{"content-type: application/pkcs7-mime", "content-type: application/x-pkcs7-mime"} {
		if bytes.Contains(head, []byte(field)) && bytes.Contains(head, []byte("content-transfer-encoding: base64")) {
			return body
		}
	}
	return nil
}

func isBase64(text []byte) bool {
	for _, b := range text {
		switch {
		case b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', b >= '0' && b <= '9',
			b == '+', b == '/', b == '=', b == '\r', b == '\n', b == ' ', b == '\t':
		default:
			return false
		}
	}
	return true
}
