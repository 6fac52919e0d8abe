// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/identity"
)

// draftDays is how long the browser remembers a sign-up; the row lives as the
// policy says.
const draftDays = 90

// signupSteps are the screens of ux F1, in order.
var signupSteps = [...]string{"phone", "code", "mail", "name", "documents", "check"}

// Signup shows the step of ?step=, or the first that is not done.
func (s *Site) Signup(w http.ResponseWriter, r *http.Request) error {
	form, err := s.Signups.Form(r.Context(), s.Secret(r, page.SignupCookie))
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err
	}
	if address, err := s.staleAddress(r, form); err != nil {
		return err
	} else if address != "" {
		return page.SeeOther(w, r, address)
	}
	step := nextStep(form, s.Now())
	steps := stepsOf(form)
	if asked := slices.Index(steps, r.URL.Query().Get("step")); asked >= 0 && asked < slices.Index(steps, step) {
		step = steps[asked]
	}
	if session, ok := page.SessionOf(r.Context()); ok && session.Level == auth.Full && form.Phone == "" {
		return page.SeeOther(w, r, page.Home(session.Account, session.Profile)) // they have a cabinet: «back» after the last step leads to it
	}
	if form.AccountID != "" {
		step = "phone" // the last one has ended; this is a new person
		form = signup.Form{}
	}
	return s.showSignup(w, r, form, step, http.StatusOK, nil)
}

// nextStep is the first step that is not done.
func nextStep(f signup.Form, now time.Time) string {
	d := f.Draft
	switch {
	case f.Phone == "":
		return "phone"
	case !f.PhoneConfirmed:
		return "code"
	case f.Known || !f.HasPassword || d.Mail == "":
		return "mail"
	case d.Certified != nil:
		return "check"
	case len(d.Person.CheckName(now)) > 0:
		return "name"
	case len(d.Person.CheckDocuments(now)) > 0:
		return "documents"
	}
	return "check"
}

// showSignup draws a step; err is what the step before refused.
func (s *Site) showSignup(w http.ResponseWriter, r *http.Request, f signup.Form, step string, status int, refused error) error {
	p := s.New(r, "signup."+step+".title", "")
	p.Path = "/signup"
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	var c templ.Component
	crumb := crumbOf(p, f, step)
	switch {
	case step == "phone" || step == "certificate":
		phone := identity.FormatPhone(f.Phone)
		if phone == "" {
			phone = s.prefilledPhone(r)
		}
		number, err := s.Consult.Phone(r.Context())
		if err != nil {
			return err
		}
		c = signupPhone(crumb, phone, f, s.letOut(w), number)
	case step == "code":
		c = codeScreen(p, codeForm{
			Phone: identity.MaskPhone(f.Phone), Action: "/signup/code", Resend: "/signup/resend", Back: "/signup?step=phone",
			Challenge: f.Challenge, Crumb: crumb,
		})
	case f.Known && step == "mail":
		p.Title = p.T("signup.known.title")
		c = signupKnown()
	case step == "mail":
		length, err := s.Accounts.PasswordLength(r.Context())
		if err != nil {
			return err
		}
		c = signupMail(crumb, typed(f, "mail", f.Draft.Mail), length)
	case step == "name":
		c = signupName(crumb, typed(f, "surname", f.Draft.Person.Surname), f)
	case step == "documents":
		c = signupDocuments(crumb, f)
	default:
		c = signupCheck(crumb, checkFacts(p, f, s.sourceOf(p, f)))
	}
	return s.Render(w, r, p, status, c)
}

// typed prefers what stands in the field unaccepted.
func typed(f signup.Form, name, accepted string) string {
	if v, ok := f.Draft.Typed[name]; ok {
		return v
	}
	return accepted
}

// SignupPhone takes the first step.
func (s *Site) SignupPhone(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	phone := r.PostForm.Get("phone")
	token, err := s.Signups.Start(r.Context(), s.Secret(r, page.SignupCookie), phone, page.Client(r))
	if err != nil {
		form, e := s.Signups.Form(r.Context(), s.Secret(r, page.SignupCookie))
		if e != nil && problem.KindOf(e) != problem.NotFound {
			return e
		}
		form = signup.Form{Phone: phone, Draft: signup.Draft{Certified: form.Draft.Certified}}
		form.Draft.Person.Country = identity.Country(r.PostForm.Get("country"))
		return s.showSignup(w, r, form, "phone", http.StatusOK, err)
	}
	s.KeepSecret(w, page.SignupCookie, token, draftDays*24*3600)
	if err := s.beginWith(w, r, token); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/signup")
}

