// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/problem"
)

// Class is how much a notice matters; what may be switched off is chosen by class.
type Class string

// The classes. Security notices go by both channels at once, at any hour, and nobody
// can switch them off.
const (
	Security Class = "security"
	Case     Class = "case"     // something of the person's has moved
	Reminder Class = "reminder" // a term comes near
	Receipt  Class = "receipt"  // what others gave for what was sent
	Demand   Class = "demand"   // what others want by a term
	News     Class = "news"
)

// Person is whom a notice is for, as the service that knows accounts says.
type Person struct {
	AccountID string // empty: somebody without an account, who gets no letter
	ProfileID string // the role it concerns; empty: all
	Phone     string // empty: no SMS
	Mail      string // empty: no mail
	Language  string // of somebody without an account
}

// Event is what a person is told. Its texts are notice.<kind>.subject, .body and .sms in
// the language of the person.
type Event struct {
	Kind   string // "support.answer"
	Class  Class
	Values map[string]any
	URL    string    // local address where it goes on, for the letter
	Link   string    // a secret address: in messages only, never in the letter
	Tag    string    // what the subject of the mail ends with, so that its reply finds back
	Action bool      // the person has something to do
	DueAt  time.Time // by when
	Dedup  string    // a second event of the same kind and key is not told
}

// Key is a value of an event that is words itself: a key of package locale.
type Key string

// Told is published for each letter: other channels follow it.
type Told struct {
	Letter  string `json:"letter"`
	Account string `json:"account"`
	Profile string `json:"profile"`
	Kind    string `json:"kind"`
	Class   Class  `json:"class"`
}

// Event names the event.
func (Told) Event() string { return "notify.told" }

// Letter is what the inbox holds.
type Letter struct {
	ID        string
	AccountID string
	ProfileID string
	Kind      string
	Class     Class
	Subject   string
	Body      string
	URL       string
	Action    bool // has something to do that is not done
	DueAt     time.Time
	CreatedAt time.Time
	ReadAt    time.Time // zero: not read
	DoneAt    time.Time
}

