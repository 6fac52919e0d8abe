// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/workplace"
	"podpis/pki/x509"
)

// checkRow is a line of the check. State is ok, none (not needed), fix or wait: the
// script of the page fills those in.
type checkRow struct {
	ID, State, Text string
	Note            string // what the server adds to what the browser finds
	Guide           string // topic of the help that mends it
	Facts           string // for the diagnosis: ASCII, no personal data
	Word            string // key of the state's word, empty: the usual one
}

// word is the state in a word.
func (r checkRow) word(p *kit.Page) string {
	if r.Word != "" {
		return p.T(r.Word)
	}
	return p.T("check.state." + r.State)
}

// The states of a row.
const (
	rowOK      = "ok"
	rowNone    = "none"
	rowFix     = "fix"
	rowWait    = "wait"
	rowUnknown = "unknown"
)

// Check is the check of the workplace: it opens with what the server knows, the browser
// adds the rest at once (ux F23).
func (s *Site) Check(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "workplace.title", "help")
	p.Scripts = append(p.Scripts, "check.js")
	lists, err := s.listRow(p, r)
	if err != nil {
		return err
	}
	seen, err := s.Workplaces.Judge(r.Context(), r.UserAgent())
	if err != nil {
		return err
	}
	tools, err := s.toolsOf(r)
	if err != nil {
		return err
	}
	rows := []checkRow{
		findingRow(p, "browser", seen.Browser),
		findingRow(p, "system", seen.System),
		{ID: "time", State: rowWait, Guide: "clock", Note: s.serverClock(p)},
		{ID: "wasm", State: rowWait, Guide: "browser"},
		{ID: "storage", State: rowWait, Guide: "browser"},
		{ID: "window", State: rowWait, Guide: "browser"},
		{ID: "cookies", State: rowWait, Guide: "browser"},
		{ID: "net", State: rowWait, Guide: "network"},
		s.encryptionRow(p, r),
		lists,
		{ID: "cache", State: rowWait, Guide: "browser"},
		{ID: "extensions", State: rowWait, Guide: "browser"},
		{ID: "media", State: rowWait, Guide: "video"},
		tools.row(p),
		{ID: "program", State: rowNone, Text: p.T("check.program.none"), Guide: "token", Facts: "none"},
		{ID: "token", State: rowNone, Text: p.T("check.token.none"), Guide: "token", Facts: "none"},
	}
	setup, err := s.setupOf(p, r, seen)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, setup.instead)
	return s.Show(w, r, p, workplaceCheck(setup, rows, tools))
}

// findingRow says what the table knows of a browser or a system.
func findingRow(p *kit.Page, id string, f workplace.Finding) checkRow {
	row := checkRow{ID: id, State: rowFix, Text: page.Finding(p, f), Guide: "browser", Facts: strings.TrimSpace(f.Name + " " + f.Version + " " + string(f.State))}
	switch f.State {
	case workplace.Works:
		row.State = rowOK
	case workplace.Unknown: // not recognised is no fault: the rows below look at what it can do
		row.State = rowUnknown
	}
	return row
}

// serverClock is what is known of the server's own clock, in words.
func (s *Site) serverClock(p *kit.Page) string {
	reading, ok := s.Workplaces.Clock()
	if !ok {
		return p.T("check.time.alone")
	}
	return p.T("check.time.compared", "Milliseconds", p.Words.Number(reading.Offset.Abs().Milliseconds()), "At", p.Words.DateTime(reading.At))
}

// encryptionRow says how this very request came (RFC 5246, RFC 8446).
func (s *Site) encryptionRow(p *kit.Page, r *http.Request) checkRow {
	row := checkRow{ID: "tls", State: rowOK, Guide: "network"}
	switch {
	case r.TLS != nil:
		version, suite := tls.VersionName(r.TLS.Version), tls.CipherSuiteName(r.TLS.CipherSuite)
		row.Text, row.Facts = p.T("check.tls.own", "Version", version, "Suite", suite), version+" "+suite
	case strings.HasPrefix(s.PublicURL, "https://"):
		row.Text, row.Facts = p.T("check.tls.proxy"), "proxy"
	default: // plain HTTP serves the loopback only
		row.State, row.Text, row.Facts = rowNone, p.T("check.tls.none"), "none"
	}
	return row
}

