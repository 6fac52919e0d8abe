// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/verify"
	"podpis/verify/reasons"
	"podpis/wire/mchd"
)

// MaxSignature bounds the signature of a power.
const MaxSignature = 1 << 20

// Grant is what a head types of a power.
type Grant struct {
	Surname, GivenName, Patronymic string
	INN, SNILS                     string
	BirthDate                      identity.Date
	Until                          identity.Date
	Entries                        []mchd.Entry
	Text                           string
}

// check cleans a grant and says what is wrong with it.
func (g *Grant) check(now time.Time, term time.Duration) error {
	var wrong problem.List
	add := func(when bool, field, key string) {
		if when {
			wrong = append(wrong, problem.New(problem.Invalid, key).At(field))
		}
	}
	g.INN, g.SNILS, g.Text = identity.Clean(g.INN), identity.Clean(g.SNILS), strings.TrimSpace(g.Text)
	var ok bool
	g.Surname, ok = identity.NormalName(g.Surname)
	add(!ok, "surname", "identity.surname.wrong")
	g.GivenName, ok = identity.NormalName(g.GivenName)
	add(!ok, "given_name", "identity.given_name.wrong")
	if g.Patronymic != "" {
		g.Patronymic, ok = identity.NormalName(g.Patronymic)
		add(!ok, "patronymic", "identity.patronymic.wrong")
	}
	add(!identity.ValidPersonINN(g.INN), "inn", "identity.inn.check")
	add(!identity.ValidSNILS(g.SNILS), "snils", "identity.snils.check")
	today := now.Truncate(24 * time.Hour)
	if last := today.Add(term); g.Until.IsZero() || g.Until.Time().Before(today) || g.Until.Time().After(last) {
		wrong = append(wrong, problem.New(problem.Invalid, "people.power.until").At("until").With("Last", last.Format("02.01.2006")))
	}
	add(len(g.Entries) == 0 && g.Text == "", "powers", "people.power.nothing")
	return wrong.Err()
}

// snils is a number as the format writes it.
func snils(s string) string {
	if len(s) != 11 {
		return s
	}
	return s[:3] + "-" + s[3:6] + "-" + s[6:9] + " " + s[9:]
}

// Draft makes a power for somebody. Its principal is whose cabinet it is, by the head.
func (s *Service) Draft(ctx context.Context, actor Actor, g Grant) (id string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		term, err := s.policies.Duration(ctx, tx, policyTerm)
		if err != nil {
			return err
		}
		if err := g.check(tx.Now(), term); err != nil {
			return err
		}
		by, err := s.principal(ctx, tx, actor.Role)
		if err != nil {
			return err
		}
		guid := db.NewUUID()
		who := mchd.Person{Surname: g.Surname, GivenName: g.GivenName, Patronymic: g.Patronymic, INN: g.INN, SNILS: snils(g.SNILS)}
		if !g.BirthDate.IsZero() {
			who.BirthDate = g.BirthDate.Time().Format(time.DateOnly)
		}
		p := &mchd.Power{
			Number: guid, InternalNumber: guid[:8], IssuedOn: tx.Now().Truncate(24 * time.Hour), ValidTill: g.Until.Time(), Registry: s.stateURL(guid),
			Principals: []mchd.Party{by}, Representatives: []mchd.Party{{Kind: mchd.Individual, INN: g.INN, Person: who}},
			Together: true, Text: g.Text, Entries: g.Entries,
		}
		xml, err := p.Marshal()
		if err != nil {
			return problem.New(problem.Invalid, "people.power.shape").At("text").Because(err)
		}
		id, err = s.keep(ctx, tx, actor, p, powerData{XML: xml}, Drafted, "people.power.draft")
		return err
	})
	return id, err
}

// principal is the party that a role acts for.
func (s *Service) principal(ctx context.Context, tx *db.Tx, role identity.Profile) (mchd.Party, error) {
	head, err := s.company(ctx, tx, ownerOf(role))
	if err != nil {
		return mchd.Party{}, err
	}
	person, err := s.persons.Person(ctx, tx, head.PersonID)
	if err != nil {
		return mchd.Party{}, err
	}
	who := mchd.Person{
		Surname: person.Surname, GivenName: person.GivenName, Patronymic: person.Patronymic, INN: person.INN, SNILS: snils(person.SNILS),
		BirthDate: person.BirthDate.Time().Format(time.DateOnly),
	}
	if role.Kind == identity.Entrepreneur {
		return mchd.Party{Kind: mchd.Entrepreneur, INN: person.INN, OGRN: role.RegisterNumber, Person: who}, nil
	}
	who.Position = head.Company.Position
	return mchd.Party{
		Kind: mchd.Organisation, Name: head.Company.Name, INN: head.Company.INN, OGRN: head.Company.OGRN, KPP: head.Company.KPP,
		Heads: []mchd.Head{{Persons: []mchd.Person{who}}},
	}, nil
}

