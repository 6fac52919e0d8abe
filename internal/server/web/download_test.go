// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"encoding/hex"
	"html"
	"regexp"
	"strings"
	"testing"

	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/pki/alg"
	"podpis/pki/cms"
)

// TestDownloads: an administrator uploads a build and points to the official crypto package;
// the page lists each with publisher, hashes, signature and the command that checks it, and
// hands out the very content; TestScript runs that command.
//
// S001-029: the official package is listed with the page of its publisher.
func TestDownloads(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/downloads").shows(200, "Сборку ещё не опубликовали", "Ссылок нет")
	const page = "/admin/downloads"
	admin := s.staff(auth.Administrator)
	build := []byte("сборка программы")
	pairs := []string{"name", "podpis-linux-amd64", "title", "Подпись для Linux", "version", "1.0", "publisher", "Учебный центр", "kind", "program", "system", "linux"}
	admin.open(page).shows(200, "Пока ничего нет").sendFiles(page, nil, pairs...).refuses(422, "files", "Выберите файл")
	admin.open(page).sendFiles(page, map[string][]byte{"x": build}, pairs...).shows(200, "podpis-linux-amd64", "Сотрудник administrator")
	admin.open(page).sendFiles(page, nil,
		"name", "csp.txt", "title", "КриптоПро CSP", "version", "5.0", "publisher", "КРИПТО-ПРО", "kind", "provider", "system", "windows", "address", "https://publisher.example/csp", "sha256", strings.Repeat("0f", 32),
	).shows(200, "csp.txt")

	v.open("/downloads").shows(200, "Подпись для Linux", "Хеш ГОСТ Р 34.11-2012", "КриптоПро CSP", "КРИПТО-ПРО", strings.Repeat("0f", 32), "podpis verify --trust root.cer --signature podpis-linux-amd64.sig podpis-linux-amd64", "Как установить программу")
	if !strings.Contains(v.body, `href="https://publisher.example/csp" rel="noreferrer"`) {
		t.Error("no link to the publisher")
	}
	v.open("/downloads/podpis-linux-amd64")
	if v.code != 200 || !bytes.Equal([]byte(v.body), build) || !strings.HasPrefix(v.head.Get("Content-Disposition"), "attachment;") || v.head.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%d %q %v", v.code, v.body, v.head)
	}
	v.open("/downloads/podpis-linux-amd64.sig")
	signed, err := cms.ParseSignedData([]byte(v.body))
	if err != nil || len(signed.Signers) != 1 {
		t.Fatalf("signature: %v", err)
	}
	v.open("/downloads/none").shows(404)
	v.open("/downloads/..%2fkek").shows(404)

	withdraw := regexp.MustCompile(`action="(/admin/downloads/\w+/withdraw)"`).FindAllStringSubmatch(html.UnescapeString(admin.body), -1)
	if len(withdraw) != 2 {
		t.Fatalf("%d packages can be withdrawn", len(withdraw))
	}
	for _, w := range withdraw {
		admin.open(page).send(w[1]).shows(200)
	}
	v.open("/downloads/podpis-linux-amd64").shows(404)
}

// S001-031: the guide leads through the installation: run as administrator, choose the
// directory, accept the licence; the root certificate has a guide of its own by system.
func TestInstallGuide(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor()
	v.open("/help/install").shows(200, "Запуск от имени администратора", "Выберите папку установки", "лицензию издателя и примите", "Проверьте подпись")
	for _, address := range []string{"/downloads", "/help/root", "/check"} {
		if !strings.Contains(v.body, `href="`+address+`"`) {
			t.Errorf("no link to %s", address)
		}
	}
}

// TestRootGuide: the guide to the root certificate has steps for each system and browser, opens
// those of who asks, and its fingerprints are those of the file it leads to.
func TestRootGuide(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	const firefox = "Mozilla/5.0 (Windows NT 10.0; rv:143.0) Gecko/20100101 Firefox/143.0"
	const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
	for agent, system := range map[string]string{chrome140: "windows", firefox: "firefox", phone: "ios", "curl/8.0": ""} {
		v.with(agent, "/help/root").shows(200, "Как установить корневой сертификат", "подписан по ГОСТ", "certutil -hashfile root.cer SHA256")
		for _, each := range []string{"windows", "macos", "linux", "android", "ios", "firefox"} {
			m := regexp.MustCompile(`(?s)<details id="` + each + `"( open)?>.*?</details>`).FindStringSubmatch(v.body)
			if m == nil || strings.Count(m[0], "<li>") < 4 || (m[1] != "") != (each == system) {
				t.Errorf("%s for %q: %q", each, agent, m)
			}
		}
	}
	key, err := s.Authority.Key(ca.Root)
	must(t, err)
	pairs := func(h alg.Hash) string {
		digits := hex.EncodeToString(h.Sum(key.Certificate.Raw))
		return strings.ToUpper(strings.TrimSpace(regexp.MustCompile("..").ReplaceAllString(digits, "$0 ")))
	}
	v.shows(200, pairs(alg.SHA256), pairs(alg.SHA1))
	if !strings.Contains(v.body, `href="/pki/ca/`+key.ID+`.cer"`) {
		t.Error("no link to the file")
	}
}
