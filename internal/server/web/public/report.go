// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/page"
	"podpis/internal/service/verdict"
)

// handOut bounds what is signed for a network: a page may ask again and again.
func (s *Site) handOut(r *http.Request) error {
	most, err := s.Verdicts.Rate(r.Context())
	if err != nil {
		return err
	}
	if wait, ok := s.handed.Allow(middleware.Network(r), int(most), s.Now()); !ok {
		return problem.New(problem.Limited, "verdict.often").After(wait)
	}
	return nil
}

// Report hands out a judgement that a page carried: as a document, or behind a link.
func (s *Site) Report(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	j, err := s.Verdicts.Carried(r.Context(), r.PostForm.Get("carried"))
	if err != nil {
		return err
	}
	form := r.PostForm.Get("form")
	if form != "link" {
		return s.document(w, r, j, form)
	}
	if err := s.handOut(r); err != nil {
		return err
	}
	token, _, err := s.Verdicts.Keep(r.Context(), j, middleware.Network(r))
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/verify/r/"+token, http.StatusSeeOther)
	return nil
}

// document sends a judgement in one of its forms. Each takes a place of the gate:
// it costs two signatures.
func (s *Site) document(w http.ResponseWriter, r *http.Request, j *verdict.Judgement, form string) error {
	write, ok := map[string]struct {
		kind, ending string
		make         func(context.Context, *verdict.Judgement) ([]byte, error)
	}{
		"pdf":  {"application/pdf", ".pdf", s.Verdicts.PDF},
		"xml":  {"application/xml", ".xml", s.Verdicts.XML},
		"json": {"application/json", ".json", func(_ context.Context, j *verdict.Judgement) ([]byte, error) { return j.JSON() }},
	}[form]
	if !ok || form == "xml" && len(j.Report.Signatures) == 0 {
		return problem.New(problem.NotFound, "error.page_missing")
	}
	if err := s.handOut(r); err != nil {
		return err
	}
	leave, err := s.Gate.Enter(r.Context(), middleware.Network(r))
	if err != nil {
		return err
	}
	defer leave()
	content, err := write.make(r.Context(), j)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", write.kind)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(j.Number+write.ending))
	h.Set("Referrer-Policy", "no-referrer")
	_, err = w.Write(content)
	return err
}

// Kept shows what is kept behind a link.
func (s *Site) Kept(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	kept, err := s.Verdicts.Find(r.Context(), token)
	if err != nil {
		return err
	}
	p := s.New(r, "verify.result", "verify")
	p.Path = "/verify" // what the language switch leads to must not carry the secret
	if len(kept.Report.Signatures) > 0 {
		p.Title = p.T("verdict." + string(kept.Report.Verdict))
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Robots-Tag", "noindex")
	return s.Show(w, r, p, keptVerdict(kept, token))
}

// KeptDocument sends what is kept in one of its forms.
func (s *Site) KeptDocument(w http.ResponseWriter, r *http.Request) error {
	kept, err := s.Verdicts.Find(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.document(w, r, kept.Judgement, r.PathValue("form"))
}

// Forget takes a link back.
func (s *Site) Forget(w http.ResponseWriter, r *http.Request) error {
	if err := s.Verdicts.Forget(r.Context(), r.PathValue("token"), middleware.Network(r)); err != nil {
		return err
	}
	p := s.New(r, "report.forgotten", "verify")
	p.Path = "/verify"
	return s.Show(w, r, p, forgotten())
}
