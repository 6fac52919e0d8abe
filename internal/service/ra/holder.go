// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
)

// Start opens an application with what is known of the person. key comes with
// the form: a second submit of the same form opens nothing new.
func (s *Service) Start(ctx context.Context, actor Actor, key string) (id string, err error) {
	if key != "" && actor.Role != "" {
		key = actor.Role + "/" + key // each role has its own forms
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, free, err := openedBy(ctx, newQueries(tx), actor.Account.ID, key)
		if id = found; err != nil || found != "" {
			return err
		}
		person, err := s.persons.Person(ctx, tx, actor.Account.PersonID)
		if err != nil {
			return err
		}
		id, err = s.insert(ctx, tx, actor, person, free)
		return err
	})
	return id, err
}

// openedBy finds the application that a form has opened, or the key under which it opens one. What has ended is
// not what a press means: the button stands on its page for ever, and went to what was withdrawn.
func openedBy(ctx context.Context, q *queries, account, key string) (id, free string, err error) {
	for free = key; free != ""; {
		row, err := q.ByKey(ctx, byKeyParams{AccountID: account, SubmitKey: free})
		if errors.Is(err, sql.ErrNoRows) {
			return "", free, nil
		} else if err != nil {
			return "", "", fmt.Errorf("find application: %w", err)
		}
		if len(Moves()[State(row.State)]) > 0 {
			return row.ID, free, nil
		}
		free = key + "/" + row.ID // a second press of the form finds the next one
	}
	return "", "", nil
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, actor Actor, person identity.Person, key string) (string, error) {
	form, err := s.formFor(ctx, tx, actor, person)
	if err != nil {
		return "", err
	}
	r, err := s.create(ctx, tx, Draft, actor.Account, actor.Role, key, data{Form: form})
	if err != nil {
		return "", err
	}
	if err := s.note(ctx, tx, r, actor.Account.Title, "start", ""); err != nil {
		return "", err
	}
	return r.row.ID, audit.Record(ctx, tx, audit.Entry{
		Actor: actor.name(), Action: "ra.start", Object: "application/" + r.row.ID, Origin: actor.Client.Network,
	})
}

// Change is what a step does to the form. It keeps what was typed and tells what
// is wrong with it.
type Change func(f *Form, now time.Time) problem.List

// editable are the states in which the holder changes the form.
func editable(state string) bool { return State(state) == Draft || State(state) == Corrections }

// Fill changes the form of an application that the holder may edit. What the
// change refuses leaves the form as it was: the fields are kept as they were
// typed, and told.
func (s *Service) Fill(ctx context.Context, actor Actor, id string, change Change, typed map[string]string) error {
	var refusal error
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if !editable(r.row.State) {
			return problem.New(problem.Conflict, "ra.state."+r.row.State)
		}
		form := r.data.Form
		if refusal = change(&form, tx.Now()).Err(); refusal != nil {
			if err := r.data.keep(typed); err != nil {
				return err
			}
			return s.save(ctx, tx, r)
		}
		for name := range typed {
			delete(r.data.Typed, name)
		}
		if changed, err := differ(r.data.Form, form); err != nil {
			return err
		} else if changed {
			r.data.Signed, r.row.ChallengeID = nil, "" // to be signed again, and with another code
		}
		r.data.Form = form
		r.row.Kind, r.row.Title = string(form.Kind), form.holder()
		return s.save(ctx, tx, r)
	})
	return errors.Join(err, refusal)
}

func differ(a, b Form) (bool, error) {
	x, err := a.digest()
	if err != nil {
		return false, err
	}
	y, err := b.digest()
	return x != y, err
}

// keep remembers what stands in fields that have not been accepted.
func (d *data) keep(typed map[string]string) error {
	if d.Typed == nil {
		d.Typed = map[string]string{}
	}
	for name, value := range typed {
		d.Typed[name] = value
	}
	size := 0
	for name, value := range d.Typed {
		size += len(name) + len(value)
	}
	if size > maxTyped {
		return problem.New(problem.Invalid, "form.too_large")
	}
	return nil
}

// holder is the name the certificate will carry.
func (f Form) holder() string {
	if f.Kind == identity.Organisation && f.Company.Name != "" {
		return f.Company.Name
	}
	return f.Person.FullName()
}

// SetPurposes takes the first step.
func SetPurposes(purposes []string) Change {
	return func(f *Form, _ time.Time) problem.List {
		f.Purposes = slices.DeleteFunc(slices.Clone(purposes), func(p string) bool { return !slices.Contains(Purposes(), p) })
		if len(f.Purposes) == 0 {
			return problem.List{problem.New(problem.Invalid, "ra.purposes.none").At("purposes")}
		}
		return nil
	}
}

