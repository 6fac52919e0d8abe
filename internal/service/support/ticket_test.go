// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support_test

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/support"
)

const (
	newPhone  = "+79990000055"
	guestMail = "guest@example.org"
)

// hall is the hall of a test.
type hall struct {
	*servicetest.Hall
	ctx context.Context
}

func newHall(t *testing.T) *hall {
	t.Helper()
	return &hall{Hall: servicetest.NewHall(t), ctx: t.Context()}
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

func png(n byte) []byte { return append([]byte("\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR"), n) }

// A ticket from the first word to the end: number and term, the operator's question, the
// answer, «Решено?» asked once, the rating.
//
// S001-203, S001-222, S001-212, S001-054: it carries the number of the application and of
// the certificate, the steps done, screenshots and what the browser says of itself; the
// answer is due in 24 hours.
func TestTicket(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "  "})
	refused(t, err, problem.Invalid, "support.words.missing")
	made, err := h.Support.Write(h.ctx, h.Anna, support.Question{
		Topic: "certificate", Words: "Не ставится сертификат", Certificate: "С-1042", Application: "А-1042", Steps: "Перезапустил браузер",
		Code: "KEY-101", Diagnostics: []string{"Браузер: Chrome 130", "Система: Linux"}, Files: []support.Upload{{Name: "экран.png", Content: png(1)}},
	})
	must(t, err)
	if made.Number != 1001 || !made.DueAt.Equal(h.DB.Now().Add(24*time.Hour)) || made.State != support.Open {
		t.Errorf("%+v", made)
	}
	h.Deliver()
	if sms := h.SMS.To(servicetest.AnnaPhone); !strings.Contains(sms[len(sms)-1].Body, "Т-1001") {
		t.Errorf("told %q", sms[len(sms)-1].Body)
	}
	queue, err := h.Support.Queue(h.ctx, h.Ivanova)
	must(t, err)
	if len(queue) != 1 || queue[0].Details.Certificate != "С-1042" || queue[0].Details.Steps == "" || len(queue[0].Details.Diagnostics) != 2 {
		t.Errorf("%+v", queue)
	}
	seen, err := h.Support.Inspect(h.ctx, h.Ivanova, made.ID)
	must(t, err)
	if len(seen.Files) != 1 || seen.Files[0].Name != "экран.png" || seen.SeenBy != "" {
		t.Errorf("%+v", seen)
	}
	if other, err := h.Support.Inspect(h.ctx, h.Petrov, made.ID); err != nil || other.SeenBy != "Иванова О. П." {
		t.Errorf("the second operator is told of %q, %v", other.SeenBy, err)
	}
	h.Clock.Pass(time.Second)
	must(t, h.Support.Decide(h.ctx, h.Ivanova, made.ID, "", "Спросить про токен"))
	must(t, h.Support.Decide(h.ctx, h.Ivanova, made.ID, support.Ask, "Какой у вас токен?"))
	own, err := h.Support.Ticket(h.ctx, h.Anna, made.ID)
	must(t, err)
	if own.State != support.Waiting || len(own.Messages) != 2 || own.Messages[1].Words != "Какой у вас токен?" {
		t.Errorf("%+v", own)
	}
	must(t, h.Support.Reply(h.ctx, h.Anna, made.ID, support.Answer{Move: support.Reply, Words: "Рутокен"}))
	must(t, h.Support.Decide(h.ctx, h.Ivanova, made.ID, support.Solve, "Замените токен в офисе"))
	if own, _ = h.Support.Ticket(h.ctx, h.Anna, made.ID); own.State != support.Solved || !own.Ask {
		t.Errorf("%+v", own)
	}
	refused(t, h.Support.Rate(h.ctx, h.Anna, made.ID, 6, ""), problem.Invalid, "support.rating.missing")
	must(t, h.Support.Reply(h.ctx, h.Anna, made.ID, support.Answer{Move: support.Reopen, Words: "Не помогло"}))
	must(t, h.Support.Decide(h.ctx, h.Ivanova, made.ID, support.Solve, "Отправили новый"))
	if own, _ = h.Support.Ticket(h.ctx, h.Anna, made.ID); own.Ask {
		t.Error("«Решено?» is asked twice")
	}
	must(t, h.Support.Reply(h.ctx, h.Anna, made.ID, support.Answer{Move: support.Confirm}))
	must(t, h.Support.Rate(h.ctx, h.Anna, made.ID, 5, "Быстро"))
	if seen, _ = h.Support.Inspect(h.ctx, h.Ivanova, made.ID); seen.State != support.Closed || seen.Rating != 5 || seen.Details.RatingWords != "Быстро" {
		t.Errorf("%+v", seen)
	}
	refused(t, h.Support.Reply(h.ctx, h.Anna, made.ID, support.Answer{Move: support.Reply, Words: "Ещё"}), problem.Conflict, "support.state.closed")
	if n := len(h.Entries("support.look")); n < 3 {
		t.Errorf("%d looks are recorded", n)
	}
}

