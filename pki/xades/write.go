// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xades

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

var (
	// ErrTemplate says that something needed is missing.
	ErrTemplate = errors.New("xades: certificate or time missing, or digest of another length")
	// ErrBreaks says that the new signature would break one that is there.
	ErrBreaks = errors.New("xades: the document carries a signature that another one inside would break")
	// ErrSelfCheck says that the finished signature does not verify: the value is
	// not by the key of the certificate, or the document changed.
	ErrSelfCheck = errors.New("xades: own result does not verify")
)

// Template is what a signature of level B says (EN 319 132-1, 6.3).
type Template struct {
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // enclosed behind the certificate
	Time        time.Time           // claimed
	MimeType    string              // of the data; "" is application/octet-stream, XML when enveloped
}

// Prepared is a signature that waits for its value.
type Prepared struct {
	template   Template
	method     xmldsig.SignatureMethod
	head, tail []byte // of the document around the signature
	object     string // base64 of enveloped data
	id         string
	uri        string
	data       []byte // digest of the data, known from the start when detached
	properties []byte // digest of the signed properties
	value      []byte
	token      []byte
	broken     int // references of other signatures that are wrong already
	octets     []byte
}

// Enveloped prepares a signature inside an XML document, as the last child of its
// root; it covers the whole document. The document keeps its octets and its
// encoding.
func Enveloped(t Template, document []byte) (*Prepared, error) {
	d, err := Parse(document)
	if err != nil {
		return nil, err
	}
	p := &Prepared{template: t, broken: brokenReferences(d, "")}
	if err := p.cut(d.Document.Document, document); err != nil {
		return nil, err
	}
	if p.template.MimeType == "" {
		p.template.MimeType = "text/xml"
	}
	return p, p.prepare(document)
}

// Enveloping prepares a signature with the data inside, as base64.
func Enveloping(t Template, document []byte) (*Prepared, error) {
	p := &Prepared{template: t, object: base64.StdEncoding.EncodeToString(document)}
	return p, p.prepare(document)
}

// Detached prepares a signature beside a file: uri is its name relative to the
// signature, digest its digest by the hash of the key.
func Detached(t Template, uri string, digest []byte) (*Prepared, error) {
	p := &Prepared{template: t, uri: uri, data: digest}
	if uri == "" || strings.HasPrefix(uri, "#") {
		return nil, ErrTemplate
	}
	return p, p.prepare(digest)
}

// cut finds where the signature goes: before the end tag of the root.
func (p *Prepared) cut(d *xmltree.Document, document []byte) error {
	if d.Encoding == xmltree.UTF16 {
		return xmltree.ErrEncoding
	}
	// at turns an offset of the UTF-8 form into one of the document.
	at := func(i int) int { return i + len(document) - len(d.Source) } // a byte order mark
	if d.Encoding == xmltree.Windows1251 {
		at = func(i int) int { return utf8.RuneCountInString(d.Source[:i]) }
	}
	root := d.Root
	text := d.Source[:root.End]
	if !strings.HasSuffix(text, "/>") {
		end := at(strings.LastIndex(text, "</"))
		p.head, p.tail = document[:end], document[end:]
		return nil
	}
	nameEnd := root.Start + 1 + len(root.Local)
	if root.Prefix != "" {
		nameEnd += len(root.Prefix) + 1
	}
	name := document[at(root.Start+1):at(nameEnd)]
	p.head = append(bytes.Clone(document[:at(root.End-2)]), '>')
	p.tail = bytes.Join([][]byte{[]byte("</"), name, []byte(">"), document[at(root.End):]}, nil)
	return nil
}

