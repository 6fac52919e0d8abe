// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"mime"
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/egrip"
	"podpis/internal/service/ra"
	"podpis/internal/service/trust"
)

type agreementView struct {
	Base, Back string
	Request    egrip.Request
	Agreement  egrip.Agreement
	Keys       kit.KeyholderView
}

// Agreement shows what the head of an organisation signs, and takes the signature.
func (s *Site) Agreement(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showAgreement(w, r, actor, nil)
}

func (s *Site) showAgreement(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	request, a, err := s.Registry.Agreement(r.Context(), asker(actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := s.New(r, "agreement.title", "")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	back := "/c/" + r.PathValue("pid") + "/roles/new"
	base := "/c/" + r.PathValue("pid") + "/roles/requests/" + request.ID + "/agreement"
	p.Path = base
	if request.State == egrip.Signing {
		p.Scripts = append(p.Scripts, "keyholder.js")
	}
	return s.Render(w, r, p, status, agreement(agreementView{
		Base: base, Back: back, Request: request, Agreement: a, Keys: kit.KeyholderView{Ask: base + "/ask", Done: base, Submit: "agreement.sign"},
	}))
}

// AgreementAsk gives the text to be signed.
func (s *Site) AgreementAsk(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	_, a, err := s.Registry.Agreement(r.Context(), asker(actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, map[string]string{"text": a.Text})
	return nil
}

// AgreementDone takes the signature that the browser made.
func (s *Site) AgreementDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	signature, err := page.Signature(w, r)
	if err != nil {
		return err
	}
	if _, err := s.Registry.SignAgreement(r.Context(), asker(actor), r.PathValue("id"), signature); err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, map[string]string{"next": r.URL.Path})
	return nil
}

// AgreementUpload takes a signature that was made elsewhere.
func (s *Site) AgreementUpload(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	files, err := page.Uploads(w, r, trust.MaxSignature)
	if err == nil && len(files) != 1 {
		err = problem.New(problem.Invalid, "agreement.file").At("files")
	}
	if err == nil {
		_, err = s.Registry.SignAgreement(r.Context(), asker(actor), r.PathValue("id"), files[0].Content)
	}
	if err != nil {
		return s.showAgreement(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/roles/requests/"+r.PathValue("id")+"/agreement")
}

// AgreementFile gives the text or its signature.
func (s *Site) AgreementFile(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	_, a, err := s.Registry.Agreement(r.Context(), asker(actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	name, kind, content := r.PathValue("file"), "text/plain; charset=utf-8", []byte(a.Text)
	switch {
	case name == "agreement.txt":
	case name == "agreement.txt.sig" && !a.SignedAt.IsZero():
		kind, content = "application/pkcs7-signature", a.Signature
	default:
		return problem.New(problem.NotFound, "egrip.role.no_request")
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, err = w.Write(content)
	return err
}
