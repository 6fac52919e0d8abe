// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
)

// identity is who may speak with whom: one authority, a server and a client.
type identity struct {
	authority      *x509.Certificate
	server, client pair
}

// pair is a certificate with its key, PEM.
type pair struct{ certificate, key []byte }

func newIdentity(now time.Time) (identity, error) {
	var id identity
	issuer, err := alg.Generate(alg.P256, rand.Reader)
	if err != nil {
		return id, err
	}
	name, err := x509.NewName(x509.Attribute{OID: x509.OIDCommonName, Value: "Учебный реестр: удостоверяющий центр"})
	if err != nil {
		return id, err
	}
	t := template(now)
	t.Issuer, t.Subject, t.IsCA, t.KeyUsage, t.SubjectKeyID = name, name, true, x509.KeyCertSign, x509.KeyID(issuer.PublicKey())
	raw, err := x509.CreateCertificate(rand.Reader, t, issuer.PublicKey().SPKI(), issuer)
	if err != nil {
		return id, err
	}
	if id.authority, err = x509.ParseCertificate(raw); err != nil {
		return id, err
	}
	if id.server, err = issue(now, id.authority, issuer, "localhost", x509.OIDServerAuth); err != nil {
		return id, err
	}
	id.client, err = issue(now, id.authority, issuer, "podpis", x509.OIDClientAuth)
	return id, err
}

func template(now time.Time) *x509.Template {
	serial := make([]byte, 16)
	rand.Read(serial)
	serial[0] &= 0x7f
	return &x509.Template{
		Serial: x509.NewSerial(serial), NotBefore: now.Add(-time.Hour).UTC().Truncate(time.Second), NotAfter: now.AddDate(1, 0, 0).UTC().Truncate(time.Second), MaxPathLen: -1,
	}
}

func issue(now time.Time, authority *x509.Certificate, issuer *alg.PrivateKey, name string, usage der.OID) (pair, error) {
	key, err := alg.Generate(alg.P256, rand.Reader)
	if err != nil {
		return pair{}, err
	}
	subject, err := x509.NewName(x509.Attribute{OID: x509.OIDCommonName, Value: name})
	if err != nil {
		return pair{}, err
	}
	t := template(now)
	t.Issuer, t.Subject, t.KeyUsage, t.ExtKeyUsage = authority.Subject, subject, x509.DigitalSignature, []der.OID{usage}
	t.SubjectKeyID, t.AuthorityKeyID = x509.KeyID(key.PublicKey()), authority.SubjectKeyID
	t.SubjectAltName = []x509.GeneralName{{Kind: x509.DNSName, Value: name}}
	raw, err := x509.CreateCertificate(rand.Reader, t, key.PublicKey().SPKI(), issuer)
	if err != nil {
		return pair{}, err
	}
	return pair{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8.Marshal(key)}),
	}, nil
}

var errStranger = errors.New("the certificate of the client is not accepted")

// checkClient lets in whom the authority gave a certificate for asking.
func (id identity) checkClient(s tls.ConnectionState) error {
	if len(s.PeerCertificates) == 0 {
		return errStranger
	}
	leaf, err := x509.ParseCertificate(s.PeerCertificates[0].Raw)
	if err != nil || !leaf.ValidAt(time.Now()) || !leaf.HasExtKeyUsage(x509.OIDClientAuth) || leaf.CheckSignatureFrom(id.authority) != nil {
		return errStranger
	}
	return nil
}
