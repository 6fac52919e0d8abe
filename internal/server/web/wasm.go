// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"
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

// digests are those of the modules in their forms, by which a browser asks whether its own is the same.
var digests = sync.OnceValue(func() map[string]string {
	list := map[string]string{}
	entries, err := module.ReadDir("wasm")
	if err != nil {
		panic("web: embedded modules: " + err.Error())
	}
	for _, e := range entries {
		content, err := module.ReadFile("wasm/" + e.Name())
		if err != nil {
			panic("web: embedded modules: " + err.Error())
		}
		sum := sha256.Sum256(content)
		list[e.Name()] = hex.EncodeToString(sum[:12])
	}
	return list
})

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
		h.Set("Cache-Control", "no-cache") // may be kept, must be asked about: megabytes otherwise, for each page with a key
		h.Set("ETag", `"`+digests()[name+form.suffix]+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		return
	}
	http.NotFound(w, r)
}