// keep stores a power.
func (s *Service) keep(ctx context.Context, tx *db.Tx, actor Actor, p *mchd.Power, d powerData, state PowerState, action string) (string, error) {
	q, own := newQueries(tx), ownerOf(actor.Role)
	limit, err := s.policies.Number(ctx, tx, policyPowers)
	if err != nil {
		return "", err
	}
	n, err := q.CountPowers(ctx, countPowersParams{string(own.kind), own.number})
	if err != nil {
		return "", fmt.Errorf("count powers: %w", err)
	}
	if n >= limit {
		return "", problem.New(problem.Limited, "people.power.many").With("Limit", int(limit))
	}
	id := tx.NewID()
	sealed, err := s.ring.SealJSON(d, []byte("power/"+id))
	if err != nil {
		return "", err
	}
	var made int64
	if state == Drafted {
		made = 1
	}
	err = q.InsertPower(ctx, insertPowerParams{
		ID: id, Kind: string(own.kind), Number: own.number, Guid: p.Number, State: string(state), Representative: representative(p), Data: sealed,
		FromAt: db.Micros(p.IssuedOn), UntilAt: db.Micros(p.ValidTill.AddDate(0, 0, 1)), Own: made, CreatedAt: db.Micros(tx.Now()),
	})
	if db.IsUnique(err) {
		return "", problem.New(problem.Conflict, "people.power.have").At("file")
	} else if err != nil {
		return "", fmt.Errorf("store power: %w", err)
	}
	return id, s.record(ctx, tx, actor, action, "power/"+id, map[string]any{"guid": p.Number})
}

// representative is the first of those who get the power, by name.
func representative(p *mchd.Power) string {
	if len(p.Representatives) == 0 {
		return ""
	}
	if to := p.Representatives[0]; to.Name != "" {
		return to.Name
	}
	return p.Representatives[0].Person.Name()
}

// Powers are those kept for a role, the latest first, without their files.
func (s *Service) Powers(ctx context.Context, actor Actor) (list []Power, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		own := ownerOf(actor.Role)
		rows, err := newQueries(tx).PowersOf(ctx, powersOfParams{string(own.kind), own.number})
		if err != nil {
			return fmt.Errorf("list powers: %w", err)
		}
		for _, row := range rows {
			list = append(list, Power{
				ID: row.ID, GUID: row.Guid, State: PowerState(row.State), Reason: row.Reason, Representative: row.Representative,
				From: db.Time(row.FromAt), Until: db.Time(row.UntilAt), CreatedAt: db.Time(row.CreatedAt), ChangedAt: db.Time(row.ChangedAt),
			})
		}
		return nil
	})
	return list, err
}

// Power is one of them.
func (s *Service) Power(ctx context.Context, actor Actor, id string) (p Power, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		p, err = s.find(ctx, tx, actor, id)
		return err
	})
	return p, err
}

func (s *Service) find(ctx context.Context, tx *db.Tx, actor Actor, id string) (Power, error) {
	own := ownerOf(actor.Role)
	row, err := newQueries(tx).GetPower(ctx, getPowerParams{id, string(own.kind), own.number})
	if errors.Is(err, sql.ErrNoRows) {
		return Power{}, problem.New(problem.NotFound, "people.power.missing")
	} else if err != nil {
		return Power{}, fmt.Errorf("read power: %w", err)
	}
	return s.power(row)
}

// SignedBy adds the signature that the principal made elsewhere: a detached CMS message over the file.
// One that is not theirs is refused with the reason.
func (s *Service) SignedBy(ctx context.Context, actor Actor, id string, signature []byte) error {
	p, err := s.Power(ctx, actor, id)
	if err != nil {
		return err
	}
	if c := s.signature(ctx, p.Content, p.XML, signature, reasons.Russian); c.Answer != Yes {
		return problem.New(problem.Invalid, c.Why).At("signature").With("Reason", c.Values["Reason"])
	}
	return s.move(ctx, actor, id, Attach, "", signature)
}

// TakeBack revokes a power; from then on every check says so.
func (s *Service) TakeBack(ctx context.Context, actor Actor, id, reason string) error {
	reason = identity.OneLine(reason)
	if !identity.PlainText(reason, 500) {
		return problem.New(problem.Invalid, "people.power.reason").At("reason")
	}
	return s.move(ctx, actor, id, Revoke, reason, nil)
}

