// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

// Command podpis-judge is the judging module of the browser and of the saved page: the
// same package verify as on the server, with every format and algorithm (tag judge),
// called by a worker. Files are read in parts where they lie; nothing leaves the module
// but the report and the certificates about which something is not known here.
//
// It exports one object, `podpis`. A failure is an object with the member `error`, a
// short code; the words are the page's.
package main

import (
	"syscall/js"

	"podpis/cmd/browser"
	"podpis/verify/bundle"
)

func main() {
	m := &module{store: bundle.NewStore()}
	browser.Serve(map[string]func(args []js.Value) any{
		"speak": m.speak, "begin": m.begin, "add": m.add, "silence": m.silence, "judge": m.judge, "prove": prove,
	})
}

// module is what the exported functions share.
type module struct {
	store *bundle.Store
	words words
}

// add takes in what is judged by: add(Uint8Array) → {made, lists}, times in
// milliseconds; lists is when the list of accredited centres was made, 0: there is none.
func (m *module) add(args []js.Value) any {
	b, err := bundle.Parse(browser.Octets(args[0]))
	if err != nil {
		return browser.Failure("bundle")
	}
	if err := m.store.Add(b); err != nil {
		return browser.Failure("bundle")
	}
	lists := int64(0)
	if b.Lists.Date != nil {
		lists = b.Lists.Date.UnixMilli()
	}
	return map[string]any{"made": b.Made.UnixMilli(), "lists": lists}
}

// begin begins another check: begin().
func (m *module) begin([]js.Value) any {
	m.store.Begin()
	return nil
}

// silence says that nobody can be asked about what was missing: silence().
func (m *module) silence([]js.Value) any {
	m.store.Silence()
	return nil
}
