// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
)

// parse reads a message of the corpus with what is known of its content.
func parse(t *testing.T, file string) (*cms.SignedData, cades.Content) {
	t.Helper()
	sd, err := cms.ParseSignedData(cms.Unarmor(pkitest.ReadCorpus(t, file)))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	content := sd.Content
	if m := regexp.MustCompile(`^cms/pdf-(.*)\.p7s$`).FindStringSubmatch(file); m != nil && sd.Detached {
		content = signedPart(t, m[1], sd.Signers[0])
	}
	if content == nil {
		return sd, cades.Content{}
	}
	return sd, cades.Content{
		Digest: func(h alg.Hash) ([]byte, bool) { return h.Sum(content), true },
		Write:  func(to func([]byte)) bool { to(content); return true },
	}
}

// signedPart finds the byte range of a PDF that the signer digested.
func signedPart(t *testing.T, name string, si *cms.SignerInfo) []byte {
	t.Helper()
	pdf := pkitest.ReadCorpus(t, "pades-gost/"+name+".pdf")
	digest, _ := cms.Find(si.SignedAttributes, cms.OIDMessageDigest)
	for _, m := range regexp.MustCompile(`/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)`).FindAllSubmatch(pdf, -1) {
		var v [4]int
		for i := range v {
			v[i], _ = strconv.Atoi(string(m[i+1]))
		}
		part := append(append([]byte(nil), pdf[v[0]:v[0]+v[1]]...), pdf[v[2]:v[2]+v[3]]...)
		if bytes.HasSuffix(digest, si.Digest.Sum(part)) {
			return part
		}
	}
	t.Fatalf("%s: no signed part", name)
	return nil
}

// judge says of each stamp of a message whether it covers what it has to.
func judge(t *testing.T, file string) string {
	t.Helper()
	sd, content := parse(t, file)
	var out []string
	for _, si := range sd.Signers {
		for _, s := range cades.Stamps(sd, si) {
			token, err := tsp.ParseToken(s.Token)
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			want, err := s.Imprint(token.Hash, content)
			switch {
			case errors.Is(err, cades.ErrNoContent):
				out = append(out, fmt.Sprintf("%d needs content", s.Kind))
			case err != nil:
				out = append(out, fmt.Sprintf("%d %v", s.Kind, err))
			default:
				out = append(out, fmt.Sprintf("%d %t", s.Kind, bytes.Equal(want, token.Imprint)))
			}
		}
	}
	return strings.Join(out, ", ")
}

