// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

// Package browser is what the modules of the browser share: octets to and from
// JavaScript, the exported object, and files that are read where they lie.
package browser

import "syscall/js"

// Octets copies a Uint8Array.
func Octets(v js.Value) []byte {
	b := make([]byte, v.Get("length").Int())
	js.CopyBytesToGo(b, v)
	return b
}

// Array makes a Uint8Array.
func Array(b []byte) js.Value {
	v := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}

// Failure is the answer of a function that failed: a short code, for which the page has
// words.
func Failure(code string) any { return map[string]any{"error": code} }

// Serve exports the functions as members of one object, `podpis`, says that the module
// is ready, and does not return: the worker ends the module.
func Serve(functions map[string]func(args []js.Value) any) {
	object := js.Global().Get("Object").New()
	for name, f := range functions {
		object.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any { return f(args) }))
	}
	js.Global().Set("podpis", object)
	js.Global().Call("podpisReady")
	select {}
}

// Random is the browser's own generator.
type Random struct{}

// Read fills p; it never returns an error.
func (Random) Read(p []byte) (int, error) {
	const most = 65536 // of one call of getRandomValues
	for n := 0; n < len(p); {
		fresh := js.Global().Get("Uint8Array").New(min(len(p)-n, most))
		js.Global().Get("crypto").Call("getRandomValues", fresh)
		n += js.CopyBytesToGo(p[n:], fresh)
	}
	return len(p), nil
}
