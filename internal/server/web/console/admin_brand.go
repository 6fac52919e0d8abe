// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// logoPath is where everybody gets the logo.
const logoPath = "/brand/logo.png"

// LookOf is the brand in force, for pages.
func LookOf(s *oversight.Service) func() kit.Brand {
	return func() kit.Brand {
		b := s.Look()
		k := kit.Brand{Palette: b.Palette}
		if b.Version != "" {
			k.Logo = logoPath + "?v=" + b.Version
		}
		return k
	}
}

// Logo gives the logo.
func (s *Site) Logo(w http.ResponseWriter, _ *http.Request) error {
	b := s.Oversight.Look()
	if len(b.Logo) == 0 {
		return problem.New(problem.NotFound, "error.page_missing")
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, err := w.Write(b.Logo)
	return err
}

// AdminBrand shows how the installation looks.
func (s *Site) AdminBrand(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	return s.showBrand(w, r, nil)
}

func (s *Site) showBrand(w http.ResponseWriter, r *http.Request, refused error) error {
	b := s.Oversight.Look()
	p := s.New(r, "admin.brand.title", "admin-brand")
	status := http.StatusOK
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	var list []kit.Choice
	for _, name := range oversight.Palettes() {
		list = append(list, kit.Choice{Value: name, Title: p.T("admin.brand.palette." + map[bool]string{true: "ink", false: name}[name == ""])})
	}
	typed := b.Palette
	if r.PostForm.Has("palette") {
		typed = r.PostForm.Get("palette")
	}
	return s.Render(w, r, p, status, brandPage(b, typed, list))
}

// AdminSetBrand changes how the installation looks.
func (s *Site) AdminSetBrand(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	const limit = 128 << 10
	files, err := page.Uploads(w, r, limit)
	if err != nil {
		return s.showBrand(w, r, err)
	}
	var logo []byte
	switch {
	case r.PostForm.Get("drop") == "yes":
		logo = []byte{}
	case len(files) > 0 && len(files[0].Content) > 0:
		logo = files[0].Content
	}
	if err := s.Oversight.SetBrand(r.Context(), overseer(actor), r.PostForm.Get("palette"), logo); err != nil {
		return s.showBrand(w, r, err)
	}
	return page.SeeOther(w, r, "/admin/branding")
}