// Each state that waits names whose turn it is, the rule of its term, and how the person is
// told; what does not wait has no row.
func TestWaitingStatesNameTurnTermAndChannel(t *testing.T) {
	t.Parallel()
	terms := map[string]bool{}
	for _, r := range support.Rules() {
		terms[r.Key] = true
	}
	for state := range support.Moves() {
		turn, ok := support.Turns()[state]
		if !ok || !slices.Contains([]string{"yours", "operator"}, turn.Whose) || !terms[turn.Term] || len(turn.Channel) == 0 {
			t.Errorf("%s: %+v", state, turn)
		}
	}
	if len(support.Turns()) != len(support.Moves()) {
		t.Error("a turn is named for what does not wait")
	}
}

// Tickets, their threads and files are the holder's own: somebody else gets the answer of
// what does not exist, and cannot write.
func TestTicketsOfOthers(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	made, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "Моё", Files: []support.Upload{{Name: "a.png", Content: png(1)}}})
	must(t, err)
	own, err := h.Support.Ticket(h.ctx, h.Anna, made.ID)
	must(t, err)
	const missing = "support.ticket.missing"
	_, err = h.Support.Ticket(h.ctx, h.Boris, made.ID)
	refused(t, err, problem.NotFound, missing)
	refused(t, h.Support.Reply(h.ctx, h.Boris, made.ID, support.Answer{Move: support.Reply, Words: "x", Files: []support.Upload{{Content: png(2)}}}), problem.NotFound, missing)
	refused(t, h.Support.Rate(h.ctx, h.Boris, made.ID, 1, ""), problem.NotFound, missing)
	_, _, err = h.Support.ReadFile(h.ctx, h.Boris, made.ID, own.Files[0].ID)
	refused(t, err, problem.NotFound, missing)
	other, err := h.Support.Write(h.ctx, h.Boris, support.Question{Words: "Чужое"})
	must(t, err)
	_, _, err = h.Support.ReadFile(h.ctx, h.Boris, other.ID, own.Files[0].ID)
	refused(t, err, problem.NotFound, "support.file.missing")
	if _, content, err := h.Support.ReadFile(h.ctx, h.Anna, made.ID, own.Files[0].ID); err != nil || string(content) != string(png(1)) {
		t.Errorf("the own file: %v", err)
	}
	for _, err := range []error{
		second(h.Support.Queue(h.ctx, h.Boris)), second(h.Support.Inspect(h.ctx, h.Boris, made.ID)), second(h.Support.Opinions(h.ctx, h.Boris)),
		h.Support.Decide(h.ctx, h.Boris, made.ID, support.Solve, "x"),
	} {
		refused(t, err, problem.Forbidden, "auth.role.other")
	}
	// Nothing of the letters either.
	if n := h.Count("letter", "account_id = $1 AND kind = 'support.opened'", h.Boris.Account.ID); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func second[T any](_ T, err error) error { return err }

// What a browser would run is refused by its content, whatever it is called.
func TestActiveContent(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for name, content := range map[string]string{
		"page.png": "<!DOCTYPE html><script>alert(1)</script>", "logo.svg": `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`,
		"empty.pdf": "", "run.exe": "MZ\x90\x00", "text.txt": "слова",
	} {
		_, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "x", Files: []support.Upload{{Name: name, Content: []byte(content)}}})
		refused(t, err, problem.Invalid, "support.file.kind")
	}
	h.Set("support.file.size", "10")
	_, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "x", Files: []support.Upload{{Name: "a.png", Content: png(1)}}})
	refused(t, err, problem.Invalid, "support.file.large")
	h.Set("support.file.size", "1000")
	h.Set("support.file.count", "1")
	_, err = h.Support.Write(h.ctx, h.Anna, support.Question{Words: "x", Files: []support.Upload{{Content: png(1)}, {Content: png(2)}}})
	refused(t, err, problem.Invalid, "support.file.count")
	if n := h.Count("ticket", "1 = 1"); n != 0 {
		t.Errorf("%d tickets of refused files", n)
	}
}

