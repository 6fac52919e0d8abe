// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package news

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
)

// edit is an act of who writes news: the role is read anew, the act recorded.
func (s *Service) edit(ctx context.Context, actor Actor, action, id string, do func(ctx context.Context, tx *db.Tx) (details map[string]any, err error)) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.editor(ctx, tx, actor); err != nil {
			return err
		}
		details, err := do(ctx, tx)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, actor, action, "news/"+id, details)
	})
}

func (s *Service) editor(ctx context.Context, tx *db.Tx, actor Actor) error {
	now, err := s.Accounts.AccountByID(ctx, tx, actor.Account.ID)
	if err != nil {
		return err
	}
	if now.Role != auth.Operator && now.Role != auth.Administrator {
		return problem.New(problem.Forbidden, "auth.role.other")
	}
	return nil
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor Actor, action, object string, details map[string]any) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "account/" + actor.Account.ID, Action: action, Object: object, Origin: actor.Client.Network, Details: details,
	})
}

// Save stores a draft; an empty id makes a new one.
func (s *Service) Save(ctx context.Context, actor Actor, i Item) (id string, err error) {
	i.clean()
	id = i.ID
	if id == "" {
		id = db.NewID(s.DB.Now())
	}
	err = s.edit(ctx, actor, "news.save", id, func(ctx context.Context, tx *db.Tx) (map[string]any, error) {
		if err := i.check(tx.Now()); err != nil {
			return nil, err
		}
		content, err := json.Marshal(i.Texts)
		if err != nil {
			return nil, fmt.Errorf("encode item: %w", err)
		}
		q, by := newQueries(tx), "account/"+actor.Account.ID
		p := updateItemParams{
			ID: id, Kind: string(i.Kind), Content: string(content), Kinds: joined(i.Kinds), Okved: strings.Join(i.OKVED, " "), Regions: strings.Join(i.Regions, " "),
			Source: i.Source, Act: i.Act, InForce: db.Micros(i.InForce), ShownUntil: db.Micros(i.Until), Open: i.Open,
			StartsAt: db.Micros(i.Starts), EndsAt: db.Micros(i.Ends), Zone: i.Zone, Place: i.Place, ChangedBy: by, ChangedAt: db.Micros(tx.Now()),
		}
		n := int64(1)
		if i.ID == "" {
			err = q.InsertItem(ctx, insertItemParams(p))
		} else {
			n, err = q.UpdateItem(ctx, p)
		}
		if err != nil {
			return nil, fmt.Errorf("store item: %w", err)
		}
		if n == 0 {
			return nil, problem.New(problem.Conflict, "news.published")
		}
		return map[string]any{"kind": string(i.Kind), "title": i.In("").Title}, nil
	})
	return id, err
}

func joined[S ~string](list []S) string {
	var words []string
	for _, s := range list {
		words = append(words, string(s))
	}
	return strings.Join(words, " ")
}

