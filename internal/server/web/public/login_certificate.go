// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"net/url"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
)

// LoginCertificate shows the kinds of keys to sign in with; the key signs in the browser.
func (s *Site) LoginCertificate(w http.ResponseWriter, r *http.Request) error {
	title, back := "login.certificate.title", page.Local(r.URL.Query().Get("return"), "")
	v := kit.KeyholderView{Ask: "/login/certificate/ask", Done: "/login/certificate?return=" + url.QueryEscape(back), Submit: "login.enter"}
	if r.URL.Query().Get("for") == "step" {
		title = "second.step.title"
		v.Ask, v.Done, v.Submit = "/login/certificate/step/ask", "/login/certificate/step?return="+url.QueryEscape(back), "code.confirm"
	}
	p := s.New(r, title, "login")
	p.Scripts = append(p.Scripts, "keyholder.js")
	return s.Show(w, r, p, loginCertificate(v))
}

// CertificateAsk gives the text that a key signs to sign in.
func (s *Site) CertificateAsk(w http.ResponseWriter, r *http.Request) error {
	return s.askSignature(w, r, factor.ToLogin, "")
}

// CertificateStepAsk gives the text of a second step.
func (s *Site) CertificateStepAsk(w http.ResponseWriter, r *http.Request) error {
	session, err := stepping(r)
	if err != nil {
		return err
	}
	return s.askSignature(w, r, factor.ToStep, session.Account.ID)
}

func (s *Site) askSignature(w http.ResponseWriter, r *http.Request, purpose factor.Purpose, account string) error {
	if err := s.mayAsk(r); err != nil {
		return err
	}
	return s.AskKey(w, r, s.Factors, purpose, account)
}

// CertificateDone signs in by certificate.
func (s *Site) CertificateDone(w http.ResponseWriter, r *http.Request) error {
	signature, err := page.Signature(w, r)
	if err != nil {
		return err
	}
	token, err := s.Accounts.LoginByCertificate(r.Context(), s.Secret(r, page.CeremonyCookie), signature, page.Client(r))
	return s.entered(w, r, token, err)
}

// CertificateStepDone takes the second step by certificate.
func (s *Site) CertificateStepDone(w http.ResponseWriter, r *http.Request) error {
	session, err := stepping(r)
	if err != nil {
		return err
	}
	signature, err := page.Signature(w, r)
	if err != nil {
		return err
	}
	proof := auth.Proof{Way: factor.Certificate, Challenge: s.Secret(r, page.CeremonyCookie), Answer: signature}
	token, err := s.Accounts.Second(r.Context(), session.Token, proof, page.Client(r))
	return s.entered(w, r, token, err)
}
