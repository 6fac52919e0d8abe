// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xades_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/pki/xmldsig"
)

// outcome is what is expected of the first signature of a file, without time and
// trust. A nil error is a part that is good.
type outcome struct {
	level       xades.Level
	properties  error
	value       error
	refs        []error
	certificate error // of the signing certificate property
	stamps      []error
	counter     []error // is each counter signature over this signature
	bad         int     // evidence that cannot be read
	why         string
}

// expectations has a row for every file of the manifest's section
// "generic/xades", with the verdict it states.
func expectations() map[string]outcome {
	good := []error{nil, nil}
	return map[string]outcome{
		"TSL-CY-sign.xml": {level: xades.LevelB, refs: good, why: "differs: the manifest says duplicate Id, the stored file has five different ones"},
		"XSW-enveloped-fake-signedProperties.xml": {level: xades.LevelXMLDSig, properties: xades.ErrUnbound, certificate: xades.ErrUnbound, refs: good,
			why: "signed properties are not those of the signature"},
		"XSW-enveloping-fake-object.xml": {level: xades.LevelB, refs: []error{xmldsig.ErrMisplaced, nil}, stamps: []error{xmldsig.ErrMisplaced}, why: "signed Object is inside another"},
		"dss-signed-altered-signedPropsRemoved.xml": {level: xades.LevelXMLDSig, properties: xades.ErrUnbound, certificate: xades.ErrUnbound,
			value: alg.ErrSignature, refs: []error{nil}, why: "reference to signed properties removed"},
		"dss-signed.xml": {level: xades.LevelB, refs: good},
		"dss1811-multi-algo.xml": {level: xades.LevelB, value: alg.ErrSignature, refs: []error{xmldsig.ErrExternal, xmldsig.ErrDigest},
			why: "detached; signed properties changed"},
		"xades-fake-counter-signature.xml":           {level: xades.LevelB, refs: []error{nil, nil, nil}, counter: []error{xades.ErrCounter}, why: "counter signature is over the data"},
		"xades-lt-with-expired-ocsp-responder.xml":   {level: xades.LevelLT, refs: good, stamps: []error{nil}},
		"xades-lta-corrupted-cert.xml":               {level: xades.LevelLTA, refs: good, stamps: []error{nil, tsp.ErrImprint}, bad: 1, why: "certificate changed after the archive stamp"},
		"xades-lta-valid.xml":                        {level: xades.LevelLTA, refs: good, stamps: []error{nil, nil}},
		"xades-not-base64-sigValue.xml":              {level: xades.LevelB, value: xmldsig.ErrFormat, refs: good},
		"xades-sign-cert-v2-wrong-issuer-serial.xml": {level: xades.LevelB, refs: good, certificate: xades.ErrIssuerSerial},
		"xades-t-duplicated-sigtst.xml":              {level: xades.LevelT, refs: good, stamps: []error{nil, nil}, why: "the same stamp twice is two stamps"},
	}
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	table := expectations()
	count := map[string]int{}
	for _, file := range pkitest.ManifestFiles(t, "generic/xades") {
		want, known := table[strings.TrimPrefix(file, "generic/xades/")]
		if !known {
			t.Errorf("%s: in the manifest, without an expectation", file)
			continue
		}
		d, err := xades.Parse(pkitest.ReadCorpus(t, file))
		if err != nil || len(d.Signatures) != 1 {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if checkSignature(t, file, d.Signatures[0], want) {
			count["all good"]++
		} else {
			count["wrong as expected"]++
		}
	}
	t.Logf("%v", count)
}

func checkSignature(t *testing.T, file string, s *xades.Signature, want outcome) (allGood bool) {
	t.Helper()
	allGood = true
	expect := func(what string, got, want error) {
		t.Helper()
		allGood = allGood && got == nil
		if !errors.Is(got, want) {
			t.Errorf("%s: %s: %v, want %v", file, what, got, want)
		}
	}
	if s.Level() != want.level || s.Evidence.Bad != want.bad || len(s.Timestamps) != len(want.stamps) || len(s.References) != len(want.refs) {
		t.Errorf("%s: %s, %d bad, %d stamps, %d references", file, s.Level(), s.Evidence.Bad, len(s.Timestamps), len(s.References))
		return false
	}
	expect("properties", s.PropertiesErr, want.properties)
	signer := s.Certificates[0]
	for _, c := range s.Certificates {
		if s.CheckSigningCertificate(c) == nil {
			signer = c
		}
	}
	expect("value", s.CheckValue(signer.PublicKey), want.value)
	expect("signing certificate", s.CheckSigningCertificate(signer), want.certificate)
	for i, r := range s.References {
		expect(r.URI, r.Check(), want.refs[i])
	}
	for i, stamp := range s.Timestamps {
		token, err := tsp.ParseToken(stamp.Token)
		if err == nil {
			_, err = token.Verify(s.Evidence.Certificates)
		}
		if err != nil {
			t.Errorf("%s: token: %v", file, err)
			continue
		}
		expect(string(stamp.Kind), stamp.Check(token), want.stamps[i])
	}
	for _, list := range s.Evidence.CRLs {
		if _, err := x509.ParseCRL(list); err != nil {
			t.Errorf("%s: list: %v", file, err)
		}
	}
	for _, answer := range s.Evidence.OCSP {
		if _, err := ocsp.ParseResponse(answer); err != nil {
			t.Errorf("%s: answer: %v", file, err)
		}
	}
	if len(s.CounterSignatures) != len(want.counter) {
		t.Errorf("%s: %d counter signatures", file, len(s.CounterSignatures))
		return false
	}
	for i, c := range s.CounterSignatures {
		expect("counter signature", c.Countersigns(s), want.counter[i])
	}
	return allGood
}

// TestMutatedCorpus changes octets all over an LTA signature: all is good
// only while the signed octets and what its stamps cover are the same.
func TestMutatedCorpus(t *testing.T) {
	t.Parallel()
	original := pkitest.ReadCorpus(t, "generic/xades/xades-lta-valid.xml")
	d, err := xades.Parse(original)
	if err != nil {
		t.Fatal(err)
	}
	tokens := make([]*tsp.Token, 2)
	for i, stamp := range d.Signatures[0].Timestamps {
		if tokens[i], err = tsp.ParseToken(stamp.Token); err != nil {
			t.Fatal(err)
		}
	}
	signer := d.Signatures[0].Certificates[0]
	want := covered(t, d.Signatures[0])
	refused, same := 0, 0
	for i := 0; i < len(original); i += 17 {
		mutant := append([]byte{}, original...)
		mutant[i] ^= 1
		m, err := xades.Parse(mutant)
		if err != nil || len(m.Signatures) != 1 || !archived(m.Signatures[0], signer.PublicKey, tokens) {
			refused++
			continue
		}
		same++
		if got := covered(t, m.Signatures[0]); got != want {
			t.Errorf("octet %d: good with other octets", i)
		}
	}
	if same == 0 || refused < same {
		t.Errorf("%d refused, %d good", refused, same)
	}
	t.Logf("%d mutants refused, %d good with the same octets", refused, same)
}

func archived(s *xades.Signature, key *alg.PublicKey, tokens []*tsp.Token) bool {
	if s.Err != nil || s.PropertiesErr != nil || s.CheckValue(key) != nil || len(s.Timestamps) != len(tokens) {
		return false
	}
	for _, r := range s.References {
		if r.Check() != nil {
			return false
		}
	}
	for i, stamp := range s.Timestamps {
		if stamp.Check(tokens[i]) != nil {
			return false
		}
	}
	return true
}

// covered is all that the archive stamp is over.
func covered(t *testing.T, s *xades.Signature) string {
	t.Helper()
	var b strings.Builder
	if err := s.Timestamps[len(s.Timestamps)-1].Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	root := pkitest.Root(f, alg.P256, "CN=Root")
	id := root.Signer(f, alg.P256, "CN=Signer")
	for _, s := range []string{string(signedT(f, root, id, enveloping)), string(signedT(f, root, id, enveloped))} {
		f.Add([]byte(s))
		f.Add([]byte(strings.Replace(s, "SignatureTimeStamp", "ArchiveTimeStamp", 2)))
		f.Add([]byte(strings.Replace(s, "SignatureTimeStamp", "SigAndRefsTimeStamp", 2)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := xades.Parse(in)
		if err != nil {
			return
		}
		for _, s := range d.Signatures {
			if s.PropertiesErr != nil && (len(s.SigningCertificates) > 0 || !s.SigningTime.IsZero()) {
				t.Fatal("properties that are not signed are given out")
			}
			if s.CheckSigningCertificate(id.Cert) == nil && s.Level() == xades.LevelXMLDSig {
				t.Fatal("bound certificate without a level")
			}
			for _, stamp := range s.Timestamps {
				if err := stamp.Write(io.Discard); err == nil && stamp.Token == nil {
					t.Fatal("a stamp without a token covers something")
				}
			}
			for _, c := range s.CounterSignatures {
				if c.Countersigns(s) == nil && len(c.References) == 0 {
					t.Fatal("counter signature over nothing")
				}
			}
		}
	})
}

// TestContainer: the signatures of an ASiC-E container, with the files beside
// them, right and changed.
func TestContainer(t *testing.T) {
	t.Parallel()
	raw := pkitest.ReadCorpus(t, "generic/asic/multifiles-ok.asice")
	container, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"META-INF/signatures001.xml", "META-INF/signatures002.xml"} {
		in, err := fs.ReadFile(container, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range []string{"", "more"} {
			s := only(t, in)
			s.Document().Open = func(r *xmldsig.Reference) (io.Reader, error) {
				f, err := container.Open(r.URI)
				return io.MultiReader(f, strings.NewReader(change)), err
			}
			if err := errors.Join(s.PropertiesErr, s.CheckValue(s.Certificates[0].PublicKey), s.CheckSigningCertificate(s.Certificates[0])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, r := range s.DataReferences() {
				if err := r.Check(); !r.External() || (change == "") != (err == nil) || err != nil && !errors.Is(err, xmldsig.ErrDigest) {
					t.Errorf("%s: %s: %v", name, r.URI, err)
				}
			}
			if len(s.DataReferences()) != 2 {
				t.Errorf("%s: %d files", name, len(s.DataReferences()))
			}
		}
	}
}

// TestSocialFund reads a published example of the Social Fund: XAdES-B with GOST,
// edited after signing, its certificate cut.
func TestSocialFund(t *testing.T) {
	t.Parallel()
	s := only(t, pkitest.ReadCorpus(t, "sfr/ЕФС-1_с_МЧД_СФР.xml"))
	if s.Err != nil || s.PropertiesErr != nil || s.Level() != xades.LevelB || s.SigningTime.IsZero() || s.BadCertificates != 1 || s.Method.Hash != alg.Streebog256 {
		t.Errorf("%v, %v, %s, %d bad certificates", s.Err, s.PropertiesErr, s.Level(), s.BadCertificates)
	}
	for _, r := range s.References {
		if err := r.Check(); !errors.Is(err, xmldsig.ErrDigest) {
			t.Errorf("%s: %v", r.URI, err)
		}
	}
	if c, err := s.DataReferences()[0].Coverage(); err != nil || !c.Whole {
		t.Errorf("covers %+v, %v", c, err)
	}
}
