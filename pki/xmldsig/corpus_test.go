// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmldsig_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// verdict is what is expected of one signature, without time and trust.
type verdict struct {
	value error // of the signature under the certificate it carries
	refs  []error
}

type outcome struct {
	signatures []verdict // none: unsigned
	err        error     // of reading
	why        string
}

func good() verdict { return verdict{refs: []error{nil}} }

// expectations has a row for every file of the manifest's sections "smev3" and
// "kz/xml".
func expectations() map[string]outcome {
	unsigned := outcome{why: "unsigned"}
	pretty := verdict{value: alg.ErrSignature, refs: []error{nil}}
	return map[string]outcome{
		"smev3/dripka-GetRequestRequest.xml": {signatures: []verdict{{value: alg.ErrSignature, refs: []error{xmldsig.ErrDigest}}}, why: "signature of another message in a template"},
		"smev3/inovus-ackRequest.xml":        unsigned,
		"smev3/inovus-getRequestRequest.xml": unsigned, "smev3/inovus-getResponseRequest.xml": unsigned,
		"smev3/inovus-sendRequestRequest.xml": unsigned, "smev3/inovus-sendResponseRequest.xml": unsigned,
		"smev3/smev3sharp-GetResponseResponce_EmptyQueue.xml":                            unsigned,
		"smev3/smev3sharp-GetResponseResponce_InvalidContent.xml":                        {signatures: []verdict{pretty, pretty}, why: "white space added after signing"},
		"smev3/smev3sharp-GetResponseResponce_MultipartEmptyQueue.xml":                   {err: xmltree.ErrSyntax, why: "MIME, not XML"},
		"smev3/smev3sharp-SendRequestResponce.xml":                                       {signatures: []verdict{pretty}, why: "white space added after signing"},
		"smev3/smev3sharp-SoapFaultResponse_SignatureVerificationFault.xml":              unsigned,
		"smev3/smevclient-raw_requests.1.PublicPrintOutRequest.xml":                      unsigned,
		"smev3/smevclient-raw_requests.3.SendRequestRequest.xml":                         {signatures: []verdict{good()}},
		"smev3/smevclient-raw_requests.6.SendRequestResponse.xml":                        {signatures: []verdict{good()}},
		"smev3/smevclient-raw_requests.8.GetResponseResponse.xml":                        {signatures: []verdict{good(), good()}},
		"smev3/smevclient-raw_requests_reply_incomming_request.1.GetRequestResponse.xml": {signatures: []verdict{{refs: []error{xmldsig.ErrDigest}}}, why: "body edited after signing"},
		"smev3/smevclient-raw_requests_ros_reestr.2.SendRequestRequest.xml":              {signatures: []verdict{good()}},
		"smev3/smevka-smev-message-exchange-1.1.wsdl":                                    unsigned,
		"smev3/smevka-smev-message-exchange-basic-1.1.xsd":                               unsigned,
		"smev3/smevka-smev-message-exchange-faults-1.1.xsd":                              unsigned,
		"smev3/smevka-smev-message-exchange-service-1.1.xsd":                             {err: xmltree.ErrNamespace, why: "not well-formed, as xmllint says too; the manifest differs"},
		"smev3/smevka-smev-message-exchange-types-1.1.xsd":                               unsigned,
		"kz/xml/signed-1.xml":      {signatures: []verdict{good()}},
		"kz/xml/wsse-signed-1.xml": {signatures: []verdict{good()}, why: "certificate as KeyIdentifier of WS-Security"},
	}
}

// manifestFiles lists what the manifest names in the sections.
func manifestFiles(t *testing.T) (files []string) {
	t.Helper()
	for _, section := range []string{"smev3", "kz/xml"} {
		files = append(files, pkitest.ManifestFiles(t, section)...)
	}
	return files
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	table := expectations()
	count := map[string]int{}
	for _, file := range manifestFiles(t) {
		want, known := table[file]
		if !known {
			t.Errorf("%s: in the manifest, without an expectation", file)
			continue
		}
		count["files"]++
		d, err := xmldsig.Parse(pkitest.ReadCorpus(t, file))
		if !errors.Is(err, want.err) {
			t.Errorf("%s: %v, want %v (%s)", file, err, want.err, want.why)
		}
		if err != nil {
			count["not XML"]++
			continue
		}
		if len(d.Signatures) == 0 {
			count["unsigned"]++
		}
		if len(d.Signatures) != len(want.signatures) {
			t.Errorf("%s: %d signatures, want %d (%s)", file, len(d.Signatures), len(want.signatures), want.why)
			continue
		}
		for i, s := range d.Signatures {
			count[check(t, file, s, want.signatures[i], want.why)]++
		}
	}
	t.Logf("as expected: %v", count)
}

