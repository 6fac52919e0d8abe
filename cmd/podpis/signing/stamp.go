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

// The size of a mark and its distance from the edges of the page, in points: three lines are read at 1:1 (GOST R 7.0.97-2016,
// 5.23).
const (
	stampWidth, stampHeight = 230.0, 60.0
	stampEdge               = 28.0
)

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
		case key == "place" && (value == "bottom-right" || value == "bottom-left" || value == "top-right" || value == "top-left"):
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
		c.Text("stamp-owner") + " " + ownerOf(cert),
		c.Text("stamp-valid") + " " + keys.Period(c, cert.NotBefore, cert.NotAfter),
	}}
	p.Page, p.Draw = o.page, mark.Draw
	p.Place = func(page [4]float64) [4]float64 {
		width, height := min(stampWidth, page[2]-page[0]), min(stampHeight, page[3]-page[1])
		edgeX, edgeY := min(stampEdge, page[2]-page[0]-width), min(stampEdge, page[3]-page[1]-height)
		left, bottom := page[0]+edgeX, page[1]+edgeY
		if strings.HasSuffix(o.place, "right") {
			left = page[2] - edgeX - width
		}
		if strings.HasPrefix(o.place, "top") {
			bottom = page[3] - edgeY - height
		}
		return [4]float64{left, bottom, left + width, bottom + height}
	}
}

// ownerOf is the full name of the holder: surname and given names where the certificate has them.
func ownerOf(cert *x509.Certificate) string {
	if surname, given := cert.Subject.Get(x509.OIDSurname), cert.Subject.Get(x509.OIDGivenName); surname != "" && given != "" {
		return surname + " " + given
	}
	return cert.Subject.DisplayName()
}
