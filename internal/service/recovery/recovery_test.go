// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package recovery_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/recovery"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/support"
)

const newPhone = "+79990000055"

// hall is the hall of a test.
type hall struct {
	*servicetest.Hall
	t   *testing.T
	ctx context.Context
}

func newHall(t *testing.T) *hall {
	t.Helper()
	return &hall{Hall: servicetest.NewHall(t), t: t, ctx: t.Context()}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks that a service says no, and how.
func refused(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if !errors.Is(err, problem.New(kind, key)) {
		t.Errorf("got %v, want %v: %s", err, kind, key)
	}
}

// Each step that waits names whose turn it is, the rule of its term, and how the person is
// told; what does not wait has no row.
func TestWaitingStepsNameTurnTermAndChannel(t *testing.T) {
	t.Parallel()
	terms := map[string]bool{}
	for _, r := range recovery.Rules() {
		terms[r.Key] = true
	}
	for step, next := range recovery.Steps() {
		turn, ok := recovery.Turns()[step]
		if !ok || !slices.Contains([]string{"yours", "operator", "second", "system"}, turn.Whose) || !terms[turn.Term] || len(turn.Channel) == 0 {
			t.Errorf("%s: %+v", step, turn)
		}
		for _, n := range next {
			_, waits := recovery.Turns()[n]
			_, goes := recovery.Steps()[n]
			if waits != goes {
				t.Errorf("%s waits and leads nowhere, or the other way round", n)
			}
		}
	}
	if len(recovery.Turns()) != len(recovery.Steps()) {
		t.Error("a turn is named for what does not wait")
	}
}

const fresh = "Летний дождь 7!"

// in reports whether an account can be entered with a password.
func (h *hall) in(password string) error {
	_, _, err := h.Accounts.Login(h.ctx, servicetest.AnnaPhone, password, auth.Client{Network: "198.51.100.7"})
	return err
}

var stopLink = regexp.MustCompile(`/recover/stop/([A-Za-z0-9_-]{43})`)

// stop is the latest link to stop that an address got.
func (h *hall) stop(address string) string {
	h.t.Helper()
	return h.InMail(address, stopLink)
}

func (h *hall) step(token string, want recovery.Step) recovery.Case {
	h.t.Helper()
	r, err := h.Recovery.ByToken(h.ctx, token)
	must(h.t, err)
	if r.Step != want {
		h.t.Fatalf("the recovery is at %s, want %s", r.Step, want)
	}
	return r
}

// A forgotten password, by phone and by mail: a code, a password that meets the policy,
// every session ended, the lock of failed tries opened.
//
// S001-196, S001-197.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"phone", "mail", "locked"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			from := servicetest.Client()
			_, session := h.again()
			path, contact, code := recovery.LostPassword, servicetest.AnnaPhone, func() string { return h.Code(servicetest.AnnaPhone) }
			switch way {
			case "mail":
				contact, code = servicetest.AnnaMail, func() string { return h.MailCode(servicetest.AnnaMail) }
			case "locked":
				path = recovery.SignInClosed
				for range 3 {
					_ = h.in("Мимо 1 Мимо!")
				}
				refused(t, h.in(servicetest.Password), problem.Limited, "auth.password.locked")
			}
			token, err := h.Recovery.Start(h.ctx, path, contact, "ru", from)
			must(t, err)
			refused(t, h.Recovery.SetPassword(h.ctx, token, fresh, false, from), problem.Conflict, "recover.step.wrong")
			must(t, h.Recovery.EnterCode(h.ctx, token, code(), from))
			refused(t, h.Recovery.SetPassword(h.ctx, token, "коротко", false, from), problem.Invalid, "auth.password.rules")
			must(t, h.Recovery.SetPassword(h.ctx, token, fresh, false, from))
			h.step(token, recovery.StepDone)
			if _, err := h.Accounts.Session(h.ctx, session); problem.KindOf(err) != problem.Forbidden {
				t.Errorf("a session of before goes on: %v", err)
			}
			must(t, h.in(fresh))
			if h.in(servicetest.Password) == nil {
				t.Error("the forgotten password still works")
			}
			refused(t, h.Recovery.SetPassword(h.ctx, token, "Другой день 8!", false, from), problem.Conflict, "recover.step.wrong")
		})
	}
}

// again signs Anna in.
func (h *hall) again() (support.Actor, string) {
	h.t.Helper()
	token, _, err := h.Accounts.Login(h.ctx, servicetest.AnnaPhone, servicetest.Password, servicetest.Client())
	must(h.t, err)
	return h.Anna, token
}

