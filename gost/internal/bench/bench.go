// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command bench prints the table of speeds: ours, those of OpenSSL with its GOST engine and of Go's P-256, and the
// ratios. All three run by turns in short slices of processor time, so that what else the machine does falls on each of
// them alike; a ratio is taken inside a round, and the table has the median of the rounds.
//
// It needs gcc, the headers of OpenSSL 3 and the engine (Debian: gcc, libssl-dev, libengine-gost-openssl).
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	_ "embed"
)

//go:embed testdata/peer.c
var peerSource []byte

func main() {
	rounds := flag.Int("rounds", 9, "rounds; the table has their medians")
	slice := flag.Duration("slice", 100*time.Millisecond, "processor time of one figure in a round")
	flag.Parse()
	if err := run(os.Stdout, *rounds, *slice); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, rounds int, slice time.Duration) error {
	p, err := startPeer()
	if err != nil {
		return err
	}
	defer p.stop()
	rows, err := tableRows()
	if err != nil {
		return err
	}
	for range rounds {
		for i := range rows {
			if err := rows[i].measure(p, slice); err != nil {
				return fmt.Errorf("%s: %w", rows[i].name, err)
			}
		}
	}
	fmt.Fprintf(out, "median of %d interleaved rounds, %v of processor time a figure; %s %s/%s\n\n", rounds, slice, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(out, "| %-28s | %12s | %12s | %8s | %8s |\n|%s|%s:|%s:|%s:|%s:|\n", "operation", "ours", "engine", "÷ engine", "÷ P-256",
		dashes(30), dashes(13), dashes(13), dashes(9), dashes(9))
	for i := range rows {
		rows[i].print(out)
	}
	return nil
}

func dashes(n int) string { return string(slices.Repeat([]byte{'-'}, n)) }

// row is one line of the table. A nil yardstick and an empty peer are left out.
type row struct {
	name      string
	unit      string  // "/s" or "MB/s"
	scale     float64 // what one operation counts
	ours      func() error
	peer      string // the peer's operation and name
	yardstick func() error

	figures, peers, toPeer, toP256 []float64
}

func (r *row) measure(p *peer, slice time.Duration) error {
	ours, err := rate(r.ours, slice)
	if err != nil {
		return err
	}
	ours *= r.scale
	r.figures = append(r.figures, ours)
	if r.peer != "" {
		theirs, err := p.rate(r.peer, slice)
		if err != nil {
			return err
		}
		r.peers, r.toPeer = append(r.peers, theirs), append(r.toPeer, ours/theirs)
	}
	if r.yardstick != nil {
		p256, err := rate(r.yardstick, slice)
		if err != nil {
			return err
		}
		r.toP256 = append(r.toP256, ours/p256)
	}
	return nil
}

func (r *row) print(out io.Writer) {
	figure := func(f []float64) string {
		if len(f) == 0 {
			return "–"
		}
		if r.unit == "MB/s" {
			return fmt.Sprintf("%.1f MB/s", median(f)/1e6)
		}
		return fmt.Sprintf("%.0f/s", median(f))
	}
	ratio := func(f []float64) string {
		if len(f) == 0 {
			return "–"
		}
		return fmt.Sprintf("%.2f", median(f))
	}
	fmt.Fprintf(out, "| %-28s | %12s | %12s | %8s | %8s |\n", r.name, figure(r.figures), figure(r.peers), ratio(r.toPeer), ratio(r.toP256))
}

func median(f []float64) float64 {
	s := slices.Sorted(slices.Values(f))
	return s[len(s)/2]
}

// rate returns operations a second of this process's own time.
func rate(op func() error, slice time.Duration) (float64, error) {
	runtime.GC()
	start := processorTime()
	n := 0
	for {
		for range 4 {
			if err := op(); err != nil {
				return 0, err
			}
			n++
		}
		if spent := processorTime() - start; spent >= slice {
			return float64(n) / spent.Seconds(), nil
		}
	}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only a wrong pointer does this
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peer is the C program in its own process.
type peer struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	clean func()
}

func startPeer() (*peer, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	clean := func() { os.RemoveAll(dir) }
	source, program := filepath.Join(dir, "peer.c"), filepath.Join(dir, "peer")
	if err := os.WriteFile(source, peerSource, 0o600); err != nil {
		clean()
		return nil, err
	}
	if out, err := exec.Command("gcc", "-O2", "-o", program, source, "-lcrypto").CombinedOutput(); err != nil { //nolint:gosec // both are files of this program
		clean()
		return nil, fmt.Errorf("compile the peer: %w\n%s", err, out)
	}
	p := &peer{cmd: exec.Command(program), clean: clean} //nolint:gosec // built above
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err == nil {
		var stdout io.Reader
		if stdout, err = p.cmd.StdoutPipe(); err == nil {
			p.out = bufio.NewReader(stdout)
			err = p.cmd.Start()
		}
	}
	if err != nil {
		clean()
		return nil, fmt.Errorf("start the peer: %w", err)
	}
	return p, nil
}

func (p *peer) rate(operation string, slice time.Duration) (float64, error) {
	if _, err := fmt.Fprintf(p.in, "%s %d\n", operation, slice.Milliseconds()); err != nil {
		return 0, fmt.Errorf("ask the peer: %w", err)
	}
	var r float64
	if _, err := fmt.Fscan(p.out, &r); err != nil {
		return 0, fmt.Errorf("peer: %w", err)
	}
	if r <= 0 {
		return 0, fmt.Errorf("the engine does not do %q", operation)
	}
	return r, nil
}

func (p *peer) stop() {
	p.in.Close()
	p.cmd.Wait() //nolint:errcheck // it has no more to say
	p.clean()
}
