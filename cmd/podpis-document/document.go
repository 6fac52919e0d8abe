// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

package main

import (
	"context"
	"errors"
	"syscall/js"
	"time"

	"podpis/cmd/browser"
	"podpis/pki/pades"
	"podpis/pki/pades/stamp"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/sign"
)

// maxXML bounds an XML document, in octets: it is held with its tree.
const maxXML = 32 << 20

var (
	errLarge = errors.New("document: larger than what is held")
	errForm  = errors.New("document: unknown form or no certificate")
)

// describe says what a mark names: describe(Uint8Array) → {serial, owner, from, until},
// times in milliseconds.
func describe(args []js.Value) any {
	c, err := x509.ParseCertificate(browser.Octets(args[0]))
	if err != nil {
		return browser.Failure("internal")
	}
	return map[string]any{"serial": c.Serial.Hex(), "owner": c.Subject.FullName(), "from": c.NotBefore.UnixMilli(), "until": c.NotAfter.UnixMilli()}
}

func newSignature(v js.Value) (*signature, error) {
	var certificates []*x509.Certificate
	list := v.Get("certificates")
	for i := range list.Length() {
		c, err := x509.ParseCertificate(browser.Octets(list.Index(i)))
		if err != nil {
			return nil, err
		}
		certificates = append(certificates, c)
	}
	if len(certificates) == 0 {
		return nil, errForm
	}
	s := &signature{relay: &relay{make(chan []byte), make(chan []byte, 1)}, done: make(chan result, 1)}
	o := sign.Options{Certificate: certificates[0], Chain: certificates[1:], Time: time.Now(), Timestamper: s.relay}
	if v.Get("level").String() == "t" {
		o.Level = sign.T
	}
	file := browser.NewFile(v.Get("name").String(), v.Get("blob"))
	switch v.Get("form").String() {
	case "pdf":
		return s, s.pdf(file, o, v.Get("mark"))
	case "xml":
		return s, s.xml(file, o)
	}
	return nil, errForm
}

func (s *signature) pdf(file *browser.File, o sign.Options, mark js.Value) error {
	field := pades.Options{Name: o.Certificate.Subject.FullName()}
	if mark.Truthy() {
		drawn := stamp.Stamp{Heading: mark.Get("heading").String()}
		lines := mark.Get("lines")
		for i := range lines.Length() {
			drawn.Lines = append(drawn.Lines, lines.Index(i).String())
		}
		place, ok := stamp.Corner(mark.Get("corner").String())
		if !ok {
			return errForm
		}
		field.Page, field.Place, field.Draw = mark.Get("page").Int(), place, drawn.Draw
	}
	p, err := sign.PreparePDF(file, file.Size, o, field)
	if err != nil {
		return err
	}
	s.octets = p.Octets()
	s.finish = func(ctx context.Context, value []byte) ([]byte, error) {
		return p.Finish(ctx, browser.Random{}, value, false)
	}
	return nil
}

func (s *signature) xml(file *browser.File, o sign.Options) error {
	if file.Size > maxXML {
		return errLarge
	}
	content, err := file.All()
	if err != nil {
		return err
	}
	p, err := xades.Enveloped(xades.Template{Certificate: o.Certificate, Chain: o.Chain, Time: o.Time}, content)
	if err != nil {
		return err
	}
	s.octets = p.Octets()
	s.finish = func(ctx context.Context, value []byte) ([]byte, error) {
		return sign.FinishXML(ctx, browser.Random{}, p, value, o, false)
	}
	return nil
}
