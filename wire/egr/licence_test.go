// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egr

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"podpis/pki/pkitest"
)

// licences are two, as a file of a register writes them; entry is its block about the record of the register that has them.
func licences(entry string) string {
	return `<СвЛицензия СерЛиц="ЛО" НомЛиц="99-01-000123" ВидЛиц="АК" ДатаЛиц="2021-01-01" ДатаНачЛиц="2021-01-02" ДатаОкончЛиц="2027-01-02"><НаимЛицВидДеят>Перевозки пассажиров</НаимЛицВидДеят>` +
		`<НаимЛицВидДеят>Перевозки грузов</НаимЛицВидДеят><МестоДейстЛиц>420111, г. Казань</МестоДейстЛиц><ЛицОргВыдЛиц>Ространснадзор</ЛицОргВыдЛиц>` + entry +
		`<СвПриостЛиц ДатаПриостЛиц="2026-09-09" ЛицОргПриостЛиц="Ространснадзор по Татарстану">` + entry + `</СвПриостЛиц></СвЛицензия>` +
		`<СвЛицензия НомЛиц="Л-2" ДатаЛиц="2022-01-01" ДатаНачЛиц="2022-01-01"><НаимЛицВидДеят>Медицинская деятельность</НаимЛицВидДеят>` + entry + `</СвЛицензия>`
}

// licensed are the files of the corpus with licences put into each record, where the schemas of the format want them.
func licensed(t *testing.T) map[string][]byte {
	t.Helper()
	ip := string(corpus(t, "fns/samples/egrip-4.03-minimal.xml"))
	ip = strings.ReplaceAll(ip, "<СвЗапЕГРИП ", licences(`<ГРНИПДата ГРНИП="323990000000011" ДатаЗаписи="2023-06-08"/>`)+"<СвЗапЕГРИП ")
	ul, err := charmap.Windows1251.NewDecoder().Bytes(corpus(t, "egrul/EGRUL_sample_persons_scrubbed.xml"))
	if err != nil {
		t.Fatal(err)
	}
	ul = bytes.ReplaceAll(ul, []byte("</СвОКВЭД>"), []byte("</СвОКВЭД>"+licences(`<ГРНДата ГРН="1077799002710" ДатаЗаписи="2007-02-02"/>`)))
	return map[string][]byte{"fns/xsd/VO_RIGF.xsd": []byte(ip), "egrul/VO_RUGF_2_311_26_04_04_02.xsd": windows(t, string(ul))}
}

// TestLicencesOfFiles: of every file of the registers in the corpus as many licences are read as its text has. The real files have
// none, so they are read once more with licences put in, whose form the schemas judge in TestLicencesFitSchemas.
func TestLicencesOfFiles(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for name, content := range licensed(t) {
		files["with licences: "+name] = content
	}
	dir := pkitest.Corpus(t)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".xml") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, record := range []string{"<СвИП ", "<СвЮЛ "} {
			if bytes.Contains(content, []byte(record)) || bytes.Contains(content, windows(t, record)) {
				files[path] = content
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all, numbers := 0, map[string]bool{}
	for name, content := range files {
		list, _, err := records(bytes.NewReader(content))
		if errors.Is(err, ErrFormat) { // an invoice names its parties by elements of the same names
			delete(files, name)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		read := 0
		for _, r := range list {
			for _, l := range r.Licences {
				read++
				numbers[l.Series+" "+l.Number+" "+l.Suspended] = true
			}
		}
		if want := bytes.Count(content, []byte("<СвЛицензия ")) + bytes.Count(content, windows(t, "<СвЛицензия ")); read != want {
			t.Errorf("%s: %d licences, the text has %d", name, read, want)
		}
		all += read
	}
	if len(files) != 5 || all != 2+2*3 || !numbers["ЛО 99-01-000123 2026-09-09"] || !numbers[" Л-2 "] {
		t.Errorf("%d files, %d licences, %v", len(files), all, numbers)
	}
}
