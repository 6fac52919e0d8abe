// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"podpis/internal/platform/db"
)

// Several returns entries that belong to any of the sources and that keep says yes to, the
// newest first, between two times; a zero before is now. Entries of one act, which bear
// one time, are not parted: there may be a few more than the limit.
func Several(ctx context.Context, tx *db.Tx, sources []Filter, from, before time.Time, limit int, keep func(Entry) bool) (list []Entry, err error) {
	for len(list) < limit {
		entries, err := merged(ctx, tx, sources, before)
		if err != nil || len(entries) == 0 {
			return list, err
		}
		for _, e := range entries {
			if len(list) >= limit && e.At.Before(list[len(list)-1].At) || e.At.Before(from) {
				return list, nil
			}
			if keep(e) {
				list = append(list, e)
			}
		}
		before = entries[len(entries)-1].At
	}
	return list, nil
}

// merged are the next entries of all sources before a time, in one order. Of a source
// that has more, what is older than its last is left for the next call.
func merged(ctx context.Context, tx *db.Tx, sources []Filter, before time.Time) ([]Entry, error) {
	const part = 200
	var all []Entry
	var until time.Time
	for _, source := range sources {
		source.Before, source.Limit = before, part
		entries, err := List(ctx, tx, source)
		if err != nil {
			return nil, err
		}
		if n := len(entries); n == part && entries[n-1].At.After(until) {
			until = entries[n-1].At
		}
		all = append(all, entries...)
	}
	slices.SortFunc(all, func(x, y Entry) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(y.ID, x.ID)) })
	all = slices.CompactFunc(all, func(x, y Entry) bool { return x.ID == y.ID })
	return slices.DeleteFunc(all, func(e Entry) bool { return e.At.Before(until) }), nil
}