// Codes of a recovery cannot be guessed, and an unknown contact is answered word for word
// like a known one, up to the last try.
func TestRecoveryTellsNothing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	from := servicetest.Client()
	known, err := h.Recovery.Start(h.ctx, recovery.LostPassword, servicetest.AnnaPhone, "ru", from)
	must(t, err)
	unknown, err := h.Recovery.Start(h.ctx, recovery.LostPassword, newPhone, "ru", from)
	must(t, err)
	staff, err := h.Recovery.Start(h.ctx, recovery.LostPassword, "+79990000008", "ru", from)
	must(t, err)
	code := h.Code(servicetest.AnnaPhone)
	if n := len(h.SMS.To(newPhone)) + len(h.SMS.To("+79990000008")); n != 0 {
		t.Errorf("%d messages to those who have no account to recover", n)
	}
	for range 6 {
		var answers []string
		for _, token := range []string{known, unknown, staff} {
			p, ok := problem.Of(h.Recovery.EnterCode(h.ctx, token, servicetest.Wrong(code), from))
			if !ok {
				t.Fatal("a wrong code is taken")
			}
			answers = append(answers, p.Error(), words(p))
		}
		if answers[0] != answers[2] || answers[1] != answers[3] || answers[0] != answers[4] {
			t.Errorf("answers differ: %q", answers)
		}
	}
	refused(t, h.Recovery.EnterCode(h.ctx, known, code, from), problem.Limited, "auth.code.no_tries")
	h.Clock.Pass(61 * time.Second)
	for _, token := range []string{known, unknown} {
		refused(t, h.Recovery.Resend(h.ctx, token), problem.Invalid, "auth.code.no_tries")
	}
	for _, r := range []string{known, unknown} {
		if view := h.step(r, recovery.StepCode); view.AccountID != "" {
			t.Error("the page is told whether there is an account")
		}
	}
	// A code of one case is worth nothing in another.
	a, err := h.Recovery.Start(h.ctx, recovery.LostPassword, servicetest.AnnaPhone, "ru", from)
	must(t, err)
	b, err := h.Recovery.Start(h.ctx, recovery.LostPassword, servicetest.BorisPhone, "ru", from)
	must(t, err)
	refused(t, h.Recovery.EnterCode(h.ctx, b, h.Code(servicetest.AnnaPhone), from), problem.Invalid, "auth.code.wrong")
	must(t, h.Recovery.EnterCode(h.ctx, a, h.Code(servicetest.AnnaPhone), from))
}

func words(p *problem.Error) string {
	if n, ok := p.Data["Count"].(int); ok {
		return string(rune('0' + n))
	}
	return ""
}

// A lost address: the code of the phone and the password, the new address proved, a day in
// which the old contacts can stop it.
func TestLostMail(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	from := servicetest.Client()
	_, err := h.Recovery.Start(h.ctx, recovery.LostMail, servicetest.AnnaMail, "ru", from)
	refused(t, err, problem.Invalid, "recover.by_phone")
	token, err := h.Recovery.Start(h.ctx, recovery.LostMail, servicetest.AnnaPhone, "ru", from)
	must(t, err)
	must(t, h.Recovery.EnterCode(h.ctx, token, h.Code(servicetest.AnnaPhone), from))
	h.step(token, recovery.StepFactor)
	refused(t, h.Recovery.EnterFactor(h.ctx, token, "не тот", from), problem.Invalid, "recover.factor.wrong")
	must(t, h.Recovery.EnterFactor(h.ctx, token, servicetest.Password, from))
	refused(t, h.Recovery.EnterContact(h.ctx, token, newPhone, from), problem.Invalid, "recover.other_kind")
	must(t, h.Recovery.EnterContact(h.ctx, token, "typo@example.org", from))
	must(t, h.Recovery.EnterContact(h.ctx, token, "new@example.org", from))
	must(t, h.Recovery.EnterCode(h.ctx, token, h.MailCode("new@example.org"), from))
	h.step(token, recovery.StepCooling)
	h.Clock.Pass(23 * time.Hour)
	h.Deliver()
	if a := h.account(); a.Mail != servicetest.AnnaMail {
		t.Errorf("the address is %s before the time to stop is over", a.Mail)
	}
	h.Clock.Pass(2 * time.Hour)
	h.Deliver()
	if a := h.account(); a.Mail != "new@example.org" || !a.MailConfirmed {
		t.Errorf("%+v", a)
	}
	h.step(token, recovery.StepDone)
}

