// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// page runs a program of Go's tests in the tab and shows what it printed.
const page = `<!doctype html><meta charset=utf-8><pre id=out></pre><script src=wasm_exec.js></script><script>
async function bench(name, args) {
  const decoder = new TextDecoder(), go = new Go();
  let out = "";
  globalThis.fs.writeSync = (fd, octets) => { out += decoder.decode(octets, {stream: true}); return octets.length; };
  go.argv = [name, ...args];
  const {instance} = await WebAssembly.instantiateStreaming(fetch(name), go.importObject);
  await go.run(instance);
  return out;
}
</script>`

// The figures of WebAssembly in Chromium: the benchmarks themselves, compiled for the browser.
func TestInBrowser(t *testing.T) {
	dir := t.TempDir()
	wasmExec, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "lib", "wasm", "wasm_exec.js")) //nolint:staticcheck // the compiler that builds the programs
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"wasm_exec.js": wasmExec, "index.html": []byte(page)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	srv := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer srv.Close()
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+"/")); err != nil {
		t.Fatal(err)
	}
	figure := regexp.MustCompile(` +([0-9.]+) (MB/s|ns/op)`)
	for _, b := range []struct{ dir, benchmarks string }{
		{"streebog", "^BenchmarkHash$"}, {"gost3410", "^Benchmark(Sign|Verify)$/^(CryptoPro-A|TC26-A|512-A|512-C)$"}, {"kdf", "^BenchmarkPBKDF2$"},
	} {
		build := exec.Command("go", "test", "-c", "-o", filepath.Join(dir, b.dir+".wasm"), "podpis/gost/"+b.dir)
		build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", b.dir, err, out)
		}
		call := fmt.Sprintf("bench(%q, [\"-test.run=^$\", %q, \"-test.benchtime=300ms\"])", b.dir+".wasm", "-test.bench="+b.benchmarks)
		out, err := chromedp.Run(ctx, chromedp.Evaluate[string](call, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", b.dir, err)
		}
		seen := 0
		for line := range strings.Lines(out) {
			if m := figure.FindStringSubmatch(line); m != nil {
				seen++
				t.Logf("in Chromium, WebAssembly: %s", strings.Join(strings.Fields(line), " "))
			}
		}
		if seen == 0 {
			t.Errorf("%s printed no figure:\n%s", b.dir, out)
		}
	}
}

func browser(t *testing.T) context.Context {
	t.Helper()
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(),
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(2*time.Minute))...)
	ctx, cancel := chromedp.NewContext(allocator)
	ctx, cancelTime := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // lets the browser end before its directory goes
		cancelTime()
		cancel()
		cancelAllocator()
	})
	return ctx
}
