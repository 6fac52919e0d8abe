// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"podpis/pki/pkitest"
	"podpis/verify"
	"podpis/verify/reasons"
)

// written puts a document into a file of the test's.
func written(t *testing.T, name string, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// option opens the folded options and activates one.
func (p *person) option(selector string) {
	p.t.Helper()
	ask[int](p, "open the options", `document.querySelector("[data-options]").open = true, 0`)
	p.click(selector)
}

// signed makes the try-out page sign and returns the name and the octets of what it offers.
func (p *person) signed() (name string, content []byte) {
	p.t.Helper()
	p.click("[data-try]")
	p.run("signing", chromedp.WaitVisible(chromedp.CSS("[data-download]")))
	name = ask[string](p, "name", `document.querySelector("[data-download]").download`)
	content, err := os.ReadFile(p.download("[data-download]", "*"+filepath.Ext(name)))
	if err != nil {
		p.t.Fatal(err)
	}
	return name, content
}

// TestSignInside: a PDF with a visible mark and a time stamp, an XML document, and a file of its own with a time stamp, all made in
// the browser, are good to a judge who knows nothing of the browser.
func TestSignInside(t *testing.T) {
	p := start(t)
	try := func(file string) {
		p.open("/try")
		p.run("module", chromedp.WaitReady(chromedp.CSS(`#signer[data-ready=yes]`)))
		p.choose("#f-document", file)
		p.run("options", chromedp.WaitVisible(chromedp.CSS("[data-options]")))
	}
	judge := func(name string, content, document []byte) verify.Signature {
		t.Helper()
		in := verify.Input{Name: name, Signature: content, MayBeDocument: document == nil}
		if document != nil {
			in.Document = bytes.NewReader(document)
		}
		report, err := verify.Check(t.Context(), in, verify.Options{At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Signatures) != 1 {
			t.Fatalf("%s: %+v", name, report)
		}
		s := report.Signatures[0]
		if s.Facts.Document.Answer != verify.Yes || s.SubIndication != reasons.NoChain {
			t.Errorf("%s: %s %+v", name, s.SubIndication, s.Facts)
		}
		return s
	}

	try(written(t, "договор.pdf", pkitest.PDF(nil)))
	p.option("[name=place][value=inside]")
	p.option("[name=level][value=t]")
	p.option("[name=mark]")
	p.option("[name=mark_corner][value=top-right]")
	p.screen("sign-options", "Чем подписать")
	name, content := p.signed()
	p.screen("sign-inside-done", "Подписано")
	if s := judge(name, content, nil); name != "договор (подписан).pdf" || s.Level != "PAdES-T" {
		t.Errorf("%s: %s", name, s.Level)
	}
	if !bytes.HasPrefix(content, pkitest.PDF(nil)) || !bytes.Contains(content, []byte("/AP")) {
		t.Error("the document was changed, or has no mark")
	}

	try(written(t, "счёт.xml", []byte(`<?xml version="1.0" encoding="UTF-8"?><Счёт><Сумма>100</Сумма></Счёт>`)))
	p.option("[name=place][value=inside]")
	p.option("[name=level][value=t]")
	name, content = p.signed()
	if s := judge(name, content, nil); name != "счёт (подписан).xml" || s.Level != "XAdES-T" {
		t.Errorf("%s: %s", name, s.Level)
	}

	text := []byte("просто текст")
	try(written(t, "письмо.txt", text))
	if ask[bool](p, "place", `document.querySelector("[data-place-choice]").offsetParent !== null`) {
		t.Error("a text is said to take a signature inside")
	}
	p.option("[name=level][value=t]")
	name, content = p.signed()
	if s := judge(name, content, text); name != "письмо.txt.sig" || s.Level != "CAdES-T" {
		t.Errorf("%s: %s", name, s.Level)
	}

	// What cannot be done is said, and nothing chosen is lost; the key is not kept open for it.
	try(written(t, "пустой.pdf", []byte("%PDF-1.7\nno document")))
	p.option("[name=place][value=inside]")
	ask[int](p, "watch the workers", `(() => {
		const post = Worker.prototype.postMessage;
		window.calls = [];
		Worker.prototype.postMessage = function (m, ...more) { window.calls.push(m.call); return post.call(this, m, ...more); };
		return 0;
	})()`)
	p.click("[data-try]")
	p.run("refusal", chromedp.WaitVisible(chromedp.CSS("[data-error]")))
	if said := ask[string](p, "words", `document.querySelector("[data-error-text]").innerText`); !strings.Contains(said, "отдельным файлом .sig") {
		t.Error(said)
	}
	if !ask[bool](p, "choice", `document.querySelector("[name=place][value=inside]").checked`) {
		t.Error("the choice is lost")
	}
	p.shows("the key is forgotten", `window.calls.includes("generate") && window.calls.at(-1) === "forget"`)
}
