// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package consult

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
)

func (s *Service) record(ctx context.Context, tx *db.Tx, actor ra.Actor, action, object string, details map[string]any) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: "account/" + actor.Account.ID, Action: action, Object: object, Origin: actor.Client.Network, Details: details})
}

func asSupport(a ra.Actor) support.Actor { return support.Actor{Account: a.Account, Client: a.Client} }

// Caller is what a consultant needs of a client who was found by three fields; the look is recorded.
func (s *Service) Caller(ctx context.Context, actor ra.Actor, accountID string) (d Desk, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		d = Desk{}
		if err := s.Clients.MayLook(ctx, tx, asSupport(actor), accountID); err != nil {
			return err
		}
		a, err := s.Accounts.AccountByID(ctx, tx, accountID)
		if err != nil {
			return err
		}
		roles, err := s.Persons.Profiles(ctx, tx, a.PersonID)
		if err != nil {
			return err
		}
		for _, r := range roles {
			d.Roles = append(d.Roles, identity.Profile{ID: r.ID, Kind: r.Kind, Title: r.Title})
		}
		if d.Waiting, err = s.Desk.PreparedOf(ctx, tx, accountID); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "consult.look", "account/"+accountID, nil)
	})
	return d, err
}

// Prepare opens an application for a client who was found by three fields and asked for it.
func (s *Service) Prepare(ctx context.Context, actor ra.Actor, accountID string, w ra.Wanted, key string) (a ra.Application, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Clients.MayLook(ctx, tx, asSupport(actor), accountID); err != nil {
			return err
		}
		holder, err := s.Accounts.AccountByID(ctx, tx, accountID)
		if err != nil {
			return err
		}
		a, err = s.Desk.Prepare(ctx, tx, actor, holder, w, key)
		return err
	})
	return a, err
}

// Take takes an order down for a caller who is not known, and sends them where to sign up. A phone
// that has a cabinet is treated alike: nothing is told of it here.
func (s *Service) Take(ctx context.Context, actor ra.Actor, c Call) (id string, err error) {
	var wrong problem.List
	c.Wanted, wrong = c.Wanted.Check()
	phone, ok := identity.NormalPhone(c.Phone)
	if !ok {
		wrong = append(problem.List{problem.New(problem.Invalid, "auth.phone.wrong").At("phone")}, wrong...)
	}
	if !c.Agreed {
		wrong = append(wrong, problem.New(problem.Invalid, "consult.agreed").At("agreed"))
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	return id, s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.Tickets.Operate(ctx, tx, asSupport(actor)); err != nil {
			return err
		}
		if err := s.mayTake(ctx, tx, actor, phone); err != nil {
			return err
		}
		id, err = s.take(ctx, tx, actor, phone, c)
		return err
	})
}

// mayTake bounds what a phone is sent, and what a consultant sends.
func (s *Service) mayTake(ctx context.Context, tx *db.Tx, actor ra.Actor, phone string) error {
	q := newQueries(tx)
	row, err := q.OrderOf(ctx, orderOfParams{Phone: phone, State: string(Waiting), DueAt: db.Micros(tx.Now())})
	if err == nil {
		return problem.New(problem.Conflict, "consult.phone.waits").At("phone").With("Number", Number(row.Number)).With("Due", db.Time(row.DueAt))
	} else if !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("find order: %w", err)
	}
	most, err := s.Policies.Number(ctx, tx, policyPerDay)
	if err != nil {
		return err
	}
	n, err := q.CountOrders(ctx, countOrdersParams{OperatorID: actor.Account.ID, CreatedAt: db.Micros(tx.Now().Add(-24 * time.Hour))})
	if err != nil {
		return fmt.Errorf("count orders: %w", err)
	}
	if n >= most {
		return problem.New(problem.Limited, "consult.often").With("Count", int(most)).After(24 * time.Hour)
	}
	return nil
}

func (s *Service) take(ctx context.Context, tx *db.Tx, actor ra.Actor, phone string, c Call) (string, error) {
	q := newQueries(tx)
	life, err := s.Policies.Duration(ctx, tx, policyInvite)
	if err != nil {
		return "", err
	}
	number, err := q.NextNumber(ctx)
	if err != nil {
		return "", fmt.Errorf("number order: %w", err)
	}
	id, due := tx.NewID(), tx.Now().Add(life)
	sealed, err := s.Ring.SealJSON(secret{Wanted: c.Wanted, Consultant: actor.Account.Title}, orderPlace(id))
	if err != nil {
		return "", err
	}
	err = q.InsertOrder(ctx, insertOrderParams{
		ID: id, Number: number, Phone: phone, State: string(Waiting), OperatorID: actor.Account.ID, Secret: sealed,
		DueAt: db.Micros(due), CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return "", fmt.Errorf("store order: %w", err)
	}
	err = s.Teller.Tell(ctx, tx, notify.Person{Phone: phone, Language: c.Language}, notify.Event{
		Kind: "consult.invite", Class: notify.Case, Values: map[string]any{"Due": due}, URL: "/signup", Dedup: id,
	})
	if err != nil {
		return "", err
	}
	return id, s.record(ctx, tx, actor, "consult.take", "order/"+id, nil)
}

func orderPlace(id string) []byte { return []byte("phone_order/" + id) }

func (s *Service) open(row phoneOrderRow) (Order, error) {
	var x secret
	err := s.Ring.OpenJSON(row.Secret, orderPlace(row.ID), &x)
	return Order{
		ID: row.ID, Number: row.Number, State: State(row.State), Phone: identity.MaskPhone(row.Phone), Consultant: x.Consultant, Wanted: x.Wanted,
		DueAt: db.Time(row.DueAt), CreatedAt: db.Time(row.CreatedAt),
	}, err
}

// Orders are the orders that wait for callers who are not known, and what was prepared for those
// who are; of neither more than number, state and term.
func (s *Service) Orders(ctx context.Context, actor ra.Actor) (orders []Order, prepared []ra.Application, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		orders = nil
		if err := s.Tickets.Operate(ctx, tx, asSupport(actor)); err != nil {
			return err
		}
		rows, err := newQueries(tx).OrdersIn(ctx, string(Waiting))
		if err != nil {
			return fmt.Errorf("read orders: %w", err)
		}
		for _, row := range rows {
			o, err := s.open(row)
			if err != nil {
				return err
			}
			orders = append(orders, Order{ID: o.ID, Number: o.Number, State: o.State, Consultant: o.Consultant, DueAt: o.DueAt})
		}
		prepared, err = s.Desk.AllPrepared(ctx, tx)
		return err
	})
	return orders, prepared, err
}