// listRow says how old the revocation lists of the authority are.
func (s *Site) listRow(p *kit.Page, r *http.Request) (checkRow, error) {
	row := checkRow{ID: "lists", State: rowOK, Guide: "certificate"}
	lists, err := s.Authority.Lists(r.Context())
	if err != nil {
		return row, err
	}
	var oldest, next time.Time
	for _, raw := range lists {
		list, err := x509.ParseCRL(raw)
		if err != nil {
			return row, err
		}
		if oldest.IsZero() || list.ThisUpdate.Before(oldest) {
			oldest = list.ThisUpdate
		}
		if next.IsZero() || list.NextUpdate.Before(next) {
			next = list.NextUpdate
		}
	}
	row.Text = p.T("check.lists.fresh", "From", p.Words.DateTime(oldest), "Next", p.Words.DateTime(next))
	if s.Now().After(next) {
		row.State, row.Text = rowFix, p.T("check.lists.late", "Next", p.Words.DateTime(next))
	}
	row.Facts = oldest.UTC().Format(time.RFC3339)
	return row, nil
}

// CheckTime tells a browser the time of the server, in milliseconds since 1970, and the
// address its script has now: one that was kept too long has another.
func (s *Site) CheckTime(w http.ResponseWriter, r *http.Request) error {
	page.WriteJSON(w, http.StatusOK, map[string]any{"now": s.Now().UnixMilli(), "script": kit.Asset("check.js"), "style": kit.Asset("podpis.css")})
	return nil
}

// loadSize is what the browser fetches to measure the connection.
const loadSize = 256 << 10

// load is what cannot be compressed on the way: digests of a counter.
var load = sync.OnceValue(func() []byte {
	out := make([]byte, 0, loadSize)
	for i := uint64(0); len(out) < loadSize; i++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, i))
		out = append(out, sum[:]...)
	}
	return out
})

// CheckLoad gives a browser something to measure the connection with.
func (s *Site) CheckLoad(w http.ResponseWriter, r *http.Request) error {
	most, err := s.Workplaces.Loads(r.Context())
	if err != nil {
		return err
	}
	if wait, ok := s.loads.Allow(middleware.Network(r), int(most), s.Now()); !ok {
		return problem.New(problem.Limited, "verdict.often").After(wait)
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.Itoa(loadSize))
	_, _ = w.Write(load()) // the client has gone: nobody is left to tell
	return nil
}

// rowMark and rowClass are how a state looks; its word stands beside it.
func rowMark(state string) string {
	switch state {
	case rowOK:
		return "✓"
	case rowNone:
		return "–"
	case rowFix:
		return "!"
	case rowUnknown:
		return "?"
	}
	return "…"
}

func rowClass(state string) string {
	switch state {
	case rowOK:
		return "yes"
	case rowFix:
		return "no"
	}
	return "unknown"
}

// checkWords are what the script of the check says.
func checkWords() []string {
	list := []string{"check.state.ok", "check.state.none", "check.state.fix", "check.state.unknown", "check.sign.name", "check.sign.text", "check.signing", "check.signed", "check.not_signed", "check.over", "check.yes", "check.no"}
	for _, of := range []string{
		"time.ok", "time.fast", "time.slow", "time.silent", "wasm.ok", "wasm.no", "storage.ok", "storage.kept", "storage.no", "window.ok", "window.private", "cookies.ok", "cookies.no",
		"net.ok", "net.slow", "net.no", "cache.ok", "cache.stale", "cache.silent", "extensions.none", "extensions.seen", "extensions.changed",
		"media.both", "media.none", "media.denied", "media.cannot", "media.asked", "media.refused", "media.missing",
	} {
		list = append(list, "check.js."+of)
	}
	return list
}
