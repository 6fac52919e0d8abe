// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"strings"
	"time"

	"podpis/internal/platform/locale"
	"podpis/internal/platform/paper"
	"podpis/verify"
	"podpis/verify/reasons"
)

// drawing puts a report on paper, in the order of the page: verdict, facts, signer,
// time, details.
type drawing struct {
	*paper.Paper
	w *locale.Localizer
}

func (s *Service) draw(j *Judgement, machine []byte) ([]byte, error) {
	w := s.Words.For(string(j.Language))
	t := func(key string, pairs ...any) string { return word(w, key, pairs...) }
	d := drawing{paper.New(paper.Options{
		Title: t("report.title"), Language: string(j.Language), Author: s.Name, Created: j.Report.Time,
		Footer: t("report.footer", "Number", j.Number, "Name", s.Name),
		PageOf: func(page, of string) string { return t("report.page", "Page", page, "Of", of) },
	}), w}
	d.Title(t("report.title"))
	if s.Training {
		d.Banner(paper.Bad, t("report.training"))
	}
	d.Facts([]paper.Fact{
		{Name: t("report.file"), Value: j.Report.File},
		{Name: t("report.number"), Value: j.Number},
		{Name: t("report.time"), Value: w.DateTime(j.Report.Time)},
		{Name: t("report.by"), Value: s.Name},
		{Name: t("report.lists"), Value: d.lists(j.Report.Lists)},
	})
	if r := j.Report.Reason; r != nil {
		d.Banner(paper.Neutral, r.Text)
		d.Strong(r.Next)
	}
	for i := range j.Report.Signatures {
		if len(j.Report.Signatures) > 1 {
			d.Heading(t("report.signature", "Number", i+1))
		}
		d.signature(&j.Report.Signatures[i])
	}
	for i := range j.Report.Certificates {
		d.certificate(&j.Report.Certificates[i])
	}
	d.grounds(j.Report.Timestamps, nil)
	d.Text(t("report.meaning"))
	d.Attach("report.json", "application/json", t("report.attached"), machine)
	return d.Octets()
}

// word is a text with its data in pairs of name and value.
func word(w *locale.Localizer, key string, pairs ...any) string {
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[pairs[i].(string)] = pairs[i+1]
	}
	return w.T(key, data)
}

func (d drawing) t(key string, pairs ...any) string { return word(d.w, key, pairs...) }

// lists says by which lists trust was decided.
func (d drawing) lists(l verify.Lists) string {
	text := d.t("report.anchors", "Count", l.Anchors)
	switch {
	case l.Date == nil:
	case l.Kind == "table":
		text = d.t("verify.table_of") + " " + d.w.Date(*l.Date) + "\n" + text
	case l.Version != "":
		text = d.t("report.trusted", "Version", l.Version, "Date", d.w.Date(*l.Date)) + "\n" + text
	}
	return text
}

func tone(verdict reasons.Code) paper.Tone {
	switch verdict {
	case reasons.TotalPassed:
		return paper.Good
	case reasons.TotalFailed:
		return paper.Bad
	}
	return paper.Neutral
}

func (d drawing) signature(s *verify.Signature) {
	d.Banner(tone(s.Verdict), d.t("verdict."+string(s.Verdict)))
	if s.SubIndication != "" {
		d.Text(s.Reason.Text)
		d.Strong(s.Reason.Next)
	}
	var facts []paper.Fact
	for _, f := range []struct {
		key  string
		fact verify.Fact
	}{{"document", s.Facts.Document}, {"certificate", s.Facts.Certificate}, {"issuer", s.Facts.Issuer}, {"time", s.Facts.Time}} {
		facts = append(facts, paper.Fact{Name: d.t("fact." + f.key), Value: d.answer(f.fact)})
	}
	d.Facts(facts)
	d.signer(s)
	for _, w := range s.Warnings {
		d.Text(w.Text)
	}
	d.law(s)
	d.authority(s.Authority)
	d.chain(s.Chain)
	d.grounds(s.Timestamps, s.Revocation)
	for i := range s.CounterSignatures {
		d.Heading(d.t("report.counter", "Number", s.ID))
		d.signature(&s.CounterSignatures[i])
	}
}

