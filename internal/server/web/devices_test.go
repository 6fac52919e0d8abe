// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/servicetest"
	standpush "podpis/stand/push"
)

// trusting is a site with a phone that takes notices and approves.
type trusting struct {
	*site
	phone   *visitor
	base    string
	browser *standpush.Browser
	codes   []string
}

func newTrusting(t *testing.T) *trusting {
	t.Helper()
	s := newSite(t)
	v, base := s.atHome()
	v.open(base + "/security/second").stepUp()
	codes := v.recoveryCodes(base)
	v.open(base+"/security/devices").shows(200, "Устройства и уведомления", "Таких устройств нет", "Одобрять входы здесь")
	v.send(base+"/security/devices/trust").shows(409, "Сначала добавьте другой способ")
	v.open(base+"/security/second").send(base+"/security/second/sms").shows(200, "Код")
	v.send(base+"/security/second/sms/confirm", "code", s.Code(phone)).shows(200, "Код из СМС")
	tr := &trusting{s, v, base, nil, codes}
	tr.subscribe()
	v.open(base+"/security/devices").send(base+"/security/devices/trust").shows(200, "Это устройство одобряет входы", "это устройство")
	return tr
}

// subscribe does what the script of the page does.
func (tr *trusting) subscribe() {
	tr.t.Helper()
	page := tr.phone.open(tr.base + "/security/devices")
	key := regexp.MustCompile(`data-key="([^"]+)"`).FindStringSubmatch(page.body)
	if key == nil {
		tr.t.Fatalf("no key: %s", page.text())
	}
	var err error
	tr.browser, err = tr.PushStand.Subscribe(key[1])
	must(tr.t, err)
	body, err := json.Marshal(tr.browser.Subscription)
	must(tr.t, err)
	if tr.json(tr.phone, http.MethodPost, tr.base+"/security/devices", string(body)); tr.phone.code != http.StatusOK {
		tr.t.Fatalf("%d %s", tr.phone.code, tr.phone.body)
	}
}

