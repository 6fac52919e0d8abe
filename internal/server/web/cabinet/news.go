// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"slices"

	"podpis/internal/server/web/page"
	"podpis/internal/service/news"
	"podpis/internal/service/ra"
)

// News are the news that concern a role.
type News struct {
	*page.Base
	News *news.Service
}

func newsReader(r *http.Request, actor ra.Actor) news.Actor {
	return news.Actor{Account: actor.Account, Client: actor.Client, Profile: r.PathValue("pid")}
}

type newsView struct {
	Base, Kind string
	List       []news.Item
	Choice     news.Choice
	Saved      bool
	Mail       string
	Confirmed  bool
}

// List shows them, and what of them the person wants.
func (s *News) List(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	kind := page.NewsKind(r)
	list, err := s.News.Concerning(r.Context(), newsReader(r, actor), kind)
	if err != nil {
		return err
	}
	choice, err := s.News.Choice(r.Context(), newsReader(r, actor))
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "news.mine", "inbox"), newsList(newsView{
		Base: roleBase(r) + "/news", Kind: string(kind), List: list, Choice: choice, Saved: r.URL.Query().Get("saved") == "1",
		Mail: actor.Account.Mail, Confirmed: actor.Account.MailConfirmed,
	}))
}

// Choose stores what the person wants.
func (s *News) Choose(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	c := news.Choice{Mail: r.PostForm.Get("mail")}
	for _, k := range news.Kinds() {
		if !slices.Contains(r.PostForm["kinds"], string(k)) {
			c.Muted = append(c.Muted, k)
		}
	}
	if err := s.News.SetChoice(r.Context(), newsReader(r, actor), c); err != nil {
		return err
	}
	return page.SeeOther(w, r, roleBase(r)+"/news?saved=1")
}

// Item shows one.
func (s *News) Item(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, nil)
}

func (s *News) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	i, goes, err := s.News.Read(r.Context(), newsReader(r, actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	p, status := s.New(r, "news.title", "inbox"), http.StatusOK
	p.Title = i.In(p.Words.Language()).Title
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, newsItem(roleBase(r)+"/news", i, goes))
}

// Answer says whether the person comes to a webinar.
func (s *News) Answer(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.News.Answer(r.Context(), newsReader(r, actor), id, r.PostForm.Get("goes") == "yes"); err != nil {
		return s.show(w, r, actor, err)
	}
	return page.SeeOther(w, r, roleBase(r)+"/news/"+id)
}

// Event gives a webinar as a file of a calendar.
func (s *News) Event(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	i, _, err := s.News.Read(r.Context(), newsReader(r, actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	return page.WriteEvent(w, s.New(r, "news.title", "inbox"), i, s.PublicURL+roleBase(r)+"/news/"+i.ID)
}
