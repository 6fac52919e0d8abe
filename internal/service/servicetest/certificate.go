// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"podpis/internal/service/ca"
	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
)

// Keyholder is a key with its certificate.
type Keyholder struct {
	t     testing.TB
	world *World
	Key   *alg.PrivateKey
	Cert  *x509.Certificate
	Chain []*x509.Certificate
}

// PersonSubject is a subject of the profile "person" for somebody with these numbers.
func PersonSubject(inn, snils string) map[string]string {
	return map[string]string{
		"CN": "Соколова Анна Ивановна", "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань", "INN": inn, "SNILS": snils,
	}
}

// Issue makes a key and a certificate of the world's authority.
func (w *World) Issue(profile string, subject map[string]string) *Keyholder {
	w.t.Helper()
	key, request := Request(w.t, alg.GOST256B)
	done, err := w.Authority.Issue(context.Background(), ca.Order{
		Key: rand.Text(), Profile: profile, Request: request, Approval: []byte("approved"), ApprovedBy: "account/op", OrderedBy: "account/anna", Subject: subject,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	k := &Keyholder{t: w.t, world: w, Key: key}
	for i, raw := range append([][]byte{done.DER}, done.Chain...) {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			w.t.Fatal(err)
		}
		if i == 0 {
			k.Cert = c
		} else {
			k.Chain = append(k.Chain, c)
		}
	}
	return k
}

// foreign is an authority of another state that the world trusts.
func (w *World) foreign() (dir string, evidence verify.Evidence) {
	w.t.Helper()
	now := w.Clock.Now()
	w.Abroad = pkitest.Root(w.t, alg.GOST256B, "CN=НУЦ РК (учебный),C=KZ", func(x *x509.Template) { x.NotBefore, x.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(5, 0, 0) })
	dir = w.t.TempDir()
	pool := &verify.Pool{}
	err := pool.AddCRL(w.Abroad.CRL(w.t, now.Add(-time.Hour), now.AddDate(1, 0, 0)), "abroad")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "abroad.cer"), w.Abroad.Cert.Raw, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return dir, pool
}

// HeadOfKZ is the purpose of certificates of first heads of organisations of Kazakhstan.
const HeadOfKZ der.OID = "1.2.398.3.3.4.1.2.1"

// IssueAbroad makes a key and a certificate of another state, for these purposes.
func (w *World) IssueAbroad(subject string, purposes ...der.OID) *Keyholder {
	w.t.Helper()
	now := w.Clock.Now()
	i := w.Abroad.Signer(w.t, alg.GOST256B, subject, func(x *x509.Template) {
		x.NotBefore, x.NotAfter, x.ExtKeyUsage = now.Add(-time.Hour), now.AddDate(1, 0, 0), slices.Concat(purposes, []der.OID{x509.OIDEmailProtection})
	})
	return &Keyholder{t: w.t, world: w, Key: i.Key, Cert: i.Cert}
}

// Sign signs a text as the browser does.
func (k *Keyholder) Sign(text string) []byte {
	k.t.Helper()
	return k.SignAt(text, k.world.DB.Now())
}

// SignAt is Sign that claims another time.
func (k *Keyholder) SignAt(text string, at time.Time) []byte {
	k.t.Helper()
	s, err := sign.WithDigest(context.Background(), rand.Reader, alg.Streebog256.Sum([]byte(text)), k.Key, sign.Options{Certificate: k.Cert, Chain: k.Chain, Time: at})
	if err != nil {
		k.t.Fatal(err)
	}
	return s.Detached()
}

// Request makes a key of a kind and a request for it.
func Request(t testing.TB, kind alg.Kind) (*alg.PrivateKey, []byte) {
	t.Helper()
	k, err := alg.Generate(kind, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := x509.NameByText("CN=Заявитель")
	if err != nil {
		t.Fatal(err)
	}
	req, err := x509.CreateRequest(rand.Reader, k, subject, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k, req
}
