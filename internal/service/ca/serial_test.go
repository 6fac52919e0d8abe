// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"sync"
	"testing"

	"podpis/pki/x509"
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

// draws gives prepared serial numbers first.
type draws struct {
	mu    sync.Mutex
	first [][]byte
}

func (d *draws) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.first) == 0 {
		return rand.Read(p)
	}
	n := copy(p, d.first[0])
	d.first = d.first[1:]
	return n, nil
}

// Scenario 5: a number that is taken is drawn again.
func TestSerialCollision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := bytes.Repeat([]byte{0x42}, 16)
	w.random = &draws{first: [][]byte{number}}
	first := w.issue("a/1")
	if first.Hex() != x509.NewSerial(number).Hex() {
		t.Fatalf("serial %s", first.Hex())
	}
	w.random = &draws{first: [][]byte{number, number, number}}
	if second := w.issue("a/2"); second.Equal(first) {
		t.Error("one number twice")
	}
	w.random = &draws{first: [][]byte{number, number, number, number, number, number, number, number}}
	if _, err := w.Issue(context.Background(), order(t, "a/3")); !errors.Is(err, errSerialTaken) {
		t.Errorf("the generator is stuck: %v", err)
	}
	if n := w.key.calls.Load(); n != 2 {
		t.Errorf("%d signatures", n)
	}
	w.random = io.LimitReader(rand.Reader, 3)
	if _, err := w.Issue(context.Background(), order(t, "a/4")); err == nil {
		t.Error("issued without randomness")
	}
}

// Scenario 5 on two nodes that draw the same number at once.
func TestSerialCollisionOfNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, _ := w.node(w.db)
	number := bytes.Repeat([]byte{0x43}, 16)
	var wg sync.WaitGroup
	for i, node := range []*Service{w.Service, other} {
		node.random = &draws{first: [][]byte{number}}
		o := order(t, string(rune('a'+i))+"/1")
		wg.Go(func() {
			if _, err := node.Issue(context.Background(), o); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := w.states(); len(got) != 2 || got[x509.NewSerial(number).Hex()] != Issued {
		t.Errorf("register: %v", got)
	}
}
