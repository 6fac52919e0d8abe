// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
)

// Requisites are what a role writes on invoices and into forms. What the register states of
// an organisation is not typed: it changes by the register (ODD-52).
type Requisites struct {
	Address       string `json:"address,omitempty"` // where the register has none
	Postal        string `json:"postal,omitempty"`
	Phone         string `json:"phone,omitempty"`
	Mail          string `json:"mail,omitempty"`
	Bank          string `json:"bank,omitempty"`
	BIK           string `json:"bik,omitempty"`
	Account       string `json:"account,omitempty"`
	Correspondent string `json:"correspondent,omitempty"`
}

// Known are the requisites of a role with what its register says.
type Known struct {
	Requisites
	ChangedAt time.Time   // zero: nothing was typed
	Register  *egr.Record // nil: none knows the role
	AsOf      time.Time
}

// LegalAddress is that of the register, else the typed one.
func (k Known) LegalAddress() string {
	if k.Register != nil {
		if a := k.Register.Address.String(); a != "" {
			return a
		}
	}
	return k.Address
}

// KPP is that of the register, empty where it has none.
func (k Known) KPP() string {
	if k.Register == nil {
		return ""
	}
	return k.Register.KPP
}

// clean puts requisites into their plain form and says what is wrong with them.
func (q Requisites) clean() (Requisites, problem.List) {
	var wrong problem.List
	refuse := func(field string) {
		wrong = append(wrong, problem.New(problem.Invalid, "requisites.wrong."+field).At(field))
	}
	for field, text := range map[string]*string{"address": &q.Address, "postal": &q.Postal, "bank": &q.Bank} {
		if *text = identity.OneLine(*text); *text != "" && !identity.PlainText(*text, maxText) {
			refuse(field)
		}
	}
	q.Phone, q.Mail = strings.TrimSpace(q.Phone), strings.TrimSpace(q.Mail)
	if q.Phone != "" {
		phone, ok := identity.NormalPhone(q.Phone)
		if ok {
			q.Phone = phone
		} else {
			refuse("phone")
		}
	}
	if q.Mail != "" && !identity.ValidMail(q.Mail) {
		refuse("mail")
	}
	q.BIK, q.Account, q.Correspondent = identity.Clean(q.BIK), identity.Clean(q.Account), identity.Clean(q.Correspondent)
	if (q.BIK != "" || q.Account != "" || q.Correspondent != "") && !ValidBIK(q.BIK) {
		refuse("bik")
	}
	if q.BIK != "" && q.Account == "" || q.Account != "" && ValidBIK(q.BIK) && !ValidAccount(q.Account, q.BIK) {
		refuse("account")
	}
	if q.Correspondent != "" && ValidBIK(q.BIK) && !validCorrespondent(q.Correspondent, q.BIK) {
		refuse("correspondent")
	}
	return q, wrong
}

const maxText = 300

// ValidBIK reports a number of a bank, or of the Treasury, in Russia.
func ValidBIK(s string) bool {
	return identity.Digits(s, 9) && (strings.HasPrefix(s, "04") || strings.HasPrefix(s, "01"))
}

// ValidAccount reports an account whose key fits its bank: of the sum of the digits of "last
// three of the БИК, account" by 7, 1, 3 the last digit is 0. Accounts of the Treasury (03…)
// do not follow the rule.
func ValidAccount(account, bik string) bool {
	return identity.Digits(account, 20) && (strings.HasPrefix(account, "03") || keyed(bik[6:]+account))
}

// validCorrespondent is ValidAccount for the bank's own account at the Bank of Russia.
func validCorrespondent(account, bik string) bool {
	return identity.Digits(account, 20) && keyed("0"+bik[4:6]+account)
}

func keyed(digits string) bool {
	sum := 0
	for i := range len(digits) {
		sum += int(digits[i]-'0') * [3]int{7, 1, 3}[i%3] % 10
	}
	return sum%10 == 0
}

// Requisites returns those of a role.
func (s *Service) Requisites(ctx context.Context, actor Actor) (k Known, err error) {
	if register, ok := egrip.RegisterOf(actor.Role.Kind); ok && !identity.ValidBIN(actor.Role.RegisterNumber) {
		e, err := s.Registry.Current(ctx, register, actor.Role.RegisterNumber)
		if err != nil {
			return k, err
		}
		k.Register, k.AsOf = e.Record, e.AsOf
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).GetRequisites(ctx, actor.Role.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read requisites: %w", err)
		}
		k.ChangedAt = db.Time(row.ChangedAt)
		return s.Ring.OpenJSON(row.Secret, requisitesPlace(row.ProfileID), &k.Requisites)
	})
	return k, err
}

// RequisitesOf are those of all roles of an account, by role, for its copy of the data.
func (s *Service) RequisitesOf(ctx context.Context, accountID string) (all map[string]Requisites, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).RequisitesOfAccount(ctx, accountID)
		if err != nil {
			return fmt.Errorf("read requisites: %w", err)
		}
		all = map[string]Requisites{}
		for _, row := range rows {
			var q Requisites
			if err := s.Ring.OpenJSON(row.Secret, requisitesPlace(row.ProfileID), &q); err != nil {
				return err
			}
			all[row.ProfileID] = q
		}
		return nil
	})
	return all, err
}

func requisitesPlace(profileID string) []byte { return []byte("requisites/" + profileID) }

// SetRequisites takes what the person typed.
func (s *Service) SetRequisites(ctx context.Context, actor Actor, q Requisites) error {
	if _, ok := egrip.RegisterOf(actor.Role.Kind); !ok {
		return problem.New(problem.NotFound, "egrip.no_register")
	}
	q, wrong := q.clean()
	if err := wrong.Err(); err != nil {
		return err
	}
	sealed, err := s.Ring.SealJSON(q, requisitesPlace(actor.Role.ID))
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := newQueries(tx).PutRequisites(ctx, putRequisitesParams{
			ProfileID: actor.Role.ID, AccountID: actor.Account.ID, Secret: sealed, ChangedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store requisites: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor.name(), Action: "requisites.set", Object: "profile/" + actor.Role.ID, Origin: actor.Client.Network})
	})
}
