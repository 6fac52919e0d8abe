// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import "podpis/gost/internal/ec"

// Signed is a signature s ‖ r, said to be of the digest and by the holder of the key.
type Signed struct {
	Key               *PublicKey
	Digest, Signature []byte
}

// preparedFrom is how many signatures of one key in a batch pay for a [Verifier].
const preparedFrom = 6

// VerifyBatch returns for each signature what [PublicKey.Verify] returns for it. Keys may be of any curves. Signatures on
// one curve share an inversion modulo q, and those under one key the multiples of the key if they are several.
//
// There is no equation for all signatures at once, as for other schemes: a signature has but the abscissa of its point
// modulo q, and a wrong one is to be named.
func VerifyBatch(batch []Signed) []error {
	errs := make([]error, len(batch))
	read := make([]numbers, len(batch))
	curves := map[*ec.Curve][]int{} // to places in the batch
	uses := map[PublicKey]int{}
	for i, b := range batch {
		read[i], errs[i] = b.Key.read(b.Digest, b.Signature)
		if errs[i] == nil {
			curves[read[i].curve] = append(curves[read[i].curve], i)
			uses[*b.Key]++
		}
	}
	verifiers := map[PublicKey]*Verifier{}
	for c, places := range curves {
		inverses := invert(c, read, places)
		for j, i := range places {
			key := batch[i].Key
			matches := func(z1, z2, r *ec.Words) bool { return c.SumMatches(z1, z2, &key.x, &key.y, r) }
			if uses[*key] >= preparedFrom {
				if verifiers[*key] == nil {
					verifiers[*key] = NewVerifier(key)
				}
				matches = verifiers[*key].matches
			}
			errs[i] = read[i].judge(&inverses[j], matches)
		}
	}
	return errs
}

// invert returns 1/e mod q for the places, by one inversion of the product of all.
func invert(c *ec.Curve, read []numbers, places []int) []ec.Words {
	products := make([]ec.Words, len(places)) // of e before the place
	product := ec.Words{1}
	for j, i := range places {
		products[j] = product
		product = c.Multiply(&product, &read[i].e)
	}
	inverse := c.InversePublic(&product)
	for j := len(places) - 1; j >= 0; j-- {
		products[j] = c.Multiply(&products[j], &inverse)
		inverse = c.Multiply(&inverse, &read[places[j]].e)
	}
	return products
}
