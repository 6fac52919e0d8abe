// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package augment_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/augment"
	"podpis/verify/reasons"
)

func (w *world) signPDF(t *testing.T, in []byte, level sign.Level, permission int) []byte {
	t.Helper()
	o := sign.Options{Certificate: w.signer.Cert, Chain: []*x509.Certificate{w.ca.Cert}, Level: level, Time: w.clock, Timestamper: w}
	tail, err := sign.PDF(t.Context(), rand.Reader, bytes.NewReader(in), int64(len(in)), w.signer.Key, o, pades.Options{Permission: permission})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(in, tail)
}

// Each level is made of each lower one, by appending alone, and what a judgement needs is inside then.
func TestRaisePDF(t *testing.T) {
	t.Parallel()
	for _, answers := range []bool{false, true} {
		w := newWorld(t, answers)
		for name, file := range map[string][]byte{
			"B": w.signPDF(t, pkitest.PDF(nil), sign.B, 0), "T": w.signPDF(t, pkitest.PDF(nil), sign.T, 0), "certified, no changes": w.signPDF(t, pkitest.PDF(nil), sign.B, 1),
			"two": w.signPDF(t, w.signPDF(t, pkitest.PDF(nil), sign.B, 0), sign.T, 0),
		} {
			for level, want := range map[augment.Level]pades.Level{augment.T: pades.LevelT, augment.LT: pades.LevelLT, augment.LTA: pades.LevelLTA} {
				tail, err := w.RaisePDF(t.Context(), bytes.NewReader(file), int64(len(file)), level)
				if err != nil {
					t.Fatalf("%s to %s: %v", name, level, err)
				}
				raised := slices.Concat(file, tail)
				o := w.Options
				if level != augment.T {
					o.Evidence = nil
				}
				report, err := verify.CheckPDF(t.Context(), "a.pdf", bytes.NewReader(raised), int64(len(raised)), o)
				if err != nil || report.Verdict != reasons.TotalPassed {
					t.Fatalf("%s to %s: %v, %+v", name, level, err, report)
				}
				for _, s := range report.Signatures {
					if s.Level != string(want) {
						t.Errorf("%s to %s is %s", name, level, s.Level)
					}
				}
				if level != augment.LT {
					continue
				}
				// What is there is not put in again.
				again, err := w.RaisePDF(t.Context(), bytes.NewReader(raised), int64(len(raised)), augment.LT)
				if err != nil || len(again) != 0 {
					t.Errorf("%s to LT twice: %d octets more, %v", name, len(again), err)
				}
			}
		}
	}
}

func TestRaisePDFRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	file := w.signPDF(t, pkitest.PDF(nil), sign.B, 0)
	var refused *augment.RefusedError
	changed := bytes.Replace(file, []byte("595 842"), []byte("595 843"), 1)
	for name, in := range map[string][]byte{"changed": changed, "without a signature": pkitest.PDF(nil)} {
		if _, err := w.RaisePDF(t.Context(), bytes.NewReader(in), int64(len(in)), augment.T); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.RaisePDF(t.Context(), bytes.NewReader(file), int64(len(file)), augment.XL1); !errors.Is(err, augment.ErrLevel) {
		t.Errorf("a level of another family: %v", err)
	}
	if _, err := w.RaisePDF(t.Context(), bytes.NewReader([]byte("text")), 4, augment.T); err == nil {
		t.Error("a text was raised")
	}
	w.Options.Evidence = nil
	if _, err := w.RaisePDF(t.Context(), bytes.NewReader(file), int64(len(file)), augment.LT); !errors.As(err, &refused) {
		t.Errorf("without evidence: %v", err)
	}
	w.refuse = true
	if _, err := w.RaisePDF(t.Context(), bytes.NewReader(file), int64(len(file)), augment.T); !errors.Is(err, sign.ErrTimestamp) {
		t.Errorf("a service that refuses: %v", err)
	}
}
