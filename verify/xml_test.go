// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/xades"
	"podpis/pki/xmldsig"
	"podpis/verify"
	"podpis/verify/reasons"
)

const letter = `<?xml version="1.0" encoding="UTF-8"?><письмо><сумма>100</сумма></письмо>`

// signXML makes an enveloped signature; with a time, of level T.
func (w *world) signXML(document string, stamp time.Time) []byte {
	w.t.Helper()
	p, err := xades.Enveloped(xades.Template{Certificate: w.signer.Cert, Time: w.options.At}, []byte(document))
	if err != nil {
		w.t.Fatal(err)
	}
	h := w.signer.Key.Kind().Hash()
	value, err := w.signer.Key.SignDigest(rand.Reader, h, h.Sum(p.Octets()))
	if err != nil {
		w.t.Fatal(err)
	}
	signed, err := p.Finish(value, false)
	if err != nil {
		w.t.Fatal(err)
	}
	if stamp.IsZero() {
		return signed.Bytes()
	}
	th := w.tsa.Key.Kind().Hash()
	digest, err := signed.StampDigest(th)
	if err != nil {
		w.t.Fatal(err)
	}
	q, err := tsp.NewRequest(rand.Reader, th, digest)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := stampAt{w.tsa, stamp}.Timestamp(w.t.Context(), q.Marshal())
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := tsp.ParseResponse(answer)
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := tsp.ParseToken(response.Token)
	if err != nil {
		w.t.Fatal(err)
	}
	if signed, err = signed.AddTimestamp(token); err != nil {
		w.t.Fatal(err)
	}
	return signed.Bytes()
}

func (w *world) checkXML(document []byte) *verify.Report {
	w.t.Helper()
	report, err := verify.Check(w.t.Context(), verify.Input{Name: "f.xml", Signature: document, MayBeDocument: true}, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

func TestXML(t *testing.T) {
	t.Parallel()
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512A, alg.P256} {
		w := newWorld(t, kind)
		bare := w.signXML(letter, time.Time{})
		report := w.checkXML(bare)
		if report.Verdict != reasons.TotalPassed || len(report.Signatures) != 1 || report.Signatures[0].Level != string(xades.LevelB) || len(report.Signatures[0].Warnings) != 0 {
			t.Fatalf("%s: %+v", kind, report)
		}
		stamped := w.signXML(letter, pkitest.Now.Add(-time.Minute))
		s := w.checkXML(stamped).Signatures[0]
		if s.Verdict != reasons.TotalPassed || s.Level != string(xades.LevelT) || s.BestTime == nil || s.ClaimedTime == nil || s.Facts.Document.Answer != verify.Yes {
			t.Errorf("%s: %+v", kind, s)
		}
		changed := bytes.Replace(bare, []byte(">100<"), []byte(">900<"), 1)
		if s := w.checkXML(changed).Signatures[0]; s.Verdict != reasons.TotalFailed || s.SubIndication != reasons.HashFailure || s.Facts.Document.Answer != verify.No {
			t.Errorf("%s, sum changed: %s %s", kind, s.Verdict, s.SubIndication)
		}
		at := bytes.Index(bare, []byte("SignatureValue"))
		at += bytes.IndexByte(bare[at:], '>') + 5
		changed = bytes.Clone(bare)
		changed[at] = map[bool]byte{true: 'B', false: 'A'}[changed[at] == 'A']
		if s := w.checkXML(changed).Signatures[0]; s.Verdict != reasons.TotalFailed || s.SubIndication != reasons.SigCryptoFailure {
			t.Errorf("%s, value changed: %s %s", kind, s.Verdict, s.SubIndication)
		}
		// After years only the stamped one stands, by evidence of its time.
		w.options.At = w.signer.Cert.NotAfter.AddDate(0, 1, 0)
		w.crls()
		if s := w.checkXML(stamped).Signatures[0]; s.SubIndication == reasons.OutOfBoundsNoPOE || s.SubIndication == reasons.OutOfBoundsNotRev {
			t.Errorf("%s, expired: %s %s", kind, s.Verdict, s.SubIndication)
		}
		if s := w.checkXML(bare).Signatures[0]; s.Verdict != reasons.Indeterminate {
			t.Errorf("%s, expired without a stamp: %s %s", kind, s.Verdict, s.SubIndication)
		}
	}
}

func TestXMLWithoutSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	for _, file := range []string{letter, "<a>", "<!DOCTYPE html><p>", "<a><a"} {
		if report := w.checkXML([]byte(file)); report.Verdict != reasons.Indeterminate || len(report.Signatures) != 0 || report.Reason == nil {
			t.Errorf("%s: %+v", file, report)
		}
	}
}