// A change of the address that a thief with the phone and the password began does not outlive what its owner did
// about the thief: a sign-in that was closed, another password.
func TestRecoveryEndsWithTheRobbery(t *testing.T) {
	t.Parallel()
	from := servicetest.Client()
	for name, rescue := range map[string]func(h *hall){
		"closed": func(h *hall) {
			token, err := h.Recovery.Start(h.ctx, recovery.Intruder, servicetest.AnnaMail, "ru", from)
			must(h.t, err)
			must(h.t, h.Recovery.EnterCode(h.ctx, token, h.MailCode(servicetest.AnnaMail), from))
			must(h.t, h.Recovery.SetPassword(h.ctx, token, fresh, true, from))
		},
		"another password": func(h *hall) {
			token, err := h.Recovery.Start(h.ctx, recovery.LostPassword, servicetest.AnnaMail, "ru", from)
			must(h.t, err)
			must(h.t, h.Recovery.EnterCode(h.ctx, token, h.MailCode(servicetest.AnnaMail), from))
			must(h.t, h.Recovery.SetPassword(h.ctx, token, fresh, false, from))
		},
		"left": func(h *hall) {
			h.Write(func(ctx context.Context, tx *db.Tx) error { return h.Accounts.Close(ctx, tx, h.Anna.Account) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.Set("recover.block", "48h")
			token, err := h.Recovery.Start(h.ctx, recovery.LostMail, servicetest.AnnaPhone, "ru", from)
			must(t, err)
			must(t, h.Recovery.EnterCode(h.ctx, token, h.Code(servicetest.AnnaPhone), from))
			must(t, h.Recovery.EnterFactor(h.ctx, token, servicetest.Password, from))
			must(t, h.Recovery.EnterContact(h.ctx, token, "thief@example.org", from))
			must(t, h.Recovery.EnterCode(h.ctx, token, h.MailCode("thief@example.org"), from))
			h.step(token, recovery.StepCooling)
			h.Clock.Pass(time.Hour)
			rescue(h)
			h.Deliver()
			h.Clock.Pass(25 * time.Hour)
			h.Deliver()
			if a := h.account(); a.Mail == "thief@example.org" {
				t.Error("the thief's address is in force")
			}
			if name == "closed" {
				refused(t, h.in(fresh), problem.Limited, "auth.account.blocked")
			}
			h.step(token, map[bool]recovery.Step{true: recovery.StepStopped, false: recovery.StepRefused}[name == "left"])
		})
	}
}

// A code that was given lets nobody set a password after its phone was replaced, or another password set.
func TestRecoveryIsOfTheContact(t *testing.T) {
	t.Parallel()
	from := servicetest.Client()
	for name, meanwhile := range map[string]func(ctx context.Context, tx *db.Tx, h *hall) error{
		"another phone": func(ctx context.Context, tx *db.Tx, h *hall) error {
			return h.Accounts.ChangeContact(ctx, tx, "test", h.Anna.Account.ID, newPhone)
		},
		"another password": func(ctx context.Context, tx *db.Tx, h *hall) error {
			return h.Accounts.ResetPassword(ctx, tx, "test", h.Anna.Account.ID, "", false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			token, err := h.Recovery.Start(h.ctx, recovery.LostPassword, servicetest.AnnaPhone, "ru", from)
			must(t, err)
			must(t, h.Recovery.EnterCode(h.ctx, token, h.Code(servicetest.AnnaPhone), from))
			h.Clock.Pass(time.Minute)
			h.Write(func(ctx context.Context, tx *db.Tx) error { return meanwhile(ctx, tx, h) })
			refused(t, h.Recovery.SetPassword(h.ctx, token, fresh, false, from), problem.Conflict, "recover.meanwhile")
		})
	}
}

func (h *hall) account() (a auth.Account) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		a, err = h.Accounts.AccountByID(ctx, tx, h.Anna.Account.ID)
		return err
	})
	return a
}

// The second proof of a lost phone: five wrong ones end the case.
func TestSecondProofIsLimited(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	from := servicetest.Client()
	token, err := h.Recovery.Start(h.ctx, recovery.LostPhone, servicetest.AnnaMail, "ru", from)
	must(t, err)
	must(t, h.Recovery.EnterCode(h.ctx, token, h.MailCode(servicetest.AnnaMail), from))
	for range 4 {
		refused(t, h.Recovery.EnterFactor(h.ctx, token, "000000", from), problem.Invalid, "recover.factor.wrong")
	}
	// The password alone does not move a phone.
	refused(t, h.Recovery.EnterFactor(h.ctx, token, servicetest.Password, from), problem.Limited, "recover.factor.no_tries")
	h.step(token, recovery.StepExpired)
}

