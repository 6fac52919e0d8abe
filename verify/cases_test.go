// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

// verdictCase is one sub-indication with what leads to it.
type verdictCase struct {
	name string
	run  func(w *world) verify.Signature
	want reasons.Code
	// answers to: document, certificate, issuer, time
	facts [4]verify.Answer
	law   verify.Answer
}

const (
	yes     = verify.Yes
	no      = verify.No
	unknown = verify.Unknown
)

func revoked(c *x509.Certificate, at time.Time, reason x509.Reason) x509.Revoked {
	return x509.Revoked{Serial: c.Serial, At: at, Reason: reason}
}

func afterEnd() time.Time { return pkitest.End.AddDate(0, 0, 10) }

// cases cover every sub-indication of the standard, most of them in one way that
// is met in practice.
func cases() []verdictCase {
	never := time.Time{}
	return []verdictCase{
		{"passes at level B", func(w *world) verify.Signature { return w.check(w.sign(never)) }, "", [4]verify.Answer{yes, yes, yes, unknown}, unknown},
		{"passes at level T", func(w *world) verify.Signature { return w.check(w.sign(pkitest.Now.Add(-time.Minute))) }, "", [4]verify.Answer{yes, yes, yes, yes}, unknown},
		{"damaged message", func(w *world) verify.Signature { m := w.sign(never); return w.check(m[:len(m)-3]) }, reasons.FormatFailure, [4]verify.Answer{unknown, unknown, unknown, unknown}, unknown},
		{"other document", func(w *world) verify.Signature {
			m := w.sign(never)
			w.document = []byte("другой")
			return w.check(m)
		}, reasons.HashFailure, [4]verify.Answer{no, yes, yes, unknown}, no},
		{"other document, no signed attributes", func(w *world) verify.Signature {
			m := w.forge(nil)
			w.document = []byte("другой")
			return w.check(m)
		}, reasons.HashFailure, [4]verify.Answer{no, yes, yes, unknown}, no},
		{"signature value of another key", func(w *world) verify.Signature {
			return w.check(w.forge(w.attributes(), func(b *cms.Builder) {
				si := b.Signers[0]
				bad := bytes.Clone(si.Signature)
				bad[5] ^= 1
				b.Signers[0] = cms.NewSigner(w.signer.Cert, si.Digest, si.SignatureAlgorithm, si.SignedAttributes, bad)
			}))
		}, reasons.SigCryptoFailure, [4]verify.Answer{unknown, yes, yes, unknown}, unknown},
		{"signed after revocation, proved", func(w *world) verify.Signature {
			w.crls(revoked(w.signer.Cert, pkitest.Now.AddDate(0, 0, -10), x509.ReasonKeyCompromise))
			return w.check(w.forge(w.attributes(w.contentStamp(pkitest.Now.AddDate(0, 0, -5)))))
		}, reasons.Revoked, [4]verify.Answer{yes, no, yes, unknown}, no},
		{"signed after the end, proved", func(w *world) verify.Signature {
			w.options.At = afterEnd()
			w.crls()
			return w.check(w.forge(w.attributes(w.contentStamp(pkitest.End.AddDate(0, 0, 5)))))
		}, reasons.Expired, [4]verify.Answer{yes, no, yes, unknown}, no},
		{"signed before the beginning, proved", func(w *world) verify.Signature {
			w.signer = w.ca.IssueFor(w.t, w.signer.Key, "CN=Поздний", func(x *x509.Template) { x.NotBefore = pkitest.Now.AddDate(0, 0, -1) })
			return w.check(w.sign(pkitest.Now.AddDate(0, 0, -3)))
		}, reasons.NotYetValid, [4]verify.Answer{yes, no, yes, yes}, no},
		{"bound to another certificate", func(w *world) verify.Signature {
			h := w.signer.Key.Kind().Hash()
			return w.check(w.forge(cades.SignedAttributes(cms.OIDData, h.Sum(w.document), h, w.ca.Cert, pkitest.Now)))
		}, reasons.SigConstraints, [4]verify.Answer{yes, yes, yes, unknown}, unknown},
		{"attributes without a digest", func(w *world) verify.Signature {
			return w.check(w.forge(w.attributes()[2:]))
		}, reasons.SigConstraints, [4]verify.Answer{unknown, yes, yes, unknown}, unknown},
		{"no attributes, and another type of content", func(w *world) verify.Signature {
			return w.check(w.forge(nil, func(b *cms.Builder) { b.ContentType = tsp.OIDTSTInfo }))
		}, reasons.SigConstraints, [4]verify.Answer{unknown, yes, yes, unknown}, unknown},
		{"attributes in place of the document", func(w *world) verify.Signature {
			attributes := w.attributes()
			w.document = cms.SignedOctets(attributes)
			return w.check(w.forge(nil))
		}, reasons.SigConstraints, [4]verify.Answer{unknown, yes, yes, unknown}, unknown},
		{"certificate of a server", func(w *world) verify.Signature {
			w.signer = w.ca.Signer(w.t, w.signer.Key.Kind(), "CN=server", func(x *x509.Template) { x.ExtKeyUsage = []der.OID{x509.OIDServerAuth} })
			return w.check(w.sign(never))
		}, reasons.ChainConstraints, [4]verify.Answer{yes, no, yes, unknown}, no},
		{"certificate for encryption", func(w *world) verify.Signature {
			w.signer = w.ca.Signer(w.t, w.signer.Key.Kind(), "CN=box", func(x *x509.Template) { x.KeyUsage = x509.KeyAgreement })
			return w.check(w.forge(w.attributes()))
		}, reasons.ChainConstraints, [4]verify.Answer{yes, no, yes, unknown}, no},
		{"no revocation data", func(w *world) verify.Signature { w.pool.Data = nil; return w.check(w.sign(never)) }, reasons.ChainGeneral, [4]verify.Answer{yes, unknown, yes, unknown}, unknown},
		{"issuer is no authority", func(w *world) verify.Signature {
			w.pool.Certificates = append(w.pool.Certificates, w.signer.Cert)
			w.signer = w.signer.Signer(w.t, w.signer.Key.Kind(), "CN=Самозванец")
			return w.check(w.sign(never))
		}, reasons.ChainGeneral, [4]verify.Answer{yes, unknown, no, unknown}, unknown},
		{"old algorithm", func(w *world) verify.Signature { return w.check(withOldAlgorithm(w, w.sign(never))) }, reasons.CryptoNoPOE, [4]verify.Answer{unknown, yes, yes, unknown}, unknown},
		{"old algorithm, stamped", func(w *world) verify.Signature { return w.check(withOldAlgorithm(w, w.sign(pkitest.Now))) }, reasons.CryptoConstraints, [4]verify.Answer{unknown, yes, yes, yes}, unknown},
		{"signature policy at an address", func(w *world) verify.Signature {
			return w.check(w.forge(w.attributes(cms.NewAttribute(cades.OIDSignaturePolicy, der.Sequence(der.ObjectID("1.2.3"))))))
		}, reasons.PolicyNotAvailable, [4]verify.Answer{yes, yes, yes, unknown}, unknown},
		{"signature policy of nonsense", func(w *world) verify.Signature {
			return w.check(w.forge(w.attributes(cms.NewAttribute(cades.OIDSignaturePolicy, der.Int(1)))))
		}, reasons.PolicyProcessing, [4]verify.Answer{yes, yes, yes, unknown}, unknown},
		{"implied signature policy", func(w *world) verify.Signature {
			return w.check(w.forge(w.attributes(cms.NewAttribute(cades.OIDSignaturePolicy, der.Null()))))
		}, "", [4]verify.Answer{yes, yes, yes, unknown}, unknown},
		{"content stamped after the signature", func(w *world) verify.Signature {
			return w.check(w.forge(w.attributes(w.contentStamp(pkitest.Now.Add(-time.Hour))), w.withStamp(pkitest.Now.Add(-2*time.Hour))))
		}, reasons.TimestampOrder, [4]verify.Answer{yes, yes, yes, yes}, unknown},
		{"no certificate", func(w *world) verify.Signature {
			return w.check(w.forge(w.attributes(), func(b *cms.Builder) { b.Certificates = nil }))
		}, reasons.NoSigningCert, [4]verify.Answer{unknown, unknown, unknown, unknown}, unknown},
		{"unknown issuer", func(w *world) verify.Signature { w.pool.Certificates = nil; return w.check(w.sign(never)) }, reasons.NoChain, [4]verify.Answer{yes, unknown, unknown, unknown}, unknown},
		{"root that is not trusted", func(w *world) verify.Signature {
			w.options.Trust = nil
			w.pool.Certificates = append(w.pool.Certificates, w.root.Cert)
			return w.check(w.sign(never))
		}, reasons.NoChain, [4]verify.Answer{yes, unknown, no, unknown}, unknown},
		{"trust has ended", func(w *world) verify.Signature {
			w.options.Trust[0].Until = pkitest.Now.AddDate(0, 0, -1)
			return w.check(w.sign(never))
		}, reasons.NoChainNoPOE, [4]verify.Answer{yes, unknown, no, unknown}, unknown},
		{"revoked", func(w *world) verify.Signature {
			w.crls(revoked(w.signer.Cert, pkitest.Now.AddDate(0, 0, -10), x509.ReasonSuperseded))
			return w.check(w.sign(never))
		}, reasons.RevokedNoPOE, [4]verify.Answer{yes, no, yes, unknown}, no},
		{"revoked before the stamp", func(w *world) verify.Signature {
			w.crls(revoked(w.signer.Cert, pkitest.Now.AddDate(0, 0, -10), x509.ReasonSuperseded))
			return w.check(w.sign(pkitest.Now.AddDate(0, 0, -9)))
		}, reasons.RevokedNoPOE, [4]verify.Answer{yes, no, yes, yes}, no},
		{"revoked after the stamp", func(w *world) verify.Signature {
			w.crls(revoked(w.signer.Cert, pkitest.Now.AddDate(0, 0, -10), x509.ReasonSuperseded))
			return w.check(w.sign(pkitest.Now.AddDate(0, 0, -11)))
		}, "", [4]verify.Answer{yes, yes, yes, yes}, unknown},
		{"authority revoked", func(w *world) verify.Signature {
			w.addCRL(w.root, pkitest.Now.Add(-time.Minute), pkitest.End, revoked(w.ca.Cert, pkitest.Now.AddDate(0, 0, -1), x509.ReasonCACompromise))
			return w.check(w.sign(never))
		}, reasons.RevokedCANoPOE, [4]verify.Answer{yes, no, no, unknown}, no},
		{"ended, was not revoked", func(w *world) verify.Signature {
			w.options.At = afterEnd()
			w.crls()
			w.addCRL(w.ca, pkitest.End.AddDate(0, 0, -1), pkitest.End.AddDate(0, 1, 0))
			return w.check(w.sign(never))
		}, reasons.OutOfBoundsNotRev, [4]verify.Answer{yes, no, yes, unknown}, no},
		{"ended, revocation unknown", func(w *world) verify.Signature {
			w.options.At = afterEnd()
			w.crls()
			return w.check(w.sign(never))
		}, reasons.OutOfBoundsNoPOE, [4]verify.Answer{yes, no, yes, unknown}, no},
		{"ended after the stamp", func(w *world) verify.Signature {
			w.options.At = afterEnd()
			w.crls()
			w.addCRL(w.ca, pkitest.End.AddDate(0, 0, -1), pkitest.End.AddDate(0, 1, 0))
			return w.check(w.sign(pkitest.End.AddDate(0, 0, -2)))
		}, "", [4]verify.Answer{yes, yes, yes, yes}, unknown},
		{"not begun", func(w *world) verify.Signature {
			w.options.At = pkitest.Start.AddDate(0, 0, -5)
			w.options.Trust[0] = verify.Anchor{Certificate: w.ca.Cert}
			w.crls()
			return w.check(w.sign(never))
		}, reasons.OutOfBoundsNotRev, [4]verify.Answer{yes, no, yes, unknown}, no},
		{"answer of an old responder", func(w *world) verify.Signature {
			responder := w.ca.OCSP(w.t, w.ca.Key.Kind(), func(x *x509.Template) { x.NotAfter = pkitest.Now.Add(-time.Hour) })
			w.pool.Data = nil
			w.addCRL(w.root, pkitest.Now.Add(-time.Hour), pkitest.End)
			w.addOCSP(responder, w.single(ocsp.Good, pkitest.Now.Add(-2*time.Hour), pkitest.Now.Add(time.Hour)), responder.Cert)
			return w.check(w.sign(never))
		}, reasons.RevocationBounds, [4]verify.Answer{yes, unknown, yes, unknown}, unknown},
		{"a stamp is required", func(w *world) verify.Signature {
			w.options.Policy = &verify.Policy{RequireTimestamp: true}
			return w.check(w.sign(never))
		}, reasons.NoPOE, [4]verify.Answer{yes, yes, yes, unknown}, unknown},
		{"list out of date", func(w *world) verify.Signature {
			w.pool.Data = nil
			w.addCRL(w.root, pkitest.Now.Add(-time.Hour), pkitest.End)
			w.addCRL(w.ca, pkitest.Now.AddDate(0, 0, -9), pkitest.Now.AddDate(0, 0, -2))
			return w.check(w.sign(never))
		}, reasons.TryLater, [4]verify.Answer{yes, unknown, yes, unknown}, unknown},
		{"on hold", func(w *world) verify.Signature {
			w.crls(revoked(w.signer.Cert, pkitest.Now.AddDate(0, 0, -1), x509.ReasonCertificateHold))
			return w.check(w.sign(never))
		}, reasons.TryLater, [4]verify.Answer{yes, unknown, yes, unknown}, unknown},
		{"no document", func(w *world) verify.Signature {
			report, err := verify.Check(w.t.Context(), verify.Input{Signature: w.sign(never)}, w.options)
			if err != nil {
				w.t.Fatal(err)
			}
			return report.Signatures[0]
		}, reasons.SignedDataNotFound, [4]verify.Answer{unknown, yes, yes, unknown}, unknown},
	}
}

