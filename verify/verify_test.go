// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

// TestShape holds the JSON that the command line and the API give.
func TestShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	report, err := verify.Check(t.Context(), verify.Input{Name: "договор.pdf", Signature: w.sign(pkitest.Now, func(o *sign.Options) { o.Time = pkitest.Now }), Document: bytes.NewReader(w.document)}, w.options)
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) > 8<<10 {
		t.Errorf("%d octets of JSON for one signature", len(out))
	}
	var file map[string]any
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	keys := func(m any) []string {
		var list []string
		for k := range m.(map[string]any) {
			list = append(list, k)
		}
		slices.Sort(list)
		return list
	}
	if got := keys(file); !slices.Equal(got, []string{"file", "kind", "lists", "signatures", "time", "verdict"}) {
		t.Errorf("file: %v", got)
	}
	s := file["signatures"].([]any)[0].(map[string]any)
	want := []string{"bestTime", "chain", "claimedTime", "facts", "id", "indication", "law63", "level", "reason", "revocation", "signer", "timestamps", "verdict", "warnings"}
	if got := keys(s); !slices.Equal(got, want) {
		t.Errorf("signature: %v, want %v", got, want)
	}
	if got := keys(s["facts"]); !slices.Equal(got, []string{"certificate", "document", "issuer", "time"}) {
		t.Errorf("facts: %v", got)
	}
	if got := keys(s["reason"]); !slices.Equal(got, []string{"code", "next", "text"}) {
		t.Errorf("reason: %v", got)
	}
	signer := report.Signatures[0].Signer
	if signer.Name != "Иванов Иван" || signer.INN != "990100001169" || len(report.Signatures[0].Chain) != 3 || len(report.Signatures[0].Revocation) != 2 {
		t.Errorf("%+v", report.Signatures[0])
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	good := w.sign(time.Time{})
	empty := der.Sequence(der.ObjectID(cms.OIDSignedData), der.Explicit(0, der.Sequence(der.Int(1), der.SetOf(), der.Sequence(der.ObjectID(cms.OIDData)), der.SetOf())))
	enveloped := der.Sequence(der.ObjectID(cms.OIDEnvelopedData), der.Explicit(0, der.Sequence()))
	digested := der.Sequence(der.ObjectID(cms.OIDDigestedData), der.Explicit(0, der.Sequence()))
	for _, test := range []struct {
		name    string
		in      []byte
		maybe   bool
		verdict reasons.Code
		text    string
	}{
		{"a text instead of a signature", []byte("hello"), false, reasons.TotalFailed, ""},
		{"a text, perhaps a document", []byte("hello"), true, reasons.Indeterminate, "без подписи"},
		{"nothing", nil, true, reasons.Indeterminate, "без подписи"},
		{"an empty signature", nil, false, reasons.TotalFailed, ""},
		{"a damaged signature", good[:len(good)-5], true, reasons.TotalFailed, ""},
		{"a bundle of certificates", empty, false, reasons.Indeterminate, "без подписи"},
		{"an encrypted file", enveloped, false, reasons.Indeterminate, "зашифрован"},
		{"digested data", digested, false, reasons.Indeterminate, "не подпись CMS"},
	} {
		report, err := verify.Check(t.Context(), verify.Input{Signature: test.in, MayBeDocument: test.maybe}, w.options)
		if err != nil {
			t.Fatal(err)
		}
		if report.Verdict != test.verdict {
			t.Errorf("%s: %s, want %s", test.name, report.Verdict, test.verdict)
		}
		if test.text != "" && (report.Reason == nil || !strings.Contains(report.Reason.Text, test.text)) {
			t.Errorf("%s: %+v, want %q", test.name, report.Reason, test.text)
		}
	}
}

func TestEachSignatureByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	sd, err := cms.ParseSignedData(w.sign(time.Time{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []alg.Kind{alg.GOST512C, alg.P256} {
		w.signer = w.ca.Signer(t, kind, "CN=Второй")
		next, err := cms.ParseSignedData(w.sign(time.Time{}))
		if err != nil {
			t.Fatal(err)
		}
		if kind == alg.P256 {
			next.Signers[0].Signature[8] ^= 1
			next, _ = cms.ParseSignedData(next.Encode())
		}
		sd.AddSigner(next.Signers[0])
		sd.AddCertificate(w.signer.Cert)
	}
	report, err := verify.Check(t.Context(), verify.Input{Signature: sd.Encode(), Document: bytes.NewReader(w.document)}, w.options)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for i, signature := range report.Signatures {
		if signature.ID != strconv.Itoa(i+1) {
			t.Errorf("signature %d has id %s", i+1, signature.ID)
		}
		switch signature.SubIndication {
		case "":
		case reasons.SigCryptoFailure:
			failed++
		default:
			t.Errorf("%s", signature.SubIndication)
		}
	}
	if len(report.Signatures) != 3 || failed != 1 || report.Verdict != reasons.TotalFailed {
		t.Errorf("%d of %d failed, in all %s", failed, len(report.Signatures), report.Verdict)
	}
}

func TestDigestInsteadOfDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	message := w.sign(time.Time{})
	for text, want := range map[string]reasons.Code{string(w.document): reasons.TotalPassed, "other": reasons.TotalFailed} {
		digests := map[alg.Hash][]byte{alg.Streebog256: alg.Streebog256.Sum([]byte(text))}
		report, err := verify.Check(t.Context(), verify.Input{Signature: message, Digests: digests}, w.options)
		if err != nil || report.Verdict != want {
			t.Errorf("%q: %s %v", text, report.Verdict, err)
		}
	}
	report, err := verify.Check(t.Context(), verify.Input{Signature: message, Digests: map[alg.Hash][]byte{alg.SHA256: alg.SHA256.Sum(nil)}}, w.options)
	if err != nil || report.Signatures[0].SubIndication != reasons.SignedDataNotFound {
		t.Errorf("digest of another hash: %v", err)
	}
}

func TestAttached(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST512A)
	var out bytes.Buffer
	err := sign.Attached(t.Context(), randReader{}, &out, bytes.NewReader(w.document), w.signer.Key, sign.Options{Certificate: w.signer.Cert})
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Check(t.Context(), verify.Input{Signature: out.Bytes()}, w.options)
	if err != nil || report.Verdict != reasons.TotalPassed {
		t.Errorf("%s %v", report.Verdict, err)
	}
	report, err = verify.Check(t.Context(), verify.Input{Signature: out.Bytes(), Document: strings.NewReader("другой")}, w.options)
	if err != nil || report.Verdict != reasons.TotalFailed {
		t.Errorf("another file beside it: %s %v", report.Verdict, err)
	}
}

// TestMutants changes single octets of a signature. A mutant may pass only if
// the changed octet lies outside what is signed: in unsigned attributes and in
// certificates that are not on the path.
func TestMutants(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256A)
	spare := pkitest.Root(t, alg.GOST256A, "CN=Лишний")
	message := w.sign(pkitest.Now, func(o *sign.Options) { o.Chain = []*x509.Certificate{spare.Cert} })
	sd, err := cms.ParseSignedData(message)
	if err != nil {
		t.Fatal(err)
	}
	free := make([]bool, len(message))
	mark := func(part []byte) {
		at := bytes.Index(message, part)
		if at < 0 {
			t.Fatal("part not found")
		}
		for i := range part {
			free[at+i] = true
		}
	}
	mark(spare.Cert.Raw)
	for _, a := range sd.Signers[0].UnsignedAttributes {
		mark(a.Raw)
	}
	passed, signed := 0, 0
	for i := range message {
		for _, flip := range []byte{0x01, 0x80} {
			mutant := bytes.Clone(message)
			mutant[i] ^= flip
			report, err := verify.Check(t.Context(), verify.Input{Signature: mutant, Document: bytes.NewReader(w.document)}, w.options)
			if err != nil {
				t.Fatal(err)
			}
			if report.Verdict == reasons.TotalPassed {
				passed++
				if !free[i] && !harmless(sd, mutant) {
					t.Errorf("octet %d ^ %#x: passes", i, flip)
				}
			}
			if !free[i] {
				signed++
			}
		}
	}
	if passed == 0 || signed == 0 {
		t.Errorf("%d mutants passed, %d of signed octets: the test proves nothing", passed, signed)
	}
}

