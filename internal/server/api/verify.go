// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"podpis/internal/server/middleware"
	"podpis/verify"
	"podpis/verify/brief"
	"podpis/verify/etsi"
	"podpis/verify/reasons"
)

var problemType = reflect.TypeFor[Problem]()

// verifyOperation describes the check of a signature.
func (d *door) verifyOperation(doc *huma.OpenAPI) huma.Operation {
	return huma.Operation{
		OperationID: "verify", Method: http.MethodPost, Path: "/api/v1/verify", Summary: "Judge the signatures of a message",
		Description: "The document is hashed while it is read and never kept. It is best sent after the signature: before it, the hashes of GOST R 34.11-94 " +
			"and SHA-1 are not computed (API-909). Without document and digests the message is judged by what it encloses. " +
			"A signature that does not hold is an answer (200), not an error: see verdict.",
		Parameters: []*huma.Param{{
			Name: "Accept-Language", In: "header", Description: "language of texts: ru (the default), kk, en", Schema: &huma.Schema{Type: huma.TypeString},
		}, {
			Name: "report", In: "query", Description: "form of the answer: all that was found (the default); without path, stamps and sources; " +
				"ETSI TS 119 102-2 signed by the installation; a PDF/A document signed by it, with the report attached",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{reportDetailed, reportSimple, reportETSI, reportSigned}},
		}},
		Responses: d.answers(doc, d.refusals(doc, brokenForm, wrongType, tooLarge, largeSignature, noSignature, wrongPart, wrongDigests, twoDocuments,
			signatureFirst, tooSlow, tooMany, busy, otherSite, wrongReport)),
	}
}

// answers adds the forms of a judgement.
func (d *door) answers(doc *huma.OpenAPI, responses map[string]*huma.Response) map[string]*huma.Response {
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, ContentEncoding: "binary"}}
	responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: doc.Components.Schemas.Schema(reflect.TypeFor[verify.Report](), true, "Report")},
		"application/xml":  file, "application/pdf": file,
	}}
	return responses
}

// verifyBody describes the form. It is added after the operation: the framework
// would read the whole body before.
func verifyBody() *huma.RequestBody {
	binary := func(text string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, ContentEncoding: "binary", Description: text}
	}
	digests := &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString, Pattern: "^[0-9A-Fa-f]+$"},
		Description: "instead of the document, its digests: the name of the hash (streebog256, streebog512, sha256, sha384, sha512, sha1) to hexadecimal digits",
		Examples:    []any{map[string]any{"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
	}
	closed := false
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {
		Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"signature"}, AdditionalProperties: closed,
			Properties: map[string]*huma.Schema{
				"signature": binary("CMS or CAdES message: DER, BER, PEM or base64; with the document inside or detached"),
				"document":  binary("document of a detached signature"),
				"digests":   digests,
			},
		},
		Encoding: map[string]*huma.Encoding{"digests": {ContentType: "application/json"}},
	}}}
}

// complete finishes the description: what clients must be ready for, and what the
// framework brought that is not ours.
func complete(doc *huma.OpenAPI) {
	doc.Paths["/api/v1/verify"].Post.RequestBody = verifyBody()
	schemas := doc.Components.Schemas.Map()
	for _, name := range []string{"ErrorModel", "ErrorDetail"} {
		delete(schemas, name)
	}
	for _, name := range slices.Collect(maps.Keys(schemas)) {
		schemas[name].AdditionalProperties = nil // fields may be added
	}
	verdicts := []any{string(reasons.TotalPassed), string(reasons.TotalFailed), string(reasons.Indeterminate)}
	for _, name := range []string{"Report", "Signature"} {
		verdict := schemas[name].Properties["verdict"]
		verdict.Enum, verdict.Description = verdicts, "the worst of the signatures counts"
	}
	schemas["Signature"].Properties["verdict"].Description = "of this signature"
	for _, name := range []string{"Condition", "Fact"} {
		schemas[name].Properties["answer"].Enum = []any{string(verify.Yes), string(verify.No), string(verify.Unknown)}
	}
	schemas["Law63"].Properties["recognized"].Enum = []any{string(verify.Yes), string(verify.No), string(verify.Unknown)}
}

func (d *door) verify(ctx context.Context, in *exchange) (*huma.StreamResponse, error) {
	kind, content, err := d.report(ctx, in.w, in.r)
	if err != nil {
		return nil, d.problem(in.w, in.r, err)
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", kind)
		_, _ = c.BodyWriter().Write(content) // the client has gone: nobody is left to tell
	}}, nil
}

// The forms of a judgement.
const (
	reportDetailed = "detailed"
	reportSimple   = "simple"
	reportETSI     = "etsi"
	reportSigned   = "signed"
)

// report judges and writes the judgement in the form that is asked for.
func (d *door) report(ctx context.Context, w http.ResponseWriter, r *http.Request) (kind string, content []byte, err error) {
	form := cmp.Or(r.URL.Query().Get("report"), reportDetailed)
	if !slices.Contains([]string{reportDetailed, reportSimple, reportETSI, reportSigned}, form) {
		w.Header().Set("Connection", "close")
		return "", nil, refuse(wrongReport).at("report")
	}
	report, err := d.judge(ctx, w, r)
	if err != nil {
		return "", nil, err
	}
	language := reasons.Language(d.Words.For(r.Header.Get("Accept-Language")).Language())
	switch form {
	case reportETSI:
		content, err = d.Verdicts.XML(ctx, d.Verdicts.Number(report, language))
		if errors.Is(err, etsi.ErrNoSignature) {
			return "", nil, refuse(wrongReport).at("report").because(err)
		}
		return "application/xml", content, err
	case reportSigned:
		content, err = d.Verdicts.PDF(ctx, d.Verdicts.Number(report, language))
		return "application/pdf", content, err
	case reportSimple:
		report = brief.Of(report)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(report)
	return "application/json", b.Bytes(), err
}

func (d *door) judge(ctx context.Context, w http.ResponseWriter, r *http.Request) (*verify.Report, error) {
	limits, err := d.Gate.Limits(ctx)
	if err != nil {
		return nil, err
	}
	network := middleware.Network(r)
	if wait, ok := d.rate.Allow(network, limits.Rate, time.Now()); !ok {
		w.Header().Set("Connection", "close") // what is on its way is not read
		return nil, &refusal{code: tooMany, after: wait}
	}
	leave, err := d.Gate.Enter(ctx, network)
	if err != nil {
		w.Header().Set("Connection", "close")
		return nil, err
	}
	defer leave()
	f, err := openForm(w, r, limits, d.grace)
	if err != nil {
		w.Header().Set("Connection", "close")
		return nil, err
	}
	q, err := f.readUntilDocument()
	if err != nil {
		return nil, err
	}
	words := d.Words.For(r.Header.Get("Accept-Language"))
	w.Header().Set("Content-Language", words.Language())
	language := reasons.Language(words.Language())
	if q.document == nil {
		return d.Trust.Check(ctx, q.Input, language)
	}
	q.Document = onlyReader{q.document}
	report, err := d.Trust.Check(ctx, q.Input, language)
	if err == nil {
		// What was no signature left the document unread.
		_, err = io.Copy(io.Discard, q.document)
	}
	if f.budget.err != nil || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, f.broken(err)
	} else if err != nil {
		return nil, err
	}
	return report, f.rest()
}
