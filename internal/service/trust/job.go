// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
)

// fetchTimeout is for the whole list.
const fetchTimeout = 5 * time.Minute

// fetchActor is who gives a list that was fetched.
const fetchActor = "trust"

// fetchList is the job that fetches the list.
type fetchList struct{}

// Kind names the job.
func (fetchList) Kind() string { return "trust.fetch_list" }

// Work registers the background work: look every so often whether it is time to fetch
// the list.
func (r *Register) Work(runner *jobs.Runner, every time.Duration) {
	jobs.Work(runner, func(ctx context.Context, _ jobs.Job[fetchList]) error { return r.Fetch(ctx) })
	runner.Every("trust.fetch_due", every, func(ctx context.Context, tx *db.Tx) error {
		due, err := r.due(ctx, tx)
		if !due || err != nil {
			return err
		}
		return jobs.Insert(ctx, tx, fetchList{}, jobs.Unique(fetchName), jobs.MaxAttempts(1))
	})
}

// due tells whether it is time: at once for a new address, after a failure sooner than
// after a success.
func (r *Register) due(ctx context.Context, tx *db.Tx) (bool, error) {
	address, err := r.policies.String(ctx, tx, PolicyListURL)
	if address == "" || err != nil {
		return false, err
	}
	f, err := fetched(ctx, newQueries(tx))
	if err != nil {
		return false, err
	}
	key := policyListEvery
	if f.Failure != "" {
		key = policyListRetry
	}
	pause, err := r.policies.Duration(ctx, tx, key)
	return f.URL != address || !tx.Now().Before(f.Tried.Add(pause)), err
}

// Fetch fetches the list from the address of the policy and accepts it. A failure is
// kept and told with the age of the list in force, which stays.
func (r *Register) Fetch(ctx context.Context) error {
	var address string
	err := r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		address, err = r.policies.String(ctx, tx, PolicyListURL)
		return err
	})
	if address == "" || err != nil {
		return err
	}
	why := r.bring(ctx, address)
	if why != nil && ctx.Err() != nil {
		return ctx.Err() // the installation stops; the source may be well
	}
	failure := ""
	if p, ok := problem.Of(why); ok {
		failure = p.Key
	} else if why != nil {
		failure = "trust.failed.fetch"
	}
	err = r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		f, err := fetched(ctx, q)
		if err != nil {
			return err
		}
		if f.URL != address {
			f.Good = time.Time{}
		}
		if why == nil {
			f.Good = tx.Now()
		}
		return q.SetFetch(ctx, setFetchParams{
			Name: fetchName, Url: address, TriedAt: db.Micros(tx.Now()), GoodAt: db.Micros(f.Good), Failure: failure,
		})
	})
	if why != nil {
		r.log.WarnContext(ctx, "list of accredited centres", "url", address, "error", why, "age", r.age(ctx))
	}
	return err
}

// age is how old the list in force is, for the log.
func (r *Register) age(ctx context.Context) string {
	lists, err := r.Lists(ctx)
	if err != nil || len(lists) == 0 {
		return "no list"
	}
	return lists[0].Age(r.db.Now()).Round(time.Hour).String()
}

// bring downloads the list into a file and accepts it.
func (r *Register) bring(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return errors.Join(fmt.Errorf("address %q", address), err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "podpis")
	reply, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", u.Redacted(), reply.StatusCode)
	}
	file, err := os.CreateTemp("", "podpis-list-*")
	if err != nil {
		return fmt.Errorf("keep list: %w", err)
	}
	defer func() { _, _ = file.Close(), os.Remove(file.Name()) }()
	size, err := io.Copy(file, io.LimitReader(reply.Body, MaxList+1))
	if err != nil {
		return fmt.Errorf("download list: %w", err)
	}
	_, err = r.Accept(ctx, Incoming{File: file, Size: size, Source: address, Actor: fetchActor})
	return err
}
