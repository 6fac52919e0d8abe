// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestSealedInBrowser: what is typed on the page that keeps it on the device alone lies there
// sealed under a key that cannot be taken out, and comes back; what other forms keep lies on
// the server, sealed too (TestDraftIsSealed), and leaves nothing in the browser.
//
// S001-172: data is encrypted in the browser and on the server.
func TestSealedInBrowser(t *testing.T) {
	p := start(t)
	const words = "Договор Соколовой о продаже 42"
	everything := `JSON.stringify([{...localStorage}, {...sessionStorage}])`
	p.open("/verify")
	p.run("ready", chromedp.WaitReady(chromedp.CSS(`form[data-verify][data-opened=yes]`)))
	ask[bool](p, "details", `document.querySelector("form[data-verify] details").open = true`)
	p.fill("#f-text", words)
	ask[bool](p, "leave", `document.activeElement.blur(), true`)
	p.run("kept", chromedp.WaitReady(chromedp.CSS(`form[data-verify][data-kept]`)))
	kept := ask[string](p, "store", everything)
	if !strings.Contains(kept, "podpis.draft/verify") || strings.Contains(kept, "Договор") || strings.Contains(kept, "text") {
		t.Errorf("kept on the device: %s", kept)
	}
	taken := ask[string](p, "key", `new Promise((done) => {
		const base = indexedDB.open("podpis-seal");
		base.onsuccess = () => (base.result.transaction("keys").objectStore("keys").get("draft").onsuccess = async ({ target }) =>
			done(target.result.extractable + " " + await crypto.subtle.exportKey("raw", target.result).then(() => "taken", () => "refused")));
	})`)
	if taken != "false refused" {
		t.Errorf("the key of the device: %s", taken)
	}
	p.open("/verify")
	p.run("back", chromedp.WaitReady(chromedp.CSS(`form[data-verify][data-opened=yes]`)))
	if got := ask[string](p, "text", `document.querySelector("#f-text").value`); got != words {
		t.Errorf("comes back as %q", got)
	}
	// What an older version left in the clear goes.
	ask[bool](p, "old", `localStorage.setItem("podpis.draft/verify", JSON.stringify({values: [["text", "Договор"]], until: Date.now() + 1e6})), true`)
	p.open("/verify")
	p.run("dropped", chromedp.WaitReady(chromedp.CSS(`form[data-verify][data-opened=yes]`)))
	if left := ask[string](p, "left", everything); strings.Contains(left, "Договор") {
		t.Errorf("in the clear: %s", left)
	}

	p.open("/signup")
	p.fill("#f-phone", "912 345-67-89")
	ask[bool](p, "leave", `document.activeElement.blur(), true`)
	p.run("saved", chromedp.WaitReady(chromedp.CSS(`form[action="/signup/phone"] [data-saved]`)))
	if left := ask[string](p, "left of the sign-up", everything); strings.Contains(left, "345") {
		t.Errorf("the form of the server is kept here: %s", left)
	}
}
