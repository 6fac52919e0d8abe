// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peers

package mchd

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"podpis/pki/pkitest"
)

// TestSchema: what is written fits the schema of the format, by xmllint.
func TestSchema(t *testing.T) {
	t.Parallel()
	schema := filepath.Join(pkitest.Corpus(t), "mchd", "ON_EMCHD_1_928_00_01_01_01.xsd")
	for name, change := range map[string]func(*Power){
		"codes": func(*Power) {},
		"text":  func(p *Power) { p.Entries, p.Text, p.Irrevocable = nil, "Всё", false },
		"entrepreneur": func(p *Power) {
			who := p.Principals[0].Heads[0].Persons[0]
			p.Principals = []Party{{Kind: Entrepreneur, INN: who.INN, OGRN: "399990000000121", Person: who}}
		},
		"person": func(p *Power) {
			who := p.Principals[0].Heads[0].Persons[0]
			p.Principals = []Party{{Kind: Individual, INN: who.INN, Person: who}}
			p.Representatives = []Party{{Kind: Organisation, Name: "ООО", INN: "9900000120", KPP: "990001001"}}
		},
	} {
		p := sample()
		change(p)
		file := filepath.Join(t.TempDir(), "power.xml")
		if err := os.WriteFile(file, marshal(t, p), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "xmllint", "--noout", "--schema", schema, file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
