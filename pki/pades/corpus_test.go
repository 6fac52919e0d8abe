// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
)

// verdict is what this package says of one signature, trust and time aside.
type verdict string

const (
	good     verdict = "good"      // no problem, digest and value verify, no change that is not allowed
	modified verdict = "modified"  // the same, with a change that is not allowed
	refused  verdict = "refused"   // a structural problem, or digest or value wrong
	unknown  verdict = "unchecked" // value not computed in this program
)

func verdictOf(s *pades.Signature) (verdict, error) {
	if len(s.Problems) > 0 {
		return refused, errors.New(string(s.Problems[0]))
	}
	if err := s.CheckDigest(); err != nil {
		return refused, err
	}
	c := s.Certificate()
	if c == nil {
		return unknown, errors.New("no certificate of the signer")
	}
	if c.PublicKey == nil {
		return unknown, alg.ErrUnsupported
	}
	err := s.CheckValue(c.PublicKey)
	switch {
	case errors.Is(err, alg.ErrUnsupported):
		return unknown, err
	case err != nil:
		return refused, err
	case s.Modified():
		return modified, nil
	}
	return good, nil
}

// expected has a row for every file of the two sections of the manifest: the
// verdicts by the end of the ranges, and the levels where they are told.
type expected struct {
	verdicts []verdict
	levels   []any // pades.Level, or cades.Level of the message inside
	why      string
}

func expectations() map[string]expected {
	one := func(v verdict, levels ...any) expected { return expected{verdicts: []verdict{v}, levels: levels} }
	return map[string]expected{
		"pades-gost/01_okular_BES.pdf":                           one(good, cades.LevelB),
		"pades-gost/04_cam_BES_signers_free_area_signed_BES.pdf": {verdicts: []verdict{good, good}, levels: []any{pades.LevelB, pades.LevelB}},
		"pades-gost/07_acrob_CADEST.pdf":                         one(good, cades.LevelT),
		"pades-gost/12_cam_NULL.pdf":                             {why: "not signed; the file has no form at all, as the manifest says"},
		"pades-gost/14_acrob_CADES-XLT1.pdf":                     one(good, cades.LevelXL1),
		"pades-gost/15_fns_1.pdf":                                one(good, pades.Basic),
		"pades-gost/16_Document_АРМ_BES_revoced.pdf":             one(good, pades.LevelB),
		"pades-gost/17_acr_XLT1_revoced.pdf":                     one(good, cades.LevelXL1),
		"pades-gost/20_acrob_T_revoced.pdf":                      one(good, cades.LevelT),
		"pades-gost/25_cam_CADES-A.pdf":                          one(good, cades.LevelLTA),

		"generic/pades/BadEncodedCMS.pdf":                                         {verdicts: []verdict{refused}},
		"generic/pades/PAdES-LT.pdf":                                              {verdicts: []verdict{good, good, good, good}, levels: []any{pades.LevelLT}},
		"generic/pades/doc-firmado-LT.pdf":                                        one(good, pades.LevelLT),
		"generic/pades/encrypted.pdf":                                             one(good),
		"generic/pades/hello_signed_INCSAVE_signed.pdf":                           {verdicts: []verdict{unknown, unknown}, why: "RSA of 1024 bits"},
		"generic/pades/hello_signed_INCSAVE_signed_EDITED.pdf":                    {verdicts: []verdict{unknown, refused}, why: "RSA of 1024 bits; the manifest counts from the newest"},
		"generic/pades/modified_after_signature.pdf":                              one(modified),
		"generic/pades/pades-bes-no-certificates.pdf":                             {verdicts: []verdict{unknown}, why: "no certificate of the signer"},
		"generic/pades/pades-bes.pdf":                                             one(good, pades.LevelB),
		"generic/pades/pades-ltv.pdf":                                             {verdicts: []verdict{good, good, good}, levels: []any{pades.LevelLTA}},
		"generic/pades/pades-signed-filled-form.pdf":                              {verdicts: []verdict{unknown, good}, why: "usage rights with SHA-1; the form is filled after the other one"},
		"generic/pades/pades-spoofing-replaced-reason.pdf":                        {verdicts: []verdict{modified, refused}},
		"generic/pades/pades-tst-with-null-type.pdf":                              {verdicts: []verdict{good, good}, levels: []any{pades.LevelLTA}},
		"generic/pades/pades_infinite_loop.pdf":                                   one(refused),
		"generic/pades/pdf-byterange-overlap.pdf":                                 {verdicts: []verdict{good, refused}},
		"generic/pades/pdf-signed-corrupted.pdf":                                  one(refused),
		"generic/pades/pdf-signed-original.pdf":                                   one(good),
		"generic/pades/pdf-signed-out-of-byteRange.pdf":                           one(refused),
		"generic/pades/pdf-spoofing-attack.pdf":                                   {verdicts: []verdict{modified, refused}},
		"generic/pades/pkcs7-no-message-digest.pdf":                               {verdicts: []verdict{unknown}, why: "SHA-1"},
		"generic/pades/pyhanko-malformed-xref-space-padded.pdf":                   {},
		"generic/pades/pyhanko-minimal-badxref.pdf":                               {},
		"generic/pades/pyhanko-minimal-signed-twice-no-sig-type.pdf":              {verdicts: []verdict{good, good}},
		"generic/pades/pyhanko-minimal-startxref-hopeless.pdf":                    {},
		"generic/pades/pyhanko-minimal-startxref-hopeless3.pdf":                   {},
		"generic/pades/pyhanko-minimal-two-fields-signed-twice.pdf":               {verdicts: []verdict{good, good}},
		"generic/pades/pyhanko-pades-lta-dss-indirect-arrs-test-2.pdf":            {verdicts: []verdict{good, good, good}, levels: []any{pades.LevelLTA}},
		"generic/pades/pyhanko-pades-lta-dss-indirect-arrs-test.pdf":              {verdicts: []verdict{good, good}, levels: []any{pades.LevelLTA}},
		"generic/pades/pyhanko-pades-with-old-style-signing-cert-attr-issser.pdf": one(good, pades.LevelB),
		"generic/pades/pyhanko-sig-no-signed-attrs.pdf":                           one(good, pades.Basic),
		"generic/pades/pyhanko-signature-gap-too-big.pdf":                         one(refused),
	}
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	table := expectations()
	agree, differ, unsupported := 0, 0, 0
	files := append(pkitest.ManifestFiles(t, "pades-gost"), pkitest.ManifestFiles(t, "generic/pades")...)
	for _, file := range files {
		want, known := table[file]
		if !known {
			t.Errorf("%s: no expectation", file)
			continue
		}
		delete(table, file)
		same, unchecked := checkFile(t, file, want)
		switch {
		case !same:
			differ++
		case unchecked:
			unsupported++
			t.Logf("%s: not supported or not checkable: %s", file, want.why)
		default:
			agree++
		}
	}
	for file := range table {
		t.Errorf("%s: not in the corpus", file)
	}
	t.Logf("%d files: %d agree with the manifest, %d differ, %d with a value that is not computed here", len(files), agree, differ, unsupported)
}

