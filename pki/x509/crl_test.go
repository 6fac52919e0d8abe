// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func reasons() []x509.Reason {
	return []x509.Reason{
		x509.ReasonUnspecified, x509.ReasonKeyCompromise, x509.ReasonCACompromise, x509.ReasonAffiliationChanged,
		x509.ReasonSuperseded, x509.ReasonCessationOfOperation, x509.ReasonCertificateHold, x509.ReasonRemoveFromCRL,
		x509.ReasonPrivilegeWithdrawn, x509.ReasonAACompromise,
	}
}

// TestMakeCRL makes a list with every reason and reads it back.
func TestMakeCRL(t *testing.T) {
	t.Parallel()
	for _, k := range pkitest.Kinds() {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			ca := pkitest.Root(t, k, "CN=CA")
			template := &x509.CRLTemplate{
				Issuer: ca.Cert.Subject, ThisUpdate: pkitest.Now, NextUpdate: pkitest.Now.Add(time.Hour),
				Number: x509.NewSerial([]byte{0xff, 0}), AuthorityKeyID: ca.Cert.SubjectKeyID,
				FreshestCRL: []string{"http://a.example/d.crl"},
				Point:       &x509.IssuingPoint{Names: []x509.GeneralName{x509.URI("http://a.example/1.crl")}, OnlyUserCerts: true, OnlySomeReasons: 0x7e},
			}
			for i, r := range reasons() {
				e := x509.Revoked{Serial: x509.NewSerial([]byte{byte(200 - i), 1}), At: pkitest.Start, Reason: r, Issuer: ca.Cert.Subject}
				if i%2 == 1 {
					e.InvalidityDate = pkitest.Start.Add(-time.Hour)
				}
				template.Revoked = append(template.Revoked, e)
			}
			raw, err := x509.CreateCRL(rand.Reader, template, ca.Key)
			if err != nil {
				t.Fatal(err)
			}
			list, err := x509.ParseCRL(raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := list.CheckSignatureFrom(ca.Cert); err != nil {
				t.Error(err)
			}
			sameList(t, list, template)
		})
	}
}

func sameList(t *testing.T, list *x509.CRL, template *x509.CRLTemplate) {
	t.Helper()
	if list.Version != 2 || !list.Number.Equal(template.Number) || list.IsDelta || !bytes.Equal(list.AuthorityKeyID, template.AuthorityKeyID) ||
		!list.ThisUpdate.Equal(template.ThisUpdate) || !list.NextUpdate.Equal(template.NextUpdate) || len(list.UnknownCritical) != 0 || len(list.FreshestCRL) != 1 {
		t.Errorf("%+v", list)
	}
	ignore := cmpopts.IgnoreFields(x509.GeneralName{}, "Raw")
	if diff := cmp.Diff(template.Point, list.Point, ignore); diff != "" {
		t.Errorf("point (-want +got):\n%s", diff)
	}
	for _, want := range template.Revoked {
		got, ok := list.Find(want.Serial)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Serial, diff)
		}
	}
	previous, n := x509.Serial(nil), 0
	for e := range list.All() {
		if bytes.Compare(previous, e.Serial) >= 0 {
			t.Errorf("%s after %s", e.Serial, previous)
		}
		previous = e.Serial
		n++
	}
	for range list.All() {
		break // an early end must be allowed
	}
	if n != len(template.Revoked) || list.Len() != n {
		t.Errorf("%d entries", n)
	}
	if _, ok := list.FindOf(x509.Name{}, template.Revoked[0].Serial); ok {
		t.Error("found for another issuer")
	}
}

