// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package employee lets staff in by the directory of their company: by OpenID Connect,
// spoken by package federation, or by LDAP (RFC 4511).
//
// The directory says who somebody is and in which groups; groups give the one role of a
// console. Who is in no group gets no account, who is in groups of two roles neither: the
// duties are separate. A role follows the groups at each sign-in. A directory's word is
// the first step only: the second is taken here, as after a password.
//
// An account that was there before is not taken by its mail, unless the administrator let
// it wait for the directory. Left out: how accounts are taken back between sign-ins (a
// session lives for hours at most).
package employee

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
)

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Accounts *auth.Service
	Outside  *federation.Service // nil: nobody speaks OpenID Connect
	LDAP     []LDAPConfig
	// OIDC are the groups of each provider that have a console.
	OIDC map[string]map[string]string
	// Open refuses while a directory is switched off; nil: none ever is.
	Open func(ctx context.Context, provider string) error
}

// Service lets staff in by directories.
type Service struct {
	Parts
	directories []*directory
}

// who is somebody as a directory knows them.
type who struct {
	Provider, Subject, Name, Mail, Phone string
	Groups                               []string
}

// New returns the service. Roles are those of consoles, and every directory says which of
// its groups have one.
func New(p Parts) (*Service, error) {
	s := &Service{Parts: p}
	roles := map[string]map[string]string{}
	for id, one := range p.OIDC {
		roles[id] = one
	}
	for _, c := range p.LDAP {
		d, err := newDirectory(c)
		if err != nil {
			return nil, err
		}
		if _, twice := roles[c.ID]; twice || c.ID == "" || url.PathEscape(c.ID) != c.ID {
			return nil, fmt.Errorf("directory %q: the id is empty, not part of an address, or of another", c.ID)
		}
		roles[c.ID] = c.Roles
		s.directories = append(s.directories, d)
	}
	for id, one := range roles {
		if len(one) == 0 {
			return nil, fmt.Errorf("directory %s: no group has a role", id)
		}
		for group, role := range one {
			if !slices.Contains(auth.StaffRoles(), auth.Role(role)) {
				return nil, fmt.Errorf("directory %s: group %q has no role of a console: %q", id, group, role)
			}
		}
	}
	return s, nil
}

// Way is a directory, for the page of the sign-in.
type Way struct {
	ID, Name string
	Address  string
	Password bool // asked for here, not there
	Provider federation.Provider
}

// Ways are the directories there are.
func (s *Service) Ways() (list []Way) {
	for _, d := range s.directories {
		list = append(list, Way{ID: d.ID, Name: d.Name, Address: d.URL, Password: true})
	}
	if s.Outside == nil {
		return list
	}
	for _, p := range s.Outside.StaffProviders() {
		list = append(list, Way{ID: p.ID, Name: p.Name, Address: p.Origin, Provider: p})
	}
	return list
}

var errNone = problem.New(problem.NotFound, "external.provider.missing")

// Leave sends a member of staff to a provider.
func (s *Service) Leave(ctx context.Context, provider, back string, from auth.Client) (federation.Departure, error) {
	if !s.Speaks(provider) {
		return federation.Departure{}, errNone
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Accounts.CountAsked(ctx, tx, from) })
	if err != nil {
		return federation.Departure{}, err
	}
	return s.Outside.Begin(ctx, provider, federation.Attempt{Purpose: federation.ForStaff, Return: back}, from.Network)
}

// Speaks reports a provider of OpenID Connect that is for staff.
func (s *Service) Speaks(provider string) bool {
	if s.Outside == nil {
		return false
	}
	p, found := s.Outside.Provider(provider)
	return found && p.Staff
}

// Return takes a member of staff who came back; back is where they were going.
func (s *Service) Return(ctx context.Context, provider, browser string, query url.Values, from auth.Client) (token, back string, err error) {
	if !s.Speaks(provider) {
		return "", "", errNone
	}
	a, c, err := s.Outside.Finish(ctx, provider, browser, query, from.Network)
	if err != nil {
		return "", "", err
	}
	w := who{Provider: provider, Subject: c.Subject, Name: c.Person.ShortName(), Phone: c.Phone, Groups: c.Groups}
	if c.MailVerified { // by it an account that waits is found
		w.Mail = c.Mail
	}
	token, err = s.enter(ctx, w, s.OIDC[provider], from)
	return token, a.Return, err
}

// SignIn signs in by the name and the password that a directory of LDAP knows. Wrong ones
// are counted by name and network.
func (s *Service) SignIn(ctx context.Context, id, login, password string, from auth.Client) (token string, err error) {
	i := slices.IndexFunc(s.directories, func(d *directory) bool { return d.ID == id })
	if i < 0 {
		return "", errNone
	}
	if s.Open != nil {
		if err := s.Open(ctx, id); err != nil {
			return "", err
		}
	}
	d := s.directories[i]
	login = strings.TrimSpace(login)
	counted := "directory/" + id + "/" + digest(spelling(login))[:24] // what was typed is often a password
	try := func(right bool) error {
		return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := s.Accounts.ProveSecond(ctx, tx, counted, from, func() (bool, error) { return right, nil })
			return err
		})
	}
	if err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return s.Accounts.SecondLocked(ctx, tx, counted, from) }); err != nil {
		return "", err // before the directory hears of it
	}
	w, err := d.ask(ctx, login, password)
	if problem.KindOf(err) == problem.Invalid {
		if closed := try(false); closed != nil { // meanwhile, by tries at once: a right one is told no more
			return "", closed
		}
		return "", err
	} else if err != nil {
		return "", err
	}
	if err := try(true); err != nil {
		return "", err
	}
	return s.enter(ctx, w, d.Roles, from)
}