// SetHolder takes the second step: on whom the certificate is.
func SetHolder(kind identity.Kind, ogrnip string, company identity.Company) Change {
	return func(f *Form, _ time.Time) problem.List {
		if !kind.Valid() {
			return problem.List{problem.New(problem.Invalid, "identity.kind.wrong").At("kind")}
		}
		ogrnip, company = identity.Clean(ogrnip), company.Normalise()
		if f.Replaces != "" && (kind != f.Kind || kind == identity.Entrepreneur && ogrnip != f.OGRNIP || kind == identity.Organisation && company.OGRN != f.Company.OGRN) {
			return problem.List{problem.New(problem.Invalid, "ra.replace.holder").At("kind")}
		}
		f.Kind, f.HolderChosen = kind, true
		f.OGRNIP, f.Company = ogrnip, company
		switch {
		case kind == identity.Entrepreneur && !identity.ValidOGRNIP(f.OGRNIP):
			return problem.List{problem.New(problem.Invalid, "identity.ogrnip.check").At("ogrnip")}
		case kind == identity.Organisation:
			return f.Company.Check()
		}
		return nil
	}
}

// SetData takes the third step: region, place and mail; person is what the
// holder corrected, the rest stays.
func SetData(person identity.Person, region, locality, mail string) Change {
	return func(f *Form, now time.Time) problem.List {
		id := f.Person.ID
		f.Person = person.Normalise()
		f.Person.ID = id
		f.Region, f.Locality, f.Mail = region, locality, strings.TrimSpace(mail)
		wrong := append(f.Person.CheckName(now), f.Person.CheckDocuments(now)...)
		return append(wrong, f.checkPlace()...)
	}
}

func (f *Form) checkPlace() problem.List {
	var wrong problem.List
	f.Region, f.Locality = identity.OneLine(f.Region), identity.OneLine(f.Locality)
	for _, p := range []struct{ name, value string }{{"region", f.Region}, {"locality", f.Locality}} {
		if !identity.CertificateText(p.value, 128) {
			wrong = append(wrong, problem.New(problem.Invalid, "identity."+p.name+".wrong").At(p.name))
		}
	}
	if !identity.ValidMail(f.Mail) {
		wrong = append(wrong, problem.New(problem.Invalid, "auth.mail.wrong").At("mail"))
	}
	return wrong
}

// maxTyped bounds what is kept of fields as typed.
const maxTyped = 16 << 10

// SaveTyped keeps what is in the fields, before it is accepted.
func (s *Service) SaveTyped(ctx context.Context, actor Actor, id string, typed map[string]string) (time.Time, error) {
	var at time.Time
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if !editable(r.row.State) {
			return problem.New(problem.Conflict, "ra.state."+r.row.State)
		}
		if err := r.data.keep(typed); err != nil {
			return err
		}
		at = tx.Now()
		return s.save(ctx, tx, r)
	})
	return at, err
}

// AskSignature sends the code that signs an application.
func (s *Service) AskSignature(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if !editable(r.row.State) {
			return problem.New(problem.Conflict, "ra.state."+r.row.State)
		}
		if err := s.complete(ctx, tx, r); err != nil {
			return err
		}
		return s.ask(ctx, tx, actor, r, auth.ForApply)
	})
}

// ask sends a code for an application, unless one was just sent: reloading a
// page sends nothing.
func (s *Service) ask(ctx context.Context, tx *db.Tx, actor Actor, r *record, purpose auth.Purpose) error {
	if s.accounts.Open(ctx, tx, r.row.ChallengeID, purpose, Number(r.row.Number)) {
		return nil
	}
	c, err := s.accounts.Ask(ctx, tx, purpose, actor.Account.Phone, Number(r.row.Number))
	if err != nil {
		return err
	}
	r.row.ChallengeID = c.ID
	return s.save(ctx, tx, r)
}

// Resend sends another code of an application. One that signs it and has run out
// is asked for anew; the consent to an issue is given again.
func (s *Service) Resend(ctx context.Context, actor Actor, id string) error {
	a, err := s.Get(ctx, actor, id)
	if err != nil {
		return err
	}
	_, err = s.accounts.Resend(ctx, a.ChallengeID)
	if k := problem.KindOf(err); editable(string(a.State)) && (k == problem.Invalid || k == problem.NotFound) {
		return s.AskSignature(ctx, actor, id)
	}
	return err
}

// complete tells what is still missing.
func (s *Service) complete(ctx context.Context, tx *db.Tx, r *record) error {
	f := r.data.Form
	wrong := SetPurposes(f.Purposes)(&f, tx.Now())
	wrong = append(wrong, SetHolder(f.Kind, f.OGRNIP, f.Company)(&f, tx.Now())...)
	wrong = append(wrong, SetData(f.Person, f.Region, f.Locality, f.Mail)(&f, tx.Now())...)
	wrong = append(wrong, s.tooLong(f)...)
	if err := s.entitled(ctx, tx, r.row.PersonID, f); err != nil {
		return err
	}
	if err := s.acting(ctx, tx, f); err != nil {
		return err
	}
	files, err := newQueries(tx).FilesOf(ctx, r.row.ID)
	if err != nil {
		return fmt.Errorf("read files: %w", err)
	}
	for _, purpose := range FilePurposes(f.Kind) {
		if !slices.ContainsFunc(files, func(x applicationFileRow) bool { return x.Purpose == purpose }) {
			wrong = append(wrong, problem.New(problem.Invalid, "ra.file.missing."+purpose).At("file_"+purpose))
		}
	}
	return wrong.Err()
}