// Real files: what was signed and what was done to it.
func TestXMLCorpus(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]reasons.Code{
		"generic/xades/xades-lta-valid.xml":                       reasons.Indeterminate, // no trust
		"generic/xades/dss-signed.xml":                            reasons.Indeterminate,
		"generic/xades/TSL-CY-sign.xml":                           reasons.Indeterminate,
		"generic/xades/dss-signed-altered-signedPropsRemoved.xml": reasons.TotalFailed,
		"generic/xades/XSW-enveloping-fake-object.xml":            reasons.TotalFailed,
		"generic/xades/XSW-enveloped-fake-signedProperties.xml":   reasons.TotalFailed,
		"generic/xades/xades-not-base64-sigValue.xml":             reasons.TotalFailed,
		"smev3/inovus-sendRequestRequest.xml":                     reasons.Indeterminate, // not signed
		"smev3/smevclient-raw_requests.3.SendRequestRequest.xml":  reasons.Indeterminate,
		"smev3/smevclient-raw_requests.8.GetResponseResponse.xml": reasons.Indeterminate,
		"smev3/dripka-GetRequestRequest.xml":                      reasons.TotalFailed,
		"smev3/smev3sharp-SendRequestResponce.xml":                reasons.TotalFailed,
		"kz/xml/signed-1.xml":                                     reasons.Indeterminate,
		"kz/xml/wsse-signed-1.xml":                                reasons.Indeterminate,
	} {
		report, err := verify.Check(t.Context(), verify.Input{Name: file, Signature: pkitest.ReadCorpus(t, file), MayBeDocument: true},
			verify.Options{At: time.Now(), Language: reasons.Russian})
		if err != nil {
			t.Fatal(err)
		}
		if report.Verdict != want {
			var why []string
			for _, s := range report.Signatures {
				why = append(why, string(s.SubIndication)+" "+s.Reason.Text)
			}
			t.Errorf("%s: %s, want %s: %s", file, report.Verdict, want, strings.Join(why, "; "))
		}
	}
}

// TestXMLCounterSignature: a signature over the value of another one is judged by itself.
func TestXMLCounterSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	notary := w.ca.Signer(t, alg.GOST256B, "CN=Нотариус")
	signed := w.signXML(letter, pkitest.Now)
	method, _ := xmldsig.MethodFor(alg.GOST256B)
	d, err := xades.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := d.Signatures[0].ValueElement().Attr("Id")
	place := func(digest, signature []byte) []byte {
		packed := base64.StdEncoding.EncodeToString
		text := `<ds:Signature xmlns:ds="` + xmldsig.Namespace + `" Id="second"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + xmldsig.ExclusiveURI +
			`"/><ds:SignatureMethod Algorithm="` + method.URI + `"/><ds:Reference URI="#` + value + `" Type="http://uri.etsi.org/01903#CountersignedSignature"><ds:Transforms><ds:Transform Algorithm="` + xmldsig.ExclusiveURI +
			`"/></ds:Transforms><ds:DigestMethod Algorithm="` + xmldsig.HashURI(method.Hash) + `"/><ds:DigestValue>` + packed(digest) +
			`</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>` + packed(signature) + `</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` +
			packed(notary.Cert.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`
		end := regexp.MustCompile(`</([a-z0-9]+:)?UnsignedSignatureProperties>`).FindSubmatchIndex(signed)
		prefix := string(signed[end[2]:end[3]])
		counter := "<" + prefix + "CounterSignature>" + text + "</" + prefix + "CounterSignature>"
		return slices.Concat(signed[:end[0]], []byte(counter), signed[end[0]:])
	}
	inner := func(in []byte) *xades.Signature {
		d, err := xades.Parse(in)
		if err != nil || len(d.Signatures[0].CounterSignatures) != 1 {
			t.Fatalf("no counter signature: %v", err)
		}
		return d.Signatures[0].CounterSignatures[0]
	}
	octets, err := inner(place(make([]byte, 32), []byte{1})).References[0].Octets()
	if err != nil {
		t.Fatal(err)
	}
	digest := method.Hash.Sum(octets)
	info, err := inner(place(digest, []byte{1})).Digest()
	if err != nil {
		t.Fatal(err)
	}
	made, err := notary.Key.SignDigest(rand.Reader, method.Hash, info)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		in   []byte
		want reasons.Code
	}{
		"good": {place(digest, made), ""}, "another digest": {place(make([]byte, 32), made), reasons.HashFailure},
		"another value": {place(digest, make([]byte, 64)), reasons.SigCryptoFailure},
	} {
		report := w.checkXML(test.in)
		if len(report.Signatures) != 1 || report.Verdict != reasons.TotalPassed || len(report.Signatures[0].CounterSignatures) != 1 {
			t.Fatalf("%s: %+v", name, report)
		}
		c := report.Signatures[0].CounterSignatures[0]
		if c.SubIndication != test.want || c.Signer == nil || c.Signer.Name != "Нотариус" || (c.Facts.Document.Answer == verify.Yes) != (test.want == "") || len(c.Warnings) != 0 {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
