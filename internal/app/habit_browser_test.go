// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// checkKeys opens the page of the keys of this workplace: the key that was just issued is
// there, a wrong password is told, the right one finds key and certificate a pair, a file that
// is gone ends nothing but its own check. The pages beside it are looked at too.
func (p *person) checkKeys() {
	p.t.Helper()
	p.open("/login")
	home := ask[string](p, "home", `location.pathname`)
	p.open(home + "keys")
	p.run("keys", chromedp.WaitReady(chromedp.CSS(`#keys[data-ready=yes] [data-list] li`)))
	p.fill("#f-key_password", "не тот пароль")
	p.click(`#keys [type=submit]`)
	p.run("wrong", chromedp.WaitReady(chromedp.CSS(`#keys [data-list] li[data-state=bad]`)))
	if text := ask[string](p, "wrong words", `document.querySelector("#keys [data-list]").innerText`); !strings.Contains(text, "Пароль ключа не подошёл") {
		p.t.Errorf("a wrong password: %s", text)
	}
	p.fill("#f-key_password", keyPassword)
	p.click(`#keys [type=submit]`)
	p.run("checked", chromedp.WaitReady(chromedp.CSS(`#keys [data-list] li[data-state=ok]`)))
	p.screen("keys", "Ключи и носители")
	if text := ask[string](p, "words", `document.querySelector("#keys [data-list]").innerText`); !strings.Contains(text, "ключ и сертификат — пара, действует до") {
		p.t.Errorf("a good key: %s", text)
	}
	gone := filepath.Join(p.t.TempDir(), "gone.p12")
	must(p.t, os.WriteFile(gone, []byte("a key"), 0o600))
	p.choose("#f-keyfile", gone)
	must(p.t, os.Remove(gone))
	p.fill("#f-key_password", keyPassword)
	p.click(`#keys [type=submit]`)
	p.shows("a file that is gone", `document.querySelector("#keys [data-said]").innerText.includes("В порядке: 1 из 2")`)
	if text := ask[string](p, "words of the file", `document.querySelector("#keys [data-list]").innerText`); !strings.Contains(text, "Файл изменился") {
		p.t.Errorf("a file that is gone: %s", text)
	}
	p.open(home + "keys/backups")
	p.fill("#f-which", "С-1001")
	p.click(`input[value="usb"]`)
	p.fill("#f-place", "Сейф в кабинете")
	p.fill("#f-conditions", "Ключ от сейфа у меня")
	p.date("made", "1", "11", "2026")
	p.click("#f-encrypted")
	p.click(`form[action$="/keys/backups"] [type=submit]`)
	p.screen("copies", "Копии ключей")
	p.shows("the copy", `document.querySelector("main table").innerText.includes("Сейф в кабинете")`)
	p.open(home + "security/habits")
	p.screen("habits", "Полезные привычки")
}