// withOldAlgorithm replaces the identifier of the signature by one that is not
// computed, as a document of 2015 has it.
func withOldAlgorithm(w *world, message []byte) []byte {
	w.t.Helper()
	sd, err := cms.ParseSignedData(message)
	if err != nil {
		w.t.Fatal(err)
	}
	from, to := der.ObjectID("1.2.643.7.1.1.3.2"), der.ObjectID("1.2.643.7.9.9.3.2")
	at := bytes.Index(message, sd.Signers[0].Signature) - len(from) - 2
	if at < 0 || !bytes.Equal(message[at:at+len(from)], from) {
		w.t.Fatal("algorithm of the signer not found")
	}
	copy(message[at:], to)
	return message
}

func TestSubIndications(t *testing.T) {
	t.Parallel()
	seen := map[reasons.Code]bool{}
	for _, test := range cases() {
		seen[test.want] = true
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, l := range []reasons.Language{reasons.Kazakh, reasons.English} {
				w := newWorld(t, alg.GOST256B)
				w.options.Language = l
				if s := test.run(w); s.SubIndication != test.want || s.Reason.Text == "" || test.want != "" && s.Reason.Next == "" || strings.Contains(s.Reason.Text, "Подпис") {
					t.Errorf("%s: %s %+v", l, s.SubIndication, s.Reason)
				}
			}
			w := newWorld(t, alg.GOST256B)
			s := test.run(w)
			if s.SubIndication != test.want || s.Verdict != test.want.Indication() || s.Indication != s.Verdict {
				t.Errorf("%s %s (%s), want %q", s.Verdict, s.SubIndication, s.Reason.Text, test.want)
			}
			facts := [4]verify.Answer{s.Facts.Document.Answer, s.Facts.Certificate.Answer, s.Facts.Issuer.Answer, s.Facts.Time.Answer}
			if facts != test.facts {
				t.Errorf("facts %v, want %v\n%+v", facts, test.facts, s.Facts)
			}
			if s.Law63.Recognized != test.law || len(s.Law63.Conditions) != 4 {
				t.Errorf("law %s, want %s: %+v", s.Law63.Recognized, test.law, s.Law63.Conditions)
			}
			if s.Reason.Text == "" || test.want != "" && s.Reason.Next == "" {
				t.Errorf("no words: %+v", s.Reason)
			}
		})
	}
	for _, code := range reasons.SubIndications() {
		if !seen[code] {
			t.Errorf("%s: no case", code)
		}
	}
}

