// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package sign_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/sign"
)

// X Long Type 1 is whole: level, stamps over what they should be over, every path inside; and it is made once.
func TestLong(t *testing.T) {
	t.Parallel()
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512C, alg.P256, alg.RSA} {
		root := pkitest.Root(t, kind, "CN=Root")
		ca := root.CA(t, "CN=CA")
		id := ca.Signer(t, kind, "CN=Signer")
		authority := &tsa{Identity: ca.TSA(t, kind)}
		lists := [][]byte{ca.CRL(t, pkitest.Now, pkitest.End), root.CRL(t, pkitest.Now, pkitest.End)}
		asked := 0
		prove := func(cert *x509.Certificate, near []*x509.Certificate) ([]cades.Proof, error) {
			asked++
			return []cades.Proof{{Certificate: cert, CRLs: lists[:1]}, {Certificate: ca.Cert, CRLs: lists[1:]}, {Certificate: root.Cert}}, nil
		}
		document := []byte("document")
		message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(document), id.Key, sign.Options{Certificate: id.Cert, Time: pkitest.Now})
		if err != nil {
			t.Fatal(err)
		}
		sd, err := cms.ParseSignedData(message)
		if err != nil {
			t.Fatal(err)
		}
		if err := sign.Long(t.Context(), rand.Reader, sd, prove, authority); err != nil {
			t.Fatal(err)
		}
		if sd, err = cms.ParseSignedData(sd.Encode()); err != nil {
			t.Fatal(err)
		}
		si := sd.Signers[0]
		stamps := cades.Stamps(sd, si)
		if level := cades.LevelOf(sd, si); level != cades.LevelXL1 || len(stamps) != 2 || asked != 3 {
			t.Errorf("%s: level %s, %d stamps, %d paths", kind, level, len(stamps), asked)
		}
		if m := cades.MaterialOf(si); len(m.Certificates) != 3 || len(m.CRLs) != 2 {
			t.Errorf("%s: %d certificates, %d lists", kind, len(m.Certificates), len(m.CRLs))
		}
		for _, s := range stamps {
			token, err := tsp.ParseToken(s.Token)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := s.Imprint(token.Hash, cades.Content{}); err != nil || !bytes.Equal(want, token.Imprint) {
				t.Errorf("%s: stamp of kind %d does not cover, %v", kind, s.Kind, err)
			}
			if m := cades.MaterialOf(token.Signature); len(m.Certificates) != 3 || len(m.CRLs) != 2 {
				t.Errorf("%s: in a stamp %d certificates, %d lists", kind, len(m.Certificates), len(m.CRLs))
			}
			if _, err := token.Verify(nil); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
		before := sd.Encode()
		if err := sign.Long(t.Context(), rand.Reader, sd, prove, authority); err != nil || !bytes.Equal(sd.Encode(), before) {
			t.Errorf("%s: again: %v", kind, err)
		}
	}
}

func TestLongRefuses(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id := root.Signer(t, alg.GOST256B, "CN=Signer")
	authority := &tsa{Identity: root.TSA(t, alg.GOST256B)}
	fresh := func() *cms.SignedData {
		message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(nil), id.Key, sign.Options{Certificate: id.Cert})
		if err != nil {
			t.Fatal(err)
		}
		sd, err := cms.ParseSignedData(message)
		if err != nil {
			t.Fatal(err)
		}
		return sd
	}
	revoked := errors.New("revoked")
	if err := sign.Long(t.Context(), rand.Reader, fresh(), func(*x509.Certificate, []*x509.Certificate) ([]cades.Proof, error) { return nil, revoked }, authority); !errors.Is(err, revoked) {
		t.Errorf("without a path: %v", err)
	}
	empty := func(*x509.Certificate, []*x509.Certificate) ([]cades.Proof, error) { return nil, nil }
	if err := sign.Long(t.Context(), rand.Reader, fresh(), empty, authority); !errors.Is(err, cades.ErrProof) {
		t.Errorf("with an empty path: %v", err)
	}
	bad := &tsa{Identity: authority.Identity, spoil: func(*tsp.Request, []byte) []byte { return []byte("rubbish") }}
	if err := sign.Long(t.Context(), rand.Reader, fresh(), empty, bad); !errors.Is(err, sign.ErrTimestamp) {
		t.Errorf("a broken authority: %v", err)
	}
	bare := fresh()
	bare.Certificates = nil
	if err := sign.Long(t.Context(), rand.Reader, bare, empty, authority); !errors.Is(err, sign.ErrNoSigner) {
		t.Errorf("without the certificate: %v", err)
	}
}

