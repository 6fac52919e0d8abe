// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package middleware

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// A body may be large and its sender on a slow line; but who sends drop by drop does
// not hold a place for ever.
const (
	// PaceGrace is the time a body has that takes a place others wait for, or is small.
	PaceGrace = 15 * time.Second
	// FileGrace is the time any body has: files come from phones at the edge of a network.
	FileGrace = 5 * time.Minute
	paceRate  = 32 << 10 // octets a second
)

// Bodies bounds the time of every body, and reads none of a request that only looks: the fields of a
// multipart body would be taken for those of the address ([http.Request.FormValue]), whatever its size.
func Bodies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(Paced(w, r.Body, FileGrace))
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			r.Body = http.NoBody
		}
		next.ServeHTTP(w, r)
	})
}

// Soon is for what carries no files and comes at once.
func Soon(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(Paced(w, r.Body, PaceGrace))
		next.ServeHTTP(w, r)
	})
}

// Paced reads the body of a request and gives up with [os.ErrDeadlineExceeded] when
// it comes slower than 32 KiB/s after the time of grace.
func Paced(w http.ResponseWriter, body io.Reader, grace time.Duration) io.Reader {
	return &paced{body: body, control: http.NewResponseController(w), start: time.Now(), grace: grace}
}

type paced struct {
	body    io.Reader
	control *http.ResponseController
	start   time.Time
	set     time.Time
	grace   time.Duration
	n       int64
}

func (p *paced) Read(b []byte) (int, error) {
	until := p.start.Add(p.grace + time.Duration(p.n/paceRate)*time.Second)
	if !until.Equal(p.set) {
		p.set = until
		if err := p.control.SetReadDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
	}
	n, err := p.body.Read(b)
	p.n += int64(n)
	if errors.Is(err, io.EOF) {
		// The deadline would also end the watch for a client that goes away.
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
