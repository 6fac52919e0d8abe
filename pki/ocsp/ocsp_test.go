// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ocsp_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func hashes() []alg.Hash {
	return []alg.Hash{alg.SHA1, alg.SHA256, alg.Streebog256, alg.Streebog512, alg.SHA384, alg.SHA512}
}

func certID(t testing.TB, h alg.Hash, issuer *x509.Certificate, serial byte) ocsp.CertID {
	t.Helper()
	id, err := ocsp.NewCertID(h, issuer, x509.NewSerial([]byte{serial}))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// answers is a template with each status, for certificates 1, 2 and 3.
func answers(t testing.TB, ca *x509.Certificate, responder *x509.Certificate, nonce []byte) *ocsp.Template {
	t.Helper()
	next := pkitest.Now.Add(time.Hour)
	return &ocsp.Template{
		ResponderKey: x509.KeyID(responder.PublicKey), ProducedAt: pkitest.Now.Add(time.Minute), Nonce: nonce,
		Singles: []ocsp.Single{
			{ID: certID(t, alg.SHA1, ca, 1), Status: ocsp.Good, ThisUpdate: pkitest.Now, NextUpdate: next, ArchiveCutoff: pkitest.Start},
			{ID: certID(t, alg.Streebog256, ca, 2), Status: ocsp.Revoked, RevokedAt: pkitest.Start, Reason: x509.ReasonKeyCompromise, ThisUpdate: pkitest.Now, NextUpdate: next},
			{ID: certID(t, alg.SHA256, ca, 3), Status: ocsp.Unknown, ThisUpdate: pkitest.Now},
		},
	}
}

func parse(t testing.TB, raw []byte, err error) *ocsp.Response {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	p, err := ocsp.ParseResponse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRequest asks about certificates named by every digest.
func TestRequest(t *testing.T) {
	t.Parallel()
	ca, other := pkitest.Root(t, alg.GOST256B, "CN=CA").Cert, pkitest.Root(t, alg.GOST256B, "CN=CA").Cert
	var ids []ocsp.CertID
	for i, h := range hashes() {
		ids = append(ids, certID(t, h, ca, byte(i+1)))
	}
	for _, nonce := range [][]byte{nil, []byte("n"), bytes.Repeat([]byte{7}, 128)} {
		raw, err := ocsp.NewRequest(nonce, ids...)
		if err != nil {
			t.Fatal(err)
		}
		q, err := ocsp.ParseRequest(raw)
		if err != nil || !bytes.Equal(q.Nonce, nonce) || (q.Nonce == nil) != (nonce == nil) || q.Signed || len(q.UnknownCritical) != 0 {
			t.Fatalf("%+v, %v", q, err)
		}
		if diff := cmp.Diff(ids, q.IDs); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, id := range q.IDs {
			// The other authority has the same name and another key.
			if !id.IssuedBy(ca) || id.IssuedBy(other) {
				t.Errorf("%v: issuer not told", id.Hash)
			}
		}
	}
	for name, c := range map[string]struct {
		nonce []byte
		ids   []ocsp.CertID
	}{
		"no certificates": {nil, nil}, "empty nonce": {[]byte{}, ids}, "long nonce": {make([]byte, 129), ids}, "many": {nil, make([]ocsp.CertID, 257)},
	} {
		if _, err := ocsp.NewRequest(c.nonce, c.ids...); !errors.Is(err, ocsp.ErrTemplate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ocsp.NewCertID(alg.NoHash, ca, nil); !errors.Is(err, ocsp.ErrTemplate) {
		t.Error(err)
	}
}

// TestRequestForms reads what other clients send.
func TestRequestForms(t *testing.T) {
	t.Parallel()
	ca := pkitest.Root(t, alg.GOST256B, "CN=CA").Cert
	id := certID(t, alg.SHA1, ca, 1).Raw
	list := der.Sequence(der.Sequence(id))
	nonce := func(value []byte) []byte {
		return der.Explicit(2, x509.EncodeExtensions([]x509.Extension{{OID: "1.3.6.1.5.5.7.48.1.2", Value: value}}))
	}
	critical := x509.EncodeExtensions([]x509.Extension{{OID: "1.2.3", Critical: true}})
	requestor := der.Explicit(1, der.Explicit(4, pkitest.Name(t, "CN=Client").Raw))
	signature := der.Explicit(0, der.Sequence(alg.P256.Algorithm().Identifier(), der.BitString([]byte{1})))

	q, err := ocsp.ParseRequest(der.Sequence(der.Sequence(requestor, list), signature))
	if err != nil || !q.Signed || !q.Requestor.Name.Equal(pkitest.Name(t, "CN=client")) {
		t.Errorf("signed: %+v, %v", q, err)
	}
	q, err = ocsp.ParseRequest(der.Sequence(der.Sequence(list, nonce([]byte("bare octets")))))
	if err != nil || string(q.Nonce) != "bare octets" {
		t.Errorf("bare nonce: %+v, %v", q, err)
	}
	q, err = ocsp.ParseRequest(der.Sequence(der.Sequence(der.Sequence(der.Sequence(id, der.Explicit(0, critical))), der.Explicit(2, critical))))
	if err != nil || len(q.UnknownCritical) != 2 {
		t.Errorf("critical: %+v, %v", q, err)
	}
	unknown := der.Sequence(der.Sequence(der.ObjectID("1.2.840.113549.2.5")), der.OctetString(nil), der.OctetString(nil), der.Int(1))
	q, err = ocsp.ParseRequest(der.Sequence(der.Sequence(der.Sequence(der.Sequence(unknown)))))
	if err != nil || q.IDs[0].Hash != alg.NoHash || q.IDs[0].IssuedBy(ca) {
		t.Errorf("unknown digest: %+v, %v", q, err)
	}
	version := der.Explicit(0, der.Int(1))
	many := der.Sequence(bytes.Repeat(der.Sequence(id), 257))
	for name, c := range map[string]struct {
		in     []byte
		reason string
	}{
		"nothing":         {nil, "element missing"},
		"no certificates": {der.Sequence(der.Sequence(der.Sequence())), "request without certificates"},
		"version 2":       {der.Sequence(der.Sequence(version, list)), "unknown version of request"},
		"many":            {der.Sequence(der.Sequence(many)), "too many certificates"},
		"rest":            {der.Sequence(der.Sequence(list, der.Null())), "trailing octets"},
		"rest outside":    {der.Sequence(der.Sequence(list), der.Null()), "trailing octets"},
		"not an id":       {der.Sequence(der.Sequence(der.Sequence(der.Sequence(der.Null())))), "unexpected tag 0x05, want 0x30"},
	} {
		_, err := ocsp.ParseRequest(c.in)
		wantReason(t, name, err, c.reason)
	}
	if _, err := ocsp.ParseRequest(make([]byte, 64<<10+1)); !errors.Is(err, ocsp.ErrTooLarge) {
		t.Error(err)
	}
	if _, err := ocsp.ParseRequest(der.Sequence(der.Sequence(list, nonce(make([]byte, 129))))); !errors.Is(err, ocsp.ErrTooLarge) {
		t.Errorf("long nonce: %v", err)
	}
}

func wantReason(t *testing.T, name string, err error, reason string) {
	t.Helper()
	var syntax *der.SyntaxError
	if !errors.As(err, &syntax) || syntax.Reason != reason {
		t.Errorf("%s: %v, want %q", name, err, reason)
	}
}

// TestResponse makes an answer by a delegated responder, with every kind of key,
// and reads all of it back.
func TestResponse(t *testing.T) {
	t.Parallel()
	for _, k := range pkitest.Kinds() {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			ca := pkitest.Root(t, k, "CN=CA")
			responder := ca.OCSP(t, k)
			template := answers(t, ca.Cert, responder.Cert, []byte("nonce"))
			raw, err := ocsp.Create(rand.Reader, template, responder.Key, responder.Cert)
			p := parse(t, raw, err)
			signer, err := p.Verify(ca.Cert, nil, nil)
			// RSA keys are shared in tests: the authority itself may be found.
			if err != nil || !signer.PublicKey.Equal(responder.Cert.PublicKey) {
				t.Errorf("%v, %v", signer, err)
			}
			if p.Status != ocsp.Successful || !p.ProducedAt.Equal(template.ProducedAt) || p.CheckNonce([]byte("nonce")) != nil || len(p.UnknownCritical) != 0 {
				t.Errorf("%+v", p)
			}
			for i, want := range template.Singles {
				got, ok := p.Find(ca.Cert, x509.NewSerial([]byte{byte(i + 1)}))
				if !ok {
					t.Fatalf("answer %d not found", i)
				}
				want.Extensions = got.Extensions
				if diff := cmp.Diff(want, *got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			if _, ok := p.Find(ca.Cert, x509.NewSerial([]byte{4})); ok {
				t.Error("found what is not there")
			}
			if _, ok := p.Find(responder.Cert, x509.NewSerial([]byte{1})); ok {
				t.Error("found for another issuer")
			}
			bare, err := ocsp.ParseBasic(p.Basic)
			if err != nil || bare.Raw != nil || !bytes.Equal(ocsp.WrapBasic(p.Basic), raw) {
				t.Errorf("bare: %v", err)
			}
		})
	}
}

// TestResponders lists who may answer for an authority.
func TestResponders(t *testing.T) {
	t.Parallel()
	ca, stranger := pkitest.Root(t, alg.GOST256B, "CN=CA"), pkitest.Root(t, alg.GOST256B, "CN=Stranger")
	namesake := pkitest.Root(t, alg.GOST256B, "CN=CA")
	renewed := ca.IssueFor(t, ca.Key, "CN=CA")
	purpose := func(change func(*x509.Template)) *pkitest.Identity { return ca.OCSP(t, alg.GOST256B, change) }
	for name, c := range map[string]struct {
		signer  *pkitest.Identity
		trusted bool
		want    error
	}{
		"the authority":                 {ca, false, nil},
		"the authority, renewed":        {renewed, false, nil},
		"delegated":                     {ca.OCSP(t, alg.GOST256B), false, nil},
		"delegated with another kind":   {ca.OCSP(t, alg.GOST512A), false, nil},
		"delegated, without key usage":  {purpose(func(t *x509.Template) { t.KeyUsage = 0 }), false, nil},
		"without the purpose":           {ca.Signer(t, alg.GOST256B, "CN=Signer"), false, ocsp.ErrDelegation},
		"trusted without the purpose":   {ca.Signer(t, alg.GOST256B, "CN=Signer"), true, nil},
		"of another authority":          {stranger.OCSP(t, alg.GOST256B), false, ocsp.ErrDelegation},
		"of another authority, trusted": {stranger.OCSP(t, alg.GOST256B), true, nil},
		"of a namesake":                 {namesake.OCSP(t, alg.GOST256B), false, ocsp.ErrDelegation},
		"a namesake":                    {namesake, false, ocsp.ErrDelegation},
		"for encryption only":           {purpose(func(t *x509.Template) { t.KeyUsage = x509.KeyEncipherment }), false, ocsp.ErrDelegation},
		"any purpose is not this one":   {purpose(func(t *x509.Template) { t.ExtKeyUsage = []der.OID{x509.OIDAnyExtKeyUsage} }), false, ocsp.ErrDelegation},
		"expired":                       {purpose(func(t *x509.Template) { t.NotAfter = pkitest.Now }), false, ocsp.ErrDelegation},
		"unknown critical extension": {purpose(func(t *x509.Template) { t.Extra = []x509.Extension{{OID: "1.2.3", Critical: true}} }),
			false, ocsp.ErrDelegation},
	} {
		var trusted []*x509.Certificate
		if c.trusted {
			trusted = append(trusted, c.signer.Cert)
		}
		template := answers(t, ca.Cert, c.signer.Cert, nil)
		for _, byName := range []bool{false, true} {
			if byName {
				template.ResponderKey, template.ResponderName = nil, c.signer.Cert.Subject
			}
			raw, err := ocsp.Create(rand.Reader, template, c.signer.Key, c.signer.Cert)
			p := parse(t, raw, err)
			if got, err := p.Verify(ca.Cert, trusted, nil); !errors.Is(err, c.want) || (got != nil) != (c.want == nil) {
				t.Errorf("%s, by name %v: %v, want %v", name, byName, err, c.want)
			}
			raw, err = ocsp.Create(rand.Reader, template, c.signer.Key) // the certificate comes otherwise
			p = parse(t, raw, err)
			if _, err := p.Verify(ca.Cert, trusted, []*x509.Certificate{stranger.Cert, c.signer.Cert}); !errors.Is(err, c.want) {
				t.Errorf("%s, certificate beside: %v, want %v", name, err, c.want)
			}
		}
	}
}

// TestVerifyRefuses lists responses that do not verify.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	ca := pkitest.Root(t, alg.GOST256B, "CN=CA")
	responder := ca.OCSP(t, alg.GOST256B)
	raw, err := ocsp.Create(rand.Reader, answers(t, ca.Cert, responder.Cert, nil), responder.Key)
	p := parse(t, raw, err)
	if _, err := p.Verify(ca.Cert, nil, nil); !errors.Is(err, ocsp.ErrResponder) {
		t.Errorf("no certificate: %v", err)
	}
	spoilt := bytes.Clone(raw)
	spoilt[len(spoilt)-1] ^= 1
	p = parse(t, spoilt, nil)
	if _, err := p.Verify(ca.Cert, nil, []*x509.Certificate{responder.Cert}); !errors.Is(err, alg.ErrSignature) {
		t.Errorf("spoilt: %v", err)
	}
	p = parse(t, ocsp.ErrorResponse(ocsp.TryLater), nil)
	if _, err := p.Verify(ca.Cert, nil, nil); !errors.Is(err, ocsp.ErrNoBasic) || p.Status != ocsp.TryLater {
		t.Errorf("no content: %v", err)
	}
	// A critical extension that nobody knows.
	template := answers(t, ca.Cert, ca.Cert, nil)
	tbs, err := template.TBS()
	if err != nil {
		t.Fatal(err)
	}
	content := der.NewReader(tbs).Sequence().Rest()
	unknown := der.Explicit(1, x509.EncodeExtensions([]x509.Extension{{OID: "1.2.3", Critical: true}}))
	tbs = der.Sequence(content, unknown)
	sig, err := x509.SignTBS(rand.Reader, ca.Key, tbs)
	if err != nil {
		t.Fatal(err)
	}
	p = parse(t, ocsp.Assemble(tbs, alg.GOST256B.Algorithm(), sig), nil)
	if _, err := p.Verify(ca.Cert, nil, nil); !errors.Is(err, ocsp.ErrCritical) {
		t.Errorf("critical: %v", err)
	}
}

func TestFreshness(t *testing.T) {
	t.Parallel()
	a := ocsp.Single{ThisUpdate: pkitest.Now, NextUpdate: pkitest.Now.Add(time.Hour)}
	for _, c := range []struct {
		at   time.Duration
		want error
	}{
		{-time.Minute, nil}, {-2 * time.Minute, ocsp.ErrNotYet}, {0, nil}, {time.Hour + time.Minute, nil}, {time.Hour + 2*time.Minute, ocsp.ErrStale},
	} {
		if err := a.CheckFresh(pkitest.Now.Add(c.at), time.Minute, 0); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.at, err)
		}
	}
	a.NextUpdate = time.Time{}
	if a.CheckFresh(pkitest.Now.Add(time.Hour), 0, time.Hour) != nil || !errors.Is(a.CheckFresh(pkitest.Now.Add(time.Hour+1), 0, time.Hour), ocsp.ErrStale) {
		t.Error("without nextUpdate")
	}
}

func TestNonce(t *testing.T) {
	t.Parallel()
	ca := pkitest.Root(t, alg.GOST256B, "CN=CA")
	for _, nonce := range [][]byte{nil, []byte("abc")} {
		raw, err := ocsp.Create(rand.Reader, answers(t, ca.Cert, ca.Cert, nonce), ca.Key)
		p := parse(t, raw, err)
		if err := p.CheckNonce([]byte("abd")); !errors.Is(err, ocsp.ErrNonce) {
			t.Errorf("%q: another nonce: %v", nonce, err)
		}
		if err := p.CheckNonce(nonce); (err == nil) != (nonce != nil) {
			t.Errorf("%q: %v", nonce, err)
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for s, name := range map[ocsp.ResponseStatus]string{
		ocsp.Successful: "successful", ocsp.MalformedRequest: "malformedRequest", ocsp.InternalError: "internalError",
		ocsp.TryLater: "tryLater", ocsp.SigRequired: "sigRequired", ocsp.Unauthorized: "unauthorized",
	} {
		if s.String() != name {
			t.Errorf("%d: %s", s, s)
		}
		if s == ocsp.Successful {
			continue
		}
		if p := parse(t, ocsp.ErrorResponse(s), nil); p.Status != s || p.Basic != nil {
			t.Errorf("%v: %+v", s, p)
		}
	}
	if _, err := ocsp.ParseResponse(ocsp.ErrorResponse(ocsp.Successful)); !errors.Is(err, ocsp.ErrNoBasic) {
		t.Errorf("success without content: %v", err)
	}
	for s, name := range map[ocsp.CertStatus]string{ocsp.Good: "good", ocsp.Revoked: "revoked", ocsp.Unknown: "unknown"} {
		if s.String() != name {
			t.Errorf("%d: %s", s, s)
		}
	}
}

// TestBadTemplates lists what an answer must not be made of.
func TestBadTemplates(t *testing.T) {
	t.Parallel()
	ca := pkitest.Root(t, alg.GOST256B, "CN=CA")
	for name, spoil := range map[string]func(*ocsp.Template){
		"no responder":        func(t *ocsp.Template) { t.ResponderKey = nil },
		"no time":             func(t *ocsp.Template) { t.ProducedAt = time.Time{} },
		"no answers":          func(t *ocsp.Template) { t.Singles = nil },
		"long nonce":          func(t *ocsp.Template) { t.Nonce = make([]byte, 129) },
		"no identifier":       func(t *ocsp.Template) { t.Singles[0].ID = ocsp.CertID{} },
		"no update":           func(t *ocsp.Template) { t.Singles[0].ThisUpdate = time.Time{} },
		"next before this":    func(t *ocsp.Template) { t.Singles[0].NextUpdate = pkitest.Start },
		"revoked at no time":  func(t *ocsp.Template) { t.Singles[1].RevokedAt = time.Time{} },
		"revoked by reason 7": func(t *ocsp.Template) { t.Singles[1].Reason = 7 },
		"status 3":            func(t *ocsp.Template) { t.Singles[0].Status = 3 },
	} {
		template := answers(t, ca.Cert, ca.Cert, nil)
		spoil(template)
		if _, err := ocsp.Create(rand.Reader, template, ca.Key); !errors.Is(err, ocsp.ErrTemplate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ocsp.Create(bytes.NewReader(nil), answers(t, ca.Cert, ca.Cert, nil), ca.Key); err == nil {
		t.Error("signed without randomness")
	}
}

// TestBrokenResponse lists responses that are refused, with the reason.
func TestBrokenResponse(t *testing.T) {
	t.Parallel()
	ca := pkitest.Root(t, alg.GOST256B, "CN=CA").Cert
	a := alg.GOST256B.Algorithm()
	id := certID(t, alg.SHA1, ca, 1).Raw
	now, key := der.GeneralizedTime(pkitest.Now), der.Explicit(2, der.OctetString([]byte("key")))
	basic := func(rest []byte, tbs ...[]byte) []byte {
		return ocsp.WrapBasic(der.Sequence(der.Sequence(tbs...), a.Identifier(), der.BitString(nil), rest))
	}
	good := der.Element(der.Context(0))
	singles := func(parts ...[]byte) []byte { return der.Sequence(der.Sequence(parts...)) }
	cutoff := der.Explicit(1, x509.EncodeExtensions([]x509.Extension{{OID: "1.3.6.1.5.5.7.48.1.6", Value: der.Null()}}))
	if _, err := ocsp.ParseResponse(basic(nil, key, now, singles(id, good, now))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in     []byte
		reason string
	}{
		"nothing":                {nil, "element missing"},
		"status 4":               {der.Sequence(der.Enumerated(4)), "unknown status"},
		"rest":                   {der.Sequence(der.Enumerated(1), der.Null()), "trailing octets"},
		"version":                {basic(nil, der.Explicit(0, der.Int(1)), key, now, der.Sequence()), "unknown version of response"},
		"no responder":           {basic(nil, now, der.Sequence()), "unexpected tag 0x18, want 0xa2"},
		"time of another type":   {basic(nil, key, der.Time(pkitest.Now), der.Sequence()), "unexpected tag 0x17, want 0x18"},
		"good with content":      {basic(nil, key, now, singles(id, der.Element(der.Context(0), []byte{1}), now)), "null with content"},
		"status 3":               {basic(nil, key, now, singles(id, der.Element(der.Context(3)), now)), "unexpected tag 0x83, want 0xa1"},
		"reason 7":               {basic(nil, key, now, singles(id, der.Explicit(1, now, der.Explicit(0, der.Enumerated(7))), now)), "unknown reason"},
		"cutoff":                 {basic(nil, key, now, singles(id, good, now, cutoff)), "unexpected tag 0x05, want 0x18"},
		"rest of an answer":      {basic(nil, key, now, singles(id, good, now, der.Null())), "trailing octets"},
		"many answers":           {basic(nil, key, now, der.Sequence(bytes.Repeat(der.Sequence(id, good, now), 257))), "too many certificates"},
		"many certificates":      {basic(der.Explicit(0, der.Sequence(bytes.Repeat(ca.Raw, 17))), key, now, der.Sequence()), "too many certificates of responders"},
		"broken certificate":     {basic(der.Explicit(0, der.Sequence(der.Sequence())), key, now, der.Sequence()), "element missing"},
		"certificates not a set": {basic(der.Explicit(0, der.Null()), key, now, der.Sequence()), "unexpected tag 0x05, want 0x30"},
	} {
		_, err := ocsp.ParseResponse(c.in)
		wantReason(t, name, err, c.reason)
	}
	other := der.Sequence(der.Enumerated(0), der.Explicit(0, der.Sequence(der.ObjectID("1.2.3"), der.OctetString(nil))))
	if _, err := ocsp.ParseResponse(other); !errors.Is(err, ocsp.ErrNoBasic) {
		t.Errorf("another type: %v", err)
	}
	spoilt := der.Sequence(der.Sequence(key, now, der.Sequence()), der.Sequence(der.ObjectID("1.2.643.7.1.1.3.2"), der.Int(1)), der.BitString(nil))
	if _, err := ocsp.ParseBasic(spoilt); !errors.Is(err, alg.ErrMismatch) {
		t.Errorf("algorithm: %v", err)
	}
	for _, parse := range []func([]byte) (*ocsp.Response, error){ocsp.ParseResponse, ocsp.ParseBasic} {
		if _, err := parse(make([]byte, 1<<20+1)); !errors.Is(err, ocsp.ErrTooLarge) {
			t.Error(err)
		}
	}
}
