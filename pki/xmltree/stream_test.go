// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmltree_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"podpis/pki/xmltree"
)

// streamed is the canonical form that comes of reading a document as a stream.
func streamed(in io.Reader, m xmltree.Method) (string, error) {
	s, err := xmltree.NewStream(in)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := s.Canonical(m, &b, nil); err != nil {
		return "", err
	}
	for {
		if _, err := s.Next(); errors.Is(err, io.EOF) {
			return b.String(), nil
		} else if err != nil {
			return "", err
		}
	}
}

// TestStreamGivesChildren: each child of the root comes whole, with its place in the
// document, and what omit names is given out and not written.
func TestStreamGivesChildren(t *testing.T) {
	t.Parallel()
	const text = `<?xml version="1.0"?><!--c--><?p i?><l:list xmlns:l="urn:l" v="1">
 <l:a n="1"><b>один</b></l:a>text<![CDATA[<more>]]><!--x--><c/><d>&lt;<e a=">"/></d>
</l:list><!--end-->`
	s, err := xmltree.NewStream(iotest.OneByteReader(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := s.Root.Attr("v"); !s.Root.Is("urn:l", "list") || v != "1" || s.Source() != `<l:list xmlns:l="urn:l" v="1">` {
		t.Errorf("root %+v from %q", s.Root, s.Source())
	}
	var b bytes.Buffer
	if err := s.Canonical(xmltree.Method{}, &b, func(n *xmltree.Node) bool { return n.Local == "c" }); err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		n, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if n.Next != nil || n.Parent != s.Root {
			t.Errorf("%s has siblings or another parent", n.Local)
		}
		got = append(got, n.Local+"|"+n.Text()+"|"+s.Source())
	}
	want := []string{
		"|\n |\n ", `a|один|<l:a n="1"><b>один</b></l:a>`, "|text<more>|text<![CDATA[<more>]]>", "||<!--x-->", "c||<c/>",
		`d|<|<d>&lt;<e a=">"/></d>`, "|\n|\n",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q\nwant %q", got, want)
	}
	const form = "<?p i?>\n<l:list xmlns:l=\"urn:l\" v=\"1\">\n <l:a n=\"1\"><b>один</b></l:a>text&lt;more&gt;<d>&lt;<e a=\">\"></e></d>\n</l:list>"
	if b.String() != form {
		t.Errorf("canonical form %q, want %q", b.String(), form)
	}
	if _, err := s.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("behind the end: %v", err)
	}
}

// TestStreamBounds: a child larger than the bound and an input that breaks off are
// told.
func TestStreamBounds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", xmltree.MaxChild)
	for name, text := range map[string]string{
		"text": "<a>" + long + "y</a>", "element": "<a><b>" + long + "</b></a>", "comment": "<a><!--" + long + "--></a>", "tag": "<a " + long + "></a>",
		"elements": "<a><b>" + strings.Repeat("<c/>", xmltree.MaxChild/4) + "</b></a>", "before": "<!--" + long + "--><a/>", "declaration": "<?xml " + long,
	} {
		if _, err := streamed(strings.NewReader(text), xmltree.Method{}); !errors.Is(err, xmltree.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	endless := io.MultiReader(strings.NewReader("<a>"), &repeated{text: "<b>" + long[:1<<20] + "</b>"})
	if _, err := streamed(endless, xmltree.Method{}); !errors.Is(err, xmltree.ErrTooLarge) {
		t.Errorf("endless: %v", err)
	}
	gone := errors.New("gone")
	for _, text := range []string{"<a>", "<a><b", "<a><b>", "<a>x"} {
		in := io.MultiReader(strings.NewReader(text+strings.Repeat(" ", 300)), iotest.ErrReader(gone))
		if _, err := streamed(in, xmltree.Method{}); !errors.Is(err, gone) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := streamed(strings.NewReader("<a/>"), xmltree.Method{Prefixes: make([]string, xmltree.MaxPrefixes+1)}); !errors.Is(err, xmltree.ErrTooMany) {
		t.Errorf("prefixes: %v", err)
	}
}

// repeated is a text without end.
type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// TestStreamMemoryIsFlat: what is held does not grow with the document.
func TestStreamMemoryIsFlat(t *testing.T) {
	in := list(8 << 20)
	s, err := xmltree.NewStream(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := 0; ; i++ {
		if _, err := s.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			runtime.GC()
			if runtime.ReadMemStats(&now); now.HeapAlloc > before.HeapAlloc+1<<20 {
				t.Fatalf("%d octets held after %d children", now.HeapAlloc-before.HeapAlloc, i)
			}
		}
	}
}

func BenchmarkStream(b *testing.B) {
	in := list(20 << 20)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := xmltree.NewStream(bytes.NewReader(in))
		if err == nil {
			err = s.Canonical(xmltree.Method{}, io.Discard, nil)
		}
		for err == nil {
			_, err = s.Next()
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
}
