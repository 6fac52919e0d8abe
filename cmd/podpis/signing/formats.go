// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/xades"
	"podpis/sign"
	"podpis/verify/augment"
	"podpis/verify/format"
)

// save writes a signature file and keeps the one that was there.
func (s *signer) save(out string, octets []byte) error {
	return terminal.Create(out, 0o644, func(w io.Writer) error {
		if _, err := w.Write(octets); err != nil {
			return err
		}
		return s.keep(s.c, out)
	})
}

// message makes CAdES or plain CMS.
func (s *signer) message(ctx context.Context, name string, document *os.File, out string) error {
	long := s.level != "b" && s.level != "t"
	switch {
	case !s.attached:
		message, err := sign.Detached(ctx, s.c.Random, document, s.id.Key, s.settings)
		if err == nil && long {
			message, err = s.raise(ctx, judge.Job{Name: name, Signature: out, Document: name}, message)
		}
		if err != nil {
			return err
		}
		return s.save(out, message)
	case long:
		var message bytes.Buffer
		if info, err := document.Stat(); err == nil && info.Size() > terminal.MaxMessage {
			return terminal.Failed("attached-long", nil, name)
		}
		if err := sign.Attached(ctx, s.c.Random, &message, document, s.id.Key, s.settings); err != nil {
			return err
		}
		raised, err := s.raise(ctx, judge.Job{Name: name, Signature: out}, message.Bytes())
		if err != nil {
			return err
		}
		return s.save(out, raised)
	}
	return terminal.Create(out, 0o644, func(w io.Writer) error {
		if err := sign.Attached(ctx, s.c.Random, w, document, s.id.Key, s.settings); err != nil {
			return err
		}
		return s.keep(s.c, out)
	})
}

// raise brings a message to a level above T.
func (s *signer) raise(ctx context.Context, job judge.Job, message []byte) ([]byte, error) {
	sd, err := cms.ParseSignedData(message)
	if err != nil {
		return nil, err
	}
	return raise(ctx, s.c, job, sd, s.level, s.trust, s.settings.Timestamper)
}

// pdf copies the document and appends the signature; earlier ones stay what they were.
func (s *signer) pdf(ctx context.Context, name string, document *os.File, out string) error {
	info, err := document.Stat()
	if err != nil {
		return terminal.Input(name, err)
	}
	head := make([]byte, 1024)
	if n, err := document.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return terminal.Input(name, err)
	} else if !format.IsPDF(head[:n]) {
		return terminal.Failed("pdf-none", nil, name)
	}
	field := pades.Options{Name: s.settings.Certificate.Subject.DisplayName()}
	s.stamp.apply(s.c, s.settings.Certificate, &field)
	tail, err := sign.PDF(ctx, s.c.Random, document, info.Size(), s.id.Key, s.settings, field)
	if err != nil {
		return err
	}
	if s.level == "lt" || s.level == "lta" {
		signed := augment.Appended(document, info.Size(), tail)
		a := &augment.Augmenter{Random: s.c.Random, Options: s.trust, Timestamper: s.settings.Timestamper}
		more, err := a.RaisePDF(ctx, signed, signed.Size(), augment.Level(s.level))
		if err != nil {
			return raiseError(judge.Job{Name: name, Signature: name}, err)
		}
		tail = append(tail, more...)
	}
	return terminal.Create(out, 0o644, func(w io.Writer) error {
		if _, err := io.Copy(w, augment.Appended(document, info.Size(), tail)); err != nil {
			return err
		}
		return s.keep(s.c, out)
	})
}

// xml makes XAdES: beside the document by its name; with --attached inside an XML document, or around any other.
func (s *signer) xml(ctx context.Context, name string, document *os.File, out string) error {
	t := xades.Template{Certificate: s.settings.Certificate, Chain: s.settings.Chain, Time: s.settings.Time}
	var p *xades.Prepared
	switch {
	case s.attached:
		octets, err := terminal.ReadFrom(document, name, terminal.MaxMessage)
		if err != nil {
			return err
		}
		if format.IsXML(octets) {
			p, err = xades.Enveloped(t, octets)
		} else {
			t.MimeType = typeOf(name)
			p, err = xades.Enveloping(t, octets)
		}
		if err != nil {
			return err
		}
	default:
		h := s.settings.Hash()
		d := h.New()
		if _, err := io.Copy(d, terminal.Reader{Context: ctx, R: document}); err != nil {
			return terminal.Input(name, err)
		}
		t.MimeType = typeOf(name)
		var err error
		if p, err = xades.Detached(t, filepath.Base(name), d.Sum(nil)); err != nil {
			return err
		}
	}
	signed, err := sign.XML(ctx, s.c.Random, p, s.id.Key, s.settings)
	if err != nil {
		return err
	}
	if s.level == "lt" || s.level == "lta" {
		job := judge.Job{Name: name, Signature: name}
		if !s.attached {
			job.Document = name
		}
		a := &augment.Augmenter{Random: s.c.Random, Options: s.trust, Timestamper: s.settings.Timestamper}
		if signed, err = a.RaiseXML(ctx, signed, augment.Level(s.level), openDocument(job)); err != nil {
			return raiseError(job, err)
		}
	}
	return s.save(out, signed)
}

// typeOf is the type of the data by the name of the file, empty if it is not known.
func typeOf(name string) string {
	full, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(name)), ";")
	return full
}