// A late ticket goes first: the person and whoever is responsible are told, once.
func TestLateTicket(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Set("support.escalate_mail", "chief@example.org")
	made, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "Помогите"})
	must(t, err)
	h.Clock.Pass(23 * time.Hour)
	h.Deliver()
	if n := len(h.Mail.To("chief@example.org")); n != 0 {
		t.Errorf("%d letters before the term", n)
	}
	for range 3 {
		h.Clock.Pass(2 * time.Hour)
		h.Deliver()
	}
	if n := len(h.Mail.To("chief@example.org")); n != 1 {
		t.Errorf("%d letters about a late ticket", n)
	}
	if own, err := h.Support.Ticket(h.ctx, h.Anna, made.ID); err != nil || !own.Late {
		t.Errorf("%+v %v", own, err)
	}
	// The term of the person: a question nobody answers is put away, and closed.
	must(t, h.Support.Decide(h.ctx, h.Ivanova, made.ID, support.Ask, "Что видно?"))
	h.Clock.Pass(169 * time.Hour)
	h.Deliver()
	if own, _ := h.Support.Ticket(h.ctx, h.Anna, made.ID); own.State != support.Solved || own.Late {
		t.Errorf("%+v", own)
	}
	h.Clock.Pass(73 * time.Hour)
	h.Deliver()
	if own, _ := h.Support.Ticket(h.ctx, h.Anna, made.ID); own.State != support.Closed {
		t.Errorf("%+v", own)
	}
}

// Terms in working hours, by policy.
func TestWorkingHours(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Set("support.hours", "09:00-18:00")
	h.Set("support.zone", "UTC")
	h.Set("support.term", "8h")
	for now := h.DB.Now(); now.Weekday() != time.Friday || now.Hour() != 16; now = h.DB.Now() {
		h.Clock.Pass(time.Hour)
	}
	made, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "В пятницу вечером"})
	must(t, err)
	// Less than two hours are left on Friday, the rest is on Monday from nine.
	wait := made.DueAt.Sub(h.DB.Now())
	if made.DueAt.Weekday() != time.Monday || wait != 8*time.Hour+63*time.Hour {
		t.Errorf("due %v, after %v", made.DueAt, wait)
	}
}

// A guest writes without signing in; the ticket opens with the code, not before.
//
// S001-201, S001-202: the form works without a sign-in, with a description, scans and a
// contact.
func TestGuest(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	from := servicetest.Client()
	_, err := h.Support.StartGuest(h.ctx, support.Guest{}, support.Question{}, from)
	if n := len(problem.All(err)); n != 3 {
		t.Errorf("%d refusals: %v", n, err)
	}
	q := support.Question{Topic: "login", Words: "Не могу войти", Files: []support.Upload{{Name: "паспорт.png", Content: png(7)}}}
	token, err := h.Support.StartGuest(h.ctx, support.Guest{Name: "Ким", Phone: newPhone}, q, from)
	must(t, err)
	if n := h.Count("ticket", "1 = 1"); n != 0 {
		t.Error("a ticket without a confirmed contact")
	}
	code := h.Code(newPhone)
	for left := 4; left >= 0; left-- {
		_, _, err := h.Support.ConfirmGuest(h.ctx, token, servicetest.Wrong(code), from)
		refused(t, err, problem.Invalid, "auth.code.wrong")
	}
	_, _, err = h.Support.ConfirmGuest(h.ctx, token, code, from)
	refused(t, err, problem.Limited, "auth.code.no_tries")
	if token, err = h.Support.StartGuest(h.ctx, support.Guest{Name: "Ким", Mail: guestMail}, q, from); err != nil {
		t.Fatal(err)
	}
	h.Deliver()
	letters := h.Mail.To(guestMail)
	code = regexp.MustCompile(`\d{6}`).FindString(letters[0].Body)
	made, view, err := h.Support.ConfirmGuest(h.ctx, token, code, from)
	must(t, err)
	_, _, err = h.Support.ConfirmGuest(h.ctx, token, code, from)
	refused(t, err, problem.NotFound, "support.draft.missing")
	h.Deliver()
	letters = h.Mail.To(guestMail)
	if !strings.Contains(letters[1].Body, "/recover/ticket/"+view) {
		t.Errorf("the link is not in %q", letters[1].Body)
	}
	own, err := h.Support.GuestTicket(h.ctx, view)
	must(t, err)
	if own.ID != made.ID || len(own.Files) != 1 {
		t.Errorf("%+v", own)
	}
	must(t, h.Support.ReplyGuest(h.ctx, view, support.Answer{Move: support.Reply, Words: "Ещё одно"}, support.Actor{Client: from}))
	if _, _, err := h.Support.ReadGuestFile(h.ctx, view, own.Files[0].ID); err != nil {
		t.Error(err)
	}
	_, err = h.Support.GuestTicket(h.ctx, token)
	refused(t, err, problem.NotFound, "support.ticket.missing")
	_, err = h.Support.GuestTicket(h.ctx, "")
	refused(t, err, problem.NotFound, "support.ticket.missing")
}

