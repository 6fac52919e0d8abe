// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"io"
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/verify/augment"
	"podpis/verify/reasons"
)

// maxRaised bounds a signature that is raised, in octets: one that was just made, with
// its certificates.
const maxRaised = 1 << 20

// Raise brings a signature that a browser made to a higher level. It gets the signature
// and nothing else: the document and the key stay with the signer.
func (s *Site) Raise(w http.ResponseWriter, r *http.Request) error {
	if err := s.handOut(r); err != nil {
		return err
	}
	leave, err := s.Gate.Enter(r.Context(), middleware.Network(r))
	if err != nil {
		return err
	}
	defer leave()
	body := http.MaxBytesReader(w, io.NopCloser(middleware.Paced(w, r.Body, middleware.PaceGrace)), maxRaised)
	message, err := io.ReadAll(body)
	if err != nil {
		return problem.New(problem.Invalid, "form.broken").Because(err)
	}
	p := s.New(r, "sign.title", "sign")
	level := augment.Level(r.URL.Query().Get("level"))
	raised, err := s.Trust.Raise(r.Context(), message, level, s.Stamps, reasons.Language(p.Words.Language()))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pkcs7-signature")
	_, err = w.Write(raised)
	return err
}
