// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package api is the door of programs that ask for a judgement: REST over JSON,
// described by an OpenAPI 3.1 document that is emitted from this code and
// committed as openapi.yaml at the root of the repository.
//
// A form is read as it comes (RFC 7578): the signature is held, the document only
// hashed. A refusal is a problem (RFC 9457) that says what happened, why, and what
// to do, in the language asked for. There are no cookies and no sessions, and pages
// of other sites are not answered.
package api

//go:generate go run generate.go ../../../openapi.yaml

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"podpis/internal/platform/locale"
	"podpis/internal/server/middleware"
	"podpis/internal/service/trust"
	"podpis/internal/service/verdict"
)

// Parts are what the door is made of.
type Parts struct {
	Words *locale.Bundle
	Trust *trust.Service
	Gate  *trust.Gate
	// Verdicts writes judgements as signed documents.
	Verdicts *verdict.Service
	Log      *slog.Logger
	HTTPS    bool
	// Ready says whether the installation can work; nil: it always can.
	Ready func(ctx context.Context) error
}

type door struct {
	Parts
	rate  middleware.Rate
	grace time.Duration // for a body
}

// New returns the door, which answers under /api/.
func New(p Parts) http.Handler {
	return (&door{Parts: p, grace: middleware.PaceGrace}).handler()
}

func (d *door) handler() http.Handler {
	mux := http.NewServeMux()
	described := encode(d.routes(mux))
	mux.HandleFunc("GET /api/v1/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+yaml")
		_, _ = w.Write(described) // the client has gone: nobody is left to tell
	})
	for path, allow := range map[string]string{"/api/v1/verify": "POST", "/api/v1/health": "GET, HEAD", "/api/v1/openapi.yaml": "GET, HEAD"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			d.fail(w, r, refuse(wrongMethod))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { d.fail(w, r, refuse(noAddress)) })

	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.fail(w, r, refuse(otherSite)) }))
	return middleware.Chain(mux,
		middleware.Numbered, middleware.Logged(d.Log), middleware.Secured(d.HTTPS), data,
		middleware.Recovered(d.Log, func(w http.ResponseWriter, r *http.Request, _ any) { d.fail(w, r, refuse(ourFault)) }),
		foreign.Handler, unambiguous)
}

// data says that answers are no pages, and of their moment only.
func data(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// unambiguous leaves nothing to negotiate: answers are JSON.
func unambiguous(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept")
		next.ServeHTTP(w, r)
	})
}

// Describe returns the OpenAPI document in YAML.
func Describe() []byte { return encode((&door{}).routes(http.NewServeMux())) }

// routes are all operations in reading order. It returns their description.
func (d *door) routes(mux *http.ServeMux) *huma.OpenAPI {
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Podpis", Version: "1",
			Description: "Judges electronic signatures: GOST R 34.10, ECDSA and RSA. Fields may be added to answers; none is changed or removed within a version.",
			License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)},
	}
	// Made by hand: the default configuration adds links to schemas into answers.
	api := humago.New(mux, huma.Config{
		OpenAPI: doc, DefaultFormat: "application/json",
		Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
	})
	huma.Register(api, d.verifyOperation(doc), d.verify)
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/api/v1/health", Summary: "Whether the installation works",
		Responses: d.refusals(doc, unready),
	}, d.health)
	complete(doc)
	return doc
}

func encode(doc *huma.OpenAPI) []byte {
	out, err := doc.YAML()
	if err != nil {
		panic(err) // of types of this program: no input can cause it
	}
	return out
}

// Health is what [health] answers.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

func (d *door) health(ctx context.Context, in *exchange) (*answer[Health], error) {
	if d.Ready != nil {
		if err := d.Ready(ctx); err != nil {
			d.Log.ErrorContext(ctx, "not ready", "error", err)
			return nil, d.problem(in.w, in.r, refuse(unready))
		}
	}
	return &answer[Health]{Health{"ok"}}, nil
}

// exchange gives an operation the request as it is: a body is read as it comes.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

// Resolve takes the request.
func (e *exchange) Resolve(c huma.Context) []error {
	e.r, e.w = humago.Unwrap(c)
	return nil
}

type answer[T any] struct{ Body T }
