// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"embed"
	"net/http"
	"strings"
)

// The modules that sign and judge are built before the program (make wasm) and
// embedded compressed. They are not committed; the directory then holds only its
// README.
//
//go:embed all:wasm
var module embed.FS

// zipped is a module as gzip.
func zipped(name string) ([]byte, bool) {
	content, err := module.ReadFile("wasm/" + name + ".gz")
	return content, err == nil
}

// serveWASM answers with a module. Every browser that runs it takes
// gzip; brotli is a third smaller and is sent where it is taken.
func serveWASM(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	accept := r.Header.Get("Accept-Encoding")
	for _, form := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !strings.Contains(accept, form.encoding) {
			continue
		}
		content, err := module.ReadFile("wasm/" + name + form.suffix)
		if err != nil {
			continue
		}
		h := w.Header()
		h.Set("Content-Type", "application/wasm")
		h.Set("Content-Encoding", form.encoding)
		h.Set("Vary", "Accept-Encoding")
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(content) // the client has gone: nobody is left to tell
		return
	}
	http.NotFound(w, r)
}
