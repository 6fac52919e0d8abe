// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
)

func TestReadList(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	ansi, err := charmap.Windows1251.NewEncoder().String("Файл;Прочее\nдоговор.txt;1\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want []task
		key  string
	}{
		{text: "file\na.txt\n\"b, c.txt\"\n", want: []task{{file: in("a.txt")}, {file: in("b, c.txt")}}},
		{text: "\xef\xbb\xbfNo;Подпись;Документ\r\n1;a.sig;a.txt\r\n2;b.sig;\r\n;;\r\n", want: []task{{signature: in("a.sig"), document: in("a.txt")}, {signature: in("b.sig")}}},
		{text: "document\tsignature\nx/a.txt\t/abs/a.sig\n", want: []task{{signature: "/abs/a.sig", document: in("x/a.txt")}}},
		{text: "file,signature\na.txt,a.sig\nb.txt\n", want: []task{{file: in("a.txt"), signature: in("a.sig"), document: in("a.txt")}, {file: in("b.txt")}}},
		{text: "file,document\na.sig,a.txt\n", want: []task{{file: in("a.sig"), signature: in("a.sig"), document: in("a.txt")}}},
		{text: "file,document\n,a.txt\n", want: []task{{file: in("a.txt")}}},
		{text: ansi, want: []task{{file: in("договор.txt")}}},
		{text: "file\n", want: nil},
		{text: "", key: "list-columns"},
		{text: "a.txt\nb.txt\n", key: "list-columns"},
		{text: "document\na.txt\n", key: "list-columns"},
		{text: "file,Файл\na,b\n", key: "list-twice"},
		{text: "file\n\"a\n", key: "list-bad"},
		{text: "file\n" + strings.Repeat("a\n", maxRows+1), key: "list-long"},
	} {
		name := in("list.csv")
		if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readList(name)
		if c.key != problemKey(err) || (err != nil) != (c.key != "") {
			t.Errorf("%.40q: %v", c.text, err)
		} else if !slices.Equal(got, c.want) {
			t.Errorf("%.40q: %s", c.text, cmp.Diff(c.want, got, cmp.AllowUnexported(task{})))
		}
	}
}