// Look is an order for an operator; the look is recorded.
func (s *Service) Look(ctx context.Context, actor ra.Actor, id string) (o Order, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.order(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if o, err = s.open(row); err != nil {
			return err
		}
		if row.ApplicationID != "" {
			if o.Application, err = s.Desk.Standing(ctx, tx, row.ApplicationID); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, actor, "consult.order.look", "order/"+id, nil)
	})
	return o, err
}

func (s *Service) order(ctx context.Context, tx *db.Tx, actor ra.Actor, id string) (row phoneOrderRow, err error) {
	if err := s.Tickets.Operate(ctx, tx, asSupport(actor)); err != nil {
		return row, err
	}
	row, err = newQueries(tx).GetOrder(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return row, problem.New(problem.NotFound, "consult.order.missing")
	} else if err != nil {
		return row, fmt.Errorf("read order: %w", err)
	}
	return row, nil
}

// Cancel ends an order that its caller does not want any more.
func (s *Service) Cancel(ctx context.Context, actor ra.Actor, id string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.order(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if err := s.moveOrder(ctx, tx, row, Cancelled, "", ""); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "consult.cancel", "order/"+id, nil)
	})
}

// moveOrder ends an order: its phone goes with it, so that it is found once.
func (s *Service) moveOrder(ctx context.Context, tx *db.Tx, row phoneOrderRow, to State, accountID, applicationID string) error {
	if !slices.Contains(Moves()[State(row.State)], to) {
		return problem.New(problem.Conflict, "consult.moved")
	}
	n, err := newQueries(tx).MoveOrder(ctx, moveOrderParams{
		ID: row.ID, State: string(to), AccountID: accountID, ApplicationID: applicationID, Secret: row.Secret, ChangedAt: db.Micros(tx.Now()), State_2: row.State,
	})
	if err != nil {
		return fmt.Errorf("store order: %w", err)
	}
	if n == 0 {
		return problem.New(problem.Conflict, "consult.moved")
	}
	return nil
}

// Meet prepares what the holder ordered by phone before they were known: the phone of an account has been
// confirmed. It is asked each time a holder comes to the first page.
func (s *Service) Meet(ctx context.Context, actor ra.Actor) error {
	waits := false
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.orderFor(ctx, tx, actor.Account)
		waits = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || !waits {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		account, err := s.Accounts.AccountByID(ctx, tx, actor.Account.ID)
		if err != nil {
			return err
		}
		row, err := s.orderFor(ctx, tx, account)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // another tab was quicker
		} else if err != nil {
			return err
		}
		return s.meet(ctx, tx, actor, account, row)
	})
}

func (s *Service) orderFor(ctx context.Context, tx *db.Tx, a auth.Account) (phoneOrderRow, error) {
	if a.Phone == "" {
		return phoneOrderRow{}, sql.ErrNoRows
	}
	row, err := newQueries(tx).OrderOf(ctx, orderOfParams{Phone: a.Phone, State: string(Waiting), DueAt: db.Micros(tx.Now())})
	if err != nil {
		return row, fmt.Errorf("find order: %w", err)
	}
	return row, nil
}

func (s *Service) meet(ctx context.Context, tx *db.Tx, actor ra.Actor, holder auth.Account, row phoneOrderRow) error {
	var x secret
	if err := s.Ring.OpenJSON(row.Secret, orderPlace(row.ID), &x); err != nil {
		return err
	}
	by := ra.Actor{Account: auth.Account{ID: row.OperatorID, Title: x.Consultant}}
	if known, err := s.Accounts.AccountByID(ctx, tx, row.OperatorID); err == nil {
		by.Account.PersonID = known.PersonID
	} else if _, refused := problem.Of(err); !refused {
		return err
	}
	x.Wanted.Told = true
	to, application := Met, ""
	a, err := s.Desk.Prepare(ctx, tx, by, holder, x.Wanted, row.ID)
	switch problem.KindOf(err) {
	case problem.Conflict: // enough waits for this holder: it waits too
		return nil
	case problem.Forbidden, problem.Invalid: // a consultant's own, a purpose that is no more
		to = Cancelled
	default:
		if err != nil {
			return err
		}
		application = a.ID
	}
	if err := s.moveOrder(ctx, tx, row, to, holder.ID, application); err != nil {
		return err
	}
	return s.record(ctx, tx, actor, "consult."+string(to), "order/"+row.ID, map[string]any{"application": application})
}

// Phone is what one orders by; empty: the installation takes no orders by phone.
func (s *Service) Phone(ctx context.Context) (phone string, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if phone, err = s.Policies.String(ctx, tx, policyPhone); err != nil || phone != "" {
			return err
		}
		phone, err = s.Policies.String(ctx, tx, "support.phone")
		return err
	})
	return phone, err
}
