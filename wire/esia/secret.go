// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/x509"
)

// Statement is what client_secret is made over. Code is empty at the first step.
type Statement struct {
	ClientID, Scope, Timestamp, State, RedirectURI, Code string
}

// Octets are the values put together, in UTF-8, without anything between: nothing in
// them tells where one ends, so whoever checks takes the values from the request.
func (s Statement) Octets(v Variant) []byte {
	if v == V2 {
		return []byte(s.ClientID + s.Scope + s.Timestamp + s.State + s.RedirectURI + s.Code)
	}
	return []byte(s.Scope + s.Timestamp + s.ClientID + s.State)
}

var (
	// ErrKey says that a key is not of the kind a variant is made with.
	ErrKey = errors.New("esia: the second variant needs a key of GOST R 34.10-2012, 256 bits")
	// ErrSecret says that a client_secret does not fit statement and certificate.
	ErrSecret = errors.New("esia: client_secret does not fit")
)

// maxSecret bounds what is decoded of a client_secret.
const maxSecret = 32 << 10

// Secret makes client_secret with the key of the client's certificate.
func Secret(random io.Reader, v Variant, key alg.Signer, cert *x509.Certificate, s Statement) (string, error) {
	octets := s.Octets(v)
	kind := key.PublicKey().Kind()
	h := kind.Hash()
	digest := h.Sum(octets)
	if v == V2 {
		if !isGOST256(kind) {
			return "", ErrKey
		}
		signature, err := key.SignDigest(random, h, digest)
		if err != nil {
			return "", fmt.Errorf("sign client_secret: %w", err)
		}
		return encode(signature), nil
	}
	statement, err := ParseTime(s.Timestamp)
	if err != nil {
		return "", err
	}
	attributes := cms.ContentAttributes(cms.OIDData, digest, statement)
	signature, err := key.SignDigest(random, h, h.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		return "", fmt.Errorf("sign client_secret: %w", err)
	}
	b := cms.Builder{
		Certificates: []*x509.Certificate{cert},
		Signers:      []*cms.SignerInfo{cms.NewSigner(cert, h, kind.Algorithm(), attributes, signature)},
	}
	return encode(b.Detached()), nil
}

// CheckSecret checks a client_secret against the registered certificate of a client.
// Validity and revocation of the certificate are the caller's to judge. Every reason
// to refuse is ErrSecret with what is wrong.
func CheckSecret(v Variant, cert *x509.Certificate, s Statement, secret string) error {
	if len(secret) > maxSecret {
		return fmt.Errorf("%w: longer than %d", ErrSecret, maxSecret)
	}
	raw, err := decode(secret)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSecret, err)
	}
	key := cert.PublicKey
	if key == nil {
		return fmt.Errorf("%w: key of an unknown algorithm", ErrSecret)
	}
	if v == V2 {
		h := key.Kind().Hash()
		if !isGOST256(key.Kind()) {
			return fmt.Errorf("%w: %w", ErrSecret, ErrKey)
		}
		if err := key.Verify(key.Kind().Algorithm(), h, h.Sum(s.Octets(v)), raw); err != nil {
			return fmt.Errorf("%w: %w", ErrSecret, err)
		}
		return nil
	}
	return checkDetached(raw, cert, key, s.Octets(v))
}

func checkDetached(raw []byte, cert *x509.Certificate, key *alg.PublicKey, octets []byte) error {
	sd, err := cms.ParseSignedData(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSecret, err)
	}
	if !sd.Detached || len(sd.Signers) != 1 {
		return fmt.Errorf("%w: not one detached signature", ErrSecret)
	}
	signer := sd.Signers[0]
	if !signer.Names(cert) {
		return fmt.Errorf("%w: signed by another certificate", ErrSecret)
	}
	if signer.Digest == alg.NoHash || signer.Digest.Size() < 32 {
		return fmt.Errorf("%w: digest algorithm", ErrSecret)
	}
	digest := signer.Digest.Sum(octets)
	if err := signer.CheckDigest(cms.OIDData, digest); err != nil {
		return fmt.Errorf("%w: %w", ErrSecret, err)
	}
	if err := signer.CheckSignature(key, digest); err != nil {
		return fmt.Errorf("%w: %w", ErrSecret, err)
	}
	return nil
}

// CertificateHash is client_certificate_hash: Streebog-256 of the certificate in hex,
// in capitals as cpverify prints it. Which letters the server wants is not certain.
func CertificateHash(cert *x509.Certificate) string {
	return strings.ToUpper(hex.EncodeToString(cert.Fingerprint(alg.Streebog256)))
}

func isGOST256(k alg.Kind) bool {
	return k.IsGOST() && !k.ReadOnly() && k.Hash() == alg.Streebog256
}
