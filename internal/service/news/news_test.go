// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package news_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/inbox"
	"podpis/internal/service/news"
	"podpis/internal/service/servicetest"
)

const annaIP = "399990000000121"

// world is a desk with a writer of news and two readers: Anna, who is an entrepreneur too, and
// Boris.
type world struct {
	*servicetest.World
	t                   *testing.T
	ctx                 context.Context
	writer, anna, boris news.Actor
	business            news.Actor // Anna as an entrepreneur
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: servicetest.NewDesk(t), t: t, ctx: t.Context()}
	w.writer = news.Actor{Account: w.Operator("+79990000009", "op@example.org", "Иванова"), Client: servicetest.Client()}
	w.anna = w.reader("+79990000001", "anna@example.org", servicetest.Anna())
	w.boris = w.reader("+79990000002", "boris@example.org", servicetest.Boris())
	w.business = w.anna
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		p, err := w.Persons.EnsureProfile(ctx, tx, identity.Profile{PersonID: w.anna.Account.PersonID, Kind: identity.Entrepreneur, RegisterNumber: annaIP, Title: "ИП Соколова А. И."})
		w.business.Profile = p.ID
		return err
	})
	return w
}

func (w *world) reader(phone, mail string, p identity.Person) news.Actor {
	w.t.Helper()
	a, _ := w.SignUp(phone, mail, p)
	must(w.t, w.Accounts.ConfirmMail(w.ctx, w.Link(mail), servicetest.Client()))
	a.MailConfirmed = true
	list, err := w.Accounts.Profiles(w.ctx, a)
	must(w.t, err)
	return news.Actor{Account: a, Client: servicetest.Client(), Profile: list[0].ID}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if !errors.Is(err, problem.New(kind, key)) {
		t.Errorf("got %v, want %v: %s", err, kind, key)
	}
}

func (w *world) law(title string) news.Item {
	texts := map[string]news.Text{}
	for _, lang := range []string{"ru", "kk", "en"} {
		texts[lang] = news.Text{Title: title + " (" + lang + ")", Body: "Теперь **иначе**.\n\n- раз\n- [два](https://example.org/)"}
	}
	return news.Item{Kind: news.Law, Texts: texts, Act: "Федеральный закон от 06.04.2011 № 63-ФЗ", InForce: w.DB.Now().AddDate(0, 1, 0), Source: "https://publication.example/1", Open: true}
}

func (w *world) webinar() news.Item {
	i := w.law("Вебинар")
	i.Kind, i.Act, i.InForce, i.Source = news.Webinar, "", time.Time{}, ""
	i.Starts = w.DB.Now().Add(72 * time.Hour).Truncate(time.Minute)
	i.Ends, i.Zone, i.Place = i.Starts.Add(time.Hour), "Europe/Moscow", "https://webinar.example/1"
	return i
}

func (w *world) published(i news.Item) (id string) {
	w.t.Helper()
	id, err := w.News.Save(w.ctx, w.writer, i)
	must(w.t, err)
	must(w.t, w.News.Publish(w.ctx, w.writer, id))
	w.Deliver()
	return id
}

// letters are the subjects of the news in an inbox.
func (w *world) letters(a news.Actor) (list []notify.Letter) {
	w.t.Helper()
	list, err := w.Letters.Letters(w.ctx, inbox.Actor{Account: a.Account, Profile: a.Profile, Client: a.Client}, "news")
	must(w.t, err)
	return list
}

