// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/ca"
	"podpis/internal/service/ra"
	"podpis/pki/x509"
)

// officeKinds are the parts of the register that can be asked for.
func officeKinds() []string { return []string{"", "active", "expired", "revoked"} }

// OfficeRegistry searches the register of certificates.
func (s *Site) OfficeRegistry(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	p := s.New(r, "office.registry.title", "office-registry")
	q := r.URL.Query()
	f := &form{Action: "/ca-office/registry", Button: p.T("console.find"), Inputs: []kit.Input{
		{Name: "q", Label: p.T("office.query"), Hint: p.T("office.query.hint"), Value: q.Get("q"), Optional: true},
	}}
	kinds := choices{Name: "kind", Label: p.T("office.kind"), Value: officeKind(q.Get("kind"))}
	for _, k := range officeKinds() {
		kinds.Options = append(kinds.Options, kit.Choice{Value: k, Title: p.T("office.kind." + orAll(k))})
	}
	f.Choices = []choices{kinds}
	t, err := s.certificates(r, actor, p, "/ca-office/registry", ca.Query{Text: q.Get("q"), Kind: officeKind(q.Get("kind"))})
	if err != nil {
		return err
	}
	return s.showSheet(w, r, p, sheet{Filter: f, Tables: []table{t}}, nil)
}

func officeKind(text string) string {
	for _, k := range officeKinds() {
		if k == text {
			return k
		}
	}
	return ""
}

func orAll(kind string) string {
	if kind == "" {
		return "all"
	}
	return kind
}

// OfficeRevocations shows what was revoked.
func (s *Site) OfficeRevocations(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	p := s.New(r, "office.revocations.title", "office-revocations")
	t, err := s.certificates(r, actor, p, "/ca-office/revocations", ca.Query{Kind: "revoked"})
	if err != nil {
		return err
	}
	t.Empty = p.T("office.revocations.empty")
	return s.showSheet(w, r, p, sheet{Lead: p.T("office.revocations.text"), Tables: []table{t}}, nil)
}

// OfficeRequests shows orders that did not end in a certificate yet, or never will.
func (s *Site) OfficeRequests(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	p := s.New(r, "office.requests.title", "office-requests")
	t, err := s.certificates(r, actor, p, "/ca-office/requests", ca.Query{Kind: "orders"})
	if err != nil {
		return err
	}
	t.Empty = p.T("office.requests.empty")
	return s.showSheet(w, r, p, sheet{Lead: p.T("office.requests.text"), Tables: []table{t}}, nil)
}

func (s *Site) certificates(r *http.Request, actor ra.Actor, p *kit.Page, address string, q ca.Query) (t table, err error) {
	q.Limit = rows
	if at, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil {
		q.Before = time.UnixMicro(at)
	}
	list, err := s.Oversight.Certificates(r.Context(), overseer(actor), q)
	if err != nil {
		return t, err
	}
	empty := "office.none"
	if q.Text != "" || q.Kind != "" {
		empty = "office.empty"
	}
	t = table{Empty: p.T(empty), Head: []string{p.T("office.serial"), p.T("certificate.owner"), p.T("office.profile"), p.T("office.until"), p.T("office.state")}}
	for _, c := range list {
		t.Rows = append(t.Rows, []cell{
			{Text: c.Serial, URL: "/ca-office/registry/" + c.Serial, Mono: true}, {Text: c.Subject}, {Text: c.Profile}, {Text: p.Words.Date(c.NotAfter)}, stateCell(p, c, s.Now()),
		})
	}
	if len(list) == rows {
		next := url.Values{}
		for name, values := range r.URL.Query() {
			next[name] = values
		}
		next.Set("before", strconv.FormatInt(list[len(list)-1].CreatedAt.UnixMicro(), 10))
		t.Older = address + "?" + next.Encode()
	}
	return t, nil
}

func stateCell(p *kit.Page, c ca.Record, now time.Time) cell {
	if c.State != ca.Issued {
		return cell{Text: p.T("office.order." + string(c.State)), Tag: true, Tone: kit.Warn}
	}
	status := c.Status(now)
	tone := map[string]kit.Tone{"revoked": kit.Wax, "expired": kit.Plain, "early": kit.Info, "ending": kit.Warn, "active": kit.OK}[status]
	return cell{Text: p.T("office.status." + status), Tag: true, Tone: tone}
}

// OfficeCertificate shows one certificate with what an officer may do.
func (s *Site) OfficeCertificate(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showCertificate(w, r, actor, nil)
}

// officeReasons are why an officer revokes.
func officeReasons() []x509.Reason {
	return []x509.Reason{
		x509.ReasonUnspecified, x509.ReasonKeyCompromise, x509.ReasonAffiliationChanged, x509.ReasonSuperseded, x509.ReasonCessationOfOperation, x509.ReasonPrivilegeWithdrawn,
	}
}

