// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/paper"
	"podpis/internal/platform/problem"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/pki/alg"
)

// Extract asks the register about the role and keeps what it says as a PDF, with the answer
// attached.
func (s *Service) Extract(ctx context.Context, actor Actor) (id string, err error) {
	register, ok := egrip.RegisterOf(actor.Role.Kind)
	switch {
	case !ok:
		return "", problem.New(problem.NotFound, "egrip.no_register")
	case identity.ValidBIN(actor.Role.RegisterNumber):
		return "", problem.New(problem.Conflict, "document.extract.abroad")
	}
	asker := egrip.Actor{Name: actor.name(), AccountID: actor.Account.ID, PersonID: actor.Account.PersonID, Origin: actor.Client.Network}
	e, err := s.Registry.Check(ctx, asker, register, actor.Role.RegisterNumber)
	if err != nil {
		return "", err
	}
	switch {
	case e.Absent:
		return "", problem.New(problem.Conflict, "document.extract.absent")
	case e.Silent || e.Record == nil:
		return "", problem.New(problem.Unavailable, "document.extract.silent").Coded("REG-601")
	}
	words := s.Words.For(locale.Asked(ctx))
	content, err := s.draw(e, words)
	if err != nil {
		return "", err
	}
	name := words.T("document.extract.name", map[string]any{"Register": words.T("document.register."+string(register), nil), "Number": e.Record.Number, "Date": e.AsOf.Format("2006-01-02")})
	k := kept{kind: Extract, mime: "application/pdf", content: content, secret: secret{Name: blob.FileName(name), Source: string(register), AsOf: e.AsOf}}
	ids, err := s.keep(ctx, actor, []kept{k}, func(ctx context.Context, tx *db.Tx) error { return s.mayExtract(ctx, tx, actor) })
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// AppealURL is where citizens appeal to the tax service about what the register says; empty:
// nowhere is named, and what is no address of the web counts as none.
func (s *Service) AppealURL(ctx context.Context) (address string, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		address, err = s.Policies.String(ctx, tx, policyAppeal)
		return err
	})
	if !strings.HasPrefix(address, "https://") {
		address = ""
	}
	return address, err
}

// mayExtract bounds the extracts of a day.
func (s *Service) mayExtract(ctx context.Context, tx *db.Tx, actor Actor) error {
	most, err := s.Policies.Number(ctx, tx, policyExtracts)
	if err != nil {
		return err
	}
	n, err := newQueries(tx).CountKind(ctx, countKindParams{ProfileID: actor.Role.ID, Kind: string(Extract), CreatedAt: db.Micros(tx.Now().Add(dayAgo))})
	if err != nil {
		return fmt.Errorf("count extracts: %w", err)
	}
	if n >= most {
		return problem.New(problem.Limited, "document.extract.many").With("Count", int(most)).After(-dayAgo)
	}
	return nil
}

// draw writes an extract. What stands in it is the answer's; that nobody signed it is said.
func (s *Service) draw(e egrip.Entry, words *locale.Localizer) ([]byte, error) {
	answer, err := json.MarshalIndent(e.Record, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write extract: %w", err)
	}
	t := func(key string, data map[string]any) string { return words.T(key, data) }
	register := t("document.register."+string(e.Record.Register), nil)
	title := t("document.extract.title", map[string]any{"Register": register})
	p := paper.New(paper.Options{
		Title: title, Language: words.Language(), Author: t("brand", nil), Created: s.DB.Now(), Footer: t("document.extract.foot", map[string]any{"Number": e.Record.Number}),
		PageOf: func(page, of string) string { return page + " / " + of },
	})
	p.Title(title)
	p.Text(t("document.extract.source", map[string]any{"Date": words.Date(e.AsOf), "Time": words.DateTime(e.TakenAt)}))
	var facts []paper.Fact
	for _, f := range egrip.Facts(e.Record) {
		facts = append(facts, paper.Fact{Name: t("registry.field."+f.Key, nil), Value: f.Value})
	}
	facts = append(facts, paper.Fact{Name: t("registry.field.status", nil), Value: t("standing."+string(e.Group()), nil)})
	p.Facts(facts)
	if len(e.Record.Additional) > 0 {
		p.Heading(t("document.extract.additional", nil))
		for _, a := range e.Record.Additional {
			p.Text(a.Code + " " + a.Name)
		}
	}
	p.Heading(t("document.extract.check", nil))
	p.Facts([]paper.Fact{{Name: t("document.digest", nil), Value: hex.EncodeToString(alg.Streebog256.Sum(answer))}})
	p.Strong(t("document.extract.unsigned", nil))
	p.Attach("answer.json", "application/json", t("document.extract.answer", nil), answer)
	return p.Octets()
}
