// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"podpis/internal/service/auth"
)

// option is the value of a choice with these words on the page.
func (v *visitor) option(words string) string {
	v.t.Helper()
	m := regexp.MustCompile(`<option value="(\w+)"[^>]*>` + regexp.QuoteMeta(words) + `</option>`).FindStringSubmatch(html.UnescapeString(v.body))
	if m == nil {
		v.t.Fatalf("%s offers no %q", v.at, words)
	}
	return m[1]
}

// TestSetups: before the check the service is chosen that the workplace is for, S004-029, and the
// choice stays in the address. For this cabinet nothing is to be installed, and the page says so;
// for Контур.Экстерн each thing it asks for is told, whether it is there, and where what is missing
// comes from. An administrator adds services and ends them.
func TestSetups(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	open := func(address string) map[string][2]string {
		t.Helper()
		v.with(chrome140, address).shows(200, "Проверка рабочего места")
		return v.checkRows()
	}
	is := func(rows map[string][2]string, id, state, words string) {
		t.Helper()
		if got := rows[id]; got[0] != state || !strings.Contains(got[1], words) {
			t.Errorf("%s: %q, want %s %q", id, got, state, words)
		}
	}
	rows := open("/check")
	v.shows(200, "Что нужно: Этот кабинет", "Устанавливать ничего не нужно", "Контур.Экстерн", "Общий: любой сайт с КЭП")
	if _, there := rows["provider"]; there {
		t.Error("this cabinet asks for a crypto provider")
	}

	admin := s.staff(auth.Administrator)
	admin.open("/admin/downloads").sendFiles("/admin/downloads", nil,
		"name", "csp.txt", "title", "КриптоПро CSP", "version", "5.0", "publisher", "КРИПТО-ПРО", "kind", "provider", "system", "windows", "address", "https://publisher.example/csp", "sha256", strings.Repeat("0f", 32))
	rows = open("/check?for=extern")
	v.shows(200, "Что нужно: Контур.Экстерн", "Есть: 2. Нужно сделать: 0. Не знаем: 3.", "Сами мы ничего не устанавливаем")
	is(rows, "browser", "ok", "Chrome 140.0")
	is(rows, "system", "ok", "Windows 10")
	is(rows, "provider", "unknown", "Подойдёт: КриптоПро CSP 5.0+")
	is(rows, "provider", "unknown", "Скачать КриптоПро CSP 5.0")
	is(rows, "plugin", "unknown", "Контур.Плагин")
	is(rows, "token", "none", "Нужен, только если ваш ключ на токене")
	is(rows, "root", "unknown", "Минцифры России")
	if _, there := rows["tool"]; there || !strings.Contains(v.body, `href="/downloads#csp.txt"`) || !strings.Contains(v.body, `href="/help/root"`) {
		t.Error("asks twice what one has, or does not say where it comes from")
	}
	old, good, plugin, token := v.option("КриптоПро CSP 4.0 R4"), v.option("КриптоПро CSP 5.0"), v.option("Контур.Плагин"), v.option("Рутокен")
	rows = open("/check?for=extern&have_provider=" + old + "&have_plugin=no")
	is(rows, "provider", "fix", "У вас КриптоПро CSP 4.0 R4: нужна версия новее")
	is(rows, "plugin", "fix", "У вас нет")
	v.shows(200, "Есть: 2. Нужно сделать: 2. Не знаем: 1.")
	rows = open("/check?for=extern&have_provider=" + good + "&have_plugin=" + plugin + "&have_carrier=" + token + "&have_root=yes")
	for _, id := range []string{"provider", "plugin", "token", "root"} {
		is(rows, id, "ok", "")
	}
	v.shows(200, "Всё, что нужно, есть")

	v.with("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "/check?for=extern")
	is(v.checkRows(), "system", "fix", "У вас Linux. Сервису подойдёт: Windows 10+, macOS 10.15+")
	v.with("curl/8.0", "/check?for=extern")
	is(v.checkRows(), "browser", "unknown", "Не узнали. Подойдёт: Chrome 109+")
	is(open("/check?for=programs"), "root", "unknown", "Корневой сертификат нашего центра")
	is(open("/check?for=none&have_root=%3Cb%3E"), "browser", "ok", "")
	v.shows(200, "Этого сервиса в списке больше нет", "Что нужно: Этот кабинет")

	const page = "/admin/workplace/setups"
	pairs := func(code, provider string) []string {
		return []string{
			"word", code, "name_ru", "Торговая площадка", "name_kk", "Сауда алаңы", "name_en", "Tender site", "browser", "*", "provider", provider, "root", "*",
			"site", "https://tender.example/setup", "from_d", "1", "from_m", "1", "from_y", "2026", "source", "Руководство площадки",
		}
	}
	admin.open("/admin/workplace").open(page).shows(200, "Контур.Экстерн", "Не менялось")
	admin.send(page, pairs("tender", "Неизвестный CSP")...).refuses(422, "provider", "названия из таблицы").holds(page, "name_ru", "Торговая площадка")
	admin.send(page, pairs("extern", "КриптоПро CSP 5.0")...).refuses(409, "word", "уже есть")
	admin.send(page, pairs("tender", "КриптоПро CSP 5.0")...).shows(200, "Торговая площадка", "Сотрудник administrator")
	if n := len(s.Entries("admin.setup.add")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	rows = open("/check?for=tender")
	v.shows(200, "Что нужно: Торговая площадка")
	is(rows, "provider", "unknown", "Страница сервиса")
	if !strings.Contains(v.body, `href="https://tender.example/setup" rel="noreferrer"`) {
		t.Error("no link to the service")
	}
	v.in("en", "/check?for=tender").shows(200, "What is needed: Tender site")
	v.in("ru", "/check")
	id := regexp.MustCompile(`href="(` + page + `/\w+)">Торговая`).FindStringSubmatch(admin.open(page).body)
	if id == nil {
		t.Fatal("no link to the row")
	}
	admin.open(id[1]).shows(200, "Руководство площадки").send(id[1]+"/end", "to_d", "1", "to_m", "1", "to_y", "2020").refuses(422, "to", "позже первого дня")
	admin.send(id[1]+"/end", "to_d", "2", "to_m", "1", "to_y", "2026").shows(200, "02.01.2026")
	if n := len(s.Entries("admin.setup.end")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	open("/check?for=tender")
	v.shows(200, "Этого сервиса в списке больше нет")
	admin.open(page + "/none").shows(404)
}
