// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package sign_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/sign"
)

// A message is raised where it is: a stamp for each signature without one, then an archive over everything.
func TestStampAndArchive(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	one, two := root.Signer(t, alg.GOST256B, "CN=One"), root.Signer(t, alg.GOST512A, "CN=Two")
	authority := &tsa{Identity: root.TSA(t, alg.GOST256B)}
	document := []byte("document")
	first, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(document), one.Key, sign.Options{Certificate: one.Cert, Level: sign.T, Timestamper: authority})
	if err != nil {
		t.Fatal(err)
	}
	sd, err := cms.ParseSignedData(first)
	if err != nil {
		t.Fatal(err)
	}
	h := two.Key.Kind().Hash()
	second, err := sign.WithDigest(t.Context(), rand.Reader, h.Sum(document), two.Key, sign.Options{Certificate: two.Cert})
	if err != nil {
		t.Fatal(err)
	}
	unstamped := second.Detached()
	second.AddTo(sd)
	if n, err := sign.Stamp(t.Context(), rand.Reader, sd, authority); err != nil || n != 1 {
		t.Errorf("%d stamped, %v", n, err)
	}
	if n, err := sign.Stamp(t.Context(), rand.Reader, sd, authority); err != nil || n != 0 {
		t.Errorf("again: %d stamped, %v", n, err)
	}
	digest := func(h alg.Hash) ([]byte, error) { return h.Sum(document), nil }
	if err := sign.Archive(t.Context(), rand.Reader, sd, digest, authority); err != nil {
		t.Fatal(err)
	}
	sd, err = cms.ParseSignedData(sd.Encode())
	if err != nil {
		t.Fatal(err)
	}
	content := cades.Content{Digest: func(h alg.Hash) ([]byte, bool) { return h.Sum(document), true }}
	for _, si := range sd.Signers {
		if level := cades.LevelOf(sd, si); level != cades.LevelLTA {
			t.Errorf("level %s", level)
		}
		for _, s := range cades.Stamps(sd, si) {
			token, err := tsp.ParseToken(s.Token)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := s.Imprint(token.Hash, content); err != nil || !bytes.Equal(want, token.Imprint) {
				t.Errorf("stamp of kind %d does not cover, %v", s.Kind, err)
			}
		}
	}

	missing := errors.New("document is not at hand")
	if err := sign.Archive(t.Context(), rand.Reader, sd, func(alg.Hash) ([]byte, error) { return nil, missing }, authority); !errors.Is(err, missing) {
		t.Errorf("without the document: %v", err)
	}
	for name, spoil := range map[string]func(*tsp.Request, []byte) []byte{
		"refuses":  func(*tsp.Request, []byte) []byte { return tsp.Refuse(tsp.NoFailInfo, "no").Marshal() },
		"rubbish":  func(*tsp.Request, []byte) []byte { return []byte("rubbish") },
		"no token": func(*tsp.Request, []byte) []byte { return tsp.Grant([]byte{0x30, 0}).Marshal() },
	} {
		bad := &tsa{Identity: authority.Identity, spoil: spoil}
		if err := sign.Archive(t.Context(), rand.Reader, sd, digest, bad); !errors.Is(err, sign.ErrTimestamp) {
			t.Errorf("an authority that %s: %v", name, err)
		}
		bare, err := cms.ParseSignedData(unstamped)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := sign.Stamp(t.Context(), rand.Reader, bare, bad); !errors.Is(err, sign.ErrTimestamp) || n != 0 {
			t.Errorf("an authority that %s: %d stamped, %v", name, n, err)
		}
	}
}

