// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/trust"
)

// Service keeps members and powers.
type Service struct {
	db        *db.DB
	ring      *keys.Ring
	policies  *policy.Book
	teller    *notify.Teller
	persons   *identity.Service
	registers *egrip.Service
	judge     *trust.Service
	publicURL string
}

// Parts are what the service is made of.
type Parts struct {
	DB        *db.DB
	Ring      *keys.Ring
	Policies  *policy.Book
	Teller    *notify.Teller
	Persons   *identity.Service
	Registers *egrip.Service
	Judge     *trust.Service
	PublicURL string // https://host, without a slash at the end
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{
		db: p.DB, ring: p.Ring, policies: p.Policies, teller: p.Teller, persons: p.Persons, registers: p.Registers, judge: p.Judge, publicURL: p.PublicURL,
	}
}

// manage refuses who may not let others in, and roles that have nobody to let in.
func (s *Service) manage(ctx context.Context, tx *db.Tx, actor Actor) error {
	if actor.Role.Kind == identity.Individual {
		return problem.New(problem.NotFound, "people.alone")
	}
	return s.Allowed(ctx, tx, actor.Role, Manage)
}

// Invitation is what a head says of somebody.
type Invitation struct {
	Mail   string
	Name   string
	Duty   Duty
	Rights []Right
	Until  time.Time // the last moment; zero: without an end
}

// check cleans an invitation.
func (i *Invitation) check(now time.Time) error {
	var wrong problem.List
	add := func(field, key string) { wrong = append(wrong, problem.New(problem.Invalid, key).At(field)) }
	i.Mail, i.Name = strings.TrimSpace(i.Mail), identity.OneLine(i.Name)
	if !identity.ValidMail(i.Mail) {
		add("mail", "auth.mail.wrong")
	}
	if !identity.PlainText(i.Name, 200) {
		add("name", "people.name.wrong")
	}
	if err := i.checkRights(now); err != nil {
		wrong = append(wrong, problem.All(err)...)
	}
	return wrong.Err()
}

// checkRights holds duty, rights and term to what may be given.
func (i *Invitation) checkRights(now time.Time) error {
	var wrong problem.List
	add := func(field, key string) { wrong = append(wrong, problem.New(problem.Invalid, key).At(field)) }
	if !slices.Contains(Duties(), i.Duty) {
		add("duty", "people.duty.wrong")
	}
	known := Rights()
	if len(i.Rights) == 0 || slices.ContainsFunc(i.Rights, func(r Right) bool { return !slices.Contains(known, r) }) {
		add("rights", "people.rights.wrong")
	}
	if !i.Until.IsZero() && !i.Until.After(now) {
		add("until", "people.until.past")
	}
	return wrong.Err()
}

func join(rights []Right) string {
	list := make([]string, 0, len(rights))
	for _, r := range Rights() { // each once, in one order
		if slices.Contains(rights, r) {
			list = append(list, string(r))
		}
	}
	return strings.Join(list, ",")
}

// memberData is the sealed part of a member.
type memberData struct {
	Mail string `json:"mail"`
	Name string `json:"name"`
}

// Invite lets somebody in: a letter with a link goes to their address. Nobody gives rights they have
// not themselves.
func (s *Service) Invite(ctx context.Context, actor Actor, i Invitation) error {
	if err := i.check(s.db.Now()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		if err := s.within(ctx, tx, actor, i); err != nil {
			return err
		}
		q, own := newQueries(tx), ownerOf(actor.Role)
		limit, err := s.policies.Number(ctx, tx, policyMembers)
		if err != nil {
			return err
		}
		n, err := q.CountMembers(ctx, countMembersParams{string(own.kind), own.number})
		if err != nil {
			return fmt.Errorf("count members: %w", err)
		}
		if n >= limit {
			return problem.New(problem.Limited, "people.many").At("mail").With("Limit", int(limit))
		}
		life, err := s.policies.Duration(ctx, tx, policyInvitation)
		if err != nil {
			return err
		}
		id := tx.NewID()
		token, digest := keys.NewToken()
		data, err := s.ring.SealJSON(memberData{i.Mail, i.Name}, []byte("member/"+id))
		if err != nil {
			return err
		}
		err = q.InsertMember(ctx, insertMemberParams{
			ID: id, Kind: string(own.kind), Number: own.number, State: string(Invited), Duty: string(i.Duty), Rights: join(i.Rights), Data: data, Token: hex.EncodeToString(digest),
			FromAt: db.Micros(tx.Now()), UntilAt: db.Micros(i.Until), CreatedBy: actor.Account.ID, CreatedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store member: %w", err)
		}
		if err := s.record(ctx, tx, actor, "people.invite", "member/"+id, map[string]any{"duty": string(i.Duty), "rights": join(i.Rights)}); err != nil {
			return err
		}
		return s.sendInvitation(ctx, tx, actor, i.Mail, token, id, life)
	})
}

