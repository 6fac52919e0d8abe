// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"podpis/internal/platform/locale"
	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/guard"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/verify"
	"podpis/verify/markup"
	"podpis/verify/reasons"
)

// VerifyKind is one of the two forms of a check: its address and the keys of its texts.
// Both take anything; they ask in other words.
type VerifyKind struct{ action, title, text, files, hint, other, otherTitle string }

// OfDocument is the form for documents and signatures.
func OfDocument() VerifyKind {
	return VerifyKind{"/verify", "verify.title", "verify.text", "verify.files", "verify.files.hint", "/verify/certificate", "verify.certificate.title"}
}

// OfCertificate is the form for certificates.
func OfCertificate() VerifyKind {
	return VerifyKind{
		"/verify/certificate", "verify.certificate.title", "verify.certificate.text", "verify.certificate.files", "verify.certificate.files.hint",
		"/verify", "verify.title",
	}
}

// verifyView is the form of a check.
type verifyView struct {
	VerifyKind
	limit int64  // MiB of a file that is held whole
	zone  string // of the times, and how it is called
	name  string
	code  askedCode
}

// Verify shows a form.
func (s *Site) Verify(kind VerifyKind) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return s.verifyPage(w, r, kind, nil) }
}

// verifyPage draws the form, with a refusal or without.
func (s *Site) verifyPage(w http.ResponseWriter, r *http.Request, kind VerifyKind, refusal error) error {
	p := s.New(r, kind.title, "verify")
	p.Scripts = append(p.Scripts, "verify.js")
	status := http.StatusOK
	if refusal != nil {
		if e, ok := problem.Of(refusal); ok { // a form that is shown again says when to come back, too
			middleware.RetryAfter(w, e.RetryAfter)
		}
		var err error
		if status, err = s.Refused(r, p, refusal); err != nil {
			return err
		}
		p.Path = kind.action
	}
	limits, err := s.Gate.Limits(r.Context())
	if err != nil {
		return err
	}
	v := verifyView{VerifyKind: kind, limit: limits.Signature >> 20}
	v.zone, v.name = p.Words.Zone(p.Now)
	if v.code, err = askCode(r, s.Guard, p); err != nil {
		return err
	}
	return s.Render(w, r, p, status, verifyForm(v))
}

// askedCode is the code that a form asks for; an empty token is none.
type askedCode struct {
	token  string
	always bool // also of whoever has scripts
}

// askCode draws the code of a form when its visitor needs one.
func askCode(r *http.Request, g *guard.Guard, p *kit.Page) (c askedCode, err error) {
	always, now, err := g.NeedsCode(r.Context(), middleware.Network(r))
	if c.always = always; err == nil && (now || p.ErrorOf("code") != "") {
		c.token, err = g.Code(r.Context(), middleware.Network(r))
	}
	return c, err
}

// VerifyDone judges what was uploaded to one of the two forms. Which file is the
// signature is found out from the content. This is the way without scripts, and where a
// browser could not judge itself.
func (s *Site) VerifyDone(kind VerifyKind) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		in, leave, err := s.receive(w, r)
		defer leave()
		if err != nil {
			return s.verifyPage(w, r, kind, err)
		}
		p := s.New(r, "verify.result", "verify")
		report, err := s.Trust.Check(r.Context(), in, reasons.Language(p.Words.Language()))
		if err != nil {
			return err
		}
		p.Path = kind.action
		p.Scripts = append(p.Scripts, "verify.js")
		title, html := markup.Report(report, spoken{p.Words}, markup.About{Left: markup.LeftFiles, Training: p.Training != nil})
		p.Title = title
		carried, days, err := s.Verdicts.Carry(r.Context(), s.Verdicts.Number(report, reasons.Language(p.Words.Language())))
		if err != nil {
			return err
		}
		return s.Show(w, r, p, judged(html, kind.action, reportForms(report, carried, days)))
	}
}

// receive takes a place for a check, until leave is called, and reads what is to be
// checked.
func (s *Site) receive(w http.ResponseWriter, r *http.Request) (in verify.Input, leave func(), err error) {
	leave, err = s.Gate.Enter(r.Context(), middleware.Network(r))
	if err != nil {
		return in, func() {}, err
	}
	limits, err := s.Gate.Limits(r.Context())
	if err != nil {
		return in, leave, err
	}
	u := uploads{limits: limits, pasted: s.New(r, "verify.pasted", "").Title, admit: func(p guard.Proof) error {
		_, err := s.Guard.Admit(r.Context(), middleware.Network(r), p)
		return err
	}}
	in, err = u.read(w, r)
	return in, leave, err
}

// drawn is a report in the words of the page it stands on.
func drawn(report *verify.Report) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := kit.On(ctx)
		_, html := markup.Report(report, spoken{p.Words}, markup.About{Training: p.Training != nil})
		_, err := io.WriteString(w, html)
		return err
	})
}

// spoken are the words of a page for the drawing of a report.
type spoken struct{ words *locale.Localizer }

func (s spoken) T(key string) string { return s.words.T(key, nil) }

func (s spoken) DateTime(t time.Time) string { return s.words.DateTime(t) }

// reportWords are what a script needs to draw a report, and to tell of its work.
func reportWords() []string {
	return append(markup.Keys(), "js.stage.load", "js.stage.hash", "js.stage.verify", "js.stage.ask", "js.robot", "js.internal", "js.file_changed",
		"js.network", "js.percent", "js.cancelled", "verify.none", "verify.many", "verify.no_signature", "verify.too_large", "verify.pasted",
		"verify.unreachable", "guard.needed", "brand")
}
