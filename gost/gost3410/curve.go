// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"sync"

	"podpis/gost/internal/ec"
)

// Curve is a parameter set of GOST R 34.10-2012: a curve with a generator P of prime order q. Each function
// below always returns the same pointer, so that sets may be compared. One set may have several object
// identifiers.
type Curve struct{ ec *ec.Curve }

// Name returns a short name of the set, such as CryptoPro-A or 512-C.
func (c *Curve) Name() string { return c.ec.Name() }

// Size returns the length in bytes of a coordinate, of a private key, of a digest and of half a signature:
// 32 or 64.
func (c *Curve) Size() int { return c.ec.Size() }

// TestSet256 is the set of the examples of RFC 7091, 7.1 (id-GostR3410-2001-TestParamSet). It protects
// nothing.
func TestSet256() *Curve { return testSet256() }

// CryptoProA is id-GostR3410-2001-CryptoPro-A-ParamSet of RFC 4357, also known as CryptoPro-XchA-ParamSet and
// as id-tc26-gost-3410-2012-256-paramSetB.
func CryptoProA() *Curve { return cryptoProA() }

// CryptoProB is id-GostR3410-2001-CryptoPro-B-ParamSet of RFC 4357, also known as
// id-tc26-gost-3410-2012-256-paramSetC.
func CryptoProB() *Curve { return cryptoProB() }

// CryptoProC is id-GostR3410-2001-CryptoPro-C-ParamSet of RFC 4357, also known as CryptoPro-XchB-ParamSet and
// as id-tc26-gost-3410-2012-256-paramSetD.
func CryptoProC() *Curve { return cryptoProC() }

// TC26A256 is id-tc26-gost-3410-2012-256-paramSetA of RFC 7836, a twisted Edwards curve with cofactor 4.
func TC26A256() *Curve { return tc26A256() }

// Test512 is the set of the second example of GOST R 34.10-2012 (id-tc26-gost-3410-12-512-paramSetTest). It
// protects nothing.
func Test512() *Curve { return test512() }

// TC26A512 is id-tc26-gost-3410-12-512-paramSetA of RFC 7836.
func TC26A512() *Curve { return tc26A512() }

// TC26B512 is id-tc26-gost-3410-12-512-paramSetB of RFC 7836.
func TC26B512() *Curve { return tc26B512() }

// TC26C512 is id-tc26-gost-3410-2012-512-paramSetC of RFC 7836, a twisted Edwards curve with cofactor 4.
func TC26C512() *Curve { return tc26C512() }

var (
	testSet256 = wrap(ec.TestSet256)
	cryptoProA = wrap(ec.CryptoProA)
	cryptoProB = wrap(ec.CryptoProB)
	cryptoProC = wrap(ec.CryptoProC)
	tc26A256   = wrap(ec.TC26A256)
	test512    = wrap(ec.Test512)
	tc26A512   = wrap(ec.TC26A512)
	tc26B512   = wrap(ec.TC26B512)
	tc26C512   = wrap(ec.TC26C512)
)

func wrap(curve func() *ec.Curve) func() *Curve {
	return sync.OnceValue(func() *Curve { return &Curve{curve()} })
}
