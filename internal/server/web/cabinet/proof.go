// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"encoding/json"
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/factor"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
	"podpis/internal/service/trust"
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
	v := identityView{MyData: m, Base: "/c/" + r.PathValue("pid"), Contacts: contacts}
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
	q, err := s.Factors.AskSignature(r.Context(), factor.ToProve, actor.Account.ID)
	if err != nil {
		return err
	}
	s.SetSecret(w, page.CeremonyCookie, q.Token)
	page.WriteJSON(w, http.StatusOK, map[string]string{"text": q.Text})
	return nil
}

// CertificateDone takes the signature.
func (s *Proofs) CertificateDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	var answer struct {
		Signature []byte `json:"signature"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*trust.MaxSignature)).Decode(&answer); err != nil {
		return problem.New(problem.Invalid, "form.broken").Because(err)
	}
	challenge := s.Secret(r, page.CeremonyCookie)
	s.SetSecret(w, page.CeremonyCookie, "")
	session, _ := page.SessionOf(r.Context())
	if _, err := s.Certified.Prove(r.Context(), session.Session, challenge, answer.Signature, actor.Client); err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, map[string]string{"next": "/c/" + r.PathValue("pid") + "/identity"})
	return nil
}
