// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"io"
	"net/http"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// SecondStep shows the methods of the second step and what can be added.
func (s *Site) SecondStep(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showSecondStep(w, r, actor, http.StatusOK, nil)
}

func (s *Site) showSecondStep(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	p := s.New(r, "factor.title", "security")
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	has, err := s.Factors.Of(r.Context(), actor.Account.ID)
	if err != nil {
		return err
	}
	return s.Render(w, r, p, status, secondStep(secondStepView{Base: securityBase(r) + "/second", Has: has, Passkeys: s.Factors.Passkeys()}))
}

type secondStepView struct {
	Base     string
	Has      factor.Overview
	Passkeys bool
}

// offered are the kinds that can be added, each with how.
func (v secondStepView) offered() (kinds []factor.Kind) {
	for _, k := range factor.Kinds() {
		if k == factor.Device && v.Base == StaffSecurity+"/second" {
			continue // consoles are signed in to elsewhere
		}
		has := false
		for _, m := range v.Has.Methods {
			has = has || m.Kind == k
		}
		if !has || k == factor.Passkey || k == factor.Certificate || k == factor.Device {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// MakeCodes makes recovery codes that wait to be typed back.
func (s *Site) MakeCodes(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if _, err := s.Factors.MakeCodes(r.Context(), factorActor(actor)); err != nil {
		return err
	}
	return page.SeeOther(w, r, securityBase(r)+"/second/codes")
}

// Codes shows the codes that wait.
func (s *Site) Codes(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showCodes(w, r, actor, http.StatusOK, nil)
}

func (s *Site) showCodes(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	has, err := s.Factors.Of(r.Context(), actor.Account.ID)
	if err != nil {
		return err
	}
	if len(has.Pending) == 0 {
		return page.SeeOther(w, r, securityBase(r)+"/second")
	}
	p := s.New(r, "factor.codes.title", "security")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	p.Scripts = append(p.Scripts, "codes.js")
	return s.Render(w, r, p, status, recoveryCodes(securityBase(r)+"/second", has.Pending))
}

// CodesFile gives the codes that wait as a file.
func (s *Site) CodesFile(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	has, err := s.Factors.Of(r.Context(), actor.Account.ID)
	if err != nil {
		return err
	}
	if len(has.Pending) == 0 {
		return problem.New(problem.NotFound, "factor.codes.over")
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="podpis-recovery-codes.txt"`)
	p := s.New(r, "factor.codes.title", "")
	_, err = io.WriteString(w, p.T("factor.codes.file", "Host", s.PublicURL)+"\r\n\r\n"+strings.Join(has.Pending, "\r\n")+"\r\n")
	return err
}

// ConfirmCodes takes the code that was typed back.
func (s *Site) ConfirmCodes(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.Factors.ConfirmCodes(r.Context(), factorActor(actor), r.PostForm.Get("code")); err != nil {
		return s.showCodes(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/second")
}

// AddApp begins with an application.
func (s *Site) AddApp(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if _, err := s.Factors.StartApp(r.Context(), factorActor(actor), actor.Account.Mail); err != nil {
		return s.showSecondStep(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/second/app")
}

// App shows the secret for the application.
func (s *Site) App(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showApp(w, r, actor, http.StatusOK, nil)
}

func (s *Site) showApp(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	secret, err := s.Factors.WaitingApp(r.Context(), actor.Account.ID, actor.Account.Mail)
	if problem.KindOf(err) == problem.Conflict {
		return page.SeeOther(w, r, securityBase(r)+"/second")
	} else if err != nil {
		return err
	}
	p := s.New(r, "factor.app.title", "security")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, appSecret(securityBase(r)+"/second", secret))
}

// AppPicture is the secret as a QR code.
func (s *Site) AppPicture(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	secret, err := s.Factors.WaitingApp(r.Context(), actor.Account.ID, actor.Account.Mail)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	return secret.Picture(w)
}

// ConfirmApp takes the first code of the application.
func (s *Site) ConfirmApp(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.Factors.ConfirmApp(r.Context(), factorActor(actor), identity.Clean(r.PostForm.Get("code"))); err != nil {
		return s.showApp(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/second")
}

// Passkey shows the page that makes a passkey.
func (s *Site) Passkey(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "factor.passkey.title", "security")
	p.Scripts = append(p.Scripts, "passkey.js")
	return s.Show(w, r, p, addPasskey(securityBase(r)+"/second", s.Factors.Passkeys()))
}

// AddPasskeyAsk begins to make a passkey.
func (s *Site) AddPasskeyAsk(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	options, token, err := s.Factors.AddPasskey(r.Context(), factorActor(actor), actor.Account.Mail, actor.Account.Title)
	if err != nil {
		return err
	}
	s.SetSecret(w, page.CeremonyCookie, token)
	page.WriteJSON(w, http.StatusOK, options)
	return nil
}

// AddPasskey takes the passkey that was made.
func (s *Site) AddPasskey(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	body, err := page.Answer(w, r)
	if err != nil {
		return err
	}
	label := agent.Name(r.UserAgent())
	if err := s.Factors.FinishPasskey(r.Context(), factorActor(actor), s.Secret(r, page.CeremonyCookie), label, body); err != nil {
		return err
	}
	s.SetSecret(w, page.CeremonyCookie, "")
	page.WriteJSON(w, http.StatusOK, map[string]string{"next": securityBase(r) + "/second"})
	return nil
}

// BindCertificate shows the page where a key signs to be bound.
func (s *Site) BindCertificate(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "factor.certificate.title", "security")
	p.Scripts = append(p.Scripts, "keyholder.js")
	base := securityBase(r) + "/second/certificate"
	return s.Show(w, r, p, bindCertificate(kit.KeyholderView{Ask: base + "/ask", Done: base, Submit: "factor.certificate.bind"}))
}

// BindCertificateAsk gives the text to be signed.
func (s *Site) BindCertificateAsk(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.AskKey(w, r, s.Factors, factor.ToBind, actor.Account.ID)
}

// BindCertificateDone binds the certificate.
func (s *Site) BindCertificateDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	signature, err := page.Signature(w, r)
	if err != nil {
		return err
	}
	own, _ := page.SessionOf(r.Context())
	if err := s.Accounts.BindCertificate(r.Context(), own.Session, s.Secret(r, page.CeremonyCookie), signature, actor.Client); err != nil {
		return err
	}
	s.SetSecret(w, page.CeremonyCookie, "")
	page.WriteJSON(w, http.StatusOK, map[string]string{"next": securityBase(r) + "/second"})
	return nil
}

// AddSMS sends the code that makes the phone a method.
func (s *Site) AddSMS(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	own, _ := page.SessionOf(r.Context())
	challenge, err := s.Accounts.AskSMS(r.Context(), own.Session)
	if err != nil {
		return s.showSecondStep(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, page.ChallengeCookie, challenge)
	return page.SeeOther(w, r, securityBase(r)+"/second/sms")
}

// SMS shows the field of the code.
func (s *Site) SMS(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showSMS(w, r, actor, http.StatusOK, nil)
}

func (s *Site) showSMS(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	p := s.New(r, "factor.sms.title", "security")
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, addSMS(securityBase(r)+"/second", identity.MaskPhone(actor.Account.Phone)))
}

// ConfirmSMS takes the code.
func (s *Site) ConfirmSMS(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	own, _ := page.SessionOf(r.Context())
	err := s.Accounts.AddSMS(r.Context(), own.Session, s.Secret(r, page.ChallengeCookie), identity.Clean(r.PostForm.Get("code")), actor.Client)
	if err != nil {
		return s.showSMS(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/second")
}

// RemoveMethod takes a method away.
func (s *Site) RemoveMethod(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Factors.Remove(r.Context(), factorActor(actor), r.PathValue("id")); err != nil {
		return s.showSecondStep(w, r, actor, http.StatusConflict, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/second")
}