// SignupStep takes one of the other steps: it reads the form, tells the service,
// and shows the same step with the errors or the next one.
func (s *Site) SignupStep(step string) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := page.Form(r); err != nil {
			return err
		}
		token := s.Secret(r, page.SignupCookie)
		refused := s.takeStep(r, step, token)
		if refused == nil {
			return page.SeeOther(w, r, "/signup")
		}
		if problem.KindOf(refused) == problem.NotFound && step != "code" {
			return page.SeeOther(w, r, "/signup")
		}
		// A refused form is kept like an unfinished one: it is there after a reload.
		if _, err := s.Signups.SaveTyped(r.Context(), token, page.Typed(r)); err != nil && problem.KindOf(err) == problem.Internal {
			return err
		}
		form, err := s.Signups.Form(r.Context(), token)
		if err != nil {
			return err
		}
		return s.showSignup(w, r, withTyped(form, r), step, http.StatusUnprocessableEntity, refused)
	}
}

func (s *Site) takeStep(r *http.Request, step, token string) error {
	ctx, f := r.Context(), r.PostForm
	switch step {
	case "code":
		return s.Signups.ConfirmPhone(ctx, token, f.Get("code"))
	case "mail":
		return s.Signups.SetMailAndPassword(ctx, token, f.Get("mail"), f.Get("password"))
	case "name":
		return s.Signups.SetName(ctx, token, page.PersonOf(r))
	}
	return s.Signups.SetDocuments(ctx, token, page.PersonOf(r))
}

// withTyped puts what was just posted over what is stored, so that a refused
// form comes back as it was sent. Secrets stay out.
func withTyped(f signup.Form, r *http.Request) signup.Form {
	f.Draft.Typed = page.Typed(r)
	return f
}

// SignupDraft keeps what is in the fields, one second after the last key.
func (s *Site) SignupDraft(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	at, err := s.Signups.SaveTyped(r.Context(), s.Secret(r, page.SignupCookie), page.Typed(r))
	if err != nil {
		return err
	}
	return s.saved(w, r, at)
}

func (s *Site) saved(w http.ResponseWriter, r *http.Request, at time.Time) error {
	p := s.New(r, "brand", "")
	page.WriteJSON(w, http.StatusOK, map[string]string{"saved": p.T("form.saved", "Time", p.Words.Clock(at))})
	return nil
}

// SignupResend sends another code.
func (s *Site) SignupResend(w http.ResponseWriter, r *http.Request) error {
	form, err := s.Signups.Form(r.Context(), s.Secret(r, page.SignupCookie))
	if err != nil {
		return err
	}
	if _, err := s.Accounts.Resend(r.Context(), form.Challenge.ID); err != nil {
		// A challenge that has run out is asked anew.
		if problem.KindOf(err) == problem.Limited {
			return s.showSignup(w, r, form, "code", http.StatusTooManyRequests, err)
		}
		if _, err := s.Signups.Start(r.Context(), s.Secret(r, page.SignupCookie), form.Phone, page.Client(r)); err != nil {
			return s.showSignup(w, r, form, "code", http.StatusTooManyRequests, err)
		}
	}
	return page.SeeOther(w, r, "/signup")
}

// SignupFinish makes the account and signs in.
func (s *Site) SignupFinish(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	token := s.Secret(r, page.SignupCookie)
	accepted := r.PostForm.Get("accept_terms") == "yes" && r.PostForm.Get("accept_data") == "yes"
	done, err := s.Certified.Finish(r.Context(), token, accepted, page.Client(r))
	if err != nil {
		form, e := s.Signups.Form(r.Context(), token)
		if e != nil {
			return e
		}
		return s.showSignup(w, r, form, "check", http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, page.SessionCookie, done.Session)
	s.SetSecret(w, page.SignupCookie, "")
	return page.SeeOther(w, r, joinLeads(done.Profile, done.Request))
}

// Welcome is the end of a sign-up.
func (s *Site) Welcome(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login")
	}
	p := s.New(r, "signup.done.title", "")
	return s.Show(w, r, p, signupDone(session.Profile, identity.MaskMail(session.Account.Mail)))
}

// Confirm asks whether to confirm the address of a mail link: programs that look
// at links in letters must not use them up.
func (s *Site) Confirm(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "confirm.title", "")
	p.Path = "/"
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.Show(w, r, p, confirmMail(r.PathValue("token")))
}

// ConfirmDone uses a mail link up.
func (s *Site) ConfirmDone(w http.ResponseWriter, r *http.Request) error {
	if err := s.Accounts.ConfirmMail(r.Context(), r.PathValue("token"), page.Client(r)); err != nil {
		return err
	}
	p := s.New(r, "confirm.done", "")
	p.Path = "/"
	return s.Show(w, r, p, confirmed())
}

// codeForm is a screen that asks for a code from a message.
type codeForm struct {
	Phone, Action, Resend, Back, Crumb, Submit string
	Challenge                                  auth.Challenge
	Hidden                                     [][2]string // further fields
}