// content is the sealed part of a letter.
type content struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`
	URL     string `json:"url"`
}

// Teller tells persons of events, in their language and by the channels they chose.
type Teller struct {
	notices   *Service
	words     *locale.Bundle
	publicURL string
}

// NewTeller returns a teller whose messages link to publicURL only.
func NewTeller(notices *Service, words *locale.Bundle, publicURL string) *Teller {
	return &Teller{notices, words, publicURL}
}

// Tell stores the letter and the messages of an event in the transaction of the act.
func (t *Teller) Tell(ctx context.Context, tx *db.Tx, to Person, e Event) error {
	settings, err := t.Settings(ctx, tx, to.AccountID)
	if err != nil {
		return err
	}
	if to.AccountID == "" {
		settings.Language = to.Language
	}
	w := t.words.For(settings.Language)
	values := map[string]any{"URL": t.publicURL + e.URL, "Link": e.Link}
	for name, value := range e.Values {
		switch v := value.(type) {
		case time.Time:
			value = w.DateTime(v)
		case Key:
			value = w.T(string(v), nil)
		}
		values[name] = value
	}
	key := "notice." + e.Kind
	c := content{Subject: w.T(key+".subject", values), Body: w.T(key+".body", values), URL: e.URL}
	if to.AccountID != "" {
		made, err := t.store(ctx, tx, to, e, c)
		if err != nil || !made {
			return err
		}
	}
	dedup := ""
	if e.Dedup != "" {
		dedup = e.Kind + "/" + e.Dedup
	}
	after := time.Time{}
	if e.Class != Security {
		after = settings.Quiet.End(tx.Now())
	}
	if to.Phone != "" && settings.Wants(e.Class, SMS) {
		err := t.notices.Send(ctx, tx, Notice{
			Channel: SMS, Recipient: to.Phone, Dedup: dedup, NotBefore: after, Secret: e.Link != "", Body: w.T(key+".sms", values),
		})
		if err != nil {
			return fmt.Errorf("send notice: %w", err)
		}
	}
	if to.Mail == "" || !settings.Wants(e.Class, Mail) {
		return nil
	}
	body := []string{w.T("notice.hello", nil), c.Body}
	if e.Link != "" {
		body = append(body, w.T(key+".link", values))
	} else if e.URL != "" {
		body = append(body, t.publicURL+e.URL)
	}
	err = t.notices.Send(ctx, tx, Notice{
		Channel: Mail, Recipient: to.Mail, Dedup: dedup, NotBefore: after, Secret: e.Link != "", Subject: strings.TrimSpace(c.Subject + " " + e.Tag),
		Body: strings.Join(append(body, w.T("notice.foot", nil)), "\n\n"),
	})
	if err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	return nil
}

// store keeps the letter, unless it is there already.
func (t *Teller) store(ctx context.Context, tx *db.Tx, to Person, e Event, c content) (made bool, err error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return false, fmt.Errorf("encode letter: %w", err)
	}
	defer keys.Zero(plain)
	dedup := ""
	if e.Dedup != "" {
		dedup = e.Kind + "/" + e.Dedup
	}
	id := tx.NewID()
	n, err := newQueries(tx).InsertLetter(ctx, insertLetterParams{
		ID: id, AccountID: to.AccountID, ProfileID: to.ProfileID, Kind: e.Kind, Class: string(e.Class),
		Content: t.notices.ring.Seal(plain, letterPlace(id)), Action: e.Action,
		DueAt: db.Micros(e.DueAt), CreatedAt: db.Micros(tx.Now()), DedupKey: dedup,
	})
	if err != nil {
		return false, fmt.Errorf("store letter: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	return true, jobs.Publish(ctx, tx, Told{Letter: id, Account: to.AccountID, Profile: to.ProfileID, Kind: e.Kind, Class: e.Class})
}

func letterPlace(id string) []byte { return []byte("letter/" + id) }

// maxLetters bounds what one page of the inbox is made of.
const maxLetters = 500

// Letters returns the letters of an account, the newest first.
func (t *Teller) Letters(ctx context.Context, tx *db.Tx, accountID string) ([]Letter, error) {
	rows, err := newQueries(tx).LettersOf(ctx, lettersOfParams{AccountID: accountID, Limit: maxLetters})
	if err != nil {
		return nil, fmt.Errorf("read letters: %w", err)
	}
	return t.opened(rows)
}

// LettersFrom returns letters of an account from a time on, the oldest first, up to a limit.
func (t *Teller) LettersFrom(ctx context.Context, tx *db.Tx, accountID string, from time.Time, limit int32) ([]Letter, error) {
	rows, err := newQueries(tx).LettersFrom(ctx, lettersFromParams{accountID, db.Micros(from), limit})
	if err != nil {
		return nil, fmt.Errorf("read letters: %w", err)
	}
	return t.opened(rows)
}

func (t *Teller) opened(rows []letterRow) ([]Letter, error) {
	list := make([]Letter, 0, len(rows))
	for _, row := range rows {
		l, err := t.open(row)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// Letter returns a letter of an account; one of another account is not found.
func (t *Teller) Letter(ctx context.Context, tx *db.Tx, accountID, id string) (Letter, error) {
	row, err := newQueries(tx).GetLetter(ctx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.AccountID != accountID {
		return Letter{}, problem.New(problem.NotFound, "inbox.letter.missing")
	} else if err != nil {
		return Letter{}, fmt.Errorf("read letter: %w", err)
	}
	return t.open(row)
}

func (t *Teller) open(row letterRow) (Letter, error) {
	plain, err := t.notices.ring.Open(row.Content, letterPlace(row.ID))
	if err != nil {
		return Letter{}, fmt.Errorf("open letter: %w", err)
	}
	defer keys.Zero(plain)
	var c content
	if err := json.Unmarshal(plain, &c); err != nil {
		return Letter{}, fmt.Errorf("decode letter: %w", err)
	}
	return Letter{
		ID: row.ID, AccountID: row.AccountID, ProfileID: row.ProfileID, Kind: row.Kind, Class: Class(row.Class),
		Subject: c.Subject, Body: c.Body, URL: c.URL, Action: row.Action && row.DoneAt == 0, DueAt: db.Time(row.DueAt),
		CreatedAt: db.Time(row.CreatedAt), ReadAt: db.Time(row.ReadAt), DoneAt: db.Time(row.DoneAt),
	}, nil
}

// Unread counts the letters of an account that nobody has read.
func (t *Teller) Unread(ctx context.Context, tx *db.Tx, accountID string) (int64, error) {
	n, err := newQueries(tx).CountUnread(ctx, accountID)
	if err != nil {
		return 0, fmt.Errorf("count letters: %w", err)
	}
	return n, nil
}

// MarkRead marks a letter as read; done says that what it asks for is done as well.
func (t *Teller) MarkRead(ctx context.Context, tx *db.Tx, id string, done bool) error {
	q, now := newQueries(tx), db.Micros(tx.Now())
	if err := q.ReadLetter(ctx, readLetterParams{ID: id, ReadAt: now}); err != nil {
		return fmt.Errorf("mark letter: %w", err)
	}
	if !done {
		return nil
	}
	if _, err := q.DoneLetter(ctx, doneLetterParams{ID: id, DoneAt: now}); err != nil {
		return fmt.Errorf("mark letter: %w", err)
	}
	return nil
}

// Settings is what an account chose about notices.
type Settings struct {
	Language string // ru, kk, en; empty: the first
	Quiet    Quiet
	Muted    []string // "case/sms": the class and the channel that are switched off
}

// Quiet are the hours in which what can wait does.
type Quiet struct {
	From, Until int    // minutes of the day; equal: none
	Zone        string // of the database of zones
}

// End is when a message made now may go out: now itself outside of quiet hours.
func (q Quiet) End(now time.Time) time.Time {
	if q.From == q.Until {
		return now
	}
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		zone = time.UTC
	}
	local := now.In(zone)
	minute := local.Hour()*60 + local.Minute()
	quiet := q.From <= minute && minute < q.Until
	if q.From > q.Until { // over midnight
		quiet = minute >= q.From || minute < q.Until
	}
	if !quiet {
		return now
	}
	end := time.Date(local.Year(), local.Month(), local.Day(), q.Until/60, q.Until%60, 0, 0, zone)
	if !end.After(now) {
		end = end.AddDate(0, 0, 1)
	}
	return end.UTC()
}

// Wants reports whether messages of a class go by a channel.
func (s Settings) Wants(c Class, ch Channel) bool {
	return c == Security || !slices.Contains(s.Muted, string(c)+"/"+string(ch))
}

// defaultMuted is what is off until somebody switches it on.
func defaultMuted() []string { return []string{"news/sms", "news/mail", "news/push"} }

// Settings returns what an account chose, or the defaults.
func (t *Teller) Settings(ctx context.Context, tx *db.Tx, accountID string) (Settings, error) {
	row, err := newQueries(tx).GetSetting(ctx, accountID)
	if errors.Is(err, sql.ErrNoRows) || accountID == "" {
		return Settings{Muted: defaultMuted()}, nil
	} else if err != nil {
		return Settings{}, fmt.Errorf("read settings of notices: %w", err)
	}
	return Settings{
		Language: row.Language, Quiet: Quiet{From: int(row.QuietFrom), Until: int(row.QuietUntil), Zone: row.Zone}, Muted: strings.Fields(row.Muted),
	}, nil
}

const minutesOfDay = 24 * 60

// SetSettings stores what an account chose. The caller records it.
func (t *Teller) SetSettings(ctx context.Context, tx *db.Tx, accountID string, s Settings) error {
	if s.Quiet.From < 0 || s.Quiet.Until < 0 || s.Quiet.From >= minutesOfDay || s.Quiet.Until >= minutesOfDay {
		return problem.New(problem.Invalid, "notices.quiet.wrong").At("quiet_from")
	}
	if _, err := time.LoadLocation(s.Quiet.Zone); err != nil {
		return problem.New(problem.Invalid, "notices.zone.wrong").At("zone").Because(err)
	}
	err := newQueries(tx).PutSetting(ctx, putSettingParams{
		AccountID: accountID, Language: s.Language, QuietFrom: int64(s.Quiet.From), QuietUntil: int64(s.Quiet.Until), Zone: s.Quiet.Zone,
		Muted: strings.Join(s.Muted, " "), ChangedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store settings of notices: %w", err)
	}
	return nil
}

// Repeat tells a letter once more, as it was.
func (t *Teller) Repeat(ctx context.Context, tx *db.Tx, to Person, l Letter) error {
	e := Event{Kind: l.Kind, Class: l.Class, URL: l.URL, Action: true, DueAt: l.DueAt}
	if _, err := t.store(ctx, tx, to, e, content{Subject: l.Subject, Body: l.Body, URL: l.URL}); err != nil {
		return err
	}
	settings, err := t.Settings(ctx, tx, to.AccountID)
	if err != nil || to.Mail == "" || !settings.Wants(l.Class, Mail) {
		return err
	}
	w := t.words.For(settings.Language)
	body := []string{w.T("notice.hello", nil), l.Body, t.publicURL + l.URL, w.T("notice.foot", nil)}
	err = t.notices.Send(ctx, tx, Notice{
		Channel: Mail, Recipient: to.Mail, NotBefore: settings.Quiet.End(tx.Now()), Subject: l.Subject, Body: strings.Join(body, "\n\n"),
	})
	if err != nil {
		return fmt.Errorf("send notice: %w", err)
	}
	return nil
}

// Forget drops the letters of an account and what it chose: it is closed.
func (t *Teller) Forget(ctx context.Context, tx *db.Tx, accountID string) error {
	q := newQueries(tx)
	if err := q.ForgetLetters(ctx, accountID); err != nil {
		return fmt.Errorf("forget letters: %w", err)
	}
	if err := q.ForgetSetting(ctx, accountID); err != nil {
		return fmt.Errorf("forget settings of notices: %w", err)
	}
	return nil
}