func TestCounter(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	one := root.Signer(t, alg.GOST256B, "CN=One")
	authority := &tsa{Identity: root.TSA(t, alg.GOST256B)}
	for _, kind := range []alg.Kind{alg.GOST512A, alg.P256, alg.RSA} {
		two := root.Signer(t, kind, "CN=Two")
		message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(nil), one.Key, sign.Options{Certificate: one.Cert})
		if err != nil {
			t.Fatal(err)
		}
		sd, err := cms.ParseSignedData(message)
		if err != nil {
			t.Fatal(err)
		}
		o := sign.Options{Certificate: two.Cert, Chain: []*x509.Certificate{root.Cert}, Level: sign.T, Time: pkitest.Now, Timestamper: authority}
		if n, err := sign.Counter(t.Context(), rand.Reader, sd, two.Key, o); err != nil || n != 1 {
			t.Fatalf("%s: %d, %v", kind, n, err)
		}
		if sd, err = cms.ParseSignedData(sd.Encode()); err != nil {
			t.Fatal(err)
		}
		counters, err := cades.CounterSignatures(sd.Signers[0])
		if err != nil || len(counters) != 1 || len(sd.Certificates) != 3 {
			t.Fatalf("%s: %d counter signatures, %v", kind, len(counters), err)
		}
		c := counters[0]
		if err := errors.Join(cades.CheckCounterDigest(c, sd.Signers[0]), c.CheckSignature(two.Cert.PublicKey, nil), cades.CheckSigningCertificate(c, two.Cert)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if len(cades.SignatureTimestamps(c)) != 1 || !c.SigningTime().Equal(pkitest.Now) {
			t.Errorf("%s: %d stamps, time %v", kind, len(cades.SignatureTimestamps(c)), c.SigningTime())
		}
		if _, err := sign.Counter(t.Context(), rand.Reader, sd, one.Key, o); !errors.Is(err, sign.ErrPair) {
			t.Errorf("%s: another key: %v", kind, err)
		}
		o.Time = pkitest.End.AddDate(30, 0, 0)
		if _, err := sign.Counter(t.Context(), rand.Reader, sd, two.Key, o); !errors.Is(err, sign.ErrExpired) {
			t.Errorf("%s: expired: %v", kind, err)
		}
	}
}

func TestXML(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	authority := &tsa{Identity: root.TSA(t, alg.GOST256B)}
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512A, alg.P256, alg.RSA} {
		id := root.Signer(t, kind, "CN=Signer")
		for level, want := range map[sign.Level]xades.Level{sign.B: xades.LevelB, sign.T: xades.LevelT} {
			p, err := xades.Enveloped(xades.Template{Certificate: id.Cert, Time: pkitest.Now}, []byte("<a><b/></a>"))
			if err != nil {
				t.Fatal(err)
			}
			o := sign.Options{Certificate: id.Cert, Level: level, Time: pkitest.Now, Timestamper: authority}
			out, err := sign.XML(t.Context(), rand.Reader, p, id.Key, o)
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			d, err := xades.Parse(out)
			if err != nil || len(d.Signatures) != 1 || d.Signatures[0].Level() != want || d.Signatures[0].CheckValue(id.Cert.PublicKey) != nil {
				t.Errorf("%s: %v", kind, err)
			}
			if _, err := sign.XML(t.Context(), rand.Reader, p, root.Key, o); !errors.Is(err, sign.ErrPair) {
				t.Errorf("%s: another key: %v", kind, err)
			}
			o.Time = pkitest.End.AddDate(30, 0, 0)
			if _, err := sign.XML(t.Context(), rand.Reader, p, id.Key, o); !errors.Is(err, sign.ErrExpired) {
				t.Errorf("%s: expired: %v", kind, err)
			}
		}
		bad := &tsa{Identity: authority.Identity, spoil: func(*tsp.Request, []byte) []byte { return []byte("rubbish") }}
		p, err := xades.Enveloping(xades.Template{Certificate: id.Cert, Time: pkitest.Now}, []byte("text"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sign.XML(t.Context(), rand.Reader, p, id.Key, sign.Options{Certificate: id.Cert, Level: sign.T, Timestamper: bad}); !errors.Is(err, sign.ErrTimestamp) {
			t.Errorf("%s: a broken authority: %v", kind, err)
		}
	}
}
