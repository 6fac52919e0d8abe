// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package responder is the door of programs that check signatures: certificates
// of the authority (RFC 5280, 4.2.2.1), revocation lists, OCSP (RFC 6960, A) and
// time stamps (RFC 3161, 3.4), over plain HTTP as the standards have it.
package responder

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/ca"
	"podpis/internal/service/tsa"
)

// Door answers under /pki/.
type Door struct {
	Authority *ca.Service
	Stamps    *tsa.Service
	Now       func() time.Time
}

// maxBody bounds what is read of a request.
const maxBody = 64 << 10

// ServeHTTP routes by hand: a path of OCSP GET holds base64, whose "//" the mux
// of net/http would redirect away (RFC 6960, A.1).
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/pki/")
	switch {
	case path == "ocsp" && r.Method == http.MethodPost:
		d.ocspPost(w, r)
	case strings.HasPrefix(path, "ocsp/") && r.Method == http.MethodGet:
		d.ocspGet(w, r, strings.TrimPrefix(path, "ocsp/"))
	case path == "tsp" && r.Method == http.MethodPost:
		d.stamp(w, r)
	case strings.HasPrefix(path, "ca/") && isRead(r):
		d.certificate(w, r, strings.TrimSuffix(strings.TrimPrefix(path, "ca/"), ".cer"))
	case strings.HasPrefix(path, "crl/") && isRead(r):
		d.crl(w, r, strings.TrimSuffix(strings.TrimPrefix(path, "crl/"), ".crl"))
	case path == "ocsp" || path == "tsp":
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	default:
		http.NotFound(w, r)
	}
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

func body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close")
		http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
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
	if content, ok := body(w, r, maxBody); ok {
		send(w, "application/ocsp-response", d.Authority.Answer(r.Context(), content))
	}
}

// ocspGet reads the request from the address: URL-encoded standard base64, with
// or without padding.
func (d *Door) ocspGet(w http.ResponseWriter, r *http.Request, encoded string) {
	text, err := url.PathUnescape(encoded)
	if err != nil || len(text) > maxBody {
		http.Error(w, "malformed address", http.StatusBadRequest)
		return
	}
	content, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		http.Error(w, "malformed base64", http.StatusBadRequest)
		return
	}
	send(w, "application/ocsp-response", d.Authority.Answer(r.Context(), content))
}

func (d *Door) stamp(w http.ResponseWriter, r *http.Request) {
	if content, ok := body(w, r, maxBody); ok {
		send(w, "application/timestamp-reply", d.Stamps.Answer(r.Context(), content))
	}
}

func send(w http.ResponseWriter, mime string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", mime)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(content) // the client has gone: nobody is left to tell
}

func (d *Door) certificate(w http.ResponseWriter, r *http.Request, id string) {
	for _, a := range d.Authority.Authorities() {
		if a.ID == id {
			send(w, "application/pkix-cert", a.Certificate.Raw)
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
		w.Header().Set("Retry-After", "60")
		http.Error(w, "the list is being published", http.StatusServiceUnavailable)
	default:
		send(w, "application/pkix-crl", raw)
	}
}