func (s *Service) sendInvitation(ctx context.Context, tx *db.Tx, actor Actor, mail, token, dedup string, life time.Duration) error {
	return s.teller.Tell(ctx, tx, notify.Person{Mail: mail}, notify.Event{
		Kind: "people.invite", Class: notify.Case, Link: s.publicURL + "/people/join/" + token, Dedup: dedup,
		Values: map[string]any{"Title": actor.Role.Title, "By": actor.Account.Title, "Until": tx.Now().Add(life)},
	})
}

// InviteAgain sends the letter of an open invitation once more, with another link and a new term: the old
// link opens nothing, and the new one rests on the right of who sent it.
func (s *Service) InviteAgain(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		row, err := s.memberRow(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		m, err := s.member(row)
		if err != nil {
			return err
		}
		if err := s.within(ctx, tx, actor, Invitation{Rights: m.Rights, Until: m.Until}); err != nil {
			return err
		}
		life, err := s.policies.Duration(ctx, tx, policyInvitation)
		if err != nil {
			return err
		}
		pause, err := s.policies.Duration(ctx, tx, policyAgain)
		if err != nil {
			return err
		}
		if next := m.CreatedAt.Add(pause); m.State == Invited && tx.Now().Before(next) {
			return problem.New(problem.Limited, "people.invitation.soon").With("Time", next)
		}
		token, digest := keys.NewToken()
		n, err := newQueries(tx).InviteAgain(ctx, inviteAgainParams{
			Token: hex.EncodeToString(digest), CreatedAt: db.Micros(tx.Now()), CreatedBy: actor.Account.ID, ID: id, CreatedAt_2: row.CreatedAt,
		})
		if err != nil {
			return fmt.Errorf("store invitation: %w", err)
		}
		if n == 0 {
			return problem.New(problem.Conflict, "people.member.over")
		}
		if err := s.record(ctx, tx, actor, "people.invite_again", "member/"+id, nil); err != nil {
			return err
		}
		return s.sendInvitation(ctx, tx, actor, m.Mail, token, id+tx.NewID(), life)
	})
}

// memberRow is one of the members of whose cabinet it is; another's is missing.
func (s *Service) memberRow(ctx context.Context, tx *db.Tx, actor Actor, id string) (memberRow, error) {
	row, err := newQueries(tx).GetMember(ctx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (owner{identity.Kind(row.Kind), row.Number}) != ownerOf(actor.Role) {
		return row, problem.New(problem.NotFound, "people.member.missing")
	} else if err != nil {
		return row, fmt.Errorf("read member: %w", err)
	}
	return row, nil
}

// Members are those who were let in, the latest first.
func (s *Service) Members(ctx context.Context, actor Actor) (list []Member, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		own := ownerOf(actor.Role)
		rows, err := newQueries(tx).MembersOf(ctx, membersOfParams{string(own.kind), own.number})
		if err != nil {
			return fmt.Errorf("list members: %w", err)
		}
		life, err := s.policies.Duration(ctx, tx, policyInvitation)
		if err != nil {
			return err
		}
		for _, row := range rows {
			m, err := s.member(row)
			if err != nil {
				return err
			}
			m.Expires = m.CreatedAt.Add(life)
			list = append(list, m)
		}
		return nil
	})
	return list, err
}

// Offer is what the link of an invitation shows.
type Offer struct {
	Member
	Title string // whose cabinet it is
}

