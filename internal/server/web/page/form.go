// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// Form reads the form of a request. What is no text is refused here: no database
// would take it.
func Form(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "form.broken").Because(err)
	}
	for name, values := range r.PostForm {
		if !isText(name) || !isText(strings.Join(values, "")) {
			return problem.New(problem.Invalid, "form.broken")
		}
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// Readable answers addresses that are no text as such that do not exist.
func (b *Base) Readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isText(r.URL.Path) {
			b.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Typed is what stands in the fields of a form. Secrets stay out.
func Typed(r *http.Request) map[string]string {
	out := map[string]string{}
	for name, values := range r.PostForm {
		if strings.Contains(name, "password") || name == "code" || len(values) == 0 {
			continue
		}
		out[name] = values[0]
	}
	return out
}

// DateOf reads the three boxes of a date. What is no date is the zero date, and
// refused by the check.
func DateOf(r *http.Request, name string) identity.Date {
	f := r.PostForm
	d, ok := identity.ParseDate(f.Get(name+"_d"), f.Get(name+"_m"), f.Get(name+"_y"))
	if !ok {
		return identity.Date{}
	}
	return d
}

// PersonOf reads the fields of a person: those of a form that has only some leave
// the rest empty.
func PersonOf(r *http.Request) identity.Person {
	f := r.PostForm
	return identity.Person{
		Surname: f.Get("surname"), GivenName: f.Get("given_name"), Patronymic: f.Get("patronymic"), BirthDate: DateOf(r, "birth_date"),
		INN: f.Get("inn"), SNILS: f.Get("snils"), IIN: f.Get("iin"),
		Passport: identity.Passport{
			Kind: identity.DocumentKind(f.Get("document_kind")), Number: f.Get("passport_number"), IssuedOn: DateOf(r, "passport_issued"),
			Department: f.Get("passport_department"), IssuedBy: f.Get("passport_issued_by"),
		},
	}
}

// SeeOther leads a form that was taken to the next page.
func SeeOther(w http.ResponseWriter, r *http.Request, address string) error {
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// Back is the page of this site that a form stood on, empty when it is not known.
func Back(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return ""
	}
	return Local(u.EscapedPath(), "")
}

// ServeFile answers with a document of an application. It is data, never a page
// of ours: the browser is told not to run anything of it.
func ServeFile(w http.ResponseWriter, r *http.Request, desk *ra.Service, actor ra.Actor) error {
	f, content, err := desk.ReadFile(r.Context(), actor, r.PathValue("id"), r.PathValue("file"))
	if err != nil {
		return err
	}
	return WriteFile(w, f.MIME, content)
}
