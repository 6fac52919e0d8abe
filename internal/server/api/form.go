// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"podpis/internal/server/middleware"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/verify"
)

const (
	maxParts   = 4        // three are known
	maxHeaders = 16 << 10 // what stands before a part and its headers, octets
	maxDigests = 4 << 10
	maxName    = 255
)

// form is a multipart form that is read once, part after part.
type form struct {
	parts  *multipart.Reader
	budget *budget
	limits trust.Limits
	seen   map[string]bool
}

// budget stops reading between parts: preambles and headers have no other bound.
type budget struct {
	r       io.Reader
	bounded bool
	left    int
	err     error // the first error of the body itself
}

var errHeaders = errors.New("headers of a part are too long")

func (b *budget) Read(p []byte) (int, error) {
	if b.bounded {
		if b.left <= 0 {
			return 0, errHeaders
		}
		p = p[:min(len(p), b.left)]
	}
	n, err := b.r.Read(p)
	b.left -= n
	if err != nil && b.err == nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

func openForm(w http.ResponseWriter, r *http.Request, limits trust.Limits, grace time.Duration) (*form, error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" || len(params["boundary"]) > 70 { // RFC 2046, 5.1.1
		return nil, refuse(wrongType).because(err)
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, refuse(wrongType)
	}
	if r.ContentLength > limits.Upload {
		return nil, refuse(tooLarge).limited(limits.Upload)
	}
	b := &budget{r: http.MaxBytesReader(w, io.NopCloser(middleware.Paced(w, r.Body, grace)), limits.Upload)}
	return &form{parts: multipart.NewReader(b, params["boundary"]), budget: b, limits: limits, seen: map[string]bool{}}, nil
}

// broken tells what ended the reading: too much, too slow, or not a form.
func (f *form) broken(err error) error {
	var large *http.MaxBytesError
	if errors.As(f.budget.err, &large) || errors.Is(f.budget.err, os.ErrDeadlineExceeded) {
		return f.budget.err
	}
	return refuse(brokenForm).because(err)
}

// next returns the next part, nil after the last one. Parts are read to their end
// before.
func (f *form) next() (*multipart.Part, error) {
	f.budget.bounded, f.budget.left = true, maxHeaders
	part, err := f.parts.NextRawPart()
	f.budget.bounded = false
	if errors.Is(err, io.EOF) && len(f.seen) > 0 {
		return nil, nil //nolint:nilnil // the end of a form is no error
	} else if err != nil {
		return nil, f.broken(err)
	}
	name := part.FormName()
	switch name {
	case "signature", "document", "digests":
	default:
		return nil, refuse(wrongPart)
	}
	if f.seen[name] || len(f.seen) == maxParts {
		return nil, refuse(wrongPart).at(name)
	}
	// RFC 7578, 4.7: parts are sent as they are.
	switch strings.ToLower(part.Header.Get("Content-Transfer-Encoding")) {
	case "", "binary", "8bit", "7bit":
	default:
		return nil, refuse(wrongPart).at(name)
	}
	f.seen[name] = true
	return part, nil
}

// read reads a part that is held.
func (f *form) read(part io.Reader, limit int64, over *refusal) ([]byte, error) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, f.broken(err)
	}
	if n > limit {
		return nil, over
	}
	return b.Bytes(), nil
}

// request is what a form asks.
type request struct {
	verify.Input
	document *multipart.Part // not read yet: it comes after the signature
}

// readUntilDocument reads a form to its end, or to a document whose signature is
// known: that one is hashed while it is judged. A document that comes first is hashed
// with every hash it may need.
func (f *form) readUntilDocument() (q request, err error) {
	for {
		part, err := f.next()
		if err != nil {
			return q, err
		}
		if part == nil {
			return q, q.complete(f)
		}
		switch part.FormName() {
		case "signature":
			q.Signature, err = f.read(part, f.limits.Signature, refuse(largeSignature).at("signature").limited(f.limits.Signature))
			q.name(part)
			if err == nil && len(q.Signature) == 0 {
				return q, refuse(noSignature).at("signature")
			}
		case "digests":
			var text []byte
			if text, err = f.read(part, maxDigests, refuse(wrongDigests).at("digests")); err == nil {
				q.Digests, err = parseDigests(text)
			}
		case "document":
			if f.seen["digests"] {
				return q, refuse(twoDocuments).at("document")
			}
			q.Name = nameOf(part)
			if q.Signature != nil {
				q.document = part
				return q, nil
			}
			q.Digests, err = f.hash(part)
		}
		if err != nil {
			return q, err
		}
		if f.seen["digests"] && f.seen["document"] {
			return q, refuse(twoDocuments).at("digests")
		}
	}
}

// rest reads what follows the document.
func (f *form) rest() error {
	part, err := f.next()
	if err != nil {
		return err
	}
	if part != nil {
		return refuse(twoDocuments).at(part.FormName())
	}
	return nil
}

func (q *request) name(part *multipart.Part) {
	if q.Name == "" {
		q.Name = nameOf(part)
	}
}

func nameOf(part *multipart.Part) string {
	name := strings.ToValidUTF8(part.FileName(), "")
	if name == "" {
		return ""
	}
	name = filepath.Base(name)
	return strings.ToValidUTF8(name[:min(len(name), maxName)], "")
}

// complete checks a form that was read to its end.
func (q *request) complete(f *form) error {
	if q.Signature == nil {
		return refuse(noSignature).at("signature")
	}
	q.MayBeDocument = q.Digests == nil
	if !f.seen["document"] {
		return nil
	}
	sd, err := cms.ParseSignedData(cms.Unarmor(q.Signature))
	if err != nil {
		return nil //nolint:nilerr // the judgement says what it is
	}
	for _, s := range sd.Signers {
		if _, hashed := q.Digests[s.Digest]; !hashed && s.Digest != alg.NoHash {
			return refuse(signatureFirst).at("document")
		}
	}
	return nil
}

func (f *form) hash(part io.Reader) (map[alg.Hash][]byte, error) {
	document := trust.NewDigester()
	if _, err := io.CopyBuffer(document, onlyReader{part}, make([]byte, 64<<10)); err != nil {
		return nil, f.broken(err)
	}
	return document.Digests(), nil
}

// onlyReader hides WriteTo, which would bring a buffer of its own.
type onlyReader struct{ io.Reader }

// parseDigests reads {"streebog256": "<hex>"}.
func parseDigests(text []byte) (map[alg.Hash][]byte, error) {
	var named map[string]string
	if err := json.Unmarshal(text, &named); err != nil || len(named) == 0 {
		return nil, refuse(wrongDigests).at("digests").because(err)
	}
	out := map[alg.Hash][]byte{}
	for name, value := range named {
		h, known := alg.HashByName(name)
		d, err := hex.DecodeString(value)
		if !known || err != nil || len(d) != h.Size() {
			return nil, refuse(wrongDigests).at("digests").because(err)
		}
		out[h] = d
	}
	return out, nil
}
