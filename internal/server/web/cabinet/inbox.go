// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"strconv"
	"strings"

	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/inbox"
	"podpis/internal/service/ra"
)

// Inbox are the letters of a role and what its holder chose about notices.
type Inbox struct {
	*page.Base
	Letters *inbox.Service
}

func inboxActor(r *http.Request, actor ra.Actor) inbox.Actor {
	return inbox.Actor{Account: actor.Account, Client: actor.Client, Profile: r.PathValue("pid")}
}

func roleBase(r *http.Request) string { return "/c/" + r.PathValue("pid") }

// List shows the letters.
func (s *Inbox) List(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	filter := r.URL.Query().Get("show")
	list, err := s.Letters.Letters(r.Context(), inboxActor(r, actor), filter)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "inbox.title", "inbox"), letters(roleBase(r), filter, list))
}

// Letter shows a letter; it is read from now on.
func (s *Inbox) Letter(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, http.StatusOK, nil)
}

func (s *Inbox) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	l, err := s.Letters.Letter(r.Context(), inboxActor(r, actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	later, err := s.Letters.MayLater(r.Context(), l)
	if err != nil {
		return err
	}
	p := s.New(r, "inbox.title", "inbox")
	p.Title = l.Subject
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, letterPage(roleBase(r), l, later))
}

// LetterDone takes what is done with a letter.
func (s *Inbox) LetterDone(what string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		var err error
		if what == "later" {
			_, err = s.Letters.Later(r.Context(), inboxActor(r, actor), r.PathValue("id"))
		} else {
			err = s.Letters.Done(r.Context(), inboxActor(r, actor), r.PathValue("id"))
		}
		if err != nil {
			return s.show(w, r, actor, http.StatusConflict, err)
		}
		return page.SeeOther(w, r, roleBase(r)+"/inbox")
	}
}

// Lead leads from a section to its page: the role chip keeps the section.
func (s *Inbox) Lead(to string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
		return page.SeeOther(w, r, roleBase(r)+to)
	}
}

// Settings shows channels, quiet hours and the calendar.
func (s *Inbox) Settings(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showSettings(w, r, actor, http.StatusOK, nil, "")
}

func (s *Inbox) showSettings(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error, feed string) error {
	settings, err := s.Letters.Settings(r.Context(), inboxActor(r, actor))
	if err != nil {
		return err
	}
	since, err := s.Letters.Feed(r.Context(), inboxActor(r, actor))
	if err != nil {
		return err
	}
	consents, err := s.Letters.Consents(r.Context(), inboxActor(r, actor))
	if err != nil {
		return err
	}
	p := s.New(r, "notices.title", "profile")
	if r.Method == http.MethodPost {
		p.Path = roleBase(r) + "/profile/notices"
	}
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	v := noticesView{Base: roleBase(r), Settings: settings, Consents: consents, Feed: feed, Since: p.Words.Date(since), Saved: r.URL.Query().Get("saved") == "1"}
	if v.Settings.Quiet.Zone == "" {
		v.Settings.Quiet.Zone = "Europe/Moscow"
	}
	v.Phone, v.Mail = actor.Account.Phone, actor.Account.Mail
	return s.Render(w, r, p, status, noticesPage(p, v))
}

type noticesView struct {
	Base, Feed, Since, Phone, Mail string
	Settings                       notify.Settings
	Consents                       []inbox.Consent
	Saved                          bool
}

// muteable are the classes that one may switch off by channels. News have a choice of their
// own: they never come by SMS.
func muteable() []notify.Class {
	return []notify.Class{notify.Case, notify.Reminder, notify.Receipt, notify.Demand}
}

// clock is minutes of the day as people write them.
func clock(minutes int) string {
	return strconv.Itoa(minutes/60/10) + strconv.Itoa(minutes/60%10) + ":" + strconv.Itoa(minutes%60/10) + strconv.Itoa(minutes%60%10)
}

// minutes reads HH:MM.
func minutes(text string) int {
	h, m, ok := strings.Cut(strings.TrimSpace(text), ":")
	hours, err1 := strconv.Atoi(h)
	mins, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || hours < 0 || hours > 23 || mins < 0 || mins > 59 {
		return -1
	}
	return hours*60 + mins
}