// What was signed with what has ended is stamped with what has not.
func TestStampOfOldSignatures(t *testing.T) {
	t.Parallel()
	authority := &tsa{Identity: pkitest.Root(t, alg.GOST256B, "CN=Root").TSA(t, alg.GOST256B)}
	sd, err := cms.ParseSignedData(cms.Unarmor(pkitest.ReadCorpus(t, "cms/ivanov-46aca679df.sig"))) // GOST R 34.10-2001
	if err != nil {
		t.Fatal(err)
	}
	if n, err := sign.Stamp(t.Context(), rand.Reader, sd, authority); err != nil || n != 1 {
		t.Fatalf("%d stamped, %v", n, err)
	}
	token, err := tsp.ParseToken(cades.SignatureTimestamps(sd.Signers[0])[0])
	if err != nil || token.Hash != alg.Streebog256 || token.Covers(sd.Signers[0].Signature) != nil {
		t.Errorf("%v, %v", token.Hash, err)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	authority := &tsa{Identity: pkitest.Root(t, alg.GOST256B, "CN=Root").TSA(t, alg.GOST256B)}
	document := bytes.Repeat([]byte("document"), 30_000)
	token, err := sign.File(t.Context(), rand.Reader, bytes.NewReader(document), alg.Streebog512, authority)
	if err != nil || token.Covers(document) != nil || token.Covers(document[1:]) == nil {
		t.Errorf("%v", err)
	}
	broken := errors.New("disk is broken")
	if _, err := sign.File(t.Context(), rand.Reader, failing{broken}, alg.Streebog512, authority); !errors.Is(err, broken) {
		t.Errorf("a document that cannot be read: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestPDF(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	authority := &tsa{Identity: root.TSA(t, alg.GOST256B)}
	for _, kind := range []alg.Kind{alg.GOST256A, alg.GOST512C, alg.P256, alg.RSA} {
		id := root.Signer(t, kind, "CN=Signer")
		for _, level := range []sign.Level{sign.B, sign.T} {
			file := pkitest.PDF(nil)
			o := sign.Options{Certificate: id.Cert, Chain: []*x509.Certificate{root.Cert}, Level: level, Time: pkitest.Now, Timestamper: authority}
			tail, err := sign.PDF(t.Context(), rand.Reader, bytes.NewReader(file), int64(len(file)), id.Key, o, pades.Options{Reason: "причина"})
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			signed := slices.Concat(file, tail)
			d, err := pades.Read(bytes.NewReader(signed), int64(len(signed)))
			if err != nil || len(d.Signatures) != 1 {
				t.Fatalf("%s: %v", kind, err)
			}
			s := d.Signatures[0]
			want := map[sign.Level]pades.Level{sign.B: pades.LevelB, sign.T: pades.LevelT}[level]
			if err := errors.Join(s.CheckDigest(), s.CheckValue(id.Cert.PublicKey)); err != nil || s.Level() != want || len(s.Problems) != 0 || !s.Whole || s.Reason != "причина" || !s.Time.Equal(pkitest.Now) {
				t.Errorf("%s: %v, %+v", kind, err, s)
			}
		}
	}
	id := root.Signer(t, alg.GOST256B, "CN=Signer")
	file := pkitest.PDF(nil)
	run := func(in []byte, change func(*sign.Options)) error {
		o := sign.Options{Certificate: id.Cert, Time: pkitest.Now}
		change(&o)
		_, err := sign.PDF(t.Context(), rand.Reader, bytes.NewReader(in), int64(len(in)), id.Key, o, pades.Options{})
		return err
	}
	if err := run(file, func(o *sign.Options) { o.Certificate = root.Cert }); !errors.Is(err, sign.ErrPair) {
		t.Errorf("another certificate: %v", err)
	}
	if err := run(file, func(o *sign.Options) { o.Time = pkitest.End.AddDate(30, 0, 0) }); !errors.Is(err, sign.ErrExpired) {
		t.Errorf("an expired certificate: %v", err)
	}
	if err := run([]byte("text"), func(*sign.Options) {}); err == nil {
		t.Error("a text was signed as PDF")
	}
	bad := &tsa{Identity: authority.Identity, spoil: func(*tsp.Request, []byte) []byte { return []byte("rubbish") }}
	if err := run(file, func(o *sign.Options) { o.Level, o.Timestamper = sign.T, bad }); !errors.Is(err, sign.ErrTimestamp) {
		t.Errorf("a broken authority: %v", err)
	}
}
