// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed static
var files embed.FS

// Asset is the address of an embedded file. It carries a digest of the content,
// so that browsers keep it for ever and never keep a stale one.
func Asset(name string) string {
	if a, ok := assets()[name]; ok {
		return "/static/" + name + "?v=" + a.version
	}
	return "/static/" + name
}

type asset struct {
	version    string
	plain, zip []byte
	mime       string
}

// assets reads and compresses the embedded files once.
var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	err := fs.WalkDir(files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		var zipped bytes.Buffer
		z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(content); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		all[strings.TrimPrefix(name, "static/")] = asset{hex.EncodeToString(sum[:6]), content, zipped.Bytes(), mimeOf(name)}
		return nil
	})
	if err != nil {
		panic("kit: embedded files: " + err.Error())
	}
	return all
})

// Source is the text of an embedded file, for a page that has to hold it.
func Source(name string) string { return string(assets()[name].plain) }

func mimeOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".png":
		return "image/png"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// ServeAsset answers GET /static/{name...}.
func ServeAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := assets()[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.mime)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache") // may be kept, must be asked about
	if r.URL.Query().Get("v") == a.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	content := a.plain
	h.Set("ETag", `"`+a.version+`"`)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+a.version+`.gz"`)
		content = a.zip
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
