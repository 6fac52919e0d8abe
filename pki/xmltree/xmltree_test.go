// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmltree_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"podpis/pki/pkitest"
	"podpis/pki/xmltree"
)

func methods() map[string]xmltree.Method {
	return map[string]xmltree.Method{
		"c14n":          {},
		"c14n-comments": {Comments: true},
		"c14n11":        {V11: true, Comments: true},
		"exc-c14n":      {Exclusive: true, Comments: true},
		"exc-prefixes":  {Exclusive: true, Prefixes: []string{"a", "", "none"}},
	}
}

func canonical(t *testing.T, m xmltree.Method, n *xmltree.Node) string {
	t.Helper()
	b, err := m.Bytes(n, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parse(t *testing.T, text string) *xmltree.Document {
	t.Helper()
	d, err := xmltree.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return d
}

func TestBrokenDocuments(t *testing.T) {
	t.Parallel()
	many := func(n int, s string) string { return strings.Repeat(s, n) }
	attributes := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(" a" + string(rune('a'+i/26%26)) + string(rune('a'+i%26)) + "='" + "'")
		}
		return b.String()
	}
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"empty", "", xmltree.ErrSyntax},
		{"text", "hello", xmltree.ErrSyntax},
		{"not closed", "<a><b></b>", xmltree.ErrSyntax},
		{"crossed", "<a><b></a></b>", xmltree.ErrSyntax},
		{"two roots", "<a/><b/>", xmltree.ErrSyntax},
		{"end first", "</a>", xmltree.ErrSyntax},
		{"text behind", "<a/>x", xmltree.ErrSyntax},
		{"cdata behind", "<a/><![CDATA[x]]>", xmltree.ErrSyntax},
		{"end of cdata in text", "<a>]]></a>", xmltree.ErrSyntax},
		{"comment", "<a><!-- -- --></a>", xmltree.ErrSyntax},
		{"comment not closed", "<a><!-- ", xmltree.ErrSyntax},
		{"instruction", "<a><?xml version='1.0'?></a>", xmltree.ErrSyntax},
		{"attribute without value", "<a b/>", xmltree.ErrSyntax},
		{"attributes not apart", "<a b='1'c='2'/>", xmltree.ErrSyntax},
		{"less in attribute", "<a b='<'/>", xmltree.ErrSyntax},
		{"no quotes", "<a b=1/>", xmltree.ErrSyntax},
		{"bare ampersand", "<a>a & b</a>", xmltree.ErrSyntax},
		{"version", "<?xml version='1.1'?><a/>", xmltree.ErrVersion},
		{"declaration order", "<?xml encoding='utf-8' version='1.0'?><a/>", xmltree.ErrSyntax},
		{"standalone", "<?xml version='1.0' standalone='maybe'?><a/>", xmltree.ErrSyntax},
		{"doctype", "<!DOCTYPE a><a/>", xmltree.ErrDTD},
		{"entities that grow", `<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>`, xmltree.ErrDTD},
		{"external entity", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, xmltree.ErrDTD},
		{"unknown entity", "<a>&nbsp;</a>", xmltree.ErrDTD},
		{"entity in attribute", "<a b='&e;'/>", xmltree.ErrDTD},
		{"duplicate attribute", "<a b='1' b='2'/>", xmltree.ErrDuplicate},
		{"duplicate by namespace", "<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>", xmltree.ErrDuplicate},
		{"duplicate declaration", "<a xmlns:x='u' xmlns:x='v'/>", xmltree.ErrDuplicate},
		{"undeclared prefix", "<x:a/>", xmltree.ErrNamespace},
		{"undeclared prefix of attribute", "<a x:b=''/>", xmltree.ErrNamespace},
		{"prefix out of scope", "<a><b xmlns:x='u'/><x:c/></a>", xmltree.ErrNamespace},
		{"prefix undeclared again", "<a xmlns:x=''/>", xmltree.ErrNamespace},
		{"xml bound elsewhere", "<a xmlns:xml='u'/>", xmltree.ErrNamespace},
		{"other prefix for xml", "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>", xmltree.ErrNamespace},
		{"xmlns declared", "<a xmlns:xmlns='u'/>", xmltree.ErrNamespace},
		{"element of xmlns", "<xmlns:a/>", xmltree.ErrNamespace},
		{"two colons", "<a:b:c xmlns:a='u'/>", xmltree.ErrNamespace},
		{"digit behind colon", "<a:1 xmlns:a='u'/>", xmltree.ErrNamespace},
		{"zero octet", "<a>\x00</a>", xmltree.ErrCharacter},
		{"control", "<a>\x0B</a>", xmltree.ErrCharacter},
		{"control by number", "<a>&#11;</a>", xmltree.ErrCharacter},
		{"surrogate by number", "<a>&#xD800;</a>", xmltree.ErrCharacter},
		{"huge number", "<a>&#x1000000;</a>", xmltree.ErrCharacter},
		{"not UTF-8", "<a>\xff</a>", xmltree.ErrCharacter},
		{"half of UTF-16", "\xff\xfe<\x00a", xmltree.ErrCharacter},
		{"lone surrogate in UTF-16", "\xfe\xff\xd8\x00\x00<", xmltree.ErrCharacter},
		{"unassigned in windows-1251", "<?xml version='1.0' encoding='windows-1251'?><a>\x98</a>", xmltree.ErrCharacter},
		{"encoding", "<?xml version='1.0' encoding='koi8-r'?><a/>", xmltree.ErrEncoding},
		{"deep", many(xmltree.MaxDepth+1, "<a>") + many(xmltree.MaxDepth+1, "</a>"), xmltree.ErrTooDeep},
		{"many nodes", "<a>" + many(xmltree.MaxNodes, "<b/>") + "</a>", xmltree.ErrTooMany},
		{"many attributes", "<a" + attributes(xmltree.MaxAttributes+1) + "/>", xmltree.ErrAttributes},
		{"long name", "<" + many(xmltree.MaxName+1, "a") + "/>", xmltree.ErrAttributes},
		{"long value", "<a b='" + many(xmltree.MaxValue+1, "x") + "'/>", xmltree.ErrAttributes},
		{"100 MB attribute", "<a b='" + many(100<<20, "x") + "'/>", xmltree.ErrTooLarge},
	} {
		_, err := xmltree.Parse([]byte(test.text))
		var place *xmltree.Error
		if !errors.Is(err, test.want) || !errors.As(err, &place) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		switch want := test.want; {
		case test.name == "many nodes": // one child is one tree in a stream
		case strings.Contains(test.name, "UTF-16"):
			want = xmltree.ErrEncoding
			fallthrough
		default:
			if _, err := streamed(strings.NewReader(test.text), xmltree.Method{}); !errors.Is(err, want) || !errors.As(err, &place) {
				t.Errorf("%s as a stream: %v, want %v", test.name, err, want)
			}
		}
	}
	for _, text := range []string{
		many(xmltree.MaxDepth, "<a>") + many(xmltree.MaxDepth, "</a>"),
		"<a" + attributes(xmltree.MaxAttributes) + "/>",
		"<" + many(xmltree.MaxName, "a") + "/>",
	} {
		parse(t, text)
	}
}

