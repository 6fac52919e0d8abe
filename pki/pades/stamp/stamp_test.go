// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package stamp_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"podpis/pki/pades/stamp"
	"podpis/pki/pdf"
)

// blank is a document of one empty page.
func blank() []byte {
	b := []byte("%PDF-1.7\n")
	table := "xref\n0 4\n0000000000 65535 f\r\n"
	for i, o := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 200]>>", "<</Type/Page/Parent 2 0 R>>"} {
		table += fmt.Sprintf("%010d 00000 n\r\n", len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	return fmt.Appendf(b, "%strailer\n<</Root 1 0 R/Size 4>>\nstartxref\n%d\n%%%%EOF\n", table, len(b))
}

func update(t *testing.T) *pdf.Update {
	t.Helper()
	in := blank()
	d, err := pdf.Open(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		t.Fatal(err)
	}
	u, err := pdf.NewUpdate(d)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func russian() stamp.Stamp {
	return stamp.Stamp{
		Heading: "ДОКУМЕНТ ПОДПИСАН ЭЛЕКТРОННОЙ ПОДПИСЬЮ",
		Lines: []string{
			"Сертификат: 00A1B2C3D4E5F60718293A4B5C6D7E8F90",
			"Владелец: Ёлкина-Қасымова Әсел Өтегенқызы",
			"Действителен: с 22.11.2026 по 22.11.2027",
		},
	}
}

func TestDraw(t *testing.T) {
	t.Parallel()
	u := update(t)
	form, err := russian().Draw(u, 220, 70)
	if err != nil {
		t.Fatal(err)
	}
	a, err := u.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Octets) > 48<<10 {
		t.Errorf("a stamp of %d octets", len(a.Octets))
	}
	t.Logf("%d octets with the letters of the font", len(a.Octets))
	in := append(blank(), a.Octets...)
	d, err := pdf.Open(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		t.Fatal(err)
	}
	o, err := d.Get(form)
	if err != nil {
		t.Fatal(err)
	}
	data, err := d.Data(o.(*pdf.Stream))
	if err != nil || strings.Count(string(data), "Tj") < 4 || !strings.Contains(string(data), " re S") {
		t.Errorf("content %v\n%s", err, data)
	}
}

func TestDrawRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		s             stamp.Stamp
		width, height float64
		want          error
	}{
		{"too small", russian(), 60, 20, stamp.ErrRoom},
		{"too long", stamp.Stamp{Lines: []string{strings.Repeat("слово ", 2000)}}, 500, 500, stamp.ErrRoom},
		{"letter", stamp.Stamp{Heading: "漢"}, 200, 60, stamp.ErrLetter},
		{"letter beyond", stamp.Stamp{Heading: "😀"}, 200, 60, stamp.ErrLetter},
		{"long word", stamp.Stamp{Lines: []string{strings.Repeat("A", 300)}}, 100, 300, nil},
		{"narrow", stamp.Stamp{Lines: []string{"ЩЩ"}}, 9, 300, nil},
	} {
		if _, err := test.s.Draw(update(t), test.width, test.height); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}
