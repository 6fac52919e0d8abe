// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/pdf"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// page is a document of one page with a text field, a note and a form; object 50 is
// referred to and missing.
func page() map[int]string {
	return map[int]string{
		1: "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]/DR<</Font<</F1 5 0 R>>>>>>>>",
		2: "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 300]>>",
		3: "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X 50 0 R>>>>/Annots[6 0 R 8 0 R]>>",
		4: stream("BT /F1 20 Tf 50 200 Td (Pay 100) Tj ET /X Do"),
		5: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		6: "<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/V(1)/Rect[10 10 90 30]/P 3 0 R/AP<</N 7 0 R>>>>",
		7: "<</Type/XObject/Subtype/Form/BBox[0 0 80 20]/Length 4>>\nstream\nq Q \nendstream",
		8: "<</Type/Annot/Subtype/Text/Rect[100 100 120 120]/Contents(note)/P 3 0 R>>",
		9: "<</Type/Catalog/Pages 2 0 R/Lang(hidden)>>",
	}
}

func stream(data string) string {
	return fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(data), data)
}

// write appends objects with a table, or with a stream of references.
func write(file []byte, objects map[int]string, prev int64, asStream bool, extra string) []byte {
	var b bytes.Buffer
	b.Write(file)
	offsets := map[int]int{}
	numbers := slices.Sorted(maps.Keys(objects))
	for _, n := range numbers {
		offsets[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, objects[n])
	}
	start := b.Len()
	link := ""
	if prev >= 0 {
		link = fmt.Sprintf("/Prev %d", prev)
	}
	if !strings.Contains(extra, "/Root") {
		extra += "/Root 1 0 R"
	}
	if asStream {
		offsets[99] = start
		var index string
		var raw []byte
		for _, n := range append(numbers, 99) {
			index += fmt.Sprintf("%d 1 ", n)
			raw = append(raw, 1, byte(offsets[n]>>16), byte(offsets[n]>>8), byte(offsets[n]))
		}
		fmt.Fprintf(&b, "99 0 obj\n<</Type/XRef/Size 100/W[1 3 0]/Index[%s]%s%s/Length %d>>\nstream\n%s\nendstream\nendobj", index, link, extra, len(raw), raw)
	} else {
		b.WriteString("xref\n")
		for _, n := range numbers {
			fmt.Fprintf(&b, "%d 1\n%010d 00000 n\r\n", n, offsets[n])
		}
		fmt.Fprintf(&b, "trailer\n<</Size 60%s%s>>", link, extra)
	}
	fmt.Fprintf(&b, "\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

func newFile(asStream bool) []byte {
	return write([]byte("%PDF-1.7\n"), page(), -1, asStream, "")
}

// lastXref is the offset of the newest cross-reference section.
func lastXref(t *testing.T, file []byte) (offset int64) {
	t.Helper()
	i := bytes.LastIndex(file, []byte("startxref"))
	if _, err := fmt.Sscan(string(file[i+len("startxref"):]), &offset); err != nil {
		t.Fatal(err)
	}
	return offset
}

// update appends an incremental update as an attacker or a program would.
func update(t *testing.T, file []byte, objects map[int]string, extra string) []byte {
	t.Helper()
	return write(file, objects, lastXref(t, file), false, extra)
}

// message makes a CAdES message without a claimed time over a digest, with a time
// stamp over its value when there is an authority.
func message(t testing.TB, id, authority *pkitest.Identity, h alg.Hash, digest []byte) []byte {
	t.Helper()
	attributes := cades.SignedAttributes(cms.OIDData, digest, h, id.Cert, time.Time{})
	value, err := id.Key.SignDigest(rand.Reader, h, h.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		t.Fatal(err)
	}
	si := cms.NewSigner(id.Cert, h, id.Key.Kind().Algorithm(), attributes, value)
	if authority != nil {
		cades.AddTimestamp(si, token(t, authority, h, h.Sum(value)))
	}
	b := cms.Builder{Certificates: []*x509.Certificate{id.Cert}, Signers: []*cms.SignerInfo{si}}
	return b.Detached()
}

func token(t testing.TB, authority *pkitest.Identity, h alg.Hash, digest []byte) []byte {
	t.Helper()
	request, err := tsp.NewRequest(rand.Reader, h, digest)
	if err != nil {
		t.Fatal(err)
	}
	template := tsp.Template{Request: request, Policy: "1.2.3", Serial: x509.NewSerial([]byte{7}), Time: pkitest.Now, Certificate: authority.Cert}
	raw, err := template.Token(rand.Reader, authority.Key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// signed signs a file and returns the whole of it.
func signed(t testing.TB, file []byte, id *pkitest.Identity, o pades.Options) []byte {
	t.Helper()
	p, err := pades.Prepare(bytes.NewReader(file), int64(len(file)), o)
	if err != nil {
		t.Fatal(err)
	}
	h := id.Key.Kind().Hash()
	digest, err := p.Digest(h)
	if err != nil {
		t.Fatal(err)
	}
	tail, err := p.Finish(message(t, id, nil, h, digest))
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(file), tail...)
}

func read(t testing.TB, file []byte) *pades.Document {
	t.Helper()
	d, err := pades.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func signer(t *testing.T, k alg.Kind) *pkitest.Identity {
	t.Helper()
	return pkitest.Root(t, k, "CN=Root").Signer(t, k, "CN=Signer")
}

func TestSignAndRead(t *testing.T) {
	t.Parallel()
	for _, kind := range pkitest.Kinds() {
		for _, asStream := range []bool{false, true} {
			id := signer(t, kind)
			file := newFile(asStream)
			o := pades.Options{Name: "Иванов", Reason: "(test) /Contents <00>", Location: "Москва", Contact: "a@b", Time: pkitest.Now, Page: 1}
			once := signed(t, file, id, o)
			if !bytes.HasPrefix(once, file) {
				t.Fatal("file was rewritten")
			}
			o.Permission = 0
			twice := signed(t, once, id, o)
			d := read(t, twice)
			if len(d.Signatures) != 2 || d.Revisions != 3 || d.Incomplete != nil {
				t.Fatalf("%v: %d signatures, %d revisions, %v", kind, len(d.Signatures), d.Revisions, d.Incomplete)
			}
			for i, s := range d.Signatures {
				if v, err := verdictOf(s); v != good {
					t.Errorf("%v: signature %d: %s %v %v", kind, i+1, v, err, s.Changes)
				}
				if s.Level() != pades.LevelB || s.Name != o.Name || s.Reason != o.Reason || s.Location != o.Location || s.Contact != o.Contact || !s.Time.Equal(o.Time) {
					t.Errorf("%v: said %q %q %q %q %v, level %s", kind, s.Name, s.Reason, s.Location, s.Contact, s.Time, s.Level())
				}
				if s.Revision != i+2 || s.Whole != (i == 1) {
					t.Errorf("%v: signature %d of revision %d, whole %v", kind, i+1, s.Revision, s.Whole)
				}
			}
			if c := d.Signatures[0].Changes; len(c) != 1 || c[0].Kind != pades.ChangeSignature || c[0].Where != "Signature2" {
				t.Errorf("%v: changes %v", kind, c)
			}
		}
	}
}

func TestLevelT(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id, authority := root.Signer(t, alg.GOST256B, "CN=Signer"), root.TSA(t, alg.GOST256B)
	file := newFile(false)
	p, err := pades.Prepare(bytes.NewReader(file), int64(len(file)), pades.Options{Time: pkitest.Now})
	if err != nil {
		t.Fatal(err)
	}
	digest, err := p.Digest(alg.Streebog256)
	if err != nil {
		t.Fatal(err)
	}
	tail, err := p.Finish(message(t, id, authority, alg.Streebog256, digest))
	if err != nil {
		t.Fatal(err)
	}
	if s := read(t, append(file, tail...)).Signatures[0]; s.Level() != pades.LevelT {
		t.Errorf("level %s", s.Level())
	}
}

func TestPrepareRefuses(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	file := newFile(false)
	locked := signed(t, file, id, pades.Options{Permission: 1})
	once := signed(t, file, id, pades.Options{Field: "Chief"})
	for _, test := range []struct {
		name string
		file []byte
		o    pades.Options
		want string
	}{
		{"certified without changes", locked, pades.Options{}, pades.ErrCertified.Error()},
		{"certification of a signed document", once, pades.Options{Permission: 2}, pades.ErrCertified.Error()},
		{"field signed", once, pades.Options{Field: "Chief"}, pades.ErrField.Error()},
		{"field for text", file, pades.Options{Field: "amount"}, pades.ErrField.Error()},
		{"no such page", file, pades.Options{Page: 2}, pades.ErrPage.Error()},
		{"not a PDF", []byte("PK"), pades.Options{}, pdf.ErrNotPDF.Error()},
		{"broken", bytes.Replace(file, []byte("startxref"), []byte("startxxxx"), 1), pades.Options{}, pdf.ErrDamaged.Error()},
		{"encrypted", write([]byte("%PDF-1.7\n"), page(), -1, false, "/Encrypt<</Filter/Standard>>"), pades.Options{}, pdf.ErrEncrypted.Error()},
	} {
		_, err := pades.Prepare(bytes.NewReader(test.file), int64(len(test.file)), test.o)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

func TestFinishChecksItself(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	file := newFile(false)
	prepare := func() (*pades.Prepared, []byte) {
		p, err := pades.Prepare(bytes.NewReader(file), int64(len(file)), pades.Options{Reserve: 2000})
		if err != nil {
			t.Fatal(err)
		}
		digest, err := p.Digest(alg.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return p, digest
	}
	p, digest := prepare()
	good := message(t, id, nil, alg.SHA256, digest)
	wrong := message(t, id, nil, alg.SHA256, make([]byte, 32))
	spoiled := bytes.Clone(good)
	spoiled[len(spoiled)-1] ^= 1
	for name, m := range map[string][]byte{"other digest": wrong, "other value": spoiled, "no message": nil, "rubbish": []byte("rubbish"), "too long": make([]byte, 2001)} {
		if tail, err := p.Finish(m); err == nil || tail != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	attributes := cades.SignedAttributes(cms.OIDData, digest, alg.SHA256, id.Cert, pkitest.Now)
	value, err := id.Key.SignDigest(rand.Reader, alg.SHA256, alg.SHA256.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		t.Fatal(err)
	}
	dated := cms.Builder{Certificates: []*x509.Certificate{id.Cert}, Signers: []*cms.SignerInfo{cms.NewSigner(id.Cert, alg.SHA256, alg.P256.Algorithm(), attributes, value)}}
	if _, err := p.Finish(dated.Detached()); !errors.Is(err, pades.ErrTime) {
		t.Errorf("a message with a time of its own: %v", err)
	}
	if _, err := p.Finish(good); err != nil {
		t.Errorf("good message after bad ones: %v", err)
	}
}

func TestEmptyFieldIsSigned(t *testing.T) {
	t.Parallel()
	objects := page()
	objects[1] = strings.Replace(objects[1], "[6 0 R]", " 10 0 R", 1)
	objects[10] = "[6 0 R 11 0 R]"
	objects[3] = strings.Replace(objects[3], "[6 0 R 8 0 R]", " 12 0 R", 1)
	objects[11] = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Chief)/Rect[10 50 90 90]/P 3 0 R>>"
	objects[12] = "[6 0 R 8 0 R 11 0 R]"
	file := write([]byte("%PDF-1.7\n"), objects, -1, false, "")
	if d := read(t, file); !slices.Equal(d.EmptyFields, []string{"Chief"}) {
		t.Fatalf("empty fields %v", d.EmptyFields)
	}
	id := signer(t, alg.P256)
	first := signed(t, file, id, pades.Options{})               // arrays that stand by themselves
	both := signed(t, first, id, pades.Options{Field: "Chief"}) // and the empty field
	d := read(t, both)
	if len(d.Signatures) != 2 || d.Signatures[1].Field != "Chief" || len(d.EmptyFields) != 0 {
		t.Fatalf("signatures %v", d.Signatures)
	}
	for _, s := range d.Signatures {
		if v, err := verdictOf(s); v != good {
			t.Errorf("%s: %s %v %v", s.Field, v, err, s.Changes)
		}
	}
}

// BenchmarkTenSignatures reads a document of 3 MB and 3000 objects with ten
// signatures by GOST R 34.10-2012 and checks all of them.
func BenchmarkTenSignatures(b *testing.B) {
	objects := page()
	objects[4] = stream(strings.Repeat("BT ET ", 500_000))
	for n := 200; n < 3200; n++ {
		objects[n] = fmt.Sprintf("<</A[%d 0 R]/B(text)>>", n+1)
	}
	objects[3] = strings.Replace(objects[3], "/Contents", "/B 200 0 R/Contents", 1)
	id := pkitest.Root(b, alg.GOST256B, "CN=Root").Signer(b, alg.GOST256B, "CN=Signer")
	file := write([]byte("%PDF-1.7\n"), objects, -1, false, "")
	for range 10 {
		file = signed(b, file, id, pades.Options{})
	}
	b.ReportAllocs()
	for b.Loop() {
		d := read(b, file)
		for _, s := range d.Signatures {
			if v, err := verdictOf(s); v != good || len(d.Signatures) != 10 {
				b.Fatal(v, err, s.Changes)
			}
		}
	}
}
