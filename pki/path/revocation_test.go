// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

const hour = time.Hour

// world is a path of two with an authority that makes lists.
type world struct {
	root, ca, leaf *pkitest.Identity
	path           Path
}

func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	w := &world{root: pkitest.Root(t, alg.P256, "CN=Root")}
	w.ca = w.root.CA(t, "CN=CA")
	w.leaf = w.ca.Signer(t, alg.P256, "CN=Leaf", changes...)
	w.path = Path{Certificates: certs(w.leaf, w.ca), Anchor: AnchorOf(w.root.Cert)}
	return w
}

// list makes a list of the authority, an hour old and good for another, number 5.
func (w *world) list(t *testing.T, changes ...func(*x509.CRLTemplate)) *x509.CRL {
	t.Helper()
	return listOf(t, w.ca, changes...)
}

func listOf(t *testing.T, by *pkitest.Identity, changes ...func(*x509.CRLTemplate)) *x509.CRL {
	t.Helper()
	c := &x509.CRLTemplate{Issuer: by.Cert.Subject, Number: x509.NewSerial([]byte{5}), AuthorityKeyID: by.Cert.SubjectKeyID,
		ThisUpdate: pkitest.Now.Add(-hour), NextUpdate: pkitest.Now.Add(hour)}
	for _, change := range changes {
		change(c)
	}
	raw, err := x509.CreateCRL(rand.Reader, c, by.Key)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseCRL(raw)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (w *world) names(reason x509.Reason) func(*x509.CRLTemplate) {
	return func(c *x509.CRLTemplate) {
		c.Revoked = append(c.Revoked, x509.Revoked{Serial: w.leaf.Cert.Serial, At: pkitest.Now.Add(-48 * hour), Reason: reason})
	}
}

func updates(this, next time.Duration) func(*x509.CRLTemplate) {
	return func(c *x509.CRLTemplate) {
		c.ThisUpdate, c.NextUpdate = pkitest.Now.Add(this), pkitest.Now.Add(next)
	}
}

func point(p x509.IssuingPoint) func(*x509.CRLTemplate) {
	return func(c *x509.CRLTemplate) { c.Point = &p }
}

func delta(number, base byte) func(*x509.CRLTemplate) {
	return func(c *x509.CRLTemplate) {
		c.Number, c.IsDelta, c.DeltaBase = x509.NewSerial([]byte{number}), true, x509.NewSerial([]byte{base})
	}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	const uri = "http://ca/1.crl"
	w := newWorld(t, func(c *x509.Template) { c.CRLDistributionPoints = []string{uri} })
	at := func(u string) x509.IssuingPoint { return x509.IssuingPoint{Names: []x509.GeneralName{x509.URI(u)}} }
	some := func(bits uint16) x509.IssuingPoint { return x509.IssuingPoint{OnlySomeReasons: bits} }
	hold, compromise := x509.ReasonCertificateHold, x509.ReasonKeyCompromise
	stranger := pkitest.Root(t, alg.P256, "CN=CA")
	unknown := w.list(t)
	unknown.UnknownCritical = []der.OID{"1.2.3"} // as the parser tells it
	for _, c := range []struct {
		what  string
		lists []*x509.CRL
		state State
		why   Reason
	}{
		{"none", nil, Undetermined, ListNone},
		{"good", []*x509.CRL{w.list(t)}, Good, ""},
		{"revoked", []*x509.CRL{w.list(t, w.names(compromise))}, Revoked, ""},
		{"another authority", []*x509.CRL{listOf(t, w.root)}, Undetermined, ListScope},
		{"another key", []*x509.CRL{listOf(t, stranger)}, Undetermined, ListSignature},
		{"critical extension", []*x509.CRL{unknown}, Undetermined, ListExtension},
		{"made tomorrow", []*x509.CRL{w.list(t, updates(24*hour, 48*hour))}, Undetermined, ListFuture},
		{"stale", []*x509.CRL{w.list(t, updates(-4*hour, -2*hour))}, Undetermined, ListStale},
		{"stale and revoked", []*x509.CRL{w.list(t, updates(-4*hour, -2*hour), w.names(compromise))}, Revoked, ""},
		{"revoked, and then forgotten", []*x509.CRL{w.list(t), w.list(t, updates(-4*hour, -2*hour), w.names(compromise))}, Revoked, ""},
		{"suspended", []*x509.CRL{w.list(t, w.names(hold))}, Revoked, ""},
		{"suspended once", []*x509.CRL{w.list(t, w.names(hold), updates(-4*hour, -2*hour))}, Undetermined, ListStale},
		{"suspended once, and no more", []*x509.CRL{w.list(t, w.names(hold), updates(-4*hour, hour)), w.list(t)}, Good, ""},
		{"removed", []*x509.CRL{w.list(t, w.names(x509.ReasonRemoveFromCRL))}, Good, ""},

		{"delta alone", []*x509.CRL{w.list(t, delta(6, 5))}, Undetermined, ListNoBase},
		{"delta alone, revoked", []*x509.CRL{w.list(t, delta(6, 5), w.names(compromise))}, Revoked, ""},
		{"delta adds", []*x509.CRL{w.list(t), w.list(t, delta(6, 5), w.names(compromise))}, Revoked, ""},
		{"delta lifts", []*x509.CRL{w.list(t, w.names(hold)), w.list(t, delta(6, 4), w.names(x509.ReasonRemoveFromCRL))}, Good, ""},
		{"delta of a later base does not lift", []*x509.CRL{w.list(t, w.names(hold)), w.list(t, delta(9, 6), w.names(x509.ReasonRemoveFromCRL))}, Revoked, ""},
		{"delta before the base does not lift", []*x509.CRL{w.list(t, w.names(hold)), w.list(t, delta(5, 4), w.names(x509.ReasonRemoveFromCRL))}, Revoked, ""},
		{"delta refreshes", []*x509.CRL{w.list(t, updates(-4*hour, -2*hour)), w.list(t, delta(6, 5))}, Good, ""},
		{"stale delta beside a list that is not", []*x509.CRL{w.list(t), w.list(t, delta(6, 5), updates(-hour/2, -hour/4))}, Good, ""},
		{"stale delta does not lift", []*x509.CRL{w.list(t, w.names(hold)), w.list(t, delta(6, 5), updates(-hour/2, -hour/4), w.names(x509.ReasonRemoveFromCRL))}, Revoked, ""},
		{"stale delta revokes", []*x509.CRL{w.list(t), w.list(t, delta(6, 5), updates(-hour/2, -hour/4), w.names(compromise))}, Revoked, ""},
		{"delta of another part does not", []*x509.CRL{w.list(t, updates(-4*hour, -2*hour)), w.list(t, delta(6, 5), point(at(uri)))}, Undetermined, ListStale},

		{"its point", []*x509.CRL{w.list(t, point(at(uri)))}, Good, ""},
		{"another point", []*x509.CRL{w.list(t, point(at("http://ca/2.crl")))}, Undetermined, ListScope},
		{"people", []*x509.CRL{w.list(t, point(x509.IssuingPoint{OnlyUserCerts: true}))}, Good, ""},
		{"authorities", []*x509.CRL{w.list(t, point(x509.IssuingPoint{OnlyCACerts: true}))}, Undetermined, ListScope},
		{"attributes", []*x509.CRL{w.list(t, point(x509.IssuingPoint{OnlyAttributeCerts: true}))}, Undetermined, ListScope},
		{"some reasons", []*x509.CRL{w.list(t, point(some(1<<1)))}, Undetermined, ListReasonsNotAll},
		{"all reasons in two", []*x509.CRL{w.list(t, point(some(1<<1))), w.list(t, point(some(allReasons&^(1<<1))))}, Good, ""},
		{"all reasons, one stale", []*x509.CRL{w.list(t, point(some(1<<1))), w.list(t, point(some(allReasons&^(1<<1))), updates(-4*hour, -2*hour))}, Undetermined, ListReasonsNotAll},
		{"revoked in a part", []*x509.CRL{w.list(t, point(some(1<<1)), w.names(compromise))}, Revoked, ""},
	} {
		r := NewRevocation(w.path, pkitest.Now, nil, Options{At: pkitest.Now}, nil)
		r.Add(c.lists...)
		if s := r.Status(0); s.State != c.state || s.Why != c.why {
			t.Errorf("%s: %d %q, want %d %q", c.what, s.State, s.Why, c.state, c.why)
		}
	}
}

// TestRevocationAtPastMoment: a list from after the moment proves what was not revoked.
func TestRevocationAtPastMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *x509.Template) { c.NotAfter = pkitest.Now.Add(-2 * hour) })
	list := w.list(t)
	early := w.list(t, updates(-3*hour, hour))
	o := Options{At: pkitest.Now.Add(-3 * hour)}
	status := func(list *x509.CRL, accept func(*x509.CRL) error) Status {
		r := NewRevocation(w.path, pkitest.Now, nil, o, accept)
		r.Add(list)
		return r.Status(0)
	}
	if s := status(early, nil); s.State != Good || !s.ThisUpdate.Equal(early.ThisUpdate) {
		t.Errorf("%d %q", s.State, s.Why)
	}
	if s := status(list, nil); s.Why != ListAfterEnd {
		t.Errorf("made after the end of the certificate: %d %q", s.State, s.Why)
	}
	refuse := func(*x509.CRL) error { return errors.New("old") }
	if s := status(early, refuse); s.Why != ListNotAccepted {
		t.Errorf("not accepted: %d %q", s.State, s.Why)
	}
}