// TestMemoryIsBounded: the worst documents within the bounds cost a multiple of
// their length that does not grow.
func TestMemoryIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"elements":     "<a>" + strings.Repeat("<b/>", 200_000) + "</a>",
		"attributes":   "<a>" + strings.Repeat("<b a='' b='' c='' d='' e='' f='' g='' h=''/>", 20_000) + "</a>",
		"entities":     "<a>" + strings.Repeat("&#9;", 200_000) + "</a>",
		"declarations": "<a>" + strings.Repeat("<b xmlns:a='a' xmlns:b='b' xmlns:c='c'/>", 20_000) + "</a>",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := xmltree.Parse([]byte(text)); err != nil {
			t.Fatal(name, err)
		}
		runtime.ReadMemStats(&after)
		if ratio := (after.TotalAlloc - before.TotalAlloc) / uint64(len(text)); ratio > 100 {
			t.Errorf("%s: %d octets allocated for one of input", name, ratio)
		}
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	const want = "<Файл имя=\"№ 1\">Ёж “—” ї</Файл>"
	utf16 := func(big bool, s string) string {
		out := []byte{0xFF, 0xFE}
		if big {
			out = []byte{0xFE, 0xFF}
		}
		for _, r := range s {
			units := []uint16{uint16(r)}
			if r > 0xFFFF {
				units = []uint16{0xD800 + uint16((r-0x10000)>>10), 0xDC00 + uint16((r-0x10000)&0x3FF)}
			}
			for _, u := range units {
				if big {
					out = append(out, byte(u>>8), byte(u))
				} else {
					out = append(out, byte(u), byte(u>>8))
				}
			}
		}
		return string(out)
	}
	for name, test := range map[string]struct {
		text     string
		encoding xmltree.Encoding
		want     string
	}{
		"utf-8":        {want, xmltree.UTF8, want},
		"mark":         {"\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + want, xmltree.UTF8, want},
		"utf-16 le":    {utf16(false, want), xmltree.UTF16, want},
		"utf-16 be":    {utf16(true, "<a>\U0001F58B</a>"), xmltree.UTF16, "<a>\U0001F58B</a>"},
		"windows-1251": {"<?xml version='1.0' encoding='windows-1251'?><\xD4\xE0\xE9\xEB \xE8\xEC\xFF='\xB9 1'>\xA8\xE6 \x93\x97\x94 \xBF</\xD4\xE0\xE9\xEB>", xmltree.Windows1251, want},
	} {
		d := parse(t, test.text)
		if got := canonical(t, xmltree.Method{}, &d.Node); got != test.want || d.Encoding != test.encoding {
			t.Errorf("%s: %q in %s", name, got, d.Encoding)
		}
	}
}

