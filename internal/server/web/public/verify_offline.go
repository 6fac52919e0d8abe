// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"podpis/internal/platform/locale"
	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/verify/bundle"
)

// Offline explains the saved page and gives it.
func (s *Site) Offline(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "offline.title", "verify")
	page, err := s.pages.page(r.Context(), s)
	if err != nil {
		return err
	}
	return s.Show(w, r, p, offline(page))
}

// OfflinePage is the saved page: one file that judges without a network.
func (s *Site) OfflinePage(w http.ResponseWriter, r *http.Request) error {
	page, err := s.pages.page(r.Context(), s)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="podpis-verify-`+page.made.Format("2006-01-02")+`.html"`)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Length", strconv.Itoa(len(page.content)))
	_, _ = w.Write(page.content) // the client has gone: nobody is left to tell
	return nil
}

// savedPages keeps the page of the latest lists: it is made when they have changed, and
// once a day, since it says their date. To know whether they have, thousands of
// certificates are read: that is done once in a while, by one visitor for all.
type savedPages struct {
	mu     sync.Mutex
	latest savedFile
	looked time.Time
}

// lookEvery is how old lists may get without anybody noticing.
const lookEvery = 30 * time.Second

type savedFile struct {
	version [sha256.Size]byte
	made    time.Time
	lists   *time.Time // of the list of accredited centres, nil: there is none
	content []byte
}

func (k *savedPages) page(ctx context.Context, s *Site) (savedFile, error) {
	module, ok := s.Module("verify.wasm")
	if !ok {
		return savedFile{}, problem.New(problem.Unavailable, "offline.missing")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if age := s.Now().Sub(k.looked); k.latest.content != nil && age >= 0 && age < lookEvery {
		return k.latest, nil
	}
	b, err := s.Trust.All(ctx)
	if err != nil {
		return savedFile{}, err
	}
	version, err := versionOf(b)
	if err != nil {
		return savedFile{}, err
	}
	k.looked = b.Made
	if k.latest.version == version && b.Made.Sub(k.latest.made) < 24*time.Hour {
		return k.latest, nil
	}
	page := savedFile{version: version, made: b.Made, lists: b.Lists.Date}
	if page.content, err = s.makeSaved(ctx, b, module); err != nil {
		return savedFile{}, err
	}
	k.latest = page
	return page, nil
}

// versionOf is the same for bundles that differ in the time they were made only.
func versionOf(b *bundle.Bundle) (version [sha256.Size]byte, err error) {
	still := *b
	still.Made, still.Lists.AgeDays = time.Time{}, 0
	content, err := json.Marshal(still)
	return sha256.Sum256(content), err
}

// savedData is what scripts of the saved page read, the words by language. Names are how
// the zone is called.
type savedData struct {
	Texts  map[string]map[string]string `json:"texts"`
	Worker string                       `json:"worker"`
	Zone   string                       `json:"zone"`
	Names  map[string]string            `json:"names"`
	// Training says that the page is of a training installation.
	Training bool `json:"training"`
}

// savedView is what the saved page is drawn of.
type savedView struct {
	policy         string // of content
	style, script  string
	data           string // JSON
	module, bundle string // base64 of gzip
	bodies         []savedBody
}

// savedBody is the page in one language.
type savedBody struct {
	page     *kit.Page
	made     time.Time
	lists    *time.Time
	limit    string
	training bool
}

func (s *Site) makeSaved(ctx context.Context, b *bundle.Bundle, module []byte) ([]byte, error) {
	limits, err := s.Gate.Limits(ctx)
	if err != nil {
		return nil, err
	}
	zipped, err := zipJSON(b)
	if err != nil {
		return nil, err
	}
	data := savedData{Texts: map[string]map[string]string{}, Names: map[string]string{}, Training: s.StandURL != "", Worker: kit.Source("wasm_exec.js") + "\n" + kit.Source("judge.js")}
	v := savedView{style: kit.Source("podpis.css"), script: joined("engine.js", "judging.js", "offline.js"), module: base64.StdEncoding.EncodeToString(module), bundle: zipped}
	for _, tag := range locale.Languages() {
		words := s.Words.For(tag.String())
		p := &kit.Page{Words: words, Title: words.T("offline.title", nil), Now: b.Made}
		data.Zone, data.Names[words.Language()] = words.Zone(b.Made)
		data.Texts[words.Language()] = map[string]string{}
		for _, key := range append(reportWords(), "offline.page.broken") {
			data.Texts[words.Language()][key] = words.T(key, nil)
		}
		v.bodies = append(v.bodies, savedBody{p, b.Made, b.Lists.Date, strconv.FormatInt(limits.Signature>>20, 10), data.Training})
	}
	text, err := json.Marshal(data) // escapes what could end a script
	if err != nil {
		return nil, err
	}
	v.data = string(text)
	v.policy = "default-src 'none'; script-src " + digest(v.script) + " 'wasm-unsafe-eval'; style-src " + digest(v.style) +
		"; worker-src blob:; base-uri 'none'; form-action 'none'"
	var out bytes.Buffer
	err = savedPage(v).Render(v.bodies[0].page.With(ctx), &out)
	return out.Bytes(), err
}

// inLanguage draws a body with the words of its language.
func inLanguage(b savedBody) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return savedForm(b).Render(b.page.With(ctx), w)
	})
}

func offlineFacts(p *kit.Page, page savedFile) []kit.Fact {
	facts := []kit.Fact{{Name: p.T("offline.date"), Value: p.Words.DateTime(page.made)}}
	if page.lists != nil {
		facts = append(facts, kit.Fact{Name: p.T("offline.accredited"), Value: p.Words.DateTime(*page.lists)})
	}
	return append(facts, kit.Fact{Name: p.T("offline.size"), Value: p.Words.Size(int64(len(page.content)))})
}

// digest lets one script or style through (Content Security Policy 3, 2.3.1).
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// joined puts modules into one script: what they import from each other is then there.
func joined(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		for line := range strings.Lines(kit.Source(name)) {
			if strings.HasPrefix(line, "import ") {
				continue
			}
			b.WriteString(strings.TrimPrefix(line, "export "))
		}
	}
	return b.String()
}

func zipJSON(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := z.Write(text); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(zipped.Bytes()), nil
}
