// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/verify"
	"podpis/verify/reasons"
)

// maxFiles are taken by a check. The document itself is never held: only the
// signature is.
const maxFiles = 2

// Verify shows the page that checks signatures.
func (s *Site) Verify(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "verify.title", "verify")
	p.Scripts = append(p.Scripts, "verify.js")
	return s.Show(w, r, p, verifyForm())
}

// upload is a file of a check: its digests, and its content while it may be a
// signature.
type upload struct {
	name    string
	content []byte // nil when it is larger than any signature
	digests map[alg.Hash][]byte
}

// VerifyDone judges what was uploaded. Which file is the signature is found out
// from the content. A browser that hashed the document itself sends the digests
// in its place.
func (s *Site) VerifyDone(w http.ResponseWriter, r *http.Request) error {
	in, leave, err := s.receive(w, r)
	defer leave()
	if err != nil {
		if e, ok := problem.Of(err); ok { // a form that is shown again says when to come back, too
			middleware.RetryAfter(w, e.RetryAfter)
		}
		p := s.New(r, "verify.title", "verify")
		p.Scripts = append(p.Scripts, "verify.js")
		status, err := s.Refused(r, p, err)
		if err != nil {
			return err
		}
		return s.Render(w, r, p, status, verifyForm())
	}
	p := s.New(r, "verify.result", "verify")
	report, err := s.Trust.Check(r.Context(), in, reasons.Language(p.Words.Language()))
	if err != nil {
		return err
	}
	if len(report.Signatures) > 0 {
		p.Title = p.T("verdict." + string(report.Verdict))
	}
	p.Scripts = append(p.Scripts, "verify.js")
	carried, days, err := s.Verdicts.Carry(r.Context(), s.Verdicts.Number(report, reasons.Language(p.Words.Language())))
	if err != nil {
		return err
	}
	return s.Show(w, r, p, judged(report, in.Document == nil && in.Digests != nil, reportForms(report, carried, days)))
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
	in, err = readUploads(w, r, limits)
	return in, leave, err
}

func readUploads(w http.ResponseWriter, r *http.Request, limits trust.Limits) (verify.Input, error) {
	if r.ContentLength > limits.Upload {
		w.Header().Set("Connection", "close")
		return verify.Input{}, problem.New(problem.Invalid, "verify.large").Coded("UPL-801").With("Limit", limits.Upload>>20).At("files")
	}
	r.Body = http.MaxBytesReader(w, io.NopCloser(middleware.Paced(w, r.Body, middleware.PaceGrace)), limits.Upload)
	parts, err := r.MultipartReader()
	if err != nil {
		return verify.Input{}, problem.New(problem.Invalid, "form.broken").Because(err)
	}
	var files []upload
	digests := map[alg.Hash][]byte{}
	name := ""
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return verify.Input{}, problem.New(problem.Invalid, "form.broken").Because(err)
		}
		if name, ok := strings.CutPrefix(part.FormName(), "digest_"); ok {
			readDigest(digests, name, part)
			continue
		}
		if part.FormName() == "document" && part.FileName() == "" {
			name = readName(part)
			continue
		}
		if part.FileName() == "" || len(files) == maxFiles {
			continue
		}
		f, err := readUpload(part, limits)
		if err != nil {
			return verify.Input{}, err
		}
		files = append(files, f)
	}
	in, err := inputOf(files, digests)
	if name != "" {
		in.Name = name
	}
	return in, err
}

// maxName bounds the name of a document that stays with its owner.
const maxName = 255

func readName(r io.Reader) string {
	text, err := io.ReadAll(io.LimitReader(r, maxName))
	if err != nil {
		return ""
	}
	return filepath.Base(strings.ToValidUTF8(string(text), ""))
}

// readDigest takes a digest that the browser computed.
func readDigest(digests map[alg.Hash][]byte, name string, r io.Reader) {
	h, ok := alg.HashByName(name)
	if !ok {
		return
	}
	text, err := io.ReadAll(io.LimitReader(r, 2*int64(h.Size())+1))
	if err != nil {
		return
	}
	if d, err := hex.DecodeString(string(text)); err == nil && len(d) == h.Size() {
		digests[h] = d
	}
}

