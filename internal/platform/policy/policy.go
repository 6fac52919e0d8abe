// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package policy keeps the numbers that law, tariffs and the installation set:
// terms, limits, prices, tries. Each is a row with a value, the time it is in
// force from and who set it; the program holds the defaults only, and puts them
// into the table at the first start.
//
// It leaves out what a number means: that is the service's that declares it.
package policy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// Kind is what a value must look like.
type Kind string

// The kinds of values and how they are written.
const (
	Number   Kind = "number"   // 12, whole; money in kopecks
	Duration Kind = "duration" // 5m, 2160h (Go's notation)
	Switch   Kind = "switch"   // true, false
	Text     Kind = "text"
)

// Rule declares a policy: services list theirs, wiring gives all lists to [New].
type Rule struct {
	Key     string // area.name, stable for ever
	Kind    Kind
	Default string
	Law     string // the clause the default comes from, or ""
	// Valid refuses values of a kind that say nothing: what reads them would fail at each act, or let everybody in.
	// nil: what is usual for the kind, see valid.go.
	Valid func(value string) error
}

// Value is one row: the value of a key from a time on.
type Value struct {
	Key       string
	Value     string
	From      time.Time // zero: since ever
	To        time.Time // zero: until the next value
	ChangedBy string    // "default" or the actor
	ChangedAt time.Time
}

// Book knows the rules. It is safe for concurrent use.
type Book struct{ rules map[string]Rule }

// New makes a book of rules. A rule that is declared twice or whose default is not of
// its kind is an error.
func New(lists ...[]Rule) (*Book, error) {
	b := &Book{rules: map[string]Rule{}}
	for _, list := range lists {
		for _, r := range list {
			if _, twice := b.rules[r.Key]; twice {
				return nil, fmt.Errorf("policy %s is declared twice", r.Key)
			}
			if err := errors.Join(r.check(r.Default), r.usable(r.Default)); err != nil {
				return nil, fmt.Errorf("default of policy %s: %w", r.Key, err)
			}
			b.rules[r.Key] = r
		}
	}
	return b, nil
}

// Install puts the defaults of rules that have no row yet. Values set by people stay.
func (b *Book) Install(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	for _, r := range b.rules {
		err := q.InsertDefault(ctx, insertDefaultParams{
			Key: r.Key, ValidFrom: 0, Value: r.Default, ChangedBy: "default", ChangedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("install policy %s: %w", r.Key, err)
		}
	}
	return nil
}

// Set puts a value in force from a time on, until to or the next value when to is zero.
// What was in force before stays in the table.
func (b *Book) Set(ctx context.Context, tx *db.Tx, actor, key, value string, from, to time.Time) error {
	r, ok := b.rules[key]
	if !ok {
		return problem.New(problem.NotFound, "policy.unknown").With("key", key)
	}
	if err := r.check(value); err != nil {
		return problem.New(problem.Invalid, "policy.value").At("value").With("kind", string(r.Kind)).Because(err)
	}
	if out := (rangeError{}); errors.As(r.usable(value), &out) {
		return problem.New(problem.Invalid, "policy.range").At("value").With("Low", out.low).With("High", out.high)
	} else if err := r.usable(value); err != nil {
		return problem.New(problem.Invalid, "policy.unusable").At("value").Because(err)
	}
	if !to.IsZero() && !to.After(from) {
		return problem.New(problem.Invalid, "policy.term").At("to")
	}
	err := newQueries(tx).Put(ctx, putParams{
		Key: key, ValidFrom: db.Micros(from), ValidTo: db.Micros(to), Value: value,
		ChangedBy: actor, ChangedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("set policy %s: %w", key, err)
	}
	return nil
}

// String returns the value in force at the time of the act.
func (b *Book) String(ctx context.Context, tx *db.Tx, key string) (string, error) {
	return b.At(ctx, tx, key, tx.Now())
}

// At returns the value in force at a time.
func (b *Book) At(ctx context.Context, tx *db.Tx, key string, at time.Time) (string, error) {
	r, ok := b.rules[key]
	if !ok {
		return "", fmt.Errorf("policy %s is not declared", key)
	}
	v, err := newQueries(tx).InForce(ctx, inForceParams{Key: key, ValidFrom: db.Micros(at)})
	if errors.Is(err, sql.ErrNoRows) {
		return r.Default, nil
	}
	if err != nil {
		return "", fmt.Errorf("read policy %s: %w", key, err)
	}
	return v, nil
}

// Number returns a whole number in force at the time of the act.
func (b *Book) Number(ctx context.Context, tx *db.Tx, key string) (int64, error) {
	v, err := b.String(ctx, tx, key)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(v, 10, 64)
}

// Duration returns a length of time in force at the time of the act.
func (b *Book) Duration(ctx context.Context, tx *db.Tx, key string) (time.Duration, error) {
	v, err := b.String(ctx, tx, key)
	if err != nil {
		return 0, err
	}
	return time.ParseDuration(v)
}

// Switch returns a yes or no in force at the time of the act.
func (b *Book) Switch(ctx context.Context, tx *db.Tx, key string) (bool, error) {
	v, err := b.String(ctx, tx, key)
	if err != nil {
		return false, err
	}
	return strconv.ParseBool(v)
}

// History returns all values of a key, the earliest first.
func (b *Book) History(ctx context.Context, tx *db.Tx, key string) ([]Value, error) {
	rows, err := newQueries(tx).History(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("read policy %s: %w", key, err)
	}
	return values(rows), nil
}

// All returns every value of every key.
func (b *Book) All(ctx context.Context, tx *db.Tx) ([]Value, error) {
	rows, err := newQueries(tx).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	return values(rows), nil
}

// Rule returns the declaration of a key.
func (b *Book) Rule(key string) (Rule, bool) { r, ok := b.rules[key]; return r, ok }

// Rules returns all declarations, by key.
func (b *Book) Rules() []Rule {
	return slices.SortedFunc(maps.Values(b.rules), func(x, y Rule) int { return strings.Compare(x.Key, y.Key) })
}

func values(rows []policyRow) []Value {
	out := make([]Value, len(rows))
	for i, r := range rows {
		out[i] = Value{r.Key, r.Value, db.Time(r.ValidFrom), db.Time(r.ValidTo), r.ChangedBy, db.Time(r.ChangedAt)}
	}
	return out
}

func (r Rule) check(value string) error {
	var err error
	switch r.Kind {
	case Number:
		_, err = strconv.ParseInt(value, 10, 64)
	case Duration:
		_, err = time.ParseDuration(value)
	case Switch:
		_, err = strconv.ParseBool(value)
	case Text:
	default:
		err = fmt.Errorf("unknown kind %q", r.Kind)
	}
	return err
}

// usable asks the rule itself, or what is usual for its kind.
func (r Rule) usable(value string) error {
	if r.Valid == nil {
		return usual(r.Kind)(value)
	}
	return r.Valid(value)
}
