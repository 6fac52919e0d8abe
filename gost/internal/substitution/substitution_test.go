// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package substitution

import (
	"testing"

	"pgregory.net/rapid"
)

// pi is the table of RFC 6986, 6.2.
var pi = [256]byte{
	252, 238, 221, 17, 207, 110, 49, 22, 251, 196, 250, 218, 35, 197, 4, 77,
	233, 119, 240, 219, 147, 46, 153, 186, 23, 54, 241, 187, 20, 205, 95, 193,
	249, 24, 101, 90, 226, 92, 239, 33, 129, 28, 60, 66, 139, 1, 142, 79,
	5, 132, 2, 174, 227, 106, 143, 160, 6, 11, 237, 152, 127, 212, 211, 31,
	235, 52, 44, 81, 234, 200, 72, 171, 242, 42, 104, 162, 253, 58, 206, 204,
	181, 112, 14, 86, 8, 12, 118, 18, 191, 114, 19, 71, 156, 183, 93, 135,
	21, 161, 150, 41, 16, 123, 154, 199, 243, 145, 120, 111, 157, 158, 178, 177,
	50, 117, 25, 61, 255, 53, 138, 126, 109, 84, 198, 128, 195, 189, 13, 87,
	223, 245, 36, 169, 62, 168, 67, 201, 215, 121, 214, 246, 124, 34, 185, 3,
	224, 15, 236, 222, 122, 148, 176, 188, 220, 232, 40, 80, 78, 51, 10, 74,
	167, 151, 96, 115, 30, 0, 98, 68, 26, 184, 56, 130, 100, 159, 38, 65,
	173, 69, 70, 146, 39, 94, 85, 47, 140, 163, 165, 125, 105, 213, 149, 59,
	7, 88, 179, 64, 134, 172, 29, 247, 48, 55, 107, 228, 136, 217, 231, 137,
	225, 27, 131, 73, 76, 63, 248, 254, 141, 83, 170, 144, 202, 216, 133, 97,
	32, 113, 103, 164, 45, 43, 9, 91, 203, 155, 37, 208, 190, 229, 108, 82,
	89, 166, 116, 210, 230, 244, 180, 192, 209, 102, 175, 194, 57, 75, 99, 182,
}

// TestPlanes tries every byte at every place.
func TestPlanes(t *testing.T) {
	t.Parallel()
	for first := range 256 {
		var p, back [8]uint64
		for place := range 64 {
			v := byte(first + 5*place)
			for bit := range p {
				p[bit] |= uint64(v>>bit&1) << place
			}
		}
		back = p
		Planes(&p)
		for place := range 64 {
			var got byte
			for bit := range p {
				got |= byte(p[bit]>>place&1) << bit
			}
			if v := byte(first + 5*place); got != pi[v] {
				t.Fatalf("π(%d) = %d at place %d, want %d", v, got, place, pi[v])
			}
		}
		InversePlanes(&p)
		if p != back {
			t.Fatalf("the inverse gives %x, want %x", p, back)
		}
	}
}

func TestTranspose(t *testing.T) {
	t.Parallel()
	bit := func(w *[8]uint64, word, byteNumber, bit int) uint64 { return w[word] >> (8*byteNumber + bit) & 1 }
	rapid.Check(t, func(t *rapid.T) {
		w := [8]uint64(rapid.SliceOfN(rapid.Uint64(), 8, 8).Draw(t, "words"))
		bits, bytes := w, w
		Transpose(&bits)
		TransposeBytes(&bytes)
		for i := range 8 {
			for j := range 8 {
				for k := range 8 {
					if bit(&w, i, k, j) != bit(&bits, j, k, i) {
						t.Fatalf("bit %d of byte %d of word %d of %x is lost in %x", j, k, i, w, bits)
					}
					if bit(&w, i, j, k) != bit(&bytes, j, i, k) {
						t.Fatalf("bit %d of byte %d of word %d of %x is lost in %x", k, j, i, w, bytes)
					}
				}
			}
		}
	})
}

func TestTranspose64(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := [64]uint64(rapid.SliceOfN(rapid.Uint64(), 64, 64).Draw(t, "words"))
		x := w
		Transpose64(&x)
		for i := range 64 {
			for j := range 64 {
				if w[i]>>j&1 != x[j]>>i&1 {
					t.Fatalf("bit %d of word %d of %x is lost in %x", j, i, w, x)
				}
			}
		}
	})
}

func BenchmarkTranspose64(b *testing.B) {
	w := new([64]uint64)
	b.SetBytes(512)
	for b.Loop() {
		Transpose64(w)
	}
}

func BenchmarkPlanes(b *testing.B) {
	p := new([8]uint64)
	b.SetBytes(64)
	for b.Loop() {
		Planes(p)
	}
}

func BenchmarkTranspose(b *testing.B) {
	p := new([8]uint64)
	b.SetBytes(64)
	for b.Loop() {
		Transpose(p)
	}
}
