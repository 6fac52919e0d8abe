// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// logFilter reads the filter of an address.
func logFilter(p *kit.Page, r *http.Request, limit int) (oversight.Filter, error) {
	q := r.URL.Query()
	f := oversight.Filter{Actor: strings.TrimSpace(q.Get("actor")), Action: strings.TrimSpace(q.Get("action")), Object: strings.TrimSpace(q.Get("object")), Limit: limit}
	var ok, to bool
	f.From, ok = dateAt(p, q.Get, "from")
	f.Before, to = dateAt(p, q.Get, "to")
	if !ok || !to {
		return f, problem.New(problem.Invalid, "console.date.wrong").At(map[bool]string{true: "to", false: "from"}[ok])
	}
	if !f.Before.IsZero() {
		f.Before = f.Before.AddDate(0, 0, 1) // the whole day
	}
	if at, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil {
		f.Before = time.UnixMicro(at)
	}
	return f, nil
}

// AuditLog searches the record.
func (s *Site) AuditLog(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	p := s.New(r, "audit.log.title", "audit-log")
	q := r.URL.Query()
	v := sheet{Lead: p.T("audit.recorded"), Filter: &form{Action: "/audit/log", Button: p.T("console.find"), Inputs: []kit.Input{
		{Name: "actor", Label: p.T("audit.actor"), Hint: p.T("audit.actor.hint"), Value: q.Get("actor"), Optional: true},
		{Name: "action", Label: p.T("audit.action"), Hint: p.T("audit.action.hint"), Value: q.Get("action"), Optional: true},
		{Name: "object", Label: p.T("audit.object"), Hint: p.T("audit.object.hint"), Value: q.Get("object"), Optional: true},
		{Name: "from", Label: p.T("audit.from"), Type: "date", Value: typedDate(q.Get, "from"), Optional: true},
		{Name: "to", Label: p.T("audit.to"), Type: "date", Value: typedDate(q.Get, "to"), Optional: true},
	}}}
	f, refused := logFilter(p, r, rows)
	if refused != nil {
		return s.showSheet(w, r, p, v, refused)
	}
	lines, err := s.Oversight.Log(r.Context(), overseer(actor), f)
	if err != nil {
		return err
	}
	v.Tables = []table{linesTable(p, lines, "/audit/log", q)}
	q.Del("before")
	v.Links = []link{
		{"/audit/log.csv?" + q.Encode(), p.T("audit.csv"), true},
		{"/audit/log.zip?" + q.Encode(), p.T("audit.zip"), true},
	}
	return s.showSheet(w, r, p, v, nil)
}

func linesTable(p *kit.Page, lines []oversight.Line, address string, q url.Values) table {
	t := table{
		Empty: p.T("audit.empty"),
		Head:  []string{p.T("journal.time"), p.T("audit.actor"), p.T("audit.action"), p.T("audit.object"), p.T("journal.result"), p.T("journal.network"), p.T("audit.details")},
	}
	for _, l := range lines {
		who := l.Actor
		if l.Who != "" {
			who = l.Who
		}
		t.Rows = append(t.Rows, []cell{
			{Text: p.Words.DateTime(l.At)}, {Text: who}, {Text: l.Action, Mono: true}, {Text: l.Object, Mono: true}, {Text: l.Outcome}, {Text: l.Origin, Mono: true},
			{Text: detailsText(l)},
		})
	}
	if len(lines) >= rows {
		next := url.Values{}
		for name, values := range q {
			next[name] = values
		}
		next.Set("before", strconv.FormatInt(lines[len(lines)-1].At.UnixMicro(), 10))
		t.Older = address + "?" + next.Encode()
	}
	return t
}

func detailsText(l oversight.Line) string {
	if len(l.Details) == 0 {
		return ""
	}
	text, err := json.Marshal(l.Details)
	if err != nil {
		return "" // it was JSON
	}
	return string(text)
}

// AuditFile gives the chosen lines: a table, or JSON with the installation's signature.
func (s *Site) AuditFile(signed bool) func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		p := s.New(r, "audit.log.title", "audit-log")
		f, err := logFilter(p, r, 0)
		if err != nil {
			return err
		}
		lines, document, signature, err := s.Oversight.Export(r.Context(), overseer(actor), f, signed)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		name, kind := "podpis-audit.csv", "text/csv; charset=utf-8"
		if signed {
			name, kind = "podpis-audit.zip", "application/zip"
			err = zipOf(&b, []string{"audit.json", "audit.json.sig"}, document, signature)
		} else {
			err = linesCSV(p, &b, lines)
		}
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
		_, err = w.Write(b.Bytes())
		return err
	}
}

