// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"context"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Rule is a policy as the administrator sees it.
type Rule struct {
	policy.Rule
	Current policy.Value
	Later   []policy.Value // set, not yet in force
	Past    []policy.Value
	Who     string // who set the current value
}

// RuleList shows every policy to the administrator.
func (s *Service) RuleList(ctx context.Context, actor Actor) (list []Rule, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		all, err := s.Policies.All(ctx, tx)
		if err != nil {
			return err
		}
		byKey := map[string][]policy.Value{}
		for _, v := range all {
			byKey[v.Key] = append(byKey[v.Key], v)
		}
		staff, err := s.Accounts.StaffList(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range s.Policies.Rules() {
			list = append(list, ruleOf(r, byKey[r.Key], staff, tx.Now()))
		}
		return nil
	})
	return list, err
}

// ruleOf sorts the values of a rule by time; the later start wins, as in [policy.Book.At].
func ruleOf(r policy.Rule, values []policy.Value, staff []auth.Account, now time.Time) Rule {
	out := Rule{Rule: r, Current: policy.Value{Key: r.Key, Value: r.Default, ChangedBy: "default"}}
	for _, v := range values {
		switch {
		case v.From.After(now):
			out.Later = append(out.Later, v)
		case !v.To.IsZero() && !v.To.After(now):
			out.Past = append(out.Past, v)
		default:
			if !out.Current.ChangedAt.IsZero() {
				out.Past = append(out.Past, out.Current)
			}
			out.Current = v
		}
	}
	out.Who = out.Current.ChangedBy
	for _, a := range staff {
		if out.Current.ChangedBy == "account/"+a.ID {
			out.Who = a.Title
		}
	}
	return out
}

// SetRule puts a value in force from a time on; the zero time is now. What was in force
// before stays as it was: nothing begins in the past.
func (s *Service) SetRule(ctx context.Context, actor Actor, key, value string, from, to time.Time) error {
	e := audit.Entry{Action: "policy.set", Object: "policy/" + key, Details: map[string]any{"value": value}}
	if !from.IsZero() {
		e.Details["from"] = from.UTC().Format(time.RFC3339)
	}
	if !to.IsZero() {
		e.Details["to"] = to.UTC().Format(time.RFC3339)
	}
	return s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		if from.IsZero() {
			from = tx.Now()
		}
		if from.Before(tx.Now()) {
			return problem.New(problem.Invalid, "admin.policy.past").At("from")
		}
		return s.Policies.Set(ctx, tx, "account/"+actor.Account.ID, key, value, from, to)
	})
}
