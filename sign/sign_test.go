// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package sign_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/sign"
)

// tsa is an authority behind the interface: real messages, no socket.
type tsa struct {
	*pkitest.Identity
	spoil func(*tsp.Request, []byte) []byte
	asked int
}

func (a *tsa) Timestamp(_ context.Context, request []byte) ([]byte, error) {
	a.asked++
	q, err := tsp.ParseRequest(request)
	if err != nil {
		return nil, err
	}
	if a.spoil != nil {
		if answer := a.spoil(q, request); answer != nil {
			return answer, nil
		}
	}
	token, err := (&tsp.Template{Request: q, Policy: "1.2.3.4", Serial: x509.NewSerial([]byte{9}), Time: pkitest.Now, Certificate: a.Cert}).Token(rand.Reader, a.Key)
	if err != nil {
		return nil, err
	}
	return tsp.Grant(token).Marshal(), nil
}

func verify(t *testing.T, message, document []byte, id *pkitest.Identity) *cms.SignedData {
	t.Helper()
	sd, err := cms.ParseSignedData(message)
	if err != nil {
		t.Fatal(err)
	}
	if !sd.Detached {
		document = sd.Content
	}
	for _, si := range sd.Signers {
		digest := si.Digest.Sum(document)
		if err := errors.Join(si.CheckDigest(sd.ContentType, digest), si.CheckSignature(id.Cert.PublicKey, digest)); err != nil {
			t.Error(err)
		}
	}
	return sd
}

