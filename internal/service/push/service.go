// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package push

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth/agent"
	"podpis/pki/alg"
	"podpis/wire/webpush"
)

// sender names the row of our key.
const sender = "vapid"

// stored is a private key as it is sealed: the parts of PKCS #8.
type stored struct{ Algorithm, Content []byte }

func senderPlace() []byte { return []byte("push_sender/" + sender) }

func place(id string) []byte { return []byte("push_device/" + id) }

// sealed is what a row of a device seals.
type sealed struct {
	Name string               `json:"name"`
	To   webpush.Subscription `json:"to"`
}

// Install makes the key of the installation, once.
func (s *Service) Install(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	if _, err := q.GetSender(ctx, sender); err == nil || !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	key, err := alg.Generate(alg.P256, rand.Reader)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	box, err := s.ring.SealJSON(stored{key.Algorithm(), key.Encode()}, senderPlace())
	if err != nil {
		return err
	}
	if err := q.InsertSender(ctx, insertSenderParams{ID: sender, Sealed: box, CreatedAt: db.Micros(tx.Now())}); err != nil {
		return fmt.Errorf("store key: %w", err)
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: "installation", Action: "push.key", Object: "push_sender/" + sender})
}

func (s *Service) key(ctx context.Context, tx *db.Tx) (*alg.PrivateKey, error) {
	box, err := newQueries(tx).GetSender(ctx, sender)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	var k stored
	if err := s.ring.OpenJSON(box, senderPlace(), &k); err != nil {
		return nil, err
	}
	defer keys.Zero(k.Content)
	return alg.ParsePrivateKey(k.Algorithm, k.Content)
}

// Key is our public key in base64url, which browsers subscribe for (RFC 8292, 4.1).
func (s *Service) Key(ctx context.Context) (text string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, err := s.key(ctx, tx)
		if err == nil {
			text = base64.RawURLEncoding.EncodeToString(k.PublicKey().KeyOctets())
		}
		return err
	})
	return text, err
}

// Add takes the subscription of a browser, as its script gives it. The same one again is no
// other; one that another account of this browser had passes over: who knows its keys has it.
func (s *Service) Add(ctx context.Context, actor Actor, body []byte) error {
	to, err := webpush.ParseSubscription(body)
	if err != nil || !s.plain && !strings.HasPrefix(to.Endpoint, "https://") {
		return problem.New(problem.Invalid, "push.subscription.wrong").Because(err)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q, digest := newQueries(tx), keys.Digest(to.Endpoint)
		row, err := q.FindDevice(ctx, digest)
		if err == nil {
			known, err := s.open(row)
			if err != nil {
				return err
			}
			if known.To != to {
				return problem.New(problem.Conflict, "push.subscription.taken").Then("push.subscription.taken.next")
			}
			if row.AccountID == actor.Account.ID && row.DeviceKey == agent.ID(actor.Client.Key) {
				return nil
			}
			if _, err := q.DropDevice(ctx, row.ID); err != nil {
				return fmt.Errorf("drop device: %w", err)
			}
			if err := recordGone(ctx, tx, row.ID, row.AccountID); err != nil {
				return err
			}
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read device: %w", err)
		}
		return s.insert(ctx, tx, actor, to, digest)
	})
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, actor Actor, to webpush.Subscription, digest []byte) error {
	q, browser := newQueries(tx), agent.ID(actor.Client.Key)
	if browser == "" { // what cannot be told apart cannot be ended
		return problem.New(problem.Conflict, "factor.device.unknown").Then("factor.device.unknown.next")
	}
	// A browser subscribes once: its earlier address is no more.
	if _, err := q.DropBrowser(ctx, dropBrowserParams{AccountID: actor.Account.ID, DeviceKey: browser}); err != nil {
		return fmt.Errorf("drop device: %w", err)
	}
	most, err := s.policies.Number(ctx, tx, "push.devices")
	if err != nil {
		return err
	}
	rows, err := q.DevicesOf(ctx, actor.Account.ID)
	if err != nil {
		return fmt.Errorf("read devices: %w", err)
	}
	if int64(len(rows)) >= most {
		return problem.New(problem.Conflict, "push.too_many").With("Count", int(most))
	}
	id := tx.NewID()
	box, err := s.ring.SealJSON(sealed{agent.Name(actor.Client.Device), to}, place(id))
	if err != nil {
		return err
	}
	err = q.InsertDevice(ctx, insertDeviceParams{
		ID: id, AccountID: actor.Account.ID, DeviceKey: browser, EndpointHash: digest, Sealed: box, AddedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store device: %w", err)
	}
	return s.record(ctx, tx, actor, "push.add", id)
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor Actor, action, id string) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + actor.Account.ID, Action: action, Object: "push_device/" + id, Origin: actor.Client.Network,
		Details: map[string]any{"account": actor.Account.ID},
	})
}

