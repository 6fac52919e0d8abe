// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package augment_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/augment"
	"podpis/verify/reasons"
)

// world is an authority with a stamp service whose clock is the test's.
type world struct {
	*augment.Augmenter
	root, ca, signer, tsa *pkitest.Identity
	pool                  *verify.Pool
	clock                 time.Time
	refuse                bool // the stamp service
	document              []byte
}

func newWorld(t *testing.T, answers bool) *world {
	t.Helper()
	w := &world{clock: pkitest.Now, document: []byte("договор"), pool: new(verify.Pool)}
	w.root = pkitest.Root(t, alg.GOST256A, "CN=Головной УЦ")
	w.ca = w.root.CA(t, "CN=УЦ")
	w.signer = w.ca.Signer(t, alg.GOST256A, "CN=Иванов Иван")
	w.tsa = w.ca.TSA(t, alg.GOST256A)
	w.pool.Certificates = []*x509.Certificate{w.ca.Cert}
	this := w.clock.Add(-time.Hour)
	for _, by := range []*pkitest.Identity{w.root, w.ca} {
		if answers && by == w.ca {
			continue
		}
		if err := w.pool.AddCRL(by.CRL(t, this, this.AddDate(0, 1, 0)), "list"); err != nil {
			t.Fatal(err)
		}
	}
	if answers {
		w.answer(t, this)
	}
	w.Augmenter = &augment.Augmenter{Random: rand.Reader, Timestamper: w, Options: verify.Options{
		At: w.clock, Trust: []verify.Anchor{{Certificate: w.root.Cert}}, Evidence: []verify.Evidence{w.pool}, Language: reasons.Russian,
	}}
	return w
}

// answer puts answers of OCSP in the place of the authority's list.
func (w *world) answer(t *testing.T, this time.Time) {
	t.Helper()
	responder := w.ca.OCSP(t, alg.GOST256A)
	var singles []ocsp.Single
	for _, c := range []*x509.Certificate{w.signer.Cert, w.tsa.Cert} {
		id, err := ocsp.NewCertID(alg.SHA1, w.ca.Cert, c.Serial)
		if err != nil {
			t.Fatal(err)
		}
		singles = append(singles, ocsp.Single{ID: id, Status: ocsp.Good, ThisUpdate: this, NextUpdate: this.AddDate(0, 1, 0)})
	}
	raw, err := ocsp.Create(rand.Reader, &ocsp.Template{
		ResponderKey: x509.KeyID(responder.Key.PublicKey()), ProducedAt: this, Singles: singles,
	}, responder.Key, responder.Cert)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.pool.AddOCSP(raw, "answer"); err != nil {
		t.Fatal(err)
	}
}

// Timestamp answers for sign.Timestamper.
func (w *world) Timestamp(_ context.Context, request []byte) ([]byte, error) {
	if w.refuse {
		return tsp.Refuse(tsp.SystemFailure, "closed").Marshal(), nil
	}
	q, err := tsp.ParseRequest(request)
	if err != nil {
		return nil, err
	}
	template := tsp.Template{Request: q, Policy: "1.2.3.4", Serial: x509.NewSerial([]byte{1}), Time: w.clock, Certificate: w.tsa.Cert}
	token, err := template.Token(rand.Reader, w.tsa.Key)
	if err != nil {
		return nil, err
	}
	return tsp.Grant(token).Marshal(), nil
}

func (w *world) signed(t *testing.T) *cms.SignedData {
	t.Helper()
	raw, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(w.document), w.signer.Key, sign.Options{Certificate: w.signer.Cert, Time: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	sd, err := cms.ParseSignedData(raw)
	if err != nil {
		t.Fatal(err)
	}
	return sd
}

func (w *world) open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(w.document)), nil }

// Each level is what a stranger reads as such; above T it is judged years later, without any source but the message.
func TestLevels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		level   augment.Level
		answers bool
		want    string
		later   bool
	}{
		{augment.B, false, "CAdES-B", false}, {augment.T, false, "CAdES-T", false},
		{augment.XL1, false, "CAdES-XL1", true}, {augment.XL1, true, "CAdES-XL1", true},
		{augment.LT, false, "CAdES-LT", true}, {augment.LT, true, "CAdES-LT", true}, {augment.LTA, false, "CAdES-LTA", true},
	} {
		w := newWorld(t, c.answers)
		message, err := w.Raise(t.Context(), w.signed(t), c.level, w.open)
		if err != nil {
			t.Fatalf("%s: %v", c.level, err)
		}
		o := w.Options
		if c.later {
			o.Evidence = nil
			o.At = o.At.AddDate(0, 0, 20)
		}
		report, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: bytes.NewReader(w.document)}, o)
		if err != nil {
			t.Fatal(err)
		}
		if s := report.Signatures[0]; s.Level != c.want || s.Verdict != reasons.TotalPassed {
			t.Errorf("%s, answers %v: %s %s %+v", c.level, c.answers, s.Level, s.Verdict, s.Reason)
		}
	}
}

// A signature is raised where the document is not: it stays with its owner. An archive stamp needs it.
func TestWithoutDocument(t *testing.T) {
	t.Parallel()
	for _, level := range []augment.Level{augment.T, augment.XL1, augment.LT} {
		w := newWorld(t, false)
		message, err := w.Raise(t.Context(), w.signed(t), level, nil)
		if err != nil {
			t.Fatalf("%s: %v", level, err)
		}
		report, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: bytes.NewReader(w.document)}, w.Options)
		if err != nil || report.Verdict != reasons.TotalPassed || report.Signatures[0].BestTime == nil {
			t.Errorf("%s: %v %+v", level, err, report)
		}
	}
	w := newWorld(t, false)
	var unread *augment.DocumentError
	if _, err := w.Raise(t.Context(), w.signed(t), augment.LTA, nil); !errors.As(err, &unread) {
		t.Errorf("archived without a document: %v", err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*world)
		level  augment.Level
	}{
		"another document":    {func(w *world) { w.document = []byte("другой") }, augment.LT},
		"another, T":          {func(w *world) { w.document = []byte("другой") }, augment.T},
		"nobody trusted":      {func(w *world) { w.Options.Trust = nil }, augment.LT},
		"nobody trusted, XL1": {func(w *world) { w.Options.Trust = nil }, augment.XL1},
		"no lists":            {func(w *world) { w.pool.Data = nil }, augment.LTA},
	} {
		w := newWorld(t, false)
		sd := w.signed(t)
		c.change(w)
		var refused *augment.RefusedError
		if _, err := w.Raise(t.Context(), sd, c.level, w.open); !errors.As(err, &refused) || refused.Text == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t, false)
	if _, err := w.Raise(t.Context(), w.signed(t), "xxl", w.open); !errors.Is(err, augment.ErrLevel) {
		t.Error(err)
	}
	w.refuse = true
	if _, err := w.Raise(t.Context(), w.signed(t), augment.T, w.open); !errors.Is(err, sign.ErrTimestamp) {
		t.Error(err)
	}
	w.refuse = false
	closed := func() (io.ReadCloser, error) { return nil, io.ErrClosedPipe }
	if _, err := w.Raise(t.Context(), w.signed(t), augment.LT, closed); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := augment.Digest(ended, w.open, alg.SHA256); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