// checkFile compares one file with its row and reports whether a value of it
// could not be checked.
func checkFile(t *testing.T, file string, want expected) (same, unchecked bool) {
	in := pkitest.ReadCorpus(t, file)
	d, err := pades.Read(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return false, false
	}
	if len(d.Signatures) != len(want.verdicts) {
		t.Errorf("%s: %d signatures, want %d", file, len(d.Signatures), len(want.verdicts))
		return false, false
	}
	same = true
	for i, s := range d.Signatures {
		v, err := verdictOf(s)
		if v != want.verdicts[i] {
			same = false
			t.Errorf("%s: signature %d %q: %s (%v, problems %v, changes %v), want %s", file, i+1, s.Field, v, err, s.Problems, s.Changes, want.verdicts[i])
		}
		unchecked = unchecked || v == unknown && s.Kind != pades.UsageRights
		if i >= len(want.levels) {
			continue
		}
		switch level := want.levels[i].(type) {
		case pades.Level:
			if s.Level() != level {
				same = false
				t.Errorf("%s: signature %d: level %s, want %s", file, i+1, s.Level(), level)
			}
		case cades.Level:
			if l := cades.LevelOf(s.Message, s.Signer); l != level {
				same = false
				t.Errorf("%s: signature %d: level inside %s, want %s", file, i+1, l, level)
			}
		}
	}
	return same, unchecked
}

// TestCorpusMutants flips octets of real files: a mutant may only pass where the
// octet lies in the value (its unsigned parts and its padding).
func TestCorpusMutants(t *testing.T) {
	t.Parallel()
	in := pkitest.ReadCorpus(t, "generic/pades/pyhanko-pades-with-old-style-signing-cert-attr-issser.pdf")
	first, err := pades.Read(bytes.NewReader(in), int64(len(in)))
	if err != nil {
		t.Fatal(err)
	}
	span := first.Signatures[0].Range
	total, passed := 0, 0
	for i := 0; i < len(in); i += 7 {
		mutant := bytes.Clone(in)
		mutant[i] ^= 1 << (i % 8)
		total++
		d, err := pades.Read(bytes.NewReader(mutant), int64(len(mutant)))
		if err != nil {
			continue
		}
		for _, s := range d.Signatures {
			if v, _ := verdictOf(s); v != good {
				continue
			}
			passed++
			if int64(i) < span[1] || int64(i) >= span[2] {
				t.Errorf("octet %d changed and the signature passes", i)
			}
		}
	}
	t.Logf("%d mutants, %d pass, all with the changed octet inside of the value", total, passed)
}

func TestCorpusReasons(t *testing.T) {
	t.Parallel()
	for file, part := range map[string]string{
		"generic/pades/pyhanko-signature-gap-too-big.pdf":  string(pades.ProblemGap),
		"generic/pades/pdf-byterange-overlap.pdf":          string(pades.ProblemOverlap),
		"generic/pades/pdf-signed-out-of-byteRange.pdf":    string(pades.ProblemRange),
		"generic/pades/BadEncodedCMS.pdf":                  string(pades.ProblemFormat),
		"generic/pades/pades-spoofing-replaced-reason.pdf": string(pades.ProblemRevision),
	} {
		in := pkitest.ReadCorpus(t, file)
		d, err := pades.Read(bytes.NewReader(in), int64(len(in)))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, s := range d.Signatures {
			for _, p := range s.Problems {
				all = append(all, string(p))
			}
		}
		if !strings.Contains(strings.Join(all, " "), part) {
			t.Errorf("%s: problems %v, want %s", file, all, part)
		}
	}
}
