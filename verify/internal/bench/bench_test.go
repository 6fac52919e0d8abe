// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peerbench

package bench

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

const (
	rounds = 9
	slice  = 300 * time.Millisecond // processor time of one figure in a round
	warm   = 15 * time.Second       // until Java has compiled what is hot
)

// material is one signature with all that judges it.
type material struct {
	message, document []byte
	options           verify.Options
}

// TestAgainstPeers prints how many signatures a second of processor time each judges: CAdES-BES over 1 KiB, GOST R 34.10-2012
// of 256 bits, a path of three certificates and the lists of both authorities at hand.
func TestAgainstPeers(t *testing.T) {
	runtime.GOMAXPROCS(1) // one core, the collector included
	dir := t.TempDir()
	m := newMaterial(t, dir)
	openssl := start(t, compileC(t, dir), dir)
	java := start(t, compileJava(t, dir)...)
	java.rate(t, warm)
	var ours, cs, javas, toC, toJava []float64
	for range rounds {
		a, b, c := m.rate(t), openssl.rate(t, slice), java.rate(t, slice)
		ours, cs, javas = append(ours, a), append(cs, b), append(javas, c)
		toC, toJava = append(toC, a/b), append(toJava, a/c)
	}
	fmt.Printf("CAdES-BES, 1 KiB, chain of 3, lists at hand; a second of one core, median of %d interleaved rounds\n\n", rounds)
	fmt.Printf("| %-28s | %8s | %8s | %12s | %9s | %14s |\n|%s|%s:|%s:|%s:|%s:|%s:|\n", "operation", "ours", "OpenSSL", "BouncyCastle", "÷ OpenSSL", "÷ BouncyCastle",
		dashes(30), dashes(9), dashes(9), dashes(13), dashes(10), dashes(15))
	fmt.Printf("| %-28s | %8.0f | %8.0f | %12.0f | %9.2f | %14.2f |\n", "verify CAdES-BES, 256 bits", median(ours), median(cs), median(javas), median(toC), median(toJava))
}

func dashes(n int) string { return string(bytes.Repeat([]byte{'-'}, n)) }

func median(list []float64) float64 {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

func newMaterial(t *testing.T, dir string) *material {
	t.Helper()
	now := time.Now()
	lasting := func(x *x509.Template) { x.NotBefore, x.NotAfter = now.Add(-time.Hour), now.AddDate(1, 0, 0) }
	root := pkitest.Root(t, alg.GOST256B, "CN=Root", lasting)
	ca := root.CA(t, "CN=CA", lasting)
	signer := ca.Signer(t, alg.GOST256B, "CN=Signer", lasting)
	m := &material{document: bytes.Repeat([]byte("0123456789abcdef"), 64)}
	var err error
	m.message, err = sign.Detached(t.Context(), rand.Reader, bytes.NewReader(m.document), signer.Key, sign.Options{Certificate: signer.Cert, Chain: []*x509.Certificate{ca.Cert}, Time: now})
	must(t, err)
	pool := new(verify.Pool)
	var lists []byte
	for _, by := range []*pkitest.Identity{root, ca} {
		raw := by.CRL(t, now.Add(-time.Hour), now.AddDate(0, 1, 0))
		must(t, pool.AddCRL(raw, "list"))
		lists = append(lists, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: raw})...)
	}
	m.options = verify.Options{At: now, Trust: []verify.Anchor{{Certificate: root.Cert}}, Evidence: []verify.Evidence{pool}, Language: reasons.English}
	certificate := func(c *x509.Certificate) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	for name, content := range map[string][]byte{
		"signature.der": m.message, "document": m.document, "root.pem": certificate(root.Cert), "ca.pem": certificate(ca.Cert), "crl.pem": lists,
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (m *material) check(t *testing.T) {
	t.Helper()
	report, err := verify.Check(t.Context(), verify.Input{Signature: m.message, Document: bytes.NewReader(m.document)}, m.options)
	must(t, err)
	if report.Verdict != reasons.TotalPassed {
		t.Fatalf("%+v", report)
	}
}

// rate is how often a second of processor time we do it.
func (m *material) rate(t *testing.T) float64 {
	t.Helper()
	begin, count := processor(t), 0
	for processor(t)-begin < slice {
		m.check(t)
		count++
	}
	return float64(count) / (processor(t) - begin).Seconds()
}

func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func compileC(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(dir, "peer")
	if out, err := exec.Command("gcc", "-O2", "-o", program, "testdata/peer.c", "-lcrypto").CombinedOutput(); err != nil {
		t.Fatalf("compile the peer: %v\n%s", err, out)
	}
	return program
}

// compileJava returns the command of the peer.
func compileJava(t *testing.T, dir string) []string {
	t.Helper()
	path := dir
	for _, jar := range []string{"bcprov", "bcpkix", "bcutil"} {
		path += ":/usr/share/java/" + jar + ".jar" // of Debian's libbcpkix-java
	}
	if out, err := exec.Command("javac", "-cp", path, "-d", dir, "testdata/Peer.java").CombinedOutput(); err != nil {
		t.Fatalf("compile the peer: %v\n%s", err, out)
	}
	return []string{"java", "-cp", path, "Peer", dir}
}

type peer struct {
	in  io.Writer
	out *bufio.Reader
}

func start(t *testing.T, args ...string) *peer {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return &peer{in, bufio.NewReader(out)}
}

func (p *peer) rate(t *testing.T, slice time.Duration) (r float64) {
	t.Helper()
	_, err := fmt.Fprintf(p.in, "%d\n", slice.Milliseconds())
	must(t, err)
	_, err = fmt.Fscan(p.out, &r)
	must(t, err)
	return r
}

// TestColdPDF prints how long the whole process takes for a document of 3 MiB with ten signatures.
func TestColdPDF(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "podpis")
	build := exec.Command("go", "build", "-o", program, "podpis/cmd/podpis")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	now := time.Now()
	lasting := func(x *x509.Template) { x.NotBefore, x.NotAfter = now.Add(-time.Hour), now.AddDate(1, 0, 0) }
	root := pkitest.Root(t, alg.GOST256B, "CN=Root", lasting)
	document := pkitest.PDF(bytes.Repeat([]byte{'a'}, 3<<20))
	for i := range 10 {
		signer := root.Signer(t, alg.GOST256B, fmt.Sprintf("CN=Signer %d", i+1), lasting)
		tail, err := sign.PDF(t.Context(), rand.Reader, bytes.NewReader(document), int64(len(document)), signer.Key,
			sign.Options{Certificate: signer.Cert, Time: now}, pades.Options{})
		must(t, err)
		document = append(document, tail...)
	}
	for name, content := range map[string][]byte{
		"ten.pdf":  document,
		"root.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Cert.Raw}),
		"crl.pem":  pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: root.CRL(t, now.Add(-time.Hour), now.AddDate(0, 1, 0))}),
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	var took []float64
	for range rounds {
		cmd := exec.Command(program, "verify", "--offline", "--trust", "root.pem", "--crl", "crl.pem", "ten.pdf")
		cmd.Dir = dir
		begin := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		took = append(took, time.Since(begin).Seconds())
	}
	fmt.Printf("podpis verify, PDF of %.1f MiB with 10 signatures: %.2f s, process and all, median of %d\n", float64(len(document))/(1<<20), median(took), rounds)
}