// Stamps of real signatures of all levels cover what the standard says: kinds 1 content, 2 value, 3 references, 5 archive.
func TestStampsOfCorpus(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"generic/cades/CAdESDoubleLTA.p7m":                "2 true, 5 true, 5 true",
		"generic/cades/Signature-C-A-XL-1.p7m":            "2 true, 3 true, 5 true", // the archive is of version 2
		"generic/cades/Signature-C-BES-4.p7m":             "1 true",
		"generic/cades/Signature-C-X-1.p7m":               "3 false, 2 true", // its references were stamped before something changed
		"generic/cades/cades-ats-v3-rev-val-crl.p7s":      "5 needs content, 5 needs content, 2 true",
		"generic/cades/cades-broken-sig-tst.p7m":          "2 true", // the token's own signature is what is broken
		"generic/cades/cades-duplicated-signed-attrs.p7m": "2 true",
		"generic/cades/counterSig.p7m":                    "2 true",
		"cms/pdf-14_acrob_CADES-XLT1.p7s":                 "3 true, 2 true",
		"cms/pdf-17_acr_XLT1_revoced.p7s":                 "3 true, 2 true",
		"cms/pdf-20_acrob_T_revoced.p7s":                  "2 true",
		"cms/pdf-25_cam_CADES-A.p7s":                      "5 true, 2 true, 3 true",
	} {
		if got := judge(t, file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

// An archive stamp notices what was taken out of the message or changed in it.
func TestArchiveStampNotices(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"generic/cades/CAdESDoubleLTA.p7m", "generic/cades/Signature-C-A-XL-1.p7m", "cms/pdf-25_cam_CADES-A.p7s"} {
		sd, content := parse(t, file)
		si := sd.Signers[0]
		check := func(what string, content cades.Content) {
			t.Helper()
			covered := 0
			for _, s := range cades.Stamps(sd, si) {
				if s.Kind != cades.ArchiveStamp {
					continue
				}
				token, err := tsp.ParseToken(s.Token)
				if err != nil {
					t.Fatal(err)
				}
				if want, err := s.Imprint(token.Hash, content); err == nil && bytes.Equal(want, token.Imprint) {
					covered++
				}
			}
			if covered == 0 == (what == "") {
				t.Errorf("%s, %q: %d stamps cover", file, what, covered)
			}
		}
		check("", content)
		other := []byte("another content")
		if sd.Detached {
			check("other content", cades.Content{
				Digest: func(h alg.Hash) ([]byte, bool) { return h.Sum(other), true },
				Write:  func(to func([]byte)) bool { to(other); return true },
			})
		}
		for i, a := range si.UnsignedAttributes {
			if a.Type != cades.OIDSignatureTimestamp {
				continue
			}
			kept := si.UnsignedAttributes
			si.UnsignedAttributes = append(append([]cms.Attribute(nil), kept[:i]...), kept[i+1:]...)
			check("signature stamp taken out", content)
			si.UnsignedAttributes = kept
		}
		si.Signature[0] ^= 1 // in place: the head of the signer refers to it
		check("value changed", content)
		si.Signature[0] ^= 1
	}
}

func TestCounterSignatures(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{"generic/cades/counterSig.p7m": 1, "generic/cades/signedFile.pdf.p7s": 2, "cms/pdf-20_acrob_T_revoced.p7s": 0} {
		sd, _ := parse(t, file)
		n := 0
		for _, si := range sd.Signers {
			counters, err := cades.CounterSignatures(si)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for _, c := range counters {
				n++
				if err := cades.CheckCounterDigest(c, si); err != nil {
					t.Errorf("%s: %v", file, err)
				}
				for _, cert := range sd.Certificates {
					if !c.Names(cert) {
						continue
					}
					if err := c.CheckSignature(cert.PublicKey, c.Digest.Sum(si.Signature)); err != nil && !errors.Is(err, alg.ErrUnsupported) {
						t.Errorf("%s: value: %v", file, err)
					}
				}
				other := *si
				other.Signature = append([]byte{1}, si.Signature...)
				if err := cades.CheckCounterDigest(c, &other); !errors.Is(err, cms.ErrContentDigest) {
					t.Errorf("%s: over another value: %v", file, err)
				}
			}
		}
		if n != want {
			t.Errorf("%s: %d counter signatures, want %d", file, n, want)
		}
	}
}

func FuzzStamps(f *testing.F) {
	for _, file := range []string{"generic/cades/CAdESDoubleLTA.p7m", "generic/cades/Signature-C-A-XL-1.p7m", "generic/cades/counterSig.p7m"} {
		f.Add(pkitest.ReadCorpus(f, file))
	}
	content := cades.Content{
		Digest: func(h alg.Hash) ([]byte, bool) { return h.Sum(nil), true },
		Write:  func(to func([]byte)) bool { to(nil); return true },
	}
	f.Fuzz(func(_ *testing.T, in []byte) {
		sd, err := cms.ParseSignedData(in)
		if err != nil {
			return
		}
		for _, si := range sd.Signers {
			for _, s := range cades.Stamps(sd, si) {
				s.Imprint(alg.SHA256, content)
			}
			counters, _ := cades.CounterSignatures(si)
			for _, c := range counters {
				cades.CheckCounterDigest(c, si) //nolint:errcheck // must not panic
			}
		}
	})
}
