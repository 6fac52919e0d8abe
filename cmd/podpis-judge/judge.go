// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"syscall/js"
	"time"

	"podpis/cmd/browser"
	"podpis/verify"
	"podpis/verify/format"
	"podpis/verify/markup"
	"podpis/verify/pair"
	"podpis/verify/reasons"
)

// maxHeld bounds a signature, or a file with signatures inside that is held whole, in
// octets: the bound of the server's policy. PDF documents are read where they lie.
const maxHeld = 32 << 20

var (
	errLarge       = errors.New("large")
	errNoSignature = errors.New("no_signature")
)

// judge judges files: judge([{name, blob}, …], milliseconds, dry, left) → {title, html,
// verdict, json, missing, pair}. Of a pair the document is not read when dry is set:
// that is enough to learn what is missing.
func (m *module) judge(args []js.Value) any {
	files := make([]*browser.File, args[0].Length())
	for i := range files {
		v := args[0].Index(i)
		files[i] = browser.NewFile(v.Get("name").String(), v.Get("blob"))
	}
	o := m.store.Options(verify.Options{At: time.UnixMilli(int64(args[1].Float())).UTC(), Language: m.words.language})
	report, document, err := check(files, o, args[2].Bool())
	if err != nil {
		for _, known := range []error{errLarge, errNoSignature, browser.ErrFile} {
			if errors.Is(err, known) {
				return browser.Failure(known.Error())
			}
		}
		return browser.Failure("internal")
	}
	report.Lists = m.store.Lists()
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return browser.Failure("internal")
	}
	missing := []any{}
	for _, c := range m.store.Missing() {
		missing = append(missing, browser.Array(c.Raw))
	}
	title, html := markup.Report(report, m.words, markup.About{Left: markup.Left(args[3].String()), Training: m.words.training})
	return map[string]any{
		"title": title, "html": html, "verdict": string(report.Verdict), "json": string(text), "missing": missing, "pair": document,
	}
}

// check finds the signature among the files and judges it.
func check(files []*browser.File, o verify.Options, dry bool) (report *verify.Report, document bool, err error) {
	if len(files) == 1 {
		report, err = checkOne(files[0], o)
		return report, false, err
	}
	ranks, contents := make([]int, len(files)), make([][]byte, len(files))
	for i, f := range files {
		if f.Size <= maxHeld {
			if contents[i], err = f.All(); err != nil {
				return nil, false, err
			}
		}
		ranks[i] = pair.Rank(f.Name, contents[i])
	}
	s, d := pair.Order(ranks)
	if s < 0 || d < 0 || contents[s] == nil {
		return nil, false, errNoSignature
	}
	in := verify.Input{Name: files[d].Name, Signature: contents[s]}
	if !dry {
		in.Document = files[d].Reader()
	}
	report, err = verify.Check(context.Background(), in, o)
	return report, true, err
}

func checkOne(f *browser.File, o verify.Options) (*verify.Report, error) {
	head := make([]byte, min(f.Size, 1024))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if format.IsPDF(head) {
		return verify.CheckPDF(context.Background(), f.Name, f, f.Size, o)
	}
	if f.Size > maxHeld {
		return nil, errLarge
	}
	content, err := f.All()
	if err != nil {
		return nil, err
	}
	return verify.Check(context.Background(), verify.Input{Name: f.Name, Signature: content, MayBeDocument: true}, o)
}

// words are those of the page.
type words struct {
	language reasons.Language
	texts    map[string]string
	offset   js.Value // of a moment in milliseconds: minutes east of Greenwich
	zone     string   // how Moscow time is called, empty: this is another zone
	training bool     // the installation is
}

// speak gives the words: speak(language, texts as JSON, offset, zone, training).
func (m *module) speak(args []js.Value) any {
	w := words{language: reasons.Language(args[0].String()), offset: args[2], zone: args[3].String(), training: args[4].Bool()}
	if err := json.Unmarshal([]byte(args[1].String()), &w.texts); err != nil {
		return browser.Failure("internal")
	}
	m.words = w
	return nil
}

// T returns the text of a key; one that is missing comes back as itself.
func (w words) T(key string) string {
	if text, ok := w.texts[key]; ok {
		return text
	}
	return key
}

const moscow = 3 * 60 // minutes

// DateTime is as package locale of the server writes it.
func (w words) DateTime(t time.Time) string {
	minutes := w.offset.Invoke(float64(t.UnixMilli())).Int()
	local := t.In(time.FixedZone("", 60*minutes))
	zone := w.zone
	switch {
	case zone != "" && minutes == moscow:
	case minutes == 0:
		zone = "UTC"
	default:
		zone = "UTC" + strings.TrimSuffix(local.Format("-07:00"), ":00")
	}
	return local.Format("02.01.2006, 15:04") + " (" + zone + ")"
}
