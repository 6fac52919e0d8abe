// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package augment_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/augment"
	"podpis/verify/reasons"
)

// signXML signs by what prepares.
func (w *world) signXML(t *testing.T, level sign.Level, prepare func(xades.Template) (*xades.Prepared, error)) []byte {
	t.Helper()
	p, err := prepare(xades.Template{Certificate: w.signer.Cert, Chain: []*x509.Certificate{w.ca.Cert}, Time: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	out, err := sign.XML(t.Context(), rand.Reader, p, w.signer.Key, sign.Options{Certificate: w.signer.Cert, Level: level, Time: w.clock, Timestamper: w})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Each level is made of each lower one, whatever the document is written in, and the data keeps its octets.
func TestRaiseXML(t *testing.T) {
	t.Parallel()
	ansi := append([]byte(`<?xml version="1.0" encoding="windows-1251"?><a>`), 0xcf, 0xee, 0xe4, '<', '/', 'a', '>')
	for _, answers := range []bool{false, true} {
		w := newWorld(t, answers)
		content := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(w.document)), nil }
		for name, c := range map[string]struct {
			prepare  func(xades.Template) (*xades.Prepared, error)
			level    sign.Level
			document augment.Document
		}{
			"enveloped": {func(t xades.Template) (*xades.Prepared, error) {
				return xades.Enveloped(t, []byte("\xef\xbb\xbf<a><b>Под</b></a>"))
			}, sign.B, nil},
			"enveloped, T":    {func(t xades.Template) (*xades.Prepared, error) { return xades.Enveloped(t, []byte("<a/>")) }, sign.T, nil},
			"enveloped, 1251": {func(t xades.Template) (*xades.Prepared, error) { return xades.Enveloped(t, ansi) }, sign.B, nil},
			"enveloping":      {func(t xades.Template) (*xades.Prepared, error) { return xades.Enveloping(t, []byte("text")) }, sign.B, nil},
			"beside, with content": {func(t xades.Template) (*xades.Prepared, error) {
				return xades.Detached(t, "a.txt", alg.Streebog256.Sum(w.document))
			}, sign.B, content},
		} {
			in := w.signXML(t, c.level, c.prepare)
			for level, want := range map[augment.Level]xades.Level{augment.T: xades.LevelT, augment.LT: xades.LevelLT, augment.LTA: xades.LevelLTA} {
				out, err := w.RaiseXML(t.Context(), in, level, c.document)
				if err != nil {
					t.Fatalf("%s to %s: %v", name, level, err)
				}
				o := w.Options
				if level != augment.T {
					o.Evidence = nil
				}
				input := verify.Input{Signature: out}
				if c.document != nil {
					input.Document = bytes.NewReader(w.document)
				}
				report, err := verify.Check(t.Context(), input, o)
				if err != nil || report.Verdict != reasons.TotalPassed || len(report.Signatures) != 1 || report.Signatures[0].Level != string(want) {
					t.Fatalf("%s to %s: %v, %+v", name, level, err, report)
				}
				if level == augment.LT {
					if again, err := w.RaiseXML(t.Context(), out, augment.LT, c.document); err != nil || !bytes.Equal(again, out) {
						t.Errorf("%s to LT twice: %v", name, err)
					}
				}
				if level == augment.LTA { // one archive stamp over the other
					again, err := w.RaiseXML(t.Context(), out, augment.LTA, c.document)
					if err != nil {
						t.Fatalf("%s to LTA twice: %v", name, err)
					}
					d, err := xades.Parse(again)
					if err != nil || len(d.Signatures[0].Timestamps) != 3 {
						t.Errorf("%s to LTA twice: %v", name, err)
					}
				}
			}
		}
	}
}

func TestRaiseXMLRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	good := w.signXML(t, sign.B, func(t xades.Template) (*xades.Prepared, error) { return xades.Enveloped(t, []byte("<a>100</a>")) })
	var refused *augment.RefusedError
	if _, err := w.RaiseXML(t.Context(), bytes.Replace(good, []byte("100"), []byte("900"), 1), augment.T, nil); !errors.As(err, &refused) {
		t.Errorf("changed: %v", err)
	}
	if _, err := w.RaiseXML(t.Context(), []byte("<a/>"), augment.T, nil); !errors.Is(err, xades.ErrExtend) {
		t.Errorf("without a signature: %v", err)
	}
	if _, err := w.RaiseXML(t.Context(), []byte("text"), augment.T, nil); err == nil {
		t.Error("a text was raised")
	}
	if _, err := w.RaiseXML(t.Context(), good, augment.XL1, nil); !errors.Is(err, augment.ErrLevel) {
		t.Errorf("a level of another family: %v", err)
	}
}
