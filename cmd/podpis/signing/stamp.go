// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"strconv"
	"strings"

	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/pades"
	"podpis/pki/pades/stamp"
	"podpis/pki/x509"
)

// stampOption is --stamp with or without a value: page=N|last and place=CORNER, apart by commas.
type stampOption struct {
	on    bool
	page  int
	place string
}

func (o *stampOption) String() string   { return o.place }
func (o *stampOption) IsBoolFlag() bool { return true } // the value may be left out

// Set reads the value.
func (o *stampOption) Set(value string) error {
	o.on, o.page, o.place = true, -1, "bottom-right"
	if value == "true" {
		return nil
	}
	for part := range strings.SplitSeq(value, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch {
		case key == "page" && value == "last":
			o.page = -1
		case key == "page":
			n, err := strconv.Atoi(value)
			if err != nil || n == 0 {
				return terminal.Usage("stamp-bad", part)
			}
			o.page = n
		case key == "place":
			if _, ok := stamp.Corner(value); !ok {
				return terminal.Usage("stamp-bad", part)
			}
			o.place = value
		default:
			return terminal.Usage("stamp-bad", part)
		}
	}
	return nil
}

// apply asks for the mark: who signed, by which certificate and how long that is valid (GOST R 7.0.97-2016, 5.23).
func (o *stampOption) apply(c *terminal.Console, cert *x509.Certificate, p *pades.Options) {
	if !o.on {
		return
	}
	mark := stamp.Stamp{Heading: c.Text("stamp-heading"), Lines: []string{
		c.Text("stamp-certificate") + " " + cert.Serial.Hex(),
		c.Text("stamp-owner") + " " + cert.Subject.FullName(),
		c.Text("stamp-valid") + " " + keys.Period(c, cert.NotBefore, cert.NotAfter),
	}}
	p.Page, p.Draw = o.page, mark.Draw
	p.Place, _ = stamp.Corner(o.place) // checked when it was read
}