func readUpload(part *multipart.Part, limits trust.Limits) (upload, error) {
	f := upload{name: filepath.Base(part.FileName())}
	var head bytes.Buffer
	document := trust.NewDigester()
	if _, err := io.Copy(io.MultiWriter(&limited{&head, int(limits.Signature) + 1}, document), part); err != nil {
		return f, problem.New(problem.Invalid, "verify.large").Coded("UPL-801").With("Limit", limits.Upload>>20).At("files").Because(err)
	}
	f.digests = document.Digests()
	if int64(head.Len()) <= limits.Signature {
		f.content = head.Bytes()
	}
	return f, nil
}

// limited keeps the first octets and lets the rest go by.
type limited struct {
	b    *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.b.Write(p[:n])
	l.left -= n
	return len(p), nil
}

// inputOf finds the signature among the files.
func inputOf(files []upload, digests map[alg.Hash][]byte) (verify.Input, error) {
	if len(files) == 0 {
		return verify.Input{}, problem.New(problem.Invalid, "verify.none").At("files")
	}
	slices.SortStableFunc(files, func(a, b upload) int { return signatureRank(b) - signatureRank(a) })
	sig := files[0]
	if sig.content == nil {
		return verify.Input{}, problem.New(problem.Invalid, "verify.no_signature").At("files")
	}
	in := verify.Input{Name: sig.name, Signature: sig.content, MayBeDocument: len(files) == 1 && len(digests) == 0}
	switch {
	case len(files) > 1:
		files[1].hashOld(sig.content)
		in.Name, in.Digests = files[1].name, files[1].digests
	case len(digests) > 0:
		in.Digests = digests
	}
	return in, nil
}

// hashOld adds the digest of before 2020 to a document that is held, if the signature
// asks for it: it is too slow to be made of every document while that comes in.
func (f upload) hashOld(signature []byte) {
	sd, err := cms.ParseSignedData(cms.Unarmor(signature))
	if err != nil || f.content == nil {
		return
	}
	if slices.ContainsFunc(sd.Signers, func(s *cms.SignerInfo) bool { return s.Digest == alg.GOST94 }) {
		f.digests[alg.GOST94] = alg.GOST94.Sum(f.content)
	}
}

// signatureRank says how much a file looks like the signature of a pair.
func signatureRank(f upload) int {
	if f.content == nil {
		return 0
	}
	rank := 0
	if _, err := cms.ParseSignedData(f.content); err == nil {
		rank = 2
	}
	switch strings.ToLower(filepath.Ext(f.name)) {
	case ".sig", ".p7s", ".sgn", ".p7m":
		rank++
	}
	return rank
}

// factRows are the four facts in their order.
func factRows(f verify.Facts) []struct {
	Key  string
	Fact verify.Fact
} {
	return []struct {
		Key  string
		Fact verify.Fact
	}{{"document", f.Document}, {"certificate", f.Certificate}, {"issuer", f.Issuer}, {"time", f.Time}}
}

func verdictClass(code reasons.Code) string {
	switch code {
	case reasons.TotalPassed:
		return "verdict-passed"
	case reasons.TotalFailed:
		return "verdict-failed"
	}
	return "verdict-unknown"
}

func verdictIcon(code reasons.Code) string {
	switch code {
	case reasons.TotalPassed:
		return "ok"
	case reasons.TotalFailed:
		return "bad"
	}
	return "unknown"
}

func mark(a verify.Answer) string {
	switch a {
	case verify.Yes:
		return "✓"
	case verify.No:
		return "✕"
	}
	return "?"
}

// masked shows a number without its middle.
func masked(s string) string {
	if len(s) < 6 {
		return s
	}
	return s[:2] + strings.Repeat("•", len(s)-4) + s[len(s)-2:]
}

// signatureFacts are what a report says of the signer.
func signatureFacts(p *kit.Page, sig verify.Signature) []kit.Fact {
	var facts []kit.Fact
	add := func(key, value string, copies bool) {
		if value != "" {
			facts = append(facts, kit.Fact{Name: p.T(key), Value: value, Copy: copies, Mono: copies})
		}
	}
	if s := sig.Signer; s != nil {
		add("verify.signer", s.Name, false)
		add("verify.organization", s.Organization, false)
		add("field.inn", masked(s.INN), false)
		add("certificate.issuer", s.Issuer, false)
		add("certificate.serial", s.Serial, true)
	}
	if sig.BestTime != nil {
		add("verify.time_proved", p.Words.DateTime(*sig.BestTime), false)
	}
	if sig.ClaimedTime != nil {
		add("verify.time_claimed", p.Words.DateTime(*sig.ClaimedTime), false)
	}
	add("verify.level", sig.Level, false)
	return facts
}
