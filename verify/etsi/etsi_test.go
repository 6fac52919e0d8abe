// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package etsi_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/etsi"
	"podpis/verify/reasons"
)

// authority is a root, a signer and a time stamp service, with the root's list.
type authority struct{ root, signer, tsa *pkitest.Identity }

func newAuthority(t *testing.T) authority {
	t.Helper()
	root := pkitest.Root(t, alg.GOST256A, "CN=Головной УЦ")
	return authority{root, root.Signer(t, alg.GOST256A, "CN=Иванов Иван"), root.TSA(t, alg.GOST256A)}
}

// Timestamp answers for [sign.Options].
func (a authority) Timestamp(_ context.Context, request []byte) ([]byte, error) {
	q, err := tsp.ParseRequest(request)
	if err != nil {
		return nil, err
	}
	template := tsp.Template{Request: q, Policy: "1.2.3.4", Serial: x509.NewSerial([]byte{1}), Time: pkitest.Now, Certificate: a.tsa.Cert}
	token, err := template.Token(rand.Reader, a.tsa.Key)
	if err != nil {
		return nil, err
	}
	return tsp.Grant(token).Marshal(), nil
}

func (a authority) report(t *testing.T, at time.Time, revoked ...x509.Revoked) *verify.Report {
	t.Helper()
	document := []byte("договор")
	message := a.sign(t, document)
	pool := new(verify.Pool)
	if err := pool.AddCRL(a.root.CRL(t, at.Add(-time.Hour), at.AddDate(0, 1, 0), revoked...), "http://ca.example/root.crl"); err != nil {
		t.Fatal(err)
	}
	report, err := verify.Check(t.Context(), verify.Input{Name: "договор.txt", Signature: message, Document: bytes.NewReader(document)}, verify.Options{
		At: at, Trust: []verify.Anchor{{Certificate: a.root.Cert}}, Evidence: []verify.Evidence{pool}, Language: reasons.Russian,
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// element is any element, for looking at what was written.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) find(path string) []element {
	name, rest, more := strings.Cut(path, "/")
	var out []element
	for _, c := range e.Children {
		switch {
		case c.XMLName.Local != name:
		case more:
			out = append(out, c.find(rest)...)
		default:
			out = append(out, c)
		}
	}
	return out
}

func (e element) texts(path string) []string {
	var out []string
	for _, c := range e.find(path) {
		out = append(out, strings.TrimSpace(c.Text))
	}
	return out
}

func write(t *testing.T, r *verify.Report) element {
	t.Helper()
	var b bytes.Buffer
	if err := etsi.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	var root element
	if err := xml.Unmarshal(b.Bytes(), &root); err != nil {
		t.Fatal(err)
	}
	if root.XMLName != (xml.Name{Space: "http://uri.etsi.org/19102/v1.4.1#", Local: "ValidationReport"}) {
		t.Fatal(root.XMLName)
	}
	wellReferred(t, root)
	return root
}

// wellReferred checks that every reference leads to an object, and every object has one id.
func wellReferred(t *testing.T, root element) {
	t.Helper()
	ids := map[string]int{}
	var walk func(element, func(xml.Attr))
	walk = func(e element, f func(xml.Attr)) {
		for _, a := range e.Attrs {
			f(a)
		}
		for _, c := range e.Children {
			walk(c, f)
		}
	}
	walk(root, func(a xml.Attr) {
		if a.Name.Local == "id" {
			ids[a.Value]++
		}
	})
	walk(root, func(a xml.Attr) {
		if a.Name.Local == "VOReference" && ids[a.Value] != 1 {
			t.Errorf("reference to %s: %d objects", a.Value, ids[a.Value])
		}
	})
}

func TestPassed(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	root := write(t, a.report(t, pkitest.Now))
	for path, want := range map[string][]string{
		"SignatureValidationReport/SignatureValidationStatus/MainIndication":                                    {"urn:etsi:019102:mainindication:total-passed"},
		"SignatureValidationReport/SignatureValidationStatus/SubIndication":                                     nil,
		"SignatureValidationReport/ValidationTimeInfo/ValidationTime":                                           {pkitest.Now.UTC().Format(time.RFC3339)},
		"SignatureValidationReport/SignatureValidationProcess/SignatureValidationProcessID":                     {"urn:etsi:019102:validationprocess:LTVM"},
		"SignatureValidationReport/SignerInformation/Signer":                                                    {"CN=Иванов Иван"},
		"SignatureValidationReport/SignatureAttributes/SignatureTimeStamp/TimeStampValue":                       {pkitest.Now.UTC().Format(time.RFC3339)},
		"SignatureValidationObjects/ValidationObject/ValidationReport/SignatureValidationStatus/MainIndication": {"urn:etsi:019102:mainindication:passed"},
	} {
		if got := root.texts(path); !slices.Equal(got, want) {
			t.Errorf("%s: %q", path, got)
		}
	}
	if got := root.texts("SignatureValidationObjects/ValidationObject/ObjectType"); len(got) != 3 { // signer, root, stamp
		t.Error(got)
	}
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	at := pkitest.Now.Add(time.Hour)
	root := write(t, a.report(t, at, x509.Revoked{Serial: a.signer.Cert.Serial, At: pkitest.Now.Add(-time.Minute), Reason: x509.ReasonKeyCompromise}))
	status := "SignatureValidationReport/SignatureValidationStatus/"
	if got := root.texts(status + "SubIndication"); !slices.Equal(got, []string{"urn:etsi:019102:subindication:REVOKED_NO_POE"}) {
		t.Error(got)
	}
	data := root.find(status + "AssociatedValidationReportData/RevocationStatusInformation")
	if len(data) != 1 || !slices.Equal(data[0].texts("RevocationReason"), []string{"urn:etsi:019102:revocationReason:keyCompromise"}) {
		t.Error(data)
	}
	reasonTexts := root.texts(status + "AssociatedValidationReportData/AdditionalValidationReportData/ReportData/Value")
	if len(reasonTexts) == 0 || !strings.Contains(reasonTexts[0], "отозван") {
		t.Error(reasonTexts)
	}
}

// A counter signature has a part of its own, behind that of its signature.
func TestCounterSignature(t *testing.T) {
	t.Parallel()
	r := newAuthority(t).report(t, pkitest.Now)
	over := r.Signatures[0]
	over.ID = "1.1"
	over.CounterSignatures = nil
	r.Signatures[0].CounterSignatures = []verify.Signature{over}
	if got := write(t, r).texts("SignatureValidationReport/SignatureIdentifier/DAIdentifier"); !slices.Equal(got, []string{"1", "1.1"}) {
		t.Error(got)
	}
}

func TestNothingToReport(t *testing.T) {
	t.Parallel()
	report, err := verify.Check(t.Context(), verify.Input{Name: "a.txt", Signature: []byte("plain"), MayBeDocument: true}, verify.Options{At: pkitest.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := etsi.Write(io.Discard, report); !errors.Is(err, etsi.ErrNoSignature) {
		t.Error(err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriterFails(t *testing.T) {
	t.Parallel()
	if err := etsi.Write(brokenPipe{}, newAuthority(t).report(t, pkitest.Now)); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func (a authority) sign(t *testing.T, document []byte) []byte {
	t.Helper()
	o := sign.Options{Certificate: a.signer.Cert, Time: pkitest.Now, Level: sign.T, Timestamper: a}
	message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(document), a.signer.Key, o)
	if err != nil {
		t.Fatal(err)
	}
	return message
}
