// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/factor"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
)

// Proofs are the pages by which a person is recognised.
type Proofs struct {
	*Site
	Help *support.Service
}

type identityView struct {
	external.MyData
	Base     string // of the cabinet
	Contacts support.Contacts
	Case     *ra.Application // the latest whose documents an operator compares
}

// waiting reports documents that somebody has to do something with.
func (v identityView) waiting() bool {
	return v.Case != nil && (v.Case.State == ra.Checking || v.Case.State == ra.Corrections)
}

// state is where the proof stands, in words and with its tone.
func (v identityView) state() (kit.Tone, string) {
	switch {
	case v.proven():
		return kit.OK, "proof.state.confirmed"
	case v.Case == nil:
		return kit.Warn, "proof.state.none"
	case v.Case.State == ra.Checking:
		return kit.Info, "proof.state.checking"
	case v.Case.State == ra.Corrections, v.Case.State == ra.Refused:
		return kit.Wax, "proof.state.refused"
	}
	return kit.Warn, "proof.state.none"
}

// proven reports an account that is sure enough for what asks for a person's identity.
func (v identityView) proven() bool { return v.Level.Covers(identity.Standard) }

// outside are the providers that may recognise somebody and are not linked yet.
func (v identityView) outside() (list []federation.Provider) {
	for _, o := range v.Providers {
		if _, linked := (profileView{MyData: v.MyData}).link(o.ID); !linked {
			list = append(list, o)
		}
	}
	return list
}

// Identity shows how sure the installation is of who somebody is, and the ways to more.
func (s *Proofs) Identity(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	m, err := s.External.MyData(r.Context(), actor.Account, false, actor.Client)
	if err != nil {
		return err
	}
	contacts, err := s.Help.Contacts(r.Context())
	if err != nil {
		return err
	}
	list, err := s.Desk.List(r.Context(), actor)
	if err != nil {
		return err
	}
	v := identityView{MyData: m, Base: "/c/" + r.PathValue("pid"), Contacts: contacts}
	for i := range list { // the newest first
		if v.Case == nil && list[i].State != ra.Withdrawn {
			v.Case = &list[i]
		}
	}
	page.LeadsTo(w, v.outside()...)
	return s.Show(w, r, s.New(r, "proof.title", "profile"), identityPage(v))
}

// Certificate lets a key show who its holder is.
func (s *Proofs) Certificate(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	base := "/c/" + r.PathValue("pid") + "/identity"
	p := s.New(r, "proof.certificate.title", "profile")
	p.Scripts = append(p.Scripts, "keyholder.js")
	return s.Show(w, r, p, identityCertificate(base, kit.KeyholderView{Ask: base + "/certificate/ask", Done: base + "/certificate", Submit: "join.choose"}))
}

// CertificateAsk gives the text to be signed.
func (s *Proofs) CertificateAsk(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.AskKey(w, r, s.Factors, factor.ToProve, actor.Account.ID)
}

// CertificateDone takes the signature.
func (s *Proofs) CertificateDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	signature, err := page.Signature(w, r)
	if err != nil {
		return err
	}
	challenge := s.Secret(r, page.CeremonyCookie)
	s.SetSecret(w, page.CeremonyCookie, "")
	session, _ := page.SessionOf(r.Context())
	if _, err := s.Certified.Prove(r.Context(), session.Session, challenge, signature, actor.Client); err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, map[string]string{"next": "/c/" + r.PathValue("pid") + "/identity"})
	return nil
}
