// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// paper is a document of one page.
func paper() map[int]string {
	return map[int]string{
		1: "<</Type/Catalog/Pages 2 0 R>>",
		2: "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 300]>>",
		3: "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>>>",
		4: "<</Length 12>>\nstream\n0 0 30 40 re\nendstream",
	}
}

// appendRevision adds objects with a table of references; the first revision begins the file.
func appendRevision(file []byte, objects map[int]string) []byte {
	b := bytes.NewBuffer(slices.Clone(file))
	prev, root := "", "/Root 1 0 R"
	if len(file) == 0 {
		b.WriteString("%PDF-1.7\n")
	} else {
		at := bytes.LastIndex(file, []byte("startxref\n"))
		prev = "/Prev " + strings.Fields(string(file[at+10:]))[0]
	}
	offsets := map[int]int{}
	numbers := slices.Sorted(maps.Keys(objects))
	for _, n := range numbers {
		offsets[n] = b.Len()
		fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", n, objects[n])
	}
	start := b.Len()
	b.WriteString("xref\n")
	for _, n := range numbers {
		fmt.Fprintf(b, "%d 1\n%010d 00000 n\r\n", n, offsets[n])
	}
	fmt.Fprintf(b, "trailer\n<</Size 60%s%s>>\nstartxref\n%d\n%%%%EOF\n", prev, root, start)
	return b.Bytes()
}

// signPDF appends a signature; with a time, of level T.
func (w *world) signPDF(file []byte, stamp time.Time) []byte {
	w.t.Helper()
	p, err := pades.Prepare(bytes.NewReader(file), int64(len(file)), pades.Options{Time: w.options.At})
	if err != nil {
		w.t.Fatal(err)
	}
	h := w.signer.Key.Kind().Hash()
	digest, err := p.Digest(h)
	if err != nil {
		w.t.Fatal(err)
	}
	attributes := cades.SignedAttributes(cms.OIDData, digest, h, w.signer.Cert, time.Time{})
	value, err := w.signer.Key.SignDigest(rand.Reader, h, h.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		w.t.Fatal(err)
	}
	b := &cms.Builder{
		Certificates: []*x509.Certificate{w.signer.Cert},
		Signers:      []*cms.SignerInfo{cms.NewSigner(w.signer.Cert, h, w.signer.Key.Kind().Algorithm(), attributes, value)},
	}
	if !stamp.IsZero() {
		w.withStamp(stamp)(b)
	}
	tail, err := p.Finish(b.Detached())
	if err != nil {
		w.t.Fatal(err)
	}
	return append(slices.Clone(file), tail...)
}

