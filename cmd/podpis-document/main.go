// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

// Command podpis-document is the module of the browser that puts signatures into
// documents: PAdES into PDF, with a visible mark if it is wanted, and XAdES into XML.
//
// It has no key. What is to be signed goes to the signing module, the value comes back,
// and what is made is verified as a stranger would before it is handed out. For a time
// stamp the page asks: the module gives the request and takes the answer. Documents are
// read where they lie; nothing leaves the module but what is signed.
package main

import (
	"context"
	"errors"
	"syscall/js"

	"podpis/cmd/browser"
	"podpis/pki/pades"
	"podpis/pki/pades/stamp"
	"podpis/pki/pdf"
	"podpis/pki/xades"
	"podpis/sign"
)

func main() {
	m := &module{under: map[int]*signature{}}
	browser.Serve(map[string]func(args []js.Value) any{
		"prepare": m.prepare, "finish": m.finish, "stamped": m.stamped, "drop": m.drop, "describe": describe,
	})
}

// module knows the signatures under way.
type module struct {
	under map[int]*signature
	next  int
}

// signature is one under way.
type signature struct {
	octets []byte // to be signed
	finish func(ctx context.Context, value []byte) ([]byte, error)
	relay  *relay
	done   chan result
}

type result struct {
	file []byte
	err  error
}

// relay is a time stamp authority whose questions the page asks.
type relay struct{ requests, answers chan []byte }

// Timestamp gives the request out and waits for the answer.
func (r *relay) Timestamp(ctx context.Context, request []byte) ([]byte, error) {
	select {
	case r.requests <- request:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return <-r.answers, nil
}

// prepare begins a signature: prepare({form: "pdf" or "xml", name, blob, certificates:
// [Uint8Array, …], level: "b" or "t", mark: {heading, lines, corner, page}}) → {number,
// octets}. The mark is for PDF and may be missing.
func (m *module) prepare(args []js.Value) any {
	s, err := newSignature(args[0])
	if err != nil {
		return browser.Failure(codeOf(err))
	}
	m.next++
	m.under[m.next] = s
	return map[string]any{"number": m.next, "octets": browser.Array(s.octets)}
}

// finish takes the value: finish(number, Uint8Array) → {file} or {request}. Of a PDF the
// file is what is to be appended to the document.
func (m *module) finish(args []js.Value) any {
	s, ok := m.under[args[0].Int()]
	if !ok {
		return browser.Failure("internal")
	}
	value := browser.Octets(args[1])
	go func() {
		file, err := s.finish(context.Background(), value)
		s.done <- result{file, err}
	}()
	return m.wait(args[0].Int(), s)
}

// stamped takes the answer of the time stamp authority: stamped(number, Uint8Array) →
// {file}.
func (m *module) stamped(args []js.Value) any {
	s, ok := m.under[args[0].Int()]
	if !ok {
		return browser.Failure("internal")
	}
	s.relay.answers <- browser.Octets(args[1])
	return m.wait(args[0].Int(), s)
}

// drop forgets a signature that is not to be finished: drop(number).
func (m *module) drop(args []js.Value) any {
	delete(m.under, args[0].Int())
	return nil
}

// wait gives what comes next: a question for the authority, or the end.
func (m *module) wait(number int, s *signature) any {
	select {
	case request := <-s.relay.requests:
		return map[string]any{"request": browser.Array(request)}
	case r := <-s.done:
		delete(m.under, number)
		if r.err != nil {
			return browser.Failure(codeOf(r.err))
		}
		return map[string]any{"file": browser.Array(r.file)}
	}
}

// codeOf names a failure for the page, which has the words.
func codeOf(err error) string {
	for _, known := range []struct {
		err  error
		code string
	}{
		{browser.ErrFile, "file"}, {errLarge, "large"}, {pdf.ErrEncrypted, "encrypted"}, {pdf.ErrDamaged, "damaged"}, {pades.ErrCertified, "certified"},
		{pades.ErrPage, "page"}, {stamp.ErrRoom, "mark"}, {stamp.ErrLetter, "mark"}, {xades.ErrBreaks, "breaks"}, {sign.ErrTimestamp, "stamp"},
		{sign.ErrExpired, "expired"}, {sign.ErrKeyPeriod, "expired"}, {sign.ErrNotYetValid, "early"}, {sign.ErrKeyUsage, "usage"},
		{sign.ErrSelfCheck, "self_check"}, {pades.ErrSelfCheck, "self_check"}, {xades.ErrSelfCheck, "self_check"},
	} {
		if errors.Is(err, known.err) {
			return known.code
		}
	}
	return "damaged"
}