// Whom an item concerns is by the kind of role, the activity and the region of the register; they
// find it in the inbox in their language and on the page of the role, others do not. Nothing
// comes by SMS. What is withdrawn nobody sees; what is published again tells nobody twice.
//
// S000-03: changes of law that concern the entrepreneur. S004-077: news on electronic reporting.
func TestWhomItConcerns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Registry.Fetch(w.ctx, "test", "", "egrip", annaIP)
	must(t, err)
	e, err := w.Registry.Current(w.ctx, "egrip", annaIP)
	must(t, err)
	if e.Record == nil || e.Record.Main.Code == "" {
		t.Fatalf("the register of the stand says nothing: %+v", e)
	}
	sent := len(w.SMS.To("+79990000001"))
	entrepreneurs := w.law("Для предпринимателей")
	entrepreneurs.Kinds = []identity.Kind{identity.Entrepreneur}
	mine := w.law("Для моей деятельности")
	mine.Kind, mine.OKVED = news.Reporting, []string{e.Record.Main.Code[:2]}
	other := w.law("Для другой деятельности")
	other.OKVED = []string{"01"}
	if strings.HasPrefix(e.Record.Main.Code, "01") {
		other.OKVED = []string{"99"}
	}
	far := w.law("Для другого региона")
	far.Regions, far.Open = []string{"87"}, false
	all := w.law("Для всех")
	ids := map[string]string{}
	for name, i := range map[string]news.Item{"ip": entrepreneurs, "mine": mine, "other": other, "far": far, "all": all} {
		ids[name] = w.published(i)
	}
	for _, c := range []struct {
		who  news.Actor
		want map[string]bool
	}{
		{w.business, map[string]bool{"ip": true, "mine": true, "all": true}},
		{w.boris, map[string]bool{"all": true}},
		{w.anna, map[string]bool{"all": true}},
	} {
		list, err := w.News.Concerning(w.ctx, c.who, "")
		must(t, err)
		got := map[string]bool{}
		for _, i := range list {
			got[i.ID] = true
		}
		for name, id := range ids {
			if got[id] != c.want[name] {
				t.Errorf("%s: %s concerns: %v, want %v", c.who.Account.Title, name, got[id], c.want[name])
			}
		}
	}
	if n := len(w.letters(w.boris)); n != 1 {
		t.Errorf("Boris has %d letters", n)
	}
	if n := len(w.letters(w.business)); n != 3 {
		t.Errorf("Anna has %d letters", n)
	}
	if l := w.letters(w.boris)[0]; l.Subject != "Для всех (ru)" || !strings.Contains(l.Body, "63-ФЗ") || strings.Contains(l.Body, "**") || !strings.HasSuffix(l.URL, "/news/"+ids["all"]) {
		t.Errorf("%+v", l)
	}
	laws, err := w.News.Laws(w.ctx, w.business, 3)
	must(t, err)
	if len(laws) != 2 {
		t.Errorf("the first page tells of %d laws", len(laws))
	}
	if len(w.SMS.To("+79990000001")) != sent {
		t.Error("news came by SMS")
	}
	_, _, err = w.News.Read(w.ctx, w.boris, ids["far"])
	refused(t, err, problem.NotFound, "news.missing")
	must(t, w.News.Withdraw(w.ctx, w.writer, ids["all"]))
	_, err = w.News.PublicItem(w.ctx, ids["all"])
	refused(t, err, problem.NotFound, "news.missing")
	if list, _ := w.News.Public(w.ctx, ""); len(list) != 3 {
		t.Errorf("%d items are public", len(list))
	}
	must(t, w.News.Publish(w.ctx, w.writer, ids["all"]))
	w.Deliver()
	if n := len(w.letters(w.boris)); n != 1 {
		t.Errorf("Boris is told twice: %d", n)
	}
}

// What people switch off does not come; a letter of the day has what was published since the
// last, after quiet hours, to an address that was confirmed.
func TestChoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.News.SetChoice(w.ctx, w.anna, news.Choice{Mail: "sms"}), problem.Invalid, "news.mail.wrong")
	must(t, w.News.SetChoice(w.ctx, w.anna, news.Choice{Muted: []news.Kind{news.Webinar}, Mail: "day"}))
	must(t, w.News.SetChoice(w.ctx, w.boris, news.Choice{Mail: "each"}))
	inboxed := inbox.Actor{Account: w.boris.Account, Client: w.boris.Client}
	must(t, w.Letters.SetSettings(w.ctx, inboxed, notify.Settings{Language: "en", Quiet: notify.Quiet{From: 0, Until: 23*60 + 59, Zone: "UTC"}}))
	digests := func(mail string) (list []notify.Message) {
		w.Deliver()
		for _, m := range w.Mail.To(mail) {
			if strings.HasPrefix(m.Subject, "Новости для вас") || strings.HasPrefix(m.Subject, "News for you") {
				list = append(list, m)
			}
		}
		return list
	}
	w.Clock.Pass(time.Minute)
	w.published(w.webinar())
	w.Clock.Pass(time.Minute)
	w.published(w.law("Закон"))
	if list := w.letters(w.anna); len(list) != 1 || list[0].Kind != "news.law" {
		t.Errorf("%+v", list)
	}
	if n := len(digests("anna@example.org")) + len(digests("boris@example.org")); n != 0 {
		t.Errorf("%d letters before their time", n)
	}
	must(t, w.Letters.SetSettings(w.ctx, inboxed, notify.Settings{Language: "en", Quiet: notify.Quiet{Zone: "UTC"}}))
	w.Clock.Pass(25 * time.Hour)
	anna, boris := digests("anna@example.org"), digests("boris@example.org")
	if len(anna) != 1 || !strings.Contains(anna[0].Body, "Закон (ru)") || strings.Contains(anna[0].Body, "Вебинар") {
		t.Errorf("%+v", anna)
	}
	if len(boris) != 1 || !strings.Contains(boris[0].Body, "Закон (en)") || !strings.Contains(boris[0].Body, "Вебинар (en)") {
		t.Errorf("%+v", boris)
	}
	w.Clock.Pass(25 * time.Hour)
	if len(digests("anna@example.org")) != 1 {
		t.Error("a letter without news")
	}
}