// tooLong tells what the certificate has no room for: the authority would refuse it at the issue, after the desk's work.
func (s *Service) tooLong(f Form) (wrong problem.List) {
	for _, e := range problem.All(s.authority.Fits(string(f.Kind), f.Subject())) {
		if e.Key == "ca.subject.length" { // what is missing is told by its field
			wrong = append(wrong, e)
		}
	}
	return wrong
}

// Submit signs the application with a code and sends it to the desk.
func (s *Service) Submit(ctx context.Context, actor Actor, id, code string) error {
	var refusal error
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if State(r.row.State) == Checking {
			return nil // the second submit of the same form
		}
		if !editable(r.row.State) {
			return problem.New(problem.Conflict, "ra.state."+r.row.State)
		}
		if err := s.complete(ctx, tx, r); err != nil {
			return err
		}
		if err := s.checkLimit(ctx, tx, r); err != nil {
			return err
		}
		refusal, err = s.accounts.Answer(ctx, tx, r.row.ChallengeID, auth.ForApply, Number(r.row.Number), identity.Clean(code))
		if err != nil || refusal != nil {
			return err
		}
		return s.submit(ctx, tx, actor, r)
	})
	return errors.Join(err, refusal)
}

func (s *Service) submit(ctx context.Context, tx *db.Tx, actor Actor, r *record) error {
	digest, err := r.data.Form.digest()
	if err != nil {
		return err
	}
	term, err := s.policies.Duration(ctx, tx, "ra.check.term")
	if err != nil {
		return err
	}
	r.data.Signed = &Signature{Way: "sms", At: tx.Now(), Digest: digest}
	r.data.Marked, r.data.Typed = nil, nil
	r.row.SubmittedAt, r.row.DueAt = db.Micros(tx.Now()), db.Micros(tx.Now().Add(term))
	r.row.Approval = ""
	return s.move(ctx, tx, r, actor, Submit, "")
}

// checkLimit holds the number of applications in a rolling window. One that comes
// back corrected is no new one.
func (s *Service) checkLimit(ctx context.Context, tx *db.Tx, r *record) error {
	limit, err := s.policies.Number(ctx, tx, "ra.limit.count")
	if err != nil {
		return err
	}
	window, err := s.policies.Duration(ctx, tx, "ra.limit.window")
	if err != nil {
		return err
	}
	since := db.Micros(tx.Now().Add(-window))
	q := newQueries(tx)
	n, err := q.CountSince(ctx, countSinceParams{PersonID: r.row.PersonID, SubmittedAt: since, ID: r.row.ID})
	if err != nil {
		return fmt.Errorf("count applications: %w", err)
	}
	if n < limit {
		return nil
	}
	first, err := q.EarliestSince(ctx, earliestSinceParams{PersonID: r.row.PersonID, SubmittedAt: since, ID: r.row.ID})
	if err != nil {
		return fmt.Errorf("find first application: %w", err)
	}
	next := db.Time(first).Add(window)
	return problem.New(problem.Limited, "ra.limit.reached").With("Limit", int(n)).With("Days", int(window.Hours()/24)).With("Next", next).
		After(next.Sub(tx.Now()))
}

// Withdraw takes an application back before the certificate is issued.
func (s *Service) Withdraw(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		return s.move(ctx, tx, r, actor, Withdraw, "")
	})
}

// Get returns an application of the actor.
func (s *Service) Get(ctx context.Context, actor Actor, id string) (a Application, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		a, err = s.whole(ctx, tx, r)
		return err
	})
	return a, err
}

// BySerial returns the application of the actor that a certificate came from.
func (s *Service) BySerial(ctx context.Context, actor Actor, serial string) (a Application, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).BySerial(ctx, serial)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (serial == "" || row.PersonID != actor.Account.PersonID) {
			return problem.New(problem.NotFound, "ca.certificate.missing")
		} else if err != nil {
			return fmt.Errorf("find application: %w", err)
		}
		r, err := s.open(row)
		if err != nil {
			return err
		}
		a, err = s.whole(ctx, tx, r)
		return err
	})
	return a, err
}

// List returns the applications of the actor, the newest first.
func (s *Service) List(ctx context.Context, actor Actor) (list []Application, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).OfPerson(ctx, actor.Account.PersonID)
		if err != nil {
			return fmt.Errorf("read applications: %w", err)
		}
		list, err = s.views(rows)
		return err
	})
	return list, err
}

func (s *Service) views(rows []applicationRow) ([]Application, error) {
	list := make([]Application, 0, len(rows))
	for _, row := range rows {
		r, err := s.open(row)
		if err != nil {
			return nil, err
		}
		list = append(list, r.view())
	}
	return list, nil
}

// Number is how people call an application, «А-1042».
func Number(n int64) string { return fmt.Sprintf("А-%d", n) }
