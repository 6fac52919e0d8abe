// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package stand plays the outside world for training and tests: small real servers
// (message centre, mail server, the list of centres, the registers, the state portal, a push service, a time server) and one page that shows what they got and makes them
// fail.
//
// It speaks the protocols of the real systems and never imports internal: the program
// must not be able to tell the stand from the world. Left out so far: tax
// office.
package stand

import (
	"embed"
	"errors"
	"html/template"
	"net/http"
	"time"

	"podpis/stand/egrip"
	"podpis/stand/etrust"
	"podpis/stand/mail"
	"podpis/stand/ntp"
	"podpis/stand/portal"
	"podpis/stand/push"
	"podpis/stand/sms"
)

//go:embed page.html style.css
var files embed.FS

// Servers are what the page shows.
type Servers struct {
	SMS   *sms.Server
	Mail  *mail.Server
	Lists *etrust.Server
	// Register is ЕГРИП and ЕГРЮЛ; Start starts it on a port of its own.
	Register *egrip.Server
	// Identity are the servers that say who people are; nil: none.
	Identity *Identity
	// Portal is the state portal's inbox and a push service, on a port of its own.
	Portal *portal.Server
	// Push is a push service of browsers (RFC 8030).
	Push *push.Server
	// Time is a time server.
	Time *ntp.Server
	// Zone is how times are shown; nil is UTC.
	Zone *time.Location
}

