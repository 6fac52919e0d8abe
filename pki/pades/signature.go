// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"podpis/pki/cms"
	"podpis/pki/pdf"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

func (s *Signature) refuse(p Problem) {
	if !slices.Contains(s.Problems, p) {
		s.Problems = append(s.Problems, p)
	}
}

func (d *Document) readSignature(f foundSignature) *Signature {
	s := &Signature{Field: f.field, Kind: Approval, doc: d, dict: f.dict}
	v := d.view
	s.SubFilter = v.Name(f.dict["SubFilter"])
	s.describe()
	s.readRange()
	s.readContents()
	s.readMessage()
	switch {
	case f.usage:
		s.Kind = UsageRights
	case s.SubFilter == SubFilterTimestamp:
		s.Kind = Timestamp
	case transform(v, f.dict, "DocMDP") != nil:
		s.Kind = Certification
	}
	s.openRevision()
	return s
}

// describe reads what the signer says about himself.
func (s *Signature) describe() {
	if s.doc.Encrypted {
		return
	}
	for key, to := range map[pdf.Name]*string{
		"Name": &s.Name, "Reason": &s.Reason, "Location": &s.Location, "ContactInfo": &s.Contact,
	} {
		if t, ok := s.string(key); ok {
			*to = pdf.Text(t)
		}
	}
	if t, ok := s.string("M"); ok {
		s.Time = parseDate(pdf.Text(t))
	}
}

func (s *Signature) string(key pdf.Name) (pdf.String, bool) {
	o, err := s.doc.view.Resolve(s.dict[key])
	t, ok := o.(pdf.String)
	return t, ok && err == nil
}