func TestDetachedAndAttached(t *testing.T) {
	t.Parallel()
	document := bytes.Repeat([]byte("0123456789"), 20_000)
	for _, kind := range pkitest.Kinds() {
		root := pkitest.Root(t, kind, "CN=Root")
		id := root.Signer(t, kind, "CN=Signer")
		authority := &tsa{Identity: root.TSA(t, kind)}
		for level, want := range map[sign.Level]cades.Level{sign.B: cades.LevelB, sign.T: cades.LevelT, sign.CMS: cades.LevelCMS} {
			o := sign.Options{Certificate: id.Cert, Chain: []*x509.Certificate{root.Cert}, Level: level, Time: pkitest.Now, Timestamper: authority}
			message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(document), id.Key, o)
			if err != nil {
				t.Fatalf("%s %d: %v", kind.Name(), level, err)
			}
			sd := verify(t, message, document, id)
			if got := cades.LevelOf(sd, sd.Signers[0]); got != want || len(sd.Certificates) != 2 {
				t.Errorf("%s: level %s, %d certificates", kind.Name(), got, len(sd.Certificates))
			}
			if !sd.Signers[0].SigningTime().Equal(pkitest.Now) {
				t.Errorf("claimed time %v", sd.Signers[0].SigningTime())
			}
			var out bytes.Buffer
			if err := sign.Attached(t.Context(), rand.Reader, &out, bytes.NewReader(document), id.Key, o); err != nil {
				t.Fatal(err)
			}
			if sd := verify(t, out.Bytes(), nil, id); !bytes.Equal(sd.Content, document) {
				t.Error("attached content differs")
			}
		}
		if authority.asked != 2 {
			t.Errorf("%d stamps for two signatures of level T", authority.asked)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id := root.Signer(t, alg.GOST256B, "CN=Signer", func(x *x509.Template) {
		x.PrivateKeyNotBefore, x.PrivateKeyNotAfter = pkitest.Start, pkitest.Now.AddDate(0, 1, 0)
	})
	other := root.Signer(t, alg.GOST256B, "CN=Other")
	for _, test := range []struct {
		name   string
		key    *alg.PrivateKey
		change func(*sign.Options)
		want   error
	}{
		{"good", id.Key, func(*sign.Options) {}, nil},
		{"no clock", id.Key, func(o *sign.Options) { o.Time = time.Time{} }, nil},
		{"other key", other.Key, func(*sign.Options) {}, sign.ErrPair},
		{"no certificate", id.Key, func(o *sign.Options) { o.Certificate = nil }, sign.ErrPair},
		{"early", id.Key, func(o *sign.Options) { o.Time = pkitest.Start.Add(-time.Second) }, sign.ErrNotYetValid},
		{"late", id.Key, func(o *sign.Options) { o.Time = pkitest.End.Add(time.Second) }, sign.ErrExpired},
		{"key period over", id.Key, func(o *sign.Options) { o.Time = pkitest.Now.AddDate(0, 2, 0) }, sign.ErrKeyPeriod},
		{"authority's certificate", root.Key, func(o *sign.Options) { o.Certificate = root.Cert }, sign.ErrKeyUsage},
		{"no time stamp authority", id.Key, func(o *sign.Options) { o.Level = sign.T }, sign.ErrNoTimestamper},
	} {
		o := sign.Options{Certificate: id.Cert, Time: pkitest.Now}
		test.change(&o)
		message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(nil), test.key, o)
		if !errors.Is(err, test.want) || (err == nil) != (message != nil) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestThreeSteps(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.P256, "CN=Root")
	id := root.Signer(t, alg.P256, "CN=Signer")
	o := sign.Options{Certificate: id.Cert, Time: pkitest.Now}
	digest := o.Hash().Sum([]byte("document"))
	p, err := sign.Prepare(o, digest)
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.SignDigest(rand.Reader, o.Hash(), alg.SHA256.Sum(p.Octets()))
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Finish(t.Context(), rand.Reader, value, false)
	if err != nil || !s.Stamp().IsZero() {
		t.Fatal(err)
	}
	sd := verify(t, s.Detached(), []byte("document"), id)

	second := root.Signer(t, alg.GOST256A, "CN=Second")
	o2 := sign.Options{Certificate: second.Cert, Time: pkitest.Now, Level: sign.T, Timestamper: &tsa{Identity: root.TSA(t, alg.P256)}}
	s2, err := sign.WithDigest(t.Context(), rand.Reader, o2.Hash().Sum([]byte("document")), second.Key, o2)
	if err != nil || !s2.Stamp().Equal(pkitest.Now) {
		t.Fatal(err)
	}
	s2.AddTo(sd)
	both, err := cms.ParseSignedData(sd.Encode())
	if err != nil || len(both.Signers) != 2 || len(both.Certificates) != 2 {
		t.Errorf("two signatures in one message: %v", err)
	}

	value[len(value)-1] ^= 1
	if _, err := p.Finish(t.Context(), rand.Reader, value, false); !errors.Is(err, sign.ErrSelfCheck) {
		t.Errorf("a wrong value went out: %v", err)
	}
	if _, err := p.Finish(t.Context(), rand.Reader, value, true); !errors.Is(err, sign.ErrSelfCheck) {
		t.Errorf("a wrong value went out on the caller's word: %v", err)
	}
	if _, err := sign.Prepare(o, digest[:31]); !errors.Is(err, alg.ErrMismatch) {
		t.Errorf("short digest: %v", err)
	}
}

// TestForeignKey is the browser with a key of its own: the build does not know
// the algorithm of the certificate.
func TestForeignKey(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.P256, "CN=Root")
	id := root.Signer(t, alg.P256, "CN=Signer")
	blind := *id.Cert
	blind.PublicKey = nil
	o := sign.Options{Certificate: &blind, Kind: alg.P256, Time: pkitest.Now}
	p, err := sign.Prepare(o, alg.SHA256.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.SignDigest(rand.Reader, alg.SHA256, p.Digest())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(t.Context(), rand.Reader, value, false); !errors.Is(err, alg.ErrUnsupported) {
		t.Errorf("unchecked value went out: %v", err)
	}
	s, err := p.Finish(t.Context(), rand.Reader, value, true)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, s.Detached(), nil, id)
	o.Kind = alg.UnknownKind
	if _, err := sign.Prepare(o, alg.SHA256.Sum(nil)); !errors.Is(err, alg.ErrUnsupported) {
		t.Errorf("unknown kind: %v", err)
	}
}