// harmless reports a mutant in which everything that is signed is unchanged: the
// list of digest algorithms and the version of the message are outside of it.
func harmless(original *cms.SignedData, mutant []byte) bool {
	sd, err := cms.ParseSignedData(mutant)
	if err != nil || len(sd.Signers) != 1 {
		return false
	}
	a, b := original.Signers[0], sd.Signers[0]
	return bytes.Equal(a.SignedOctets, b.SignedOctets) && bytes.Equal(a.Signature, b.Signature) && a.Digest == b.Digest &&
		a.SignatureAlgorithm == b.SignatureAlgorithm && sd.ContentType == original.ContentType
}

// zeros is a document of any size that takes no memory.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	z.left -= n
	clear(p[:n])
	return int(n), nil
}

// TestMemoryIsBounded verifies a document of 64 MB in a few megabytes.
func TestMemoryIsBounded(t *testing.T) {
	w := newWorld(t, alg.P256)
	const size = 64 << 20
	o := sign.Options{Certificate: w.signer.Cert}
	message, err := sign.Detached(t.Context(), randReader{}, &zeros{size}, w.signer.Key, o)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	report, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: &zeros{size}}, w.options)
	runtime.ReadMemStats(&after)
	if err != nil || report.Verdict != reasons.TotalPassed {
		t.Fatalf("%s %v", report.Verdict, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d octets allocated for a document of %d", used, size)
	}
}

// randReader is the system generator.
type randReader struct{}

func (randReader) Read(p []byte) (int, error) { return rand.Read(p) }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReadingFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	message := w.sign(time.Time{})
	if _, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: broken{}}, w.options); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := verify.Check(ctx, verify.Input{Signature: message, Document: bytes.NewReader(nil)}, w.options); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestAccreditation: the centre counts as it was on the day of issue (63-FZ, article 11).
