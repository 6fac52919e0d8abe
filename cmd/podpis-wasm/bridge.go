// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

package main

import (
	"errors"
	"syscall/js"

	"podpis/pki/pkcs12"
	"podpis/pki/x509"
	"podpis/sign"
)

// octets copies a Uint8Array.
func octets(v js.Value) []byte {
	b := make([]byte, v.Get("length").Int())
	js.CopyBytesToGo(b, v)
	return b
}

// array makes a Uint8Array.
func array(b []byte) js.Value {
	v := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}

func failure(code string) any { return map[string]any{"error": code} }

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
		c, err := x509.ParseCertificate(octets(list.Index(i)))
		if err != nil {
			return nil, err
		}
		certificates = append(certificates, c)
	}
	return certificates, nil
}