func (w *world) checkPDF(file []byte) *verify.Report {
	w.t.Helper()
	report, err := verify.CheckPDF(w.t.Context(), "f.pdf", bytes.NewReader(file), int64(len(file)), w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

func TestPDF(t *testing.T) {
	t.Parallel()
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512A, alg.P256} {
		w := newWorld(t, kind)
		signed := w.signPDF(appendRevision(nil, paper()), pkitest.Now.Add(-time.Minute))
		report := w.checkPDF(signed)
		if report.Verdict != reasons.TotalPassed || len(report.Signatures) != 1 {
			t.Fatalf("%s: %+v", kind, report)
		}
		in := verify.Input{Name: "f.pdf", Signature: signed, MayBeDocument: true} // a file of unknown kind
		if report, err := verify.Check(t.Context(), in, w.options); err != nil || report.Verdict != reasons.TotalPassed {
			t.Errorf("%s: as a file of unknown kind: %+v, %v", kind, report, err)
		}
		s := report.Signatures[0]
		if s.Level != string(pades.LevelT) || s.BestTime == nil || s.ClaimedTime == nil || s.Facts.Document.Answer != verify.Yes || len(s.Warnings) != 0 {
			t.Errorf("%s: %+v", kind, s)
		}
	}
}

func TestPDFOfSeveralRevisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	once := w.signPDF(appendRevision(nil, paper()), time.Time{})
	twice := w.signPDF(once, time.Time{})
	report := w.checkPDF(twice)
	if report.Verdict != reasons.TotalPassed || len(report.Signatures) != 2 {
		t.Fatalf("%+v", report)
	}
	if first, second := report.Signatures[0], report.Signatures[1]; len(first.Warnings) != 1 || first.Warnings[0].Code != reasons.WarnLaterRevision || len(second.Warnings) != 0 {
		t.Errorf("warnings %+v and %+v", first.Warnings, second.Warnings)
	}
	// The page is drawn anew after the signature: what is seen was not signed.
	shadow := appendRevision(once, map[int]string{4: "<</Length 12>>\nstream\n9 9 99 99 re\nendstream"})
	report = w.checkPDF(shadow)
	if report.Verdict != reasons.TotalFailed || report.Signatures[0].SubIndication != reasons.FormatFailure ||
		!strings.Contains(report.Signatures[0].Reason.Text, "документ изменили") || report.Signatures[0].Facts.Document.Answer != verify.No {
		t.Errorf("page redrawn: %s %+v", report.Verdict, report.Signatures[0].Reason)
	}
	// An octet inside what is signed.
	for _, at := range []int{12, bytes.Index(once, []byte("0 0 30 40")), len(once) - 8} {
		broken := slices.Clone(once)
		broken[at] ^= 1
		if report := w.checkPDF(broken); report.Verdict == reasons.TotalPassed {
			t.Errorf("octet %d changed: passed", at)
		}
	}
	for name, file := range map[string][]byte{
		"nothing": nil, "not PDF": []byte("plain text"), "no signature": appendRevision(nil, paper()), "cut": once[:len(once)/2],
	} {
		if report := w.checkPDF(file); report.Verdict == reasons.TotalPassed || len(report.Signatures) != 0 || report.Reason == nil {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

// A good stamp in a good signature of a PDF lets it outlive its certificate.
func TestPDFStampProves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	signed := w.signPDF(appendRevision(nil, paper()), pkitest.Now)
	bare := w.signPDF(appendRevision(nil, paper()), time.Time{})
	revoked := x509.Revoked{Serial: w.signer.Cert.Serial, At: pkitest.Now.AddDate(0, 0, 2), Reason: x509.ReasonKeyCompromise}
	w.options.At = pkitest.Now.AddDate(0, 0, 9)
	w.crls(revoked)
	if report := w.checkPDF(signed); report.Verdict != reasons.TotalPassed {
		t.Errorf("stamped before the revocation: %s %+v", report.Verdict, report.Signatures[0].Reason)
	}
	if report := w.checkPDF(bare); report.Verdict != reasons.Indeterminate || report.Signatures[0].SubIndication != reasons.RevokedNoPOE {
		t.Errorf("without a stamp: %s %+v", report.Verdict, report.Signatures[0].Reason)
	}
}

// Real files: what is not signed, what is, and what was done to them afterwards.
func TestPDFCorpus(t *testing.T) {
	t.Parallel()
	counts := map[reasons.Code]int{}
	for file, want := range map[string]reasons.Code{
		"pades-gost/12_cam_NULL.pdf":                             "",
		"pades-gost/01_okular_BES.pdf":                           reasons.Indeterminate, // the certificate has expired, no stamp
		"pades-gost/04_cam_BES_signers_free_area_signed_BES.pdf": reasons.Indeterminate,
		"pades-gost/15_fns_1.pdf":                                reasons.Indeterminate,
		"generic/pades/modified_after_signature.pdf":             reasons.TotalFailed,
		"generic/pades/pades-spoofing-replaced-reason.pdf":       reasons.TotalFailed,
		"generic/pades/pdf-spoofing-attack.pdf":                  reasons.TotalFailed,
		"generic/pades/pdf-byterange-overlap.pdf":                reasons.TotalFailed,
		"generic/pades/pdf-signed-corrupted.pdf":                 reasons.TotalFailed,
		"generic/pades/pdf-signed-out-of-byteRange.pdf":          reasons.TotalFailed,
		"generic/pades/hello_signed_INCSAVE_signed_EDITED.pdf":   reasons.TotalFailed,
		"generic/pades/pyhanko-signature-gap-too-big.pdf":        reasons.TotalFailed,
		"generic/pades/pades_infinite_loop.pdf":                  reasons.TotalFailed,
		"generic/pades/BadEncodedCMS.pdf":                        reasons.TotalFailed,
		"generic/pades/hello_signed_INCSAVE_signed.pdf":          reasons.Indeterminate,
		"generic/pades/pades-bes.pdf":                            reasons.Indeterminate,
		"generic/pades/pades-signed-filled-form.pdf":             reasons.Indeterminate,
		"generic/pades/pades-bes-no-certificates.pdf":            reasons.Indeterminate,
	} {
		in := pkitest.ReadCorpus(t, file)
		report, err := verify.CheckPDF(t.Context(), file, bytes.NewReader(in), int64(len(in)), verify.Options{At: time.Now(), Language: reasons.Russian})
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if len(report.Signatures) != 0 || report.Reason == nil {
				t.Errorf("%s: %+v", file, report)
			}
			continue
		}
		counts[report.Verdict]++
		if report.Verdict != want {
			t.Errorf("%s: %s, want %s: %+v", file, report.Verdict, want, report.Signatures)
		}
		for _, s := range report.Signatures { // without trust nothing passes, but what was not changed is said to be whole
			if want == reasons.Indeterminate && s.Facts.Document.Answer == verify.No {
				t.Errorf("%s: %+v", file, s.Facts.Document)
			}
		}
	}
	t.Logf("PDF files of the corpus: %d open without trust, %d refused", counts[reasons.Indeterminate], counts[reasons.TotalFailed])
}
