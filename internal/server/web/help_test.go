// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podpis/internal/server/web/kit"
)

// in opens a page in a language.
func (v *visitor) in(language, path string) *visitor {
	v.t.Helper()
	v.post("/view", "language", language, "back", "/help")
	return v.open(path)
}

// TestGuides opens each guide in three languages and looks for the words that meet what is
// asked of the help; the first of them is a heading. Others only have to be there.
func TestGuides(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for topic, g := range map[string]struct {
		asked      string // requirements
		ru, kk, en []string
	}{
		"get": {"S000-04", []string{"Как получить ключ и сертификат", "Зарегистрируйтесь", "Никому не передавайте"}, []string{"сертификатты қалай алуға", "Тіркеліңіз", "Оны ешкімге бермеңіз"}, []string{"How to get a key", "Sign up", "Give it to nobody"}},
		"plugin": {
			"S001-091 S002-024 S004-025 S004-026 S004-027 S004-028 S004-031 S004-032 S004-055 S004-094",
			[]string{"почему он не нужен", "ни расширения, ни криптопровайдера", "выборочной установки", "«Разрешить» и «Добавить»", "Диаг.Плагин", "AddToTrusted", "без плагина: файлом ключа"},
			[]string{"неге керек емес", "кеңейтім де, криптопровайдер де", "таңдап орнату", "«Рұқсат ету» мен «Қосу»", "Диаг.Плагин", "AddToTrusted", "плагинсіз"},
			[]string{"why none is needed", "no extension and no crypto provider", "selective installation", "“Allow” and “Add”", "Diag.Plugin", "AddToTrusted", "no plug-in either"},
		},
		"certificate": {"S001-208 S001-211 S003-06", []string{"не найден", "За 60 дней", "не присылает файл .pfx", "Очищайте только кеш", "открывает файл .cer"}, []string{"табылмады", "60 күн", ".pfx файлы мен құпиясөзін жібермейді", "Тек кешті", ".cer"}, []string{"not found", "60 days", "sends no .pfx", "Clear the cache only", ".cer file"}},
		"browser": {
			"S001-095 S001-098 S001-179 S001-209 S001-217 S001-221",
			[]string{"Браузер", "Chrome, Firefox, Edge", "WebCrypto", "Обновите браузер", "инкогнито", "Разрешите cookie", "временные файлы", "расширения"},
			[]string{"Браузер", "Chrome, Firefox, Edge", "WebCrypto", "Браузерді жаңартыңыз", "Инкогнито", "cookie рұқсат", "уақытша файлдарды", "кеңейтімдерді"},
			[]string{"Browser", "Chrome, Firefox, Edge", "WebCrypto", "Update the browser", "incognito", "Allow cookies", "temporary files", "extensions"},
		},
		"clock":   {"S001-100", []string{"Часы", "до 60 секунд", "Синхронизировать", "timedatectl"}, []string{"сағаты", "60 секундқа", "Синхрондау", "timedatectl"}, []string{"clock", "Up to 60 seconds", "Sync now", "timedatectl"}},
		"network": {"S001-033 S001-092 S001-099", []string{"Сеть", "443", "TLS 1.2", "Отзыв сертификатов проверяется всегда", "попросите администратора"}, []string{"Желі", "443", "TLS 1.2", "әрқашан тексеріледі", "әкімшіден"}, []string{"Network", "443", "TLS 1.2", "Revocation is always checked", "ask the administrator"}},
		"updates": {
			"S001-038 S001-094 S001-101 S001-176 S001-183 S001-193",
			[]string{"антивирус", "может поменять настройки", "Антивирус установлен", "Раз в месяц", "Раз в квартал", "доступа к USB"},
			[]string{"антивирус", "баптауларды өзгертіп", "Антивирус орнатылған", "Айына бір рет", "Тоқсанына бір рет", "USB қолжетімділік"},
			[]string{"antivirus", "change settings", "antivirus is installed", "Monthly", "Quarterly", "USB access"},
		},
		"root": {"S001-032", []string{"корневой", "Доверенные корневые центры", "Связке ключей", "update-ca-certificates", "Android", "iPhone", "Центры сертификации", "Отпечаток SHA-256"}, []string{"Түбірлік", "Сенімді түбірлік", "Кілттер байламында", "update-ca-certificates", "Android", "iPhone", "Firefox", "SHA-256 таңба ізі"}, []string{"root certificate", "Trusted Root", "Keychain", "update-ca-certificates", "Android", "iPhone", "View Certificates", "SHA-256 fingerprint"}},
		"workplace": {
			"S002-059 S002-060 S002-087 S003-14 S004-023 S004-024 S004-033 S004-034 S004-035 S004-036",
			[]string{"Как подготовить рабочее место", "Перед первым выпуском", "Права администратора не нужны", "Криптопровайдер не нужен", "34.10-2001 устарели", "перезапустите браузер", "начните шаг заново", "3.9 R2", "4.0 R4", "5.0", "сертификация закончилась", "обновите"},
			[]string{"Жұмыс орнын қалай", "Әкімші құқықтары қажет емес", "Криптопровайдер керек емес", "34.10-2001", "қайта қосып", "қадамды қайта бастаңыз", "3.9 R2", "4.0 R4", "5.0", "сертификаттауы бітті", "жаңартыңыз"},
			[]string{"prepare the workplace", "Administrator rights are not needed", "No crypto provider", "34.10-2001", "restart the browser", "begin the step anew", "3.9 R2", "4.0 R4", "5.0", "no longer certified", "update it"},
		},
		"token": {"S001-089 S001-096 S001-210", []string{"Токены", "ошибка чтения", "официального сайта", "перезагрузите"}, []string{"Токендер", "оқу қатесі", "ресми сайтынан", "қайта қосыңыз"}, []string{"Tokens", "read error", "official site", "reboot"}},
		"staff": {"S001-177", []string{"Памятка для сотрудников", "никому не говорите", "Отметьте дату"}, []string{"Қызметкерлерге", "ешкімге айтпаңыз", "Күні"}, []string{"Notes for staff", "Tell nobody", "Note the date"}},
		"safe": {
			"S000-07 S000-21 S001-173 S001-175 S001-188",
			[]string{"Как беречь ключ", "Логин, пароль и коды из СМС не передавайте никому", "отдельно от пароля и других тайн. Другим людям ключ не давайте", "сертификат сайта", "только тех, кому можно", "лишние копии ключа"},
			[]string{"қалай сақтау", "ешкімге бермеңіз", "басқа құпиялардан бөлек", "сайт сертификатын", "тек рұқсаты бар", "артық көшірмелерін"},
			[]string{"How to keep a key", "Give nobody your login", "apart from the password and other secrets", "checked its certificate", "only those", "unauthorised copies"},
		},
		"lost":     {"", []string{"Ключ потерян", "Отозвать"}, []string{"Кілт жоғалды"}, []string{"The key is lost", "Revoke"}},
		"video":    {"", []string{"Камера и микрофон"}, []string{"Камера мен микрофон"}, []string{"Camera and microphone"}},
		"glossary": {"", []string{"Слова", "МЧД"}, []string{"Сөздер"}, []string{"Words"}},
	} {
		for language, words := range map[string][]string{"ru": g.ru, "kk": g.kk, "en": g.en} {
			v := s.visitor().in(language, "/help/"+topic)
			text := html.UnescapeString(tagPattern.ReplaceAllString(v.body, " "))
			for _, w := range words {
				if v.code != http.StatusOK || !strings.Contains(text, w) {
					t.Errorf("%s in %s (%s): %d, no %q", topic, language, g.asked, v.code, w)
				}
			}
		}
	}
	s.visitor().open("/help/nothing").shows(http.StatusNotFound)
}

