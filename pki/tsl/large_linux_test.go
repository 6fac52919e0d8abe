// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsl_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsl"
	"podpis/pki/x509"
)

const (
	largeSize   = 20 << 20
	largeTime   = 2 * time.Second
	largeMemory = 64 << 20
)

// counter counts octets.
type counter struct {
	io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return c.Writer.Write(p) }

// large writes a list of 20 MB: as many centres as the ministry's, each with the keys of
// all its years.
func large(tb testing.TB, k alg.Kind) (file string, signer *pkitest.Identity) {
	tb.Helper()
	id := pkitest.Root(tb, k, "CN=Signer of lists")
	file = filepath.Join(tb.TempDir(), "list.xml")
	f, err := os.Create(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	c := &counter{Writer: f}
	w, err := tsl.NewWriter(c, tsl.Head{Version: 16300, Date: day}, id.Cert)
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	for ; c.n < largeSize; n++ {
		w.Add(centre(n, 14))
	}
	if err := w.Close(rand.Reader, id.Key); err != nil {
		tb.Fatal(err)
	}
	return file, id
}

// readLarge reads a list and checks that all of it came.
func readLarge(file string, signer *x509.Certificate) (list *tsl.List, keys int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	list, err = tsl.Read(f, info.Size(), []*x509.Certificate{signer}, func(c *tsl.Centre) error {
		for _, s := range c.Systems {
			keys += len(s.Keys)
		}
		return nil
	})
	return list, keys, err
}

// TestLargeList: a list of 20 MB with its signature checked takes less than 2 seconds
// of a processor and 64 MiB of memory, of a process that does nothing else.
func TestLargeList(t *testing.T) {
	if file := os.Getenv("PODPIS_TSL"); file != "" { // the process that reads
		raw, err := os.ReadFile(file + ".cer")
		if err != nil {
			t.Fatal(err)
		}
		signer, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		list, keys, err := readLarge(file, signer)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%d centres, %d keys in %v\nmemory %d\n", list.Centres, keys, time.Since(began).Round(time.Millisecond), peak(t))
		return
	}
	for _, k := range []alg.Kind{alg.GOST256A, alg.GOST512A, alg.RSA} {
		file, id := large(t, k)
		if err := os.WriteFile(file+".cer", id.Cert.Raw, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run", "^TestLargeList$", "-test.v")
		cmd.Env = append(os.Environ(), "PODPIS_TSL="+file)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, said, _ := strings.Cut(string(out), "\nmemory ")
		memory, err := strconv.ParseInt(firstLine([]byte(said)), 10, 64)
		if err != nil {
			t.Fatalf("no figures of the process: %v\n%s", err, out)
		}
		spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		t.Logf("%s: %s processor %v, memory %d MiB", k.Name(), firstLine(out), spent.Round(time.Millisecond), memory>>20)
		if spent > largeTime {
			t.Errorf("%s: %v of a processor, want less than %v", k.Name(), spent, largeTime)
		}
		if memory > largeMemory {
			t.Errorf("%s: %d MiB, want less than %d", k.Name(), memory>>20, largeMemory>>20)
		}
	}
}

// peak is the most memory this process has had, in octets. What wait4 tells of a child begins with the peak
// of its parent, whose memory it shares until exec.
func peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
	kilo, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(firstLine([]byte(rest)), "kB")), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilo << 10
}

func firstLine(out []byte) string {
	for i, b := range out {
		if b == '\n' && i > 0 && out[0] != '=' {
			return string(out[:i])
		} else if b == '\n' {
			return firstLine(out[i+1:])
		}
	}
	return ""
}

// BenchmarkRead reads a list of 20 MB and checks its signature.
func BenchmarkRead(b *testing.B) {
	for _, k := range []alg.Kind{alg.GOST256A, alg.RSA} {
		b.Run(k.Name(), func(b *testing.B) {
			file, id := large(b, k)
			b.SetBytes(largeSize)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := readLarge(file, id.Cert); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