// Start starts the servers on the given addresses.
func Start(smsAddr, mailAddr, listAddr string) (*Servers, error) {
	s := &Servers{}
	var err error
	if s.SMS, err = sms.Start(smsAddr); err != nil {
		return nil, err
	}
	if s.Mail, err = mail.Start(mailAddr); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.Lists, err = etrust.Start(listAddr, nil); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.Register, err = egrip.Start("127.0.0.1:0", nil); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.Portal, err = portal.Start("127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.Push, err = push.Start("127.0.0.1:0", nil); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.Time, err = ntp.Start("127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close stops those that were started.
func (s *Servers) Close() error {
	var errs []error
	if s.SMS != nil {
		errs = append(errs, s.SMS.Close())
	}
	if s.Mail != nil {
		errs = append(errs, s.Mail.Close())
	}
	if s.Lists != nil {
		errs = append(errs, s.Lists.Close())
	}
	if s.Register != nil {
		errs = append(errs, s.Register.Close())
	}
	if s.Portal != nil {
		errs = append(errs, s.Portal.Close())
	}
	if s.Push != nil {
		errs = append(errs, s.Push.Close())
	}
	if s.Time != nil {
		errs = append(errs, s.Time.Close())
	}
	return errors.Join(errs...)
}

// choice is one way to fail as the page names it.
type choice struct {
	Value, Label string
	Chosen       bool
}

type page struct {
	SMS                 []sms.Message
	Mail                []mail.Message
	SMSModes, MailModes []choice
	ListModes           []choice
	SMSAddr, MailAddr   string
	ListURL             string
	List                etrust.State
	Register            egrip.State
	RegisterURL         string
	RegisterModes       []choice
	Identity            *identityPage
	PushURL             string
	PushAsked           int
	PushModes           []choice
}

// shown bounds the page.
const shown = 100

// Handler returns the page: GET / shows, POST /sms and POST /mail set the failure. It works
// under any prefix that is stripped before.
func (s *Servers) Handler() (http.Handler, error) {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	t, err := template.New("page.html").Funcs(template.FuncMap{
		"time": func(t time.Time) string { return t.In(zone).Format("02.01.2006, 15:04:05") },
	}).ParseFS(files, "page.html")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("Cache-Control", "no-store")
		if err := t.Execute(w, s.page()); err != nil {
			return // the reader has gone
		}
	})
	mux.Handle("GET /style.css", http.FileServerFS(files))
	mux.HandleFunc("POST /sms", func(w http.ResponseWriter, r *http.Request) {
		if known(smsModes(sms.None), r.PostFormValue("failure")) {
			s.SMS.Fail(sms.Failure(r.PostFormValue("failure")), 0)
		}
		w.Header().Set("Location", "./")
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("POST /mail", func(w http.ResponseWriter, r *http.Request) {
		if known(mailModes(mail.None), r.PostFormValue("failure")) {
			s.Mail.Fail(mail.Failure(r.PostFormValue("failure")), 0)
		}
		w.Header().Set("Location", "./")
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("POST /lists", func(w http.ResponseWriter, r *http.Request) {
		if known(listModes(etrust.None), r.PostFormValue("failure")) {
			s.Lists.Fail(etrust.Failure(r.PostFormValue("failure")))
		}
		w.Header().Set("Location", "./")
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("POST /register", func(w http.ResponseWriter, r *http.Request) {
		if known(registerModes(egrip.None), r.PostFormValue("failure")) {
			s.Register.Fail(egrip.Failure(r.PostFormValue("failure")))
		}
		w.Header().Set("Location", "./")
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("POST /push", func(w http.ResponseWriter, r *http.Request) {
		if known(pushModes(push.None), r.PostFormValue("failure")) {
			s.Push.Fail(push.Failure(r.PostFormValue("failure")))
		}
		w.Header().Set("Location", "./")
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("POST /identity", func(w http.ResponseWriter, r *http.Request) { s.Identity.turn(w, r) })
	return http.NewCrossOriginProtection().Handler(mux), nil
}

func (s *Servers) page() page {
	p := page{
		SMS: s.SMS.Messages(), Mail: s.Mail.Messages(), SMSAddr: s.SMS.Addr(), MailAddr: s.Mail.Addr(),
		SMSModes: smsModes(s.SMS.Failing()), MailModes: mailModes(s.Mail.Failing()), List: s.Lists.State(), ListURL: s.Lists.URL(),
	}
	p.Register, p.RegisterURL = s.Register.State(), s.Register.URL()
	p.RegisterModes = registerModes(p.Register.Failure)
	p.Identity = s.Identity.page()
	p.PushURL, p.PushAsked, p.PushModes = s.Push.URL(), s.Push.Asked(), pushModes(s.Push.Failing())
	p.ListModes = listModes(p.List.Failure)
	p.SMS, p.Mail = p.SMS[:min(len(p.SMS), shown)], p.Mail[:min(len(p.Mail), shown)]
	return p
}

func smsModes(now sms.Failure) []choice {
	return choose(string(now), [][2]string{
		{string(sms.None), "Работает"}, {string(sms.Throttle), "Отвечает «слишком часто»"}, {string(sms.Refuse), "Отказывает: нет такого номера"},
		{string(sms.Drop), "Рвёт связь, сообщение теряется"}, {string(sms.LoseAnswer), "Принимает, но рвёт связь до ответа"}, {string(sms.Delay), "Отвечает через 15 секунд"},
	})
}

func mailModes(now mail.Failure) []choice {
	return choose(string(now), [][2]string{
		{string(mail.None), "Работает"}, {string(mail.Later), "Просит повторить позже"}, {string(mail.Refuse), "Отказывает: нет такого ящика"},
		{string(mail.Drop), "Рвёт связь, письмо теряется"}, {string(mail.LoseAnswer), "Принимает, но рвёт связь до ответа"}, {string(mail.Delay), "Отвечает через 15 секунд"},
	})
}

func listModes(now etrust.Failure) []choice {
	return choose(string(now), [][2]string{
		{string(etrust.None), "Работает"}, {string(etrust.Unreachable), "Рвёт связь без ответа"}, {string(etrust.Busy), "Отвечает 503"},
		{string(etrust.Broken), "Даёт перечень с нарушенной подписью"}, {string(etrust.Stranger), "Даёт перечень с чужой подписью"},
		{string(etrust.Older), "Даёт перечень старее прежнего"}, {string(etrust.NoList), "Даёт страницу вместо перечня"},
	})
}

func registerModes(now egrip.Failure) []choice {
	return choose(string(now), [][2]string{
		{string(egrip.None), "Отвечает"}, {string(egrip.Silent), "Молчит"}, {string(egrip.Slow), "Отвечает через 3 секунды"}, {string(egrip.Broken), "Отвечает 500"},
		{string(egrip.Nonsense), "Даёт страницу вместо ответа"}, {string(egrip.Mismatch), "Другой ОКВЭД и дата регистрации"}, {string(egrip.Renamed), "Другая фамилия или название"},
		{string(egrip.Closed), "Деятельность прекращена"}, {string(egrip.Missing), "Записи нет"}, {string(egrip.Full), "Закрытые сведения: адрес и дата рождения"}, {string(egrip.Lapsed), "Первой лицензии больше нет"},
	})
}

func pushModes(now push.Failure) []choice {
	return choose(string(now), [][2]string{
		{string(push.None), "Принимает"}, {string(push.Gone), "Отвечает «подписки больше нет»"}, {string(push.Busy), "Просит прислать позже"}, {string(push.Broken), "Отвечает 500"},
		{string(push.Slow), "Отвечает через 30 секунд"}, {string(push.Closed), "Рвёт связь"}, {string(push.Away), "Посылает по другому адресу"},
	})
}

func choose(now string, modes [][2]string) []choice {
	var out []choice
	for _, m := range modes {
		out = append(out, choice{m[0], m[1], m[0] == now})
	}
	return out
}

func known(modes []choice, value string) bool {
	for _, m := range modes {
		if m.Value == value {
			return true
		}
	}
	return false
}