// invited finds an invitation that is still open.
func (s *Service) invited(ctx context.Context, tx *db.Tx, token string) (row memberRow, m Member, title string, err error) {
	gone := problem.New(problem.NotFound, "people.invitation.gone")
	if token == "" {
		return row, m, "", gone
	}
	row, err = newQueries(tx).MemberByToken(ctx, hex.EncodeToString(keys.Digest(token)))
	if errors.Is(err, sql.ErrNoRows) {
		return row, m, "", gone
	} else if err != nil {
		return row, m, "", fmt.Errorf("find invitation: %w", err)
	}
	life, err := s.policies.Duration(ctx, tx, policyInvitation)
	if err != nil {
		return row, m, "", err
	}
	expires := db.Time(row.CreatedAt).Add(life)
	if row.ClosedWhy == bySender && !tx.Now().After(expires) {
		return row, m, "", problem.New(problem.NotFound, "people.invitation.sender")
	}
	if MemberState(row.State) != Invited || tx.Now().After(expires) {
		return row, m, "", gone
	}
	if m, err = s.member(row); err != nil {
		return row, m, "", err
	}
	m.Expires = expires
	company, err := s.company(ctx, tx, owner{identity.Kind(row.Kind), row.Number})
	return row, m, company.Title, err
}

// company is the role of a head, for what the role of a member is called.
func (s *Service) company(ctx context.Context, tx *db.Tx, own owner) (identity.Profile, error) {
	return s.persons.RoleOf(ctx, tx, own.kind, own.number)
}

// Invitation shows an invitation to who opens its link.
func (s *Service) Invitation(ctx context.Context, token string) (o Offer, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, m, title, err := s.invited(ctx, tx, token)
		o = Offer{m, title}
		return err
	})
	return o, err
}

// Join takes an invitation for the person of an account and returns their new role. The link counts once.
func (s *Service) Join(ctx context.Context, account auth.Account, from auth.Client, token string) (role identity.Profile, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, m, _, err := s.invited(ctx, tx, token)
		if err != nil {
			return err
		}
		if account.PersonID == "" {
			return problem.New(problem.Forbidden, "auth.role.other")
		}
		own := owner{identity.Kind(row.Kind), row.Number}
		if err := s.outside(ctx, tx, account.PersonID, own); err != nil {
			return err
		}
		head, err := s.company(ctx, tx, own)
		if err != nil {
			return err
		}
		role = identity.Profile{PersonID: account.PersonID, Kind: own.kind, RegisterNumber: own.number, Title: head.Title, Company: head.Company}
		role.Company.Position = ""
		if role, err = s.persons.EnsureProfile(ctx, tx, role); err != nil {
			return err
		}
		n, err := newQueries(tx).MoveMember(ctx, moveMemberParams{
			State: string(MemberMoves()[Invited][Join]), ProfileID: role.ID, PersonID: account.PersonID, AccountID: account.ID, ChangedAt: db.Micros(tx.Now()), ID: row.ID, State_2: string(Invited),
		})
		if err != nil {
			return fmt.Errorf("store membership: %w", err)
		}
		if n == 0 {
			return problem.New(problem.NotFound, "people.invitation.gone")
		}
		if err := s.record(ctx, tx, Actor{Account: account, Client: from}, "people.join", "member/"+row.ID, nil); err != nil {
			return err
		}
		return s.teller.Tell(ctx, tx, notify.Person{AccountID: row.CreatedBy}, notify.Event{
			Kind: "people.joined", Class: notify.Case, Dedup: row.ID, Values: map[string]any{"Name": m.Name, "Who": account.Title, "Title": head.Title},
		})
	})
	return role, err
}

// outside refuses a person who is in already: as a head, or as a member whose term goes on.
func (s *Service) outside(ctx context.Context, tx *db.Tx, personID string, own owner) error {
	profiles, err := s.persons.Profiles(ctx, tx, personID)
	if err != nil {
		return err
	}
	have := slices.ContainsFunc(profiles, func(p identity.Profile) bool { return ownerOf(p) == own })
	if !have {
		return nil
	}
	rows, err := newQueries(tx).MembershipsOf(ctx, membershipsOfParams{personID, string(own.kind), own.number})
	if err != nil {
		return fmt.Errorf("read memberships: %w", err)
	}
	if len(rows) == 0 || MemberState(rows[0].State) == Active {
		return problem.New(problem.Conflict, "people.inside")
	}
	return nil
}

