// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsl_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsl"
	"podpis/pki/x509"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

var day = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// signer is a certificate that signs lists.
func signer(tb testing.TB, k alg.Kind) *pkitest.Identity {
	tb.Helper()
	return pkitest.Root(tb, alg.P256, "CN=Ministry").Signer(tb, k, "CN=Signer of lists")
}

// centre makes up a centre that fills every field; n tells it from others.
func centre(n, keys int) *tsl.Centre {
	c := &tsl.Centre{
		Number: fmt.Sprint(n), Name: fmt.Sprintf("ООО «Образец № %d» & <сыновья>", n), ShortName: "Образец", INN: "9900000120", OGRN: fmt.Sprint(1999900000000 + n),
		Mail: "ca@example.org", Site: "http://ca.example.org/?a=1&b=2", Registry: "http://ca.example.org/registry", Successor: "1999900000120",
		Address: tsl.Address{Country: "RU", Index: "420000", RegionCode: "16", Region: "Республика Татарстан", City: "Казань", Street: "ул. Образцовая, 1"},
		Status:  tsl.Status{State: tsl.Ended, Text: "Прекращена", From: day},
		History: []tsl.Status{{State: tsl.Active, Text: "Действует", From: day.AddDate(-3, 0, 0)}, {State: tsl.Ended, Text: "Прекращена", From: day}},
	}
	s := tsl.System{Name: "Комплекс", Class: "КС2", Tools: "Подпись", Address: c.Address}
	for i := range keys {
		s.Keys = append(s.Keys, tsl.Key{
			ID: []byte{byte(n), byte(n >> 8), byte(i), 0xFF}, Lists: []string{"http://ca.example.org/1.crl", "http://reserve.example.org/1.crl"},
			Certificates: []tsl.Certificate{{
				Fingerprint: "AA", Subject: "CN=Образец", Issuer: "CN=ГУЦ", Serial: "01", From: day.AddDate(-3, 0, 0), Until: day.AddDate(12, 0, 0),
				Raw: bytes.Repeat([]byte{0x30, byte(n), byte(i)}, 600),
			}},
		})
	}
	c.Systems = []tsl.System{s}
	return c
}

// write makes a signed list.
func write(tb testing.TB, id *pkitest.Identity, head tsl.Head, centres ...*tsl.Centre) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := tsl.NewWriter(&b, head, id.Cert)
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range centres {
		w.Add(c)
	}
	if err := w.Close(rand.Reader, id.Key); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func read(in []byte, pinned ...*x509.Certificate) (*tsl.List, []*tsl.Centre, error) {
	var centres []*tsl.Centre
	list, err := tsl.Read(bytes.NewReader(in), int64(len(in)), pinned, func(c *tsl.Centre) error {
		centres = append(centres, c)
		return nil
	})
	return list, centres, err
}

// What was written is read again, under every kind of key.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	want := []*tsl.Centre{centre(1, 2), centre(2, 0), {Number: "3", Name: "Пустой", Status: tsl.Status{Text: "Действует", State: tsl.Active}}}
	for _, k := range pkitest.Kinds() {
		id := signer(t, k)
		in := write(t, id, tsl.Head{Version: 16300, Date: day}, want...)
		list, got, err := read(in, pkitest.Root(t, alg.P256, "CN=Other").Cert, id.Cert)
		if err != nil {
			t.Fatalf("%s: %v", k.Name(), err)
		}
		if list.Version != 16300 || !list.Date.Equal(day) || list.Centres != 3 || list.Unread != 0 || !list.Signer.Equal(id.Cert) {
			t.Errorf("%s: %+v", k.Name(), list)
		}
		for i := range want {
			if i == 2 { // one installation without keys is not told from none
				got[i].Systems = nil
			}
			if d := cmp.Diff(want[i], got[i]); d != "" {
				t.Errorf("%s: %s", k.Name(), d)
			}
		}
		// The tree of the whole document says the same about the signature.
		d, err := xmldsig.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		s := d.Signatures[0]
		if err := errors.Join(s.CheckValue(id.Key.PublicKey()), s.References[0].Check()); err != nil {
			t.Errorf("%s by the tree: %v", k.Name(), err)
		}
	}
}

// replace changes a list; it must contain what is replaced.
func replace(tb testing.TB, in []byte, old, with string) []byte {
	tb.Helper()
	if !bytes.Contains(in, []byte(old)) {
		tb.Fatalf("no %q in the list", old)
	}
	return bytes.Replace(in, []byte(old), []byte(with), 1)
}