// A new case gives no new tries of the second proof.
func TestSecondProofIsCountedAcrossCases(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	own := factor.Actor{Account: h.Anna.Account.ID, Origin: "192.0.2.1"}
	codes, err := h.Factors.MakeCodes(h.ctx, own)
	must(t, err)
	must(t, h.Factors.ConfirmCodes(h.ctx, own, codes[0]))
	begin := func() string {
		token, err := h.Recovery.Start(h.ctx, recovery.LostPhone, servicetest.AnnaMail, "ru", servicetest.Client())
		must(t, err)
		must(t, h.Recovery.EnterCode(h.ctx, token, h.MailCode(servicetest.AnnaMail), servicetest.Client()))
		return token
	}
	for _, n := range []int{3, 2} {
		token := begin()
		for i := range n {
			key, kind := "recover.factor.wrong", problem.Invalid
			refused(t, h.Recovery.EnterFactor(h.ctx, token, "000000", auth.Client{Network: fmt.Sprintf("198.51.100.%d", 10*n+i)}), kind, key)
		}
	}
	token := begin()
	refused(t, h.Recovery.EnterFactor(h.ctx, token, codes[1], servicetest.Client()), problem.Limited, "auth.second.locked")
	h.Clock.Pass(6 * time.Minute)
	must(t, h.Recovery.EnterFactor(h.ctx, begin(), codes[1], servicetest.Client()))
}

// The second proof of a lost phone, right: the new phone is proved and comes into force
// after a day.
func TestLostPhoneByMailAndFactor(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	own := factor.Actor{Account: h.Anna.Account.ID, Origin: "192.0.2.1"}
	codes, err := h.Factors.MakeCodes(h.ctx, own)
	must(t, err)
	must(t, h.Factors.ConfirmCodes(h.ctx, own, codes[0]))
	from := servicetest.Client()
	token, err := h.Recovery.Start(h.ctx, recovery.LostPhone, servicetest.AnnaMail, "ru", from)
	must(t, err)
	must(t, h.Recovery.EnterCode(h.ctx, token, h.MailCode(servicetest.AnnaMail), from))
	must(t, h.Recovery.EnterFactor(h.ctx, token, codes[1], from))
	must(t, h.Recovery.EnterContact(h.ctx, token, newPhone, from))
	must(t, h.Recovery.EnterCode(h.ctx, token, h.Code(newPhone), from))
	h.step(token, recovery.StepCooling)
	h.Clock.Pass(25 * time.Hour)
	h.Deliver()
	if a := h.account(); a.Phone != newPhone {
		t.Errorf("%+v", a)
	}
}

// What was closed before a case began is no sign against it; what was closed afterwards is one, also when it is open again
// by the time the case is ripe.
func TestClosedBeforeAndAfter(t *testing.T) {
	t.Parallel()
	from := servicetest.Client()
	for name, c := range map[string]struct {
		block, by string
		phone     string
		step      recovery.Step
	}{
		"before": {"48h", servicetest.AnnaMail, newPhone, recovery.StepDone},
		"after":  {"12h", servicetest.AnnaPhone, servicetest.AnnaPhone, recovery.StepRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.Set("recover.block", c.block)
			own := factor.Actor{Account: h.Anna.Account.ID, Origin: "192.0.2.1"}
			codes, err := h.Factors.MakeCodes(h.ctx, own)
			must(t, err)
			must(t, h.Factors.ConfirmCodes(h.ctx, own, codes[0]))
			closes := func() {
				token, err := h.Recovery.Start(h.ctx, recovery.Intruder, c.by, "ru", from)
				must(t, err)
				code := map[bool]func(string) string{true: h.MailCode, false: h.Code}[c.by == servicetest.AnnaMail]
				must(t, h.Recovery.EnterCode(h.ctx, token, code(c.by), from))
				must(t, h.Recovery.SetPassword(h.ctx, token, fresh, true, from))
				h.Clock.Pass(time.Minute)
			}
			if name == "before" {
				closes()
			}
			token, err := h.Recovery.Start(h.ctx, recovery.LostPhone, servicetest.AnnaMail, "ru", from)
			must(t, err)
			must(t, h.Recovery.EnterCode(h.ctx, token, h.MailCode(servicetest.AnnaMail), from))
			must(t, h.Recovery.EnterFactor(h.ctx, token, codes[1], from))
			must(t, h.Recovery.EnterContact(h.ctx, token, newPhone, from))
			must(t, h.Recovery.EnterCode(h.ctx, token, h.Code(newPhone), from))
			h.step(token, recovery.StepCooling)
			if name == "after" {
				h.Clock.Pass(time.Minute)
				closes()
			}
			h.Clock.Pass(25 * time.Hour)
			h.Deliver()
			if a := h.account(); a.Phone != c.phone {
				t.Errorf("the phone is %s", a.Phone)
			}
			h.step(token, c.step)
		})
	}
}

func claim() recovery.Claim {
	return recovery.Claim{INN: "990000001704", Register: "990-000-001 53", Name: "соколова  Анна Ивановна"}
}

// desk begins the way by three fields up to the first operator's queue.
func (h *hall) desk(c recovery.Claim) (token, id string) {
	h.t.Helper()
	from := servicetest.Client()
	token, err := h.Recovery.StartDesk(h.ctx, c, newPhone, "ru", from)
	must(h.t, err)
	must(h.t, h.Recovery.EnterCode(h.ctx, token, h.Code(newPhone), from))
	return token, h.step(token, recovery.StepDesk).ID
}

