// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"podpis/verify/reasons"
)

// steps lets a work of a hundred pieces go on, one each second.
func steps(p *Progress, clock *time.Time) {
	for i := range 100 {
		*clock = clock.Add(time.Second)
		p.Step(i >= 50, i+1, 0, 0) // the first half was done by an earlier run
	}
	p.Done()
}

// Elsewhere than on a terminal a line is written now and then, with the time that is left by the speed of this run.
func TestProgressLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	clock := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	c := &Console{Err: &out, Now: func() time.Time { return clock }, Language: reasons.English}
	steps(c.Progress(100), &clock)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 11 || !strings.HasPrefix(lines[0], "10 %: 10 of 100; passed 10") || !strings.Contains(lines[0], "… left") {
		t.Errorf("%d lines:\n%s", len(lines), out.String())
	}
	if !strings.Contains(lines[len(lines)-1], "100 %: 100 of 100") || !strings.Contains(lines[len(lines)-1], "0:00:00 left") {
		t.Errorf("%s", lines[len(lines)-1])
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("a bar where no terminal is")
	}
	var quiet bytes.Buffer
	clock = clock.Add(time.Hour)
	short := (&Console{Err: &quiet, Now: func() time.Time { return clock }}).Progress(1)
	short.Step(true, 1, 0, 0)
	short.Done()
	if quiet.Len() > 0 {
		t.Errorf("a short work says %q", quiet.String())
	}
	var none *Progress
	none.Step(true, 0, 0, 0)
	none.Clear()
	none.Done()
}

// On a terminal one line is drawn over and over, and nothing of it is left.
func TestProgressBar(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	clock := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	c := &Console{Err: &out, Now: func() time.Time { return clock }, Language: reasons.English}
	p := c.Progress(100)
	p.bar = true
	steps(p, &clock)
	text := out.String()
	if n := strings.Count(text, "\r\x1b[K["); n != 100 || strings.Contains(text, "\n") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("%d bars in %q", n, text)
	}
	if !regexp.MustCompile(`\[=+ *\] 75 %: 75 of 100.*0:01:1\d left`).MatchString(text) {
		t.Errorf("%q", text)
	}
	p.Clear()
	if out.String() != text {
		t.Error("cleared twice")
	}
}