func TestDeltaCRL(t *testing.T) {
	t.Parallel()
	ca := pkitest.Root(t, alg.GOST256B, "CN=CA")
	raw, err := x509.CreateCRL(rand.Reader, &x509.CRLTemplate{
		Issuer: ca.Cert.Subject, ThisUpdate: pkitest.Now, NextUpdate: pkitest.Now.Add(time.Hour),
		Number: x509.NewSerial([]byte{9}), IsDelta: true, DeltaBase: x509.NewSerial([]byte{7}),
	}, ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseCRL(raw)
	if err != nil || !list.IsDelta || list.DeltaBase.Decimal() != "7" || list.Len() != 0 || list.CheckSignatureFrom(ca.Cert) != nil {
		t.Errorf("%+v, %v", list, err)
	}
	delta := x509.FindExtension(list.Extensions, x509.OIDDeltaCRLIndicator)
	if delta == nil || !delta.Critical {
		t.Error("the indicator is not critical")
	}
	other := pkitest.Root(t, alg.GOST256B, "CN=Other")
	if err := list.CheckSignatureFrom(other.Cert); !errors.Is(err, x509.ErrNotIssuer) {
		t.Error(err)
	}
}

// TestBadCRLTemplates lists what a list must not be made of.
func TestBadCRLTemplates(t *testing.T) {
	t.Parallel()
	name := pkitest.Name(t, "CN=CA")
	entry := x509.Revoked{Serial: x509.NewSerial([]byte{1}), At: pkitest.Start}
	for what, spoil := range map[string]func(*x509.CRLTemplate){
		"no issuer":           func(t *x509.CRLTemplate) { t.Issuer = x509.Name{} },
		"no number":           func(t *x509.CRLTemplate) { t.Number = nil },
		"number of 21 octets": func(t *x509.CRLTemplate) { t.Number = bytes.Repeat([]byte{1}, 21) },
		"no time":             func(t *x509.CRLTemplate) { t.ThisUpdate = time.Time{} },
		"no next time":        func(t *x509.CRLTemplate) { t.NextUpdate = time.Time{} },
		"entry without number": func(t *x509.CRLTemplate) {
			t.Revoked[0].Serial = nil
		},
		"entry without time":     func(t *x509.CRLTemplate) { t.Revoked[0].At = time.Time{} },
		"entry with reason 7":    func(t *x509.CRLTemplate) { t.Revoked[0].Reason = 7 },
		"indirect":               func(t *x509.CRLTemplate) { t.Point = &x509.IssuingPoint{Indirect: true} },
		"point not ASCII":        func(t *x509.CRLTemplate) { t.Point = &x509.IssuingPoint{Names: []x509.GeneralName{x509.URI("ы")}} },
		"delta of delta":         func(t *x509.CRLTemplate) { t.IsDelta, t.FreshestCRL = true, []string{"http://a.example/"} },
		"delta address":          func(t *x509.CRLTemplate) { t.FreshestCRL = []string{"ы"} },
		"extension of the field": func(t *x509.CRLTemplate) { t.Extra = []x509.Extension{{OID: x509.OIDCRLNumber}} },
	} {
		template := &x509.CRLTemplate{Issuer: name, ThisUpdate: pkitest.Now, NextUpdate: pkitest.Now.Add(1), Number: x509.NewSerial([]byte{1}), Revoked: []x509.Revoked{entry}}
		spoil(template)
		if _, err := template.TBS(alg.GOST256B.Algorithm()); !errors.Is(err, x509.ErrTemplate) && !errors.Is(err, x509.ErrName) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range reasons() {
		if !r.Valid() || r.String() == "" || seen[r.String()] {
			t.Errorf("%d: %q", r, r)
		}
		seen[r.String()] = true
	}
	for _, r := range []x509.Reason{-1, 7, 11} {
		if r.Valid() || r.String() != "" {
			t.Errorf("%d is a reason", r)
		}
	}
}

// unsignedCRL frames entries as a list with a signature of zeros.
func unsignedCRL(t testing.TB, entries, extensions []byte) []byte {
	t.Helper()
	a := alg.GOST256B.Algorithm()
	var list, ext []byte
	if entries != nil {
		list = der.Sequence(entries)
	}
	if extensions != nil {
		ext = der.Explicit(0, extensions)
	}
	tbs := der.Sequence(der.Int(1), a.Identifier(), pkitest.Name(t, "CN=CA").Raw, der.Time(pkitest.Now), der.Time(pkitest.End), list, ext)
	return x509.AssembleSigned(tbs, a, make([]byte, 64))
}

// TestIndirectCRL finds entries by issuer and number (RFC 5280, 5.3.3).
func TestIndirectCRL(t *testing.T) {
	t.Parallel()
	entry := func(serial byte, issuer string) []byte {
		var ext []byte
		if issuer != "" {
			name, err := x509.Directory(pkitest.Name(t, issuer)).Encode()
			if err != nil {
				t.Fatal(err)
			}
			ext = x509.EncodeExtensions([]x509.Extension{{OID: x509.OIDCertificateIssuer, Critical: true, Value: der.Sequence(name)}})
		}
		return der.Sequence(der.Int(int64(serial)), der.Time(pkitest.Start.Add(time.Duration(serial)*time.Second)), ext)
	}
	entries := bytes.Join([][]byte{entry(9, ""), entry(5, "CN=A"), entry(3, ""), entry(5, "CN=B"), entry(9, "")}, nil)
	list, err := x509.ParseCRL(unsignedCRL(t, entries, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		issuer string
		serial byte
		found  bool
	}{
		{"CN=CA", 9, true}, {"CN=A", 5, true}, {"CN=A", 3, true}, {"CN=B", 5, true}, {"CN=B", 9, true},
		{"CN=A", 9, false}, {"CN=CA", 5, false}, {"CN=B", 3, false}, {"CN=C", 5, false},
	} {
		e, ok := list.FindOf(pkitest.Name(t, c.issuer), x509.NewSerial([]byte{c.serial}))
		if ok != c.found || ok && !e.Issuer.Equal(pkitest.Name(t, c.issuer)) {
			t.Errorf("%s, %d: %v", c.issuer, c.serial, ok)
		}
	}
}

// TestBrokenCRL lists lists that are refused, with the reason.
func TestBrokenCRL(t *testing.T) {
	t.Parallel()
	when := der.Time(pkitest.Start)
	ext := func(oid der.OID, critical bool, value []byte) []byte {
		return x509.EncodeExtensions([]x509.Extension{{OID: oid, Critical: critical, Value: value}})
	}
	for name, c := range map[string]struct {
		entries, extensions []byte
		reason              string
	}{
		"serial not an integer": {der.Sequence(der.Null(), when), nil, "unexpected tag 0x05, want 0x02"},
		"no time":               {der.Sequence(der.Int(1)), nil, "time expected"},
		"serial too long":       {der.Sequence(der.Unsigned(bytes.Repeat([]byte{1}, 200)), when), nil, "serial number too long"},
		"reason 7":              {der.Sequence(der.Int(1), when, ext(x509.OIDReasonCode, false, der.Enumerated(7))), nil, "unknown reason"},
		"reason not enumerated": {der.Sequence(der.Int(1), when, ext(x509.OIDReasonCode, false, der.Int(1))), nil, "unexpected tag 0x02, want 0x0a"},
		"invalidity date":       {der.Sequence(der.Int(1), when, ext(x509.OIDInvalidityDate, false, when)), nil, "unexpected tag 0x17, want 0x18"},
		"rest of entry":         {der.Sequence(der.Int(1), when, der.Sequence(), der.Null()), nil, "trailing octets"},
		"extension twice":       {nil, der.Sequence((x509.Extension{OID: "1.2.3"}).Encode(), (x509.Extension{OID: "1.2.3"}).Encode()), "extension repeated"},
		"number not an integer": {nil, ext(x509.OIDCRLNumber, false, der.Null()), "unexpected tag 0x05, want 0x02"},
		"point":                 {nil, ext(x509.OIDIssuingDistributionPoint, true, der.Sequence(der.Element(der.Context(1), []byte{1}))), "boolean not 00 or FF"},
		"rest of point":         {nil, ext(x509.OIDIssuingDistributionPoint, true, der.Sequence(der.Null())), "trailing octets"},
	} {
		_, err := x509.ParseCRL(unsignedCRL(t, c.entries, c.extensions))
		wantReason(t, name, err, c.reason)
	}
	if _, err := x509.ParseCRL(make([]byte, 128<<20+1)); !errors.Is(err, x509.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	good := unsignedCRL(t, der.Sequence(der.Int(1), when, ext("1.2.3", true, nil)), ext("1.2.4", true, nil))
	list, err := x509.ParseCRL(good)
	if err != nil || !cmp.Equal(list.UnknownCritical, []der.OID{"1.2.3", "1.2.4"}) {
		t.Errorf("unknown critical: %v, %v", list, err)
	}
	for i := range good {
		if _, err := x509.ParseCRL(good[:i]); err == nil {
			t.Errorf("%d octets of %d were read", i, len(good))
		}
	}
}

// wantReason checks the reason of a syntax error.
func wantReason(t *testing.T, name string, err error, reason string) {
	t.Helper()
	var syntax *der.SyntaxError
	if !errors.As(err, &syntax) || syntax.Reason != reason {
		t.Errorf("%s: %v, want %q", name, err, reason)
	}
}

// largeCRL makes a list of n entries in no order.
func largeCRL(t testing.TB, n int) (raw []byte, serial func(i int) x509.Serial) {
	t.Helper()
	serial = func(i int) x509.Serial {
		// An odd multiplier permutes the numbers below 2^64.
		return x509.NewSerial(binary.BigEndian.AppendUint64([]byte{1}, uint64(i)*0x9E3779B97F4A7C15))
	}
	when := der.Time(pkitest.Start)
	reason := x509.EncodeExtensions([]x509.Extension{{OID: x509.OIDReasonCode, Value: der.Enumerated(4)}})
	var entries []byte
	for i := range n {
		entries = append(entries, der.Sequence(serial(i).Encode(), when, reason)...)
	}
	return unsignedCRL(t, entries, nil), serial
}

// TestLargeCRL finds each of many entries and none that is not there: 10^5
// searches, which from the start of the list would be 10^10 steps.
func TestLargeCRL(t *testing.T) {
	t.Parallel()
	const n = 50_000
	raw, serial := largeCRL(t, n)
	list, err := x509.ParseCRL(raw)
	if err != nil || list.Len() != n {
		t.Fatal(err)
	}
	for i := range n {
		if e, ok := list.Find(serial(i)); !ok || !e.Serial.Equal(serial(i)) || e.Reason != x509.ReasonSuperseded {
			t.Fatalf("entry %d not found", i)
		}
	}
	for i := n; i < 2*n; i++ {
		if _, ok := list.Find(serial(i)); ok {
			t.Fatalf("%d found, it is not there", i)
		}
	}
}

func BenchmarkParseCRL(b *testing.B) {
	raw, _ := largeCRL(b, 100_000)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := x509.ParseCRL(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFindInCRL(b *testing.B) {
	raw, serial := largeCRL(b, 100_000)
	list, err := x509.ParseCRL(raw)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if _, ok := list.Find(serial(i % 100_000)); !ok {
			b.Fatal("not found")
		}
	}
}
