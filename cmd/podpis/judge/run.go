// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"podpis/cmd/podpis/terminal"
	"podpis/verify"
	"podpis/verify/brief"
	"podpis/verify/reasons"
)

// outcome is what came of one task.
type outcome struct {
	Task   string          `json:"task"`             // identity of the task
	Report json.RawMessage `json:"report,omitempty"` // of a file that was judged
	Fault  string          `json:"fault,omitempty"`  // why a file could not be read, in words
	Exit   int             `json:"exit,omitempty"`   // the exit code of a fault
	Passed bool            `json:"passed,omitempty"` // over: nothing in it was to be judged

	report *verify.Report // Report, read
	err    error          // that ends the run
	before bool           // it comes from the journal of an earlier run
}

// batch is many tasks judged by the same settings.
type batch struct {
	c        *terminal.Console
	tasks    []task
	settings verify.Options
	encoded  bool // the answer is JSON
	brief    bool // without what it rests on
	many     bool // what cannot be read is told and does not end the run
	journal  *journal
	room     *room
	out      printer
	progress *terminal.Progress
	sum      sum
}

// ahead is how many results a processor may have waiting for their turn.
const ahead = 16

// run judges every task, on all processors, and prints the answers in the order of the tasks.
func (b *batch) run(ctx context.Context) error {
	workers := runtime.GOMAXPROCS(0)
	b.room = newRoom(terminal.MaxMessage)
	if err := b.out.begin(); err != nil {
		return terminal.Failed("output-unwritable", err, "stdout")
	}
	err := inOrder(ctx, len(b.tasks), workers, ahead*workers, b.judge, b.deliver)
	b.progress.Done()
	if err != nil {
		return terminal.Interrupted(ctx, err)
	}
	if err := b.out.end(&b.sum); err != nil {
		return terminal.Failed("output-unwritable", err, "stdout")
	}
	if b.sum.count() == 0 && len(b.tasks) > 0 {
		return &terminal.Problem{Exit: terminal.ExitUnknown, Key: "folder-empty", Args: []any{filepath.Dir(b.tasks[0].file)}}
	}
	return b.sum.exit()
}

// judge does one task, or finds it done.
func (b *batch) judge(ctx context.Context, i int) outcome {
	t := b.tasks[i]
	job, err := t.job()
	var o outcome
	if b.journal != nil {
		o.Task = identity(t, job)
		if done, ok := b.journal.find(o.Task); ok {
			return done
		}
	}
	var report *verify.Report
	if err == nil {
		report, err = b.check(ctx, t, job)
	}
	var p *terminal.Problem
	switch {
	case ctx.Err() != nil:
		o.err = ctx.Err()
	case errors.As(err, &p) && b.many:
		o.Fault, o.Exit = b.c.Explain(p), p.Exit
	case err != nil:
		o.err = err
	case report == nil:
		o.Passed = true
	default:
		o.report = report
		if b.encoded || b.journal != nil {
			if b.brief {
				report = brief.Of(report)
			}
			o.Report, o.err = encode(report)
		}
	}
	return o
}

// encode writes a report on one line.
func encode(report *verify.Report) ([]byte, error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(report); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line.Bytes(), []byte("\n")), nil
}

// check judges one task. Nil is a file that nobody asked for and that is not signed.
func (b *batch) check(ctx context.Context, t task, job Job) (*verify.Report, error) {
	if t.perhaps && !job.Perhaps {
		return nil, nil // beside its signature, which is a task of its own
	}
	size := int64(0)
	if info, err := os.Stat(job.Signature); err == nil {
		size = info.Size()
	}
	defer b.room.take(size)()
	report, err := job.check(ctx, b.settings)
	if err == nil && t.perhaps && len(report.Signatures) == 0 {
		return nil, nil
	}
	return report, err
}

// deliver keeps results and then prints them: what was printed is kept.
func (b *batch) deliver(first int, results []outcome) error {
	for _, o := range results {
		if o.err != nil {
			return o.err
		}
	}
	if err := b.journal.add(results); err != nil {
		return err
	}
	for i, o := range results {
		if o.report == nil && o.Report != nil {
			o.report = new(verify.Report)
			if err := json.Unmarshal(o.Report, o.report); err != nil {
				return terminal.Failed("journal-bad", err)
			}
		}
		b.sum.add(o)
		if !o.Passed {
			b.progress.Clear()
			err := b.out.print(b.tasks[first+i].name(), o)
			if p := (*terminal.Problem)(nil); errors.As(err, &p) {
				return p
			}
			if err != nil {
				return terminal.Failed("output-unwritable", err, "stdout")
			}
		}
		b.progress.Step(!o.before, b.sum.passed, b.sum.failed, b.sum.unknown+b.sum.unread)
	}
	return nil
}

// sum counts verdicts.
type sum struct {
	passed, failed, unknown, unread, before int
}

func (s *sum) add(o outcome) {
	if o.before {
		s.before++
	}
	switch {
	case o.Passed:
	case o.report == nil:
		s.unread++
	case o.report.Verdict == reasons.TotalPassed:
		s.passed++
	case o.report.Verdict == reasons.TotalFailed:
		s.failed++
	default:
		s.unknown++
	}
}

func (s *sum) count() int { return s.passed + s.failed + s.unknown + s.unread }

// exit is the exit code: of several files the worst counts, and a file that could not be read is worse than one that could
// not be judged.
func (s *sum) exit() error {
	switch {
	case s.failed > 0:
		return terminal.ExitCode(terminal.ExitFailed)
	case s.unread > 0:
		return terminal.ExitCode(terminal.ExitNoInput)
	case s.unknown > 0 || s.passed == 0:
		return terminal.ExitCode(terminal.ExitUnknown)
	}
	return nil
}