// TestOldKey: nothing is prepared for a key that may not sign any more.
func TestOldKey(t *testing.T) {
	t.Parallel()
	cert, err := x509.ParseCertificate(pkitest.ReadCorpus(t, "certs/misc-gost/bc-gostRFC4491_2001.der"))
	if err != nil {
		t.Fatal(err)
	}
	o := sign.Options{Certificate: cert, Time: pkitest.Now}
	if _, err := sign.Prepare(o, alg.GOST94.Sum(nil)); !errors.Is(err, alg.ErrReadOnly) {
		t.Error(err)
	}
}

func TestBadStampsAreRefused(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id := root.Signer(t, alg.GOST256B, "CN=Signer")
	good := root.TSA(t, alg.GOST256B)
	token := func(q *tsp.Request) []byte {
		raw, err := (&tsp.Template{Request: q, Policy: "1.2.3", Serial: x509.NewSerial([]byte{1}), Time: pkitest.Now, Certificate: good.Cert}).Token(rand.Reader, good.Key)
		if err != nil {
			t.Error(err)
		}
		return tsp.Grant(raw).Marshal()
	}
	for _, test := range []struct {
		name  string
		spoil func(*tsp.Request, []byte) []byte
		want  error
	}{
		{"refused", func(*tsp.Request, []byte) []byte { return tsp.Refuse(tsp.SystemFailure, "нет").Marshal() }, tsp.ErrRefused},
		{"garbage", func(*tsp.Request, []byte) []byte { return []byte("<html>") }, sign.ErrTimestamp},
		{"token is garbage", func(*tsp.Request, []byte) []byte { return tsp.Grant(der.Sequence()).Marshal() }, sign.ErrTimestamp},
		{"other nonce", func(q *tsp.Request, _ []byte) []byte { q.Nonce = []byte{1}; return token(q) }, tsp.ErrNonce},
		{"other imprint", func(q *tsp.Request, _ []byte) []byte { q.Imprint = alg.Streebog256.Sum(nil); return token(q) }, tsp.ErrImprint},
		{"no certificate", func(q *tsp.Request, _ []byte) []byte { q.CertReq = false; return token(q) }, tsp.ErrNoSigner},
		{"spoilt signature", func(q *tsp.Request, _ []byte) []byte {
			answer := token(q)
			answer[len(answer)-1] ^= 1
			return answer
		}, alg.ErrSignature},
	} {
		o := sign.Options{Certificate: id.Cert, Time: pkitest.Now, Level: sign.T, Timestamper: &tsa{Identity: good, spoil: test.spoil}}
		message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(nil), id.Key, o)
		if message != nil || !errors.Is(err, test.want) || !errors.Is(err, sign.ErrTimestamp) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sign.Detached(cancelled, rand.Reader, bytes.NewReader(nil), id.Key, sign.Options{Certificate: id.Cert}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// changing is a document that differs at its second reading.
type changing struct{ *bytes.Reader }

func (c changing) Seek(offset int64, whence int) (int64, error) {
	b := make([]byte, c.Size())
	_, _ = c.ReadAt(b, 0)
	b[0] ^= 1
	c.Reset(b)
	return c.Reader.Seek(offset, whence)
}

func TestChangingDocument(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id := root.Signer(t, alg.GOST256B, "CN=Signer")
	err := sign.Attached(t.Context(), rand.Reader, io.Discard, changing{bytes.NewReader([]byte("text"))}, id.Key, sign.Options{Certificate: id.Cert})
	if !errors.Is(err, sign.ErrChanged) {
		t.Error(err)
	}
	if err := sign.Attached(t.Context(), rand.Reader, io.Discard, bytes.NewReader(nil), id.Key, sign.Options{}); !errors.Is(err, sign.ErrPair) {
		t.Error(err)
	}
}
