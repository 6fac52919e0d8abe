// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
)

// code is a code of the catalogue of errors; its words are help.error.<code> (what
// happened), help.cause.<code> (why) and help.step.<code> (what to do).
type code string

// The refusals. Codes are stable for ever.
const (
	brokenForm     code = "API-901"
	wrongType      code = "API-902"
	tooLarge       code = "API-903"
	largeSignature code = "API-904"
	noSignature    code = "API-905"
	wrongPart      code = "API-906"
	wrongDigests   code = "API-907"
	twoDocuments   code = "API-908"
	signatureFirst code = "API-909"
	tooSlow        code = "API-910"
	tooMany        code = "API-911"
	busy           code = "API-912"
	noAddress      code = "API-913"
	wrongMethod    code = "API-914"
	ourFault       code = "API-915"
	otherSite      code = "API-916"
	unready        code = "API-917"
	wrongReport    code = "API-918"
)

// statuses are the refusals with their status of HTTP.
func statuses() map[code]int {
	return map[code]int{
		brokenForm: http.StatusBadRequest, wrongType: http.StatusUnsupportedMediaType,
		tooLarge: http.StatusRequestEntityTooLarge, largeSignature: http.StatusRequestEntityTooLarge,
		noSignature: http.StatusUnprocessableEntity, wrongPart: http.StatusUnprocessableEntity, wrongDigests: http.StatusUnprocessableEntity,
		twoDocuments: http.StatusUnprocessableEntity, signatureFirst: http.StatusUnprocessableEntity,
		tooSlow: http.StatusRequestTimeout, tooMany: http.StatusTooManyRequests, busy: http.StatusServiceUnavailable,
		noAddress: http.StatusNotFound, wrongMethod: http.StatusMethodNotAllowed, ourFault: http.StatusInternalServerError,
		otherSite: http.StatusForbidden, unready: http.StatusServiceUnavailable, wrongReport: http.StatusUnprocessableEntity,
	}
}

// refusal is an error of a request.
type refusal struct {
	code  code
	field string
	limit int64
	after time.Duration
	cause error
}

func refuse(c code) *refusal { return &refusal{code: c} }

// Error is the text for the log.
func (r *refusal) Error() string { return string(r.code) }

// Unwrap returns the cause.
func (r *refusal) Unwrap() error { return r.cause }

func (r *refusal) at(field string) *refusal     { r.field = field; return r }
func (r *refusal) because(err error) *refusal   { r.cause = err; return r }
func (r *refusal) limited(limit int64) *refusal { r.limit = limit; return r }

// Problem is a refusal as a program gets it (RFC 9457), with members of our own.
type Problem struct {
	Type   string `json:"type" format:"uri-reference" doc:"page that explains the code"`
	Title  string `json:"title" doc:"what happened"`
	Status int    `json:"status"`
	Detail string `json:"detail" doc:"why"`
	Next   string `json:"next" doc:"what to do"`
	Code   string `json:"code" doc:"stable code of the catalogue of errors"`
	Field  string `json:"field,omitempty" doc:"part of the form it is about"`
	Limit  int64  `json:"limit,omitempty" doc:"octets that would have been taken"`
	Case   string `json:"case,omitempty" doc:"number to quote when the fault is ours"`
}

// Error is the text for the log.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem puts an error into words. One that is no refusal is ours: it is logged and
// shows nothing.
func (d *door) problem(w http.ResponseWriter, r *http.Request, err error) *Problem {
	var known *refusal
	if !errors.As(err, &known) {
		known = d.translate(r, err)
	}
	if known.after > 0 {
		middleware.RetryAfter(w, known.after)
	}
	words := d.Words.For(r.Header.Get("Accept-Language"))
	w.Header().Set("Content-Language", words.Language())
	c := string(known.code)
	p := &Problem{
		Type: "/help/errors/" + c, Status: statuses()[known.code], Code: c, Field: known.field, Limit: known.limit,
		Title: words.T("help.error."+c, nil), Detail: words.T("help.cause."+c, nil), Next: words.T("help.step."+c, nil),
	}
	if p.Status >= http.StatusInternalServerError {
		p.Case = middleware.RequestID(r.Context())
	}
	return p
}

func (d *door) translate(r *http.Request, err error) *refusal {
	var large *http.MaxBytesError
	switch e, isProblem := problem.Of(err); {
	case errors.As(err, &large):
		return refuse(tooLarge).limited(large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(tooSlow)
	case isProblem && e.Kind == problem.Unavailable:
		return &refusal{code: busy, after: e.RetryAfter}
	case r.Context().Err() != nil: // the client has gone
		return refuse(brokenForm)
	}
	d.Log.ErrorContext(r.Context(), "request failed", "id", middleware.RequestID(r.Context()), "error", err)
	return refuse(ourFault)
}

// fail answers what no operation takes.
func (d *door) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := d.problem(w, r, err)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone: nobody is left to tell
}

// refusals describes the problems of an operation, one answer a status.
func (d *door) refusals(doc *huma.OpenAPI, codes ...code) map[string]*huma.Response {
	schema := doc.Components.Schemas.Schema(problemType, true, "Problem")
	out := map[string]*huma.Response{}
	for _, c := range append(codes, ourFault) {
		status := strconv.Itoa(statuses()[c])
		if out[status] == nil {
			out[status] = &huma.Response{
				Description: http.StatusText(statuses()[c]) + ":",
				Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
			}
		}
		out[status].Description += " " + string(c)
	}
	return out
}
