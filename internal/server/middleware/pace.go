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
	// PaceGrace is the time any body has.
	PaceGrace = 15 * time.Second
	paceRate  = 32 << 10 // octets a second
)

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
