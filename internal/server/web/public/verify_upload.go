// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/guard"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/verify"
	"podpis/verify/pair"
)

const (
	// maxFiles are taken by a check. Of the document no more is held than of a
	// signature.
	maxFiles = 2
	maxPaste = 1 << 20 // of a text that was pasted
	maxField = 2 << 10
)

// upload is a file of a check: its digests, and its content while it may be a
// signature.
type upload struct {
	name    string
	content []byte // nil when it is larger than any signature
	digests map[alg.Hash][]byte
}

// uploads reads the form of a check part by part.
type uploads struct {
	limits trust.Limits
	pasted string // name of a text that was pasted
	admit  func(guard.Proof) error

	files []upload
	proof guard.Proof
	asked bool
}

func (u *uploads) read(w http.ResponseWriter, r *http.Request) (in verify.Input, err error) {
	if r.ContentLength > u.limits.Upload {
		w.Header().Set("Connection", "close")
		return in, u.tooLarge()
	}
	r.Body = http.MaxBytesReader(w, io.NopCloser(middleware.Paced(w, r.Body, middleware.PaceGrace)), u.limits.Upload)
	parts, err := r.MultipartReader()
	if err != nil {
		return in, problem.New(problem.Invalid, "form.broken").Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return in, problem.New(problem.Invalid, "form.broken").Because(err)
		}
		if err := u.part(part); err != nil {
			return in, err
		}
	}
	if err := u.enter(); err != nil {
		return in, err
	}
	return u.input()
}

func (u *uploads) tooLarge() *problem.Error {
	return problem.New(problem.Invalid, "verify.large").Coded("UPL-801").With("Limit", u.limits.Upload>>20).At("files")
}

// enter shows the proof, which stands before the files: nothing large is read of those
// who are not let in.
func (u *uploads) enter() error {
	if u.asked {
		return nil
	}
	u.asked = true
	return u.admit(u.proof)
}

func (u *uploads) part(part *multipart.Part) error {
	name := part.FormName()
	switch {
	case part.FileName() != "":
		if len(u.files) == maxFiles {
			return nil
		}
		if err := u.enter(); err != nil {
			return err
		}
		f, err := u.file(filepath.Base(part.FileName()), part)
		if err == nil {
			u.files = append(u.files, f)
		}
		return err
	case name == "text":
		if err := u.enter(); err != nil {
			return err
		}
		text := field(part, maxPaste)
		if strings.TrimSpace(text) == "" || len(u.files) == maxFiles {
			return nil
		}
		f, err := u.file(u.pasted, strings.NewReader(text))
		if err == nil {
			u.files = append(u.files, f)
		}
		return err
	case name == "work":
		u.proof.Work = field(part, maxField)
	case name == "code_token":
		u.proof.Token = field(part, maxField)
	case name == "code":
		u.proof.Code = field(part, maxField)
	}
	return nil
}

// field reads a short text; what is longer is cut off.
func field(r io.Reader, limit int64) string {
	text, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(text), "")
}

func (u *uploads) file(name string, r io.Reader) (upload, error) {
	f := upload{name: name}
	var head bytes.Buffer
	document := trust.NewDigester()
	if _, err := io.Copy(io.MultiWriter(&limited{&head, int(u.limits.Signature) + 1}, document), r); err != nil {
		return f, u.tooLarge().Because(err)
	}
	f.digests = document.Digests()
	if int64(head.Len()) <= u.limits.Signature {
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

// input finds the signature among the files.
func (u *uploads) input() (verify.Input, error) {
	if len(u.files) == 0 {
		return verify.Input{}, problem.New(problem.Invalid, "verify.none").At("files")
	}
	ranks := make([]int, len(u.files))
	for i, f := range u.files {
		ranks[i] = pair.Rank(f.name, f.content)
	}
	s, d := pair.Order(ranks)
	if s < 0 || u.files[s].content == nil {
		return verify.Input{}, problem.New(problem.Invalid, "verify.no_signature").At("files")
	}
	in := verify.Input{Name: u.files[s].name, Signature: u.files[s].content, MayBeDocument: len(u.files) == 1}
	if d >= 0 {
		in.Name = u.files[d].name
		if in.Digests = u.files[d].digests; u.files[d].content != nil {
			in.Document = bytes.NewReader(u.files[d].content)
		}
	}
	return in, nil
}
