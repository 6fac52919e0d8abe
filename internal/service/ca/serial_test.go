// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"crypto/rand"
	"os"
	"testing"
)

// Scenario 4: serial numbers are positive, at most 20 octets, never the same, and
// each octet but the first is uniform.
func TestSerialNumbers(t *testing.T) {
	t.Parallel()
	n := 1_000_000
	if os.Getenv("PODPIS_DRILL") != "" {
		n = 10_000_000
	}
	s := &Service{random: rand.Reader}
	seen := make(map[[16]byte]struct{}, n)
	var counts [16][256]int
	for range n {
		serial, err := s.newSerial()
		if err != nil {
			t.Fatal(err)
		}
		encoded := serial.Encode()
		if serial.Negative() || len(encoded)-2 > 16 || len(encoded)-2 < 8 || encoded[2]&0x80 != 0 {
			t.Fatalf("serial %x", encoded)
		}
		var key [16]byte
		copy(key[16-len(serial):], serial)
		seen[key] = struct{}{}
		for i, b := range key {
			counts[i][b]++
		}
	}
	if len(seen) != n {
		t.Errorf("%d numbers twice", n-len(seen))
	}
	// 255 degrees of freedom: mean 255, deviation 22.6. Beyond 6 deviations chance
	// does not reach; the first octet has seven random bits.
	expected := float64(n) / 256
	for i := 1; i < 16; i++ {
		chi := 0.0
		for _, c := range counts[i] {
			d := float64(c) - expected
			chi += d * d / expected
		}
		if chi < 255-6*22.6 || chi > 255+6*22.6 {
			t.Errorf("octet %d: chi-square %.1f", i, chi)
		}
	}
	for b := 128; b < 256; b++ {
		if counts[0][b] != 0 {
			t.Errorf("first octet %x", b)
		}
	}
}