// certificate draws the judgement on a certificate by itself.
func (d drawing) certificate(c *verify.CertificateReport) {
	d.Banner(tone(c.Verdict), c.Reason.Text)
	d.Strong(c.Reason.Next)
	d.Facts([]paper.Fact{
		{Name: d.t("report.owner"), Value: c.Subject.Name},
		{Name: d.t("verify.organization"), Value: c.Subject.Organization},
		{Name: d.t("report.valid"), Value: d.period(c.NotBefore, c.NotAfter)},
		{Name: d.t("certificate.issuer"), Value: c.Subject.Issuer},
		{Name: d.t("certificate.serial"), Value: c.Subject.Serial},
		{Name: d.t("report.accredited"), Value: d.yes(c.Accredited)},
		{Name: d.t("report.qualified"), Value: d.yes(c.Qualified)},
		{Name: d.t("report.code"), Value: string(c.SubIndication)},
	})
	for _, w := range c.Warnings {
		d.Text(w.Text)
	}
	d.authority(c.Authority)
	d.chain(c.Chain)
	d.grounds(nil, c.Revocation)
}

// authority says whom to ask about the certificate.
func (d drawing) authority(a *verify.Authority) {
	if a == nil {
		return
	}
	d.Heading(d.t("report.ask"))
	d.Facts([]paper.Fact{
		{Name: d.t("report.centre"), Value: a.Name},
		{Name: d.t("report.contacts"), Value: strings.Trim(strings.Join([]string{a.Mail, a.Phone, a.Site}, "\n"), "\n")},
	})
}

// yes is an answer by itself.
func (d drawing) yes(a verify.Answer) string {
	return strings.TrimSuffix(d.t("answer."+string(a)), ":")
}

func (d drawing) period(from, to time.Time) string { return d.w.Date(from) + " – " + d.w.Date(to) }

// answer joins yes, no or unknown with its ground.
func (d drawing) answer(f verify.Fact) string {
	return d.t("answer."+string(f.Answer)) + " " + f.Why
}

func (d drawing) signer(s *verify.Signature) {
	facts := []paper.Fact{}
	if who := s.Signer; who != nil {
		facts = append(facts,
			paper.Fact{Name: d.t("verify.signer"), Value: who.Name},
			paper.Fact{Name: d.t("verify.organization"), Value: who.Organization},
			paper.Fact{Name: d.t("certificate.issuer"), Value: who.Issuer},
			paper.Fact{Name: d.t("certificate.serial"), Value: who.Serial},
		)
	}
	if s.BestTime != nil {
		facts = append(facts, paper.Fact{Name: d.t("verify.time_proved"), Value: d.w.DateTime(*s.BestTime)})
	}
	if s.ClaimedTime != nil {
		facts = append(facts, paper.Fact{Name: d.t("verify.time_claimed"), Value: d.w.DateTime(*s.ClaimedTime)})
	}
	facts = append(facts, paper.Fact{Name: d.t("verify.level"), Value: s.Level})
	if s.SubIndication != "" {
		facts = append(facts, paper.Fact{Name: d.t("report.code"), Value: string(s.SubIndication)})
	}
	d.Facts(facts)
}

func (d drawing) law(s *verify.Signature) {
	d.Heading(d.t("verify.law63"))
	var facts []paper.Fact
	for _, c := range s.Law63.Conditions {
		facts = append(facts, paper.Fact{Name: d.yes(c.Answer), Value: c.Text})
	}
	d.Facts(facts)
}

// chain draws the path, the certificate in question first.
func (d drawing) chain(links []verify.Link) {
	if len(links) == 0 {
		return
	}
	d.Heading(d.t("verify.chain"))
	var facts []paper.Fact
	for _, l := range links {
		facts = append(facts, paper.Fact{
			Name: d.t("report.role." + l.Role), Value: l.Subject + "\n" + l.Serial + " · " + d.period(l.NotBefore, l.NotAfter),
		})
	}
	d.Facts(facts)
}

// grounds are the stamps, lists and answers that the verdict rests on.
func (d drawing) grounds(stamps []verify.Timestamp, revocation []verify.Status) {
	if len(stamps)+len(revocation) == 0 {
		return
	}
	d.Heading(d.t("report.grounds"))
	var facts []paper.Fact
	for _, st := range stamps {
		facts = append(facts, paper.Fact{Name: d.t("report.stamp." + st.Type), Value: d.stamp(st)})
	}
	for _, r := range revocation {
		value := d.t("report.status."+r.Status) + " · " + d.w.DateTime(r.ThisUpdate) + "\n" + r.Certificate + "\n" + r.Source
		facts = append(facts, paper.Fact{Name: d.t("report.source." + r.Type), Value: value})
	}
	d.Facts(facts)
}

func (d drawing) stamp(st verify.Timestamp) string {
	var lines []string
	if !st.Time.IsZero() { // it could be read
		lines = append(lines, d.w.DateTime(st.Time))
	}
	if st.Signer != nil {
		lines = append(lines, st.Signer.Name)
	}
	if st.Reason != nil {
		lines = append(lines, st.Reason.Text)
	}
	return strings.Join(lines, "\n")
}