func zipOf(b *bytes.Buffer, names []string, contents ...[]byte) error {
	z := zip.NewWriter(b)
	for i, name := range names {
		f, err := z.Create(name)
		if err != nil {
			return err
		}
		if _, err := f.Write(contents[i]); err != nil {
			return err
		}
	}
	return z.Close()
}

func linesCSV(p *kit.Page, b *bytes.Buffer, lines []oversight.Line) error {
	b.WriteString("\xEF\xBB\xBF") // spreadsheets take it for another encoding otherwise
	out := csv.NewWriter(b)
	table := [][]string{{p.T("journal.time"), p.T("audit.actor"), p.T("audit.name"), p.T("audit.action"), p.T("audit.object"), p.T("journal.result"), p.T("journal.network"), p.T("audit.details")}}
	for _, l := range lines {
		table = append(table, []string{l.At.UTC().Format(time.RFC3339Nano), l.Actor, l.Who, l.Action, l.Object, l.Outcome, l.Origin, detailsText(l)})
	}
	for _, row := range table {
		for i := range row {
			row[i] = kit.PlainCell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// AuditChain verifies the record and says up to when it is whole.
func (s *Site) AuditChain(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	report, err := s.Oversight.Chain(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "audit.chain.title", "audit-chain")
	v := sheet{Lead: p.T("audit.chain.text"), Facts: []kit.Fact{
		{Name: p.T("audit.chain.entries"), Value: strconv.FormatInt(report.Entries, 10)},
		{Name: p.T("audit.chain.roots"), Value: strconv.FormatInt(report.Roots, 10)},
		{Name: p.T("audit.chain.anchors"), Value: strconv.FormatInt(report.Anchors, 10)},
		{Name: p.T("audit.chain.sealed"), Value: timeText(p, report.SealedTo)},
	}}
	switch {
	case report.OK() && report.SealedTo.IsZero():
		v.Alerts = []note{{Tone: kit.Info, Title: p.T("audit.chain.none")}}
	case report.OK():
		v.Alerts = []note{{Tone: kit.OK, Title: p.T("audit.chain.whole", "Time", timeText(p, report.SealedTo))}}
	default:
		v.Alerts = []note{{Tone: kit.Wax, Title: p.T("audit.chain.broken"), Lines: []string{p.T("audit.chain.next")}}}
		t := table{Title: p.T("audit.chain.found"), Head: []string{p.T("audit.chain.fault"), p.T("audit.chain.number"), p.T("audit.chain.entry"), p.T("journal.time")}}
		for _, f := range report.Findings {
			t.Rows = append(t.Rows, []cell{
				{Text: p.T("audit.fault." + strings.ReplaceAll(string(f.Fault), " ", "_")), Tag: true, Tone: kit.Wax}, {Text: span(f.First, f.Last), Mono: true},
				{Text: f.EntryID, Mono: true}, {Text: timeText(p, f.At)},
			})
		}
		v.Tables = []table{t}
	}
	return s.showSheet(w, r, p, v, nil)
}

// span names entries by their numbers; people count from one.
func span(first, last int64) string {
	switch {
	case first < 0:
		return "—"
	case first == last:
		return strconv.FormatInt(first+1, 10)
	}
	return strconv.FormatInt(first+1, 10) + "–" + strconv.FormatInt(last+1, 10)
}

// AuditOf shows the lines of some actions: who looked at whose data, what was exported.
func (s *Site) AuditOf(name string, actions []string) func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		var before time.Time
		if at, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil {
			before = time.UnixMicro(at)
		}
		lines, err := s.Oversight.Which(r.Context(), overseer(actor), actions, before, rows)
		if err != nil {
			return err
		}
		p := s.New(r, "audit."+name+".title", "audit-"+name)
		return s.showSheet(w, r, p, sheet{Lead: p.T("audit." + name + ".text"), Tables: []table{linesTable(p, lines, "/audit/"+name, r.URL.Query())}}, nil)
	}
}
