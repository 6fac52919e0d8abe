// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth/agent"
)

// touchEvery is how often a session in use is written: each request would be a
// write otherwise.
const touchEvery = time.Minute

// OpenSession signs an account in: every way in ends here. It returns the token for the
// browser. A full session waits for the second step first when the account has one and
// the way in was not both at once, and of staff always: what the session may do is to be
// read back by [Service.Session].
func (s *Service) OpenSession(ctx context.Context, tx *db.Tx, account Account, level Level, method Method, from Client) (string, error) {
	if err := s.refuseBlocked(ctx, tx, account.ID); err != nil {
		return "", err
	}
	idle, err := s.policies.Duration(ctx, tx, "auth.session.idle")
	if err != nil {
		return "", err
	}
	token, digest := keys.NewToken()
	id := tx.NewID()
	now, stepped := tx.Now(), time.Time{}
	switch methods, err := s.factors.Methods(ctx, tx, account.ID); {
	case err != nil:
		return "", err
	case level == Full && method.whole():
		stepped = now
	case level == Full && (account.Role.Staff() || len(methods) > 0):
		level = Waiting
	}
	err = newQueries(tx).InsertSession(ctx, insertSessionParams{
		TokenHash: digest, ID: id, AccountID: account.ID, Level: string(level), Method: string(method),
		Device: agent.Short(from.Device), Network: from.Network, DeviceKey: agent.ID(from.Key), SteppedAt: db.Micros(stepped),
		CreatedAt: db.Micros(now), SeenAt: db.Micros(now), ExpiresAt: db.Micros(now.Add(idle)),
	})
	if err != nil {
		return "", fmt.Errorf("store session: %w", err)
	}
	err = audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + account.ID, Action: "auth.login", Object: "session/" + id, Origin: from.Network,
		Details: map[string]any{"method": string(method), "level": string(level)},
	})
	if err != nil {
		return "", err
	}
	return token, s.meet(ctx, tx, account, id, method, from)
}

// Session returns the session of a token and keeps it alive. A session that has
// ended is refused.
func (s *Service) Session(ctx context.Context, token string) (Session, error) {
	var session Session
	var stale bool
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.sessionRow(ctx, tx, token)
		if err != nil {
			return err
		}
		stale = tx.Now().Sub(db.Time(row.SeenAt)) > touchEvery
		session, err = s.sessionOf(ctx, tx, row)
		return err
	})
	if err != nil || !stale {
		return session, err
	}
	return session, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.touch(ctx, tx, token, &session) })
}

// Stepped reports whether a session has shown its second step lately: what concerns
// keys, contacts and ways in asks for it. See policy auth.stepup.life.
func (s *Service) Stepped(ctx context.Context, session Session) (fresh bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		life, err := s.policies.Duration(ctx, tx, "auth.stepup.life")
		fresh = session.Level == Full && tx.Now().Sub(session.SteppedAt) < life
		return err
	})
	return fresh, err
}

// Peek is Session without keeping it alive: the page asks how long there is.
func (s *Service) Peek(ctx context.Context, token string) (session Session, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		session, err = s.session(ctx, tx, token)
		return err
	})
	return session, err
}

// touch puts the end of a session off, but not beyond its whole life.
func (s *Service) touch(ctx context.Context, tx *db.Tx, token string, session *Session) error {
	idle, err := s.policies.Duration(ctx, tx, "auth.session.idle")
	if err != nil {
		return err
	}
	life, err := s.policies.Duration(ctx, tx, "auth.session.life")
	if err != nil {
		return err
	}
	session.ExpiresAt = tx.Now().Add(idle)
	if end := session.CreatedAt.Add(life); end.Before(session.ExpiresAt) {
		session.ExpiresAt = end
	}
	warn, err := s.policies.Duration(ctx, tx, "auth.session.warn")
	if err != nil {
		return err
	}
	session.WarnAt = session.ExpiresAt.Add(-warn)
	err = newQueries(tx).TouchSession(ctx, touchSessionParams{
		TokenHash: keys.Digest(token), SeenAt: db.Micros(tx.Now()), ExpiresAt: db.Micros(session.ExpiresAt),
	})
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// Logout ends a session. Ending what has ended is no error.
func (s *Service) Logout(ctx context.Context, token string, from Client) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.sessionRow(ctx, tx, token)
		if problem.KindOf(err) == problem.Forbidden {
			return nil
		} else if err != nil {
			return err
		}
		if err := newQueries(tx).DropSession(ctx, row.TokenHash); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if err := s.left(ctx, tx, agent.Left{Account: row.AccountID, Device: row.DeviceKey, Own: true}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + row.AccountID, Action: "auth.logout", Object: "session/" + row.ID, Origin: from.Network})
	})
}

// Raise makes a waiting session full under a new token, so that a token seen
// before the second step is worth nothing after it; without a way it changes the token only.
func (s *Service) Raise(ctx context.Context, tx *db.Tx, old string, session Session, way string, from Client) (string, error) {
	token, digest := keys.NewToken()
	action := "auth.session.renew"
	if way != "" {
		action, session.Level, session.SteppedAt = "auth.second", Full, tx.Now()
	}
	n, err := newQueries(tx).RaiseSession(ctx, raiseSessionParams{TokenHash: keys.Digest(old), Level: string(session.Level), TokenHash_2: digest, SteppedAt: db.Micros(session.SteppedAt)})
	if err != nil {
		return "", fmt.Errorf("raise session: %w", err)
	}
	if n == 0 {
		return "", problem.New(problem.Forbidden, "auth.session.ended")
	}
	return token, audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + session.Account.ID, Action: action, Object: "session/" + session.ID, Origin: from.Network,
		Details: map[string]any{"method": way},
	})
}

func (s *Service) session(ctx context.Context, tx *db.Tx, token string) (Session, error) {
	row, err := s.sessionRow(ctx, tx, token)
	if err != nil {
		return Session{}, err
	}
	return s.sessionOf(ctx, tx, row)
}

func (s *Service) sessionRow(ctx context.Context, tx *db.Tx, token string) (sessionRow, error) {
	row, err := newQueries(tx).GetSession(ctx, getSessionParams{TokenHash: keys.Digest(token), ExpiresAt: db.Micros(tx.Now())})
	if errors.Is(err, sql.ErrNoRows) {
		return row, problem.New(problem.Forbidden, "auth.session.ended")
	} else if err != nil {
		return row, fmt.Errorf("read session: %w", err)
	}
	return row, nil
}

func (s *Service) sessionOf(ctx context.Context, tx *db.Tx, row sessionRow) (Session, error) {
	account, err := s.AccountByID(ctx, tx, row.AccountID)
	if err != nil {
		return Session{}, err
	}
	session := sessionFrom(row, account)
	warn, err := s.policies.Duration(ctx, tx, "auth.session.warn")
	if err != nil {
		return Session{}, err
	}
	session.WarnAt = session.ExpiresAt.Add(-warn)
	wall, err := s.policies.Switch(ctx, tx, "auth.password.wall")
	if err == nil && wall && session.Method != ByDirectory { // whose password is not here
		session.OldSecret, err = s.oldPassword(ctx, tx, account)
	}
	return session, err
}

func sessionFrom(row sessionRow, account Account) Session {
	return Session{
		ID: row.ID, Account: account, Level: Level(row.Level), Method: Method(row.Method), Device: row.Device, DeviceKey: row.DeviceKey, Network: row.Network,
		CreatedAt: db.Time(row.CreatedAt), SeenAt: db.Time(row.SeenAt), ExpiresAt: db.Time(row.ExpiresAt), SteppedAt: db.Time(row.SteppedAt),
	}
}
