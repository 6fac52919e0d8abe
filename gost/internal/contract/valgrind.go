// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// Program is a program of a package's testdata that does the work of a test under valgrind. It is a program of its own,
// since test binaries allocate differently from run to run.
type Program struct{ valgrind, path string }

// NewProgram builds the program in dir. Tests that call it carry the tag valgrind.
func NewProgram(t *testing.T, dir string) *Program {
	t.Helper()
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		t.Fatal("the tag valgrind needs valgrind: ", err)
	}
	p := &Program{valgrind, filepath.Join(t.TempDir(), filepath.Base(dir))}
	// With the runtime's tag faketime the clock stands while the program runs. Otherwise the scheduler interrupts what
	// takes longer than ten milliseconds, as everything does under valgrind, and its instructions count too.
	build := exec.Command("go", "build", "-tags", "faketime", "-o", p.path, "./"+dir)
	build.Env = append(os.Environ(), "GOEXPERIMENT=norandomizedheapbase64") // else addresses change from run to run
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return p
}

const (
	// attempts is how often secrets are tried until their counts agree, and leakAttempts how often those of a control,
	// which never may.
	attempts, leakAttempts = 12, 3
	// tolerance is how far the misses may be from those of one run. Another thread of the runtime wakes now and then and
	// takes some lines of the cache; in the controls the runs lie wider apart.
	// For long works a small share of the misses is added: a table indexed in each step of a loop makes far more.
	tolerance, share = 6, 1 << 15
)

// ConstantTime checks that the function main.measured of the program, called with args and one of the secrets in
// hexadecimal, does the same for every secret: callgrind counts instructions, reads and writes between entry and
// return, and the misses of a small simulated cache, whose sum changes when other addresses are touched.
func (p *Program) ConstantTime(t *testing.T, secrets map[string][]byte, args ...string) {
	t.Helper()
	if same, seen := p.agree(t, secrets, attempts, args); !same {
		t.Errorf("the counts depend on the secret: %v", seen)
	}
}

// Leaks is the control of [Program.ConstantTime]: it checks that a leak which is there is seen.
func (p *Program) Leaks(t *testing.T, secrets map[string][]byte, args ...string) {
	t.Helper()
	if same, seen := p.agree(t, secrets, leakAttempts, args); same {
		t.Errorf("the counts do not betray a leak: %v", seen)
	}
}

// agree tells whether for every secret some run did the same: one run is not always enough to say, since another thread
// of the runtime may wake whatever the secret is. The stack of a run lies in one of a few places, each with misses of
// its own, and any of them may be the rare one: so runs are compared with runs, not the least misses of each secret.
func (p *Program) agree(t *testing.T, secrets map[string][]byte, tries int, args []string) (same bool, seen string) {
	t.Helper()
	runs := map[counts]map[string]bool{} // to the secrets that had them
	for range tries {
		for label, secret := range secrets {
			n := p.count(t, append(slices.Clone(args), hex.EncodeToString(secret)))
			if runs[n] == nil {
				runs[n] = map[string]bool{}
			}
			runs[n][label] = true
		}
		for n := range runs {
			if len(alike(runs, n)) == len(secrets) {
				return true, ""
			}
		}
	}
	return false, fmt.Sprint("instructions, reads, writes, read misses, write misses: ", runs)
}

// alike returns the secrets that had a run like n.
func alike(runs map[counts]map[string]bool, n counts) map[string]bool {
	all := map[string]bool{}
	for other, labels := range runs {
		if n.like(other) {
			maps.Copy(all, labels)
		}
	}
	return all
}

// counts are what one run took: instructions, reads, writes, read misses and write misses.
type counts [5]int

// like tells whether the first three are the same, and the misses but for chance.
func (n counts) like(other counts) bool {
	for i := range n {
		allowed := 0
		if i >= 3 {
			allowed = tolerance + max(n[i], other[i])/share
		}
		if d := n[i] - other[i]; d > allowed || -d > allowed {
			return false
		}
	}
	return true
}

// eventLine is the summary of callgrind with the simulated cache: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw.
var eventLine = regexp.MustCompile(`Collected : (\d+) (\d+) (\d+) \d+ (\d+) (\d+) `)

// count runs the program once and counts in main.measured.
func (p *Program) count(t *testing.T, args []string) (n counts) {
	t.Helper()
	m := p.run(t, eventLine, []string{"--toggle-collect=main.measured", "--cache-sim=yes", "--D1=1024,2,32", "--LL=65536,2,32"}, args)
	copy(n[:], m)
	return n
}

var totalLine = regexp.MustCompile(`Collected : (\d+)`)

// Instructions returns how many instructions the whole program takes.
func (p *Program) Instructions(t *testing.T, args ...string) int {
	t.Helper()
	return p.run(t, totalLine, nil, args)[0]
}

// run runs the program under callgrind and returns the numbers in the line of its output.
func (p *Program) run(t *testing.T, line *regexp.Regexp, options, args []string) (numbers []int) {
	t.Helper()
	all := slices.Concat([]string{"--tool=callgrind", "--callgrind-out-file=/dev/null"}, options, []string{p.path}, args)
	cmd := exec.Command(p.valgrind, all...)
	cmd.Env = append(os.Environ(), "GOGC=off", "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	m := line.FindSubmatch(out)
	if m == nil {
		t.Fatalf("no counts in %s", out)
	}
	for _, digits := range m[1:] {
		n, err := strconv.Atoi(string(digits))
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}
