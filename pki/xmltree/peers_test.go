// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peers

package xmltree_test

import (
	"bytes"
	"io/fs"
	"os/exec"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"podpis/pki/pkitest"
	"podpis/pki/xmltree"
)

// xmllint canonicalizes a document with libxml2.
func xmllint(option string, in []byte) ([]byte, error) {
	cmd := exec.Command("xmllint", "--nonet", option, "-")
	cmd.Stdin = bytes.NewReader(in)
	return cmd.Output()
}

// judged are the methods that xmllint has; it keeps comments.
func judged() map[string]xmltree.Method {
	return map[string]xmltree.Method{
		"--c14n":     {Comments: true},
		"--c14n11":   {Comments: true, V11: true},
		"--exc-c14n": {Comments: true, Exclusive: true},
	}
}

// TestXmllintAgreesOnTheCorpus compares canonical forms of real files.
func TestXmllintAgreesOnTheCorpus(t *testing.T) {
	t.Parallel()
	same := 0
	err := filepath.WalkDir(pkitest.Corpus(t), func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() || filepath.Ext(path) != ".xml" {
			return err
		}
		rel, err := filepath.Rel(pkitest.Corpus(t), path)
		if err != nil {
			return err
		}
		in := pkitest.ReadCorpus(t, rel)
		d, err := xmltree.Parse(in)
		if err != nil {
			return nil // TestCorpusIsRead decides
		}
		for option, m := range judged() {
			want, err := xmllint(option, in)
			if err != nil {
				continue // it refuses namespaces that are not absolute URIs, which states use
			}
			if got := canonical(t, m, &d.Node); got != string(want) {
				t.Errorf("%s: %s differs", rel, option)
			}
			same++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if same < 60 {
		t.Errorf("only %d forms compared", same)
	}
	t.Logf("%d canonical forms compared", same)
}

// TestXmllintAgreesOnHardDocuments compares what chance makes of namespaces,
// attributes and characters.
func TestXmllintAgreesOnHardDocuments(t *testing.T) {
	t.Parallel()
	uris := []string{"urn:a", "urn:b", "http://c/"}
	text := rapid.StringMatching(`([a-z éЖ]|&#xD;|&#10;|&#9;|\r\n|\t|&lt;|&gt;|&quot;|'|<!\[CDATA\[[<&>]\]\]>|<!--c-->|<\?p i\?>){0,4}`)
	value := rapid.StringMatching(`([a-z Ж>]|&#xD;|&#10;|&#9;|\r\n|\t|&lt;|&amp;|&apos;){0,4}`)
	var element func(r *rapid.T, depth int, bound []string) string
	element = func(r *rapid.T, depth int, bound []string) string {
		bound = append([]string{}, bound...)
		attributes := ""
		for _, p := range []string{"p", "q", "r"} {
			if rapid.Bool().Draw(r, "declare") {
				attributes += " xmlns:" + p + "='" + rapid.SampledFrom(uris).Draw(r, "uri") + "'"
				bound = append(bound, p)
			}
		}
		if i := rapid.IntRange(0, 5).Draw(r, "default"); i < 4 {
			attributes += " xmlns='" + append(uris, "")[i] + "'"
		}
		for i := range rapid.IntRange(0, 2).Draw(r, "attributes") {
			prefix := ""
			if len(bound) > 0 && rapid.Bool().Draw(r, "prefixed") {
				prefix = rapid.SampledFrom(bound).Draw(r, "prefix") + ":"
			}
			attributes += " " + prefix + string(rune('a'+i)) + "='" + value.Draw(r, "value") + "'"
		}
		if rapid.Bool().Draw(r, "lang") {
			attributes += " xml:lang='ru'"
		}
		name := "e"
		if len(bound) > 0 && rapid.Bool().Draw(r, "prefixed") {
			name = rapid.SampledFrom(bound).Draw(r, "prefix") + ":e"
		}
		body := text.Draw(r, "text")
		for range rapid.IntRange(0, 2).Draw(r, "children") {
			if depth > 0 {
				body += element(r, depth-1, bound) + text.Draw(r, "text")
			}
		}
		return "<" + name + attributes + ">" + body + "</" + name + ">"
	}
	compared := 0
	rapid.Check(t, func(r *rapid.T) {
		in := []byte("<!--x-->" + element(r, 3, nil) + "<?y?>")
		d, err := xmltree.Parse(in)
		if err != nil {
			r.Fatalf("%s: %v", in, err)
		}
		for option, m := range judged() {
			want, err := xmllint(option, in)
			if err != nil {
				r.Fatalf("xmllint: %s: %v", in, err)
			}
			if got := canonical(t, m, &d.Node); got != string(want) {
				r.Fatalf("%s of\n%s\nis\n%s\nwant\n%s", option, in, got, want)
			}
			compared++
		}
	})
	t.Logf("%d canonical forms compared", compared)
}
