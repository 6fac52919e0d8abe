// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package asic_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/asic"
	"podpis/pki/pkitest"
)

type file struct{ name, content string }

// pack makes an archive as other programs make it.
func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		method := zip.Deflate
		if f.name == "mimetype" {
			method = zip.Store
		}
		e, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(e, f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(in []byte) (*asic.Container, error) {
	return asic.Read(bytes.NewReader(in), int64(len(in)))
}

func manifest(signature string, files ...file) string {
	var b strings.Builder
	b.WriteString(`<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><asic:SigReference URI="` + signature + `" MimeType="application/x-pkcs7-signature"/>`)
	for _, f := range files {
		fmt.Fprintf(&b, `<asic:DataObjectReference URI="%s"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>%s</ds:DigestValue></asic:DataObjectReference>`,
			f.name, base64.StdEncoding.EncodeToString(alg.SHA256.Sum([]byte(f.content))))
	}
	return b.String() + `</asic:ASiCManifest>`
}

var (
	simple   = file{"mimetype", "application/vnd.etsi.asic-s+zip"}
	extended = file{"mimetype", "application/vnd.etsi.asic-e+zip"}
	one      = file{"один.txt", "первый"}
	two      = file{"a b.txt", "второй"}
)

func TestRead(t *testing.T) {
	t.Parallel()
	escaped := file{"a%20b.txt", two.content}
	for _, test := range []struct {
		name      string
		files     []file
		kind      asic.Type
		documents int
		want      string // of every signature: form, what it is over
	}{
		{"simple", []file{simple, one, {"META-INF/signature.p7s", "x"}}, asic.Simple, 1, "1 один.txt "},
		{"simple with XAdES", []file{simple, one, {"META-INF/signatures.xml", "x"}}, asic.Simple, 1, "2 - "},
		{"simple with a stamp", []file{simple, one, {"META-INF/timestamp.tst", "x"}}, asic.Simple, 1, "3 один.txt "},
		{"type not stated", []file{one, {"META-INF/signature.p7s", "x"}}, asic.Simple, 1, "1 один.txt "},
		{"simple with two documents", []file{simple, one, two, {"META-INF/signature.p7s", "x"}}, asic.Simple, 2, "1 ErrUnclear "},
		{"simple without one", []file{simple, {"META-INF/signature.p7s", "x"}}, asic.Simple, 0, "1 ErrMissing "},
		{"extended", []file{extended, one, two, {"META-INF/signature1.p7s", "x"}, {"META-INF/ASiCManifest1.xml", manifest("META-INF/signature1.p7s", one, escaped)}}, asic.Extended, 2, "1 META-INF/ASiCManifest1.xml "},
		{"extended with a stamp", []file{one, {"META-INF/timestamp1.tst", "x"}, {"META-INF/ASiCManifest.xml", manifest("META-INF/timestamp1.tst", one)}}, asic.Extended, 1, "3 META-INF/ASiCManifest.xml "},
		{"two manifests for one", []file{extended, one, {"META-INF/signature1.p7s", "x"}, {"META-INF/ASiCManifest1.xml", manifest("META-INF/signature1.p7s", one)}, {"META-INF/ASiCManifest2.xml", manifest("META-INF/signature1.p7s", two)}}, asic.Extended, 1, "1 ErrUnclear "},
		{"no manifest", []file{extended, one, {"META-INF/signature1.p7s", "x"}}, asic.Extended, 1, "1 ErrUnclear "},
		{"a manifest that does not parse", []file{extended, one, {"META-INF/signature1.p7s", "x"}, {"META-INF/ASiCManifest.xml", "<a>"}}, asic.Extended, 1, "1 META-INF/ASiCManifest.xml "},
		{"pairs", []file{one, {"один.txt.sig", "x"}, {"alone.p7s", "x"}, two}, asic.Plain, 2, "1 один.txt 1 - "},
		{"plain", []file{one, {"folder/", ""}, two}, asic.Plain, 2, ""},
		{"open document", []file{{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", "<a/>"}, {"META-INF/documentsignatures.xml", "x"}, {"META-INF/manifest.xml", "x"}}, asic.Simple, 1, "2 - "},
	} {
		c, err := open(pack(t, test.files...))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := ""
		for _, s := range c.Signatures {
			over := "-"
			switch {
			case errors.Is(s.Err, asic.ErrUnclear):
				over = "ErrUnclear"
			case errors.Is(s.Err, asic.ErrMissing):
				over = "ErrMissing"
			case s.Manifest != nil:
				over = s.Manifest.Name
			case s.Over != nil:
				over = s.Over.Text()
			}
			got += fmt.Sprint(s.Form, " ", over, " ")
		}
		if c.Type != test.kind || len(c.Documents) != test.documents || got != test.want {
			t.Errorf("%s: type %d, %d documents, %q, want %q", test.name, c.Type, len(c.Documents), got, test.want)
		}
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	other := file{"нет.txt", ""}
	changed := file{two.name, "другой"}
	c, err := open(pack(t, extended, one, two, file{"третий", ""}, file{"META-INF/signature.p7s", "x"},
		file{"META-INF/ASiCManifest.xml", manifest("META-INF/signature.p7s", one, changed, other)}))
	if err != nil {
		t.Fatal(err)
	}
	m := c.Signatures[0].Manifest
	for i, want := range []error{nil, asic.ErrDigest, asic.ErrMissing} {
		if err := m.References[i].Check(); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", m.References[i].Name, err, want)
		}
	}
	if left := m.Uncovered(c.Documents); len(left) != 1 || left[0].Name != "третий" {
		t.Errorf("%d not covered", len(left))
	}
	unknown := strings.ReplaceAll(manifest("META-INF/signature.p7s", one), "xmlenc#sha256", "xmlenc#sha0")
	if c, err = open(pack(t, one, file{"META-INF/signature.p7s", "x"}, file{"META-INF/ASiCManifest.xml", unknown})); err != nil {
		t.Fatal(err)
	}
	if err := c.Signatures[0].Manifest.References[0].Check(); !errors.Is(err, alg.ErrUnsupported) {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"two signatures": strings.Replace(manifest("a"), "</asic:ASiCManifest>", `<asic:SigReference URI="b"/></asic:ASiCManifest>`, 1),
		"no digest":      `<a:ASiCManifest xmlns:a="http://uri.etsi.org/02918/v1.2.1#"><a:DataObjectReference URI="x"/></a:ASiCManifest>`,
		"another root":   `<a/>`,
		"broken escape":  manifest("%zz"),
		"short escape":   manifest("%a"),
		"not base64":     strings.Replace(manifest("a", one), "<ds:DigestValue>", "<ds:DigestValue>!", 1),
	} {
		c, err := open(pack(t, one, file{"META-INF/signature.p7s", "x"}, file{"META-INF/ASiCManifest.xml", text}))
		if err != nil || c.Signatures[0].Manifest == nil || !errors.Is(c.Signatures[0].Manifest.Err, asic.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	c, err := open(pack(t, extended, one, two, file{"META-INF/signatures.xml", "x"}))
	if err != nil {
		t.Fatal(err)
	}
	for uri, want := range map[string]string{"a%20b.txt": two.name, "a b.txt": two.name, "/a%20b.txt": two.name, "%D0%BE%d0%b4%D0%B8%D0%BD.txt": one.name, "": "", "%": "", "../a": ""} {
		e := c.Find(uri)
		if want == "" && e != nil || want != "" && (e == nil || e.Name != want) {
			t.Errorf("%q: %v", uri, e)
		}
	}
	content, err := io.ReadAll(c.Find("a%20b.txt").Open())
	if err != nil || string(content) != two.content {
		t.Errorf("%q %v", content, err)
	}
}

// at finds the n-th record with a mark.
func at(in []byte, mark uint32, n int) int {
	var m [4]byte
	binary.LittleEndian.PutUint32(m[:], mark)
	place := -4
	for range n {
		next := bytes.Index(in[place+4:], m[:])
		if next < 0 {
			return -1
		}
		place += 4 + next
	}
	return place
}

// TestBroken: what two programs may read differently, and what is larger than honest.
func TestBroken(t *testing.T) {
	t.Parallel()
	const local, entry, end = 0x04034b50, 0x02014b50, 0x06054b50
	good := pack(t, file{"a", "1234"}, file{"b", "5678"})
	patch := func(mark uint32, n, offset int, octets ...byte) []byte {
		out := bytes.Clone(good)
		copy(out[at(out, mark, n)+offset:], octets)
		return out
	}
	cut := pack(t, file{"a", strings.Repeat("x", 100)})
	for name, test := range map[string]struct {
		in   []byte
		want error
	}{
		"empty":                       {nil, asic.ErrFormat},
		"no end":                      {good[:len(good)-5], asic.ErrFormat},
		"octets behind":               {append(bytes.Clone(good), 'x'), asic.ErrFormat},
		"octets before":               {append([]byte("xx"), good...), asic.ErrFormat},
		"two ends":                    {append(append(bytes.Clone(good[:len(good)-2]), 22, 0), good[len(good)-22:]...), asic.ErrFormat},
		"several disks":               {patch(end, 1, 4, 1), asic.ErrFormat},
		"count too large":             {patch(end, 1, 8, 3, 0, 3, 0), asic.ErrFormat},
		"count too small":             {patch(end, 1, 8, 1, 0, 1, 0), asic.ErrFormat},
		"one name twice":              {pack(t, file{"a", ""}, file{"a", ""}), asic.ErrFormat},
		"one name in two cases":       {pack(t, file{"a", ""}, file{"A", ""}), asic.ErrFormat},
		"a way up":                    {pack(t, file{"../a", ""}), asic.ErrFormat},
		"a way up inside":             {pack(t, file{"a/../b", ""}), asic.ErrFormat},
		"from the root":               {pack(t, file{"/a", ""}), asic.ErrFormat},
		"a backslash":                 {pack(t, file{`a\b`, ""}), asic.ErrFormat},
		"a long name":                 {pack(t, file{strings.Repeat("a", 2000), ""}), asic.ErrFormat},
		"another name inside":         {patch(local, 1, 30, 'c'), asic.ErrFormat},
		"another method inside":       {patch(local, 1, 8, 0), asic.ErrFormat},
		"a header elsewhere":          {patch(entry, 2, 42, 1), asic.ErrFormat},
		"two files at one place":      {patch(entry, 2, 42, 0, 0, 0, 0), asic.ErrFormat},
		"data over the directory":     {patch(entry, 2, 20, 0xff, 0xff), asic.ErrFormat},
		"an unknown method":           {patch(entry, 1, 10, 99), asic.ErrFormat},
		"encrypted":                   {patch(entry, 1, 8, 1), asic.ErrEncrypted},
		"a size beyond the bounds":    {patch(entry, 1, 24, 0, 0, 0, 0x70), asic.ErrBounds},
		"a directory that ends early": {patch(entry, 2, 28, 0xff), asic.ErrFormat},
		"cut":                         {cut[:60], asic.ErrFormat},
	} {
		if _, err := open(test.in); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	many := make([]file, 4097)
	for i := range many {
		many[i].name = fmt.Sprint(i)
	}
	if _, err := open(pack(t, many...)); !errors.Is(err, asic.ErrBounds) {
		t.Errorf("many files: %v", err)
	}
	bomb := pack(t, file{"zeros", strings.Repeat("\x00", 8<<20)})
	if _, err := open(bomb); !errors.Is(err, asic.ErrBounds) {
		t.Errorf("a bomb of %d octets: %v", len(bomb), err)
	}
	if _, err := open(pack(t, append([]file{one}, signatures(65)...)...)); !errors.Is(err, asic.ErrBounds) {
		t.Errorf("many signatures: %v", err)
	}
	if _, err := open(pack(t, pairs(65)...)); !errors.Is(err, asic.ErrBounds) {
		t.Errorf("many pairs: %v", err)
	}
}

func signatures(n int) (out []file) {
	for i := range n {
		out = append(out, file{fmt.Sprintf("META-INF/signature%d.p7s", i), "x"})
	}
	return out
}

func pairs(n int) (out []file) {
	for i := range n {
		out = append(out, file{fmt.Sprintf("%d.sig", i), "x"})
	}
	return out
}

// TestContentIsHeldToTheDirectory: a file that is longer, shorter or other than the
// directory says is not given out whole.
func TestContentIsHeldToTheDirectory(t *testing.T) {
	t.Parallel()
	const entry = 0x02014b50
	for name, change := range map[string]func(in []byte){
		"longer":         func(in []byte) { in[at(in, entry, 1)+24]-- },
		"shorter":        func(in []byte) { in[at(in, entry, 1)+24]++ },
		"another sum":    func(in []byte) { in[at(in, entry, 1)+16]++ },
		"broken deflate": func(in []byte) { in[31] = 0xff },
	} {
		in := pack(t, file{"a", strings.Repeat("договор ", 100)})
		change(in)
		c, err := open(in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := c.Documents[0].Open()
		_, err = io.Copy(io.Discard, r)
		if !errors.Is(err, asic.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
		if _, again := r.Read(make([]byte, 1)); !errors.Is(again, asic.ErrFormat) {
			t.Errorf("%s, asked again: %v", name, again)
		}
	}
}

// TestCorpus opens containers that other programs made.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		kind       asic.Type
		signatures int
		err        error
	}{
		"multifiles-ok.asice": {asic.Extended, 2, nil}, "onefile-ok.asice": {asic.Extended, 1, nil}, "onefile-ok.asics": {asic.Simple, 1, nil},
		"brokenReference.asice": {asic.Extended, 1, nil}, "brokenReferenceAndAlteredManifest.asice": {asic.Extended, 1, nil},
		"no-signature.asics": {asic.Simple, 1, nil}, "malformed-container.asics": {0, 0, asic.ErrFormat},
	} {
		c, err := open(pkitest.ReadCorpus(t, "generic/asic/"+name))
		if !errors.Is(err, want.err) || err == nil && (c.Type != want.kind || len(c.Signatures) != want.signatures) {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(pack(f, simple, one, file{"META-INF/signature.p7s", "x"}))
	f.Add(pack(f, extended, one, two, file{"META-INF/signature1.p7s", "x"}, file{"META-INF/ASiCManifest1.xml", manifest("META-INF/signature1.p7s", one)}))
	f.Add(pack(f, one, file{"один.txt.sig", "x"}))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := open(in)
		if err != nil {
			return
		}
		for _, s := range c.Signatures {
			if s.Manifest != nil {
				for i := range s.Manifest.References {
					_ = s.Manifest.References[i].Check() // must not crash
				}
			}
		}
		for _, e := range c.Documents {
			if n, err := io.Copy(io.Discard, e.Open()); err == nil && n != e.Size {
				t.Errorf("%d octets, %d stated", n, e.Size)
			}
		}
	})
}