var replyToken = regexp.MustCompile(`\[Т-1001 ([A-Za-z0-9_-]{43})\]$`)

// A letter joins the thread that its token names, once; without a token it joins none. A
// chat opens a ticket, and nothing is sent to a contact that nobody confirmed.
func TestLettersAndChats(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	made, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "Вопрос"})
	must(t, err)
	h.Deliver()
	letters := h.Mail.To(servicetest.AnnaMail)
	opened := letters[len(letters)-1]
	h.Clock.Pass(time.Second)
	must(t, h.Support.Decide(h.ctx, h.Ivanova, made.ID, support.Ask, "Какая версия?"))
	h.Clock.Pass(time.Second)
	h.Deliver()
	letters = h.Mail.To(servicetest.AnnaMail)
	last := letters[len(letters)-1]
	l := support.Letter{ID: "<1@x>", From: servicetest.AnnaMail, To: "support+" + replyToken.FindStringSubmatch(opened.Subject)[1] + "@podpis.example", Subject: "Re", Text: "Версия 5\n> Какая версия?\n"}
	for range 2 {
		must(t, h.Support.Join(h.ctx, l, servicetest.Client()))
	}
	own, err := h.Support.Ticket(h.ctx, h.Anna, made.ID)
	must(t, err)
	if own.State != support.Open || len(own.Messages) != 3 || own.Messages[2].Words != "Версия 5" {
		t.Errorf("%+v", own)
	}
	must(t, h.Support.Join(h.ctx, support.Letter{ID: "<2@x>", Subject: "Re: " + last.Subject, Text: "По теме"}, servicetest.Client()))
	for _, bad := range []support.Letter{
		{Text: "x", Subject: "[Т-1001]"}, {Text: "x", To: "support+AAAAAAAAAAAAAAAAAAAAAA@podpis.example"}, {Text: "x", From: servicetest.AnnaMail},
	} {
		refused(t, h.Support.Join(h.ctx, bad, servicetest.Client()), problem.NotFound, "support.ticket.missing")
	}
}

// What readers think of help pages: a comment with an address becomes a ticket, and the
// address is shown to nobody.
//
// S004-124, S000-26: shown here.
func TestHelpRating(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	from := auth.Client{Network: "192.0.2.9"}
	refused(t, h.Support.RatePage(h.ctx, support.Opinion{Page: "/help/kep", Mail: "нет"}, from), problem.Invalid, "auth.mail.wrong")
	must(t, h.Support.RatePage(h.ctx, support.Opinion{Page: "/help/kep", Useful: true}, from))
	h.Clock.Pass(time.Second)
	must(t, h.Support.RatePage(h.ctx, support.Opinion{Page: "/help/kep", Words: "Непонятно", Mail: guestMail}, from))
	list, err := h.Support.Opinions(h.ctx, h.Ivanova)
	must(t, err)
	if len(list) != 2 || list[0].Words != "Непонятно" || list[0].Mail != "" || !list[1].Useful {
		t.Errorf("%+v", list)
	}
	if n := h.Count("ticket", "origin = 'help'"); n != 1 {
		t.Errorf("%d tickets", n)
	}
	h.Set("support.ratings_per_day", "2")
	refused(t, h.Support.RatePage(h.ctx, support.Opinion{Page: "/help"}, from), problem.Limited, "support.too_many")
}