// S002-110
func TestAccreditation(t *testing.T) {
	t.Parallel()
	issued := pkitest.Start
	goesOn := verify.Period{From: issued.AddDate(-1, 0, 0)}
	over := verify.Period{From: issued.AddDate(-2, 0, 0), Until: issued.AddDate(-1, 0, 0)}
	after := verify.Period{From: issued.AddDate(-1, 0, 0), Until: issued.AddDate(0, 0, 1)}
	for _, test := range []struct {
		name    string
		periods []verify.Period
		listed  bool
		want    verify.Answer
		outcome reasons.Code
		warning reasons.Code
	}{
		{"goes on", []verify.Period{over, goesOn}, true, yes, reasons.CertificateValid, ""},
		{"ended after the issue", []verify.Period{after}, true, yes, reasons.CertificateValid, reasons.WarnAccreditationEnded},
		{"ended before the issue", []verify.Period{over}, true, no, reasons.CertificateAccreditationEnded, ""},
		{"since a day nobody knows", []verify.Period{{}}, true, unknown, reasons.CertificateValid, ""},
		{"not in the list", nil, false, no, reasons.CertificateValid, reasons.WarnNotAccredited},
	} {
		w := newWorld(t, alg.GOST256B, qualified)
		w.options.Authority = func(issuer *x509.Certificate) *verify.Authority {
			if !test.listed || !issuer.Equal(w.ca.Cert) {
				return nil
			}
			return &verify.Authority{Name: "УЦ", Phone: "+7", Periods: test.periods}
		}
		s := w.check(w.sign(time.Time{}))
		if s.Law63.Recognized != test.want || test.listed != (s.Authority != nil) {
			t.Errorf("%s: recognised %s, authority %+v", test.name, s.Law63.Recognized, s.Authority)
		}
		c := w.certificate(w.signer.Cert)
		if c.Outcome != test.outcome || c.Accredited != test.want || test.listed != (c.Authority != nil) {
			t.Errorf("%s: %+v", test.name, c)
		}
		if test.warning != "" && !slices.ContainsFunc(c.Warnings, func(w verify.Warning) bool { return w.Code == test.warning }) {
			t.Errorf("%s: warnings %+v", test.name, c.Warnings)
		}
	}
	// The head authority vouches for every centre; it is not the centre of any.
	w := newWorld(t, alg.GOST256B)
	w.options.Authority = func(issuer *x509.Certificate) *verify.Authority {
		if issuer.Equal(w.root.Cert) {
			return &verify.Authority{Name: "Головной", Periods: []verify.Period{goesOn}}
		}
		return nil
	}
	if s := w.check(w.sign(time.Time{})); s.Law63.Recognized != no || s.Authority != nil {
		t.Errorf("by the head authority: %s", s.Law63.Recognized)
	}
	// The certificate of a centre is its own; that of the head authority is of none.
	w.options.Authority = func(cert *x509.Certificate) *verify.Authority {
		if cert.Equal(w.ca.Cert) {
			return &verify.Authority{Name: "УЦ", Periods: []verify.Period{goesOn}}
		}
		return nil
	}
	if c := w.certificate(w.ca.Cert); c.Accredited != yes || c.Authority == nil || c.Authority.Name != "УЦ" {
		t.Errorf("certificate of a centre: %+v", c)
	}
	if c := w.certificate(w.root.Cert); c.Accredited != unknown || len(c.Warnings) != 0 {
		t.Errorf("certificate of the head authority: %+v", c)
	}
	w.options.Authority = nil
	if s := w.check(w.sign(time.Time{})); s.Law63.Recognized != unknown {
		t.Errorf("no list: %s", s.Law63.Recognized)
	}
}

func TestKeyPeriodIsARestriction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B, func(x *x509.Template) {
		x.PrivateKeyNotBefore, x.PrivateKeyNotAfter = pkitest.Start, pkitest.Now.AddDate(0, 0, -5)
	})
	s := w.check(w.sign(pkitest.Now))
	if s.Verdict != reasons.TotalPassed || s.Law63.Recognized != no {
		t.Errorf("%s, recognised %s", s.Verdict, s.Law63.Recognized)
	}
}

// failing is a source that cannot be reached.
type failing struct{}

func (failing) Issuers(context.Context, *x509.Certificate) ([]*x509.Certificate, error) {
	return nil, errors.New("no route")
}

func (failing) Revocation(context.Context, *x509.Certificate, *x509.Certificate) ([]verify.RevocationData, error) {
	return nil, errors.New("no route")
}

func TestSourceThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	w.options.Evidence = []verify.Evidence{failing{}, w.pool}
	if s := w.check(w.sign(time.Time{})); s.Verdict != reasons.TotalPassed {
		t.Errorf("a failing source hid another: %s", s.SubIndication)
	}
	w.pool.Data = nil
	if s := w.check(w.sign(time.Time{})); s.SubIndication != reasons.TryLater {
		t.Errorf("%s %s", s.SubIndication, s.Reason.Text)
	}
	w.pool.Certificates = nil
	s := w.check(w.sign(time.Time{}))
	if s.SubIndication != reasons.NoChain || !slices.ContainsFunc(s.Warnings, func(w verify.Warning) bool { return w.Code == reasons.WarnIssuerUnreachable }) {
		t.Errorf("issuer out of reach: %s %+v", s.SubIndication, s.Warnings)
	}
}