func (s *Service) open(row pushDeviceRow) (box sealed, err error) {
	return box, s.ring.OpenJSON(row.Sealed, place(row.ID), &box)
}

// Devices are the browsers of an account that take notices.
func (s *Service) Devices(ctx context.Context, actor Actor) (list []Device, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		rows, err := newQueries(tx).DevicesOf(ctx, actor.Account.ID)
		if err != nil {
			return fmt.Errorf("read devices: %w", err)
		}
		for _, row := range rows {
			box, err := s.open(row)
			if err != nil {
				return err
			}
			here := row.DeviceKey == agent.ID(actor.Client.Key)
			list = append(list, Device{row.ID, box.Name, here, db.Time(row.AddedAt), db.Time(row.UsedAt)})
		}
		return nil
	})
	return list, err
}

// own returns a device of the actor's account; another's is not found.
func (s *Service) own(ctx context.Context, tx *db.Tx, actor Actor, id string) (pushDeviceRow, error) {
	row, err := newQueries(tx).GetDevice(ctx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.AccountID != actor.Account.ID {
		return row, problem.New(problem.NotFound, "push.missing")
	} else if err != nil {
		return row, fmt.Errorf("read device: %w", err)
	}
	return row, nil
}

// Drop takes a device away: nothing is sent there any more.
func (s *Service) Drop(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if _, err := newQueries(tx).DropDevice(ctx, row.ID); err != nil {
			return fmt.Errorf("drop device: %w", err)
		}
		return s.record(ctx, tx, actor, "push.drop", row.ID)
	})
}

// Test sends a device a notice that says that notices come.
func (s *Service) Test(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		m, err := s.compose(ctx, tx, row.AccountID, "test", "/login", "test")
		if err != nil {
			return err
		}
		if err := s.enqueue(ctx, tx, row.ID, m, tx.Now()); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "push.test", row.ID)
	})
}

// compose makes a message of what happened in the language of the account.
func (s *Service) compose(ctx context.Context, tx *db.Tx, account, what, url, tag string) (m message, err error) {
	settings, err := s.teller.Settings(ctx, tx, account)
	if err != nil {
		return m, err
	}
	keep, err := s.policies.Duration(ctx, tx, "push.keep")
	if err != nil {
		return m, err
	}
	w := s.words.For(settings.Language)
	return message{Note: note{w.T("push.note."+what, nil), w.T("push.note."+what+".text", nil), url, tag}, Until: tx.Now().Add(keep)}, nil
}

// tell sends a message to every device of an account.
func (s *Service) tell(ctx context.Context, tx *db.Tx, account string, m message) error {
	rows, err := newQueries(tx).DevicesOf(ctx, account)
	if err != nil {
		return fmt.Errorf("read devices: %w", err)
	}
	settings, err := s.teller.Settings(ctx, tx, account)
	if err != nil {
		return err
	}
	at := tx.Now()
	if !m.Urgent {
		at = settings.Quiet.End(at)
		m.Until = m.Until.Add(at.Sub(tx.Now()))
	}
	for _, row := range rows {
		if err := s.enqueue(ctx, tx, row.ID, m, at); err != nil {
			return err
		}
	}
	return nil
}
