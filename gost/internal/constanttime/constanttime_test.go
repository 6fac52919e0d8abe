// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package constanttime

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	// What testdata/work is made of, or else the result of this test would be remembered over a change of it.
	_ "podpis/gost/kuznyechik"
	_ "podpis/gost/magma"
	_ "podpis/gost/modes"
	_ "podpis/gost/streebog"
)

const (
	// attempts is how often the secrets are tried until they agree. One run is not enough: now and then another thread of
	// the runtime wakes in the middle, whatever the secret is.
	attempts = 6
	// controlAttempts is how often controls are tried, which must never agree.
	controlAttempts = 2
)

// TestConstantTime runs testdata/work with different secrets. Constant time means the same sequence of instructions and
// of addresses for each. The controls show that the trace betrays a table, a branch, and an index even within a line of
// the cache.
func TestConstantTime(t *testing.T) {
	p := build(t)
	for _, work := range []string{"streebog 256", "streebog 512", "kuznyechik", "magma", "magma by planes"} {
		t.Run(work, func(t *testing.T) {
			if seen := p.disagreement(t, work, attempts); seen != "" {
				t.Errorf("the trace depends on the secret: %s", seen)
			}
		})
	}
	for _, work := range []string{
		"control: streebog by tables", "control: kuznyechik by tables", "control: magma by tables",
		"control: a branch", "control: an index in one line of the cache",
	} {
		t.Run(work, func(t *testing.T) {
			if p.disagreement(t, work, controlAttempts) == "" {
				t.Error("the trace does not betray a leak")
			}
		})
	}
}

func secrets() map[string][]byte {
	mixed := make([]byte, 32)
	for i := range mixed {
		mixed[i] = byte(37*i + 10)
	}
	return map[string][]byte{
		"zeros": make([]byte, 32),
		"ones":  bytes.Repeat([]byte{0xff}, 32),
		"mixed": mixed,
	}
}

// program is testdata/work and the addresses between which it is followed.
type program struct {
	valgrind, path string
	begin, end     string // as the trace writes them
}

func build(t *testing.T) program {
	t.Helper()
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		t.Fatal("the tag valgrind needs valgrind: ", err)
	}
	if _, err := os.ReadFile("testdata/work/main.go"); err != nil { // for the same reason
		t.Fatal(err)
	}
	p := program{valgrind: valgrind, path: filepath.Join(t.TempDir(), "work")}
	cmd := exec.Command("go", "build", "-o", p.path, "./testdata/work")
	cmd.Env = append(os.Environ(), "GOEXPERIMENT=norandomizedheapbase64") // else addresses change from run to run
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := elf.Open(p.path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		switch s.Name {
		case "main.measured":
			p.begin = fmt.Sprintf("I  %08x,", s.Value)
		case "main.finished":
			p.end = fmt.Sprintf("I  %08x,", s.Value)
		}
	}
	return p
}

// disagreement returns "" once each secret had the same trace in some run, or else what was seen.
func (p program) disagreement(t *testing.T, work string, tries int) string {
	t.Helper()
	list := secrets()
	traces := map[string]map[string]bool{} // traces to secrets
	for range tries {
		for label, secret := range list {
			trace, err := p.trace(work, secret)
			if err != nil {
				t.Fatal(err)
			}
			if traces[trace] == nil {
				traces[trace] = map[string]bool{}
			}
			traces[trace][label] = true
			if len(traces[trace]) == len(list) {
				return ""
			}
		}
	}
	return fmt.Sprint(traces)
}

// trace runs the work and returns the number of the accesses to memory and the hash of all their addresses.
func (p program) trace(work string, secret []byte) (string, error) {
	cmd := exec.Command(p.valgrind, "--tool=lackey", "--trace-mem=yes", "--basic-counts=no", "--log-fd=1",
		p.path, work, hex.EncodeToString(secret))
	cmd.Env = append(os.Environ(), "GOGC=off", "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	sum, accesses, finished := sha256.New(), 0, false
	begin, end := []byte(p.begin), []byte(p.end)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Bytes()
		switch {
		case accesses == 0 && !bytes.HasPrefix(line, begin), finished:
		case bytes.HasPrefix(line, end):
			finished = true
		default:
			accesses++
			sum.Write(line)
		}
	}
	if err := lines.Err(); err != nil {
		return "", err
	}
	if err := cmd.Wait(); err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	if !finished {
		return "", fmt.Errorf("%s: the work was not seen", work)
	}
	return fmt.Sprintf("%d accesses, %.8x", accesses, sum.Sum(nil)), nil
}
