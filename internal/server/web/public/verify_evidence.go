// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/guard"
	"podpis/internal/server/web/page"
	"podpis/internal/service/trust"
	"podpis/pki/x509"
	"podpis/verify/bundle"
)

// Evidence gives a browser what it judges signatures of our own authority by.
func (s *Site) Evidence(w http.ResponseWriter, r *http.Request) error {
	b, err := s.Trust.Own(r.Context())
	if err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, b)
	return nil
}

// maxQuestion bounds a question about certificates, in octets.
const maxQuestion = 1 << 20

// question is what a browser asks: what certificates are judged by. The certificates
// are all that leaves the device.
type question struct {
	Certificates [][]byte `json:"certificates"`
	Work         string   `json:"work"`
	Pass         string   `json:"pass"`
	Token        string   `json:"token"`
	Code         string   `json:"code"`
}

// answered is the evidence with a pass for the next question of the same check.
type answered struct {
	Pass   string         `json:"pass"`
	Bundle *bundle.Bundle `json:"bundle"`
}

// EvidenceAbout answers what certificates are judged by.
func (s *Site) EvidenceAbout(w http.ResponseWriter, r *http.Request) error {
	broken := problem.New(problem.Invalid, "form.broken")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err != nil {
		return err
	}
	var q question
	if err := json.Unmarshal(body, &q); err != nil {
		return broken.Because(err)
	}
	if len(q.Certificates) == 0 || len(q.Certificates) > trust.MaxAsked {
		return broken
	}
	certs := make([]*x509.Certificate, len(q.Certificates))
	for i, raw := range q.Certificates {
		if certs[i], err = x509.ParseCertificate(raw); err != nil {
			return broken.Because(err)
		}
	}
	network := middleware.Network(r)
	pass, err := s.Guard.Admit(r.Context(), network, guard.Proof{Work: q.Work, Pass: q.Pass, Token: q.Token, Code: q.Code})
	if err != nil {
		return err
	}
	leave, err := s.Gate.Enter(r.Context(), network)
	if err != nil {
		return err
	}
	defer leave()
	b, err := s.Trust.About(r.Context(), certs)
	if err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, answered{pass, b})
	return nil
}

// Challenge gives a browser the work that it does before it asks.
func (s *Site) Challenge(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Guard.Challenge(r.Context(), middleware.Network(r))
	if err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, c)
	return nil
}

// CodePicture draws the code of a form.
func (s *Site) CodePicture(w http.ResponseWriter, r *http.Request) error {
	return codeAs(w, "image/png", func(b io.Writer) error {
		return s.Guard.Picture(b, middleware.Network(r), r.URL.Query().Get("t"))
	})
}

// CodeSound speaks the code of a form.
func (s *Site) CodeSound(w http.ResponseWriter, r *http.Request) error {
	return codeAs(w, "audio/wav", func(b io.Writer) error {
		language := s.New(r, "verify.title", "").Words.Language()
		return s.Guard.Sound(b, middleware.Network(r), r.URL.Query().Get("t"), language)
	})
}

func codeAs(w http.ResponseWriter, kind string, draw func(io.Writer) error) error {
	var b bytes.Buffer
	if err := draw(&b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	_, _ = b.WriteTo(w) // the client has gone: nobody is left to tell
	return nil
}
