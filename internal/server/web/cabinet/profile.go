// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"strings"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// Profile shows what is known of the person, with who says so and since when. Numbers are
// masked until they are asked for.
func (s *Site) Profile(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showProfile(w, r, actor, false)
}

// ProfileReveal shows it unmasked, once; the look is recorded.
func (s *Site) ProfileReveal(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showProfile(w, r, actor, true)
}

func (s *Site) showProfile(w http.ResponseWriter, r *http.Request, actor ra.Actor, open bool) error {
	m, err := s.External.MyData(r.Context(), actor.Account, open, actor.Client)
	if err != nil {
		return err
	}
	p := s.New(r, "profile.title", "profile")
	base := "/c/" + r.PathValue("pid") + "/profile"
	p.Path = base
	providers := m.Providers
	if ebs, ok := s.External.Biometrics(); ok {
		providers = append(providers, ebs)
	}
	page.LeadsTo(w, providers...)
	return s.Show(w, r, p, profile(profileView{MyData: m, Base: base, Open: open, Account: actor.Account}))
}

// ProfileLeave goes to a provider to bind it, to ask it anew, or to compare a face.
func (s *Site) ProfileLeave(purpose federation.Purpose) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		session, _ := page.SessionOf(r.Context())
		back := "/c/" + r.PathValue("pid") + "/profile"
		provider := r.PathValue("provider")
		d, err := s.External.Leave(r.Context(), provider, purpose, &session.Session, back, actor.Client)
		if err != nil {
			return err
		}
		s.SetSecret(w, page.ExternalCookie, d.Browser)
		return page.SeeOther(w, r, d.URL)
	}
}

// ProfileUnlink takes a provider away.
func (s *Site) ProfileUnlink(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.External.Unlink(r.Context(), actor.Account, r.PathValue("provider"), actor.Client); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/profile")
}

type profileView struct {
	external.MyData
	Base    string
	Open    bool
	Account auth.Account
}

// cabinet is the address of the role.
func (v profileView) cabinet() string { return strings.TrimSuffix(v.Base, "/profile") }

// cover masks a value but for its end, until it is asked for.
func (v profileView) cover(s string) string {
	if v.Open || s == "" {
		return s
	}
	runes := []rune(s)
	for i := range runes[:len(runes)-min(2, len(runes)/3)] {
		if runes[i] != ' ' && runes[i] != '-' {
			runes[i] = '•'
		}
	}
	return string(runes)
}

// own are the facts of the cabinet itself.
func (v profileView) own(p *kit.Page) (list []kit.Fact) {
	d := v.Person
	for _, f := range []kit.Fact{
		{Name: p.T("field.full_name"), Value: d.FullName()},
		{Name: p.T("field.birth_date"), Value: v.cover(d.BirthDate.String())},
		{Name: p.T("field.country"), Value: p.T("country." + string(d.Country.Of()))},
		{Name: p.T("field.inn"), Value: v.cover(d.INN)},
		{Name: p.T("field.snils"), Value: v.cover(identity.FormatSNILS(d.SNILS))},
		{Name: p.T("field.iin"), Value: v.cover(d.IIN)},
		{Name: p.T("document." + string(d.Passport.Kind.Of())), Value: v.cover(d.Passport.Number)},
		{Name: p.T("field.phone"), Value: identity.MaskPhone(v.Account.Phone)},
		{Name: p.T("field.mail"), Value: identity.MaskMail(v.Account.Mail)},
	} {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	return list
}

// link is the link of a provider, when there is one.
func (v profileView) link(provider string) (federation.Link, bool) {
	for _, l := range v.Links {
		if l.Provider == provider {
			return l, true
		}
	}
	return federation.Link{}, false
}

// name is what people call a source.
func (v profileView) name(source string) string {
	for _, o := range v.Providers {
		if o.ID == source {
			return o.Name
		}
	}
	return source
}

// lacking are the ways that would raise the level.
func (v profileView) lacking() (list []identity.ProofKind) {
	if v.Level == identity.Confirmed {
		return nil
	}
	return identity.ProofKinds()
}

// facts are those of a source in the order of pages.
func facts(d identity.Dossier) (list []identity.Fact) {
	for _, k := range identity.FactKinds() {
		for _, f := range d.Facts {
			if f.Kind == k {
				list = append(list, f)
			}
		}
	}
	return list
}

func (v profileView) lines(p *kit.Page, f identity.Fact) (list []kit.Fact) {
	for _, value := range f.Values {
		text := v.cover(value.Text)
		if value.Name == "self_employed" {
			text = p.T("profile.yes")
		}
		list = append(list, kit.Fact{Name: p.T("known.field." + value.Name), Value: text})
	}
	return list
}