// permitted is the extension that allows names below one alone.
func permitted(t *testing.T, name string) x509.Extension {
	base := der.Sequence(der.Explicit(int(x509.DirectoryName), pkitest.Name(t, name).Raw))
	return x509.Extension{OID: "2.5.29.30", Critical: true, Value: der.Sequence(der.Element(der.ContextConstructed(0), base))}
}

func TestPathRules(t *testing.T) {
	t.Parallel()
	kind := alg.GOST256B
	plain := func(*x509.Template) {}
	for _, test := range []struct {
		name  string
		ca    func(*x509.Template)
		leaf  func(*x509.Template)
		cause reasons.Code
	}{
		{"good", plain, plain, ""},
		{"not an authority", func(x *x509.Template) { x.IsCA = false; x.KeyUsage = x509.KeyCertSign | x509.CRLSign }, plain, reasons.CauseNotCA},
		{"may not sign certificates", func(x *x509.Template) { x.KeyUsage = x509.CRLSign }, plain, reasons.CauseCAKeyUsage},
		{"authority not valid", func(x *x509.Template) { x.NotAfter = pkitest.Start.AddDate(0, 1, 0) }, plain, reasons.CauseCAValidity},
		{"name constraints", func(x *x509.Template) {
			x.Extra = []x509.Extension{{OID: "2.5.29.30", Critical: true, Value: der.Sequence()}}
		}, plain, reasons.CauseNameConstraints},
		{"within the names of the authority", func(x *x509.Template) {
			x.Extra = []x509.Extension{permitted(t, "CN=x")}
		}, plain, ""},
		{"beyond the names of the authority", func(x *x509.Template) {
			x.Extra = []x509.Extension{permitted(t, "CN=y")}
		}, plain, reasons.CauseNameConstraints},
		{"policies of the authority", func(x *x509.Template) {
			x.Policies = []x509.Policy{{OID: "1.2.3"}}
			x.Extra = []x509.Extension{{OID: "2.5.29.36", Critical: true, Value: der.Sequence(der.Element(der.Context(0), []byte{0}))}}
		}, plain, reasons.CausePolicy},
		{"critical extension of the authority", func(x *x509.Template) {
			x.Extra = []x509.Extension{{OID: "1.2.3.4", Critical: true, Value: der.Null()}}
		}, plain, reasons.CauseCriticalExtension},
		{"critical extension of the leaf", plain, func(x *x509.Template) {
			x.Extra = []x509.Extension{{OID: "1.2.3.4", Critical: true, Value: der.Null()}}
		}, reasons.CauseCriticalExtension},
		{"unknown extension, not critical", plain, func(x *x509.Template) {
			x.Extra = []x509.Extension{{OID: "1.2.3.4", Value: der.Null()}}
		}, ""},
	} {
		w := newWorld(t, kind)
		w.ca = w.root.CA(t, "CN=Подчинённый УЦ", test.ca)
		w.signer = w.ca.Signer(t, kind, "CN=x", test.leaf)
		w.pool.Certificates = []*x509.Certificate{w.ca.Cert}
		w.crls()
		s := w.check(w.sign(time.Time{}))
		want := reasons.Of(reasons.Russian, reasons.ChainGeneral, reasons.Details{Cause: test.cause}).Text
		if test.cause == "" {
			want = reasons.Text(reasons.Russian, reasons.TotalPassed)
		}
		if s.Reason.Text != want {
			t.Errorf("%s: %s %q, want %q", test.name, s.SubIndication, s.Reason.Text, want)
		}
	}
}

