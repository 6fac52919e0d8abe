// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package gost3410

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podpis/gost/internal/ec"
)

// The test runs a copy of its binary under valgrind with a secret in the environment. Callgrind counts instructions, reads
// and writes between entry to and return from measured, and the misses of a small simulated cache, whose sum changes
// when other addresses are touched. Constant time means the same counts for every secret. Two controls show that
// the counts would betray a branch or an index.
const (
	secretVariable = "PODPIS_CT_SECRET"
	workVariable   = "PODPIS_CT_WORK"
	curveVariable  = "PODPIS_CT_CURVE"
)

// works are what is measured, by name. They get a number, 0 < k < q, that must not show.
func works() map[string]func(c *Curve, k []byte) {
	return map[string]func(c *Curve, k []byte){
		"key": func(c *Curve, k []byte) {
			if _, err := NewPrivateKey(c, k); err != nil {
				panic(err)
			}
		},
		"nonce of a signature": func(c *Curve, k []byte) {
			key := &PrivateKey{d: ec.Words{3}, public: PublicKey{curve: c}}
			nonce, e := ec.FromLittleEndian(k), ec.Words{7}
			if _, _, ok := key.signWith(&nonce, &e); !ok {
				panic("no signature")
			}
		},
		"key of a signature": func(c *Curve, k []byte) {
			key := &PrivateKey{d: ec.FromLittleEndian(k), public: PublicKey{curve: c}}
			digest := make([]byte, c.Size())
			if _, err := key.Sign(nil, digest); err != nil {
				panic(err)
			}
		},
		"masked key": func(c *Curve, k []byte) {
			if _, err := Unmask(c, append(bytes.Clone(k), k...)); err != nil {
				panic(err)
			}
		},
		"control with a branch": func(c *Curve, k []byte) {
			for _, v := range k {
				for ; v != 0; v >>= 1 {
					if v&1 == 1 {
						c.ec.Multiply(&ec.Words{5}, &ec.Words{7})
					}
				}
			}
		},
		"control with an index": func(c *Curve, k []byte) {
			for _, v := range k {
				controlSum += controlTable[int(v)*64]
			}
		},
	}
}

var (
	controlTable [256 * 64]byte
	controlSum   byte
)

//go:noinline
func measured(work func(c *Curve, k []byte), c *Curve, k []byte) { work(c, k) }

// TestConstantTimeChild does one piece of work when the parent below asks for it.
func TestConstantTimeChild(t *testing.T) {
	name := os.Getenv(workVariable)
	if name == "" {
		t.Skip("this is the other half of TestConstantTime")
	}
	k, err := hex.DecodeString(os.Getenv(secretVariable))
	if err != nil {
		t.Fatal(err)
	}
	work := works()[name]
	c := allCurves()[os.Getenv(curveVariable)]
	ordinary := bytes.Repeat([]byte{0x15}, c.Size())
	work(c, ordinary) // tables are made, the stack grows, pages are touched
	work(c, ordinary)
	measured(work, c, k)
}

func TestConstantTime(t *testing.T) {
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		t.Fatal("the tag valgrind needs valgrind: ", err)
	}
	// The binary go test runs has no symbols, which callgrind needs to find the function.
	program := filepath.Join(t.TempDir(), "child.test")
	build := exec.Command("go", "test", "-c", "-tags", "valgrind", "-o", program, ".")
	build.Env = append(os.Environ(), "GOEXPERIMENT=norandomizedheapbase64") // else addresses change from run to run
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// One set for each arithmetic of fields and of points.
	for _, name := range []string{
		"id-GostR3410-2001-CryptoPro-A-ParamSet", "id-GostR3410-2001-CryptoPro-C-ParamSet",
		"id-tc26-gost-3410-2012-256-paramSetA", "id-tc26-gost-3410-2012-512-paramSetA",
		"id-tc26-gost-3410-2012-512-paramSetB", "id-tc26-gost-3410-2012-512-paramSetC",
	} {
		for work := range works() {
			isControl := strings.HasPrefix(work, "control")
			if isControl && name != "id-GostR3410-2001-CryptoPro-A-ParamSet" {
				continue
			}
			t.Run(curveNamed(t, name).Name()+"/"+work, func(t *testing.T) {
				same, seen := agree(t, valgrind, program, name, work)
				switch {
				case isControl && same:
					t.Errorf("the counts do not betray a leak: %v", seen)
				case !isControl && !same:
					t.Errorf("the counts depend on the secret: %v", seen)
				}
			})
		}
	}
}

// attempts is how often a secret is tried until its counts agree with the others.
const attempts = 8

// agree tells whether some counts occur for every secret. One run is not enough to say: now and then the allocator
// takes another path or the stack another place, whatever the secret is.
func agree(t *testing.T, valgrind, program, curve, work string) (same bool, seen map[string][]string) {
	t.Helper()
	seen = map[string][]string{} // counts to secrets
	list := secrets(curveNamed(t, curve))
	for range attempts {
		for label, secret := range list {
			n, err := count(valgrind, program, curve, work, secret)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(seen[n], label) {
				seen[n] = append(seen[n], label)
			}
			if len(seen[n]) == len(list) {
				return true, seen
			}
		}
	}
	return false, seen
}

// secrets avoid 1 and q−1, as P of CryptoPro-C has the abscissa 0, which makes no signature. They are numbers with few and many bits, few and many zero windows, on either side of q/2.
func secrets(c *Curve) map[string][]byte {
	q := c.ec.Q()
	minusTwo := c.ec.Negate(&ec.Words{2})
	n := c.Size()
	list := map[string][]byte{
		"two":     append([]byte{2}, make([]byte, n-1)...),
		"q-2":     make([]byte, n),
		"0x11…":   bytes.Repeat([]byte{0x11}, n),
		"0xf0…":   append(bytes.Repeat([]byte{0xf0}, n-1), 0x20),
		"0x5a7c…": append(bytes.Repeat([]byte{0x5a, 0x7c}, n/2-1), 0x33, 0x2c),
	}
	minusTwo.PutLittleEndian(list["q-2"])
	for label, k := range list {
		if w := ec.FromLittleEndian(k); !w.Less(&q) {
			panic(label)
		}
	}
	return list
}

// eventLine is the summary of callgrind with the simulated cache: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw.
var eventLine = regexp.MustCompile(`Collected : (\d+) (\d+) (\d+) \d+ (\d+) (\d+) `)

// count returns the numbers of instructions, reads, writes, read misses and write misses of the work.
func count(valgrind, program, curve, work string, secret []byte) (string, error) {
	cmd := exec.Command(valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
		"--toggle-collect=podpis/gost/gost3410.measured", "--cache-sim=yes", "--D1=1024,2,32", "--LL=65536,2,32",
		program, "-test.run=^TestConstantTimeChild$")
	cmd.Env = append(os.Environ(), "GOGC=off", "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1",
		workVariable+"="+work, curveVariable+"="+curve, secretVariable+"="+hex.EncodeToString(secret))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", errors.New(err.Error() + ": " + string(out))
	}
	m := eventLine.FindSubmatch(out)
	if m == nil || string(m[1]) == "0" {
		return "", errors.New("no counts in " + string(out))
	}
	return string(bytes.Join(m[1:], []byte(" "))), nil
}
