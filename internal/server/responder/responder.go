// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package responder is the door of programs that check signatures: certificates
// of the authority (RFC 5280, 4.2.2.1), revocation lists, OCSP (RFC 6960, A) and
// time stamps (RFC 3161, 3.4), over plain HTTP as the standards have it.
package responder

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/ca"
	"podpis/internal/service/tsa"
	"podpis/pki/alg"
)

// Door answers under /pki/.
type Door struct {
	Authority *ca.Service
	Stamps    *tsa.Service
	Now       func() time.Time
	Log       *slog.Logger // nil: none
}

// maxOCSP bounds what is read of a question about status: 256 certificates fit.
const maxOCSP = 64 << 10

// bodyTime bounds how long a question may be on its way.
const bodyTime = 15 * time.Second

// ServeHTTP routes by hand: a path of OCSP GET holds base64, whose "//" the mux
// of net/http would redirect away (RFC 6960, A.1).
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/pki/")
	id, isList := cutAround(path, "crl/", ".crl")
	issuer, isIssuer := cutAround(path, "ca/", ".cer")
	question, isQuestion := strings.CutPrefix(path, "ocsp/")
	switch {
	case path == "ocsp", path == "ocsp/" && r.Method == http.MethodPost:
		if allowed(w, r, http.MethodPost) {
			d.ocspPost(w, r)
		}
	case isQuestion:
		if allowed(w, r, http.MethodGet, http.MethodHead) {
			d.ocspGet(w, r, question)
		}
	case path == "tsp":
		if allowed(w, r, http.MethodPost) {
			d.stamp(w, r)
		}
	case isIssuer:
		if allowed(w, r, http.MethodGet, http.MethodHead) {
			d.certificate(w, r, issuer)
		}
	case isList:
		if allowed(w, r, http.MethodGet, http.MethodHead) {
			d.crl(w, r, id)
		}
	default:
		http.NotFound(w, r)
	}
}

func cutAround(path, before, after string) (id string, ok bool) {
	rest, begins := strings.CutPrefix(path, before)
	id, ends := strings.CutSuffix(rest, after)
	return id, begins && ends
}

func allowed(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	return false
}

func body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close")
		http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
		return nil, false
	}
	// A client that sends drop by drop does not hold a place for ever.
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		http.Error(w, "connection is over", http.StatusBadRequest)
		return nil, false
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
		return nil, false
	} else if err != nil {
		http.Error(w, "request cut short", http.StatusBadRequest)
		return nil, false
	}
	return content, true
}

func (d *Door) ocspPost(w http.ResponseWriter, r *http.Request) {
	if content, ok := body(w, r, maxOCSP); ok {
		d.status(w, r, content)
	}
}

// ocspGet reads the request from the address: URL-encoded standard base64, with
// or without padding.
func (d *Door) ocspGet(w http.ResponseWriter, r *http.Request, encoded string) {
	text, err := url.PathUnescape(encoded)
	if err != nil || len(text) > maxOCSP {
		http.Error(w, "malformed address", http.StatusBadRequest)
		return
	}
	content, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		http.Error(w, "malformed base64", http.StatusBadRequest)
		return
	}
	d.status(w, r, content)
}

func (d *Door) status(w http.ResponseWriter, r *http.Request, question []byte) {
	answer, err := d.Authority.Answer(r.Context(), question)
	d.send(w, r, "application/ocsp-response", answer, err)
}

func (d *Door) stamp(w http.ResponseWriter, r *http.Request) {
	if content, ok := body(w, r, tsa.MaxRequest); ok {
		answer, err := d.Stamps.Timestamp(r.Context(), content)
		d.send(w, r, "application/timestamp-reply", answer, err)
	}
}

// send sends an answer made for this request alone. A refusal in the words of the
// protocol is an answer too: the status of HTTP is 200.
func (d *Door) send(w http.ResponseWriter, r *http.Request, mime string, content []byte, err error) {
	if err != nil && d.Log != nil && r.Context().Err() == nil {
		d.Log.ErrorContext(r.Context(), "responder", "path", r.URL.Path, "error", err)
	}
	h := w.Header()
	h.Set("Content-Type", mime)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(content) // the client has gone: nobody is left to tell
}

// file sends what is the same for everybody until it changes.
func file(w http.ResponseWriter, r *http.Request, mime string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", mime)
	h.Set("Cache-Control", "no-cache") // may be kept, must be asked about
	h.Set("ETag", `"`+hex.EncodeToString(alg.SHA256.Sum(content)[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func (d *Door) certificate(w http.ResponseWriter, r *http.Request, id string) {
	for _, a := range d.Authority.Authorities() {
		if a.ID == id {
			file(w, r, "application/pkix-cert", a.Certificate.Raw)
			return
		}
	}
	http.NotFound(w, r)
}

// crl answers with the latest list. A list that has run out is not sent: it would
// be taken for the truth.
func (d *Door) crl(w http.ResponseWriter, r *http.Request, id string) {
	raw, next, err := d.Authority.CRL(r.Context(), id)
	switch {
	case problem.KindOf(err) == problem.NotFound:
		http.NotFound(w, r)
	case err != nil, !next.After(d.Now()):
		if d.Log != nil && r.Context().Err() == nil {
			d.Log.ErrorContext(r.Context(), "no list to give", "issuer", id, "next", next, "error", err)
		}
		w.Header().Set("Retry-After", "60")
		http.Error(w, "the list is being published", http.StatusServiceUnavailable)
	default:
		file(w, r, "application/pkix-crl", raw)
	}
}