func TestCorpusVerdicts(t *testing.T) {
	t.Parallel()
	var trust []verify.Anchor
	for _, root := range []string{"cms/bc-detached-ca.der", "certs/ru-ca/cryptopro-test-center-2-2014.cer"} {
		list, err := x509.ParseCertificates(pkitest.ReadCorpus(t, root))
		if err != nil {
			t.Fatal(err)
		}
		trust = append(trust, verify.Anchor{Certificate: list[0]})
	}
	for _, test := range []struct {
		signature, document string
		at                  string
		want                reasons.Code
		document2           verify.Answer
	}{
		// No revocation data is stored for these: what is at hand verifies, the
		// rest stays open.
		{"cms/bc-detached-010203.p7s", "cms/bc-detached-010203.bin", "2024-06-01", reasons.ChainGeneral, yes},
		{"cms/bc-detached-010203.p7s", "cms/ivanov-doc.txt", "2024-06-01", reasons.HashFailure, no},
		{"cms/bc-detached-010203.p7s", "cms/bc-detached-010203.bin", "2026-11-22", reasons.OutOfBoundsNoPOE, yes},
		{"cms/ivanov-5a7592775b.sig", "cms/ivanov-doc.txt", "2019-01-01", reasons.HashFailure, no},
		// GOST R 34.10-2001: judged as any other until the end of 2019, and verified but not believed after.
		{"cms/ivanov-46aca679df.sig", "cms/ivanov-doc.txt", "2019-06-01", reasons.ChainGeneral, yes},
		{"cms/ivanov-46aca679df.sig", "cms/ivanov-doc.txt", "2019-12-31", reasons.OutOfBoundsNoPOE, yes},
		{"cms/ivanov-46aca679df.sig", "cms/ivanov-doc.txt", "2020-01-01", reasons.CryptoNoPOE, yes},
		{"cms/ivanov-46aca679df.sig", "cms/bc-detached-010203.bin", "2020-01-01", reasons.HashFailure, no},
		{"cms/ivanov-5399fc7b41.sig", "cms/ivanov-doc.txt", "2019-01-01", reasons.NoChain, yes},
		{"cms/pdf-15_fns_1.p7s", "cms/pdf-15_fns_1.bin", "2024-06-01", reasons.NoChain, yes},
		{"cms/pdf-20_acrob_T_revoced.p7s", "cms/pdf-20_acrob_T_revoced.bin", "2024-08-10", reasons.NoChain, yes},
	} {
		at, err := time.Parse(time.DateOnly, test.at)
		if err != nil {
			t.Fatal(err)
		}
		report, err := verify.Check(t.Context(), verify.Input{
			Name: test.signature, Signature: pkitest.ReadCorpus(t, test.signature), Document: bytes.NewReader(pkitest.ReadCorpus(t, test.document)),
		}, verify.Options{At: at, Trust: trust})
		if err != nil || len(report.Signatures) != 1 {
			t.Fatalf("%s: %v", test.signature, err)
		}
		s := report.Signatures[0]
		if s.SubIndication != test.want || s.Facts.Document.Answer != test.document2 {
			t.Errorf("%s over %s: %s %s, document %s; want %s", test.signature, test.document, s.SubIndication, s.Reason.Text, s.Facts.Document.Answer, test.want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	w := newWorld(f, alg.GOST256A)
	f.Add(w.sign(time.Time{}), w.document)
	f.Add(w.sign(pkitest.Now), w.document)
	f.Fuzz(func(t *testing.T, message, document []byte) {
		report, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: bytes.NewReader(document)}, w.options)
		if err != nil {
			t.Fatal(err)
		}
		if report.Verdict == reasons.TotalPassed && !bytes.Equal(document, w.document) {
			t.Fatal("another document passes")
		}
	})
}
