// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades_test

import (
	"errors"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// outcome is what is expected of a message of the corpus, without time and trust.
type outcome struct {
	content string // file beside it; "" when attached or not stored
	level   cades.Level
	err     error // of the signature, when the content is at hand
	why     string
}

// expectations has a row for every file of the manifest's section "cms".
func expectations() map[string]outcome {
	data := outcome{why: "content or certificate of another row"}
	return map[string]outcome{
		"bc-detached-010203.bin":      data,
		"bc-detached-010203.p7s":      {content: "bc-detached-010203.bin", level: cades.LevelCMS},
		"bc-detached-ca.der":          data,
		"fss-4fss-report.esl.p7m":     {level: cades.LevelB},
		"ivanov-46aca679df.sig":       {content: "ivanov-doc.txt", level: cades.LevelB},
		"ivanov-5399fc7b41.sig":       {content: "ivanov-doc.txt", level: cades.LevelB},
		"ivanov-5a7592775b.sig":       {content: "ivanov-doc.txt", level: cades.LevelB, err: cms.ErrContentDigest, why: "signs other content"},
		"ivanov-abee69b32b.sig":       {content: "ivanov-doc.txt", level: cades.LevelB},
		"ivanov-doc.txt":              data,
		"ivanov-e9b7429493.sig":       {content: "ivanov-doc.txt", level: cades.LevelB},
		"pdf-01_okular_BES.p7s":       {content: "-", level: cades.LevelB, why: "content is in a PDF"},
		"pdf-14_acrob_CADES-XLT1.p7s": {content: "-", level: cades.LevelXL1, why: "content is in a PDF"},
		"pdf-15_fns_1.bin":            data,
		"pdf-15_fns_1.p7s":            {content: "pdf-15_fns_1.bin", level: cades.LevelCMS},
		"pdf-17_acr_XLT1_revoced.bin": data,
		"pdf-17_acr_XLT1_revoced.p7s": {content: "pdf-17_acr_XLT1_revoced.bin", level: cades.LevelXL1},
		"pdf-20_acrob_T_revoced.bin":  data,
		"pdf-20_acrob_T_revoced.p7s":  {content: "pdf-20_acrob_T_revoced.bin", level: cades.LevelT},
		"pdf-25_cam_CADES-A.p7s":      {content: "-", level: cades.LevelLTA, why: "content is in a PDF"},
		"tc26-hashed_a311.pem":        {err: &cms.TypeError{ContentType: cms.OIDDigestedData}, why: "digested data"},
		"tc26-signed_a111.pem":        {level: cades.LevelCMS},
		"tc26-signed_a121.pem":        {level: cades.LevelCMS},
	}
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	table := expectations()
	for _, file := range pkitest.ManifestFiles(t, "cms") {
		name := strings.TrimPrefix(file, "cms/")
		want, known := table[name]
		if !known {
			t.Errorf("%s: in the manifest, without an expectation", file)
			continue
		}
		if want.level == "" && want.err == nil {
			continue
		}
		checkFile(t, file, want)
	}
}

func checkFile(t *testing.T, file string, want outcome) {
	t.Helper()
	sd, err := cms.ParseSignedData(cms.Unarmor(pkitest.ReadCorpus(t, file)))
	if err != nil {
		if want.level != "" || err.Error() != want.err.Error() {
			t.Errorf("%s: %v, want %v (%s)", file, err, want.err, want.why)
		}
		return
	}
	if len(sd.Signers) != 1 {
		t.Errorf("%s: %d signers", file, len(sd.Signers))
		return
	}
	si := sd.Signers[0]
	if got := cades.LevelOf(sd, si); got != want.level {
		t.Errorf("%s: level %s, want %s", file, got, want.level)
	}
	content := sd.Content
	switch {
	case want.content == "-":
		content = nil
	case want.content != "":
		content = pkitest.ReadCorpus(t, "cms/"+want.content)
	}
	if err := checkSigner(sd, si, content); !errors.Is(err, want.err) {
		t.Errorf("%s: %v, want %v (%s)", file, err, want.err, want.why)
	}
}

// checkSigner verifies what the message allows: with no content at hand, the
// signature over the attributes alone.
func checkSigner(sd *cms.SignedData, si *cms.SignerInfo, content []byte) error {
	var cert *x509.Certificate
	for _, c := range append(sd.Certificates, cades.MaterialOf(si).Certificates...) {
		if si.Names(c) {
			cert = c
		}
	}
	if cert == nil {
		return errors.New("no certificate")
	}
	if cades.LevelOf(sd, si) != cades.LevelCMS {
		if err := cades.CheckSigningCertificate(si, cert); err != nil && si.Digest != alg.NoHash {
			return err
		}
	}
	if si.Digest == alg.NoHash {
		return alg.ErrUnsupported
	}
	digest := si.Digest.Sum(content)
	if content != nil {
		if err := si.CheckDigest(sd.ContentType, digest); err != nil {
			return err
		}
	}
	return si.CheckSignature(cert.PublicKey, digest)
}