func TestPathLength(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]reasons.Code{-1: "", 1: "", 0: reasons.ChainGeneral} {
		w := newWorld(t, alg.GOST256A)
		w.ca = w.root.CA(t, "CN=A", func(x *x509.Template) { x.MaxPathLen = limit })
		below := w.ca.CA(t, "CN=B")
		w.signer = below.Signer(t, alg.GOST256A, "CN=x")
		w.pool.Certificates = []*x509.Certificate{w.ca.Cert, below.Cert}
		w.crls()
		w.addCRL(below, pkitest.Now.Add(-time.Hour), pkitest.End)
		if s := w.check(w.sign(time.Time{})); s.SubIndication != want || len(s.Chain) != 4 {
			t.Errorf("path length %d: %s, chain of %d", limit, s.SubIndication, len(s.Chain))
		}
	}
}

// TestTwoIssuersOfOneName: the key decides, not the name.
func TestTwoIssuersOfOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	twin := w.root.CA(t, "CN=Подчинённый УЦ")
	loop := w.ca.CA(t, "CN=Подчинённый УЦ")
	w.pool.Certificates = []*x509.Certificate{twin.Cert, loop.Cert, w.ca.Cert}
	if s := w.check(w.sign(time.Time{})); s.SubIndication != "" {
		t.Errorf("%s %s", s.SubIndication, s.Reason.Text)
	}
	// A certificate that names the key and was not signed by it.
	other := twin.Signer(t, alg.GOST256B, "CN=x", func(x *x509.Template) { x.AuthorityKeyID = w.ca.Cert.SubjectKeyID })
	w.signer = other
	w.pool.Certificates = []*x509.Certificate{w.ca.Cert}
	if s := w.check(w.sign(time.Time{})); s.SubIndication != reasons.ChainGeneral {
		t.Errorf("certificate with a wrong signature: %s %s", s.SubIndication, s.Reason.Text)
	}
}

func TestHostilePoolIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256A)
	w.pool.Certificates = nil
	for range 300 { // each might be the issuer by name
		twin := *w.ca.Cert
		twin.Raw = slices.Concat(twin.Raw, []byte{byte(len(w.pool.Certificates)), byte(len(w.pool.Certificates) >> 8)})
		twin.PublicKey = w.tsa.Cert.PublicKey
		w.pool.Certificates = append(w.pool.Certificates, &twin)
	}
	start := time.Now()
	s := w.check(w.sign(time.Time{}))
	if s.Indication != reasons.Indeterminate || time.Since(start) > 10*time.Second {
		t.Errorf("%s after %v", s.SubIndication, time.Since(start))
	}
}

func TestRevocationSources(t *testing.T) {
	t.Parallel()
	hour := time.Hour
	for _, test := range []struct {
		name string
		make func(w *world)
		want reasons.Code
	}{
		{"OCSP by the authority", func(w *world) { w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.Add(-hour), pkitest.Now.Add(hour))) }, ""},
		{"OCSP without nextUpdate", func(w *world) { w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.Add(-hour), time.Time{})) }, ""},
		{"OCSP a week old without nextUpdate", func(w *world) { w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.AddDate(0, 0, -7), time.Time{})) }, reasons.TryLater},
		{"OCSP by a delegate", func(w *world) {
			r := w.ca.OCSP(w.t, alg.GOST256A)
			w.addOCSP(r, w.single(ocsp.Good, pkitest.Now.Add(-hour), pkitest.Now.Add(hour)), r.Cert)
		}, ""},
		{"OCSP by a signer who was not delegated", func(w *world) {
			w.addOCSP(w.signer, w.single(ocsp.Good, pkitest.Now.Add(-hour), pkitest.Now.Add(hour)), w.signer.Cert)
		}, reasons.ChainGeneral},
		{"OCSP by a delegate of the root", func(w *world) {
			r := w.root.OCSP(w.t, alg.GOST256A)
			w.addOCSP(r, w.single(ocsp.Good, pkitest.Now.Add(-hour), pkitest.Now.Add(hour)), r.Cert)
		}, reasons.ChainGeneral},
		{"OCSP by a revoked delegate", func(w *world) {
			r := w.ca.OCSP(w.t, alg.GOST256A, func(x *x509.Template) { x.OCSPNoCheck = false })
			w.addOCSP(r, w.single(ocsp.Good, pkitest.Now.Add(-hour), pkitest.Now.Add(hour)), r.Cert)
			w.addCRL(w.ca, pkitest.Now.AddDate(0, -1, 0), pkitest.Now.AddDate(0, 0, -1), revoked(r.Cert, pkitest.Now.AddDate(0, -1, 0), x509.ReasonKeyCompromise))
		}, reasons.TryLater},
		{"OCSP does not know it", func(w *world) { w.addOCSP(w.ca, w.single(ocsp.Unknown, pkitest.Now.Add(-hour), pkitest.Now.Add(hour))) }, reasons.ChainGeneral},
		{"OCSP says revoked", func(w *world) { w.addOCSP(w.ca, w.single(ocsp.Revoked, pkitest.Now.Add(-hour), pkitest.Now.Add(hour))) }, reasons.RevokedNoPOE},
		{"OCSP says on hold", func(w *world) {
			s := w.single(ocsp.Revoked, pkitest.Now.Add(-hour), pkitest.Now.Add(hour))
			s.Reason = x509.ReasonCertificateHold
			w.addOCSP(w.ca, s)
		}, reasons.TryLater},
		{"OCSP of a certificate that was never issued", func(w *world) {
			s := w.single(ocsp.Revoked, pkitest.Now.Add(-hour), pkitest.Now.Add(hour))
			s.Reason, s.RevokedAt = x509.ReasonCertificateHold, time.Unix(0, 0)
			w.addOCSP(w.ca, s)
		}, reasons.ChainGeneral},
		{"OCSP from the future", func(w *world) { w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.Add(hour), pkitest.End)) }, reasons.ChainGeneral},
		{"list from the future", func(w *world) { w.addCRL(w.ca, pkitest.Now.Add(hour), pkitest.End) }, reasons.ChainGeneral},
		{"list of another authority of that name", func(w *world) {
			w.addCRL(w.root.CA(w.t, "CN=Подчинённый УЦ"), pkitest.Now.Add(-hour), pkitest.End)
		}, reasons.ChainGeneral},
		{"one source says good, the other revoked", func(w *world) {
			w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.Add(-hour), pkitest.Now.Add(hour)))
			w.addCRL(w.ca, pkitest.Now.Add(-hour), pkitest.End, revoked(w.signer.Cert, pkitest.Now.Add(-hour), x509.ReasonUnspecified))
		}, reasons.RevokedNoPOE},
	} {
		w := newWorld(t, alg.GOST256A)
		w.pool.Data = nil
		w.addCRL(w.root, pkitest.Now.Add(-hour), pkitest.End)
		test.make(w)
		s := w.check(w.sign(time.Time{}))
		if s.SubIndication != test.want {
			t.Errorf("%s: %s (%s), want %q", test.name, s.SubIndication, s.Reason.Text, test.want)
		}
	}
}

