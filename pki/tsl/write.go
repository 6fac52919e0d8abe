// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsl

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/pki/xmldsig"
)

// Writer writes a signed list. What it writes is the canonical form already, so that
// the octets that go out are digested as they go.
type Writer struct {
	out    *bufio.Writer // remembers the first error
	sum    hash.Hash
	method xmldsig.SignatureMethod
	signer *x509.Certificate
}

const (
	rootStart = "<" + elList + ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="TSLExt.1.0.xsd">`
	rootEnd   = "</" + elList + ">"
)

// NewWriter begins a list that the key of the certificate will sign.
func NewWriter(w io.Writer, head Head, signer *x509.Certificate) (*Writer, error) {
	if signer.PublicKey == nil {
		return nil, alg.ErrUnsupported
	}
	method, ok := xmldsig.MethodFor(signer.PublicKey.Kind())
	if !ok {
		return nil, alg.ErrUnsupported
	}
	t := &Writer{out: bufio.NewWriterSize(w, 64<<10), method: method, sum: method.Hash.New(), signer: signer}
	_, _ = t.out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n") // no part of the canonical form
	t.raw(rootStart)
	t.text(elVersion, strconv.FormatInt(head.Version, 10))
	t.text(elDate, head.Date.UTC().Format(time.RFC3339))
	return t, nil
}

// raw writes markup.
func (t *Writer) raw(s string) {
	_, _ = t.out.WriteString(s)
	_, _ = io.WriteString(t.sum, s) // a hash never fails
}

func (t *Writer) text(name, value string) {
	if value != "" {
		t.raw("<" + name + ">" + escape(value) + "</" + name + ">")
	}
}

// escape writes text as Canonical XML 1.0, 2.3 has it, without characters that XML has not.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;").Replace(s)
}

func (t *Writer) inside(name string, content func()) {
	t.raw("<" + name + ">")
	content()
	t.raw("</" + name + ">")
}

func (t *Writer) time(name string, at time.Time) {
	if !at.IsZero() {
		t.text(name, at.In(moscow).Format("2006-01-02T15:04:05"))
	}
}

// Add writes a centre.
func (t *Writer) Add(c *Centre) {
	t.raw("\n")
	t.inside(elCentre, func() {
		t.text(elName, c.Name)
		t.text(elMail, c.Mail)
		t.text(elShort, c.ShortName)
		t.text(elSite, c.Site)
		t.text(elRegistry, c.Registry)
		t.address(c.Address)
		t.inside(elSystems, func() {
			for _, s := range c.Systems {
				t.system(s)
			}
		})
		t.text(elINN, c.INN)
		t.text(elOGRN, c.OGRN)
		t.text(elNumber, c.Number)
		t.status(c.Status)
		t.inside(elHistory, func() {
			for _, s := range c.History {
				t.status(s)
			}
		})
		t.text(elGone, c.Successor)
	})
}

func (t *Writer) address(a Address) {
	t.inside(elAddress, func() {
		t.text(elCountry, a.Country)
		t.text(elIndex, a.Index)
		t.text(elStreet, a.Street)
		t.text(elCity, a.City)
		if a.Region != "" || a.RegionCode != "" {
			t.inside(elRegion, func() {
				t.text(elCode, a.RegionCode)
				t.text(elName, a.Region)
			})
		}
	})
}

func (t *Writer) status(s Status) {
	if s.Text == "" && s.From.IsZero() {
		return
	}
	t.inside(elStatus, func() {
		t.text(elState, s.Text)
		t.time(elSince, s.From)
	})
}

func (t *Writer) system(s System) {
	t.inside(elSystem, func() {
		t.text(elAlias, s.Name)
		t.text(elClass, s.Class)
		t.address(s.Address)
		t.text(elTools, s.Tools)
		t.inside(elKeys, func() {
			for _, k := range s.Keys {
				t.inside(elKey, func() { t.key(k) })
			}
		})
	})
}

func (t *Writer) key(k Key) {
	t.text(elKeyID, strings.ToUpper(hex.EncodeToString(k.ID)))
	t.inside(elLists, func() {
		for _, a := range k.Lists {
			t.text(elAddress, a)
		}
	})
	t.inside(elCerts, func() {
		for _, c := range k.Certificates {
			t.inside(elCert, func() {
				t.text(elPrint, c.Fingerprint)
				t.text(elIssuer, c.Issuer)
				t.text(elSubject, c.Subject)
				t.text(elSerial, c.Serial)
				t.time(elFrom, c.From)
				t.time(elUntil, c.Until)
				t.text(elData, base64.StdEncoding.EncodeToString(c.Raw))
			})
		}
	})
}

// Close signs what was written and ends the list.
func (t *Writer) Close(random io.Reader, key alg.Signer) error {
	t.raw("\n")
	digest := t.sum
	_, _ = io.WriteString(digest, rootEnd)
	signature := t.signature(digest.Sum(nil), []byte{0})
	// What is signed is computed as a reader will: where the signature stands.
	d, err := xmldsig.Parse([]byte(rootStart + signature + rootEnd))
	if err != nil {
		return err
	}
	octets, err := d.Signatures[0].Digest()
	if err != nil {
		return err
	}
	value, err := key.SignDigest(random, t.method.Hash, octets)
	if err != nil {
		return err
	}
	if value, err = t.method.EncodeValue(t.signer.PublicKey, value); err != nil {
		return err
	}
	_, _ = t.out.WriteString(t.signature(digest.Sum(nil), value) + rootEnd + "\n")
	return t.out.Flush()
}

func (t *Writer) signature(digest, value []byte) string {
	base64 := base64.StdEncoding.EncodeToString
	const c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	return `<Signature xmlns="` + xmldsig.Namespace + `"><SignedInfo><CanonicalizationMethod Algorithm="` + c14n + `"/><SignatureMethod Algorithm="` + t.method.URI +
		`"/><Reference URI=""><Transforms><Transform Algorithm="` + xmldsig.Namespace + `enveloped-signature"/><Transform Algorithm="` + c14n +
		`"/></Transforms><DigestMethod Algorithm="` + xmldsig.HashURI(t.method.Hash) + `"/><DigestValue>` + base64(digest) +
		`</DigestValue></Reference></SignedInfo><SignatureValue>` + base64(value) + `</SignatureValue><KeyInfo><X509Data><X509Certificate>` +
		base64(t.signer.Raw) + `</X509Certificate></X509Data></KeyInfo></Signature>`
}