// spelling is a name as directories compare it (RFC 4518, 2): width, case, spaces and what is not seen do not tell
// names apart, and must give no new tries.
func spelling(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, db.Fold(norm.NFKC.String(name)))
}

// enter opens a session that waits for the second step.
func (s *Service) enter(ctx context.Context, w who, roles map[string]string, from auth.Client) (token string, err error) {
	password, _, err := s.Accounts.DrawPassword(ctx) // of a new account: nobody knows it
	if err != nil {
		return "", err
	}
	var refusal error
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		token, refusal = "", nil
		account, known, err := s.known(ctx, tx, w)
		if err != nil {
			return err
		}
		granted := roleOf(roles, w.Groups)
		if len(granted) != 1 {
			refusal = problem.New(problem.Forbidden, map[bool]string{true: "employee.none", false: "employee.several"}[len(granted) == 0])
			return s.shut(ctx, tx, w, account, known, from)
		}
		role := auth.Role(granted[0])
		if account, err = s.account(ctx, tx, account, known, w, role, password); err != nil {
			return err
		}
		token, err = s.Accounts.OpenSession(ctx, tx, account, auth.Full, auth.ByDirectory, from)
		return err
	})
	return token, errors.Join(err, refusal)
}

// shut ends what a member of staff has open who is in no group any more.
func (s *Service) shut(ctx context.Context, tx *db.Tx, w who, account auth.Account, known bool, from auth.Client) error {
	e := audit.Entry{Actor: "directory/" + w.Provider, Action: "employee.refused", Object: "directory/" + w.Provider, Outcome: "refused", Origin: from.Network}
	if known {
		e.Object = "account/" + account.ID
		if _, err := s.Accounts.EndSessions(ctx, tx, account.ID); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, e)
}

// known finds the account that somebody of a directory is bound to.
func (s *Service) known(ctx context.Context, tx *db.Tx, w who) (a auth.Account, known bool, err error) {
	row, err := newQueries(tx).BySubject(ctx, bySubjectParams{w.Provider, digest(w.Subject)})
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	} else if err != nil {
		return a, false, fmt.Errorf("find employee: %w", err)
	}
	a, err = s.Accounts.AccountByID(ctx, tx, row.AccountID)
	return a, err == nil, err
}

// account is the account of somebody, with the role of their groups: the bound one, one
// that waits for them, or a new one.
func (s *Service) account(ctx context.Context, tx *db.Tx, a auth.Account, known bool, w who, role auth.Role, password string) (auth.Account, error) {
	by := "directory/" + w.Provider
	if !known {
		waiting, err := s.waiting(ctx, tx, w.Mail)
		if err != nil {
			return a, err
		}
		if a = waiting; a.ID == "" {
			if _, ok := identity.NormalPhone(w.Phone); !ok || !identity.ValidMail(w.Mail) || strings.TrimSpace(w.Name) == "" {
				return a, problem.New(problem.Conflict, "employee.contacts")
			}
			if a, err = s.Accounts.CreateStaff(ctx, tx, by, auth.Account{Role: role, Title: cut(w.Name), Phone: w.Phone, Mail: w.Mail}, password); err != nil {
				return a, err
			}
		}
		if err := newQueries(tx).Bind(ctx, bindParams{a.ID, w.Provider, digest(w.Subject), db.Micros(tx.Now())}); err != nil {
			return a, fmt.Errorf("bind employee: %w", err)
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "employee.bind", Object: "account/" + a.ID}); err != nil {
			return a, err
		}
	}
	if a.Role == role {
		return a, nil
	}
	if err := s.Accounts.SetStaffRole(ctx, tx, a.ID, role); err != nil {
		return a, err
	}
	a.Role = role
	return a, audit.Record(ctx, tx, audit.Entry{Actor: by, Action: "employee.role", Object: "account/" + a.ID, Details: map[string]any{"role": string(role)}})
}

// waiting is the account of staff with a mail that waits for a directory. One that does
// not wait is not taken.
func (s *Service) waiting(ctx context.Context, tx *db.Tx, mail string) (auth.Account, error) {
	staff, err := s.Accounts.StaffList(ctx, tx)
	if err != nil {
		return auth.Account{}, err
	}
	i := slices.IndexFunc(staff, func(a auth.Account) bool { return mail != "" && db.Fold(a.Mail) == db.Fold(mail) })
	if i < 0 {
		return auth.Account{}, nil
	}
	row, err := newQueries(tx).ByAccount(ctx, staff[i].ID)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.Subject != "" {
		return auth.Account{}, problem.New(problem.Conflict, "employee.taken")
	} else if err != nil {
		return auth.Account{}, fmt.Errorf("find employee: %w", err)
	}
	return staff[i], nil
}

// Await lets an account of staff be bound by the first sign-in with its mail.
func (s *Service) Await(ctx context.Context, tx *db.Tx, accountID string) error {
	if err := newQueries(tx).Bind(ctx, bindParams{AccountID: accountID}); err != nil {
		return fmt.Errorf("let employee wait: %w", err)
	}
	return nil
}

func cut(name string) string {
	letters := []rune(strings.Join(strings.Fields(name), " "))
	return string(letters[:min(len(letters), 100)])
}

func digest(text string) string {
	d := sha256.Sum256([]byte(text))
	return hex.EncodeToString(d[:])
}
