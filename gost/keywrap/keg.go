// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keywrap

import (
	"slices"

	"podpis/gost/gost3410"
	"podpis/gost/kdf"
	"podpis/gost/vko"
)

// KEG agrees on the 64 bytes macKey ‖ encKey for [KExp15] by R 1323565.1.020-2018 (RFC 9189, 8.3.1) from the key of one
// side, the key of the other on the same curve, and UKM of 32 bytes, of which the first 24 count. Other errors than
// [ErrArgument] are those of [gost3410.PrivateKey.Agree].
func KEG(k *gost3410.PrivateKey, p *gost3410.PublicKey, ukm []byte) ([]byte, error) {
	if len(ukm) != 32 {
		return nil, ErrArgument
	}
	factor := slices.Clone(ukm[:16]) // INT of RFC 9189, 8.3.1, is big-endian
	slices.Reverse(factor)
	if k.Curve().Size() == 64 {
		return vko.Agree512(k, p, factor)
	}
	exp, err := vko.Agree256(k, p, factor)
	if err != nil {
		return nil, err
	}
	defer clear(exp)
	return kdf.KDFTree256(exp, []byte("kdf tree"), ukm[16:24], 1, 64)
}