// SettingsDone stores what was chosen.
func (s *Inbox) SettingsDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	settings, err := s.Letters.Settings(r.Context(), inboxActor(r, actor))
	if err != nil {
		return err
	}
	settings.Muted = nil
	for _, class := range muteable() {
		for _, channel := range []notify.Channel{notify.SMS, notify.Mail, notify.Push} {
			if name := string(class) + "/" + string(channel); r.PostForm.Get(name) != "yes" {
				settings.Muted = append(settings.Muted, name)
			}
		}
	}
	settings.Quiet = notify.Quiet{From: minutes(r.PostForm.Get("quiet_from")), Until: minutes(r.PostForm.Get("quiet_until")), Zone: r.PostForm.Get("zone")}
	settings.Language = r.PostForm.Get("notice_language")
	if settings.Language != "kk" && settings.Language != "en" {
		settings.Language = "ru"
	}
	if err := s.Letters.SetSettings(r.Context(), inboxActor(r, actor), settings); err != nil {
		return s.showSettings(w, r, actor, http.StatusUnprocessableEntity, err, "")
	}
	return page.SeeOther(w, r, roleBase(r)+"/profile/notices?saved=1")
}

// Outlet asks for letters in a system outside, or for none from now on.
func (s *Inbox) Outlet(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.Letters.SetConsent(r.Context(), inboxActor(r, actor), r.PathValue("outlet"), r.PostForm.Get("give") == "yes"); err != nil {
		return err
	}
	return page.SeeOther(w, r, roleBase(r)+"/profile/notices?saved=1")
}

// Feed makes the calendar's address anew, shown once, or takes it back.
func (s *Inbox) Feed(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if r.PostForm.Get("drop") == "yes" {
		if err := s.Letters.DropFeed(r.Context(), inboxActor(r, actor)); err != nil {
			return err
		}
		return page.SeeOther(w, r, roleBase(r)+"/profile/notices")
	}
	if led, err := s.LedToStep(w, r); led || err != nil { // whoever has the address needs no sign-in
		return err
	}
	token, err := s.Letters.ResetFeed(r.Context(), inboxActor(r, actor), r.PostForm.Get("named") == "yes")
	if err != nil {
		return err
	}
	return s.showSettings(w, r, actor, http.StatusOK, nil, s.PublicURL+"/calendar/"+token+".ics")
}

// Calendar answers GET /calendar/{token}.ics; the token is all one needs.
func (s *Inbox) Calendar(w http.ResponseWriter, r *http.Request) error {
	token, ok := strings.CutSuffix(r.PathValue("token"), ".ics")
	if !ok {
		return problem.New(problem.NotFound, "inbox.calendar.missing")
	}
	ics, err := s.Letters.Calendar(r.Context(), token)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Cache-Control", "private, max-age=3600")
	_, err = w.Write([]byte(ics))
	return err
}

// Hooks shows the webhooks of the role.
func (s *Inbox) Hooks(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showHooks(w, r, actor, http.StatusOK, nil, "")
}

func (s *Inbox) showHooks(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error, secret string) error {
	list, err := s.Letters.Hooks(r.Context(), inboxActor(r, actor))
	if err != nil {
		return err
	}
	p := s.New(r, "hooks.title", "developers")
	if r.Method == http.MethodPost {
		p.Path = roleBase(r) + "/developers/webhooks"
	}
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	v := hooksView{Base: roleBase(r) + "/developers/webhooks", List: list, Secret: secret, Address: r.PostForm.Get("address"), Events: r.PostForm["events"]}
	return s.Render(w, r, p, status, hooksPage(p, v))
}

type hooksView struct {
	Base, Secret, Address string
	Events                []string
	List                  []inbox.Hook
}

// AddHook stores a webhook and shows its secret, once.
func (s *Inbox) AddHook(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	secret, err := s.Letters.AddHook(r.Context(), inboxActor(r, actor), r.PostForm.Get("address"), r.PostForm["events"])
	if err != nil {
		return s.showHooks(w, r, actor, http.StatusUnprocessableEntity, err, "")
	}
	return s.showHooks(w, r, actor, http.StatusOK, nil, secret)
}

// HookDone does one thing with a webhook.
func (s *Inbox) HookDone(what string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := page.Form(r); err != nil {
			return err
		}
		id := r.PathValue("id")
		var err error
		switch what {
		case "test":
			err = s.Letters.TestHook(r.Context(), inboxActor(r, actor), id)
		case "resume":
			err = s.Letters.ResumeHook(r.Context(), inboxActor(r, actor), id)
		case "retry":
			err = s.Letters.RetryHook(r.Context(), inboxActor(r, actor), id, r.PostForm.Get("delivery"))
		default:
			err = s.Letters.DropHook(r.Context(), inboxActor(r, actor), id)
		}
		if err != nil {
			return err
		}
		return page.SeeOther(w, r, roleBase(r)+"/developers/webhooks")
	}
}

func letterTone(l notify.Letter) kit.Tone {
	if l.Action || l.Class == notify.Security { // to be read, and nothing was refused
		return kit.Warn
	}
	return kit.Info
}