// prepare computes the digests from the text itself, with nothing in their places,
// as a stranger will compute them.
func (p *Prepared) prepare(salt []byte) error {
	t := &p.template
	if t.Certificate == nil || t.Certificate.PublicKey == nil || t.Time.IsZero() {
		return ErrTemplate
	}
	var ok bool
	if p.method, ok = xmldsig.MethodFor(t.Certificate.PublicKey.Kind()); !ok {
		return alg.ErrUnsupported
	}
	h := p.method.Hash
	if p.data != nil && len(p.data) != h.Size() {
		return ErrTemplate
	}
	if t.MimeType == "" {
		t.MimeType = "application/octet-stream"
	}
	// An Id that no other signature in the document has, without randomness.
	seed := h.Sum(bytes.Join([][]byte{t.Certificate.Raw, []byte(t.Time.UTC().String()), h.Sum(salt)}, nil))
	p.id = "id-" + x509.NewSerial(seed[:16]).Hex()
	known := p.data
	p.properties, p.value = make([]byte, h.Size()), []byte{0}
	if known == nil {
		p.data = make([]byte, h.Size())
	}
	s, err := p.parse()
	if err != nil {
		return err
	}
	digests := make([][]byte, 2)
	for i, r := range s.References {
		d := h.New()
		if i == 0 && p.uri != "" {
			digests[i] = known
			continue
		}
		if err := r.Write(d, xmltree.Method{}); err != nil {
			return err
		}
		digests[i] = d.Sum(nil)
	}
	p.data, p.properties = digests[0], digests[1]
	if s, err = p.parse(); err != nil {
		return err
	}
	var b bytes.Buffer
	err = s.Document().Canonical(&b, xmltree.Method{Exclusive: true}, s.SignedInfo())
	p.octets = b.Bytes()
	return err
}

// Octets are what is to be signed, for signers that hash themselves.
func (p *Prepared) Octets() []byte { return p.octets }

// Digest is the digest of Octets, for signers that take a digest.
func (p *Prepared) Digest() []byte { return p.method.Hash.Sum(p.octets) }

// parse reads what is there so far.
func (p *Prepared) parse() (*Signature, error) {
	d, err := Parse(p.bytes())
	if err != nil {
		return nil, err
	}
	if brokenReferences(d, p.id) > p.broken {
		return nil, ErrBreaks
	}
	for _, s := range d.Signatures {
		if s.ID == p.id && len(s.References) == 2 {
			return s, s.Err
		}
	}
	return nil, ErrSelfCheck
}

// brokenReferences counts wrong references of the signatures but the one of the
// Id.
func brokenReferences(d *Document, except string) (n int) {
	for _, s := range d.Document.Signatures {
		if s.ID == except && except != "" {
			continue
		}
		for _, r := range s.References {
			if r.Check() != nil {
				n++
			}
		}
	}
	return n
}

// Signed is a finished signature, checked.
type Signed struct{ p Prepared }

// Finish puts the signature value in, as [alg.Signer] gives it, reads the result
// as a stranger would and verifies it. When the build cannot compute the key's
// algorithm, Finish refuses with [alg.ErrUnsupported] unless verified says that
// the caller verified the value over the same octets.
func (p *Prepared) Finish(value []byte, verified bool) (*Signed, error) {
	s := &Signed{p: *p}
	var err error
	if s.p.value, err = p.method.EncodeValue(p.template.Certificate.PublicKey, value); err != nil {
		return nil, ErrSelfCheck
	}
	return s, s.check(LevelB, verified)
}

func (s *Signed) check(level Level, verified bool) error {
	x, err := s.p.parse()
	if err != nil {
		return err
	}
	cert := s.p.template.Certificate
	if x.Level() != level || x.CheckSigningCertificate(cert) != nil {
		return ErrSelfCheck
	}
	for i, r := range x.References {
		if i == 0 && s.p.uri != "" {
			if !r.External() || !bytes.Equal(r.Digest, s.p.data) {
				return ErrSelfCheck
			}
			continue
		}
		if r.Check() != nil {
			return ErrSelfCheck
		}
	}
	err = x.CheckValue(cert.PublicKey)
	if errors.Is(err, alg.ErrUnsupported) {
		if verified {
			return nil
		}
		return err
	}
	if err != nil {
		return ErrSelfCheck
	}
	return nil
}

// Bytes is the document with the signature, or the signature alone.
func (s *Signed) Bytes() []byte { return s.p.bytes() }

// StampDigest is the digest that a time stamp of level T has to be over.
func (s *Signed) StampDigest(h alg.Hash) ([]byte, error) {
	x, err := s.p.parse()
	if err != nil {
		return nil, err
	}
	stamp := &Timestamp{Kind: SignatureStamp, of: x, method: xmltree.Method{Exclusive: true}}
	return stamp.Digest(h)
}

// AddTimestamp raises the signature to level T. The token must be over
// [Signed.StampDigest] and verify by itself.
func (s *Signed) AddTimestamp(token *tsp.Token) (*Signed, error) {
	if _, err := token.Verify(nil); err != nil {
		return nil, err
	}
	out := &Signed{p: s.p}
	out.p.token = token.Raw
	x, err := out.p.parse()
	if err != nil {
		return nil, err
	}
	if len(x.Timestamps) != 1 {
		return nil, ErrSelfCheck
	}
	if err := x.Timestamps[0].Check(token); err != nil {
		return nil, err
	}
	return out, out.check(LevelT, true) // the value was checked when it came
}

