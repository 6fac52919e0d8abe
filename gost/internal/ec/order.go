// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ec

// Order is arithmetic modulo the prime order q of a group. Unless a method says otherwise its time does not
// depend on the numbers, only on the width of the curve.
type Order struct {
	q     Words
	short *mont256 // for curves of 256 bits, else nil
	long  *mont512 // for curves of 512 bits, else nil
}

func newOrder(q *Words, size int) Order {
	o := Order{q: *q}
	if size == 32 {
		o.short = new(mont256)
		o.short.init(q)
	} else {
		o.long = new(mont512)
		o.long.init(q)
	}
	return o
}

// Q returns the order itself.
func (o *Order) Q() Words { return o.q }

// Contains tells whether 0 < x < q.
func (o *Order) Contains(x *Words) bool { return !x.IsZero() && x.Less(&o.q) }

// Add returns x + y mod q for x, y below q.
func (o *Order) Add(x, y *Words) (r Words) {
	if o.short != nil {
		o.short.add((*element256)(r[:]), (*element256)(x[:]), (*element256)(y[:]))
	} else {
		o.long.add((*element512)(&r), (*element512)(x), (*element512)(y))
	}
	return r
}

// Negate returns −x mod q for x below q.
func (o *Order) Negate(x *Words) (r Words) {
	var zero Words
	if o.short != nil {
		o.short.sub((*element256)(r[:]), (*element256)(zero[:]), (*element256)(x[:]))
	} else {
		o.long.sub((*element512)(&r), (*element512)(&zero), (*element512)(x))
	}
	return r
}

// Multiply returns x·y mod q for x of the width of the curve and y below q.
func (o *Order) Multiply(x, y *Words) (r Words) {
	if o.short != nil {
		var t element256
		o.short.mul(&t, (*element256)(x[:]), &o.short.rr)
		o.short.mul((*element256)(r[:]), &t, (*element256)(y[:]))
	} else {
		var t element512
		o.long.mul(&t, (*element512)(x), &o.long.rr)
		o.long.mul((*element512)(&r), &t, (*element512)(y))
	}
	return r
}

// Reduce returns x mod q for any x of the width of the curve.
func (o *Order) Reduce(x *Words) Words {
	one := Words{1}
	return o.Multiply(x, &one)
}

// ReduceWide returns low + high·2^n mod q, where n is the width of the curve in bits and low and high are of
// that width.
func (o *Order) ReduceWide(low, high *Words) Words {
	x, y := o.Reduce(low), o.Reduce(high)
	if o.short != nil {
		o.short.mul((*element256)(y[:]), (*element256)(y[:]), &o.short.rr) // y·2^256
	} else {
		o.long.mul((*element512)(&y), (*element512)(&y), &o.long.rr)
	}
	return o.Add(&x, &y)
}

// Inverse returns 1/x mod q, and 0 for x = 0, by Fermat's theorem.
func (o *Order) Inverse(x *Words) (r Words) {
	if o.short != nil {
		var t element256
		o.short.set(&t, x)
		o.short.inverse(&t, &t)
		return o.short.words(&t)
	}
	var t element512
	o.long.set(&t, x)
	o.long.inverse(&t, &t)
	return o.long.words(&t)
}

// InversePublic returns 1/x mod q for 0 < x < q. Its time depends on x, which must be public. It is the almost
// inverse of Kaliski, "The Montgomery inverse and its applications", with shifts by many bits at once.
func (o *Order) InversePublic(x *Words) Words {
	n := 4
	if o.long != nil {
		n = 8
	}
	// u and v lose factors of two and each other until both are 1. Throughout q = u·s + v·r, so that r and s stay
	// below q, and x·r = −u·2^k, x·s = v·2^k modulo q.
	u, v, s := o.q, *x, Words{1}
	var r Words
	k := v.trailingZeros()
	v.shiftRight(k, n) // r is 0 and need not be shifted
	for {
		var shift int
		switch v.compare(&u, n) {
		case 1:
			v.subtract(&u, n)
			s.add(&r, n)
			shift = v.trailingZeros()
			v.shiftRight(shift, n)
			r.shiftLeft(shift, n)
		case -1:
			u.subtract(&v, n)
			r.add(&s, n)
			shift = u.trailingZeros()
			u.shiftRight(shift, n)
			s.shiftLeft(shift, n)
		default:
			return o.divideByPower(&s, k)
		}
		k += shift
	}
}

// divideByPower returns x/2^k mod q for x below q, in a time that depends on k: a Montgomery product divides by
// 2^width.
func (o *Order) divideByPower(x *Words, k int) Words {
	width := 256
	if o.long != nil {
		width = 512
	}
	r := *x
	for ; k > 0; k -= width {
		rest := max(width-k, 0)
		power := Words{}
		power[rest/64] = 1 << (rest % 64)
		if o.short != nil {
			o.short.mul((*element256)(r[:]), (*element256)(power[:]), (*element256)(r[:]))
		} else {
			o.long.mul((*element512)(&r), (*element512)(&power), (*element512)(&r))
		}
	}
	return r
}
