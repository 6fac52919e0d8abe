// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js

package pkcs12

import (
	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
)

// The module of the browser leaves out what only old programs write.

func decryptCryptoPro(*der.Reader, []byte, []byte, *pkcs5.Budget) (*alg.PrivateKey, error) {
	return nil, &pkcs5.AlgorithmError{OID: oidCryptoProPBE}
}

func decryptRC2(oid der.OID, _ *der.Reader, _, _ []byte, _ *pkcs5.Budget) ([]byte, error) {
	return nil, &pkcs5.AlgorithmError{OID: oid}
}
