// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package cabinet is the holder's part of the site, under /c/{pid}: what needs
// me now, applications, issue with the key made in the browser, certificates,
// signing.
package cabinet

import (
	"net/http"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth/certified"
	"podpis/internal/service/ca"
	"podpis/internal/service/consult"
	"podpis/internal/service/egrip"
	"podpis/internal/service/factor"
	"podpis/internal/service/habit"
	"podpis/internal/service/news"
	"podpis/internal/service/people"
	"podpis/internal/service/privacy"
	"podpis/internal/service/ra"
	"podpis/internal/service/workplace"
)

// Site is the cabinet.
type Site struct {
	*page.Base
	Desk      *ra.Service
	Authority *ca.Service
	Registry  *egrip.Service
	Factors   *factor.Service
	Certified *certified.Service
	People    *people.Service
	Privacy   *privacy.Service
	// Workplaces says whether a browser will do for making a key.
	Workplaces *workplace.Service
	News       *news.Service
	Habits     *habit.Service
	Consult    *consult.Service
}

// certificate is a certificate with the application it came from.
type certificate struct {
	ca.Record
	App ra.Application
}

// certificates returns the certificates of the actor, the newest first.
func (s *Site) certificates(r *http.Request, actor ra.Actor) ([]certificate, []ra.Application, error) {
	apps, err := s.Desk.List(r.Context(), actor)
	if err != nil {
		return nil, nil, err
	}
	var list []certificate
	for _, a := range apps {
		if a.Serial == "" {
			continue
		}
		rec, err := s.Authority.Certificate(r.Context(), a.Serial)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, certificate{rec, a})
	}
	return list, apps, nil
}

// Home shows what needs the person now, certificates and the latest events.
func (s *Site) Home(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Consult.Meet(r.Context(), actor); err != nil {
		return err
	}
	certs, apps, err := s.certificates(r, actor)
	if err != nil {
		return err
	}
	status, err := s.stand(r, actor)
	if err != nil {
		return err
	}
	old, err := s.Accounts.PasswordOld(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	laws, err := s.News.Laws(r.Context(), newsReader(r, actor), mostLaws)
	if err != nil {
		return err
	}
	level, err := s.External.Level(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	p := s.New(r, "home.title", "home")
	closed := refusal(p, status)
	if refused, ok := problem.Of(s.Allowed(r.Context(), role(r), "certificates")); ok && closed == "" {
		closed = page.Text(p, refused)
	}
	waiting := tasks(p, r.PathValue("pid"), apps, status)
	begin := len(waiting) == 0 || status.Register != ""
	waiting = append(identityTask(p, roleBase(r), level, apps), waiting...)
	if old {
		waiting = append(waiting, task{p.T("task.password"), p.T("task.password.act"), securityBase(r) + "/password"})
	}
	waiting = waiting[:min(len(waiting), maxTasks)]
	return s.Show(w, r, p, home(homeView{
		Base: "/c/" + r.PathValue("pid"), Certificates: certs, Tasks: waiting, Begin: begin, Closed: closed,
		MailConfirmed: actor.Account.MailConfirmed, Now: s.Now(), Status: status, Missing: missingSection(p, r), Laws: laws, Sections: s.sections(p, r),
	}))
}

// MailLink sends another link to confirm the address.
func (s *Site) MailLink(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Accounts.SendMailLink(r.Context(), actor.Account.ID, actor.Client); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/")
}

type homeView struct {
	Base          string
	Certificates  []certificate
	Tasks         []task
	Begin         bool // nothing of an application waits: one may be begun here
	MailConfirmed bool
	Now           time.Time
	Status        registryView
	Closed        string // why an application for the role is closed
	Missing       string // section that the role has not, in words
	Laws          []news.Item
	Sections      []sectionLink
}

// mostLaws is how many changes of law stand on the first page.
const mostLaws = 3

// task is one thing that waits for the person.
type task struct{ Text, Action, URL string }

// maxTasks is how many things stand on the first page (ux 3).
const maxTasks = 5

func tasks(p *kit.Page, pid string, apps []ra.Application, status registryView) []task {
	var list []task
	if status.Report != nil && status.Report.Differ > 0 {
		list = append(list, task{p.T("task.differ"), p.T("task.look"), "/c/" + pid + "/registry/compare"})
	}
	for _, a := range apps {
		url := "/c/" + pid + "/applications/" + a.ID
		number := ra.Number(a.Number)
		var t task
		switch a.State {
		case ra.Prepared:
			t = task{p.T("task.prepared", "Number", number), p.T("prepared.take"), url}
		case ra.Draft:
			t = task{p.T("task.draft", "Number", number), p.T("task.go_on"), url}
		case ra.Corrections:
			t = task{p.T("task.corrections", "Number", number), p.T("task.mend"), url}
		case ra.Approved:
			t = task{p.T("task.approved", "Number", number), p.T("issue.button"), url + "/issue"}
		case ra.Ready:
			t = task{p.T("task.ready", "Number", number), p.T("task.install"), url + "/issue"}
		default:
			continue
		}
		if list = append(list, t); len(list) == maxTasks {
			break
		}
	}
	return list
}

// Certificates lists the certificates of the person.
func (s *Site) Certificates(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	certs, _, err := s.certificates(r, actor)
	if err != nil {
		return err
	}
	p := s.New(r, "certificates.title", "certificates")
	return s.Show(w, r, p, certificates("/c/"+r.PathValue("pid"), certs, s.Now()))
}

// own returns a certificate of the actor: one of somebody else is not found.
func (s *Site) own(r *http.Request, actor ra.Actor) (certificate, error) {
	a, err := s.Desk.BySerial(r.Context(), actor, r.PathValue("serial"))
	if err != nil {
		return certificate{}, err
	}
	rec, err := s.Authority.Certificate(r.Context(), a.Serial)
	return certificate{rec, a}, err
}

// Certificate shows one certificate.
func (s *Site) Certificate(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	c, err := s.own(r, actor)
	if err != nil {
		return err
	}
	p := s.New(r, "certificate.title", "certificates", "Number", certNumber(c.App))
	return s.Show(w, r, p, certificatePage("/c/"+r.PathValue("pid"), c, s.Now()))
}

// Download gives the certificate as a file.
func (s *Site) Download(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	c, err := s.own(r, actor)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pkix-cert")
	h.Set("Content-Disposition", `attachment; filename="`+c.Serial+`.cer"`)
	_, err = w.Write(c.DER)
	return err
}

// Sign shows the page that signs with a key of the person.
func (s *Site) Sign(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	certs, _, err := s.certificates(r, actor)
	if err != nil {
		return err
	}
	p := s.New(r, "sign.title", "sign")
	p.Scripts = append(p.Scripts, "signer.js")
	return s.Show(w, r, p, sign(signView{Base: "/c/" + r.PathValue("pid"), Name: actor.Account.Title, Certificates: usable(certs, s.Now())}))
}

type signView struct {
	Base, Name   string
	Certificates []certificate
}

func usable(certs []certificate, now time.Time) []certificate {
	var list []certificate
	for _, c := range certs {
		if status := c.Status(now); status == "active" || status == "ending" {
			list = append(list, c)
		}
	}
	return list
}
