// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package problem is how services say no: a few kinds of refusal, each with a key
// of the text that people read, the code of the error catalogue, the field it
// belongs to and what to do next. Only the doors (internal/server) turn kinds
// into status codes and keys into words; an error that holds no problem is
// internal and shows nothing outside.
//
// The package leaves out the words (package locale) and the status codes.
package problem

import (
	"errors"
	"maps"
	"net/url"
	"strings"
	"time"
)

// Kind says whose turn it is after the refusal.
type Kind int

// The kinds. Internal is what [KindOf] says of an error without a problem.
const (
	Internal    Kind = iota
	Invalid          // what was given is wrong: mend it
	NotFound         // there is no such thing, or not for this person
	Forbidden        // the one who acts may not
	Conflict         // the thing is not in the right state, or changed meanwhile
	Limited          // too many, too often: wait ([Error.RetryAfter])
	Unavailable      // something outside does not answer: we try again
)

// String returns the kind in one word, as logs show it.
func (k Kind) String() string {
	names := [...]string{"internal", "invalid", "not found", "forbidden", "conflict", "limited", "unavailable"}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// Error is one refusal. It is not changed after it was made: the methods return
// copies, so that a service may keep common ones as constructors.
type Error struct {
	Kind Kind
	// Key names the text in package locale ("auth.password.wrong").
	Key string
	// Code is the stable code of the catalogue ("KEY-101"), or "".
	Code string
	// Field is the name of the form field or JSON member, or "".
	Field string
	// Data fills the text. It is shown: no secrets. Values of type [Words] are shown in the reader's language.
	Data map[string]any
	// Next is the key of the text of the next step, or "".
	Next string
	// RetryAfter is how long to wait, for Limited and Unavailable.
	RetryAfter time.Duration

	cause error
}

// Words is a value of [Error.Data] that is itself the key of a text.
type Words string

// New makes a problem of a kind with the key of its text.
func New(kind Kind, key string) *Error { return &Error{Kind: kind, Key: key} }

// Coded sets the code of the error catalogue.
func (e *Error) Coded(code string) *Error { c := *e; c.Code = code; return &c }

// At sets the field.
func (e *Error) At(field string) *Error { c := *e; c.Field = field; return &c }

// With adds a value for the text.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Data = maps.Clone(e.Data)
	if c.Data == nil {
		c.Data = map[string]any{}
	}
	c.Data[name] = value
	return &c
}

// Then sets the key of the next step.
func (e *Error) Then(next string) *Error { c := *e; c.Next = next; return &c }

// After sets how long to wait.
func (e *Error) After(wait time.Duration) *Error { c := *e; c.RetryAfter = wait; return &c }

// Because keeps the error that led here for the log; it is never shown.
func (e *Error) Because(cause error) *Error { c := *e; c.cause = cause; return &c }

// Error is the text for the log.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	b.WriteString(": ")
	b.WriteString(e.Key)
	if e.Field != "" {
		b.WriteString(" (field " + e.Field + ")")
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare kind and key, so that a test or a caller can ask for
// a problem whatever its data.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Key == e.Key
}

// Of returns the outermost problem in the chain of err.
func Of(err error) (*Error, bool) { return errors.AsType[*Error](err) }

// KindOf returns the kind of the outermost problem, Internal if there is none.
func KindOf(err error) Kind {
	if e, ok := Of(err); ok {
		return e.Kind
	}
	return Internal
}

// List is what a form with several wrong fields is answered with.
type List []*Error

// Error is the text for the log.
func (l List) Error() string {
	texts := make([]string, len(l))
	for i, e := range l {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap lets errors.As and errors.Is look at each problem.
func (l List) Unwrap() []error {
	out := make([]error, len(l))
	for i, e := range l {
		out[i] = e
	}
	return out
}

// Err returns the list as an error, nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// All returns every problem of err: those of a [List], or the one there is.
func All(err error) []*Error {
	if l, ok := errors.AsType[List](err); ok {
		return l
	}
	if e, ok := Of(err); ok {
		return []*Error{e}
	}
	return nil
}

// maxShort is how many letters of an error a table keeps.
const maxShort = 300

// Short is the text of an error as tables of failures keep it: of whole letters, without the address that was
// called, which may be sealed or name somebody. Of no error it is empty.
func Short(err error) string {
	if err == nil {
		return ""
	}
	if call, ok := errors.AsType[*url.Error](err); ok {
		err = call.Err
	}
	text := []rune(strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), ""))
	return string(text[:min(len(text), maxShort)])
}
