// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"podpis/internal/server/middleware"
	"podpis/internal/service/ca"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/sign"
)

const document = "Договор\n"

// stand is a door on a real server with an authority behind it.
type stand struct {
	*servicetest.World
	*httptest.Server
	door               *door
	document           string
	detached, attached []byte
	spec               *huma.OpenAPI
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newStand opens a door with policies of the test: pairs of key and value.
func newStand(t testing.TB, kind alg.Kind, policies ...string) *stand {
	t.Helper()
	w := servicetest.NewDesk(t)
	for i := 0; i < len(policies); i += 2 {
		w.Set(policies[i], policies[i+1])
	}
	judge, err := trust.New(trust.Own{Chain: w.Authority.Chain, Lists: w.Authority.Lists}, nil, "", w.DB.Now)
	must(t, err)
	d := &door{grace: middleware.PaceGrace, Parts: Parts{
		Words: w.Words, Trust: judge, Gate: trust.NewGate(w.DB, w.Book), Verdicts: w.Verdicts, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Ready: w.DB.Ping,
	}}
	s := &stand{World: w, Server: httptest.NewServer(d.handler()), document: document, door: d, spec: (&door{}).routes(http.NewServeMux())}
	t.Cleanup(s.Close)
	s.sign(t, kind)
	return s
}

func (s *stand) sign(t testing.TB, kind alg.Kind) {
	t.Helper()
	ctx := t.Context()
	key, req := servicetest.Request(t, kind)
	issued, err := s.Authority.Issue(ctx, ca.Order{
		Key: "test/" + rand.Text(), Profile: "person", Request: req, Approval: []byte{1}, ApprovedBy: "account/o", OrderedBy: "account/h",
		Subject: map[string]string{
			"CN": "Соколова Анна Ивановна", "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань",
			"INN": "990000001704", "SNILS": "99000000153", "E": "anna@example.org",
		},
	})
	must(t, err)
	cert, err := x509.ParseCertificate(issued.DER)
	must(t, err)
	o := sign.Options{Certificate: cert, Chain: s.Authority.Chain(), Time: s.DB.Now()}
	s.detached, err = sign.Detached(ctx, rand.Reader, strings.NewReader(s.document), key, o)
	must(t, err)
	var b bytes.Buffer
	must(t, sign.Attached(ctx, rand.Reader, &b, strings.NewReader(s.document), key, o))
	s.attached = b.Bytes()
}

type part struct {
	name, file, content string
	header              [2]string
}

func sig(content []byte) part {
	return part{name: "signature", file: "договор.txt.sig", content: string(content)}
}
func doc(content string) part {
	return part{name: "document", file: "договор.txt", content: content}
}
func digests(content string) part { return part{name: "digests", content: content} }

func multi(t testing.TB, parts ...part) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		disposition := `form-data; name="` + p.name + `"`
		if p.file != "" {
			disposition += `; filename="` + p.file + `"`
		}
		h.Set("Content-Disposition", disposition)
		if p.header[0] != "" {
			h.Set(p.header[0], p.header[1])
		}
		w, err := m.CreatePart(h)
		must(t, err)
		_, err = w.Write([]byte(p.content))
		must(t, err)
	}
	must(t, m.Close())
	return b.Bytes(), m.FormDataContentType()
}

func (s *stand) post(t testing.TB, body io.Reader, contentType string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/verify", body)
	must(t, err)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.do(t, r)
}

