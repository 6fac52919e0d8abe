// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
)

// refused holds an answer to be the problem with a code.
func (s *stand) refused(t *testing.T, name string, want code, answer *http.Response, content []byte) {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(content, &p); err != nil {
		t.Errorf("%s: %s %q", name, answer.Status, content)
		return
	}
	if p.Code != string(want) || answer.StatusCode != statuses()[want] || p.Status != answer.StatusCode || p.Title == "" || p.Detail == "" || p.Next == "" ||
		answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: want %s, got %s %s", name, want, answer.Status, content)
	}
}

func TestBadForms(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.P256, "verify.upload_mb", "2", "verify.signature_mb", "1", "verify.rate", "1000")
	good, kind := multi(t, sig(s.detached), doc(document))
	boundary := strings.TrimPrefix(kind, "multipart/form-data; boundary=")
	built := func(parts ...part) string {
		body, own := multi(t, parts...)
		return strings.ReplaceAll(string(body), strings.TrimPrefix(own, "multipart/form-data; boundary="), boundary)
	}
	bomb := make([]part, 10000)
	for i := range bomb {
		bomb[i] = part{name: "x" + strconv.Itoa(i)}
	}
	large := strings.Repeat("x", 3<<20)
	empty := sha("")
	for name, c := range map[string]struct {
		body, kind string
		want       code
	}{
		"empty":                {"", kind, brokenForm},
		"cut in a part":        {string(good[:len(good)/2]), kind, brokenForm},
		"cut at the end":       {string(good[:len(good)-8]), kind, brokenForm},
		"not a form":           {"signature", kind, brokenForm},
		"other boundary":       {string(good), "multipart/form-data; boundary=other", brokenForm},
		"no boundary":          {string(good), "multipart/form-data", wrongType},
		"long boundary":        {string(good), "multipart/form-data; boundary=" + strings.Repeat("x", 71), wrongType},
		"mixed":                {string(good), "multipart/mixed; boundary=" + boundary, wrongType},
		"JSON":                 {"{}", "application/json", wrongType},
		"no type":              {"{}", "", wrongType},
		"fields of a page":     {"signature=x", "application/x-www-form-urlencoded", wrongType},
		"no parts":             {"--" + boundary + "--\r\n", kind, brokenForm},
		"document only":        {built(doc(document)), kind, noSignature},
		"empty signature":      {built(sig(nil), doc(document)), kind, noSignature},
		"unknown part":         {built(sig(s.detached), part{name: "password"}), kind, wrongPart},
		"part without name":    {built(part{}), kind, wrongPart},
		"many parts":           {built(bomb...), kind, wrongPart},
		"signature twice":      {built(sig(s.detached), sig(s.detached)), kind, wrongPart},
		"digests twice":        {built(digests(`{"sha256":"`+empty+`"}`), digests(`{"sha256":"`+empty+`"}`)), kind, wrongPart},
		"encoded part":         {built(part{name: "signature", content: "eA==", header: [2]string{"Content-Transfer-Encoding", "base64"}}), kind, wrongPart},
		"document twice":       {built(sig(s.detached), doc(document), doc(document)), kind, wrongPart},
		"document and digests": {built(sig(s.detached), doc(document), digests(`{"sha256":"`+empty+`"}`)), kind, twoDocuments},
		"digests and document": {built(digests(`{"sha256":"`+empty+`"}`), doc(document), sig(s.detached)), kind, twoDocuments},
		"document, digests":    {built(doc(document), digests(`{"sha256":"`+empty+`"}`), sig(s.detached)), kind, twoDocuments},
		"digests, no JSON":     {built(sig(s.detached), digests("sha256")), kind, wrongDigests},
		"digests of nothing":   {built(sig(s.detached), digests("{}")), kind, wrongDigests},
		"digests, null":        {built(sig(s.detached), digests("null")), kind, wrongDigests},
		"digest of unknown":    {built(sig(s.detached), digests(`{"md5":"00"}`)), kind, wrongDigests},
		"short digest":         {built(sig(s.detached), digests(`{"sha256":"00"}`)), kind, wrongDigests},
		"digest of no hex":     {built(sig(s.detached), digests(`{"sha256":"`+strings.Repeat("x", 64)+`"}`)), kind, wrongDigests},
		"digests too long":     {built(sig(s.detached), digests(`{"sha256":"`+large[:8<<10]+`"}`)), kind, wrongDigests},
		"large request":        {built(sig(s.detached), doc(large)), kind, tooLarge},
		"large signature":      {built(sig([]byte(large[:1<<20+1]))), kind, largeSignature},
		"large headers":        {built(part{name: "signature", header: [2]string{"X", large[:64<<10]}}), kind, brokenForm},
		"deep name":            {built(part{name: large[:64<<10]}), kind, brokenForm},
		"large preamble":       {large[:1<<20] + "\r\n" + string(good), kind, brokenForm},
	} {
		answer, content := s.post(t, strings.NewReader(c.body), c.kind)
		s.refused(t, name, c.want, answer, content)
		s.described(t, "/api/v1/verify", http.MethodPost, answer, content)
		if c.want == tooLarge { // the same when it does not say how large it is
			answer, content = s.post(t, io.MultiReader(strings.NewReader(c.body)), c.kind)
			s.refused(t, name+", in chunks", c.want, answer, content)
		}
	}
	answer, content := s.post(t, bytes.NewReader(good), kind, "Content-Encoding", "gzip")
	s.refused(t, "compressed", wrongType, answer, content)
	answer, content = s.post(t, bytes.NewReader(good), kind, "Sec-Fetch-Site", "cross-site")
	s.refused(t, "another site", otherSite, answer, content)
	for language, word := range map[string]string{"ru": "Запрос", "kk": "Сұрау", "en": "request", "": "Запрос"} {
		_, content = s.post(t, strings.NewReader("{}"), kind, "Accept-Language", language, "Accept", "text/html")
		if !strings.Contains(string(content), word) {
			t.Errorf("%s: %s", language, content)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.P256)
	for _, c := range []struct {
		method, path string
		want         code
	}{
		{http.MethodGet, "/api/v1/verify", wrongMethod}, {http.MethodOptions, "/api/v1/verify", wrongMethod},
		{http.MethodPost, "/api/v1/health", wrongMethod}, {http.MethodDelete, "/api/v1/openapi.yaml", wrongMethod},
		{http.MethodGet, "/api/", noAddress}, {http.MethodPost, "/api/v2/verify", noAddress}, {http.MethodGet, "/api/v1/verify/x", noAddress},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, s.URL+c.path, nil)
		must(t, err)
		answer, content := s.do(t, r)
		s.refused(t, c.method+" "+c.path, c.want, answer, content)
	}
}

