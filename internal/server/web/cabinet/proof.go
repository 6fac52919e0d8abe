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
func (v identityView) state() (kit.Tone, string) { return proofState(v.Level, v.Case) }

func proofState(level identity.Level, latest *ra.Application) (kit.Tone, string) {
	switch {
	case proven(level):
		return kit.OK, "proof.state.confirmed"
	case latest == nil:
		return kit.Warn, "proof.state.none"
	case latest.State == ra.Checking:
		return kit.Info, "proof.state.checking"
	case latest.State == ra.Corrections, latest.State == ra.Refused:
		return kit.Wax, "proof.state.refused"
	}
	return kit.Warn, "proof.state.none"
}

// proven reports an account that is sure enough for what asks for a person's identity.
func (v identityView) proven() bool { return proven(v.Level) }

func proven(level identity.Level) bool { return level.Covers(identity.Standard) }

// latestCase is the application whose documents were compared last, of a list with the newest first.
func latestCase(list []ra.Application) *ra.Application {
	for i := range list {
		if list[i].State != ra.Withdrawn {
			return &list[i]
		}
	}
	return nil
}

// identityTask is what waits for somebody whose identity is not confirmed: to choose a way, or to wait
// for the operator. Documents sent back have a task of their own, that of their application.
func identityTask(p *kit.Page, base string, level identity.Level, apps []ra.Application) []task {
	latest := latestCase(apps)
	switch _, state := proofState(level, latest); {
	case state == "proof.state.confirmed", latest != nil && latest.State == ra.Corrections:
		return nil
	case state == "proof.state.checking":
		return []task{{p.T("task.identity.checking", "Time", p.Words.DateTime(latest.DueAt)), p.T("task.look"), base + "/identity"}}
	case state == "proof.state.refused":
		return []task{{p.T("task.identity.refused", "Number", ra.Number(latest.Number)), p.T("proof.title"), base + "/identity"}}
	}
	return []task{{p.T("task.identity"), p.T("proof.title"), base + "/identity"}}
}

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
	v := identityView{MyData: m, Base: "/c/" + r.PathValue("pid"), Contacts: contacts, Case: latestCase(list)}
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