// TestEnclosedListIsNotTheLastWord: a signer encloses a list from before the
// revocation; who asks elsewhere learns of it.
func TestEnclosedListIsNotTheLastWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256A)
	enclosed := w.ca.CRL(t, pkitest.Now.AddDate(0, 0, -3), pkitest.Now.AddDate(0, 0, 3))
	message := w.forge(w.attributes(), func(b *cms.Builder) { b.CRLs = [][]byte{enclosed} })
	if s := w.check(message); s.SubIndication != "" {
		t.Errorf("before the revocation: %s", s.SubIndication)
	}
	w.crls(revoked(w.signer.Cert, pkitest.Now.AddDate(0, 0, -1), x509.ReasonKeyCompromise))
	if s := w.check(message); s.SubIndication != reasons.RevokedNoPOE {
		t.Errorf("after it: %s", s.SubIndication)
	}
	w.pool.Data = nil
	w.addCRL(w.root, pkitest.Now.Add(-time.Hour), pkitest.End)
	if s := w.check(message); s.SubIndication != "" {
		t.Errorf("with nobody else to ask: %s", s.SubIndication)
	}
}

// TestEnclosedListBeforeTheStamp: who holds a stolen key encloses a list from
// before the revocation and has the signature stamped after it, while that list
// still runs.
func TestEnclosedListBeforeTheStamp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256A)
	day := func(n int) time.Time { return pkitest.Now.AddDate(0, 0, n) }
	enclosed := w.ca.CRL(t, day(-5), day(5))
	message := w.forge(w.attributes(), func(b *cms.Builder) { b.CRLs = [][]byte{enclosed} }, w.withStamp(day(-2)))
	w.crls(revoked(w.signer.Cert, day(-3), x509.ReasonKeyCompromise))
	if s := w.check(message); s.SubIndication != reasons.RevokedNoPOE || s.BestTime == nil {
		t.Errorf("revoked before the stamp: %q", s.SubIndication)
	}
	w.crls(revoked(w.signer.Cert, day(-1), x509.ReasonKeyCompromise))
	if s := w.check(message); s.SubIndication != "" {
		t.Errorf("revoked after the stamp: %s", s.SubIndication)
	}
	// A list from after the stamp has the last word: nobody else is asked.
	later := w.ca.CRL(t, day(-1), day(1))
	message = w.forge(w.attributes(), func(b *cms.Builder) { b.CRLs = [][]byte{enclosed, later} }, w.withStamp(day(-2)))
	w.crls(revoked(w.signer.Cert, day(-3), x509.ReasonKeyCompromise))
	if s := w.check(message); s.SubIndication != "" {
		t.Errorf("enclosed list from after the stamp: %s", s.SubIndication)
	}
}