// Change gives a member another duty, other rights, another term.
func (s *Service) Change(ctx context.Context, actor Actor, id string, i Invitation) error {
	if err := i.checkRights(s.db.Now()); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		if err := s.within(ctx, tx, actor, i); err != nil {
			return err
		}
		if err := s.another(ctx, tx, actor, id); err != nil {
			return err
		}
		row, err := s.memberRow(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		before, err := s.member(row)
		if err != nil {
			return err
		}
		own := ownerOf(actor.Role)
		n, err := newQueries(tx).ChangeMember(ctx, changeMemberParams{
			Duty: string(i.Duty), Rights: join(i.Rights), UntilAt: db.Micros(i.Until), ChangedAt: db.Micros(tx.Now()), ID: id, Kind: string(own.kind), Number: own.number,
		})
		if err != nil {
			return fmt.Errorf("change member: %w", err)
		}
		if n == 0 {
			return problem.New(problem.NotFound, "people.member.missing")
		}
		if before.lessened(i) {
			if err := s.voidLinksOf(ctx, tx, actor, row); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, actor, "people.change", "member/"+id, map[string]any{"duty": string(i.Duty), "rights": join(i.Rights)})
	})
}

// Dismiss ends a membership, or takes an invitation back.
func (s *Service) Dismiss(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.manage(ctx, tx, actor); err != nil {
			return err
		}
		row, err := s.memberRow(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		state := MemberState(row.State)
		next, ok := MemberMoves()[state][End]
		if !ok {
			if next, ok = MemberMoves()[state][Decline]; !ok {
				return problem.New(problem.Conflict, "people.member.over")
			}
		}
		_, err = newQueries(tx).MoveMember(ctx, moveMemberParams{
			State: string(next), ProfileID: row.ProfileID, PersonID: row.PersonID, AccountID: row.AccountID, ChangedAt: db.Micros(tx.Now()), ID: id, State_2: row.State,
		})
		if err != nil {
			return fmt.Errorf("end membership: %w", err)
		}
		if err := s.record(ctx, tx, actor, "people.dismiss", "member/"+id, map[string]any{"from": row.State}); err != nil || row.AccountID == "" {
			return err
		}
		if err := s.voidLinksOf(ctx, tx, actor, row); err != nil {
			return err
		}
		return s.teller.Tell(ctx, tx, notify.Person{AccountID: row.AccountID}, notify.Event{
			Kind: "people.dismissed", Class: notify.Case, Dedup: id, Values: map[string]any{"Title": actor.Role.Title},
		})
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor Actor, action, object string, details map[string]any) error {
	if actor.Role.ID != "" {
		if details == nil {
			details = map[string]any{}
		}
		details["role"] = actor.Role.ID
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: actor.name(), Action: action, Object: object, Origin: actor.Client.Network, Details: details})
}

// Work ends the memberships of accounts that are closed, and the invitations that rest on a right which is gone.
func (s *Service) Work(r *jobs.Runner) {
	jobs.Subscribe(r, "people", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		ended, err := newQueries(tx).EndMembershipsOf(ctx, endMembershipsOfParams{ChangedAt: db.Micros(tx.Now()), AccountID: e.Account})
		if err != nil {
			return fmt.Errorf("end memberships: %w", err)
		}
		for _, id := range ended {
			err := audit.Record(ctx, tx, audit.Entry{Actor: "account/" + e.Account, Action: "people.dismiss", Object: "member/" + id, Details: map[string]any{"closed": true}})
			if err != nil {
				return err
			}
		}
		return s.voidLinksOfLeaver(ctx, tx, e.Account)
	})
	jobs.Subscribe(r, "people.resigned", func(ctx context.Context, tx *db.Tx, e egrip.Resigned) error {
		by := Actor{Account: auth.Account{ID: e.AccountID}, Role: identity.Profile{ID: e.ProfileID}}
		return s.voidLinks(ctx, tx, by, owner{identity.Organisation, e.Number}, e.AccountID, "profile/"+e.ProfileID)
	})
}