// A webinar is accepted, is in the calendar, is reminded of a day before, and who comes is told
// when it is called off and when it changed; who does not come is not.
//
// S004-067: invitations to training webinars.
func TestWebinar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.published(w.webinar())
	if l := w.letters(w.anna); len(l) != 1 || !strings.HasPrefix(l[0].Subject, "Приглашение: Вебинар") {
		t.Fatalf("%+v", l)
	}
	must(t, w.News.Answer(w.ctx, w.anna, id, true))
	must(t, w.News.Answer(w.ctx, w.boris, id, true))
	must(t, w.News.Answer(w.ctx, w.boris, id, false))
	i, err := w.News.Item(w.ctx, w.writer, id)
	must(t, err)
	if i.Come != 1 || i.Stay != 1 {
		t.Errorf("%d come, %d stay", i.Come, i.Stay)
	}
	feed, err := w.Letters.ResetFeed(w.ctx, inbox.Actor{Account: w.anna.Account, Client: w.anna.Client}, true)
	must(t, err)
	ics, err := w.Letters.Calendar(w.ctx, feed)
	must(t, err)
	if !strings.Contains(ics, "DTSTART:"+i.Starts.Format("20060102T150405Z")) || !strings.Contains(ics, "Вебинар: Вебинар (ru)") {
		t.Errorf("%s", ics)
	}
	told := func(a news.Actor, kind string) (n int) {
		w.Deliver()
		return w.Count("letter", "account_id = $1 AND kind = $2", a.Account.ID, kind)
	}
	w.Clock.Pass(47 * time.Hour)
	if told(w.anna, "news.remind") != 0 {
		t.Error("reminded too early")
	}
	w.Clock.Pass(time.Hour + time.Minute)
	if told(w.anna, "news.remind") != 1 || told(w.boris, "news.remind") != 0 {
		t.Error("the reminder is missing, or comes to who stays")
	}
	must(t, w.News.Withdraw(w.ctx, w.writer, id))
	if told(w.anna, "news.off") != 1 || told(w.boris, "news.off") != 0 {
		t.Error("who comes is not told that it is called off")
	}
	again := w.webinar()
	again.ID = id
	_, err = w.News.Save(w.ctx, w.writer, again)
	must(t, err)
	must(t, w.News.Publish(w.ctx, w.writer, id))
	if told(w.anna, "news.moved") != 1 {
		t.Error("who comes is not told of the other hour")
	}
	w.Clock.Pass(73 * time.Hour)
	if told(w.anna, "news.remind") != 1 { // the job ran after the beginning
		t.Error("reminded of what has begun")
	}
	refused(t, w.News.Answer(w.ctx, w.anna, id, true), problem.Conflict, "news.webinar.over")
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, w.anna.Account) })
	w.Deliver()
	if n := w.Count("news_answer", "account_id = $1", w.anna.Account.ID); n != 0 {
		t.Errorf("%d answers of an account that was closed", n)
	}
}

