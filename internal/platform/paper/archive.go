// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package paper

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"podpis/pki/pdf"
)

// archived adds what ISO 19005-3 asks for beyond the pages, as an update of the
// file: metadata (6.6.2), an output intent (6.2.3), an identifier (6.1.3) and the
// files with their relationship to the document (6.8).
func (p *Paper) archived(pages []byte) ([]byte, error) {
	d, err := pdf.Open(bytes.NewReader(pages), int64(len(pages)))
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	u, err := pdf.NewUpdate(d)
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	metadata, err := p.metadata()
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	catalog := d.Catalog()
	catalog["Metadata"] = u.Add(pdf.NewStream(pdf.Dict{"Type": pdf.Name("Metadata"), "Subtype": pdf.Name("XML")}, metadata))
	profile := u.Add(pdf.NewStream(pdf.Dict{"N": int64(3)}, colours()))
	catalog["OutputIntents"] = pdf.Array{pdf.Dict{
		"Type": pdf.Name("OutputIntent"), "S": pdf.Name("GTS_PDFA1"),
		"OutputConditionIdentifier": pdf.NewText("sRGB"), "Info": pdf.NewText("sRGB"), "DestOutputProfile": profile,
	}}
	catalog["Version"] = pdf.Name("1.7") // fpdf counts by what it knows of
	p.attach(u, catalog)
	u.Set(d.Root(), catalog)
	u.Set(infoRef(d), p.information())
	id := sha256.Sum256(pages)
	u.SetID(id[:16])
	tail, err := u.Encode()
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return append(pages, tail.Octets...), nil
}

// infoRef is where the information dictionary stands.
func infoRef(d *pdf.Document) pdf.Ref {
	r, _ := d.Trailer()["Info"].(pdf.Ref)
	return r
}

// information says the same as the metadata (ISO 19005-1, 6.7.3; no longer asked for, read by many).
func (p *Paper) information() pdf.Dict {
	at := pdf.NewText("D:" + p.options.Created.UTC().Format("20060102150405") + "Z")
	return pdf.Dict{
		"Title": pdf.NewText(p.options.Title), "Author": pdf.NewText(p.options.Author), "Producer": pdf.NewText(producer),
		"CreationDate": at, "ModDate": at,
	}
}

const producer = "Podpis"

// metadata is the XMP packet. Its namespaces are those of ISO 16684-1 and ISO 19005-3, 6.6.4.
func (p *Paper) metadata() ([]byte, error) {
	escaped := func(text string) (string, error) {
		var b strings.Builder
		err := xml.EscapeText(&b, []byte(text))
		return b.String(), err
	}
	title, err := escaped(p.options.Title)
	if err != nil {
		return nil, err
	}
	author, err := escaped(p.options.Author)
	if err != nil {
		return nil, err
	}
	at := p.options.Created.UTC().Format(time.RFC3339)
	return fmt.Appendf(nil, `<?xpacket begin="`+"\ufeff"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>
<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate><pdf:Producer>%s</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`, title, author, at, at, producer), nil
}

// attach puts the files in; each is said to be data that the document shows.
func (p *Paper) attach(u *pdf.Update, catalog pdf.Dict) {
	var names, associated pdf.Array
	for _, f := range p.files {
		content := u.Add(pdf.NewStream(pdf.Dict{
			"Type": pdf.Name("EmbeddedFile"), "Subtype": pdf.Name(f.mime),
			"Params": pdf.Dict{"Size": int64(len(f.content)), "ModDate": pdf.NewText("D:" + p.options.Created.UTC().Format("20060102150405") + "Z")},
		}, f.content))
		spec := u.Add(pdf.Dict{
			"Type": pdf.Name("Filespec"), "F": pdf.NewText(f.name), "UF": pdf.NewText(f.name), "Desc": pdf.NewText(f.about),
			"AFRelationship": pdf.Name("Data"), "EF": pdf.Dict{"F": content, "UF": content},
		})
		names = append(names, pdf.NewText(f.name), spec)
		associated = append(associated, spec)
	}
	delete(catalog, "Names")
	if len(associated) > 0 {
		catalog["AF"] = associated
		catalog["Names"] = pdf.Dict{"EmbeddedFiles": pdf.Dict{"Names": names}}
	}
}