// TestCanonicalXML has the examples of RFC 3076, 3 that do without a DTD, and the
// rules that are easily got wrong.
func TestCanonicalXML(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		method     xmltree.Method
		want       string
	}{
		{"3.1 instructions and comments", "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->",
			xmltree.Method{}, "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!</doc>\n<?pi-without-data?>"},
		{"3.1 with comments", "<!--0--><doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->",
			xmltree.Method{Comments: true}, "<!--0-->\n<doc>Hello, world!<!-- Comment 1 --></doc>\n<?pi-without-data?>\n<!-- Comment 2 -->\n<!-- Comment 3 -->"},
		{"3.3 tags", "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n   <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n            <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\" attr=\"default\"/>\n         </e8>\n      </e7>\n   </e6>\n</doc>",
			xmltree.Method{}, "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>\n   <e6 xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\">\n            <e9 xmlns:a=\"http://www.ietf.org\" attr=\"default\"></e9>\n         </e8>\n      </e7>\n   </e6>\n</doc>"},
		{"3.4 characters", "<doc>\r\n   <text>First line&#x0d;&#10;Second line</text>\r   <value>&#x32;</value>\n   <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\n   <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\n   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n   <plain attr='a\r\nb\tc'/></doc>",
			xmltree.Method{}, "<doc>\n   <text>First line&#xD;\nSecond line</text>\n   <value>2</value>\n   <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\n   <compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute>\n   <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm>\n   <plain attr=\"a b c\"></plain></doc>"},
		{"3.6 UTF-8", "<doc>&#169;</doc>", xmltree.Method{}, "<doc>©</doc>"},
		{"exclusive leaves unused out", "<a xmlns='u' xmlns:b='v' xmlns:c='w'><b:d c:e=''/></a>", xmltree.Method{Exclusive: true},
			"<a xmlns=\"u\"><b:d xmlns:b=\"v\" xmlns:c=\"w\" c:e=\"\"></b:d></a>"},
		{"exclusive with prefixes", "<a xmlns='u' xmlns:b='v' xmlns:c='w'><d xmlns='' xmlns:c='x'/></a>", xmltree.Method{Exclusive: true, Prefixes: []string{"c"}},
			"<a xmlns=\"u\" xmlns:c=\"w\"><d xmlns=\"\" xmlns:c=\"x\"></d></a>"},
		{"exclusive, siblings", "<a xmlns:b='v'><b:c/><b:c><b:d/></b:c></a>", xmltree.Method{Exclusive: true},
			"<a><b:c xmlns:b=\"v\"></b:c><b:c xmlns:b=\"v\"><b:d></b:d></b:c></a>"},
	} {
		d := parse(t, test.text)
		if got := canonical(t, test.method, &d.Node); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// TestPartOfDocument: what comes from above the part differs by method.
func TestPartOfDocument(t *testing.T) {
	t.Parallel()
	d := parse(t, "<r xmlns='u' xmlns:a='v' xmlns:x='w' xml:lang='ru' xml:id='i' xml:space='preserve'><m xmlns:a='nearer' xml:lang='kk'><a:e xml:space='default'><f/></a:e><skip/></m></r>")
	m := d.Root.First
	e := m.First
	for _, test := range []struct {
		method xmltree.Method
		want   string
	}{
		{xmltree.Method{}, `<a:e xmlns="u" xmlns:a="nearer" xmlns:x="w" xml:id="i" xml:lang="kk" xml:space="default"><f></f></a:e>`},
		{xmltree.Method{V11: true}, `<a:e xmlns="u" xmlns:a="nearer" xmlns:x="w" xml:lang="kk" xml:space="default"><f></f></a:e>`},
		{xmltree.Method{Exclusive: true}, `<a:e xmlns:a="nearer" xml:space="default"><f xmlns="u"></f></a:e>`},
		{xmltree.Method{Exclusive: true, Prefixes: []string{"", "x"}}, `<a:e xmlns="u" xmlns:a="nearer" xmlns:x="w" xml:space="default"><f></f></a:e>`},
	} {
		if got := canonical(t, test.method, e); got != test.want {
			t.Errorf("%+v:\n%s\nwant\n%s", test.method, got, test.want)
		}
	}
	b, err := xmltree.Method{Exclusive: true}.Bytes(m, func(n *xmltree.Node) bool { return n.Is("u", "skip") })
	if want := `<m xmlns="u" xml:lang="kk"><a:e xmlns:a="nearer" xml:space="default"><f></f></a:e></m>`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	based := parse(t, "<r xml:base='http://a/'><e/></r>")
	if _, err := (xmltree.Method{V11: true}).Bytes(based.Root.First, nil); !errors.Is(err, xmltree.ErrXMLBase) {
		t.Errorf("part below xml:base: %v", err)
	}
	if got := e.First.Path(); got != "/r/m/e/f" {
		t.Errorf("path %s", got)
	}
}

// TestCorpusIsRead: every XML file of the corpus parses, but those the manifest or
// xmllint calls broken, and its canonical form is its own.
func TestCorpusIsRead(t *testing.T) {
	t.Parallel()
	broken := map[string]error{
		"invalid_broken_markup.xml":                              xmltree.ErrSyntax,
		"smevka-smev-message-exchange-service-1.1.xsd":           xmltree.ErrNamespace, // xmllint agrees
		"smev3sharp-GetResponseResponce_MultipartEmptyQueue.xml": xmltree.ErrSyntax,    // MIME
	}
	read := 0
	err := filepath.WalkDir(pkitest.Corpus(t), func(path string, f fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || f.IsDir() || ext != ".xml" && ext != ".xsd" && ext != ".wsdl" {
			return err
		}
		rel, err := filepath.Rel(pkitest.Corpus(t), path)
		if err != nil {
			return err
		}
		in := pkitest.ReadCorpus(t, rel)
		d, err := xmltree.Parse(in)
		if want := broken[f.Name()]; err != nil || want != nil {
			if want == nil || !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", rel, err, want)
			}
			return nil
		}
		read++
		for name, m := range methods() {
			once := canonical(t, m, &d.Node)
			if twice := canonical(t, m, &parse(t, once).Node); twice != once {
				t.Errorf("%s: %s is not its own canonical form", rel, name)
			}
			if s, err := streamed(iotest.HalfReader(bytes.NewReader(in)), m); d.Encoding != xmltree.UTF16 && (err != nil || s != once) {
				t.Errorf("%s: %s as a stream differs: %v", rel, name, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 50 {
		t.Errorf("only %d files read", read)
	}
	t.Logf("%d XML files read, %d refused as expected", read, len(broken))
}

// FuzzParse: no input makes the parser panic, and canonical forms are their own.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"<a/>", "<?xml version='1.0' encoding='windows-1251'?><a b='\xE0'>x</a>", "<a xmlns='u' xmlns:b='v'><b:c b:d='&#13;'/><e xmlns=''/></a>",
		"<!--c--><?p i?><a><![CDATA[<]]>&amp;</a><!--d-->", "\xff\xfe<\x00a\x00/\x00>\x00", "<!DOCTYPE a><a/>",
		"<a xmlns:a='u' xmlns:none='w'><b xmlns='x' xml:lang='ru'><a:c/></b></a>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := xmltree.Parse(in)
		if err != nil {
			if _, streaming := streamed(bytes.NewReader(in), xmltree.Method{}); streaming == nil {
				t.Fatalf("%q as a stream is read, else %v", in, err)
			}
			return
		}
		for name, m := range methods() {
			once := canonical(t, m, &d.Node)
			if s, err := streamed(iotest.OneByteReader(bytes.NewReader(in)), m); d.Encoding != xmltree.UTF16 && (err != nil || s != once) {
				t.Fatalf("%s of %q as a stream is %q, %v", name, in, s, err)
			}
			again, err := xmltree.Parse([]byte(once))
			if err != nil {
				t.Fatalf("%s of %q is %q: %v", name, in, once, err)
			}
			if twice := canonical(t, m, &again.Node); twice != once {
				t.Fatalf("%s of %q: %q, then %q", name, in, once, twice)
			}
			// Any part of it is well-formed by itself.
			for n := d.Root; n != nil; n = n.First {
				if n.Kind != xmltree.Element || n.Inside(d.Root) && hasBase(n) {
					continue
				}
				if part := canonical(t, m, n); !bytes.HasPrefix([]byte(part), []byte("<")) {
					t.Fatalf("part %q", part)
				} else if _, err := xmltree.Parse([]byte(part)); err != nil {
					t.Fatalf("%s of a part of %q is %q: %v", name, in, part, err)
				}
			}
		}
	})
}

func hasBase(n *xmltree.Node) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if _, ok := n.AttrOf(xmltree.XMLNamespace, "base"); ok {
			return true
		}
	}
	return false
}

// list is a document like a trusted list: mostly names and base64.
func list(size int) []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version='1.0'?><list xmlns='urn:l' xmlns:d='urn:d'>")
	for b.Len() < size {
		b.WriteString("\n <d:service a='1' b='два'>\n  <name>Удостоверяющий центр</name><certificate>" + strings.Repeat("MIIB+/", 200) + "</certificate>\n </d:service>")
	}
	b.WriteString("</list>")
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	in := list(20 << 20)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := xmltree.Parse(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	in := list(20 << 20)
	d, err := xmltree.Parse(in)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := (xmltree.Method{Exclusive: true}).Write(io.Discard, &d.Node, nil); err != nil {
			b.Fatal(err)
		}
	}
}
