// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"crypto/rand"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// archive raises a message of level T: it encloses what the world knows and has it stamped by an authority.
func (w *world) archive(message []byte, by *pkitest.Identity, at time.Time) []byte {
	w.t.Helper()
	sd, err := cms.ParseSignedData(message)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range []*x509.Certificate{w.ca.Cert, w.root.Cert, w.tsa.Cert} {
		sd.AddCertificate(c)
	}
	for _, d := range w.pool.Data {
		if d.CRL != nil {
			sd.AddCRL(d.CRL.Raw)
		}
	}
	h := by.Key.Kind().Hash()
	a := cades.NewArchive(sd, sd.Signers[0], h, h.Sum(w.document))
	q, err := tsp.NewRequest(rand.Reader, h, a.Imprint())
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := stampAt{by, at}.Timestamp(w.t.Context(), q.Marshal())
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := tsp.ParseResponse(answer)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := a.Add(response.Token); err != nil {
		w.t.Fatal(err)
	}
	return sd.Encode()
}

// A signature outlives its certificates: years later, when signer, authority and first stamp have expired, an archive stamp
// of a living authority proves when everything was there.
func TestArchiveOutlivesCertificates(t *testing.T) {
	t.Parallel()
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512A, alg.P256} {
		w := newWorld(t, kind)
		signed := pkitest.Now
		message := w.sign(signed)
		w.options.At = signed.Add(time.Hour)
		w.crls()
		later := w.root.TSA(t, kind, func(x *x509.Template) { x.NotAfter = pkitest.End.AddDate(20, 0, 0) })
		archived := w.archive(message, later, signed.Add(2*time.Hour))

		if s := w.check(archived); s.Verdict != reasons.TotalPassed || s.Level != string(cades.LevelLTA) || len(s.Timestamps) != 2 {
			t.Errorf("%s, the same day: %s %s %s %+v", kind, s.Verdict, s.SubIndication, s.Level, s.Timestamps)
		}
		// Seven years on: the signer, the authority and the first stamp have expired; nobody answers for them.
		w.options.At = pkitest.End.AddDate(7, 0, 0)
		w.pool.Data = nil
		w.addCRL(w.root, w.options.At.Add(-time.Hour), w.options.At.AddDate(0, 1, 0))
		s := w.check(archived)
		if s.Verdict != reasons.TotalPassed || s.BestTime == nil || !s.BestTime.Equal(signed) {
			t.Errorf("%s, years later: %s %s %+v", kind, s.Verdict, s.SubIndication, s.Timestamps)
		}
		if s := w.check(message); s.Verdict != reasons.Indeterminate {
			t.Errorf("%s, years later without the archive: %s %s", kind, s.Verdict, s.SubIndication)
		}
	}
}

// An archive stamp proves nothing for what it does not cover, and nothing if it is not good itself.
func TestArchiveProvesWhatItCovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	message := w.sign(pkitest.Now)
	later := w.root.TSA(t, alg.GOST256B, func(x *x509.Template) { x.NotAfter = pkitest.End.AddDate(20, 0, 0) })
	archived := w.archive(message, later, pkitest.Now.Add(2*time.Hour))
	w.options.At = pkitest.End.AddDate(7, 0, 0)
	w.pool.Data = nil
	w.addCRL(w.root, w.options.At.Add(-time.Hour), w.options.At.AddDate(0, 1, 0))

	change := func(f func(sd *cms.SignedData, si *cms.SignerInfo)) verify.Signature {
		sd, err := cms.ParseSignedData(archived)
		if err != nil {
			t.Fatal(err)
		}
		f(sd, sd.Signers[0])
		return w.check(sd.Encode())
	}
	if s := change(func(*cms.SignedData, *cms.SignerInfo) {}); s.Verdict != reasons.TotalPassed {
		t.Fatalf("unchanged: %s %s", s.Verdict, s.SubIndication)
	}
	for name, f := range map[string]func(sd *cms.SignedData, si *cms.SignerInfo){
		"signature stamp taken out": func(_ *cms.SignedData, si *cms.SignerInfo) {
			si.UnsignedAttributes = si.UnsignedAttributes[1:]
		},
		"another signature stamp in its place": func(_ *cms.SignedData, si *cms.SignerInfo) {
			h := w.tsa.Key.Kind().Hash()
			q, err := tsp.NewRequest(rand.Reader, h, h.Sum(si.Signature))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := stampAt{w.tsa, pkitest.Now.Add(-time.Hour)}.Timestamp(t.Context(), q.Marshal())
			if err != nil {
				t.Fatal(err)
			}
			response, err := tsp.ParseResponse(answer)
			if err != nil {
				t.Fatal(err)
			}
			si.UnsignedAttributes[0] = cms.NewAttribute(cades.OIDSignatureTimestamp, response.Token)
		},
		"archive stamp of another message": func(_ *cms.SignedData, si *cms.SignerInfo) {
			other, err := cms.ParseSignedData(w.archive(w.sign(pkitest.Now), later, pkitest.Now.Add(2*time.Hour)))
			if err != nil {
				t.Fatal(err)
			}
			si.UnsignedAttributes[1] = other.Signers[0].UnsignedAttributes[1]
		},
	} {
		if s := change(f); s.Verdict == reasons.TotalPassed {
			t.Errorf("%s: passed", name)
		}
	}
	// A stamp that was put in after the archive was made is not judged for the archive's time.
	s := change(func(_ *cms.SignedData, si *cms.SignerInfo) {
		token := si.UnsignedAttributes[0].Values[0]
		h := w.tsa.Key.Kind().Hash()
		q, err := tsp.NewRequest(rand.Reader, h, h.Sum(si.Signature))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := stampAt{w.tsa, pkitest.Now.AddDate(0, 0, -30)}.Timestamp(t.Context(), q.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		response, err := tsp.ParseResponse(answer)
		if err != nil {
			t.Fatal(err)
		}
		si.UnsignedAttributes[0] = cms.NewAttribute(cades.OIDSignatureTimestamp, token, response.Token)
	})
	if s.BestTime != nil && s.BestTime.Before(pkitest.Now) {
		t.Errorf("a stamp that the archive does not cover proves %v", s.BestTime)
	}
}