// parseDate reads D:YYYYMMDDHHmmSSOHH'mm' (ISO 32000-1, 7.9.4); zero when malformed.
func parseDate(text string) time.Time {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "D:"), "'", "")
	if strings.HasSuffix(text, "Z0000") || strings.HasSuffix(text, "Z") {
		text, _, _ = strings.Cut(text, "Z")
		text += "+0000"
	}
	for _, layout := range []string{"20060102150405-0700", "20060102150405-07", "20060102150405", "200601021504", "20060102"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// formatDate is the inverse of parseDate, in UTC.
func formatDate(t time.Time) string { return t.UTC().Format("D:20060102150405") + "+00'00'" }

// readRange reads ByteRange: two pieces, the first from the beginning, with a
// gap between them, inside of the file. More pieces would be holes that no
// standard needs (EN 319 142-1, 5.4.1).
func (s *Signature) readRange() {
	list := s.doc.view.Array(s.dict["ByteRange"])
	var r [4]int64
	if len(list) != len(r) {
		s.refuse(ProblemRange)
		return
	}
	for i, o := range list {
		n, ok := o.(int64)
		if !ok || n < 0 {
			s.refuse(ProblemRange)
			return
		}
		r[i] = n
	}
	s.Range = r
	size := s.doc.view.Size()
	if r[0] != 0 || r[1] == 0 || r[2] <= r[1] || r[3] == 0 || r[2] > size || r[3] > size-r[2] {
		s.refuse(ProblemRange)
		return
	}
	s.Covers = r[2] + r[3]
}

// readContents takes the value: a hexadecimal string in this very dictionary that
// fills the gap of the range exactly, delimiters included.
func (s *Signature) readContents() {
	t, ok := s.dict["Contents"].(pdf.String)
	if !ok || len(t.Value) == 0 || len(t.Value) > MaxContents {
		s.refuse(ProblemContents)
		return
	}
	s.contents, s.Contents = t, t.Value
	if !t.Hex || t.End == 0 || t.Irregular {
		s.refuse(ProblemContents)
	}
	if s.Covers > 0 && (t.Start != s.Range[1] || t.End != s.Range[2]) {
		s.refuse(ProblemGap)
	}
}

func (s *Signature) readMessage() {
	if len(s.Contents) == 0 {
		return
	}
	switch s.SubFilter {
	case SubFilterCAdES, SubFilterDetached, SubFilterSHA1:
		sd, err := cms.ParseSignedData(s.Contents)
		if err != nil || len(sd.Signers) != 1 || sd.Detached != (s.SubFilter != SubFilterSHA1) {
			s.refuse(ProblemFormat)
		}
		if err == nil && len(sd.Signers) > 0 {
			s.Message, s.Signer, s.Enclosed = sd, sd.Signers[0], sd.Certificates
		}
	case SubFilterTimestamp:
		token, err := tsp.ParseToken(s.Contents)
		if err != nil {
			s.refuse(ProblemFormat)
			return
		}
		s.Token, s.Message, s.Signer, s.Enclosed = token, token.Message, token.Signature, token.Message.Certificates
	case SubFilterRSA:
		s.readCertificates()
	default:
		s.refuse(ProblemSubFilter)
	}
}

// readCertificates reads Cert: a string or several, the signer's first (ISO 32000-1, table 252).
func (s *Signature) readCertificates() {
	o, _ := s.doc.view.Resolve(s.dict["Cert"])
	list, ok := o.(pdf.Array)
	if !ok {
		list = pdf.Array{o}
	}
	for _, o := range list {
		o, _ := s.doc.view.Resolve(o)
		t, ok := o.(pdf.String)
		if !ok || len(s.Enclosed) == MaxEvidence {
			break
		}
		if c, err := x509.ParseCertificate(t.Value); err == nil {
			s.Enclosed = append(s.Enclosed, c)
		}
	}
}

// openRevision opens the covered octets as a file of its own and looks for the
// signature there.
func (s *Signature) openRevision() {
	if s.Covers == 0 {
		return
	}
	view, err := s.doc.view.Prefix(s.Covers)
	if err != nil {
		s.refuse(ProblemRevision)
		return
	}
	if rest, err := s.octets(view.End(), s.Covers-view.End()); err != nil || len(bytes.Trim(rest, "\x00\t\n\f\r ")) != 0 {
		s.refuse(ProblemEnd)
	}
	f := findFields(view)
	if s.doc.work += f.count; s.doc.work > maxWork {
		s.refuse(ProblemRevision)
		return
	}
	if !slices.ContainsFunc(f.signatures, func(o foundSignature) bool {
		t, ok := o.dict["Contents"].(pdf.String)
		return ok && t.Start == s.contents.Start && t.End == s.contents.End && pdf.Equal(o.dict, s.dict)
	}) {
		s.refuse(ProblemRevision)
	}
	s.signed, s.fields, s.Revision = view, f, view.Revisions()
}

// maxTail bounds what may stand between the end-of-file marker and the end.
const maxTail = 1 << 10

func (s *Signature) octets(offset, length int64) ([]byte, error) {
	if length > maxTail {
		return nil, &pdf.LimitError{What: "octets behind the end-of-file marker"}
	}
	b := make([]byte, length)
	if length == 0 {
		return b, nil
	}
	_, err := s.doc.in.ReadAt(b, offset)
	if int64(len(b)) == length && err != nil && offset+length == s.doc.view.Size() {
		err = nil // the end of the file
	}
	return b, err
}

func (d *Document) sort() {
	slices.SortStableFunc(d.Signatures, func(a, b *Signature) int {
		return cmp.Or(cmp.Compare(a.Covers, b.Covers), cmp.Compare(len(a.Problems), len(b.Problems)))
	})
}

// refuseOverlaps refuses ranges that contradict one another: of two signatures
// the later one's value lies behind all that the earlier one covers, since it
// was added later. Where both claim a range only one may have, the one whose
// value is elsewhere has met [ProblemGap] already.
func (d *Document) refuseOverlaps() {
	for i, a := range d.Signatures {
		for _, b := range d.Signatures[i+1:] {
			if a.Covers == 0 || slices.Contains(a.Problems, ProblemGap) || b.Range[1] >= a.Covers {
				continue
			}
			b.refuse(ProblemOverlap)
		}
	}
}