// TestListSigner: a key for lists of its own needs a path and a status of its own.
func TestListSigner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signer := w.root.Issue(t, alg.P256, "CN=CA", func(c *x509.Template) { c.KeyUsage = x509.CRLSign })
	plain := w.root.Issue(t, alg.P256, "CN=CA", func(c *x509.Template) { c.KeyUsage = x509.DigitalSignature })
	stranger := pkitest.Root(t, alg.P256, "CN=Root").Issue(t, alg.P256, "CN=CA", func(c *x509.Template) { c.KeyUsage = x509.CRLSign })
	ofRoot := listOf(t, w.root)
	revoked := listOf(t, w.root, func(c *x509.CRLTemplate) {
		c.Revoked = []x509.Revoked{{Serial: signer.Cert.Serial, At: pkitest.Now.Add(-2 * hour)}}
	})
	for what, c := range map[string]struct {
		lists []*x509.CRL
		by    *pkitest.Identity
		state State
		why   Reason
	}{
		"good":             {[]*x509.CRL{listOf(t, signer), ofRoot}, signer, Good, ""},
		"unknown":          {[]*x509.CRL{listOf(t, signer)}, signer, Undetermined, ListSignerStatus},
		"revoked":          {[]*x509.CRL{listOf(t, signer), revoked}, signer, Undetermined, ListSignerStatus},
		"not for lists":    {[]*x509.CRL{listOf(t, plain), ofRoot}, plain, Undetermined, ListSignature},
		"of another root":  {[]*x509.CRL{listOf(t, stranger), ofRoot}, stranger, Undetermined, ListSignature},
		"signer not known": {[]*x509.CRL{listOf(t, signer), ofRoot}, plain, Undetermined, ListSignature},
	} {
		r := NewRevocation(w.path, pkitest.Now, []Source{Pool(certs(c.by))}, Options{At: pkitest.Now}, nil)
		r.Add(c.lists...)
		if s := r.Status(0); s.State != c.state || s.Why != c.why {
			t.Errorf("%s: %d %q, want %d %q", what, s.State, s.Why, c.state, c.why)
		}
	}
}

// TestRevocationIsBounded: many lists that do not verify are not all tried.
func TestRevocationIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := pkitest.Root(t, alg.P256, "CN=CA")
	spent := 0
	r := NewRevocation(w.path, pkitest.Now, nil, Options{At: pkitest.Now, Spend: func() bool { spent++; return true }}, nil)
	for range 2 * maxSignatures {
		r.Add(listOf(t, stranger))
	}
	if s := r.Status(0); s.State != Undetermined || s.Why != ReasonBound || spent > maxSignatures {
		t.Errorf("%d signatures: %d %q", spent, s.State, s.Why)
	}
}