func (s *Site) showCertificate(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	serial := r.PathValue("serial")
	c, err := s.Oversight.Certificate(r.Context(), overseer(actor), serial)
	if err != nil {
		return err
	}
	p := s.New(r, "office.certificate.title", "office-registry")
	v := sheet{Facts: []kit.Fact{
		{Name: p.T("office.serial"), Value: c.Serial, Mono: true, Copy: true}, {Name: p.T("certificate.owner"), Value: c.Subject}, {Name: p.T("office.profile"), Value: c.Profile},
		{Name: p.T("office.state"), Value: stateCell(p, c, s.Now()).Text}, {Name: p.T("office.from"), Value: timeText(p, c.NotBefore)}, {Name: p.T("office.until"), Value: timeText(p, c.NotAfter)},
		{Name: p.T("office.ordered"), Value: c.OrderedBy, Mono: true}, {Name: p.T("office.approved"), Value: c.ApprovedBy, Mono: true},
	}}
	if !c.RevokedAt.IsZero() {
		v.Facts = append(v.Facts, kit.Fact{Name: p.T("office.revoked"), Value: timeText(p, c.RevokedAt)}, kit.Fact{Name: p.T("office.reason"), Value: p.T("office.reason." + c.Reason.String())})
	} else if c.State == ca.Issued {
		reasons := choices{Name: "reason", Label: p.T("office.reason"), Value: r.PostForm.Get("reason")}
		for _, reason := range officeReasons() {
			reasons.Options = append(reasons.Options, kit.Choice{Value: strconv.Itoa(int(reason)), Title: p.T("office.reason." + reason.String())})
		}
		v.Forms = []form{{
			ID: "revoke", Title: p.T("office.revoke"), Lead: p.T("office.revoke.text"), Action: "/ca-office/registry/" + serial + "/revoke", Button: p.T("office.revoke.button"), Danger: true,
			Inputs:  []kit.Input{{Name: "act", Label: p.T("office.act"), Hint: p.T("office.act.hint"), Value: r.PostForm.Get("act"), MaxLength: 100}},
			Choices: []choices{reasons},
		}}
	}
	return s.showSheet(w, r, p, v, refused)
}

// OfficeRevoke revokes by the officer's decision.
func (s *Site) OfficeRevoke(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	reason, err := strconv.ParseInt(r.PostForm.Get("reason"), 10, 8)
	if err != nil {
		reason = -1
	}
	serial := r.PathValue("serial")
	if err := s.Oversight.Revoke(r.Context(), overseer(actor), serial, x509.Reason(reason), r.PostForm.Get("act")); err != nil {
		return s.showCertificate(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/ca-office/registry/"+serial)
}

// OfficeCRL says when the next lists come; a late one is red.
func (s *Site) OfficeCRL(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	lists, err := s.Oversight.Lists(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "office.crl.title", "office-crl")
	t := table{Head: []string{p.T("office.issuer"), p.T("office.crl.number"), p.T("office.crl.entries"), p.T("office.crl.this"), p.T("office.crl.next"), p.T("office.state"), p.T("office.crl.file")}}
	for _, l := range lists.States {
		state := cell{Text: p.T("office.crl.in", "Count", max(0, int(lists.Due(l).Sub(s.Now())/time.Minute))), Tag: true, Tone: kit.OK}
		if lists.Late(l, s.Now()) {
			state = cell{Text: p.T("office.crl.late"), Tag: true, Tone: kit.Wax}
		}
		t.Rows = append(t.Rows, []cell{
			{Text: p.T("office.key." + string(l.Issuer.Role))}, {Text: strconv.FormatInt(l.Number, 10)}, {Text: strconv.Itoa(l.Entries)}, {Text: timeText(p, l.ThisUpdate)}, {Text: timeText(p, l.NextUpdate)},
			state, {Text: l.Issuer.ID + ".crl", URL: "/pki/crl/" + l.Issuer.ID + ".crl", Mono: true},
		})
	}
	return s.showSheet(w, r, p, sheet{Lead: p.T("office.crl.text"), Tables: []table{t}}, nil)
}

// OfficeProfiles shows the profiles as data.
func (s *Site) OfficeProfiles(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "office.profiles.title", "office-profiles")
	t := table{Head: []string{p.T("office.profile"), p.T("office.profile.title"), p.T("office.profile.days"), p.T("office.profile.keys"), p.T("office.profile.usage"), p.T("office.profile.subject")}}
	for _, f := range s.Authority.Profiles() {
		var subject []string
		for _, a := range f.Subject {
			subject = append(subject, a.Name)
		}
		t.Rows = append(t.Rows, []cell{
			{Text: f.Name, Mono: true}, {Text: f.Title}, {Text: strconv.Itoa(f.ValidDays)}, {Text: strings.Join(f.Keys, ", ")}, {Text: strings.Join(f.KeyUsage, ", ")}, {Text: strings.Join(subject, ", ")},
		})
	}
	return s.showSheet(w, r, p, sheet{Lead: p.T("office.profiles.text"), Tables: []table{t}}, nil)
}

// OfficeKeys shows the authority's keys by their certificates. There is no material here.
func (s *Site) OfficeKeys(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "office.keys.title", "office-keys")
	t := table{Head: []string{p.T("office.key"), p.T("office.key.id"), p.T("office.profile.keys"), p.T("office.from"), p.T("office.until"), p.T("office.state")}}
	for _, k := range s.Authority.Keys() {
		state := cell{Text: p.T("office.status.active"), Tag: true, Tone: kit.OK}
		switch left := k.Certificate.NotAfter.Sub(s.Now()); {
		case left <= 0:
			state = cell{Text: p.T("office.status.expired"), Tag: true, Tone: kit.Wax}
		case left < 90*24*time.Hour:
			state = cell{Text: p.T("office.status.ending"), Tag: true, Tone: kit.Warn}
		}
		t.Rows = append(t.Rows, []cell{
			{Text: p.T("office.key." + string(k.Role))}, {Text: k.ID, Mono: true}, {Text: k.Certificate.PublicKey.Kind().String()}, {Text: p.Words.Date(k.Certificate.NotBefore)}, {Text: p.Words.Date(k.Certificate.NotAfter)}, state,
		})
	}
	return s.showSheet(w, r, p, sheet{Lead: p.T("office.keys.text"), Tables: []table{t}}, nil)
}