// signingCertificate is the value that binds a certificate: its digest with
// issuer and serial number (EN 319 132-1, 5.2.2).
func (p *Prepared) signingCertificate() string {
	c := p.template.Certificate
	names := der.Sequence(der.Element(der.ContextConstructed(4), c.Issuer.Raw))
	return "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>" + p.digest(p.method.Hash.Sum(c.Raw)) + "</xades:CertDigest><xades:IssuerSerialV2>" +
		base64.StdEncoding.EncodeToString(der.Sequence(names, c.Serial.Encode())) + "</xades:IssuerSerialV2></xades:Cert></xades:SigningCertificateV2>"
}

func (p *Prepared) digest(value []byte) string {
	return `<ds:DigestMethod Algorithm="` + xmldsig.HashURI(p.method.Hash) + `"/><ds:DigestValue>` + base64.StdEncoding.EncodeToString(value) + "</ds:DigestValue>"
}

const exclusive = ` Algorithm="` + xmldsig.ExclusiveURI + `"/>`

// dataReference is the reference to the data, whose shape is all that the three
// kinds of signature differ in.
func (p *Prepared) dataReference() string {
	head := `<ds:Reference Id="` + p.id + `-data" URI="`
	transform := func(name string) string { return `<ds:Transform Algorithm="` + xmldsig.Namespace + name + `"/>` }
	switch {
	case p.uri != "":
		return head + escape(p.uri) + `">` + p.digest(p.data) + "</ds:Reference>"
	case p.head != nil:
		return head + `"><ds:Transforms>` + transform("enveloped-signature") + "<ds:Transform" + exclusive + "</ds:Transforms>" + p.digest(p.data) + "</ds:Reference>"
	}
	return head + "#" + p.id + `-object" Type="` + xmldsig.TypeObject + `"><ds:Transforms>` + transform("base64") + "</ds:Transforms>" + p.digest(p.data) + "</ds:Reference>"
}

// bytes writes the signature and what is around it.
func (p *Prepared) bytes() []byte {
	var b bytes.Buffer
	w := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
		}
	}
	b.Write(p.head)
	w(`<ds:Signature xmlns:ds="`, xmldsig.Namespace, `" Id="`, p.id, `"><ds:SignedInfo><ds:CanonicalizationMethod`, exclusive,
		`<ds:SignatureMethod Algorithm="`, p.method.URI, `"/>`, p.dataReference(),
		`<ds:Reference Type="`, typeSigned, `" URI="#`, p.id, `-properties"><ds:Transforms><ds:Transform`, exclusive, `</ds:Transforms>`,
		p.digest(p.properties), `</ds:Reference></ds:SignedInfo><ds:SignatureValue Id="`, p.id, `-value">`,
		base64.StdEncoding.EncodeToString(p.value), `</ds:SignatureValue><ds:KeyInfo><ds:X509Data>`)
	for _, c := range append([]*x509.Certificate{p.template.Certificate}, p.template.Chain...) {
		w(`<ds:X509Certificate>`, base64.StdEncoding.EncodeToString(c.Raw), `</ds:X509Certificate>`)
	}
	w(`</ds:X509Data></ds:KeyInfo>`)
	if p.head == nil && p.uri == "" {
		w(`<ds:Object Id="`, p.id, `-object">`, p.object, `</ds:Object>`)
	}
	w(`<ds:Object><xades:QualifyingProperties xmlns:xades="`, Namespace, `" Target="#`, p.id, `"><xades:SignedProperties Id="`, p.id,
		`-properties"><xades:SignedSignatureProperties><xades:SigningTime>`, p.template.Time.UTC().Format(time.RFC3339), `</xades:SigningTime>`,
		p.signingCertificate(), `</xades:SignedSignatureProperties><xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#`, p.id,
		`-data"><xades:MimeType>`, escape(p.template.MimeType), `</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>`)
	if p.token != nil {
		w(`<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp><ds:CanonicalizationMethod`, exclusive,
			`<xades:EncapsulatedTimeStamp>`, base64.StdEncoding.EncodeToString(p.token),
			`</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>`)
	}
	w(`</xades:QualifyingProperties></ds:Object></ds:Signature>`)
	b.Write(p.tail)
	return b.Bytes()
}

// escape writes text and attributes.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
