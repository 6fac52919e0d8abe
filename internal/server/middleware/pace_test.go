// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package middleware

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// patient is an answer whose connection remembers until when it waits for the body.
type patient struct {
	*httptest.ResponseRecorder
	until []time.Time
}

func (p *patient) SetReadDeadline(at time.Time) error {
	p.until = append(p.until, at)
	return nil
}

// TestBodiesComeInTime: nobody holds a place by sending drop by drop, and when the body is there the
// connection may wait for as long as its answer takes. What only looks has no body.
func TestBodiesComeInTime(t *testing.T) {
	t.Parallel()
	read := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body) })
	for name, x := range map[string]struct {
		handler http.Handler
		grace   time.Duration
	}{"file": {Bodies(read), FileGrace}, "form": {Soon(read), PaceGrace}} {
		w := &patient{ResponseRecorder: httptest.NewRecorder()}
		before := time.Now()
		x.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("key=x")))
		if n := len(w.until); n < 2 || w.until[0].Before(before.Add(x.grace)) || w.until[0].After(time.Now().Add(x.grace)) || !w.until[n-1].IsZero() {
			t.Errorf("%s: waits until %v", name, w.until)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		body := strings.NewReader("key=x")
		Bodies(read).ServeHTTP(&patient{ResponseRecorder: httptest.NewRecorder()}, httptest.NewRequest(method, "/", body))
		if body.Len() != 5 {
			t.Errorf("%s: %d octets of its body are left", method, body.Len())
		}
	}
}