// The operator's way: three fields, a call, two operators, a day. One operator alone moves
// no phone, whatever the order.
//
// S001-199: ИНН, ОГРНИП and the full name, all three.
func TestDeskTakesTwoOperators(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	token, id := h.desk(claim())
	if r := h.step(token, recovery.StepDesk); !r.DueAt.Equal(h.DB.Now().Add(24 * time.Hour)) {
		t.Errorf("due %v", r.DueAt)
	}
	refused(t, h.Recovery.Agree(h.ctx, h.Ivanova, id, true, true), problem.Forbidden, "recover.second.own")
	refused(t, h.Recovery.Identify(h.ctx, h.Ivanova, id, true, false), problem.Invalid, "recover.ticks")
	must(t, h.Recovery.Identify(h.ctx, h.Ivanova, id, true, true))
	refused(t, h.Recovery.Agree(h.ctx, h.Ivanova, id, true, true), problem.Forbidden, "recover.second.own")
	refused(t, h.Recovery.Identify(h.ctx, h.Petrov, id, true, true), problem.Conflict, "recover.step.wrong")
	refused(t, h.Recovery.Agree(h.ctx, h.Boris, id, true, true), problem.Forbidden, "auth.role.other")
	must(t, h.Recovery.Agree(h.ctx, h.Petrov, id, true, true))
	h.Clock.Pass(23 * time.Hour)
	h.Deliver()
	if a := h.account(); a.Phone != servicetest.AnnaPhone {
		t.Error("the phone is moved before the time to stop is over")
	}
	h.Clock.Pass(110 * time.Minute)
	_, _, err := h.Accounts.Login(h.ctx, servicetest.AnnaPhone, servicetest.Password, servicetest.Client()) // who has the old phone
	must(t, err)
	h.Clock.Pass(10 * time.Minute)
	h.Deliver()
	h.step(token, recovery.StepDone)
	if a := h.account(); a.Phone != newPhone || h.Count("session", "account_id = $1", a.ID) != 0 {
		t.Errorf("%+v, %d sessions go on", a, h.Count("session", "account_id = $1", a.ID))
	}
	// Access: the new phone takes the code of a forgotten password.
	again, err := h.Recovery.Start(h.ctx, recovery.LostPassword, newPhone, "ru", servicetest.Client())
	must(t, err)
	h.Clock.Pass(61 * time.Second)
	must(t, h.Recovery.EnterCode(h.ctx, again, h.Code(newPhone), servicetest.Client()))
	must(t, h.Recovery.SetPassword(h.ctx, again, fresh, false, servicetest.Client()))
}

// Fields that fit nobody, or not all three, get the same words; an operator can do nothing
// but refuse, with a reason that goes to the number the person gave.
func TestDeskOfNobody(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*recovery.Claim){
		"another name":   func(c *recovery.Claim) { c.Name = "Соколова Анна" },
		"another number": func(c *recovery.Claim) { c.Register = "11223344595" },
		"nobody":         func(c *recovery.Claim) { c.INN = "500100732259" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			c := claim()
			change(&c)
			token, id := h.desk(c)
			refused(t, h.Recovery.Identify(h.ctx, h.Ivanova, id, true, true), problem.Conflict, "recover.unmatched")
			must(t, h.Recovery.Refuse(h.ctx, h.Ivanova, id, "Данные не совпали. Приходите с паспортом"))
			r := h.step(token, recovery.StepRefused)
			if r.Matched || r.AccountID != "" || r.Reason == "" {
				t.Errorf("%+v", r)
			}
			h.Deliver()
			if sms := h.SMS.To(newPhone); !slices.ContainsFunc(sms, func(m notify.Message) bool { return strings.Contains(m.Body, "отказано") }) {
				t.Errorf("told %v", sms)
			}
			if _, err := h.Recovery.FindClient(h.ctx, h.Ivanova, c); problem.KindOf(err) != problem.NotFound {
				t.Errorf("found: %v", err)
			}
		})
	}
	_, err := newHall(t).Recovery.StartDesk(context.Background(), recovery.Claim{}, "1", "ru", servicetest.Client())
	if n := len(problem.All(err)); n != 4 {
		t.Errorf("%d refusals: %v", n, err)
	}
}

// The number of an entrepreneur is the one of the register; the СНИЛС is not taken for it.
func TestDeskOfAnEntrepreneur(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := h.Persons.EnsureProfile(ctx, tx, identity.Profile{
			PersonID: h.Anna.Account.PersonID, Kind: identity.Entrepreneur, RegisterNumber: "399990000000121", Title: "ИП Соколова А. И.",
		})
		return err
	})
	if _, err := h.Recovery.FindClient(h.ctx, h.Ivanova, claim()); problem.KindOf(err) != problem.NotFound {
		t.Errorf("found by the СНИЛС: %v", err)
	}
	c := claim()
	c.Register = "399990000000121"
	if id, err := h.Recovery.FindClient(h.ctx, h.Ivanova, c); err != nil || id != h.Anna.Account.ID {
		t.Errorf("%s %v", id, err)
	}
}

