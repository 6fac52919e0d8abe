// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsp_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

const policy der.OID = "1.2.643.100.999.1"

func request(t testing.TB, h alg.Hash, data []byte) *tsp.Request {
	t.Helper()
	q, err := tsp.NewRequest(rand.Reader, h, h.Sum(data))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func stamp(t testing.TB, tsa *pkitest.Identity, q *tsp.Request, changes ...func(*tsp.Template)) []byte {
	t.Helper()
	template := &tsp.Template{
		Request: q, Policy: policy, Serial: x509.NewSerial([]byte{1, 2, 3}), Time: pkitest.Now,
		Accuracy: time.Second + 5*time.Millisecond + 7*time.Microsecond, Certificate: tsa.Cert,
	}
	for _, change := range changes {
		change(template)
	}
	token, err := template.Token(rand.Reader, tsa.Key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestRequestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, h := range alg.Hashes() {
		q := request(t, h, []byte("data"))
		q.Policy = policy
		got, err := tsp.ParseRequest(q.Marshal())
		if err != nil {
			t.Fatalf("%s: %v", h, err)
		}
		if !bytes.Equal(got.Marshal(), q.Marshal()) || got.Hash != h || !got.CertReq || got.Policy != policy {
			t.Errorf("%s: %+v", h, got)
		}
	}
	bare := &tsp.Request{Hash: alg.SHA256, Algorithm: alg.SHA256.Identifier(), Imprint: alg.SHA256.Sum(nil)}
	got, err := tsp.ParseRequest(bare.Marshal())
	if err != nil || got.Nonce != nil || got.CertReq || got.Policy != "" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := tsp.NewRequest(strings.NewReader("x"), alg.SHA256, nil); err == nil {
		t.Error("a nonce of a dry source")
	}
}

func TestBrokenRequests(t *testing.T) {
	t.Parallel()
	imprint := der.Sequence(alg.Streebog256.Identifier(), der.OctetString(make([]byte, 32)))
	for _, test := range []struct {
		name string
		in   []byte
		info tsp.FailInfo
	}{
		{"empty", nil, tsp.BadDataFormat},
		{"garbage", []byte("GET / HTTP/1.1"), tsp.BadDataFormat},
		{"long", make([]byte, tsp.MaxRequest+1), tsp.BadDataFormat},
		{"version 2", der.Sequence(der.Int(2), imprint), tsp.BadRequest},
		{"unknown digest", der.Sequence(der.Int(1), der.Sequence(der.Sequence(der.ObjectID("1.2.840.113549.2.5")), der.OctetString(make([]byte, 16)))), tsp.BadAlg},
		{"digest of 1994", der.Sequence(der.Int(1), der.Sequence(der.Sequence(der.ObjectID("1.2.643.2.2.9")), der.OctetString(make([]byte, 32)))), tsp.BadAlg},
		{"digest with parameters", der.Sequence(der.Int(1), der.Sequence(der.Sequence(der.ObjectID(alg.SHA256.OID()), der.Int(1)), der.OctetString(make([]byte, 32)))), tsp.BadAlg},
		{"short imprint", der.Sequence(der.Int(1), der.Sequence(alg.Streebog256.Identifier(), der.OctetString(make([]byte, 20)))), tsp.BadDataFormat},
		{"extension", der.Sequence(der.Int(1), imprint, der.Element(der.ContextConstructed(0), der.Sequence(der.ObjectID("1.2.3"), der.OctetString(nil)))), tsp.UnacceptedExtension},
		{"long nonce", der.Sequence(der.Int(1), imprint, der.Unsigned(bytes.Repeat([]byte{1}, 65))), tsp.BadRequest},
		{"something behind", der.Sequence(der.Int(1), imprint, der.Bool(true), der.Null()), tsp.BadDataFormat},
	} {
		_, err := tsp.ParseRequest(test.in)
		var refused *tsp.RequestError
		if !errors.As(err, &refused) || refused.Info != test.info || !strings.Contains(err.Error(), test.info.String()) {
			t.Errorf("%s: %v, want %s", test.name, err, test.info)
		}
	}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	for _, info := range tsp.FailInfos() {
		got, err := tsp.ParseResponse(tsp.Refuse(info, "нет").Marshal())
		if err != nil || got.FailInfo != info || got.Granted() || got.Text[0] != "нет" || got.Status != tsp.Rejection {
			t.Errorf("%s: %+v %v", info, got, err)
		}
	}
	got, err := tsp.ParseResponse(tsp.Grant(der.Sequence(der.Null())).Marshal())
	if err != nil || !got.Granted() || got.FailInfo != tsp.NoFailInfo || got.FailInfo.String() != "" {
		t.Errorf("%+v %v", got, err)
	}
	if tsp.FailInfo(3).String() != "unknown" {
		t.Error("a bit without a name has one")
	}
	for _, in := range [][]byte{nil, []byte("<html>"), make([]byte, tsp.MaxResponse+1), append(tsp.Refuse(tsp.BadAlg, "").Marshal(), 0)} {
		if _, err := tsp.ParseResponse(in); err == nil {
			t.Errorf("%d octets of garbage read", len(in))
		}
	}
}

func TestTokenRoundTrip(t *testing.T) {
	t.Parallel()
	data := []byte("signature value")
	for _, kind := range pkitest.Kinds() {
		root := pkitest.Root(t, kind, "CN=Root")
		tsa := root.TSA(t, kind)
		for _, h := range []alg.Hash{alg.Streebog256, alg.Streebog512, alg.SHA256, alg.SHA512} {
			q := request(t, h, data)
			token, err := tsp.ParseToken(stamp(t, tsa, q, func(m *tsp.Template) { m.Chain, m.Ordering = []*x509.Certificate{root.Cert}, true }))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(token.Answers(q), token.Covers(data)); err != nil {
				t.Errorf("%s %s: %v", kind.Name(), h, err)
			}
			cert, err := token.Verify(nil)
			if err != nil || !cert.Equal(tsa.Cert) {
				t.Errorf("%s %s: %v", kind.Name(), h, err)
			}
			if !token.Time.Equal(pkitest.Now) || token.Accuracy != time.Second+5*time.Millisecond+7*time.Microsecond || token.Policy != policy || !token.Ordering {
				t.Errorf("%s: %+v", kind.Name(), token)
			}
			if err := token.Covers([]byte("other")); !errors.Is(err, tsp.ErrImprint) {
				t.Errorf("covers other data: %v", err)
			}
		}
	}
}

func TestTokenAgainstRequest(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	tsa := root.TSA(t, alg.GOST256B)
	q := request(t, alg.Streebog256, []byte("data"))
	token, err := tsp.ParseToken(stamp(t, tsa, q))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		change func(*tsp.Request)
		want   error
	}{
		{func(*tsp.Request) {}, nil},
		{func(q *tsp.Request) { q.Nonce = []byte{1} }, tsp.ErrNonce},
		{func(q *tsp.Request) { q.Nonce = nil }, tsp.ErrNonce},
		{func(q *tsp.Request) { q.Imprint = alg.Streebog256.Sum(nil) }, tsp.ErrImprint},
		{func(q *tsp.Request) { q.Hash = alg.SHA256 }, tsp.ErrImprint},
		{func(q *tsp.Request) { q.Policy = "1.2.3" }, tsp.ErrPolicy},
		{func(q *tsp.Request) { q.Policy = policy }, nil},
	} {
		other := *q
		test.change(&other)
		if err := token.Answers(&other); !errors.Is(err, test.want) {
			t.Errorf("%v, want %v", err, test.want)
		}
	}
}

func TestTokenSigner(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	tsa := root.TSA(t, alg.GOST256B)
	q := request(t, alg.Streebog256, []byte("data"))
	q.CertReq = false
	raw := stamp(t, tsa, q)
	token, err := tsp.ParseToken(raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Verify(nil); !errors.Is(err, tsp.ErrNoSigner) {
		t.Errorf("certificate not asked for and not given: %v", err)
	}
	if _, err := token.Verify([]*x509.Certificate{root.Cert, tsa.Cert}); err != nil {
		t.Errorf("certificate at hand: %v", err)
	}
	// Where CryptoPro services put it: an unsigned attribute of the token.
	token.Signature.AddUnsigned(cades.OIDCertificateValues, der.Sequence(tsa.Cert.Raw))
	token, err = tsp.ParseToken(token.Message.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Verify(nil); err != nil {
		t.Errorf("certificate in the token's own certificate values: %v", err)
	}
	twin := root.IssueFor(t, tsa.Key, "CN=Test TSA", func(x *x509.Template) {
		x.Serial = tsa.Cert.Serial
		x.ExtKeyUsage, x.ExtKeyUsageCritical = []der.OID{x509.OIDTimeStamping}, true
	})
	token, _ = tsp.ParseToken(raw)
	if _, err := token.Verify([]*x509.Certificate{twin.Cert}); !errors.Is(err, tsp.ErrSigningCert) {
		t.Errorf("another certificate with the same key, name and number: %v", err)
	}
}

func TestTemplateRefuses(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	tsa := root.TSA(t, alg.GOST256B)
	q := request(t, alg.Streebog256, nil)
	for name, id := range map[string]*pkitest.Identity{
		"no purpose":   root,
		"not critical": root.TSA(t, alg.GOST256B, func(x *x509.Template) { x.ExtKeyUsageCritical = false }),
		"two purposes": root.TSA(t, alg.GOST256B, func(x *x509.Template) { x.ExtKeyUsage = append(x.ExtKeyUsage, x509.OIDClientAuth) }),
	} {
		_, err := (&tsp.Template{Request: q, Policy: policy, Certificate: id.Cert, Time: pkitest.Now}).Token(rand.Reader, id.Key)
		if !errors.Is(err, tsp.ErrPurpose) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := (&tsp.Template{Request: q, Policy: policy, Certificate: tsa.Cert, Time: pkitest.Now}).Token(rand.Reader, root.Key)
	if !errors.Is(err, alg.ErrMismatch) {
		t.Errorf("key of another certificate: %v", err)
	}
}

// forge signs any content as a token of the authority.
func forge(t *testing.T, tsa *pkitest.Identity, content []byte, attributes bool, contentType der.OID) []byte {
	t.Helper()
	h := tsa.Key.Kind().Hash()
	digest := h.Sum(content)
	var list []cms.Attribute
	if attributes {
		list = cades.SignedAttributes(contentType, digest, h, tsa.Cert, pkitest.Now)
		digest = h.Sum(cms.SignedOctets(list))
	}
	sig, err := tsa.Key.SignDigest(rand.Reader, h, digest)
	if err != nil {
		t.Fatal(err)
	}
	b := &cms.Builder{ContentType: contentType, Certificates: []*x509.Certificate{tsa.Cert},
		Signers: []*cms.SignerInfo{cms.NewSigner(tsa.Cert, h, tsa.Key.Kind().Algorithm(), list, sig)}}
	raw, err := b.Attached(content)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestBrokenTokens(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	tsa := root.TSA(t, alg.GOST256B)
	imprint := der.Sequence(alg.Streebog256.Identifier(), der.OctetString(make([]byte, 32)))
	moment := der.GeneralizedTime(pkitest.Now)
	info := func(version int64, imprint, moment []byte, rest ...[]byte) []byte {
		return der.Sequence(append([][]byte{der.Int(version), der.ObjectID(policy), imprint, der.Int(1), moment}, rest...)...)
	}
	good := info(1, imprint, moment)
	critical := der.Element(der.ContextConstructed(1), der.Sequence(der.ObjectID("1.2.3"), der.Bool(true), der.OctetString(nil)))
	for _, test := range []struct {
		name   string
		in     []byte
		reason string
	}{
		{"empty", nil, "cut short"},
		{"content is data", forge(t, tsa, good, true, cms.OIDData), "malformed token"},
		{"version 2", forge(t, tsa, info(2, imprint, moment), true, tsp.OIDTSTInfo), "malformed token"},
		{"short imprint", forge(t, tsa, info(1, der.Sequence(alg.SHA256.Identifier(), der.OctetString(nil)), moment), true, tsp.OIDTSTInfo), "malformed token"},
		{"time without zone", forge(t, tsa, info(1, imprint, der.Text(der.TagGeneralizedTime, "20260101000000")), true, tsp.OIDTSTInfo), "malformed time"},
		{"accuracy out of range", forge(t, tsa, info(1, imprint, moment, der.Sequence(der.Retag(der.Context(0), der.Int(1000)))), true, tsp.OIDTSTInfo), "accuracy"},
		{"critical extension", forge(t, tsa, info(1, imprint, moment, critical), true, tsp.OIDTSTInfo), "critical extension"},
		{"something behind", forge(t, tsa, info(1, imprint, moment, der.Null()), true, tsp.OIDTSTInfo), "trailing"},
	} {
		_, err := tsp.ParseToken(test.in)
		if err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: %v, want %q", test.name, err, test.reason)
		}
	}
	token, err := tsp.ParseToken(forge(t, tsa, good, false, tsp.OIDTSTInfo))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Verify(nil); !errors.Is(err, tsp.ErrSigningCert) {
		t.Errorf("without signed attributes: %v", err)
	}
	unknown := info(1, der.Sequence(der.Sequence(der.ObjectID("1.2.840.113549.2.5")), der.OctetString(make([]byte, 32))), moment)
	token, err = tsp.ParseToken(forge(t, tsa, unknown, true, tsp.OIDTSTInfo))
	if err != nil || !errors.Is(token.Covers(nil), alg.ErrUnsupported) {
		t.Errorf("unknown digest: %v", err)
	}
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	// A row for every token of the manifest's section "tsp": the file it is
	// over, where that is one (stamps over several values are over more than
	// one field).
	tokens := map[string]string{
		"07_acrob_CADEST.sigtst.tst":            "07_acrob_CADEST.sigvalue.bin",
		"14_acrob_CADES-XLT1.sigtst.tst":        "14_acrob_CADES-XLT1.sigvalue.bin",
		"17_acr_XLT1_revoced.sigtst.tst":        "17_acr_XLT1_revoced.sigvalue.bin",
		"20_acrob_T_revoced.sigtst.tst":         "20_acrob_T_revoced.sigvalue.bin",
		"25_cam_CADES-A.archtsv3.tst":           "",
		"25_cam_CADES-A.esctst.tst":             "",
		"25_cam_CADES-A.sigtst.tst":             "25_cam_CADES-A.sigvalue.bin",
		"29_cades-xlt1-sign_tax-gov.esctst.tst": "",
		"29_cades-xlt1-sign_tax-gov.sigtst.tst": "29_cades-xlt1-sign_tax-gov.sigvalue.bin",
		"30_cades-t-sign_tax-gov.sigtst.tst":    "30_cades-t-sign_tax-gov.sigvalue.bin",
		"32_cades-xlt1-sign_iecp.sigtst.tst":    "32_cades-xlt1-sign_iecp.sigvalue.bin",
	}
	values := map[string]bool{}
	for _, v := range tokens {
		values[v] = true
	}
	for _, file := range pkitest.ManifestFiles(t, "tsp") {
		name := strings.TrimPrefix(file, "tsp/")
		over, known := tokens[name]
		if !known {
			if !values[name] {
				t.Errorf("%s: in the manifest, without an expectation", file)
			}
			continue
		}
		token, err := tsp.ParseToken(pkitest.ReadCorpus(t, file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if _, err := token.Verify(nil); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if over != "" {
			if err := token.Covers(pkitest.ReadCorpus(t, "tsp/"+over)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add(request(f, alg.Streebog256, nil).Marshal())
	f.Fuzz(func(t *testing.T, in []byte) {
		q, err := tsp.ParseRequest(in)
		if err != nil {
			var refused *tsp.RequestError
			if !errors.As(err, &refused) {
				t.Fatalf("not in words of the protocol: %v", err)
			}
			return
		}
		if _, err := tsp.ParseRequest(q.Marshal()); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParseResponse(f *testing.F) {
	f.Add(tsp.Refuse(tsp.BadAlg, "x").Marshal())
	root := pkitest.Root(f, alg.GOST256B, "CN=Root")
	f.Add(tsp.Grant(stamp(f, root.TSA(f, alg.GOST256B), request(f, alg.Streebog256, nil))).Marshal())
	f.Fuzz(func(_ *testing.T, in []byte) {
		if p, err := tsp.ParseResponse(in); err == nil && p.Granted() {
			if token, err := tsp.ParseToken(p.Token); err == nil {
				_, _ = token.Verify(nil)
			}
		}
	})
}

func FuzzParseToken(f *testing.F) {
	root := pkitest.Root(f, alg.GOST256B, "CN=Root")
	f.Add(stamp(f, root.TSA(f, alg.GOST256B), request(f, alg.Streebog256, nil)))
	f.Fuzz(func(_ *testing.T, in []byte) {
		if token, err := tsp.ParseToken(in); err == nil {
			_, _ = token.Verify(nil)
		}
	})
}
