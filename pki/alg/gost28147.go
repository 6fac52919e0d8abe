// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"podpis/gost/old/gost28147"
	"podpis/pki/der"
)

// The S-boxes of GOST R 34.11-94 (RFC 4357, 11.2): those of all documents, and those
// of tests, which are not read.
const (
	oidGOST94Box     der.OID = "1.2.643.2.2.30.1"
	oidGOST94TestBox der.OID = "1.2.643.2.2.30.0"
)

// box28147 finds the S-boxes of GOST 28147-89 by their identifier (RFC 4357, 11.2;
// RFC 7836, appendix C). Those of tests are not read.
func box28147(oid der.OID) (gost28147.Box, bool) {
	switch oid {
	case "1.2.643.2.2.31.1":
		return gost28147.CryptoProA(), true
	case "1.2.643.2.2.31.2":
		return gost28147.CryptoProB(), true
	case "1.2.643.2.2.31.3":
		return gost28147.CryptoProC(), true
	case "1.2.643.2.2.31.4":
		return gost28147.CryptoProD(), true
	case "1.2.643.7.1.2.5.1.1":
		return gost28147.ParamZ(), true
	}
	return gost28147.Box{}, false
}

// decrypt28147 reads the gamma with feedback of GOST 28147-89 with key meshing,
// which all these parameter sets have (RFC 4357, 2.3.2, 11.2): containers of
// programs older than RFC 9548.
func decrypt28147(box gost28147.Box, key, iv, data []byte) ([]byte, error) {
	c, err := gost28147.NewCipher(key, box)
	if err != nil {
		return nil, err
	}
	stream, err := gost28147.NewCFBDecrypter(c, iv, true)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	stream.XORKeyStream(out, data)
	return out, nil
}