// TestWorkIsBounded: a message of many signers with many lists ends in time.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256A)
	w.pool.Data = nil
	list := w.ca.CRL(t, pkitest.Now.AddDate(0, 0, -9), pkitest.Now.AddDate(0, 0, -3))
	message := w.forge(w.attributes(), func(b *cms.Builder) {
		for range 100 {
			b.Signers = append(b.Signers, b.Signers[0])
		}
		for range 900 {
			b.CRLs = append(b.CRLs, list)
		}
	})
	start := time.Now()
	report, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: bytes.NewReader(w.document)}, w.options)
	if err != nil || report.Verdict != reasons.Indeterminate || len(report.Signatures) != 101 {
		t.Errorf("%s %v", report.Verdict, err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("%v", took)
	}
}

// TestWorkOfRespondersIsBounded: many certificates that might be the responder's
// beside many answers multiply.
func TestWorkOfRespondersIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256A)
	w.pool.Data = nil
	w.addCRL(w.root, pkitest.Now.Add(-time.Hour), pkitest.End)
	decoy := w.ca.OCSP(t, alg.GOST256A)
	answer, err := ocsp.Create(rand.Reader, &ocsp.Template{
		ResponderName: decoy.Cert.Subject, ProducedAt: pkitest.Now, Singles: []ocsp.Single{w.single(ocsp.Good, pkitest.Now, pkitest.End)},
	}, w.signer.Key)
	if err != nil {
		t.Fatal(err)
	}
	message := w.forge(w.attributes(), func(b *cms.Builder) {
		for range 900 {
			b.OCSP = append(b.OCSP, answer)
			b.Certificates = append(b.Certificates, w.ca.IssueFor(t, decoy.Key, "CN=Test OCSP").Cert)
		}
	})
	start := time.Now()
	if s := w.check(message); s.SubIndication != reasons.ChainGeneral {
		t.Errorf("%s", s.SubIndication)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("%v", took)
	}
}

// TestRevokedResponderIsBounded: one answer of an honest responder, many times,
// beside many lists that might tell of the responder.
func TestRevokedResponderIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256A)
	w.pool.Data = nil
	w.addCRL(w.root, pkitest.Now.Add(-time.Hour), pkitest.End)
	r := w.ca.OCSP(t, alg.GOST256A, func(x *x509.Template) { x.OCSPNoCheck = false })
	answer, err := ocsp.Create(rand.Reader, &ocsp.Template{
		ResponderName: r.Cert.Subject, ProducedAt: pkitest.Now, Singles: []ocsp.Single{w.single(ocsp.Unknown, pkitest.Now, pkitest.End)},
	}, r.Key, r.Cert)
	if err != nil {
		t.Fatal(err)
	}
	list := bytes.Clone(w.ca.CRL(t, pkitest.Now, pkitest.End))
	list[len(list)-1] ^= 1 // of no use, and that is seen only at its signature
	message := w.forge(w.attributes(), func(b *cms.Builder) {
		for range 500 {
			b.OCSP, b.CRLs = append(b.OCSP, answer), append(b.CRLs, list)
		}
	})
	start := time.Now()
	if s := w.check(message); s.Indication != reasons.Indeterminate {
		t.Errorf("%s", s.SubIndication)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("%v", took)
	}
}

