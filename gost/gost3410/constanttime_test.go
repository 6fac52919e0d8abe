// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package gost3410

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"podpis/gost/internal/ec"
)

// The test runs testdata/constanttime under valgrind with different secrets. Callgrind counts instructions, reads
// and writes between entry to and return from the function measured, and the misses of a small simulated cache,
// whose sum changes when other addresses are touched. Constant time means the same counts for every secret. Two
// controls show that the counts would betray a branch or an index.

func TestConstantTime(t *testing.T) {
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		t.Fatal("the tag valgrind needs valgrind: ", err)
	}
	program := filepath.Join(t.TempDir(), "constanttime")
	build := exec.Command("go", "build", "-o", program, "./testdata/constanttime")
	build.Env = append(os.Environ(), "GOEXPERIMENT=norandomizedheapbase64") // else addresses change from run to run
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// One set for each arithmetic of fields and of points.
	for _, c := range []*Curve{CryptoProA(), CryptoProC(), TC26A256(), TC26A512(), TC26B512(), TC26C512()} {
		for _, work := range []string{"key", "key and signature", "masked key", "control with a branch", "control with an index"} {
			isControl := strings.HasPrefix(work, "control")
			if isControl && c != CryptoProA() {
				continue
			}
			tries := attempts
			if isControl { // which must never agree
				tries = 3
			}
			t.Run(c.Name()+"/"+work, func(t *testing.T) {
				same, seen := agree(t, valgrind, program, c, work, tries)
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

const (
	// attempts is how often secrets are tried until their counts agree.
	attempts = 12
	// tolerance is how far the least numbers of misses may be apart. Another thread of the runtime wakes now and
	// then and takes some lines of the cache; the control with an index makes twice as many.
	tolerance = 12
)

// agree tells whether for every secret some run made the same instructions, reads and writes, and the least numbers
// of misses are the same. One run is not enough to say: now and then the scheduler interrupts and another thread takes
// lines of the cache, whatever the secret is.
func agree(t *testing.T, valgrind, program string, c *Curve, work string, tries int) (same bool, seen string) {
	t.Helper()
	list := secrets(c)
	runs := map[[3]int]map[string]bool{} // instructions, reads and writes to secrets
	least := map[string][2]int{}         // secrets to read and write misses
	for range tries {
		for label, secret := range list {
			n, err := count(valgrind, program, c, work, secret)
			if err != nil {
				t.Fatal(err)
			}
			exact, misses := [3]int(n[:3]), [2]int(n[3:])
			if runs[exact] == nil {
				runs[exact] = map[string]bool{}
			}
			runs[exact][label] = true
			if before, ok := least[label]; ok {
				misses = [2]int{min(misses[0], before[0]), min(misses[1], before[1])}
			}
			least[label] = misses
		}
		if same = spread(least) <= tolerance; !same {
			continue
		}
		for _, labels := range runs {
			if len(labels) == len(list) {
				return true, ""
			}
		}
	}
	return false, fmt.Sprint("instructions, reads, writes: ", runs, "; misses: ", least)
}

// spread returns how far the misses of the secrets are apart.
func spread(least map[string][2]int) (width int) {
	for _, a := range least {
		for _, b := range least {
			width = max(width, a[0]-b[0], a[1]-b[1])
		}
	}
	return width
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
	mixed := make([]byte, n)
	for i := range mixed {
		mixed[i] = byte(37*i + 11)
	}
	mixed[n-1] = 0x1f
	list["mixed"] = mixed
	for label, k := range list {
		if w := ec.FromLittleEndian(k); !w.Less(&q) {
			panic(label)
		}
	}
	return list
}

// eventLine is the summary of callgrind with the simulated cache: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw.
var eventLine = regexp.MustCompile(`Collected : (\d+) (\d+) (\d+) \d+ (\d+) (\d+) `)

// count runs the work once and returns the numbers of instructions, reads, writes, read misses and write misses.
func count(valgrind, program string, c *Curve, work string, secret []byte) (n [5]int, err error) {
	cmd := exec.Command(valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
		"--toggle-collect=main.measured", "--cache-sim=yes", "--D1=1024,2,32", "--LL=65536,2,32",
		program, work, c.Name(), hex.EncodeToString(secret))
	cmd.Env = append(os.Environ(), "GOGC=off", "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return n, fmt.Errorf("%w: %s", err, out)
	}
	m := eventLine.FindSubmatch(out)
	if m == nil {
		return n, fmt.Errorf("no counts in %s", out)
	}
	for i := range n {
		if n[i], err = strconv.Atoi(string(m[i+1])); err != nil {
			return n, err
		}
	}
	return n, nil
}
