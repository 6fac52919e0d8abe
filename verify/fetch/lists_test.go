// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package fetch_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/fetch"
	"podpis/verify/reasons"
)

// shelf is a server of files.
type shelf struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string][]byte
	slow  map[string]bool
	asked []string
	gone  chan struct{}
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	s := &shelf{files: map[string][]byte{}, slow: map[string]bool{}, gone: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.Path)
		content, slow := s.files[r.URL.Path], s.slow[r.URL.Path]
		s.mu.Unlock()
		switch {
		case slow:
			select {
			case <-s.gone:
			case <-r.Context().Done():
			}
		case content == nil:
			http.Error(w, "forbidden", http.StatusForbidden)
		default:
			_, _ = w.Write(content)
		}
	}))
	t.Cleanup(func() { close(s.gone); s.Close() })
	return s
}

// at makes the extension that says where certificates of the signer are.
func (s *shelf) at(path string) x509.Extension {
	location, err := x509.URI(s.URL + path).Encode()
	if err != nil {
		panic(err) // of the test itself
	}
	return x509.Extension{OID: x509.OIDAuthorityInfoAccess, Value: der.Sequence(der.Sequence(der.ObjectID("1.3.6.1.5.5.7.48.2"), location))}
}

func crl(t *testing.T, by *pkitest.Identity, change func(x *x509.CRLTemplate)) []byte {
	t.Helper()
	template := &x509.CRLTemplate{
		Issuer: by.Cert.Subject, ThisUpdate: pkitest.Now.Add(-time.Hour), NextUpdate: pkitest.Now.AddDate(0, 0, 7), Number: x509.NewSerial([]byte{5}),
		AuthorityKeyID: by.Cert.SubjectKeyID,
	}
	change(template)
	raw, err := x509.CreateCRL(rand.Reader, template, by.Key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func judge(t *testing.T, root *pkitest.Identity, c *x509.Certificate, evidence []verify.Evidence, more ...*x509.Certificate) *verify.Report {
	t.Helper()
	pool := &verify.Pool{Certificates: more}
	report, err := verify.Check(t.Context(), verify.Input{Signature: c.Raw}, verify.Options{
		At: pkitest.Now, Trust: []verify.Anchor{{Certificate: root.Cert}}, Evidence: append([]verify.Evidence{pool}, evidence...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// A revocation that only the delta list has is seen; without the delta the complete list
// is good enough.
func TestDeltaLists(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"list", "certificate"} {
		s := newShelf(t)
		root := pkitest.Root(t, alg.P256, "CN=Root")
		leaf := root.Signer(t, alg.P256, "CN=Leaf", func(x *x509.Template) {
			x.CRLDistributionPoints = []string{s.URL + "/base.crl"}
			if where == "certificate" {
				x.Extra = append(x.Extra, x509.Extension{OID: x509.OIDFreshestCRL, Value: points(t, s.URL+"/nothing.crl", s.URL+"/delta.crl")})
			}
		}).Cert
		s.files["/base.crl"] = crl(t, root, func(x *x509.CRLTemplate) {
			if where == "list" {
				x.FreshestCRL = []string{s.URL + "/nothing.crl", s.URL + "/delta.crl"}
			}
		})
		evidence := func() []verify.Evidence { return fetch.New(fetch.Options{AllowLoopback: true}).Evidence() }
		if r := judge(t, root, leaf, evidence()); r.Certificates[0].Outcome != reasons.CertificateValid {
			t.Errorf("%s: without the delta: %s", where, r.Certificates[0].Outcome)
		}
		s.files["/delta.crl"] = crl(t, root, func(x *x509.CRLTemplate) {
			x.IsDelta, x.DeltaBase, x.Number = true, x509.NewSerial([]byte{5}), x509.NewSerial([]byte{6})
			x.Revoked = []x509.Revoked{{Serial: leaf.Serial, At: pkitest.Now.Add(-time.Hour), Reason: x509.ReasonKeyCompromise}}
		})
		if r := judge(t, root, leaf, evidence()); r.Certificates[0].Outcome != reasons.CertificateRevoked {
			t.Errorf("%s: %s", where, r.Certificates[0].Outcome)
		}
	}
}

// points encodes distribution points, each with one address.
func points(t *testing.T, addresses ...string) []byte {
	t.Helper()
	var all [][]byte
	for _, a := range addresses {
		name, err := x509.URI(a).Encode()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, der.Sequence(der.Explicit(0, der.Element(der.ContextConstructed(0), name))))
	}
	return der.Sequence(all...)
}

// A list signed by the authority's new key is verified with the certificate that stands at
// the address the list gives, and that certificate is looked up in its own lists.
func TestSignersOfLists(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	root := pkitest.Root(t, alg.P256, "CN=Root")
	at := func(path string) func(x *x509.Template) {
		return func(x *x509.Template) { x.CRLDistributionPoints = []string{s.URL + path} }
	}
	older, newer := root.CA(t, "CN=CA", at("/root.crl")), root.CA(t, "CN=CA", at("/root.crl"))
	leaf := older.Signer(t, alg.P256, "CN=Leaf", at("/ca.crl")).Cert
	s.files["/newer.cer"] = newer.Cert.Raw
	s.files["/ca.crl"] = crl(t, newer, func(x *x509.CRLTemplate) { x.Extra = []x509.Extension{s.at("/newer.cer")} })
	s.files["/root.crl"] = crl(t, root, func(*x509.CRLTemplate) {})
	evidence := func() []verify.Evidence { return fetch.New(fetch.Options{AllowLoopback: true}).Evidence() }
	if r := judge(t, root, leaf, evidence(), older.Cert); r.Certificates[0].Outcome != reasons.CertificateValid {
		t.Errorf("%s: %s", r.Certificates[0].Outcome, r.Certificates[0].Reason.Text)
	}
	delete(s.files, "/newer.cer")
	if r := judge(t, root, leaf, evidence(), older.Cert); r.Certificates[0].Outcome == reasons.CertificateValid {
		t.Error("believed without the certificate of the signer")
	}
	s.files["/newer.cer"] = newer.Cert.Raw
	s.files["/root.crl"] = crl(t, root, func(x *x509.CRLTemplate) {
		x.Revoked = []x509.Revoked{{Serial: newer.Cert.Serial, At: pkitest.Now.AddDate(0, -1, 0), Reason: x509.ReasonKeyCompromise}}
	})
	if r := judge(t, root, leaf, evidence(), older.Cert); r.Certificates[0].Outcome == reasons.CertificateValid {
		t.Error("believed a list of a revoked key")
	}
}

// Lists whose signers name lists whose signers name lists end somewhere.
func TestCircleOfSigners(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	root := pkitest.Root(t, alg.P256, "CN=Root")
	stranger := func(path string) *pkitest.Identity {
		return pkitest.Root(t, alg.P256, "CN=Root", func(x *x509.Template) { x.CRLDistributionPoints = []string{s.URL + path} })
	}
	for i, next := range []string{"b", "c", "d", "e", "f", "a"} {
		name := string(rune('a' + i))
		by := stranger("/" + next + ".crl")
		s.files["/"+name+".cer"] = by.Cert.Raw
		s.files["/"+name+".crl"] = crl(t, by, func(x *x509.CRLTemplate) { x.Extra = []x509.Extension{s.at("/" + name + ".cer")} })
	}
	leaf := root.Signer(t, alg.P256, "CN=Leaf", func(x *x509.Template) { x.CRLDistributionPoints = []string{s.URL + "/a.crl"} }).Cert
	data, err := fetch.New(fetch.Options{AllowLoopback: true}).Evidence()[1].Revocation(t.Context(), leaf, root.Cert)
	if err != nil || len(data) == 0 || len(data) > 3 || len(s.asked) > 6 {
		t.Errorf("%d lists of %v: %v", len(data), s.asked, err)
	}
	// A certificate of many partitions is bounded too.
	var many []string
	for range 200 {
		many = append(many, s.URL+"/nothing.crl?"+strings.Repeat("x", len(many)))
	}
	leaf = root.Signer(t, alg.P256, "CN=Leaf", func(x *x509.Template) { x.CRLDistributionPoints = many }).Cert
	s.asked = nil
	if _, err := fetch.New(fetch.Options{AllowLoopback: true}).Evidence()[1].Revocation(t.Context(), leaf, root.Cert); err == nil || len(s.asked) > 5 {
		t.Errorf("%d requests, %v", len(s.asked), err)
	}
}

// A server that is slow or forbids is passed over for the next one in time, and a
// question ends when its patience does.
func TestSeveralSources(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	root := pkitest.Root(t, alg.P256, "CN=Root")
	leaf := root.Signer(t, alg.P256, "CN=Leaf", func(x *x509.Template) {
		x.CRLDistributionPoints = []string{s.URL + "/forbidden.crl", s.URL + "/slow.crl", s.URL + "/good.crl"}
	}).Cert
	s.slow["/slow.crl"] = true
	s.files["/good.crl"] = crl(t, root, func(*x509.CRLTemplate) {})
	o := fetch.Options{AllowLoopback: true, Timeout: 100 * time.Millisecond, Patience: 10 * time.Second}
	data, err := fetch.New(o).Evidence()[1].Revocation(t.Context(), leaf, root.Cert)
	if err != nil || len(data) != 1 || data[0].Source != s.URL+"/good.crl" {
		t.Errorf("%+v, %v", data, err)
	}
	o.Timeout, o.Patience = time.Minute, 100*time.Millisecond
	began := time.Now()
	if data, err := fetch.New(o).Evidence()[1].Revocation(t.Context(), leaf, root.Cert); err == nil || len(data) > 0 || time.Since(began) > 10*time.Second {
		t.Errorf("%d lists after %v, %v", len(data), time.Since(began), err)
	}
}

// Answers count for as long as the client was told, failures for a minute, and the oldest
// make room.
func TestAnswersAreForgotten(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	root := pkitest.Root(t, alg.P256, "CN=Root")
	s.files["/good.crl"] = crl(t, root, func(*x509.CRLTemplate) {})
	now := pkitest.Now
	client := fetch.New(fetch.Options{AllowLoopback: true, Keep: time.Hour, Now: func() time.Time { return now }})
	ask := func(path string, want int) {
		t.Helper()
		s.asked = nil
		_, _ = client.Lists(t.Context(), []string{s.URL + path})
		if len(s.asked) != want {
			t.Errorf("%s after %v: asked %d times, want %d", path, now.Sub(pkitest.Now), len(s.asked), want)
		}
	}
	ask("/good.crl", 1)
	ask("/none.crl", 1)
	now = now.Add(30 * time.Second)
	ask("/good.crl", 0)
	ask("/none.crl", 0)
	now = now.Add(time.Minute)
	ask("/good.crl", 0)
	ask("/none.crl", 1)
	for i := range 70 {
		now = now.Add(time.Second)
		ask("/other.crl?"+strings.Repeat("x", i), 1)
	}
	ask("/good.crl", 1)
	now = now.Add(2 * time.Hour)
	ask("/good.crl", 1)
}