// TestHelpIsFound: the index leads to every guide, the search finds words in any form and
// codes, the page one came from gives its guides.
func TestHelpIsFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	search := func(query string, with, without string) {
		t.Helper()
		v.open("/help?q=" + url.QueryEscape(query)).shows(http.StatusOK)
		if !strings.Contains(v.body, `href="`+with) || without != "" && strings.Contains(v.body, `href="`+without+`"`) {
			t.Errorf("search for %q: want %s and not %s", query, with, without)
		}
	}
	search("", "/help/get", "")
	search("", "/check", "")
	search("", "/connect", "")
	search("токена драйвером", "/help/token", "/help/clock")
	search("ЭЦП", "/help/get", "/help/network")
	search("KEY-101", "/help/errors/KEY-101", "/help/errors/KEY-104")
	search("абракадабра", "/recover/write", "/help/get")
	search("<script>alert(1)</script>", "/recover/write", "")
	if strings.Contains(v.body, "<script>alert") {
		t.Error("what was searched for became a script")
	}
	v.open("/help?from=/ca").shows(http.StatusOK, "По теме страницы")
	from := strings.Index(v.body, "По теме страницы")
	if from < 0 {
		t.Fatal("nothing about the page one came from")
	}
	if here := v.body[from:]; strings.Index(here, "/help/root") > strings.Index(here, "/help/get") {
		t.Error("the guide of the page does not come first")
	}
	v.in("en", "/help").shows(http.StatusOK, "Search the help")
}

var codePattern = regexp.MustCompile(`["/]([A-Z]{2,4}-\d{3,6})["?#)]`)

// TestCodesAreExplained collects the codes of errors from all sources: each has a page with
// cause, step and text in three languages.
func TestCodesAreExplained(t *testing.T) {
	t.Parallel()
	families := map[string]bool{}
	for _, code := range kit.Catalogue() {
		family, _, _ := strings.Cut(code, "-")
		families[family] = true
	}
	used := map[string]string{}
	root := os.DirFS("../../..")
	walkSources(t, root, func(name, text string) {
		for _, m := range codePattern.FindAllStringSubmatch(text, -1) {
			if family, _, _ := strings.Cut(m[1], "-"); families[family] {
				used[m[1]] = name
			}
		}
		for _, m := range regexp.MustCompile(`\.Coded\("([^"]*)"\)`).FindAllStringSubmatch(text, -1) {
			used[m[1]] = name
		}
	})
	if len(used) < 40 {
		t.Fatalf("only %d codes found", len(used))
	}
	words := newSite(t).Words
	for code, where := range used {
		if !slices.Contains(kit.Catalogue(), code) {
			t.Errorf("%s of %s is not in the catalogue", code, where)
		}
	}
	for _, code := range kit.Catalogue() {
		for _, language := range []string{"ru", "kk", "en"} {
			for _, part := range []string{"error", "cause", "step"} {
				if !words.For(language).Has("help." + part + "." + code) {
					t.Errorf("%s in %s has no %s", code, language, part)
				}
			}
		}
	}
}

// walkSources calls each with the sources and texts of the program, tests apart.
func walkSources(t *testing.T, root fs.FS, each func(name, text string)) {
	t.Helper()
	must(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == "build" || d.Name() == ".git" || d.Name() == "testdata") {
				return fs.SkipDir
			}
			return err
		}
		if !slices.Contains([]string{".go", ".templ", ".js", ".sql"}, path.Ext(name)) || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		content, err := fs.ReadFile(root, name)
		if err == nil {
			each(name, string(content))
		}
		return err
	}))
}
