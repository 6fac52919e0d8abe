// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"encoding/base64"
	"net/http"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/workplace"
)

// Issue shows the issue of an application: what the certificate will say and the
// consent, then the screens that make the key in the browser. They are one page,
// because the key must not leave it.
func (s *Site) Issue(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showIssue(w, r, actor, http.StatusOK, nil)
}

func (s *Site) showIssue(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	a, err := s.Desk.Get(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	url := "/c/" + r.PathValue("pid") + "/applications/" + a.ID
	if a.State == ra.Done {
		return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/certificates/"+a.Serial)
	}
	if a.State != ra.Approved && a.State != ra.Issuing && a.State != ra.Ready {
		return page.SeeOther(w, r, url)
	}
	length, err := s.Desk.KeyPasswordLength(r.Context())
	if err != nil {
		return err
	}
	seen, err := s.Workplaces.Judge(r.Context(), r.UserAgent())
	if err != nil {
		return err
	}
	p := s.New(r, "issue.title", "applications")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	v := issueView{App: a, URL: url, Base: "/c/" + r.PathValue("pid"), Kind: "gost256-b", Phone: identity.MaskPhone(actor.Account.Phone), Holder: actor.Account.Title, Length: length, Workplace: seen}
	p.Scripts = append(p.Scripts, "issue.js")
	return s.Render(w, r, p, status, issue(v))
}

type issueView struct {
	App                            ra.Application
	URL, Base, Kind, Phone, Holder string
	Length                         int64 // of a password of the key, at least
	Workplace                      workplace.Verdict
}

// facts are the fields of the future certificate in plain words.
func (v issueView) facts(p *kit.Page) []kit.Fact {
	var facts []kit.Fact
	subject := v.App.Form.Subject()
	for _, name := range []string{"CN", "SN", "G", "O", "T", "INN", "INNLE", "OGRN", "OGRNIP", "SNILS", "ST", "L", "STREET", "E"} {
		if subject[name] != "" {
			facts = append(facts, kit.Fact{Name: p.T("subject." + name), Value: subject[name]})
		}
	}
	return facts
}

// Consent takes the consent to the issue and sends the code.
func (s *Site) Consent(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	err := s.Desk.AskIssue(r.Context(), actor, r.PathValue("id"), r.PostForm.Get("agree") == "yes")
	if err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, map[string]bool{"asked": true})
	return nil
}

// order is what the browser posts: octets in base64.
type order struct {
	Code      string `json:"code"`
	Request   []byte `json:"request"`
	Signature []byte `json:"signature"`
}

// OrderCertificate takes the code and the request, and answers with the
// certificate.
func (s *Site) OrderCertificate(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	var o order
	if err := page.ReadJSON(w, r, &o); err != nil {
		return err
	}
	issued, err := s.Desk.OrderCertificate(r.Context(), actor, r.PathValue("id"), o.Code, o.Request)
	if err != nil {
		return err
	}
	chain := make([]string, 0, len(issued.Chain))
	for _, c := range issued.Chain {
		chain = append(chain, base64.StdEncoding.EncodeToString(c))
	}
	page.WriteJSON(w, http.StatusOK, map[string]any{
		"serial": issued.Serial.Hex(), "certificate": base64.StdEncoding.EncodeToString(issued.DER), "chain": chain,
		"test": string(ra.TestLine(r.PathValue("id"), issued.Serial.Hex())),
	})
	return nil
}

// Installed takes the signature of the test line.
func (s *Site) Installed(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	var o order
	if err := page.ReadJSON(w, r, &o); err != nil {
		return err
	}
	if err := s.Desk.Installed(r.Context(), actor, r.PathValue("id"), o.Signature); err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, map[string]bool{"installed": true})
	return nil
}

// Mend takes an approved application back to be corrected.
func (s *Site) Mend(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Desk.MendApproved(r.Context(), actor, r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/applications/"+r.PathValue("id")+"?step=data")
}
