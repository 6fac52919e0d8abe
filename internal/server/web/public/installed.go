// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"podpis/internal/server/web/kit"
)

// icon is the address of an icon of the application.
func icon(size string) string { return kit.Asset("icon-" + size + ".png") }

// Manifest is what makes the site an application of a phone (W3C Web Application Manifest):
// in the language that the page asked for, with the name and the colour of the installation.
func (s *Site) Manifest(w http.ResponseWriter, r *http.Request) error {
	p := s.plain(r, "app.description")
	type image struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	list := []image{{"/static/seal.svg", "any", "image/svg+xml", "any"}}
	for _, size := range []string{"192", "512"} {
		list = append(list, image{icon(size), size + "x" + size, "image/png", "any"}, image{icon(size), size + "x" + size, "image/png", "maskable"})
	}
	h := w.Header()
	h.Set("Content-Type", "application/manifest+json; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	return json.NewEncoder(w).Encode(map[string]any{
		"id": "/", "name": p.T("brand"), "short_name": p.T("brand"), "description": p.Title, "lang": p.Words.Language(), "dir": "ltr",
		"start_url": "/login", "scope": "/", "display": "standalone", "background_color": "#faf9f6", "theme_color": p.Brand.Ink(), "icons": list,
	})
}

// plain is a page of nobody in the language of the address: what is kept on a device for the
// time without a connection shows no person.
func (s *Site) plain(r *http.Request, title string) *kit.Page {
	p := s.New(r, title, "")
	if l := r.URL.Query().Get("l"); l != "" {
		p.Words = s.Words.For(l)
		p.Title = p.T(title)
	}
	p.Viewer, p.Typed, p.View, p.WarnAt, p.EndsAt = kit.Viewer{}, kit.Typed{}, kit.View{}, time.Time{}, time.Time{}
	return p
}

// WithoutNet is the page for the time without a connection.
func (s *Site) WithoutNet(w http.ResponseWriter, r *http.Request) error {
	return s.Show(w, r, s.plain(r, "nonet.title"), withoutNet())
}

// Worker is the service worker: its text, with what it keeps before it. Another file or another
// text gives another name of the store, and the former is dropped.
func (s *Site) Worker(w http.ResponseWriter, r *http.Request) error {
	p := s.plain(r, "nonet.title")
	language := p.Words.Language()
	files := []string{kit.Asset("podpis.css"), kit.Asset("page.js"), "/static/seal.svg", icon("192")}
	values := []any{"/offline?l=" + language, files, language, icon("192")}
	digest := sha256.New()
	if err := json.NewEncoder(digest).Encode([]any{values, kit.Source("sw.js"), p.T("nonet.text"), p.T("nonet.kept"), p.T("brand")}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache") // a browser must hear of another worker
	values = append(values, "podpis-"+hex.EncodeToString(digest.Sum(nil)[:6]))
	for i, name := range []string{"offline", "files", "lang", "icon", "kept"} {
		text, err := json.Marshal(values[i])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, "const "+name+" = "+string(text)+";\n"); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, kit.Source("sw.js"))
	return err
}
