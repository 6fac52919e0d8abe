// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/factor"
)

// meet notes the browser of a sign-in, and tells the person of one that the account has
// never come from. The one that signed up is no news.
func (s *Service) meet(ctx context.Context, tx *db.Tx, account Account, sessionID string, method Method, from Client) error {
	q, now := newQueries(tx), db.Micros(tx.Now())
	if from.Key != "" {
		digest := keys.Digest(from.Key)
		seen, err := q.SeeDevice(ctx, seeDeviceParams{AccountID: account.ID, KeyHash: digest, SeenAt: now})
		if err != nil {
			return fmt.Errorf("note device: %w", err)
		}
		if seen > 0 {
			return nil
		}
		if err := q.InsertDevice(ctx, insertDeviceParams{AccountID: account.ID, KeyHash: digest, FirstAt: now}); err != nil {
			return fmt.Errorf("note device: %w", err)
		}
	}
	if method == BySignup {
		return nil
	}
	return s.tell(ctx, tx, account, sessionID, "login", map[string]any{"Device": agent.Name(from.Device), "Network": from.Network, "Time": tx.Now()})
}

// tell sends a security notice to both channels; the letter has the link «Это не я».
// Such notices cannot be switched off.
func (s *Service) tell(ctx context.Context, tx *db.Tx, account Account, sessionID, what string, data map[string]any) error {
	life, err := s.policies.Duration(ctx, tx, "auth.alarm.life")
	if err != nil {
		return err
	}
	token, digest := keys.NewToken()
	expires := tx.Now().Add(life)
	err = newQueries(tx).InsertAlarm(ctx, insertAlarmParams{
		TokenHash: digest, AccountID: account.ID, SessionID: sessionID, ExpiresAt: db.Micros(expires),
	})
	if err != nil {
		return fmt.Errorf("store alarm: %w", err)
	}
	to := notify.Person{AccountID: account.ID, Phone: account.Phone, Mail: account.Mail}
	if account.Role.Staff() {
		to.AccountID = "" // consoles have no inbox
	}
	err = s.teller.Tell(ctx, tx, to, notify.Event{
		Kind: "security." + what, Class: notify.Security, Dedup: tx.NewID(), Link: s.publicURL + "/not-me/" + token, Values: data,
	})
	if err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	return nil
}

// tellOfFactors sends the notices of changes that package factor publishes.
func (s *Service) tellOfFactors(r *jobs.Runner) {
	jobs.Subscribe(r, "auth", func(ctx context.Context, tx *db.Tx, e factor.Changed) error {
		account, err := s.AccountByID(ctx, tx, e.Account)
		if problem.KindOf(err) == problem.NotFound {
			return nil
		} else if err != nil {
			return err
		}
		values := map[string]any{"Name": e.Name, "Count": e.Left, "Time": tx.Now()}
		if e.Method != "" {
			values["Method"] = notify.Key("factor.kind." + string(e.Method))
		}
		return s.tell(ctx, tx, account, "", "factor."+e.What, values)
	})
}

// TellOfLink tells, in the act, that an account of a provider lets in from now on, or no longer.
func (s *Service) TellOfLink(ctx context.Context, tx *db.Tx, account Account, provider string, bound bool) error {
	what := "unlinked"
	if bound {
		what = "linked"
	}
	return s.tell(ctx, tx, account, "", what, map[string]any{"Name": provider, "Time": tx.Now()})
}

// NotMe answers the link of a letter: all sessions of the account end, and every browser
// is a stranger again. Pressed twice it stays done.
func (s *Service) NotMe(ctx context.Context, token string, from Client) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.alarm(ctx, tx, token)
		if err != nil {
			return err
		}
		n, err := newQueries(tx).UseAlarm(ctx, useAlarmParams{TokenHash: row.TokenHash, UsedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("use alarm: %w", err)
		}
		if n == 0 {
			return nil
		}
		return s.EndAll(ctx, tx, row.AccountID, "auth.alarm", from)
	})
}

// Alarm refuses a link that is not, or no longer, good.
func (s *Service) Alarm(ctx context.Context, token string) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.alarm(ctx, tx, token)
		return err
	})
}

func (s *Service) alarm(ctx context.Context, tx *db.Tx, token string) (alarmRow, error) {
	row, err := newQueries(tx).GetAlarm(ctx, getAlarmParams{TokenHash: keys.Digest(token), ExpiresAt: db.Micros(tx.Now())})
	if errors.Is(err, sql.ErrNoRows) {
		return row, problem.New(problem.NotFound, "auth.alarm.old").Then("auth.alarm.old.next")
	} else if err != nil {
		return row, fmt.Errorf("read alarm: %w", err)
	}
	return row, nil
}

// EndAll ends every session of an account and forgets its browsers, inside an act that
// is named in the audit.
func (s *Service) EndAll(ctx context.Context, tx *db.Tx, accountID, action string, from Client) error {
	n, err := s.EndSessions(ctx, tx, accountID)
	if err != nil {
		return err
	}
	if err := newQueries(tx).DropDevices(ctx, accountID); err != nil {
		return fmt.Errorf("forget devices: %w", err)
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + accountID, Action: action, Object: "account/" + accountID, Origin: from.Network, Details: map[string]any{"sessions": n},
	})
}

// Sessions returns the live sessions of an account, the one in use last first.
func (s *Service) Sessions(ctx context.Context, account Account) (list []Session, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		rows, err := newQueries(tx).SessionsOf(ctx, sessionsOfParams{AccountID: account.ID, ExpiresAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("read sessions: %w", err)
		}
		for _, row := range rows {
			list = append(list, sessionFrom(row, account))
		}
		return nil
	})
	return list, err
}

// EndSession ends one session of the account that a session belongs to.
func (s *Service) EndSession(ctx context.Context, own Session, id string, from Client) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		device, err := newQueries(tx).DropSessionByID(ctx, dropSessionByIDParams{AccountID: own.Account.ID, ID: id})
		if errors.Is(err, sql.ErrNoRows) {
			return nil // it has ended by itself
		} else if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if err := s.left(ctx, tx, agent.Left{Account: own.Account.ID, Device: device, Own: own.ID == id}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + own.Account.ID, Action: "auth.session.end", Object: "session/" + id, Origin: from.Network})
	})
}

// EndOthers ends all sessions of an account but this one.
func (s *Service) EndOthers(ctx context.Context, own Session, from Client) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.endOthers(ctx, tx, own, from) })
}

func (s *Service) endOthers(ctx context.Context, tx *db.Tx, own Session, from Client) error {
	n, err := newQueries(tx).DropOtherSessions(ctx, dropOtherSessionsParams{AccountID: own.Account.ID, ID: own.ID})
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	if err := s.left(ctx, tx, agent.Left{Account: own.Account.ID, All: true, But: own.DeviceKey}); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + own.Account.ID, Action: "auth.session.end_others", Object: "session/" + own.ID, Origin: from.Network,
		Details: map[string]any{"sessions": n},
	})
}
