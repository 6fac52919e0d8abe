// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package markup draws a report as a part of a page (HTML), the same on the server, in
// the browser and in the saved page: there is one drawing, so none can say less than
// another. What came in certificates and files is escaped in one place.
//
// It leaves out the frame of the page, its styles, and the words: these are given.
package markup

import (
	"strconv"
	"strings"
	"time"

	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// Words speak the language of the page. Reasons are already in it.
type Words interface {
	T(key string) string
	DateTime(t time.Time) string // in the zone of the reader
}

// Left is what left the device for a judgement.
type Left string

// What may leave.
const (
	LeftNothing      Left = "nothing"
	LeftCertificates Left = "certificates" // of the signature, to ask about them
	LeftFiles        Left = "files"
)

// About says what a report alone does not.
type About struct {
	Left     Left // "": it is not said
	Training bool // certificates of a training installation are called so
}

// Report draws a judgement and gives it a title.
func Report(r *verify.Report, words Words, about About) (title, html string) {
	p := &page{words: words, training: about.Training}
	switch {
	case len(r.Signatures) > 1:
		title = words.T("verdict." + string(r.Verdict))
		p.several(r)
	case len(r.Signatures) == 1:
		title = words.T("verdict." + string(r.Verdict))
		p.signature(&r.Signatures[0], "h1", r.File)
	case len(r.Certificates) > 0:
		title = heading(&r.Certificates[0])
		for i := range r.Certificates {
			p.certificate(&r.Certificates[i], []string{"h1", "h2"}[min(i, 1)], r.File)
		}
	case len(r.Timestamps) > 0 || len(r.Answers) > 0:
		title = words.T("verify.result")
		p.alone(r)
	default:
		title = p.help(r)
	}
	p.foot(r, about.Left)
	return title, p.String()
}

// banner is the verdict itself.
func (p *page) banner(level string, verdict reasons.Code, title, below string) {
	p.ids++
	id := "verdict-" + strconv.Itoa(p.ids)
	look, icon := "verdict-unknown", "unknown"
	switch verdict {
	case reasons.TotalPassed:
		look, icon = "verdict-passed", "ok"
	case reasons.TotalFailed:
		look, icon = "verdict-failed", "bad"
	}
	p.el("div", class("verdict "+look), func() {
		p.icon(icon)
		p.el("div", nil, func() {
			p.el(level, []string{"id", id, "tabindex", "-1"}, func() { p.text(title) })
			p.say("p", "", below)
		})
	})
}

// under is the level of headings below one.
func under(level string) string { return "h" + string(min(level[1]+1, '6')) }

// reason says why and what to do now, unless the heading has said it.
func (p *page) reason(r reasons.Reason, said string) {
	if strings.TrimSuffix(r.Text, ".") != strings.TrimSuffix(said, ".") {
		p.say("p", "", r.Text)
	}
	if r.Next != "" {
		p.el("p", nil, func() { p.say("strong", "", r.Next) })
	}
}

// several sums up signatures and draws each by itself.
func (p *page) several(r *verify.Report) {
	p.banner("h1", r.Verdict, p.words.T("verdict."+string(r.Verdict)), r.File)
	count := map[reasons.Code]int{}
	for i := range r.Signatures {
		count[r.Signatures[i].Verdict]++
	}
	parts := []string{p.words.T("verify.count") + " " + strconv.Itoa(len(r.Signatures))}
	for _, v := range []reasons.Code{reasons.TotalPassed, reasons.TotalFailed, reasons.Indeterminate} {
		if count[v] > 0 {
			parts = append(parts, p.words.T("verify.count."+string(v))+" "+strconv.Itoa(count[v]))
		}
	}
	p.say("p", "", strings.Join(parts, " · "))
	for i := range r.Signatures {
		s := &r.Signatures[i]
		below := ""
		if s.Signer != nil {
			below = s.Signer.Name
		}
		p.signature(s, "h2", below)
	}
}

func (p *page) signature(s *verify.Signature, level, below string) {
	p.WriteString(`<section aria-labelledby="verdict-` + strconv.Itoa(p.ids+1) + `">`)
	title := p.words.T("verdict." + string(s.Verdict))
	p.banner(level, s.Verdict, title, below)
	p.reason(s.Reason, title)
	p.facts(s.Facts)
	p.rows(p.signer(s))
	p.warnings(s.Warnings)
	if s.Verdict != reasons.TotalPassed {
		p.contact(under(level), s.Authority, s.Signer)
	}
	p.law(s.Law63)
	p.chain(s.Chain)
	p.stamps(s.Timestamps)
	p.revocation(s.Revocation)
	if len(s.CounterSignatures) > 0 {
		p.fold(p.words.T("verify.counter"), func() {
			for i := range s.CounterSignatures {
				c := &s.CounterSignatures[i]
				name := ""
				if c.Signer != nil {
					name = c.Signer.Name
				}
				p.signature(c, under(level), name)
			}
		})
	}
	p.WriteString("</section>")
}

func (p *page) facts(f verify.Facts) {
	p.el("ul", class("checks"), func() {
		for _, row := range []struct {
			key  string
			fact verify.Fact
		}{{"document", f.Document}, {"certificate", f.Certificate}, {"issuer", f.Issuer}, {"time", f.Time}} {
			p.el("li", nil, func() {
				p.mark(string(row.fact.Answer))
				title := p.words.T("fact." + row.key)
				p.say("strong", "", title)
				if row.fact.Why != title {
					p.say("p", "", row.fact.Why)
				}
			})
		}
	})
}

func (p *page) signer(s *verify.Signature) []row {
	var list []row
	add := func(key, value string, copies bool) { list = append(list, row{key, value, copies}) }
	if who := s.Signer; who != nil {
		add("verify.signer", who.Name, false)
		if who.Organization != who.Name {
			add("verify.organization", who.Organization, false)
		}
		add("field.inn", masked(who.INN), false)
	}
	if s.BestTime != nil {
		add("verify.time_proved", p.words.DateTime(*s.BestTime), false)
	}
	if s.ClaimedTime != nil {
		add("verify.time_claimed", p.words.DateTime(*s.ClaimedTime), false)
	}
	if who := s.Signer; who != nil {
		add("certificate.serial", who.Serial, true)
		add("certificate.issuer", called(who.Issuer), false)
		add("verify.class", p.class(accreditedBy(s.Law63), who.Class), false)
	}
	add("verify.level", s.Level, false)
	return list
}

// accreditedBy is the first condition of the law, which asks about the issuer.
func accreditedBy(law verify.Law63) verify.Answer {
	for _, c := range law.Conditions {
		if c.Code == reasons.LawAccredited {
			return c.Answer
		}
	}
	return verify.Unknown
}

// class says whether a certificate is a qualified one: that is said only of those whose
// issuer was in the list of accredited centres.
func (p *page) class(qualified verify.Answer, tools string) string {
	if qualified == verify.Yes && p.training {
		return p.words.T("verify.class.training")
	}
	text := p.words.T("verify.class." + string(qualified))
	if tools != "" && qualified == verify.Yes {
		text += ", " + tools
	}
	return text
}

func (p *page) warnings(list []verify.Warning) {
	for _, w := range list {
		p.el("div", class("alert"), func() { p.say("p", "", w.Text) })
	}
}

// contact says whom to ask after a negative result: the centre as the list of the state
// has it, else the issuer by its certificate.
func (p *page) contact(level string, centre *verify.Authority, who *verify.Subject) {
	if centre == nil && who == nil {
		return
	}
	p.say(level, "", p.words.T("verify.contact"))
	if centre == nil {
		p.say("p", "", p.words.T("verify.contact.issuer")+" "+called(who.Issuer))
		return
	}
	p.rows([]row{
		{"verify.contact.name", centre.Name, false}, {"verify.contact.phone", centre.Phone, true}, {"verify.contact.mail", centre.Mail, true},
		{"verify.contact.site", centre.Site, true}, {"verify.contact.region", centre.Region, false},
	})
}

// called is what a person calls the bearer of a name that package x509 wrote.
func called(name string) string {
	n, err := x509.NameByText(name)
	if err != nil {
		return name
	}
	return n.DisplayName()
}

// masked shows a number without its middle.
func masked(s string) string {
	if len(s) < 6 {
		return s
	}
	return s[:2] + strings.Repeat("•", len(s)-4) + s[len(s)-2:]
}

// help is for what is no signature: what it is, and what to do.
func (p *page) help(r *verify.Report) (title string) {
	title = p.words.T("verify.not_signature")
	p.banner("h1", reasons.Indeterminate, title, r.File)
	if r.Reason != nil {
		p.reason(*r.Reason, title)
	}
	return title
}

// foot says when and by what was judged, and what left the device.
func (p *page) foot(r *verify.Report, left Left) {
	if !r.Time.IsZero() {
		p.say("p", "muted", p.words.T("verify.judged")+" "+p.words.DateTime(r.Time))
	}
	if r.Lists.Date != nil {
		key := "verify.list_of"
		if r.Lists.Kind == "table" {
			key = "verify.table_of"
		}
		p.say("p", "muted", p.words.T(key)+" "+p.words.DateTime(*r.Lists.Date))
	}
	if left != "" {
		p.el("p", class("muted", "data-left", string(left)), func() { p.text(p.words.T("verify.left." + string(left))) })
	}
}
