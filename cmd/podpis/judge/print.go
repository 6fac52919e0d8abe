// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"podpis/cmd/podpis/terminal"
	"podpis/verify"
	"podpis/verify/etsi"
	"podpis/verify/reasons"
)

// printer writes the answers of one run.
type printer interface {
	begin() error
	print(name string, o outcome) error
	end(s *sum) error
}

// objects writes an object of JSON a line.
type objects struct{ out io.Writer }

func (objects) begin() error { return nil }

func (p objects) print(name string, o outcome) error {
	line := []byte(o.Report)
	if o.report == nil {
		var err error
		if line, err = json.Marshal(fault{name, o.Fault}); err != nil {
			return err
		}
	}
	_, err := p.out.Write(append(line, '\n'))
	return err
}

func (objects) end(*sum) error { return nil }

// fault is the object of a file that could not be read.
type fault struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// pages writes a report a file, for people.
type pages struct {
	c        *terminal.Console
	detailed bool
}

func (pages) begin() error { return nil }

func (p pages) print(_ string, o outcome) error {
	if o.report == nil {
		_, err := fmt.Fprintln(p.c.Err, "podpis: "+terminal.Plain(o.Fault))
		return err
	}
	var page bytes.Buffer // written at once
	c := *p.c
	c.Out = &page
	show(&c, o.report, p.detailed)
	_, err := p.c.Out.Write(page.Bytes())
	return err
}

func (pages) end(*sum) error { return nil }

// table writes a line a file and the sum of them.
type table struct {
	c      *terminal.Console
	causes map[string]int // of what did not pass
}

func (*table) begin() error { return nil }

func (p *table) print(name string, o outcome) error {
	if o.report == nil {
		p.causes[p.c.Text("cause-unread")]++
		_, err := fmt.Fprintf(p.c.Out, "! %s: %s\n", terminal.Plain(name), terminal.Plain(o.Fault))
		return err
	}
	who := make([]string, 0, len(o.report.Signatures))
	for _, s := range o.report.Signatures {
		if s.Signer != nil {
			who = append(who, s.Signer.Name)
		}
	}
	line := mark(verdictAnswer(o.report.Verdict)) + " " + o.report.File + ": " + reasons.Text(p.c.Language, o.report.Verdict)
	if cause := causeOf(o.report); cause != "" {
		p.causes[cause]++
		line += " [" + cause + "]"
	}
	if len(who) > 0 {
		line += " — " + strings.Join(who, "; ")
	}
	_, err := fmt.Fprintln(p.c.Out, terminal.Plain(line))
	return err
}

// causeOf is the code of why a file did not pass: of the signature that decided.
func causeOf(r *verify.Report) string {
	for _, s := range r.Signatures {
		if s.Verdict == r.Verdict && s.SubIndication != "" {
			return string(s.SubIndication)
		}
	}
	for _, c := range r.Certificates {
		if c.Verdict == r.Verdict && c.Verdict != reasons.TotalPassed {
			return string(c.Outcome)
		}
	}
	if r.Reason != nil {
		return string(r.Reason.Code)
	}
	return ""
}

func verdictAnswer(v reasons.Code) verify.Answer {
	switch v {
	case reasons.TotalPassed:
		return verify.Yes
	case reasons.TotalFailed:
		return verify.No
	}
	return verify.Unknown
}

func (p *table) end(s *sum) error {
	p.c.Print(p.c.Out, "sum", s.count(), s.passed, s.failed, s.unknown, s.unread)
	for _, cause := range slices.Sorted(maps.Keys(p.causes)) {
		line := cause
		if text := reasons.Text(p.c.Language, reasons.Code(cause)); text != cause { // a bare code tells a person nothing
			line += ": " + text
		}
		if _, err := fmt.Fprintf(p.c.Out, "  %6d  %s\n", p.causes[cause], line); err != nil {
			return err
		}
	}
	return nil
}

// paper writes the one report as XML of ETSI TS 119 102-2.
type paper struct{ out io.Writer }

func (paper) begin() error { return nil }

func (p paper) print(name string, o outcome) error {
	if o.report == nil {
		return terminal.Failed("etsi-none", nil, name)
	}
	err := etsi.Write(p.out, o.report)
	if errors.Is(err, etsi.ErrNoSignature) {
		return terminal.Failed("etsi-none", nil, name)
	}
	return err
}

func (paper) end(*sum) error { return nil }

// sheet writes CSV (RFC 4180), a row a signature.
type sheet struct {
	c   *terminal.Console
	out *csv.Writer
}

func newSheet(c *terminal.Console) *sheet {
	s := &sheet{c, csv.NewWriter(c.Out)}
	s.out.UseCRLF = true
	return s
}

func (p *sheet) begin() error {
	return p.row("file", "verdict", "indication", "subIndication", "id", "level", "signer", "inn", "issuer", "serial", "bestTime", "claimedTime", "law63", "reason", "next")
}

func (p *sheet) print(name string, o outcome) error {
	if o.report == nil {
		return p.row(name, "", "", "", "", "", "", "", "", "", "", "", "", o.Fault, "")
	}
	r := o.report
	name = r.File
	for _, s := range r.Certificates {
		err := p.row(name, string(s.Verdict), string(s.Indication), string(s.Outcome), "", "", s.Subject.Name, s.Subject.INN, s.Subject.Issuer,
			s.Subject.Serial, "", "", "", s.Reason.Text, s.Reason.Next)
		if err != nil {
			return err
		}
	}
	if len(r.Signatures)+len(r.Certificates) == 0 {
		reason := reasons.Reason{}
		if r.Reason != nil {
			reason = *r.Reason
		}
		return p.row(name, string(r.Verdict), "", string(reason.Code), "", "", "", "", "", "", "", "", "", reason.Text, reason.Next)
	}
	for i := range r.Signatures {
		s := &r.Signatures[i]
		signer := verify.Subject{}
		if s.Signer != nil {
			signer = *s.Signer
		}
		err := p.row(name, string(r.Verdict), string(s.Indication), string(s.SubIndication), s.ID, s.Level, signer.Name, signer.INN, signer.Issuer,
			signer.Serial, moment(s.BestTime), moment(s.ClaimedTime), string(s.Law63.Recognized), s.Reason.Text, s.Reason.Next)
		if err != nil {
			return err
		}
	}
	return nil
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// row writes a row at once. A cell that a spreadsheet would take for a formula gets an apostrophe in front: the words come
// from certificates and names of files that anyone may have made.
func (p *sheet) row(cells ...string) error {
	for i, cell := range cells {
		if cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 {
			cells[i] = "'" + cell
		}
	}
	if err := p.out.Write(cells); err != nil {
		return err
	}
	p.out.Flush()
	return p.out.Error()
}

func (p *sheet) end(s *sum) error {
	p.c.Print(p.c.Err, "sum", s.count(), s.passed, s.failed, s.unknown, s.unread)
	return nil
}
