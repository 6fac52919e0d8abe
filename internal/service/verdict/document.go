// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/pki/pades"
	"podpis/pki/xades"
	"podpis/sign"
	"podpis/verify/etsi"
)

// JSON is the report for programs, as the command line writes it.
func (j *Judgement) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(j.Report)
	return b.Bytes(), err
}

// PDF is the report for people, PDF/A-3b with the report for programs attached,
// signed by the installation at level T (EN 319 142-1).
func (s *Service) PDF(ctx context.Context, j *Judgement) ([]byte, error) {
	machine, err := j.JSON()
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	document, err := s.draw(j, machine)
	if err != nil {
		return nil, err
	}
	key, err := s.Key()
	if err != nil {
		return nil, err
	}
	if err := s.record(ctx, j, "pdf"); err != nil {
		return nil, err
	}
	tail, err := sign.PDF(ctx, rand.Reader, bytes.NewReader(document), int64(len(document)), key.Signer, s.options(key), pades.Options{})
	if err != nil {
		return nil, fmt.Errorf("sign report: %w", err)
	}
	return append(document, tail...), nil
}

func (s *Service) options(key Key) sign.Options {
	return sign.Options{Certificate: key.Certificate, Chain: key.Chain, Level: sign.T, Time: s.DB.Now(), Timestamper: s.Stamps}
}

// XML is the report of ETSI TS 119 102-2, signed by the installation: XAdES at
// level T, in the place the schema has for it.
func (s *Service) XML(ctx context.Context, j *Judgement) ([]byte, error) {
	var b bytes.Buffer
	if err := etsi.Write(&b, j.Report); err != nil {
		return nil, err
	}
	key, err := s.Key()
	if err != nil {
		return nil, err
	}
	if err := s.record(ctx, j, "etsi"); err != nil {
		return nil, err
	}
	o := s.options(key)
	p, err := xades.Enveloped(xades.Template{Certificate: key.Certificate, Chain: key.Chain, Time: o.Time}, b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("sign report: %w", err)
	}
	signed, err := sign.XML(ctx, rand.Reader, p, key.Signer, o)
	if err != nil {
		return nil, fmt.Errorf("sign report: %w", err)
	}
	return signed, nil
}

// record writes to the audit that a sealed document goes out, before it is sealed.
func (s *Service) record(ctx context.Context, j *Judgement, form string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "visitor", Action: "verdict.seal", Object: "verdict/" + j.Number,
			Details: map[string]any{"form": form, "verdict": string(j.Report.Verdict)},
		})
	})
}

// Detached is the installation's own signature over what it hands out, CAdES-T; by and
// object name who took it and what it is, for the audit.
func (s *Service) Detached(ctx context.Context, by, object string, content []byte) ([]byte, error) {
	key, err := s.Key()
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "verdict.seal", Object: object})
	})
	if err != nil {
		return nil, err
	}
	signature, err := sign.Detached(ctx, rand.Reader, bytes.NewReader(content), key.Signer, s.options(key))
	if err != nil {
		return nil, fmt.Errorf("sign export: %w", err)
	}
	return signature, nil
}