// A link to stop works for a while only, by policy: numbers change hands.
func TestStopLinkEnds(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Set("recover.stop", "1h")
	h.desk(claim())
	link := h.stop(servicetest.AnnaMail)
	h.Clock.Pass(59 * time.Minute)
	_, err := h.Recovery.Stopping(h.ctx, link)
	must(t, err)
	h.Clock.Pass(2 * time.Minute)
	refused(t, h.Recovery.Stop(h.ctx, link, servicetest.Client()), problem.NotFound, "recover.stop.missing")
}

// The link to stop: once, before the change it ends the case, after it closes the sign-in
// and asks an operator to call.
func TestStopLink(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	from := servicetest.Client()
	token, id := h.desk(claim())
	link := h.stop(servicetest.AnnaMail)
	if r, err := h.Recovery.Stopping(h.ctx, link); err != nil || r.ID != id {
		t.Errorf("%+v %v", r, err)
	}
	must(t, h.Recovery.Identify(h.ctx, h.Ivanova, id, true, true))
	must(t, h.Recovery.Stop(h.ctx, link, from))
	h.step(token, recovery.StepStopped)
	refused(t, h.Recovery.Agree(h.ctx, h.Petrov, id, true, true), problem.Conflict, "recover.step.wrong")
	for _, bad := range []string{link, "", "AAAAAAAAAAAAAAAAAAAAAA"} {
		refused(t, h.Recovery.Stop(h.ctx, bad, from), problem.NotFound, "recover.stop.missing")
	}
	h.Clock.Pass(48 * time.Hour)
	h.Deliver()
	if h.account().Phone != servicetest.AnnaPhone {
		t.Error("the phone is moved after a stop")
	}

	// Somebody with the SIM resets the password; the mail of the holder undoes it.
	token, err := h.Recovery.Start(h.ctx, recovery.LostPassword, servicetest.AnnaPhone, "ru", from)
	must(t, err)
	must(t, h.Recovery.EnterCode(h.ctx, token, h.Code(servicetest.AnnaPhone), from))
	must(t, h.Recovery.SetPassword(h.ctx, token, fresh, false, from))
	must(t, h.in(fresh))
	must(t, h.Recovery.Stop(h.ctx, h.stop(servicetest.AnnaMail), from))
	refused(t, h.in(fresh), problem.Limited, "auth.account.blocked")
	if n := h.Count("ticket", "account_id = $1 AND origin = 'recovery'", h.Anna.Account.ID); n != 1 {
		t.Errorf("%d tickets ask for a call", n)
	}
	// A link of long ago stops nothing.
	token, err = h.Recovery.Start(h.ctx, recovery.LostPassword, servicetest.BorisPhone, "ru", from)
	must(t, err)
	must(t, h.Recovery.EnterCode(h.ctx, token, h.Code(servicetest.BorisPhone), from))
	late := h.stop("boris@example.org")
	h.Clock.Pass(8 * 24 * time.Hour)
	refused(t, h.Recovery.Stop(h.ctx, late, from), problem.NotFound, "recover.stop.missing")
}

// «Кто-то вошёл вместо меня»: sessions end, the password changes, and the sign-in may be
// closed until a talk; the operator opens it.
func TestIntruder(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	from := servicetest.Client()
	_, session := h.again()
	token, err := h.Recovery.Start(h.ctx, recovery.Intruder, servicetest.AnnaPhone, "ru", from)
	must(t, err)
	must(t, h.Recovery.EnterCode(h.ctx, token, h.Code(servicetest.AnnaPhone), from))
	must(t, h.Recovery.SetPassword(h.ctx, token, fresh, true, from))
	if _, err := h.Accounts.Session(h.ctx, session); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("the intruder's session goes on: %v", err)
	}
	refused(t, h.in(fresh), problem.Limited, "auth.account.blocked")
	id, err := h.Recovery.FindClient(h.ctx, h.Ivanova, claim())
	must(t, err)
	must(t, h.Recovery.HelpClient(h.ctx, h.Ivanova, id, recovery.HelpUnlock))
	must(t, h.in(fresh))
}

func visit() recovery.Visit {
	return recovery.Visit{Seen: recovery.Originals(), Written: support.Upload{Name: "заявление.png", Content: []byte("\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR")}}
}