// Only staff who may write do; what is wrong names its field; what is published is not changed;
// each act is in the record.
func TestWriting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.News.Save(w.ctx, w.anna, w.law("x"))
	refused(t, err, problem.Forbidden, "auth.role.other")
	auditor := news.Actor{Account: w.Staff(auth.Auditor, "+79990000019", "au@example.org", "Аудитор")}
	_, err = w.News.Items(w.ctx, auditor)
	refused(t, err, problem.Forbidden, "auth.role.other")
	for key, spoil := range map[string]func(i *news.Item){
		"news.kind.wrong":     func(i *news.Item) { i.Kind = "gossip" },
		"news.title.wrong":    func(i *news.Item) { i.Texts["kk"] = news.Text{Body: "x"} },
		"news.body.wrong":     func(i *news.Item) { i.Texts["en"] = news.Text{Title: "x"} },
		"news.markup":         func(i *news.Item) { i.Texts["ru"] = news.Text{Title: "x", Body: "<script>alert(1)</script>"} },
		"news.kinds.wrong":    func(i *news.Item) { i.Kinds = []identity.Kind{"cat"} },
		"news.okved.wrong":    func(i *news.Item) { i.OKVED = []string{"6"} },
		"news.regions.wrong":  func(i *news.Item) { i.Regions = []string{"Казань"} },
		"news.source.wrong":   func(i *news.Item) { i.Source = "javascript:alert(1)" },
		"news.act.wrong":      func(i *news.Item) { i.Act = " " },
		"news.in_force.wrong": func(i *news.Item) { i.InForce = time.Time{} },
		"news.starts.wrong":   func(i *news.Item) { *i = w.webinar(); i.Starts = w.DB.Now().Add(-time.Hour) },
		"news.length.wrong":   func(i *news.Item) { *i = w.webinar(); i.Ends = i.Starts },
		"news.place.wrong":    func(i *news.Item) { *i = w.webinar(); i.Place = "ftp://x" },
		"notices.zone.wrong":  func(i *news.Item) { *i = w.webinar(); i.Zone = "Atlantis" },
	} {
		i := w.law("x")
		spoil(&i)
		_, err := w.News.Save(w.ctx, w.writer, i)
		refused(t, err, problem.Invalid, key)
	}
	id := w.published(w.law("x"))
	i := w.law("y")
	i.ID = id
	_, err = w.News.Save(w.ctx, w.writer, i)
	refused(t, err, problem.Conflict, "news.published")
	refused(t, w.News.Drop(w.ctx, w.writer, id), problem.Conflict, "news.published")
	refused(t, w.News.Publish(w.ctx, w.writer, id), problem.Conflict, "news.state")
	refused(t, w.News.Answer(w.ctx, w.anna, id, true), problem.NotFound, "news.missing")
	must(t, w.News.Withdraw(w.ctx, w.writer, id))
	must(t, w.News.Drop(w.ctx, w.writer, id))
	for action, n := range map[string]int{"news.save": 1, "news.publish": 1, "news.withdraw": 1, "news.drop": 1} {
		if got := w.Entries(action); len(got) != n {
			t.Errorf("%s is recorded %d times", action, len(got))
		}
	}
}

// The markup is words, headings, lists and links of the web; all else stays the words it is.
func TestMarkup(t *testing.T) {
	t.Parallel()
	text := "## Что меняется\nОдин **важный** абзац\nв две строки.\n\n- раз\n- [два](https://example.org/a)\n\n- новый список\nи [зло](javascript:alert(1)) ** [x] *"
	blocks := news.Parse(text)
	if len(blocks) != 5 || !blocks[0].Heading || !blocks[2].List || len(blocks[2].Lines) != 2 || !blocks[3].List {
		t.Fatalf("%+v", blocks)
	}
	if s := blocks[1].Lines[0]; len(s) != 3 || !s[1].Strong || s[1].Text != "важный" || s[2].Text != " абзац в две строки." {
		t.Errorf("%+v", s)
	}
	if s := blocks[2].Lines[1]; len(s) != 1 || s[0].URL != "https://example.org/a" || s[0].Text != "два" {
		t.Errorf("%+v", s)
	}
	for _, s := range blocks[4].Lines[0] {
		if s.URL != "" || s.Strong {
			t.Errorf("%+v", s)
		}
	}
	if got := news.Plain(text, 30); got != "Что меняется\n\nОдин важный абза…" {
		t.Errorf("%q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "## a\n- b", "**a** [b](https://c) **", "[[a](http://b)](c)", "- \n\n-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, b := range news.Parse(text) {
			if len(b.Lines) == 0 {
				t.Fatal("an empty block")
			}
			for _, line := range b.Lines {
				for _, s := range line {
					if s.URL != "" && !strings.HasPrefix(strings.ToLower(s.URL), "http") {
						t.Fatalf("leads to %q", s.URL)
					}
				}
			}
		}
	})
}
