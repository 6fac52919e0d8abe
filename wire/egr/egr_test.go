// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egr

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"podpis/pki/pkitest"
)

func corpus(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(pkitest.Corpus(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func records(in io.Reader) (list []*Record, header Header, err error) {
	r := NewReader(in)
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, r.Header(), nil
		} else if err != nil {
			return list, r.Header(), err
		}
		list = append(list, rec)
	}
}

// A real unloading of ЕГРЮЛ in windows-1251 is read whole.
func TestOrganisationsOfTheCorpus(t *testing.T) {
	t.Parallel()
	list, _, err := records(bytes.NewReader(corpus(t, "egrul/EGRUL_sample_persons_scrubbed.xml")))
	if err != nil || len(list) != 3 {
		t.Fatalf("%d records, %v", len(list), err)
	}
	a, b, c := list[0], list[1], list[2]
	if a.Number != "1077799002710" || a.INN != "7723365574" || a.KPP != "772301001" || a.ShortName != `РООВ "БАДАХШАН"` || a.Registered != "2007-02-02" || a.Ceased != nil {
		t.Errorf("%+v", a)
	}
	if len(a.Heads) != 2 || a.Heads[0].INN != "770000000477" || a.Heads[0].Position != "Председатель Организации" || a.Heads[0].Name.String() != "ТЕСТОВБ ИВАН ТЕСТОВИЧ" {
		t.Errorf("%+v", a.Heads)
	}
	if a.Main.Code != "94.99" || len(a.Additional) != 2 || a.Additional[1].Code != "96.04" || a.TaxOffice.Code != "7723" || a.Registrar.Code != "7700" {
		t.Errorf("%+v %+v %+v", a.Main, a.Additional, a.TaxOffice)
	}
	if got := a.Address.String(); got != "109559, ГОРОД МОСКВА, УЛИЦА БЕЛОРЕЧЕНСКАЯ, 45, 1" || a.Address.Locality() != "ГОРОД МОСКВА" {
		t.Error(got)
	}
	if b.Ceased == nil || b.Ceased.Code != "202" || b.Ceased.Date != "2007-01-23" || b.Ceased.Name != "Ликвидация юридического лица по решению суда" || b.INN != "" {
		t.Errorf("%+v", b.Ceased)
	}
	if c.Ceased == nil || c.Ceased.Code != "404" || c.LastEntry == "" {
		t.Errorf("%+v", c)
	}
}

// The minimal extract of ЕГРИП and the fragments of a public service, XML and JSON,
// say the same.
func TestOtherFilesOfTheCorpus(t *testing.T) {
	t.Parallel()
	list, header, err := records(bytes.NewReader(corpus(t, "fns/samples/egrip-4.03-minimal.xml")))
	if err != nil || len(list) != 1 || header.Version != "4.03" || !header.Open {
		t.Fatalf("%d records, %+v, %v", len(list), header, err)
	}
	want := &Record{
		Register: EGRIP, Number: "323990000000011", Registered: "2023-06-08", Extracted: "2026-03-01", INN: "990100001169", Open: true,
		Form: Coded{"1", "Индивидуальный предприниматель"}, Person: Name{"ИВАНОВ", "ИВАН", "ИВАНОВИЧ"}, Sex: "1", Citizen: "1",
		TaxOffice: Coded{"7707", "Инспекция ФНС № 7"}, Registrar: Coded{"7746", "Инспекция ФНС № 46"},
		Main: Coded{"62.01", "Разработка компьютерного программного обеспечения"}, LastEntry: "323990000000011",
	}
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Error(diff)
	}
	fromXML, _, err := records(bytes.NewReader(corpus(t, "egrul/itsoft_fragment.xml")))
	if err != nil || len(fromXML) != 1 {
		t.Fatal(err)
	}
	fragment := bytes.TrimSpace(corpus(t, "egrul/itsoft_fragment.json"))
	inside := fragment[bytes.IndexByte(fragment, ':')+1 : len(fragment)-1]
	answer := append(append([]byte(`{"id":"1","state":"found","open":true,"СвЮЛ":`), inside...), '}')
	got, err := ParseAnswer(answer, Request{"1", EGRUL, "1087746982157"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromXML[0], got.Record); diff != "" || got.Record.ShortName != `ООО "ИТСОФТ"` {
		t.Error(diff)
	}
}

const head = `<?xml version="1.0" encoding="windows-1251"?><Файл ИдФайл="VO_RIGFZ_1" ВерсФорм="4.03" ТипИнф="ЕГРИП_ЗАКР_СВЕД" КолДок="1"><Документ ИдДок="1">`

const closed = `<СвИП ДатаВып="2026-11-20" ОГРНИП="399990000000121" ДатаОГРНИП="2020-02-03" ИННФЛ="990000001704" КодВидИП="1" НаимВидИП="ИП">` +
	`<СвФЛ Пол="2"><ФИОРус Фамилия="СОКОЛОВА" Имя="АННА" Отчество="ИВАНОВНА"/></СвФЛ><СвРожд ДатаРожд="1990-05-17" МестоРожд="Казань"/>` +
	`<СвАдрМЖ><АдресРФ Индекс="420000" КодРегион="16" Дом="1"><Регион ТипРегион="РЕСПУБЛИКА" НаимРегион="ТАТАРСТАН"/><Город ТипГород="ГОРОД" НаимГород="КАЗАНЬ"/></АдресРФ></СвАдрМЖ>` +
	`<СвАдрЭлПочты E-mail="ANNA@EXAMPLE.ORG"/><СвСтатус><СвСтатус КодСтатус="101" НаимСтатус="Глава КФХ отсутствует"/></СвСтатус>` +
	`<СвПрекращ><СвСтатус КодСтатус="201" НаимСтатус="Прекратил деятельность" ДатаПрекращ="2026-10-01"/></СвПрекращ>` +
	`<СвЛицензия СерЛиц="77" НомЛиц="Л-1" ВидЛиц="АК" ДатаЛиц="2021-01-01" ДатаНачЛиц="2021-01-02" ДатаОкончЛиц="2027-01-02"><НаимЛицВидДеят>Перевозки</НаимЛицВидДеят><МестоДейстЛиц>Казань</МестоДейстЛиц>` +
	`<ЛицОргВыдЛиц>Ространснадзор</ЛицОргВыдЛиц><СвПриостЛиц ДатаПриостЛиц="2026-09-09" ЛицОргПриостЛиц="Ространснадзор по Татарстану"/></СвЛицензия></СвИП>`

func windows(t *testing.T, s string) []byte {
	t.Helper()
	out, err := charmap.Windows1251.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A closed extract in windows-1251 with every block that is kept, and its way through
// the JSON of the interface and back.
func TestEveryBlock(t *testing.T) {
	t.Parallel()
	list, header, err := records(bytes.NewReader(windows(t, head+closed+`</Документ></Файл>`)))
	if err != nil || len(list) != 1 || header.Open {
		t.Fatal(len(list), header, err)
	}
	r := list[0]
	if r.BirthDate != "1990-05-17" || r.Address.String() != "420000, РЕСПУБЛИКА ТАТАРСТАН, ГОРОД КАЗАНЬ, 1" || r.Mail != "ANNA@EXAMPLE.ORG" {
		t.Errorf("%+v", r)
	}
	if r.Statuses[0].Code != "101" || r.Ceased.Code != "201" || r.Ceased.Date != "2026-10-01" || r.Ceased.Name != "Прекратил деятельность" {
		t.Errorf("%+v %+v", r.Statuses, r.Ceased)
	}
	l := r.Licences[0]
	want := Licence{
		Series: "77", Number: "Л-1", Sort: "АК", Date: "2021-01-01", From: "2021-01-02", Until: "2027-01-02", Kinds: []string{"Перевозки"}, Places: []string{"Казань"},
		Issuer: "Ространснадзор", Suspended: "2026-09-09", SuspendedBy: "Ространснадзор по Татарстану",
	}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Error(diff)
	}
	for _, rec := range []*Record{r, {
		Register: EGRUL, Number: "1999900000120", Registered: "2019-05-06", Extracted: "2026-11-20", INN: "9900000120", KPP: "990001001", Open: true,
		FullName: `ОБЩЕСТВО "ЗАРЯ"`, ShortName: `ООО "ЗАРЯ"`, Form: Coded{"12300", "ООО"}, Address: Address{Index: "420000", Region: "ТАТАРСТАН", City: "КАЗАНЬ", Street: "БАУМАНА", House: "1", Building: "2", Premise: "3"},
		Statuses: []Status{{Coded{"105", "Принято решение об исключении"}, "2026-01-01"}}, Heads: []Head{{Name{"СОКОЛОВА", "АННА", "ИВАНОВНА"}, "990000001704", "ДИРЕКТОР"}},
		Main: Coded{"62.01", "Разработка"}, Additional: []Coded{{"62.02", "Советы"}, {"63.11", "Данные"}}, LastEntry: "1999900000120",
	}} {
		wire, err := AppendAnswer("q-1", rec)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseAnswer(wire, Request{"q-1", rec.Register, rec.Number})
		if err != nil || !back.Found {
			t.Fatalf("%v\n%s", err, wire)
		}
		if diff := cmp.Diff(rec, back.Record); diff != "" {
			t.Error(diff)
		}
	}
	wire, err := AppendAnswer("q-1", nil)
	if back, e := ParseAnswer(wire, Request{"q-1", EGRIP, "399990000000121"}); err != nil || e != nil || back.Found {
		t.Error(err, e)
	}
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	file := func(record string) string {
		return strings.Replace(head, "windows-1251", "utf-8", 1) + record + `</Документ></Файл>`
	}
	for name, c := range map[string]struct {
		in    string
		want  error
		field string
	}{
		"empty":           {"", ErrFormat, ""},
		"no XML":          {"PK\x03\x04", ErrSyntax, ""},
		"another root":    {`<Файл ТипИнф="НДС"/>`, ErrFormat, ""},
		"a page":          {`<html/>`, ErrFormat, ""},
		"record as root":  {`<СвИП ОГРНИП="399990000000121"/>`, ErrFormat, ""},
		"cut":             {file(closed)[:1200], ErrSyntax, ""},
		"crossed":         {file("<СвИП><a></b></СвИП>"), ErrSyntax, ""},
		"document type":   {`<!DOCTYPE x [<!ENTITY a "b">]><EGRIP/>`, ErrDTD, ""},
		"entity":          {file(`<СвИП ОГРНИП="&a;"/>`), ErrSyntax, ""},
		"another charset": {`<?xml version="1.0" encoding="koi8-r"?><EGRIP/>`, ErrEncoding, ""},
		"deep":            {file("<СвИП>" + strings.Repeat("<a>", 40)), ErrLarge, ""},
		"wide":            {file("<СвИП>" + strings.Repeat("<a/>", maxNodes)), ErrLarge, ""},
		"long attribute":  {file(`<СвИП ОГРНИП="` + strings.Repeat("1", maxRecord) + `"/>`), ErrLarge, ""},
		"number":          {file(strings.Replace(closed, `"399990000000121"`, `"39999000000012x"`, 1)), nil, "ОГРН"},
		"short number":    {file(strings.Replace(closed, `"399990000000121"`, `"3999"`, 1)), nil, "ОГРН"},
		"ИНН":             {file(strings.Replace(closed, "990000001704", "9900000017", 1)), nil, "ИНН"},
		"no extract date": {file(strings.Replace(closed, `ДатаВып="2026-11-20"`, "", 1)), nil, "ДатаВып"},
		"date":            {file(strings.Replace(closed, "2020-02-03", "2020-02-30", 1)), nil, "ДатаОГРН"},
		"birth date":      {file(strings.Replace(closed, "1990-05-17", "17.05.1990", 1)), nil, "ДатаРожд"},
		"end":             {file(strings.Replace(closed, "2026-10-01", "2026-13-01", 1)), nil, "СвПрекращ"},
		"licence":         {file(strings.Replace(closed, "2026-09-09", "x", 1)), nil, "ДатаПриостЛиц"},
		"licence's day":   {file(strings.Replace(closed, `ДатаЛиц="2021-01-01"`, `ДатаЛиц="01.01.2021"`, 1)), nil, "ДатаЛиц"},
		"nobody":          {file(strings.Replace(closed, "ФИОРус", "ФИОЛат", 2)), nil, "ФИО"},
	} {
		_, _, err := records(strings.NewReader(c.in))
		var one *RecordError
		switch {
		case c.field != "":
			if !errors.As(err, &one) || one.Field != c.field {
				t.Errorf("%s: %v", name, err)
			}
		case !errors.Is(err, c.want):
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// One wrong record does not cost the others; a broken file does.
func TestReadingGoesOn(t *testing.T) {
	t.Parallel()
	bad := strings.Replace(closed, `"399990000000121"`, `"1"`, 1)
	r := NewReader(strings.NewReader(strings.Replace(head, "windows-1251", "utf-8", 1) + bad + closed + "</x>"))
	var one *RecordError
	if _, err := r.Next(); !errors.As(err, &one) || one.Number != "1" {
		t.Error(err)
	}
	if rec, err := r.Next(); err != nil || rec.Number != "399990000000121" {
		t.Error(err)
	}
	for range 2 {
		if _, err := r.Next(); !errors.Is(err, ErrSyntax) {
			t.Error(err)
		}
	}
}

func TestBrokenMessages(t *testing.T) {
	t.Parallel()
	asked := Request{"7", EGRIP, "399990000000121"}
	record := `{"@attributes":{"ДатаВып":"2026-11-20","ОГРНИП":"399990000000121"},"СвФЛ":{"ФИОРус":{"@attributes":{"Фамилия":"А"}}}}`
	good := `{"id":"7","state":"found","open":true,"СвИП":` + record + `}`
	if _, err := ParseAnswer([]byte(good), asked); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"empty":           {"", ErrSyntax},
		"a page":          {"<html>", ErrSyntax},
		"two":             {good + good, ErrSyntax},
		"no text":         {"\"\xff\"", ErrEncoding},
		"strange member":  {strings.Replace(good, `"id"`, `"x":1,"id"`, 1), ErrSyntax},
		"another id":      {strings.Replace(good, `"7"`, `"8"`, 1), ErrFormat},
		"no state":        {strings.Replace(good, "found", "", 1), ErrFormat},
		"found nothing":   {`{"id":"7","state":"found"}`, ErrFormat},
		"missing, given":  {strings.Replace(good, "found", "missing", 1), ErrFormat},
		"other register":  {strings.Replace(good, "СвИП", "СвЮЛ", 1), ErrFormat},
		"a list":          {strings.Replace(good, record, "["+record+"]", 1), ErrFormat},
		"number":          {strings.Replace(good, record, "12", 1), ErrFormat},
		"attributes":      {strings.Replace(good, `"А"`, `1`, 1), ErrSyntax},
		"member twice":    {strings.Replace(good, `"СвФЛ"`, `"СвРожд":"","СвРожд":"","СвФЛ"`, 1), ErrFormat},
		"deep":            {strings.Replace(good, `{"ФИОРус"`, strings.Repeat(`{"a":`, 60)+`""`+strings.Repeat("}", 60)+`,"СвФЛ1":{"ФИОРус"`, 1), ErrLarge},
		"another entry":   {strings.Replace(good, "399990000000121", "323990000000011", 1), nil},
		"list of numbers": {strings.Replace(good, `"СвФЛ"`, `"СвЛицензия":[1],"СвФЛ"`, 1), ErrFormat},
	} {
		_, err := ParseAnswer([]byte(c.in), asked)
		var one *RecordError
		if c.want == nil && !errors.As(err, &one) || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, in := range map[string]string{
		"register": `{"id":"1","register":"x","number":"399990000000121"}`, "number": `{"id":"1","register":"egrip","number":"1"}`,
		"id": `{"id":"","register":"egrip","number":"399990000000121"}`, "member": `{"id":"1","register":"egrip","number":"399990000000121","x":1}`, "empty": ``,
	} {
		if _, err := ParseRequest([]byte(in)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if q, err := ParseRequest([]byte(`{"id":"1","register":"egrul","number":"1999900000120"}`)); err != nil || q.Register != EGRUL {
		t.Error(err)
	}
}

func TestArchives(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{"VO_RIGFZ_1.xml": head + closed + "</Документ></Файл>", "readme.txt": "no"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(windows(t, content))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := Archive(bytes.NewReader(b.Bytes()), int64(b.Len()), func(name string, content io.Reader) error {
		list, _, err := records(content)
		n += len(list)
		return err
	})
	if err != nil || n != 1 {
		t.Error(n, err)
	}
	if err := Archive(strings.NewReader("PK"), 2, nil); !errors.Is(err, ErrSyntax) {
		t.Error(err)
	}
	for name, want := range map[string]bool{"EGRIP_2026-11-20_1.zip": true, "EGRUL_2026-11-20_12.ZIP": true, "EGRIP_2026-11-20.zip": false, "x.zip": false} {
		if IsArchiveName(name) != want {
			t.Error(name)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(strings.Replace(head, "windows-1251", "utf-8", 1) + closed + "</Документ></Файл>"))
	f.Add([]byte(`<EGRUL ДатаВыг="2017-01-01"><СвЮЛ ОГРН="1077799002710" ДатаВып="2017-01-01"><СвНаимЮЛ НаимЮЛПолн="A"/></СвЮЛ></EGRUL>`))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		for range len(in) + 2 {
			rec, err := r.Next()
			var one *RecordError
			if err != nil && !errors.As(err, &one) {
				return
			}
			if err == nil && (rec.Number == "" || rec.Title() == "") {
				t.Errorf("%+v", rec)
			}
		}
		t.Error("the reading does not end")
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":"7","state":"found","СвИП":{"@attributes":{"ДатаВып":"2026-11-20","ОГРНИП":"399990000000121"},"СвФЛ":{"ФИОРус":{"@attributes":{"Фамилия":"А"}}}}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		asked := Request{"7", EGRIP, "399990000000121"}
		a, err := ParseAnswer(in, asked)
		if err != nil || !a.Found {
			return
		}
		wire, err := AppendAnswer("7", a.Record)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseAnswer(wire, asked); err != nil {
			t.Errorf("%v\n%s", err, wire)
		}
	})
}
