// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package markup

import (
	"strconv"
	"strings"

	"podpis/verify"
	"podpis/verify/reasons"
)

func (p *page) law(law verify.Law63) {
	p.fold(p.words.T("verify.law63"), func() {
		p.say("p", "", p.words.T("verify.law63."+string(law.Recognized)))
		p.el("ul", class("checks"), func() {
			for _, c := range law.Conditions {
				p.el("li", nil, func() {
					p.mark(string(c.Answer))
					p.say("span", "", c.Text)
				})
			}
		})
	})
}

func (p *page) chain(list []verify.Link) {
	if len(list) == 0 {
		return
	}
	p.fold(p.words.T("verify.chain"), func() {
		p.el("ol", nil, func() {
			for _, link := range list {
				p.el("li", nil, func() {
					p.text(link.Subject)
					p.el("p", class("muted small"), func() {
						p.text(p.words.T("verify.valid") + " " + p.words.DateTime(link.NotBefore) + " — " + p.words.DateTime(link.NotAfter))
					})
					p.el("p", class("muted small"), func() {
						p.text(p.words.T("certificate.serial") + " ")
						p.say("span", "mono", link.Serial)
					})
				})
			}
		})
	})
}

// stamp is a time stamp with its own verdict.
func (p *page) stamp(t verify.Timestamp) {
	answer := verify.Unknown
	switch {
	case t.Indication == reasons.TotalFailed, t.Indication == "FAILED":
		answer = verify.No
	case t.SubIndication == "":
		answer = verify.Yes
	}
	p.mark(string(answer))
	kind := "verify.stamp.later"
	if t.Type == "content" {
		kind = "verify.stamp.earlier"
	}
	p.say("strong", "", p.words.T(kind)+" "+p.words.DateTime(t.Time))
	if t.Reason != nil && t.SubIndication != "" {
		p.say("p", "", t.Reason.Text)
	}
	if t.Signer != nil {
		p.say("p", "", t.Signer.Name)
	}
}

func (p *page) stamps(list []verify.Timestamp) {
	if len(list) == 0 {
		return
	}
	p.fold(p.words.T("verify.stamps"), func() {
		p.el("ul", class("checks"), func() {
			for _, t := range list {
				p.el("li", nil, func() { p.stamp(t) })
			}
		})
	})
}

func (p *page) revocation(list []verify.Status) {
	if len(list) == 0 {
		return
	}
	p.fold(p.words.T("verify.revocation"), func() {
		p.el("ul", nil, func() {
			for _, s := range list {
				p.el("li", nil, func() { p.status(s) })
			}
		})
	})
}

// status is what one source says of one certificate.
func (p *page) status(s verify.Status) {
	p.say("span", "mono", s.Certificate)
	text := ": " + p.words.T("verify.status."+s.Status)
	if s.Time != nil {
		text += " " + p.words.DateTime(*s.Time)
	}
	p.text(text + ". ")
	source := strings.ToUpper(s.Type)
	if s.Source != "" {
		source += ", " + s.Source
	}
	p.say("span", "muted small", source+", "+p.words.DateTime(s.ThisUpdate))
}

// heading is the outcome of a certificate: its own sentence.
func heading(c *verify.CertificateReport) string {
	text, _, _ := strings.Cut(c.Reason.Text, ": ")
	return strings.TrimSuffix(text, ".")
}

func (p *page) certificate(c *verify.CertificateReport, level, file string) {
	p.WriteString(`<section aria-labelledby="verdict-` + strconv.Itoa(p.ids+1) + `" data-outcome="` + outcome(c.Outcome) + `">`)
	title := heading(c)
	p.banner(level, c.Verdict, title, file)
	p.reason(c.Reason, title)
	list := []row{{"verify.owner", c.Subject.Name, false}}
	if c.Subject.Organization != c.Subject.Name {
		list = append(list, row{"verify.organization", c.Subject.Organization, false})
	}
	issuer := called(c.Subject.Issuer)
	if c.Authority != nil {
		issuer = c.Authority.Name
	}
	p.rows(append(list,
		row{"field.inn", masked(c.Subject.INN), false},
		row{"verify.validity", p.words.DateTime(c.NotBefore) + " — " + p.words.DateTime(c.NotAfter), false},
		row{"certificate.issuer", issuer, false},
		row{"verify.accredited", p.words.T("verify.accredited." + string(c.Accredited)), false},
		row{"verify.class", p.class(c.Qualified, c.Subject.Class), false},
		row{"certificate.serial", c.Subject.Serial, true},
	))
	p.warnings(c.Warnings)
	if c.Verdict != reasons.TotalPassed {
		p.contact(under(level), c.Authority, c.Subject)
	}
	p.chain(c.Chain)
	p.revocation(c.Revocation)
	p.WriteString("</section>")
}

// outcome is a code with nothing in it but letters and lines: it stands in an attribute.
func outcome(code reasons.Code) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r == '_' {
			return r
		}
		return -1
	}, string(code))
}

// alone draws stamps, lists and answers that came as files of their own.
func (p *page) alone(r *verify.Report) {
	title := p.words.T("verify.kind." + string(r.Kind))
	p.banner("h1", r.Verdict, title, r.File)
	if len(r.Timestamps) > 0 {
		p.el("ul", class("checks"), func() {
			for _, t := range r.Timestamps {
				p.el("li", nil, func() { p.stamp(t) })
			}
		})
	}
	for _, a := range r.Answers {
		if a.Reason != nil {
			p.reason(*a.Reason, title)
		}
		next := ""
		if !a.NextUpdate.IsZero() {
			next = p.words.DateTime(a.NextUpdate)
		}
		rows := []row{{"certificate.issuer", called(a.Issuer), false}, {"verify.made", p.words.DateTime(a.ThisUpdate), false}, {"verify.next", next, false}}
		switch {
		case a.Type == "crl":
			rows = append(rows, row{"verify.revoked", strconv.Itoa(a.Revoked), false})
		case len(a.Statuses) == 1:
			rows = append(rows, row{"verify.revocation", p.words.T("verify.status." + a.Statuses[0].Status), false})
		}
		p.rows(rows)
		p.revocation(a.Statuses)
	}
	if r.Reason != nil {
		p.reason(*r.Reason, title)
	}
}
