// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"podpis/internal/platform/problem"
	"podpis/internal/service/ca/lint"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// draft is a certificate that the judge has let pass, without its signature.
type draft struct {
	tbs    []byte
	judged *x509.Certificate // the same octets, signed with a throw-away key
}

// prepareDraft encodes and judges a certificate. The judge sees it signed with a
// throw-away key of the issuer's kind, so that what is wrong never meets the
// real one. A root has no issuer (nil).
func prepareDraft(t *x509.Template, spki []byte, kind alg.Kind, issuer *x509.Certificate, rules lint.Rules) (draft, error) {
	tbs, err := t.TBS(kind.Algorithm(), spki)
	if err != nil {
		return draft{}, problem.New(problem.Invalid, "ca.subject.wrong").Because(err)
	}
	throwaway, err := alg.Generate(kind, rand.Reader)
	if err != nil {
		return draft{}, fmt.Errorf("make throw-away key: %w", err)
	}
	defer throwaway.Zero()
	sig, err := x509.SignTBS(rand.Reader, throwaway, tbs)
	if err != nil {
		return draft{}, fmt.Errorf("sign draft: %w", err)
	}
	judged, err := x509.ParseCertificate(x509.AssembleSigned(tbs, kind.Algorithm(), sig))
	if err != nil {
		return draft{}, problem.New(problem.Invalid, "ca.subject.wrong").Because(fmt.Errorf("read draft: %w", err))
	}
	if issuer == nil {
		issuer = judged
	}
	if findings := lint.Check(judged, issuer, rules); len(findings) > 0 {
		return draft{}, problem.New(problem.Invalid, "ca.lint").With("Finding", findings[0].Rule).Because(findings)
	}
	return draft{tbs, judged}, nil
}

// TBSSigner is a signer that sees what it signs: a token that hashes by itself or
// keeps a journal of the certificates it has signed, outside of the database.
// What implements it is given whole certificates instead of their digests.
type TBSSigner interface {
	alg.Signer
	// SignTBS signs the octets of a TBSCertificate. It returns after whatever it
	// records of them is durable. It may be called from several goroutines.
	SignTBS(rand io.Reader, tbs []byte) ([]byte, error)
}

// signDraft makes the signature and checks it with the issuer's certificate
// before anybody sees it: a faulty token must not let a wrong one out.
func signDraft(d draft, signer alg.Signer, issuer *x509.Certificate) ([]byte, error) {
	var sig []byte
	var err error
	if whole, ok := signer.(TBSSigner); ok {
		sig, err = whole.SignTBS(rand.Reader, d.tbs)
	} else {
		sig, err = x509.SignTBS(rand.Reader, signer, d.tbs)
	}
	if err != nil {
		return nil, fmt.Errorf("sign certificate: %w", err)
	}
	raw := x509.AssembleSigned(d.tbs, signer.PublicKey().Kind().Algorithm(), sig)
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("read own certificate: %w", err)
	}
	if err := cert.CheckSignatureFrom(issuer); err != nil {
		return nil, fmt.Errorf("check own signature: %w", err)
	}
	if !bytes.Equal(cert.RawTBS, d.tbs) {
		return nil, errors.New("ca: signed octets differ from the plan")
	}
	return raw, nil
}