// check compares one signature and says what it is.
func check(t *testing.T, file string, s *xmldsig.Signature, want verdict, why string) (kind string) {
	t.Helper()
	kind = "good"
	if s.Err != nil || len(s.Certificates) == 0 {
		t.Errorf("%s: %v, %d certificates", file, s.Err, len(s.Certificates))
		return "unread"
	}
	err := alg.ErrSignature
	for _, c := range s.Certificates {
		if err = s.CheckValue(c.PublicKey); err == nil {
			break
		}
	}
	if !errors.Is(err, want.value) {
		t.Errorf("%s: value: %v, want %v (%s)", file, err, want.value, why)
	}
	if err != nil {
		kind = "value wrong"
	}
	if len(s.References) != len(want.refs) {
		t.Errorf("%s: %d references", file, len(s.References))
		return kind
	}
	for i, r := range s.References {
		err := r.Check()
		if !errors.Is(err, want.refs[i]) {
			t.Errorf("%s: %s: %v, want %v (%s)", file, r.URI, err, want.refs[i], why)
		}
		if err != nil {
			kind += ", digest wrong"
		}
		coverage, err := r.Coverage()
		if err != nil {
			t.Errorf("%s: %s: %v", file, r.URI, err)
		}
		// In SMEV the element that is named must be what is beside the signature.
		if strings.HasPrefix(file, "smev3/") && (coverage.Whole || coverage.Node == nil) {
			t.Errorf("%s: %s covers %s", file, r.URI, coverage.Node.Path())
		}
	}
	return kind
}

// TestMutatedCorpus changes every octet of one real message in turn: the message
// stays good only when the octet is outside of what is signed, or is white space
// and the like that the transforms take away, which the reference's octets show.
func TestMutatedCorpus(t *testing.T) {
	t.Parallel()
	original := pkitest.ReadCorpus(t, "kz/xml/wsse-signed-1.xml")
	d, err := xmldsig.Parse(original)
	if err != nil {
		t.Fatal(err)
	}
	wantOctets, err := d.Signatures[0].References[0].Octets()
	if err != nil {
		t.Fatal(err)
	}
	wantInfo, err := d.Signatures[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	key := d.Signatures[0].Certificates[0].PublicKey
	refused, same := 0, 0
	for i := range original {
		mutant := append([]byte{}, original...)
		mutant[i] ^= 1
		m, err := xmldsig.Parse(mutant)
		if err != nil || len(m.Signatures) != 1 || m.Signatures[0].CheckValue(key) != nil || len(m.Signatures[0].References) != 1 || m.Signatures[0].References[0].Check() != nil {
			refused++
			continue
		}
		same++
		got, err := m.Signatures[0].References[0].Octets()
		if err != nil || string(got) != string(wantOctets) {
			t.Errorf("octet %d: good with other signed data", i)
		}
		if info, err := m.Signatures[0].Digest(); err != nil || string(info) != string(wantInfo) {
			t.Errorf("octet %d: good with another SignedInfo", i)
		}
	}
	if same == 0 || refused < len(original)/4 {
		t.Errorf("%d refused, %d good", refused, same)
	}
	t.Logf("%d mutants refused, %d good with the same signed octets", refused, same)
}

// TestPrettyPrinted: the white space that was put into SignedInfo is all that is
// wrong with the pretty-printed messages.
func TestPrettyPrinted(t *testing.T) {
	t.Parallel()
	between := regexp.MustCompile(`>\s+<`)
	repaired := 0
	for _, file := range []string{"smev3/smev3sharp-SendRequestResponce.xml", "smev3/smev3sharp-GetResponseResponce_InvalidContent.xml"} {
		text := string(pkitest.ReadCorpus(t, file))
		d, err := xmldsig.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Signatures {
			info := text[d.Signatures[i].SignedInfo().Start:d.Signatures[i].SignedInfo().End]
			text = strings.Replace(text, info, between.ReplaceAllString(info, "><"), 1)
			if d, err = xmldsig.Parse([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if err := d.Signatures[i].CheckValue(d.Signatures[i].Certificates[0].PublicKey); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			repaired++
		}
	}
	t.Logf("%d values right once the white space is gone", repaired)
}
