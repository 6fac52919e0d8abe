// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"podpis/pki/pkitest"
)

// realFiles are the files of the corpus that a person may hand in, small enough to be
// many; of the hundreds of certificates every eighth.
func realFiles(t *testing.T) (files []string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(pkitest.Corpus(t), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		kind := strings.ToLower(filepath.Ext(name))
		switch {
		case info.Size() > 2<<20:
		case slices.Contains([]string{".pdf", ".xml", ".asice", ".asics", ".p7m", ".p7s", ".sig", ".tst", ".pkcs7", ".p7e", ".zip", ".txt"}, kind):
			files = append(files, name)
		case slices.Contains([]string{".cer", ".crt", ".pem", ".der", ".crl", ".p10", ".bin"}, kind):
			if seen++; seen%8 == 0 {
				files = append(files, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestCorpusInBrowser: of real files of every kind, good and bad, the browser draws what
// the server draws.
func TestCorpusInBrowser(t *testing.T) {
	files := realFiles(t)
	p := start(t)
	p.set("verify.guard", "off")
	p.open("/verify")
	ask[int](p, "harness", `(async () => {
		const input = Object.assign(document.createElement("input"), {type: "file", id: "real"});
		document.body.append(input);
		const worker = new Worker("/static/judge.js");
		let next = 1;
		self.call = (name, argument) => new Promise((resolve) => {
			const id = next++;
			worker.addEventListener("message", function told({data}) {
				if (data.id !== id || data.stage || data.done !== undefined) return;
				worker.removeEventListener("message", told);
				resolve(data.error ? {html: "error " + data.error} : data.result ?? {});
			});
			worker.postMessage({id, call: name, args: [argument]});
		});
		const form = document.querySelector("[data-verify]");
		await call("load", {language: "ru", texts: JSON.parse(document.getElementById("words-verify").textContent),
			zone: form.dataset.zone, name: form.dataset.zoneName, training: true});
		return 0;
	})()`)
	began, different := time.Now(), 0
	for _, name := range files {
		p.run("choose "+name, chromedp.SetUploadFiles(chromedp.CSS("#real"), []string{name}))
		html := ask[string](p, name, `(async () => {
			const [blob] = document.getElementById("real").files;
			return (await call("check", {files: [{name: blob.name, blob}]})).html;
		})()`)
		if strings.HasPrefix(html, "error ") {
			t.Errorf("%s: %s", name, html)
			continue
		}
		here, there := drawing(t, html), p.byServer(judged{name: name, files: []string{name}})
		if here != there {
			different++
			t.Errorf("%s: %s", name, difference(here, there))
		}
	}
	t.Logf("%d real files, %d judged otherwise, %v", len(files), different, time.Since(began).Round(time.Second))
	if len(files) < 100 {
		t.Errorf("only %d files", len(files))
	}
}
