// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/verify"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

type packed struct {
	name    string
	content []byte
}

func pack(t testing.TB, files ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		e, err := w.Create(f.name)
		if err == nil {
			_, err = e.Write(f.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asicManifest is over files by Streebog-256.
func asicManifest(signature string, files ...packed) []byte {
	var b strings.Builder
	b.WriteString(`<ASiCManifest xmlns="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><SigReference URI="` + signature + `"/>`)
	for _, f := range files {
		fmt.Fprintf(&b, `<DataObjectReference URI="%s"><ds:DigestMethod Algorithm="urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256"/><ds:DigestValue>%s</ds:DigestValue></DataObjectReference>`,
			f.name, base64.StdEncoding.EncodeToString(alg.Streebog256.Sum(f.content)))
	}
	return []byte(b.String() + `</ASiCManifest>`)
}

// signed is a detached signature over octets.
func (w *world) signed(document []byte) []byte {
	old := w.document
	w.document = document
	defer func() { w.document = old }()
	return w.sign(time.Time{})
}

// token is a time stamp over octets.
func (w *world) token(over []byte) []byte {
	w.t.Helper()
	q, err := tsp.NewRequest(randReader{}, alg.Streebog256, alg.Streebog256.Sum(over))
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := stampAt{w.tsa, pkitest.Now}.Timestamp(w.t.Context(), q.Marshal())
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := tsp.ParseResponse(answer)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.Token
}

func (w *world) file(in []byte) *verify.Report {
	w.t.Helper()
	report, err := verify.Check(w.t.Context(), verify.Input{Name: "f", Signature: in, MayBeDocument: true}, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

// TestContainers: what lies in a container goes through the same judge; what is not signed
// is said.
// S002-015
func TestContainers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	one, two := packed{"один.txt", []byte("первый")}, packed{"два.txt", []byte("второй")}
	changed := packed{one.name, []byte("другой")}
	simple, extended := packed{"mimetype", []byte("application/vnd.etsi.asic-s+zip")}, packed{"mimetype", []byte("application/vnd.etsi.asic-e+zip")}
	sig := func(document []byte) packed { return packed{"META-INF/signature.p7s", w.signed(document)} }
	manifest := asicManifest("META-INF/signature.p7s", one, two)
	m := packed{"META-INF/ASiCManifest.xml", manifest}
	short := asicManifest("META-INF/signature.p7s", one)
	aside, none := asicManifest("META-INF/signature.p7s", extended), asicManifest("META-INF/signature.p7s")
	unstamped := asicManifest("META-INF/timestamp.tst")
	stamped := asicManifest("META-INF/timestamp.tst", one)
	warned := func(r *verify.Report) bool {
		return len(r.Signatures) > 0 && slices.ContainsFunc(r.Signatures[0].Warnings, func(w verify.Warning) bool { return w.Code == reasons.WarnContainerPart })
	}
	for _, test := range []struct {
		name    string
		files   []packed
		kind    format.Kind
		verdict reasons.Code
		sub     reasons.Code // of the first signature or stamp
		part    bool
	}{
		{"simple", []packed{simple, one, sig(one.content)}, format.Signature, reasons.TotalPassed, "", false},
		{"simple, changed", []packed{simple, changed, sig(one.content)}, format.Signature, reasons.TotalFailed, reasons.HashFailure, false},
		{"simple, no document", []packed{simple, sig(one.content)}, format.Signature, reasons.Indeterminate, reasons.SignedDataNotFound, false},
		{"simple, two documents", []packed{simple, one, two, sig(one.content)}, format.Signature, reasons.TotalFailed, reasons.FormatFailure, false},
		{"simple, stamp", []packed{simple, one, {"META-INF/timestamp.tst", w.token(one.content)}}, format.Timestamp, reasons.TotalPassed, "", false},
		{"simple, stamp of another", []packed{simple, changed, {"META-INF/timestamp.tst", w.token(one.content)}}, format.Timestamp, reasons.TotalFailed, reasons.HashFailure, false},
		{"simple, garbage", []packed{simple, one, {"META-INF/signature.p7s", []byte("x")}}, format.Signature, reasons.TotalFailed, reasons.FormatFailure, false},
		{"simple, garbage in XML", []packed{simple, one, {"META-INF/signatures.xml", []byte("<a>")}}, format.Signature, reasons.TotalFailed, reasons.FormatFailure, false},
		{"simple, garbage for a stamp", []packed{simple, one, {"META-INF/timestamp.tst", []byte("x")}}, format.Timestamp, reasons.TotalFailed, reasons.FormatFailure, false},
		{"extended", []packed{extended, one, two, sig(manifest), m}, format.Signature, reasons.TotalPassed, "", false},
		{"extended, one changed", []packed{extended, changed, two, sig(manifest), m}, format.Signature, reasons.TotalFailed, reasons.HashFailure, false},
		{"extended, one missing", []packed{extended, two, sig(manifest), m}, format.Signature, reasons.Indeterminate, reasons.SignedDataNotFound, false},
		{"extended, one not signed", []packed{extended, one, two, sig(short), {m.name, short}}, format.Signature, reasons.TotalPassed, "", true},
		{"extended, signed but for the documents", []packed{extended, one, sig(aside), {m.name, aside}}, format.Signature, reasons.TotalFailed, reasons.FormatFailure, true},
		{"extended, nothing is signed", []packed{extended, one, sig(none), {m.name, none}}, format.Signature, reasons.TotalFailed, reasons.FormatFailure, true},
		{"extended, nothing is stamped", []packed{extended, one, {"META-INF/timestamp.tst", w.token(unstamped)}, {m.name, unstamped}}, format.Timestamp, reasons.TotalFailed, reasons.HashFailure, false},
		{"extended, manifest changed", []packed{extended, one, two, sig(manifest), {m.name, short}}, format.Signature, reasons.TotalFailed, reasons.HashFailure, true},
		{"extended, manifest broken", []packed{extended, one, sig(manifest), {m.name, []byte("<a>")}}, format.Signature, reasons.TotalFailed, reasons.FormatFailure, true},
		{"extended, stamp", []packed{extended, one, {"META-INF/timestamp.tst", w.token(stamped)}, {m.name, stamped}}, format.Timestamp, reasons.TotalPassed, "", false},
		{"extended, stamp, changed", []packed{extended, changed, {"META-INF/timestamp.tst", w.token(stamped)}, {m.name, stamped}}, format.Timestamp, reasons.TotalFailed, reasons.HashFailure, false},
		{"pairs", []packed{one, {"один.txt.sig", w.signed(one.content)}, two, {"два.txt.sig", w.signed(two.content)}}, format.Signature, reasons.TotalPassed, "", false},
		{"a pair that does not fit", []packed{one, {"один.txt.sig", w.signed(two.content)}}, format.Signature, reasons.TotalFailed, reasons.HashFailure, false},
		{"a signature without its document", []packed{{"один.txt.sig", w.signed(one.content)}}, format.Signature, reasons.Indeterminate, reasons.SignedDataNotFound, false},
		{"simple, no signature inside", []packed{simple, one, {"META-INF/signatures.xml", []byte("<XAdESSignatures/>")}}, format.Archive, reasons.Indeterminate, "", false},
		{"plain", []packed{one, two}, format.Archive, reasons.Indeterminate, "", false},
	} {
		r := w.file(pack(t, test.files...))
		var got reasons.Code
		if len(r.Signatures) > 0 {
			got = r.Signatures[0].SubIndication
		} else if len(r.Timestamps) > 0 {
			got = r.Timestamps[0].SubIndication
		}
		if r.Kind != test.kind || r.Verdict != test.verdict || got != test.sub || warned(r) != test.part {
			t.Errorf("%s: %s %s %s, part %v", test.name, r.Kind, r.Verdict, got, warned(r))
		}
		if (len(r.Signatures)+len(r.Timestamps) == 0) != (r.Reason != nil) {
			t.Errorf("%s: %+v", test.name, r.Reason)
		}
	}
	w.options.Policy = verify.DefaultPolicy()
	w.options.Policy.RequireWholeDocument = true
	if r := w.file(pack(t, extended, one, two, sig(short), packed{m.name, short})); r.Signatures[0].SubIndication != reasons.SigConstraints {
		t.Errorf("the whole is required: %s", r.Signatures[0].SubIndication)
	}
}

// TestArchivesThatAreNotOpened say why.
func TestArchivesThatAreNotOpened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	good := pack(t, packed{"a", []byte("x")})
	bomb := pack(t, packed{"a", make([]byte, 8<<20)})
	encrypted := bytes.Clone(good)
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	for text, in := range map[string][]byte{"повреждён": good[:len(good)-3], "слишком велик": bomb, "зашифрован": encrypted} {
		r := w.file(in)
		if r.Kind != format.Archive || r.Verdict != reasons.Indeterminate || r.Reason == nil || !strings.Contains(r.Reason.Text, text) {
			t.Errorf("%s: %+v", text, r.Reason)
		}
	}
}

// TestSignedMail: multipart/signed, whatever its line ends became on the way.
func TestSignedMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	part := "Content-Type: text/plain; charset=utf-8\r\n\r\nПрошу выдать.\r\n"
	mail := "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=\"md_gost12_256\"; boundary=\"x\"\r\n\r\n" +
		"--x\r\n" + part + "\r\n--x\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(w.signed([]byte(part))) + "\r\n--x--\r\n"
	for name, test := range map[string]struct {
		in      string
		verdict reasons.Code
	}{
		"as sent": {mail, reasons.TotalPassed}, "of Unix": {strings.ReplaceAll(mail, "\r\n", "\n"), reasons.TotalPassed},
		"changed": {strings.Replace(mail, "выдать", "отозвать", 1), reasons.TotalFailed},
	} {
		if r := w.file([]byte(test.in)); r.Kind != format.Signature || r.Verdict != test.verdict {
			t.Errorf("%s: %s %s", name, r.Kind, r.Verdict)
		}
	}
}