func (tr *trusting) json(v *visitor, method, path, body string) {
	at := v.at
	r := v.request(method, path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	v.do(r)
	v.at = at
}

// asks signs in by password in another browser and asks the phone.
func (tr *trusting) asks() (v *visitor, number string) {
	tr.t.Helper()
	v = tr.visitor()
	v.login(pass).shows(200, "Второй шаг входа", "Пришлём запрос на доверенное устройство", "Код из СМС", "Код восстановления")
	v.send("/login/second/device").shows(200, "Подтвердите вход на телефоне", "Ваш ход", "до ", "Код из СМС")
	m := regexp.MustCompile(`<strong id="number">(\d\d)</strong>`).FindStringSubmatch(v.body)
	if m == nil {
		tr.t.Fatalf("no number: %s", v.text())
	}
	return v, m[1]
}

// opens opens what the latest notice of a request names, on the phone.
func (tr *trusting) opens() (address string, numbers []string) {
	tr.t.Helper()
	tr.Deliver()
	for _, m := range tr.browser.Messages() {
		var note struct{ URL string }
		must(tr.t, json.Unmarshal([]byte(m.Text), &note))
		if strings.HasPrefix(note.URL, "/approve/") {
			address = note.URL
		}
	}
	if address == "" {
		tr.t.Fatalf("the phone was not told: %v", tr.PushStand.Refused())
	}
	tr.phone.open(address)
	for _, m := range regexp.MustCompile(`name="number" value="(\d\d)"`).FindAllStringSubmatch(tr.phone.body, -1) {
		numbers = append(numbers, m[1])
	}
	return address, numbers
}

// TestSignInByDevice (A-05, S001-083, S001-085, S001-086): ИНН and password, then the phone is
// told; it shows device, place, act and time and three numbers; «Одобрить» there, and the
// browser is in the cabinet with its services. Everything works without scripts.
func TestSignInByDevice(t *testing.T) {
	t.Parallel()
	tr := newTrusting(t)
	v := tr.visitor()
	v.open("/login").send("/login", "login", servicetest.Anna().INN, "password", pass).shows(200, "Пришлём запрос на доверенное устройство")
	v, number := tr.asks()
	address, numbers := tr.opens()
	tr.phone.shows(200, "Это вы входите?", "Вход в кабинет", "127.0.0.1", "Ответить до", "Одобрить", "Отклонить")
	if len(numbers) != 3 || !slices.Contains(numbers, number) || strings.Contains(tr.phone.body, `checked`) {
		t.Errorf("%v, %s", numbers, number)
	}
	tr.phone.open("/approve").shows(200, "Запросы, которые ждут ответа", "Ответить")
	tr.json(v, http.MethodGet, "/login/second/device", "")
	if !strings.Contains(v.body, `"waiting"`) {
		t.Errorf("the script hears %s", v.body)
	}
	v.open("/login/second/device").send("/login/second/device/done").shows(409, "Ответа с устройства нет")
	tr.phone.open(address).send(address, "answer", "yes").refuses(422, "number", "Выберите число")
	tr.phone.send(address, "number", number, "answer", "yes").shows(200, "Одобрено", "Вернитесь к тому экрану")
	v.open("/login/second/device").shows(200, "Одобрено на устройстве", "Продолжить")
	v.send("/login/second/device/done").shows(200, "Главная")
	if !strings.Contains(v.body, `href="`+tr.base+`/services"`) {
		t.Error("no way to the services")
	}
	v.open(tr.base+"/services").shows(200, "Услуги")
	tr.phone.open("/approve").shows(200, "Запросов нет")
	// A fresh step of a full session by the phone.
	tr.Clock.Pass(11 * time.Minute)
	v.open(tr.base+"/security/devices").shows(200, "Подтвердите, что это вы", "Спросить на устройстве")
	v.send("/login/second/device", "return", tr.base+"/security/devices").shows(200, "Подтвердите действие на телефоне")
	number = regexp.MustCompile(`<strong id="number">(\d\d)</strong>`).FindStringSubmatch(v.body)[1]
	address, _ = tr.opens()
	tr.phone.shows(200, "Это вы подтверждаете действие?", "Важное действие").send(address, "number", number, "answer", "yes").shows(200, "Одобрено")
	v.send("/login/second/device/done", "return", tr.base+"/security/devices").shows(200, "Устройства и уведомления", "Одобрять входы здесь")
	v.open(tr.base+"/security/log").shows(200, "Спросили доверенное устройство", "Вход одобрен на устройстве")
}

// TestRefusedOnDevice: a refusal, another number and silence end the request, and «Это не я»
// leads on; the device that asks, and another person, answer nothing.
func TestRefusedOnDevice(t *testing.T) {
	t.Parallel()
	tr := newTrusting(t)
	v, number := tr.asks()
	address, numbers := tr.opens()
	other := numbers[slices.IndexFunc(numbers, func(n string) bool { return n != number })]
	stranger := tr.visitor()
	tr.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	stranger.open("/login").send("/login", "login", "boris@example.org", "password", pass)
	stranger.open(address).shows(404, "Такого запроса нет")
	tr.visitor().open(address).shows(200, "Вход")
	v.open(address).shows(200, "Пришлём запрос на доверенное устройство") // waits for its own second step
	tr.phone.open(address).send(address, "number", other, "answer", "yes").shows(409, "Число не то. Запрос закрыт.", "Просили не вы?", "завершить другие сеансы")
	tr.phone.open(address).shows(200, "Число не то, запрос закрыт")
	v.open("/login/second/device").shows(200, "выбрали другое число", "Спросить ещё раз")
	tr.Clock.Pass(time.Second)
	v.send("/login/second/device").shows(200, "Подтвердите вход на телефоне")
	tr.Clock.Pass(2 * time.Minute)
	v.open("/login/second/device").shows(200, "Ответа не дождались")
	v.send("/login/second/device").shows(200, "Подтвердите вход на телефоне")
	address, _ = tr.opens()
	tr.phone.send(address, "answer", "no").shows(200, "Отклонено", "Просили не вы?")
	again := tr.phone.request(http.MethodPost, address, strings.NewReader("answer=no"))
	again.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	tr.phone.do(again).shows(409, "уже ответили")
	v.open("/login/second/device").shows(200, "На устройстве отказали", "Код из СМС")
	v.open("/login/second?way=device").send("/login/second/device").shows(429, "Недавно на устройстве отказали")
	tr.phone.open(address).send(tr.base+"/security/sessions/others", "then", "recover").shows(200, "Что случилось")
	v.open("/login/second/device").shows(200, "Вход") // its session has ended
}

// TestDevicesPage: the list, a test notice, taking away; what another person has is not found.
func TestDevicesPage(t *testing.T) {
	t.Parallel()
	tr := newTrusting(t)
	page := tr.base + "/security/devices"
	id := regexp.MustCompile(`/security/devices/([0-9a-z]{10,})/test`).FindStringSubmatch(tr.phone.open(page).body)
	if id == nil {
		t.Fatal(tr.phone.text())
	}
	tr.phone.send(page+"/"+id[1]+"/test").shows(200, "Отправили пробное уведомление")
	tr.Deliver()
	if got := tr.browser.Messages(); !slices.ContainsFunc(got, func(m standpush.Message) bool {
		return strings.Contains(m.Text, "Уведомления работают")
	}) {
		t.Errorf("%+v, %v", got, tr.PushStand.Refused())
	}
	if tr.json(tr.phone, http.MethodPost, page, `{"endpoint":"https://x"}`); tr.phone.code != http.StatusUnprocessableEntity || !strings.Contains(tr.phone.body, "Обновите браузер") {
		t.Errorf("%d %s", tr.phone.code, tr.phone.body)
	}
	tr.Set("factor.asks", "1")
	tr.phone.open(page).send(page + "/" + id[1] + "/test").shows(429)
	tr.phone.open(tr.base+"/profile/notices").shows(200, "На устройства", "Устройства: где включены уведомления")
	letter := ""
	for _, m := range tr.browser.Messages() {
		var note struct{ URL string }
		must(t, json.Unmarshal([]byte(m.Text), &note))
		if strings.HasPrefix(note.URL, "/app/letter/") {
			letter = note.URL
		}
	}
	if letter == "" {
		t.Fatalf("no letter was told of: %+v", tr.browser.Messages())
	}
	tr.phone.open(letter).shows(200, "второй шаг")
	tr.phone.open(page).send(page+"/"+id[1]+"/drop").shows(200, "Таких устройств нет")
	r := tr.phone.request(http.MethodPost, page+"/"+id[1]+"/drop", nil)
	tr.phone.do(r).shows(404, "Такого устройства нет")
}

// TestInstallable: manifest, icons and worker in the language of the page, with the name
// of the installation; the worker keeps public files alone, and the page without a connection
// names no person, whoever asks for it.
func TestInstallable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, _ := s.atHome()
	v.open("/").shows(200)
	for _, want := range []string{`rel="manifest" href="/manifest.webmanifest?l=ru"`, `rel="apple-touch-icon"`, `name="theme-color" content="#2f3590"`} {
		if !strings.Contains(v.body, want) {
			t.Errorf("no %s", want)
		}
	}
	var m struct {
		Name, Lang, Display, Scope string
		StartURL                   string `json:"start_url"`
		ThemeColor                 string `json:"theme_color"`
		Icons                      []struct{ Src, Sizes, Type, Purpose string }
	}
	for _, l := range []string{"kk", "en", "ru"} {
		v.open("/manifest.webmanifest?l=" + l)
		must(t, json.Unmarshal([]byte(v.body), &m))
		if m.Lang != l || m.Display != "standalone" || m.Scope != "/" || m.StartURL != "/login" || m.ThemeColor != "#2f3590" || !strings.HasPrefix(v.head.Get("Content-Type"), "application/manifest+json") {
			t.Errorf("%+v, %s", m, v.head.Get("Content-Type"))
		}
	}
	if m.Name != "Подпись" || len(m.Icons) != 5 {
		t.Errorf("%+v", m)
	}
	for _, i := range m.Icons {
		if i.Type != "image/png" {
			continue
		}
		v.open(i.Src)
		c, err := png.DecodeConfig(strings.NewReader(v.body))
		if err != nil || i.Sizes != fmt.Sprintf("%dx%d", c.Width, c.Height) || len(v.body) > 8<<10 {
			t.Errorf("%s: %v, %d octets, %v", i.Src, c, len(v.body), err)
		}
	}
	v.open("/sw.js?l=kk")
	files := regexp.MustCompile(`const files = (\[.*\]);`).FindStringSubmatch(v.body)
	if files == nil || v.head.Get("Cache-Control") != "no-cache" || !strings.Contains(v.body, `const offline = "/offline?l=kk";`) || !strings.HasPrefix(v.head.Get("Content-Type"), "text/javascript") {
		t.Fatalf("%s", v.body)
	}
	var list []string
	must(t, json.Unmarshal([]byte(files[1]), &list))
	for _, f := range list {
		if v.open(f); !strings.HasPrefix(f, "/static/") || v.code != http.StatusOK {
			t.Errorf("the worker keeps %s: %d", f, v.code)
		}
	}
	for l, title := range map[string]string{"ru": "Нет связи", "kk": "Байланыс жоқ", "en": "No connection"} {
		v.open("/offline?l="+l).shows(200, title)
		for _, personal := range []string{"Соколова", "Выйти", "data-ticket", "/c/"} {
			if strings.Contains(v.body, personal) {
				t.Errorf("%s: the page without a connection holds %q", l, personal)
			}
		}
	}
}