// TestHashingIsBounded: stamps whose signer is not enclosed do not each hash every
// certificate of the message.
func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256A)
	h := w.tsa.Key.Kind().Hash()
	message := w.forge(w.attributes(), func(b *cms.Builder) {
		q, err := tsp.NewRequest(rand.Reader, h, h.Sum(b.Signers[0].Signature))
		if err != nil {
			t.Fatal(err)
		}
		q.CertReq = false
		answer, err := stampAt{w.tsa, pkitest.Now}.Timestamp(t.Context(), q.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		response, err := tsp.ParseResponse(answer)
		if err != nil {
			t.Fatal(err)
		}
		for range 16 {
			cades.AddTimestamp(b.Signers[0], response.Token)
		}
		for range 40 {
			b.Signers = append(b.Signers, b.Signers[0])
		}
		for range 200 {
			b.Certificates = append(b.Certificates, w.ca.IssueFor(t, w.signer.Key, "CN=x", func(x *x509.Template) {
				x.Extra = []x509.Extension{{OID: "1.2.3.4", Value: der.OctetString(make([]byte, 30000))}}
			}).Cert)
		}
	})
	start := time.Now()
	report, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: bytes.NewReader(w.document)}, w.options)
	if err != nil || report.Verdict != reasons.TotalPassed || report.Signatures[0].Timestamps[0].SubIndication != reasons.NoSigningCert {
		t.Fatalf("%+v %v", report, err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("%v for %d octets", took, len(message))
	}
}

func TestBadStampsProveNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		make func(w *world) []byte
		want reasons.Code // of the stamp
		time verify.Answer
	}{
		{"of another signature", func(w *world) []byte {
			other := w.sign(pkitest.Now)
			sd, _ := cms.ParseSignedData(other)
			token := cades.SignatureTimestamps(sd.Signers[0])[0]
			return w.forge(w.attributes(), func(b *cms.Builder) { cades.AddTimestamp(b.Signers[0], token) })
		}, reasons.HashFailure, no},
		{"garbage", func(w *world) []byte {
			return w.forge(w.attributes(), func(b *cms.Builder) { cades.AddTimestamp(b.Signers[0], der.Sequence()) })
		}, reasons.FormatFailure, no},
		{"of an authority nobody trusts", func(w *world) []byte {
			w.tsa = pkitest.Root(w.t, alg.GOST256A, "CN=Чужой").TSA(w.t, alg.GOST256A)
			return w.sign(pkitest.Now)
		}, reasons.NoChain, unknown},
		{"from the future", func(w *world) []byte { return w.sign(pkitest.Now.Add(time.Hour)) }, reasons.TimestampOrder, unknown},
		{"of a revoked authority", func(w *world) []byte {
			w.crls(revoked(w.tsa.Cert, pkitest.Now.AddDate(0, 0, -1), x509.ReasonKeyCompromise))
			return w.sign(pkitest.Now)
		}, reasons.RevokedNoPOE, unknown},
	} {
		w := newWorld(t, alg.GOST256A)
		s := w.check(test.make(w))
		if s.SubIndication != "" || s.BestTime != nil {
			t.Errorf("%s: the signature %s, time %v", test.name, s.SubIndication, s.BestTime)
		}
		if len(s.Timestamps) != 1 || s.Timestamps[0].SubIndication != test.want || s.Facts.Time.Answer != test.time {
			t.Errorf("%s: %+v, time %s, want %s", test.name, s.Timestamps, s.Facts.Time.Answer, test.want)
		}
		if !slices.ContainsFunc(s.Warnings, func(w verify.Warning) bool { return w.Code == reasons.WarnTimestampIgnored }) {
			t.Errorf("%s: no warning: %+v", test.name, s.Warnings)
		}
	}
}

func TestEveryKindAndLevel(t *testing.T) {
	t.Parallel()
	for _, kind := range pkitest.Kinds() {
		w := newWorld(t, kind)
		for _, level := range []sign.Level{sign.B, sign.T, sign.CMS} {
			s := w.check(w.sign(time.Time{}, func(o *sign.Options) {
				o.Level, o.Timestamper, o.Time = level, stampAt{w.tsa, pkitest.Now}, pkitest.Now
			}))
			if s.Verdict != reasons.TotalPassed {
				t.Errorf("%s level %d: %s %s", kind.Name(), level, s.SubIndication, s.Reason.Text)
			}
		}
		if s := w.check(w.forge(nil)); s.Verdict != reasons.TotalPassed {
			t.Errorf("%s without attributes: %s", kind.Name(), s.SubIndication)
		}
	}
}
