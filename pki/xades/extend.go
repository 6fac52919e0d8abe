// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xades

import (
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"podpis/pki/alg"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// ErrExtend says that a signature has no signed properties to which unsigned ones could be added.
var ErrExtend = errors.New("xades: not a signature that can be raised")

// Open gives the content of a reference to outside the document; see Document.Open of package xmldsig.
type Open func(*xmldsig.Reference) (io.Reader, error)

// Stamping is a time stamp in the making: its place in the document is fixed, its token lacks.
type Stamping struct {
	document []byte
	n        int
	kind     StampKind
	open     Open
	stamp    *Timestamp
}

// PrepareStamp prepares a time stamp for a signature of a document, by its number in Document.Signatures: over its value
// ([SignatureStamp]) or over everything ([ArchiveStamp], EN 319 132-1, 5.5.2). The document keeps its octets but for what is
// put in.
func PrepareStamp(document []byte, n int, kind StampKind, open Open) (*Stamping, error) {
	p := &Stamping{document: document, n: n, kind: kind, open: open}
	_, stamp, err := p.with([]byte{0})
	p.stamp = stamp
	return p, err
}

// with puts a token in and reads the result.
func (p *Stamping) with(token []byte) ([]byte, *Timestamp, error) {
	name, space := "SignatureTimeStamp", Namespace
	if p.kind == ArchiveStamp {
		name, space = "ArchiveTimeStamp", Namespace141
	} else if p.kind != SignatureStamp {
		return nil, nil, ErrStamp
	}
	out, err := insert(p.document, p.n, `<e:`+name+` xmlns:e="`+space+`"><ds:CanonicalizationMethod xmlns:ds="`+xmldsig.Namespace+`"`+exclusive+
		`<x:EncapsulatedTimeStamp xmlns:x="`+Namespace+`">`+base64.StdEncoding.EncodeToString(token)+`</x:EncapsulatedTimeStamp></e:`+name+`>`)
	if err != nil {
		return nil, nil, err
	}
	d, err := Parse(out)
	if err != nil || len(d.Signatures) <= p.n {
		return nil, nil, errors.Join(ErrSelfCheck, err)
	}
	d.Open = p.open
	stamps := d.Signatures[p.n].Timestamps
	if len(stamps) == 0 || stamps[len(stamps)-1].Kind != p.kind {
		return nil, nil, ErrSelfCheck
	}
	return out, stamps[len(stamps)-1], nil
}

// Digest is the digest that the token has to be over.
func (p *Stamping) Digest(h alg.Hash) ([]byte, error) { return p.stamp.Digest(h) }

// Finish puts the token in and returns the document. The token must be over [Stamping.Digest] and verify by itself.
func (p *Stamping) Finish(token *tsp.Token) ([]byte, error) {
	if _, err := token.Verify(nil); err != nil {
		return nil, err
	}
	out, stamp, err := p.with(token.Raw)
	if err != nil {
		return nil, err
	}
	return out, stamp.Check(token)
}

// AddValues puts certificates and revocation data into a signature of a document (EN 319 132-1, 5.4.1 and 5.4.2), as far as
// it does not carry them. Lists are CertificateList, answers OCSPResponse, each in DER.
func AddValues(document []byte, n int, certificates []*x509.Certificate, lists, answers [][]byte) ([]byte, error) {
	d, err := Parse(document)
	if err != nil {
		return nil, err
	}
	if n >= len(d.Signatures) {
		return nil, ErrExtend
	}
	known := map[string]bool{}
	have := d.Signatures[n].Evidence
	for _, raw := range append(have.CRLs, have.OCSP...) {
		known[string(raw)] = true
	}
	for _, c := range have.Certificates {
		known[string(c.Raw)] = true
	}
	encode := func(name string, items [][]byte) (text string) {
		for _, raw := range items {
			if !known[string(raw)] {
				known[string(raw)] = true
				text += "<e:" + name + ">" + base64.StdEncoding.EncodeToString(raw) + "</e:" + name + ">"
			}
		}
		return text
	}
	wrap := func(name, content, more string) string {
		if content == "" {
			return ""
		}
		return "<e:" + name + more + ">" + content + "</e:" + name + ">"
	}
	raw := make([][]byte, 0, len(certificates))
	for _, c := range certificates {
		raw = append(raw, c.Raw)
	}
	const namespace = ` xmlns:e="` + Namespace + `"`
	text := wrap("CertificateValues", encode("EncapsulatedX509Certificate", raw), namespace) +
		wrap("RevocationValues", wrap("CRLValues", encode("EncapsulatedCRLValue", lists), "")+wrap("OCSPValues", encode("EncapsulatedOCSPValue", answers), ""), namespace)
	if text == "" {
		return document, nil
	}
	return insert(document, n, text)
}

// insert puts unsigned signature properties behind those that a signature has.
func insert(document []byte, n int, properties string) ([]byte, error) {
	d, err := Parse(document)
	if err != nil {
		return nil, err
	}
	if n < 0 || n >= len(d.Signatures) || d.Signatures[n].Err != nil || d.Signatures[n].PropertiesErr != nil || d.Signatures[n].signed == nil {
		return nil, ErrExtend
	}
	if d.Encoding == xmltree.UTF16 {
		return nil, xmltree.ErrEncoding
	}
	before := brokenReferences(d, "")
	holder := d.Signatures[n].signed.Parent
	if unsigned := holder.Child(Namespace, "UnsignedProperties"); unsigned == nil {
		properties = `<e:UnsignedProperties xmlns:e="` + Namespace + `"><e:UnsignedSignatureProperties>` + properties + `</e:UnsignedSignatureProperties></e:UnsignedProperties>`
	} else if holder = unsigned.Child(Namespace, "UnsignedSignatureProperties"); holder == nil {
		return nil, ErrExtend // properties of data objects alone: nobody makes these
	}
	out := splice(d.Document.Document, document, holder, properties)
	after, err := Parse(out)
	if err != nil {
		return nil, errors.Join(ErrSelfCheck, err)
	}
	if brokenReferences(after, "") > before {
		return nil, ErrBreaks
	}
	return out, nil
}

// splice puts a text, which is ASCII, before the end tag of an element; an empty element is opened.
func splice(d *xmltree.Document, document []byte, n *xmltree.Node, text string) []byte {
	at := func(i int) int { return i + len(document) - len(d.Source) } // a byte order mark
	if d.Encoding == xmltree.Windows1251 {
		at = func(i int) int { return utf8.RuneCountInString(d.Source[:i]) }
	}
	source := d.Source[:n.End]
	from, to := strings.LastIndex(source, "</"), 0
	to = from
	if strings.HasSuffix(source, "/>") {
		name := n.Local
		if n.Prefix != "" {
			name = n.Prefix + ":" + name
		}
		from, to = n.End-2, n.End
		text = ">" + text + "</" + name + ">" // names of XAdES are ASCII; a prefix that is not is refused by the parser of the result
	}
	return append(append(append([]byte(nil), document[:at(from)]...), text...), document[at(to):]...)
}