func (s *Service) move(ctx context.Context, actor Actor, id string, by PowerMove, reason string, signature []byte) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		p, err := s.find(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		next, ok := PowerMoves()[p.State][by]
		if !ok {
			return problem.New(problem.Conflict, "people.power.moved")
		}
		if by == Revoke && p.Content.Irrevocable {
			return problem.New(problem.Conflict, "people.power.irrevocable")
		}
		d := powerData{XML: p.XML, Signature: p.Signature}
		if signature != nil {
			d.Signature = signature
		}
		sealed, err := s.ring.SealJSON(d, []byte("power/"+id))
		if err != nil {
			return err
		}
		own := ownerOf(actor.Role)
		n, err := newQueries(tx).MovePower(ctx, movePowerParams{
			State: string(next), Data: sealed, Reason: reason, ChangedAt: db.Micros(tx.Now()), ID: id, Kind: string(own.kind), Number: own.number, State_2: string(p.State),
		})
		if err != nil {
			return fmt.Errorf("move power: %w", err)
		}
		if n == 0 {
			return problem.New(problem.Conflict, "people.power.moved")
		}
		return s.record(ctx, tx, actor, "people.power."+string(by), "power/"+id, map[string]any{"guid": p.GUID})
	})
}

// Import keeps a power made elsewhere, with its signature. Its principal has to be whose cabinet
// this is, or its representative.
func (s *Service) Import(ctx context.Context, actor Actor, xml, signature []byte) (id string, err error) {
	content, err := mchd.Parse(xml)
	if err != nil {
		return "", problem.New(problem.Invalid, "people.power.format").At("file").Because(err).With("Reason", err.Error())
	}
	if len(signature) == 0 || len(signature) > MaxSignature {
		return "", problem.New(problem.Invalid, "people.power.unsigned").At("signature")
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		by, err := s.principal(ctx, tx, actor.Role)
		if err != nil {
			return err
		}
		concerned := func(p mchd.Party) bool { return p.INN != "" && p.INN == by.INN }
		if !slices.ContainsFunc(content.Principals, concerned) && !slices.ContainsFunc(content.Representatives, concerned) {
			return problem.New(problem.Invalid, "people.power.other").At("file")
		}
		id, err = s.keep(ctx, tx, actor, content, powerData{XML: xml, Signature: signature}, Given, "people.power.import")
		return err
	})
	return id, err
}

// Asked is what a power is judged for; empty parts are not asked.
type Asked struct {
	SignerINN, SignerName string // of the certificate of who acted by the power
	Code                  string // of the power that was needed
	Language              string // ru, kk, en: of the judge of signatures
}

// Judge goes through everything that has to hold for a power to count (domain rules of МЧД): its
// principal's signature, the head in the register, days, revocation, the signer, the power itself, the
// chain of transfers.
func (s *Service) Judge(ctx context.Context, p Power, a Asked) []Check {
	list := []Check{s.signature(ctx, p.Content, p.XML, p.Signature, reasons.Language(a.Language)), s.headship(ctx, p.Content), s.days(p.Content), s.revocation(ctx, p)}
	if a.SignerINN != "" {
		list = append(list, acted(p.Content, a))
	}
	if a.Code != "" {
		list = append(list, covered(p.Content, a.Code))
	}
	return append(list, transferred(p.Content))
}

// Counts reports that nothing speaks against a power and nothing is unknown.
func Counts(list []Check) bool {
	return !slices.ContainsFunc(list, func(c Check) bool { return c.Answer != Yes })
}

// signature: the principal's own, over this file.
func (s *Service) signature(ctx context.Context, p *mchd.Power, xml, signature []byte, language reasons.Language) Check {
	c := Check{Name: "signature", Answer: No, Why: "people.check.unsigned"}
	if len(signature) == 0 {
		return c
	}
	report, err := s.judge.Check(ctx, verify.Input{Name: "power.xml", Signature: signature, Document: bytes.NewReader(xml)}, language)
	if err != nil {
		return Check{Name: "signature", Answer: Unknown, Why: "people.check.signature.unread"}
	}
	c.Why = "people.check.signature.other"
	for _, sig := range report.Signatures {
		if sig.Signer == nil || !mayGive(p, sig.Signer.INN) {
			continue
		}
		c.Values = map[string]any{"Name": sig.Signer.Name}
		if sig.Verdict == reasons.TotalPassed {
			return Check{Name: "signature", Answer: Yes, Why: "people.check.signature.good", Values: c.Values}
		}
		if sig.Verdict == reasons.Indeterminate {
			c.Answer = Unknown
		}
		c.Why = "people.check.signature.bad"
		c.Values["Reason"] = sig.Reason.Text
	}
	return c
}

// mayGive reports an ИНН of who may give the power: the principal, or a head of theirs.
func mayGive(p *mchd.Power, inn string) bool {
	if inn == "" {
		return false
	}
	return slices.ContainsFunc(p.Principals, func(by mchd.Party) bool {
		if by.Kind == mchd.Entrepreneur || by.Kind == mchd.Individual {
			return by.INN == inn
		}
		return slices.ContainsFunc(by.Heads, func(h mchd.Head) bool {
			return slices.ContainsFunc(h.Persons, func(person mchd.Person) bool { return person.INN == inn })
		})
	})
}