// A number that was on paper is not given again when its ticket has gone with its account.
func TestNumbersAreGivenOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	first, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "Раз"})
	must(t, err)
	h.Write(func(ctx context.Context, tx *db.Tx) error {
		return h.Persons.Erase(ctx, tx, identity.Erased{Account: h.Anna.Account.ID, Person: h.Anna.Account.PersonID})
	})
	h.Deliver()
	if n := h.Count("ticket", "account_id = $1", h.Anna.Account.ID); n != 0 {
		t.Fatalf("%d tickets of who was erased", n)
	}
	second, err := h.Support.Write(h.ctx, h.Boris, support.Question{Words: "Два"})
	if err != nil || second.Number == first.Number {
		t.Errorf("number %d after %d, %v", second.Number, first.Number, err)
	}
}

// What a guest wrote goes some days after it was closed, with its files, and its page says when; the record stays. The
// ticket of a holder stays until the account goes; an opinion about help goes after its own term.
func TestGuestTicketsAreErased(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	q := support.Question{Topic: "login", Words: "Не войти", Files: []support.Upload{{Name: "паспорт.png", Content: png(1)}}}
	token, err := h.Support.StartGuest(h.ctx, support.Guest{Name: "Гость", Phone: newPhone}, q, servicetest.Client())
	must(t, err)
	made, view, err := h.Support.ConfirmGuest(h.ctx, token, h.Code(newPhone), servicetest.Client())
	must(t, err)
	own, err := h.Support.Write(h.ctx, h.Anna, support.Question{Words: "Вопрос"})
	must(t, err)
	for _, id := range []string{made.ID, own.ID} {
		must(t, h.Support.Decide(h.ctx, h.Ivanova, id, support.Solve, "Готово"))
	}
	must(t, h.Support.RatePage(h.ctx, support.Opinion{Page: "/help/kep", Useful: true}, servicetest.Client()))
	open, err := h.Support.GuestTicket(h.ctx, view)
	must(t, err)
	if open.State != support.Solved || !open.EraseAt.IsZero() {
		t.Errorf("%+v", open)
	}
	pass := func(days time.Duration) {
		t.Helper()
		h.Clock.Pass(days * 24 * time.Hour)
		h.Deliver()
	}
	pass(4)
	closed, err := h.Support.GuestTicket(h.ctx, view)
	must(t, err)
	if closed.State != support.Closed || closed.EraseAt.Sub(closed.ChangedAt) != 30*24*time.Hour {
		t.Errorf("%+v", closed)
	}
	pass(29)
	if _, err := h.Support.GuestTicket(h.ctx, view); err != nil {
		t.Errorf("gone before its term: %v", err)
	}
	pass(2)
	_, err = h.Support.GuestTicket(h.ctx, view)
	refused(t, err, problem.NotFound, "support.ticket.missing")
	for table, left := range map[string]int{"ticket": 1, "ticket_message": 2, "ticket_file": 0, "help_rating": 1} {
		if n := h.Count(table, "1 = 1"); n != left {
			t.Errorf("%d rows of %s, want %d", n, table, left)
		}
	}
	must(t, filepath.WalkDir(h.Blobs, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			t.Errorf("the file stays: %s", path)
		}
		return err
	}))
	if list := h.Entries("support.erase"); len(list) != 1 || list[0].Object != "ticket/"+made.ID {
		t.Errorf("recorded: %+v", list)
	}
	pass(340)
	if n := h.Count("help_rating", "1 = 1"); n != 0 {
		t.Error("an opinion is kept for ever")
	}
	if list := h.Entries("support.erase"); len(list) != 2 || list[1].Object != "opinions" || list[1].Details["count"] != float64(1) {
		t.Errorf("recorded of opinions, once: %+v", list)
	}
	if _, err := h.Support.Ticket(h.ctx, h.Anna, own.ID); err != nil {
		t.Errorf("the holder's ticket: %v", err)
	}
}

// What a guest sent and never confirmed goes when its time is over, its files too.
func TestUnconfirmedFilesGo(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	files := func() (n int) {
		t.Helper()
		must(t, filepath.WalkDir(h.Blobs, func(_ string, e fs.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				n++
			}
			return err
		}))
		return n
	}
	q := support.Question{Topic: "login", Words: "Не войти", Files: []support.Upload{{Name: "a.png", Content: png(1)}, {Name: "b.png", Content: png(2)}}}
	_, err := h.Support.StartGuest(h.ctx, support.Guest{Name: "Гость", Phone: newPhone}, q, servicetest.Client())
	must(t, err)
	if n := files(); n != 2 {
		t.Fatalf("%d files", n)
	}
	h.Clock.Pass(4 * time.Hour)
	h.Deliver()
	if n := files(); n != 0 {
		t.Errorf("%d files of nobody", n)
	}
}