// A document that comes before its signature has not the old hash that one needs.
func TestOldHash(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.P256)
	signature := pkitest.ReadCorpus(t, "cms/ivanov-46aca679df.sig")
	old := string(pkitest.ReadCorpus(t, "cms/ivanov-doc.txt"))
	body, kind := multi(t, doc(old), sig(signature))
	answer, content := s.post(t, bytes.NewReader(body), kind)
	s.refused(t, "document first", signatureFirst, answer, content)
	body, kind = multi(t, sig(signature), doc(old))
	answer, content = s.post(t, bytes.NewReader(body), kind)
	if answer.StatusCode != http.StatusOK || !strings.Contains(string(content), `"document":{"answer":"yes"`) {
		t.Errorf("signature first: %s %s", answer.Status, content)
	}
}

// The limit of a network, and the places for all.
func TestTooMany(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.P256, "verify.rate", "2")
	body, kind := multi(t, sig(s.attached))
	for range 2 {
		if answer, content := s.post(t, bytes.NewReader(body), kind); answer.StatusCode != http.StatusOK {
			t.Fatalf("%s %s", answer.Status, content)
		}
	}
	answer, content := s.post(t, bytes.NewReader(body), kind)
	s.refused(t, "third", tooMany, answer, content)
	if n, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || n < 1 || n > 60 {
		t.Errorf("Retry-After: %q", answer.Header.Get("Retry-After"))
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.P256, "verify.places", "2", "verify.places_network", "2")
	body, kind := multi(t, sig(s.attached))
	var leave [2]func()
	for i := range leave {
		var err error
		leave[i], err = s.door.Gate.Enter(t.Context(), "192.0.2.1")
		must(t, err)
	}
	answer, content := s.post(t, bytes.NewReader(body), kind)
	s.refused(t, "full", busy, answer, content)
	if answer.Header.Get("Retry-After") == "" {
		t.Error("no word when to come back")
	}
	leave[0]()
	if answer, content = s.post(t, bytes.NewReader(body), kind); answer.StatusCode != http.StatusOK {
		t.Errorf("a place is free: %s %s", answer.Status, content)
	}
	leave[1]()
}

// A body that stops on its way gives its place back.
func TestSlow(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.P256, "verify.places", "1")
	s.door.grace = 100 * time.Millisecond
	body, kind := multi(t, sig(s.attached))
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = w.Write(body[:len(body)/2]) }()
	answer, content := s.post(t, r, kind)
	s.refused(t, "slow", tooSlow, answer, content)
	if answer, content = s.post(t, bytes.NewReader(body), kind); answer.StatusCode != http.StatusOK {
		t.Errorf("after it: %s %s", answer.Status, content)
	}
}

// Mutants of a request are answered, and pass only where nothing was signed.
func TestMutants(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.P256, "verify.rate", "100000", "verify.places_network", "16")
	body, kind := multi(t, sig(s.detached), doc(document))
	from := bytes.Index(body, []byte("Договор\n"))
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := worker; i < len(body); i += 4 * 7 {
				mutant := bytes.Clone(body)
				mutant[i] ^= 0x11
				answer, content := s.post(t, bytes.NewReader(mutant), kind)
				passed := strings.Contains(string(content), `"verdict":"TOTAL-PASSED"`)
				if answer.StatusCode >= 500 || passed && i >= from && i < from+len(document) {
					t.Errorf("octet %d: %s %s", i, answer.Status, content)
				}
			}
		})
	}
	group.Wait()
}

// FuzzForm: whatever comes, it is read or refused; digests have the length of their hash.
func FuzzForm(f *testing.F) {
	f.Add("--x\r\nContent-Disposition: form-data; name=\"signature\"; filename=\"a.sig\"\r\n\r\nx\r\n--x--\r\n")
	f.Add("--x\r\nContent-Disposition: form-data; name=\"digests\"\r\n\r\n{\"sha256\":\"00\"}\r\n--x--\r\n")
	f.Add("--x\r\nContent-Disposition: form-data; name=\"document\"\r\n\r\nx\r\n--x\r\nContent-Disposition: form-data; name=\"signature\"\r\n\r\nx\r\n--x--\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/verify", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		in, err := openForm(httptest.NewRecorder(), r, trust.Limits{Upload: 1 << 20, Signature: 1 << 16}, time.Second)
		must(t, err)
		q, err := in.readUntilDocument()
		if err == nil && len(q.Signature) == 0 {
			t.Error("no signature, no refusal")
		}
		for h, d := range q.Digests {
			if len(d) != h.Size() {
				t.Errorf("a digest of %d octets for %v", len(d), h)
			}
		}
		if strings.Contains(q.Name, "/") && q.Name != "/" {
			t.Errorf("the name %q holds a path", q.Name)
		}
	})
}