// The visit: originals and a written application, a one-time password that is changed at
// the first entry, and another phone only with another operator and a day.
//
// S001-204, S001-205, S001-206.
func TestVisit(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	token, err := h.Recovery.StartVisit(h.ctx, "Соколова Анна", newPhone, "ru", servicetest.Client())
	must(t, err)
	announced := h.step(token, recovery.StepVisit)
	v := visit()
	v.CaseID, v.NewPhone = announced.ID, newPhone
	_, err = h.Recovery.Issue(h.ctx, h.Ivanova, h.Anna.Account.ID, v)
	refused(t, err, problem.NotFound, "client.find_first")
	id, err := h.Recovery.FindClient(h.ctx, h.Ivanova, claim())
	must(t, err)
	for _, bad := range []struct {
		change func(*recovery.Visit)
		key    string
	}{
		{func(v *recovery.Visit) { v.Seen = []string{"passport"} }, "recover.originals"},
		{func(v *recovery.Visit) { v.Written = support.Upload{} }, "recover.written"},
		{func(v *recovery.Visit) { v.Written.Content = []byte("<html>") }, "support.file.kind"},
		{func(v *recovery.Visit) { v.NewPhone = "12" }, "auth.phone.wrong"},
	} {
		wrong := v
		bad.change(&wrong)
		_, err := h.Recovery.Issue(h.ctx, h.Ivanova, id, wrong)
		refused(t, err, problem.Invalid, bad.key)
	}
	password, err := h.Recovery.Issue(h.ctx, h.Ivanova, id, v)
	must(t, err)
	for _, e := range h.Entries("") {
		for _, value := range e.Details {
			if text, ok := value.(string); ok && strings.Contains(text, password) {
				t.Error("the one-time password stands in the audit")
			}
		}
	}
	if n := h.Count("account", "phone = $1", newPhone); n != 0 {
		t.Error("one operator moved the phone")
	}
	session, _, err := h.Accounts.Login(h.ctx, servicetest.AnnaPhone, password, servicetest.Client())
	must(t, err)
	own, err := h.Accounts.Session(h.ctx, session)
	if err != nil || !own.Account.MustChange {
		t.Errorf("%+v %v", own, err)
	}
	err = h.Accounts.ChangePassword(h.ctx, own, auth.Change{New: password}, servicetest.Client())
	refused(t, err, problem.Invalid, "auth.password.same")
	must(t, h.Accounts.ChangePassword(h.ctx, own, auth.Change{New: fresh}, servicetest.Client()))
	if s, err := h.Accounts.Session(h.ctx, session); err != nil || s.Account.MustChange {
		t.Errorf("%+v %v", s, err)
	}
	if h.in(password) == nil {
		t.Error("the one-time password works twice")
	}
	h.Clock.Pass(2 * time.Minute)
	h.Deliver()
	h.step(token, recovery.StepDone)

	cases, err := h.Recovery.Cases(h.ctx, h.Petrov)
	must(t, err)
	if len(cases) != 1 || cases[0].Step != recovery.StepSecond || cases[0].New != newPhone {
		t.Fatalf("%+v", cases)
	}
	refused(t, h.Recovery.Agree(h.ctx, h.Ivanova, cases[0].ID, true, true), problem.Forbidden, "recover.second.own")
	must(t, h.Recovery.Agree(h.ctx, h.Petrov, cases[0].ID, true, true))
	h.Clock.Pass(25 * time.Hour)
	h.Deliver()
	if h.account().Phone != newPhone {
		t.Error("two operators and a day do not move the phone")
	}
}

// A one-time password that nobody used is worth nothing after its time; a stop takes it
// back at once.
func TestOneTimePasswordEnds(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"time", "stop"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			id, err := h.Recovery.FindClient(h.ctx, h.Ivanova, claim())
			must(t, err)
			password, err := h.Recovery.Issue(h.ctx, h.Ivanova, id, visit())
			must(t, err)
			if end == "stop" {
				must(t, h.Recovery.Stop(h.ctx, h.stop(servicetest.AnnaMail), servicetest.Client()))
			} else {
				h.Clock.Pass(73 * time.Hour)
				h.Deliver()
			}
			if h.in(password) == nil {
				t.Error("the one-time password still works")
			}
		})
	}
}