func TestBrokenLists(t *testing.T) {
	t.Parallel()
	id, other := signer(t, alg.GOST256A), signer(t, alg.GOST256A)
	in := write(t, id, tsl.Head{Version: 7, Date: day}, centre(1, 1))
	start, end := bytes.Index(in, []byte("<Signature ")), bytes.Index(in, []byte("</Signature>"))+len("</Signature>")
	signature := string(in[start:end])
	late := write(t, id, tsl.Head{Version: 7, Date: pkitest.End.AddDate(1, 0, 0)})
	for _, test := range []struct {
		name string
		in   []byte
		want error
	}{
		{"empty", nil, xmltree.ErrSyntax},
		{"no XML", []byte("PK"), xmltree.ErrSyntax},
		{"another document", []byte("<a/>"), tsl.ErrFormat},
		{"namespace", replace(t, in, " xmlns:xsi", ` xmlns="urn:x" xmlns:xsi`), tsl.ErrFormat},
		{"entities", replace(t, in, "\n<", "\n<!DOCTYPE a [<!ENTITY x 'y'>]><"), xmltree.ErrDTD},
		{"cut off", in[:len(in)-20], xmltree.ErrSyntax},
		{"no signature", append(bytes.Clone(in[:start]), in[end:]...), tsl.ErrUnsigned},
		{"two signatures", replace(t, in, signature, signature+signature), tsl.ErrUnsigned},
		{"no version", replace(t, in, "<Версия>7</Версия>", ""), tsl.ErrFormat},
		{"two versions", replace(t, in, "<Версия>7</Версия>", "<Версия>7</Версия><Версия>8</Версия>"), tsl.ErrFormat},
		{"version", replace(t, in, "<Версия>7</Версия>", "<Версия>-7</Версия>"), tsl.ErrFormat},
		{"date", replace(t, in, "2026-03-01T09:00:00Z", "yesterday"), tsl.ErrFormat},
		{"higher version", replace(t, in, "<Версия>7</Версия>", "<Версия>8</Версия>"), tsl.ErrChanged},
		{"another name", replace(t, in, "Образец №", "Подлог №"), tsl.ErrChanged},
		{"one space more", replace(t, in, "</Название>", " </Название>"), tsl.ErrChanged},
		{"a centre more", replace(t, in, "</УдостоверяющийЦентр>", "</УдостоверяющийЦентр><УдостоверяющийЦентр></УдостоверяющийЦентр>"), tsl.ErrChanged},
		{"centres in the signature", replace(t, in, "</KeyInfo>", "</KeyInfo><Object><УдостоверяющийЦентр xmlns=''/></Object>"), nil},
		{"another signature inside", replace(t, in, "</УдостоверяющийЦентр>", signature+"</УдостоверяющийЦентр>"), tsl.ErrChanged},
		{"value", replace(t, in, "<SignatureValue>", "<SignatureValue>AAAA"), tsl.ErrSignature},
		{"digest", replace(t, in, "<DigestValue>", "<DigestValue>AAAA"), tsl.ErrSignature},
		{"no value", replace(t, in, "SignatureValue", "Value"), xmltree.ErrSyntax},
		{"part of the list", replace(t, in, `URI=""`, `URI="#a"`), tsl.ErrUnsigned},
		{"elsewhere", replace(t, in, `URI=""`, `URI="http://example.org/"`), tsl.ErrUnsigned},
		{"other transforms", replace(t, in, "enveloped-signature", "base64"), tsl.ErrUnsigned},
		{"unknown digest", replace(t, in, `DigestMethod Algorithm="`, `DigestMethod Algorithm="x`), alg.ErrUnsupported},
		{"unknown method", replace(t, in, `SignatureMethod Algorithm="`, `SignatureMethod Algorithm="x`), tsl.ErrUnsigned},
		{"another signer", write(t, other, tsl.Head{Version: 7, Date: day}), tsl.ErrSigner},
		{"nobody named", replace(t, write(t, other, tsl.Head{Version: 7, Date: day}), "X509Certificate>", "X509Unknown>"), xmltree.ErrSyntax},
		{"after the signer", late, tsl.ErrExpired},
	} {
		if _, _, err := read(test.in, id.Cert); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	var stranger *tsl.SignerError
	if _, _, err := read(in, other.Cert); !errors.As(err, &stranger) || !stranger.Certificate.Equal(id.Cert) || !strings.Contains(err.Error(), "Signer of lists") {
		t.Errorf("a stranger is not named: %v", err)
	}
	if _, _, err := read(in); !errors.Is(err, tsl.ErrSigner) {
		t.Errorf("without anybody to trust: %v", err)
	}
	if _, _, err := read(in, make([]*x509.Certificate, 65)...); !errors.Is(err, tsl.ErrTooMany) {
		t.Errorf("too many to trust: %v", err)
	}
	enough := errors.New("enough")
	if _, err := tsl.Read(bytes.NewReader(in), int64(len(in)), []*x509.Certificate{id.Cert}, func(*tsl.Centre) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the reader's own error: %v", err)
	}
	if list, err := tsl.Read(bytes.NewReader(in), int64(len(in)), []*x509.Certificate{id.Cert}, nil); err != nil || list.Centres != 1 {
		t.Errorf("without a reader: %v", err)
	}
}

// swap is a file that is another one from the second reading on.
type swap struct {
	files [][]byte
	reads int
}

func (s *swap) ReadAt(p []byte, at int64) (int, error) {
	if at == 0 {
		s.reads++
	}
	return bytes.NewReader(s.files[min(s.reads, len(s.files))-1]).ReadAt(p, at)
}

// A file that changes between the readings gives nothing that was not signed.
func TestFileChangesWhileRead(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	good := write(t, id, tsl.Head{Version: 7, Date: day}, centre(1, 1))
	for name, second := range map[string][]byte{
		"centre":  bytes.Replace(good, []byte("Казань"), []byte("Рязань"), 1),
		"version": write(t, id, tsl.Head{Version: 6, Date: day}, centre(1, 1)),
		"no XML":  bytes.Repeat([]byte("x"), len(good)),
	} {
		file := &swap{files: [][]byte{good, second}}
		_, err := tsl.Read(file, int64(len(good)), []*x509.Certificate{id.Cert}, nil)
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// The forms in which lists of the field differ from ours.
func TestForms(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.RSA)
	in := write(t, id, tsl.Head{Version: 1, Date: day}, centre(1, 1))
	// The signature may stand in front, use exclusive canonicalization or none, and
	// carry properties; each is signed anew.
	for name, change := range map[string]func(string) string{
		"exclusive": func(s string) string {
			return strings.ReplaceAll(s, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", xmldsig.ExclusiveURI)
		},
		"with comments": func(s string) string {
			return strings.ReplaceAll(s, "REC-xml-c14n-20010315", "REC-xml-c14n-20010315#WithComments")
		},
		"no canonicalization": func(s string) string {
			return strings.Replace(s, `<Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>`, "", 1)
		},
		"in front": func(s string) string {
			i, j := strings.Index(s, "<Signature "), strings.Index(s, "</Signature>")+len("</Signature>")
			return strings.Replace(s[:i]+s[j:], "<Версия>", s[i:j]+"<Версия>", 1)
		},
		"markup beside": func(s string) string {
			return strings.Replace(s, "?>\n", "?>\n<?xml-stylesheet a?><!-- c -->\n", 1) + "<!-- end --><?end?>\n"
		},
		"short tags and comments": func(s string) string {
			return strings.Replace(s, "<Версия>1", "<Пусто/><!-- here --><Версия>1", 1)
		},
	} {
		out := resign(t, id, change(string(in)))
		if _, got, err := read(out, id.Cert); err != nil || len(got) != 1 || got[0].Address.City != "Казань" {
			t.Errorf("%s: %d centres, %v", name, len(got), err)
		}
	}
	old := resign(t, id, strings.Replace(string(in), "<Регион><Код>16</Код><Название>Республика Татарстан</Название></Регион>", "<Регион>Татарстан</Регион>", 1))
	if _, got, err := read(old, id.Cert); err != nil || got[0].Address.Region != "Татарстан" || got[0].Address.RegionCode != "" {
		t.Errorf("region as text: %v", err)
	}
}

// resign puts the right digest and value into a changed list, by the tree of the
// whole document.
func resign(t *testing.T, id *pkitest.Identity, text string) []byte {
	t.Helper()
	fill := func(element string, value []byte) {
		i := strings.Index(text, "<"+element+">") + len(element) + 2
		j := strings.Index(text, "</"+element+">")
		text = text[:i] + base64(value) + text[j:]
	}
	parsed := func() *xmldsig.Signature {
		d, err := xmldsig.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d.Signatures[0]
	}
	r := parsed().References[0]
	octets, err := r.Octets()
	if err != nil {
		t.Fatal(err)
	}
	fill("DigestValue", r.Hash.Sum(octets))
	s := parsed()
	digest, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.SignDigest(rand.Reader, s.Method.Hash, digest)
	if err != nil {
		t.Fatal(err)
	}
	fill("SignatureValue", value)
	return []byte(text)
}
