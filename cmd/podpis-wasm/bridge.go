// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

package main

import (
	"errors"
	"syscall/js"

	"podpis/cmd/browser"
	"podpis/pki/pkcs12"
	"podpis/pki/x509"
	"podpis/sign"
)

// codeOf names a failure for the page, which has the words.
func codeOf(err error) string {
	switch {
	case errors.Is(err, pkcs12.ErrPassword):
		return "password"
	case errors.Is(err, pkcs12.ErrNoKey):
		return "no_key"
	case errors.Is(err, pkcs12.ErrPair), errors.Is(err, sign.ErrPair):
		return "not_pair"
	case errors.Is(err, sign.ErrExpired), errors.Is(err, sign.ErrKeyPeriod):
		return "expired"
	case errors.Is(err, sign.ErrNotYetValid):
		return "early"
	case errors.Is(err, sign.ErrKeyUsage):
		return "usage"
	case errors.Is(err, sign.ErrSelfCheck):
		return "self_check"
	}
	return "no_key"
}

func certificatesOf(list js.Value) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for i := range list.Length() {
		c, err := x509.ParseCertificate(browser.Octets(list.Index(i)))
		if err != nil {
			return nil, err
		}
		certificates = append(certificates, c)
	}
	return certificates, nil
}
