// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"encoding/xml"
	"net/http"
	"time"

	"podpis/internal/server/web/page"
	"podpis/internal/service/news"
)

// News are the news that anybody may read.
type News struct {
	*page.Base
	News *news.Service
}

// List shows them, the newest first.
func (s *News) List(w http.ResponseWriter, r *http.Request) error {
	kind := page.NewsKind(r)
	list, err := s.News.Public(r.Context(), kind)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "news.title", ""), newsList(string(kind), list))
}

// Item shows one.
func (s *News) Item(w http.ResponseWriter, r *http.Request) error {
	i, err := s.News.PublicItem(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := s.New(r, "news.title", "")
	p.Title = i.In(p.Words.Language()).Title
	return s.Show(w, r, p, newsItem(i))
}

// Event gives a webinar as a file of a calendar.
func (s *News) Event(w http.ResponseWriter, r *http.Request) error {
	i, err := s.News.PublicItem(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return page.WriteEvent(w, s.New(r, "news.title", ""), i, s.PublicURL+"/news/"+i.ID)
}

// atom is a feed (RFC 4287, 4.1.1).
type atom struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID       string   `xml:"id"`
	Title    string   `xml:"title"`
	Updated  string   `xml:"updated"`
	Link     atomLink `xml:"link"`
	Category struct {
		Term string `xml:"term,attr"`
	} `xml:"category"`
	Summary string `xml:"summary"`
}

// maxFeed is how many items a feed has.
const maxFeed = 50

// Feed gives the public news to programs that read them, in the language of ?language=.
func (s *News) Feed(w http.ResponseWriter, r *http.Request) error {
	list, err := s.News.Public(r.Context(), page.NewsKind(r))
	if err != nil {
		return err
	}
	words := s.Words.For(r.URL.Query().Get("language"))
	feed := atom{
		Lang: words.Language(), ID: s.PublicURL + "/news", Title: words.T("news.title", nil) + " — " + words.T("brand", nil), Author: words.T("brand", nil),
		Updated: s.Now().UTC().Format(time.RFC3339), Links: []atomLink{{"self", s.PublicURL + r.URL.RequestURI()}, {"alternate", s.PublicURL + "/news"}},
	}
	for n, i := range list[:min(len(list), maxFeed)] {
		at, text := i.PublishedAt.UTC().Format(time.RFC3339), i.In(words.Language())
		if n == 0 {
			feed.Updated = at
		}
		e := atomEntry{ID: s.PublicURL + "/news/" + i.ID, Title: text.Title, Updated: at, Link: atomLink{"alternate", s.PublicURL + "/news/" + i.ID}, Summary: news.Plain(text.Body, 1000)}
		e.Category.Term = string(i.Kind)
		feed.Entries = append(feed.Entries, e)
	}
	body, err := xml.MarshalIndent(feed, "", " ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=600")
	_, err = w.Write(append([]byte(xml.Header), body...))
	return err
}
