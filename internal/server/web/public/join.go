// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"net/url"
	"slices"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth/certified"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/egrip"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
)

// certifiedSteps are the screens of a sign-up with a certificate: what it states is not
// typed.
func certifiedSteps() []string { return []string{"certificate", "phone", "code", "mail", "check"} }

// stepsOf are the screens of a sign-up.
func stepsOf(f signup.Form) []string {
	if f.Draft.Certified != nil {
		return certifiedSteps()
	}
	return signupSteps[:]
}

// crumbOf is «Регистрация, шаг 2 из 5».
func crumbOf(p *kit.Page, f signup.Form, step string) string {
	steps := stepsOf(f)
	return p.T("signup.crumb", "Step", slices.Index(steps, step)+1, "Of", len(steps))
}

// joinKinds are who signs up with a certificate; the form differs by it (S002-042).
func joinKinds() []identity.Kind {
	return []identity.Kind{identity.Individual, identity.Entrepreneur, identity.Organisation}
}

// joinCountries are those whose certificates name people.
func joinCountries() []identity.Country {
	return []identity.Country{identity.Russia, identity.Kazakhstan}
}

type joinView struct {
	Wanted certified.Wanted
	Chosen bool // the kind has been chosen: the key is asked for
	Keys   kit.KeyholderView
}

// joinWanted is what the address names.
func joinWanted(r *http.Request) (w certified.Wanted, chosen bool) {
	q := r.URL.Query()
	w = certified.Wanted{Country: identity.Country(q.Get("country")), Kind: identity.Kind(q.Get("kind"))}
	chosen = slices.Contains(joinKinds(), w.Kind)
	if !slices.Contains(joinCountries(), w.Country) {
		w.Country = identity.Russia
	}
	if !chosen {
		w.Kind = identity.Individual
	}
	if w.Country == identity.Kazakhstan && w.Kind == identity.Entrepreneur { // certificates of НУЦ РК do not tell them apart
		w.Kind = identity.Individual
	}
	return w, chosen
}

// Join is the sign-up with a certificate: first the country and who, then the key.
func (s *Site) Join(w http.ResponseWriter, r *http.Request) error {
	wanted, chosen := joinWanted(r)
	q := url.Values{"country": {string(wanted.Country)}, "kind": {string(wanted.Kind)}}
	p := s.New(r, "join.title", "")
	if r.URL.Query().Get("again") != "" {
		p.Errors = append(p.Errors, kit.FieldError{Text: p.T("certified.stale")})
	}
	if chosen {
		p.Scripts = append(p.Scripts, "keyholder.js")
	}
	return s.Show(w, r, p, join(joinView{
		Wanted: wanted, Chosen: chosen,
		Keys: kit.KeyholderView{Ask: "/signup/certificate/ask", Done: "/signup/certificate?" + q.Encode(), Submit: "join.choose"},
	}))
}

// JoinAsk gives the text that a key signs to begin a sign-up.
func (s *Site) JoinAsk(w http.ResponseWriter, r *http.Request) error {
	return s.askSignature(w, r, factor.ToEnrol, "")
}

// JoinDone takes the signature: what the certificate states goes into the sign-up.
func (s *Site) JoinDone(w http.ResponseWriter, r *http.Request) error {
	signature, err := page.Signature(w, r)
	if err != nil {
		return err
	}
	wanted, _ := joinWanted(r)
	challenge := s.Secret(r, page.CeremonyCookie)
	s.SetSecret(w, page.CeremonyCookie, "")
	token, err := s.Certified.Begin(r.Context(), s.Secret(r, page.SignupCookie), challenge, wanted, signature, page.Client(r))
	if err != nil {
		return err
	}
	s.KeepSecret(w, page.SignupCookie, token, draftDays*24*3600)
	page.WriteJSON(w, http.StatusOK, map[string]string{"next": "/signup"})
	return nil
}

// JoinDrop goes on with a sign-up by typing.
func (s *Site) JoinDrop(w http.ResponseWriter, r *http.Request) error {
	err := s.Certified.Drop(r.Context(), s.Secret(r, page.SignupCookie))
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err
	}
	return page.SeeOther(w, r, "/signup")
}

// staleAddress is where a certificate is shown again, empty when that is not needed.
func (s *Site) staleAddress(r *http.Request, f signup.Form) (string, error) {
	c := f.Draft.Certified
	if c == nil || f.AccountID != "" {
		return "", nil
	}
	ready, err := s.Certified.Ready(r.Context(), c)
	if err != nil || ready {
		return "", err
	}
	q := url.Values{"country": {string(c.Stated.Person.Country.Of())}, "kind": {string(c.Stated.Kind)}, "again": {"1"}}
	return "/signup/certificate?" + q.Encode(), nil
}

// certifiedFacts are what a certificate states: shown, not asked for.
func certifiedFacts(p *kit.Page, c identity.Certified) []kit.Fact {
	d, o := c.Stated.Person, c.Stated.Company
	from := func(key, value string) kit.Fact {
		if value != "" {
			value += " — " + p.T("join.from_certificate")
		}
		return kit.Fact{Name: p.T(key), Value: value}
	}
	number := "field.ogrn"
	if c.Stated.Kind == identity.Entrepreneur {
		number = "field.ogrnip"
	} else if o.BIN != "" {
		number = "field.bin"
	}
	return stated([]kit.Fact{
		from("field.full_name", d.FullName()), from("field.birth_date", d.BirthDate.String()), from("field.inn", d.INN),
		from("field.snils", identity.FormatSNILS(d.SNILS)), from("field.iin", d.IIN),
		from("field.company_name", o.Name), from(number, c.Stated.Number), from("field.company_inn", o.INN),
		{Name: p.T("field.country"), Value: p.T("country." + string(d.Country.Of()))},
	})
}

// joinLeads is where a sign-up leads: to the agreement that the head signs, to the request for
// the role, or to the end.
func joinLeads(profile string, request *egrip.Request) string {
	switch {
	case request == nil || request.State == egrip.Opened:
		return "/welcome"
	case request.State == egrip.Signing:
		return "/c/" + profile + "/roles/requests/" + request.ID + "/agreement"
	}
	return "/c/" + profile + "/roles/new#requests"
}
