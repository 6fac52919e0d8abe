// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// mostTexts is how many texts a search shows.
const mostTexts = 50

// AdminTexts shows what is said in own words, and looks for texts.
func (s *Site) AdminTexts(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	own, err := s.Oversight.OwnTexts(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "admin.texts.title", "admin-texts")
	q, lang := strings.TrimSpace(r.URL.Query().Get("q")), languageChoice(r.URL.Query().Get("language"))
	v := sheet{
		Lead: p.T("admin.texts.text"), Links: []link{{URL: textAddress("ru", "brand"), Text: p.T("admin.texts.brand")}},
		Filter: &form{
			Action: "/admin/texts", Button: p.T("console.find"),
			Inputs:  []kit.Input{{Name: "q", Label: p.T("admin.texts.words"), Hint: p.T("admin.texts.words.hint"), Value: q, MaxLength: 100, Optional: true}},
			Choices: []choices{{Name: "language", Label: p.T("admin.texts.language"), Value: lang, Options: languageOptions()}},
		},
	}
	head := []string{p.T("admin.text.key"), p.T("admin.texts.language"), p.T("admin.text.now")}
	if len(q) > 2 {
		t := table{Title: p.T("admin.texts.found"), Empty: p.T("admin.texts.none"), Head: head}
		for _, key := range s.Words.Find(lang, q, mostTexts) {
			t.Rows = append(t.Rows, []cell{{Text: key, URL: textAddress(lang, key), Mono: true}, {Text: lang}, {Text: s.said(own, lang, key)}})
		}
		v.Tables = append(v.Tables, t)
	}
	t := table{Title: p.T("admin.texts.own"), Empty: p.T("admin.texts.own.none"), Head: append(head, p.T("admin.policy.who"))}
	for _, one := range own {
		t.Rows = append(t.Rows, []cell{{Text: one.Key, URL: textAddress(one.Language, one.Key), Mono: true}, {Text: one.Language}, {Text: one.Value}, {Text: orNothing(one.Who)}})
	}
	v.Tables = append(v.Tables, t)
	return s.showSheet(w, r, p, v, nil)
}

func (s *Site) said(own []oversight.TextChange, lang, key string) string {
	for _, one := range own {
		if one.Language == lang && one.Key == key {
			return one.Value
		}
	}
	text, _ := s.Words.Original(lang, key)
	return text
}

func textAddress(lang, key string) string { return "/admin/texts/" + lang + "/" + key }

func languageChoice(code string) string {
	for _, l := range kit.Languages() {
		if l.Code == code {
			return code
		}
	}
	return kit.Languages()[0].Code
}

func languageOptions() (list []kit.Choice) {
	for _, l := range kit.Languages() {
		list = append(list, kit.Choice{Value: l.Code, Title: l.Name})
	}
	return list
}

// AdminText shows one text with its past.
func (s *Site) AdminText(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showText(w, r, actor, "", nil)
}

// showText shows a text; preview is one that was typed and is good.
func (s *Site) showText(w http.ResponseWriter, r *http.Request, actor ra.Actor, preview string, refused error) error {
	lang, key := r.PathValue("language"), r.PathValue("key")
	original, ok := s.Words.Original(lang, key)
	if !ok {
		return problem.New(problem.NotFound, "admin.text.missing")
	}
	past, err := s.Oversight.TextHistory(r.Context(), overseer(actor), lang, key)
	if err != nil {
		return err
	}
	p := s.New(r, "admin.text.title", "admin-texts", "Key", key)
	now := original
	if len(past) > 0 && past[0].Value != "" {
		now = past[0].Value
	}
	typed := now
	if r.PostForm.Has("value") {
		typed = r.PostForm.Get("value")
	}
	address := textAddress(lang, key)
	v := sheet{
		Facts: []kit.Fact{{Name: p.T("admin.texts.language"), Value: lang}, {Name: p.T("admin.text.now"), Value: now}, {Name: p.T("admin.text.original"), Value: original}},
		Links: []link{{URL: "/admin/texts", Text: p.T("admin.texts.title")}},
	}
	if preview != "" {
		v.Alerts = []note{{Tone: kit.Info, Title: p.T("admin.text.preview"), Lines: strings.Split(preview, "\n")}}
		v.Forms = []form{{ID: "set", Title: p.T("admin.text.set"), Lead: p.T("admin.text.set.text"), Action: address, Button: p.T("admin.text.set"), Hidden: [][2]string{{"value", preview}}}}
	}
	v.Forms = append(v.Forms, form{
		ID: "edit", Title: p.T("admin.text.edit"), Lead: p.T("admin.text.edit.text"), Action: address + "/preview", Button: p.T("admin.text.look"),
		Areas: []kit.Input{{Name: "value", Label: p.T("admin.text.value"), Hint: p.T("admin.text.value.hint"), Value: typed}},
	})
	if now != original {
		v.Forms = append(v.Forms, form{ID: "undo", Title: p.T("admin.text.undo"), Action: address + "/undo", Button: p.T("admin.text.undo")})
	}
	t := table{Title: p.T("admin.policy.history"), Empty: p.T("admin.policy.history.empty"), Head: []string{p.T("admin.text.value"), p.T("admin.policy.changed"), p.T("admin.policy.who")}}
	for _, one := range past {
		value := one.Value
		if value == "" {
			value = p.T("admin.text.was_original")
		}
		t.Rows = append(t.Rows, []cell{{Text: value}, {Text: timeText(p, one.At)}, {Text: orNothing(one.Who)}})
	}
	v.Tables = []table{t}
	return s.showSheet(w, r, p, v, refused)
}

// AdminTextPreview shows a text before it is said.
func (s *Site) AdminTextPreview(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	value := strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get("value"), "\r\n", "\n"))
	if err := s.Oversight.CheckText(r.PathValue("language"), r.PathValue("key"), value); err != nil {
		return s.showText(w, r, actor, "", err)
	}
	return s.showText(w, r, actor, value, nil)
}

// AdminTextSet says a text, or with undo the original.
func (s *Site) AdminTextSet(undo bool) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := page.Form(r); err != nil {
			return err
		}
		value := r.PostForm.Get("value")
		if undo {
			value = ""
		} else if strings.TrimSpace(value) == "" {
			return s.showText(w, r, actor, "", problem.New(problem.Invalid, "admin.text.letters").At("value"))
		}
		if err := s.Oversight.SetText(r.Context(), overseer(actor), r.PathValue("language"), r.PathValue("key"), value); err != nil {
			return s.showText(w, r, actor, "", err)
		}
		return page.SeeOther(w, r, textAddress(r.PathValue("language"), r.PathValue("key")))
	}
}