func (s *stand) do(t testing.TB, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	answer, err := s.Client().Do(r)
	must(t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.Header.Get("Set-Cookie") != "" || answer.Header.Get("Access-Control-Allow-Origin") != "" ||
		answer.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(answer.Header.Get("Content-Security-Policy"), "default-src 'none'; frame") {
		t.Errorf("headers %v", answer.Header)
	}
	return answer, content
}

// described holds an answer against the description of its operation.
func (s *stand) described(t testing.TB, path, method string, answer *http.Response, content []byte) {
	t.Helper()
	op := s.spec.Paths[path].Post
	if method == http.MethodGet {
		op = s.spec.Paths[path].Get
	}
	response := op.Responses[answer.Status[:3]]
	if response == nil {
		t.Fatalf("%s %s answers %s, which is not described", method, path, answer.Status)
	}
	media := response.Content[answer.Header.Get("Content-Type")]
	if media == nil {
		t.Fatalf("%s: %s is not described", answer.Status, answer.Header.Get("Content-Type"))
	}
	var value any
	must(t, json.Unmarshal(content, &value))
	result := &huma.ValidateResult{}
	huma.Validate(s.spec.Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, result)
	for _, err := range result.Errors {
		t.Errorf("the answer is not as described: %v\n%s", err, content)
	}
}

func TestGood(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.GOST256A)
	hash := alg.Streebog256.Sum([]byte(document))
	sum := hex.EncodeToString(hash)
	changed := bytes.Clone(s.detached)
	changed[len(changed)-1] ^= 1
	for name, c := range map[string]struct {
		parts   []part
		verdict string
	}{
		"signature first":     {[]part{sig(s.detached), doc(document)}, "TOTAL-PASSED"},
		"document first":      {[]part{doc(document), sig(s.detached)}, "TOTAL-PASSED"},
		"attached":            {[]part{sig(s.attached)}, "TOTAL-PASSED"},
		"digests":             {[]part{sig(s.detached), digests(`{"streebog256":"` + sum + `"}`)}, "TOTAL-PASSED"},
		"digests first":       {[]part{digests(`{"streebog256":"` + strings.ToUpper(sum) + `"}`), sig(s.detached)}, "TOTAL-PASSED"},
		"other document":      {[]part{sig(s.detached), doc(document + "!")}, "TOTAL-FAILED"},
		"other, first":        {[]part{doc(""), sig(s.detached)}, "TOTAL-FAILED"},
		"empty document":      {[]part{sig(s.detached), doc("")}, "TOTAL-FAILED"},
		"other digest":        {[]part{sig(s.detached), digests(`{"streebog256":"` + strings.Repeat("0", 64) + `"}`)}, "TOTAL-FAILED"},
		"changed signature":   {[]part{sig(changed), doc(document)}, "TOTAL-FAILED"},
		"no document":         {[]part{sig(s.detached)}, "INDETERMINATE"},
		"no needed digest":    {[]part{sig(s.detached), digests(`{"sha256":"` + sum + `"}`)}, "INDETERMINATE"},
		"no signature at all": {[]part{sig([]byte("просто текст"))}, "INDETERMINATE"},
		"broken signature":    {[]part{sig(s.detached[:len(s.detached)/2]), doc(strings.Repeat(document, 100000))}, "TOTAL-FAILED"},
		"PEM":                 {[]part{sig(pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: s.detached})), doc(document)}, "TOTAL-PASSED"},
	} {
		body, kind := multi(t, c.parts...)
		answer, content := s.post(t, bytes.NewReader(body), kind)
		var report struct{ File, Verdict string }
		if err := json.Unmarshal(content, &report); err != nil || answer.StatusCode != http.StatusOK || report.Verdict != c.verdict {
			t.Errorf("%s: %s %s", name, answer.Status, content)
			continue
		}
		s.described(t, "/api/v1/verify", http.MethodPost, answer, content)
	}
}

// TestReport holds the shape of an answer; what differs from run to run is left out.
func TestReport(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.GOST256A)
	for language, words := range map[string]string{"ru": "Подпись", "en": "signature", "kk": "Қол"} {
		body, kind := multi(t, sig(s.attached))
		answer, content := s.post(t, bytes.NewReader(body), kind, "Accept-Language", language+";q=0.9, *;q=0.1")
		if answer.Header.Get("Content-Language") != language || !strings.Contains(string(content), words) {
			t.Errorf("%s: %v %s", language, answer.Header, content)
		}
		if language != "en" {
			continue
		}
		var b bytes.Buffer
		must(t, json.Indent(&b, content, "", "  "))
		got := regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]*"`).ReplaceAll(b.Bytes(), []byte(`"(time)"`))
		got = regexp.MustCompile(`"(?i)[0-9a-f]{30,64}"`).ReplaceAll(got, []byte(`"(number)"`))
		golden(t, "testdata/report.json", got)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("PODPIS_WRITE_GOLDEN") != "" {
		must(t, os.WriteFile(name, got, 0o644))
	}
	want, err := os.ReadFile(name)
	must(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (- want, + got):\n%s", name, diff)
	}
}

// TestDescription holds the committed description to the code: a change of it is a
// change of what clients rely on.
func TestDescription(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("../../../openapi.yaml")
	must(t, err)
	if diff := cmp.Diff(string(want), string(Describe())); diff != "" {
		t.Errorf("openapi.yaml differs from the code: if clients can live with it, run go generate (- committed, + code):\n%s", diff)
	}
	s := newStand(t, alg.P256)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/openapi.yaml", nil)
	must(t, err)
	answer, content := s.do(t, r)
	if answer.StatusCode != http.StatusOK || !bytes.Equal(content, want) {
		t.Errorf("%s %s", answer.Status, content)
	}
	r, err = http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/health", nil)
	must(t, err)
	answer, content = s.do(t, r)
	if string(content) != "{\"status\":\"ok\"}\n" {
		t.Errorf("%s %s", answer.Status, content)
	}
	s.described(t, "/api/v1/health", http.MethodGet, answer, content)
}

// TestWords: every refusal has its words in three languages.
func TestWords(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	for c := range statuses() {
		for _, language := range []string{"ru", "kk", "en"} {
			for _, key := range []string{"help.error.", "help.cause.", "help.step."} {
				if !w.Words.For(language).Has(key + string(c)) {
					t.Errorf("%s: no text for %s%s", language, key, c)
				}
			}
		}
	}
}

func sha(text string) string {
	d := sha256.Sum256([]byte(text))
	return hex.EncodeToString(d[:])
}