// The call centre finds by three fields only, sees masked data, and each look and each act
// is recorded; the client is told of what was done.
//
// S001-200: the operator opens the sign-in or sends an instruction by SMS.
func TestCallCentre(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, err := h.Recovery.Client(h.ctx, h.Ivanova, h.Anna.Account.ID, false)
	refused(t, err, problem.NotFound, "client.find_first")
	id, err := h.Recovery.FindClient(h.ctx, h.Ivanova, claim())
	must(t, err)
	_, err = h.Recovery.Client(h.ctx, h.Petrov, id, false)
	refused(t, err, problem.NotFound, "client.find_first") // found by another operator
	c, err := h.Recovery.Client(h.ctx, h.Ivanova, id, false)
	must(t, err)
	for _, open := range []string{servicetest.AnnaPhone, servicetest.AnnaMail, "990000001704", "990-000-001 53"} {
		if strings.Contains(c.Phone+c.Mail+c.INN+c.SNILS, open) {
			t.Errorf("%s is shown before it is asked for", open)
		}
	}
	if c, err = h.Recovery.Client(h.ctx, h.Ivanova, id, true); err != nil || c.Phone != servicetest.AnnaPhone || c.INN != "990000001704" {
		t.Errorf("%+v %v", c, err)
	}
	looks := h.Entries("client.look")
	if len(looks) != 2 || looks[0].Details["reveal"] == looks[1].Details["reveal"] || looks[1].Actor != "account/"+h.Ivanova.Account.ID {
		t.Errorf("%+v", looks)
	}
	_, err = h.Recovery.Cases(h.ctx, h.Boris)
	refused(t, err, problem.Forbidden, "auth.role.other")
	_, err = h.Recovery.Client(h.ctx, h.Boris, id, true)
	refused(t, err, problem.Forbidden, "auth.role.other")
	for range 3 {
		_ = h.in("Мимо 1 Мимо!")
	}
	if c, _ = h.Recovery.Client(h.ctx, h.Ivanova, id, false); c.Closed.IsZero() || c.Blocked {
		t.Errorf("%+v", c)
	}
	must(t, h.Recovery.HelpClient(h.ctx, h.Ivanova, id, recovery.HelpUnlock))
	must(t, h.in(servicetest.Password))
	_, session := h.again()
	must(t, h.Recovery.HelpClient(h.ctx, h.Ivanova, id, recovery.HelpSignOut))
	if _, err := h.Accounts.Session(h.ctx, session); err == nil {
		t.Error("the session goes on")
	}
	must(t, h.Recovery.HelpClient(h.ctx, h.Ivanova, id, recovery.HelpInstruct))
	h.Deliver()
	if sms := h.SMS.To(servicetest.AnnaPhone); !slices.ContainsFunc(sms, func(m notify.Message) bool { return strings.Contains(m.Body, "Не получается войти") }) {
		t.Errorf("told %v", sms)
	}
	h.Clock.Pass(31 * time.Minute)
	refused(t, h.Recovery.HelpClient(h.ctx, h.Ivanova, id, recovery.HelpUnlock), problem.NotFound, "client.find_first")
}

// An ended case goes by its term, with its events and files, and the record stays: of an account after years, of nobody
// after some days, of an erased person at once. What waits stays, and numbers are not given twice.
func TestCasesAreErased(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	announced := func() string {
		t.Helper()
		token, err := h.Recovery.StartVisit(h.ctx, "Ким Борис", newPhone, "ru", servicetest.Client())
		must(t, err)
		return token
	}
	guest := announced()
	id, err := h.Recovery.FindClient(h.ctx, h.Ivanova, claim())
	must(t, err)
	_, err = h.Recovery.Issue(h.ctx, h.Ivanova, id, visit())
	must(t, err)
	left := func(days time.Duration, cases, files int) {
		t.Helper()
		h.Clock.Pass(days * 24 * time.Hour)
		h.Deliver()
		if n, m := h.Count("recovery", "1 = 1"), h.Count("ticket_file", "1 = 1"); n != cases || m != files {
			t.Errorf("%d cases and %d files after %d days more, want %d and %d", n, m, days, cases, files)
		}
	}
	left(0, 2, 1)
	left(31, 2, 1) // the visit has expired; its thirty days begin
	waits := h.step(announced(), recovery.StepVisit)
	left(29, 3, 1)
	left(2, 2, 1)
	_, err = h.Recovery.ByToken(h.ctx, guest)
	refused(t, err, problem.NotFound, "recover.missing")
	left(3*365-32, 1, 1) // the later visit went as the first one did
	left(2, 0, 0)
	if n := h.Count("recovery_event", "1 = 1"); n != 0 {
		t.Errorf("%d events of nothing", n)
	}
	if n := len(h.Entries("recover.erase")); n != 3 {
		t.Errorf("recorded %d times", n)
	}
	if next := h.step(announced(), recovery.StepVisit); next.Number != waits.Number+1 {
		t.Errorf("number %d after %d", next.Number, waits.Number)
	}
	_, err = h.Recovery.Issue(h.ctx, h.Ivanova, id, visit())
	refused(t, err, problem.NotFound, "client.find_first")
	_, err = h.Recovery.FindClient(h.ctx, h.Ivanova, claim())
	must(t, err)
	_, err = h.Recovery.Issue(h.ctx, h.Ivanova, id, visit())
	must(t, err)
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		return h.Persons.Erase(ctx, tx, identity.Erased{Account: id, Person: h.Anna.Account.PersonID})
	})
	left(0, 1, 0)
}