// headship: an entrepreneur is acting, an organisation has the head that the power names.
func (s *Service) headship(ctx context.Context, p *mchd.Power) Check {
	answer := Check{Name: "head", Answer: Yes, Why: "people.check.head.good"}
	for _, by := range p.Principals {
		kind := map[mchd.Kind]identity.Kind{mchd.Organisation: identity.Organisation, mchd.Entrepreneur: identity.Entrepreneur}[by.Kind]
		if kind == "" {
			continue // a person is in no register
		}
		if found := s.heads(ctx, kind, by); found.Answer != Yes {
			return found
		}
	}
	return answer
}

func (s *Service) days(p *mchd.Power) Check {
	for _, what := range p.Problems(s.db.Now()) {
		return Check{Name: "days", Answer: No, Why: "people.check.form." + string(what), Values: map[string]any{"From": p.IssuedOn, "Until": p.ValidTill}}
	}
	return Check{Name: "days", Answer: Yes, Why: "people.check.days.good", Values: map[string]any{"Until": p.ValidTill}}
}

// revocation is known for what was made here, by what its principal did with it: the copy that a
// representative holds does not tell. Other registries are not asked.
func (s *Service) revocation(ctx context.Context, p Power) Check {
	c := Check{Name: "revoked", Answer: Unknown, Why: "people.check.revoked.unknown", Values: map[string]any{"Registry": p.Content.Registry}}
	if p.State == Revoked {
		return Check{Name: "revoked", Answer: No, Why: "people.check.revoked", Values: map[string]any{"Date": p.ChangedAt, "Reason": p.Reason}}
	}
	if p.Content.Registry != s.stateURL(p.GUID) {
		return c
	}
	public, err := s.PublicPower(ctx, p.GUID)
	missing, _ := problem.Of(err)
	switch {
	case missing != nil && missing.Kind == problem.NotFound:
		c.Answer, c.Why = No, "people.check.revoked.never"
	case err == nil && public.State == Revoked:
		c.Answer, c.Why, c.Values = No, "people.check.revoked.principal", map[string]any{"Date": public.ChangedAt}
	case err == nil && public.State == Given:
		c.Answer, c.Why = Yes, "people.check.revoked.not"
	}
	return c
}

// stateURL is where the state of a power that was made here is told.
func (s *Service) stateURL(guid string) string { return s.publicURL + "/powers/" + guid }

// PublicPower is what anybody who knows the number of a power made here may know: where it stands, and its
// days. Who gave it to whom is in the file alone.
func (s *Service) PublicPower(ctx context.Context, guid string) (p Power, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).OwnPower(ctx, guid)
		if errors.Is(err, sql.ErrNoRows) || err == nil && PowerState(row.State) == Drafted {
			return problem.New(problem.NotFound, "people.power.missing")
		} else if err != nil {
			return fmt.Errorf("read power: %w", err)
		}
		p = Power{GUID: guid, State: PowerState(row.State), From: db.Time(row.FromAt), Until: db.Time(row.UntilAt), ChangedAt: db.Time(row.ChangedAt)}
		return nil
	})
	return p, err
}

func acted(p *mchd.Power, a Asked) Check {
	for _, to := range p.Representatives {
		if to.INN != a.SignerINN {
			continue
		}
		if to.Kind == mchd.Individual && a.SignerName != "" && !strings.EqualFold(to.Person.Name(), a.SignerName) {
			return Check{Name: "names", Answer: No, Why: "people.check.names.differ", Values: map[string]any{"Name": to.Person.Name(), "Signer": a.SignerName}}
		}
		return Check{Name: "names", Answer: Yes, Why: "people.check.names.good"}
	}
	return Check{Name: "names", Answer: No, Why: "people.check.names.other"}
}

// covered: a code that is there counts; words are for a person to read.
func covered(p *mchd.Power, code string) Check {
	switch {
	case p.Covers(code):
		return Check{Name: "power", Answer: Yes, Why: "people.check.power.good"}
	case p.Text != "":
		return Check{Name: "power", Answer: Unknown, Why: "people.check.power.words"}
	}
	return Check{Name: "power", Answer: No, Why: "people.check.power.lacks"}
}

func transferred(p *mchd.Power) Check {
	if p.First == nil {
		return Check{Name: "transfer", Answer: Yes, Why: "people.check.transfer.none"}
	}
	return Check{Name: "transfer", Answer: Unknown, Why: "people.check.transfer.unknown", Values: map[string]any{"Number": p.First.Number}}
}