// Publish shows a draft and tells whom it concerns.
func (s *Service) Publish(ctx context.Context, actor Actor, id string) error {
	return s.edit(ctx, actor, "news.publish", id, func(ctx context.Context, tx *db.Tx) (map[string]any, error) {
		i, err := s.item(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if err := i.check(tx.Now()); err != nil { // a webinar that has been, by now
			return nil, err
		}
		if err := s.move(ctx, tx, actor, id, Draft, Published); err != nil {
			return nil, err
		}
		if err := s.callAgain(ctx, tx, i); err != nil {
			return nil, err
		}
		return map[string]any{"title": i.In("").Title}, jobs.Insert(ctx, tx, tell{Item: id}, jobs.Unique(id))
	})
}

// Withdraw takes an item from everybody's sight; who said that they come to a webinar is told.
func (s *Service) Withdraw(ctx context.Context, actor Actor, id string) error {
	return s.edit(ctx, actor, "news.withdraw", id, func(ctx context.Context, tx *db.Tx) (map[string]any, error) {
		i, err := s.item(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if err := s.move(ctx, tx, actor, id, Published, Draft); err != nil {
			return nil, err
		}
		return map[string]any{"title": i.In("").Title}, s.callOff(ctx, tx, i)
	})
}

// Drop forgets a draft.
func (s *Service) Drop(ctx context.Context, actor Actor, id string) error {
	return s.edit(ctx, actor, "news.drop", id, func(ctx context.Context, tx *db.Tx) (map[string]any, error) {
		i, err := s.item(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		q := newQueries(tx)
		n, err := q.DropItem(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("drop item: %w", err)
		}
		if n == 0 {
			return nil, problem.New(problem.Conflict, "news.published")
		}
		return map[string]any{"title": i.In("").Title}, q.DropAnswers(ctx, id)
	})
}

func (s *Service) move(ctx context.Context, tx *db.Tx, actor Actor, id string, from, to State) error {
	p := moveItemParams{ID: id, State: string(from), State_2: string(to), ChangedBy: "account/" + actor.Account.ID, ChangedAt: db.Micros(tx.Now())}
	if to == Published {
		p.PublishedAt = db.Micros(tx.Now())
	}
	n, err := newQueries(tx).MoveItem(ctx, p)
	if err != nil {
		return fmt.Errorf("store state: %w", err)
	}
	if n == 0 {
		return problem.New(problem.Conflict, "news.state")
	}
	return nil
}

// Items are all items, the latest changed first, for who writes them.
func (s *Service) Items(ctx context.Context, actor Actor) (list []Item, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.editor(ctx, tx, actor); err != nil {
			return err
		}
		rows, err := newQueries(tx).AllItems(ctx, maxItems)
		if err != nil {
			return fmt.Errorf("read items: %w", err)
		}
		list, err = itemsOf(rows)
		return err
	})
	return list, err
}

// Item is one item for who writes them, with the count of answers.
func (s *Service) Item(ctx context.Context, actor Actor, id string) (i Item, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.editor(ctx, tx, actor); err != nil {
			return err
		}
		if i, err = s.item(ctx, tx, id); err != nil {
			return err
		}
		q := newQueries(tx)
		var err2 error
		i.Come, err = q.CountAnswers(ctx, countAnswersParams{id, true})
		i.Stay, err2 = q.CountAnswers(ctx, countAnswersParams{id, false})
		return errors.Join(err, err2)
	})
	return i, err
}

// Public are the items of a kind that anybody may read; an empty kind is all.
func (s *Service) Public(ctx context.Context, kind Kind) (list []Item, err error) {
	published, err := s.published(ctx)
	for _, i := range published {
		if i.Open && (kind == "" || i.Kind == kind) {
			list = append(list, i)
		}
	}
	return list, err
}

// PublicItem is an item that anybody may read.
func (s *Service) PublicItem(ctx context.Context, id string) (Item, error) {
	i, err := s.shown(ctx, id)
	if err == nil && !i.Open {
		return Item{}, missing()
	}
	return i, err
}

func missing() error { return problem.New(problem.NotFound, "news.missing") }

// published are the items that are shown now, the newest first.
func (s *Service) published(ctx context.Context) (list []Item, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).PublishedItems(ctx, publishedItemsParams{db.Micros(tx.Now()), maxItems})
		if err != nil {
			return fmt.Errorf("read items: %w", err)
		}
		list, err = itemsOf(rows)
		return err
	})
	return list, err
}

// shown is an item that is shown now.
func (s *Service) shown(ctx context.Context, id string) (i Item, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if i, err = s.item(ctx, tx, id); err != nil {
			return err
		}
		if i.State != Published || !i.Until.IsZero() && !i.Until.After(tx.Now()) {
			return missing()
		}
		return nil
	})
	return i, err
}

func (s *Service) item(ctx context.Context, tx *db.Tx, id string) (Item, error) {
	row, err := newQueries(tx).GetItem(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Item{}, missing()
	} else if err != nil {
		return Item{}, fmt.Errorf("read item: %w", err)
	}
	return itemOf(row)
}

func itemsOf(rows []newsItemRow) (list []Item, err error) {
	for _, row := range rows {
		i, err := itemOf(row)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, nil
}

func itemOf(row newsItemRow) (Item, error) {
	i := Item{
		ID: row.ID, State: State(row.State), Kind: Kind(row.Kind), OKVED: strings.Fields(row.Okved), Regions: strings.Fields(row.Regions),
		Act: row.Act, InForce: db.Time(row.InForce), Source: row.Source, Until: db.Time(row.ShownUntil), Open: row.Open,
		Starts: db.Time(row.StartsAt), Ends: db.Time(row.EndsAt), Zone: row.Zone, Place: row.Place,
		ChangedBy: row.ChangedBy, ChangedAt: db.Time(row.ChangedAt), PublishedAt: db.Time(row.PublishedAt),
	}
	for _, k := range strings.Fields(row.Kinds) {
		i.Kinds = append(i.Kinds, identity.Kind(k))
	}
	if err := json.Unmarshal([]byte(row.Content), &i.Texts); err != nil {
		return Item{}, fmt.Errorf("decode item: %w", err)
	}
	return i, nil
}
