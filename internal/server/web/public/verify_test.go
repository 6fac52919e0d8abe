// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/guard"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/verify"
)

const maxSignature = 1 << 20

var limits = trust.Limits{Upload: 8 << 20, Signature: maxSignature}

type part struct{ name, file, content string }

func read(t *testing.T, parts ...part) (verify.Input, error) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		w, err := m.CreateFormField(p.name)
		if p.file != "" {
			w, err = m.CreateFormFile(p.name, p.file)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/verify", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return readForm(r)
}

// readForm reads a form as somebody does who is let in.
func readForm(r *http.Request) (verify.Input, error) {
	u := uploads{limits: limits, pasted: "pasted", admit: func(guard.Proof) error { return nil }}
	in, err := u.read(httptest.NewRecorder(), r)
	return in, err
}

// The signature of a pair is found by its name where its content does not tell.
func TestUploads(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte("Договор"))
	for what, files := range map[string][]part{
		"pair":         {{"files", "a.txt", "Договор"}, {"files", "a.txt.sig", "x"}},
		"other order":  {{"files", "a.txt.sig", "x"}, {"files", "a.txt", "Договор"}},
		"three":        {{"files", "a.txt.sig", "x"}, {"files", "a.txt", "Договор"}, {"files", "b.txt", "y"}},
		"path in name": {{"files", "../../a.txt.p7s", "x"}, {"files", "/etc/a.txt", "Договор"}},
	} {
		in, err := read(t, files...)
		if err != nil || string(in.Signature) != "x" || in.Name != "a.txt" || !bytes.Equal(in.Digests[alg.SHA256], digest[:]) || in.MayBeDocument {
			t.Errorf("%s: %+v, %v", what, in, err)
		}
	}
	if in, err := read(t, part{"files", "a.txt", "Договор"}); err != nil || !in.MayBeDocument {
		t.Errorf("one file: %+v, %v", in, err)
	}
	for _, files := range [][]part{nil, {{"files", "", "x"}}, {{"other", "", "x"}}} {
		if _, err := read(t, files...); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%v: %v", files, err)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader("x"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if _, err := readForm(r); problem.KindOf(err) != problem.Invalid {
		t.Errorf("a broken form: %v", err)
	}
}

// A document that is held is there for whatever hash its signature names, such as that
// of before 2012.
func TestHeldDocument(t *testing.T) {
	t.Parallel()
	in, err := read(t, part{"files", "a.txt.sig", "x"}, part{"files", "a.txt", "Договор"})
	if err != nil || in.Document == nil {
		t.Fatalf("%+v, %v", in, err)
	}
	if content, err := io.ReadAll(in.Document); err != nil || string(content) != "Договор" {
		t.Errorf("%q, %v", content, err)
	}
	in, err = read(t, part{"files", "", ""}, part{"text", "", " -----BEGIN CERTIFICATE-----"})
	if err != nil || in.Name != "pasted" || !in.MayBeDocument {
		t.Errorf("a text that was pasted: %+v, %v", in, err)
	}
}

// The proof stands before the files: of those who are not let in no file is read.
func TestProofComesFirst(t *testing.T) {
	t.Parallel()
	var seen []guard.Proof
	refused := problem.New(problem.Limited, "guard.needed")
	u := uploads{limits: limits, admit: func(p guard.Proof) error {
		seen = append(seen, p)
		return refused
	}}
	body := "--x\r\nContent-Disposition: form-data; name=\"work\"\r\n\r\nw.1\r\n--x\r\nContent-Disposition: form-data; name=\"code_token\"\r\n\r\nt\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\n123\r\n--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.sig\"\r\n\r\n"
	rest := &counted{left: 1 << 20}
	r := httptest.NewRequest(http.MethodPost, "/verify", io.MultiReader(strings.NewReader(body), rest))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if _, err := u.read(httptest.NewRecorder(), r); !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
	if len(seen) != 1 || seen[0] != (guard.Proof{Work: "w.1", Token: "t", Code: "123"}) {
		t.Errorf("%+v", seen)
	}
	if rest.read > 64<<10 {
		t.Errorf("%d octets of a file were read", rest.read)
	}
}

// counted is a file that tells how much of it was read.
type counted struct{ left, read int }

func (c *counted) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), c.left)
	c.left, c.read = c.left-n, c.read+n
	return n, nil
}

// A document larger than any signature is hashed and let go by.
func TestLargeDocumentIsNotHeld(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", maxSignature+1)
	want := sha256.Sum256([]byte(large))
	in, err := read(t, part{"files", "a.bin", large}, part{"files", "a.bin.sig", "x"})
	if err != nil || string(in.Signature) != "x" || !bytes.Equal(in.Digests[alg.SHA256], want[:]) {
		t.Errorf("%v, %v", in.Name, err)
	}
	_, err = read(t, part{"files", "a.bin", large})
	var p *problem.Error
	if !errors.As(err, &p) || p.Key != "verify.no_signature" {
		t.Errorf("got %v", err)
	}
}

// FuzzUploads: whatever a browser posts, it is read or refused, and digests have
// the length of their hash.
func FuzzUploads(f *testing.F) {
	f.Add("--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.sig\"\r\n\r\nx\r\n--x--\r\n")
	f.Add("--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nMAA=\r\n--x--\r\n")
	f.Add("--x\r\n\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		in, err := readForm(r)
		if err != nil {
			if problem.KindOf(err) == problem.Internal {
				t.Errorf("internal: %v", err)
			}
			return
		}
		for h, d := range in.Digests {
			if len(d) != h.Size() {
				t.Errorf("a digest of %d octets for %v", len(d), h)
			}
		}
		if strings.ContainsAny(in.Name, "/") && in.Name != "/" {
			t.Errorf("the name %q holds a path", in.Name)
		}
	})
}
