// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package paper

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"podpis/pki/pdf"
)

func sample(t *testing.T, lines int) []byte {
	t.Helper()
	p := New(Options{
		Title: "Отчёт о проверке <подписи> & печати", Language: "ru", Author: "ООО «Пример»", Created: time.Unix(1_800_000_000, 0),
		Footer: "Отчёт", PageOf: func(page, of string) string { return "Страница " + page + " из " + of },
	})
	p.Title("Отчёт о проверке подписи")
	p.Banner(Good, "Подпись верна")
	p.Text("")
	p.Strong("Что делать дальше: ничего.")
	for i := range lines {
		p.Heading(fmt.Sprintf("Подпись %d", i+1))
		p.Facts([]Fact{{"Кто подписал", "Әлия Қайратқызы, очень длинное имя, которое не помещается в одну строку листа бумаги"}, {"Пусто", ""}})
		p.Text("Абзац текста.")
	}
	p.Banner(Bad, "Подпись неверна")
	p.Banner(Neutral, "Проверить до конца не удалось")
	p.Attach("report.json", "application/json", "Отчёт для программ", []byte(`{"verdict":"TOTAL-PASSED"}`))
	out, err := p.Octets()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t *testing.T, in []byte) *pdf.Document {
	t.Helper()
	d, err := pdf.Open(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func data(t *testing.T, d *pdf.Document, o pdf.Object) []byte {
	t.Helper()
	o, err := d.Resolve(o)
	if err != nil {
		t.Fatal(err)
	}
	stream, ok := o.(*pdf.Stream)
	if !ok {
		t.Fatalf("%T is no stream", o)
	}
	out, err := d.Data(stream)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What ISO 19005-3 asks for and can be seen in the structure.
func TestArchive(t *testing.T) {
	t.Parallel()
	d := open(t, sample(t, 1))
	catalog := d.Catalog()
	metadata := string(data(t, d, catalog["Metadata"]))
	for _, part := range []string{"<pdfaid:part>3<", "<pdfaid:conformance>B<", "Отчёт о проверке &lt;подписи&gt; &amp; печати", "2027-01-15T08:00:00Z"} {
		if !strings.Contains(metadata, part) {
			t.Errorf("metadata without %s", part)
		}
	}
	if d.Name(catalog["Lang"]) == "" && catalog["Lang"] == nil {
		t.Error("no language")
	}
	intent := d.Dict(d.Array(catalog["OutputIntents"])[0])
	profile := data(t, d, intent["DestOutputProfile"])
	if string(profile[36:40]) != "acsp" || int(profile[2])<<8|int(profile[3]) != len(profile) {
		t.Errorf("profile of %d octets: % x", len(profile), profile[:40])
	}
	id := d.Array(d.Trailer()["ID"])
	if len(id) != 2 {
		t.Errorf("identifier: %v", id)
	}
	spec := d.Dict(d.Array(catalog["AF"])[0])
	if d.Name(spec["AFRelationship"]) != "Data" {
		t.Error(spec)
	}
	if got := data(t, d, d.Dict(spec["EF"])["F"]); string(got) != `{"verdict":"TOTAL-PASSED"}` {
		t.Errorf("attached: %s", got)
	}
	if names := d.Array(d.Dict(d.Dict(catalog["Names"])["EmbeddedFiles"])["Names"]); len(names) != 2 {
		t.Error(names)
	}
}

// Every font is embedded with a way back to letters.
func TestFonts(t *testing.T) {
	t.Parallel()
	d := open(t, sample(t, 1))
	pages := d.Dict(d.Catalog()["Pages"])
	fonts := d.Dict(d.Dict(d.Dict(d.Array(pages["Kids"])[0])["Resources"])["Font"])
	if len(fonts) != 2 {
		t.Fatalf("%d fonts", len(fonts))
	}
	for name := range fonts {
		font := d.Dict(fonts[name])
		descendant := d.Dict(d.Array(font["DescendantFonts"])[0])
		if len(data(t, d, d.Dict(descendant["FontDescriptor"])["FontFile2"])) == 0 || len(data(t, d, font["ToUnicode"])) == 0 {
			t.Errorf("%s", name)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	d := open(t, sample(t, 40))
	if n, _ := d.Int(d.Dict(d.Catalog()["Pages"])["Count"]); n < 3 || n > 8 {
		t.Errorf("%d pages", n)
	}
}

// The same input gives the same octets: what was sealed can be made again.
func TestRepeatable(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(sample(t, 3), sample(t, 3)) {
		t.Error("two documents differ")
	}
}
