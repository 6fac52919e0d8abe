// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// Progress tells on the error output how far a long work is: a bar that moves on a terminal, now and then a line elsewhere.
// Its methods are for one goroutine. A nil progress says nothing.
type Progress struct {
	c       *Console
	total   int
	bar     bool
	shown   bool
	start   time.Time
	last    time.Time
	done    int // with what was done before
	fresh   int // done now
	good    int
	bad     int
	unknown int
}

// How often a bar moves and a line is written.
const (
	barPause  = 100 * time.Millisecond
	linePause = 10 * time.Second
	barWidth  = 24
)

// Progress begins to tell about a work of so many pieces.
func (c *Console) Progress(total int) *Progress {
	f, ok := c.Err.(*os.File)
	now := c.Now()
	return &Progress{c: c, total: total, bar: ok && term.IsTerminal(int(f.Fd())), start: now, last: now}
}

// Step says that a piece is done, with the counts so far; fresh is one that took time now.
func (p *Progress) Step(fresh bool, good, bad, unknown int) {
	if p == nil {
		return
	}
	p.done++
	if fresh {
		p.fresh++
	}
	p.good, p.bad, p.unknown = good, bad, unknown
	pause := linePause
	if p.bar {
		pause = barPause
	}
	if now := p.c.Now(); now.Sub(p.last) >= pause {
		p.last = now
		p.show(now)
	}
}

func (p *Progress) show(now time.Time) {
	line := fmt.Sprintf(p.c.Text("progress"), 100*p.done/max(p.total, 1), p.done, p.total, p.good, p.bad, p.unknown, p.left(now))
	if !p.bar {
		fmt.Fprintln(p.c.Err, line)
		return
	}
	filled := barWidth * p.done / max(p.total, 1)
	p.shown = true
	fmt.Fprintf(p.c.Err, "\r\x1b[K[%s%s] %s", strings.Repeat("=", filled), strings.Repeat(" ", barWidth-filled), line)
}

// left is the time that the rest will take at the speed so far.
func (p *Progress) left(now time.Time) string {
	if p.fresh == 0 {
		return "…"
	}
	d := now.Sub(p.start) / time.Duration(p.fresh) * time.Duration(p.total-p.done)
	s := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Clear takes the bar away, so that a line of the answer can be written; the next step draws it again.
func (p *Progress) Clear() {
	if p != nil && p.shown {
		_, _ = io.WriteString(p.c.Err, "\r\x1b[K")
		p.shown = false
	}
}

// Done ends the telling.
func (p *Progress) Done() {
	if p == nil {
		return
	}
	p.Clear()
	if !p.bar && p.total > 0 && p.c.Now().Sub(p.start) >= linePause {
		p.show(p.c.Now())
	}
}
