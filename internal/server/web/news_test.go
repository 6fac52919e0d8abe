// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/auth"
	"podpis/internal/service/news"
	"podpis/internal/service/servicetest"
)

// announced puts a law, an invitation and a draft among the news.
func (s *site) announced() (law, webinar, draft string) {
	s.t.Helper()
	writer := news.Actor{Account: s.Operator("+79990000031", "editor@example.org", "Редактор"), Client: servicetest.Client()}
	texts := map[string]news.Text{}
	for _, lang := range []string{"ru", "kk", "en"} {
		texts[lang] = news.Text{Title: "Новое в законе, " + lang, Body: "Подпись **важна**.\n\n## Кратко\n- [закон](https://publication.example/63)\n- срок"}
	}
	save := func(i news.Item, publish bool) string {
		id, err := s.News.Save(s.t.Context(), writer, i)
		must(s.t, err)
		if publish {
			must(s.t, s.News.Publish(s.t.Context(), writer, id))
		}
		return id
	}
	i := news.Item{Kind: news.Law, Texts: texts, Act: "Федеральный закон от 06.04.2011 № 63-ФЗ", InForce: s.DB.Now().AddDate(0, 1, 0), Source: "https://publication.example/63", Open: true}
	law, draft = save(i, true), save(i, false)
	starts := s.DB.Now().Add(96 * time.Hour)
	webinar = save(news.Item{Kind: news.Webinar, Texts: texts, Open: true, Starts: starts, Ends: starts.Add(time.Hour), Zone: "Asia/Almaty", Place: "https://webinar.example/1"}, true)
	s.Deliver()
	return law, webinar, draft
}

// Who may writes news by the form of the console: what is wrong comes back with what was typed,
// the draft is shown in three languages before it is published, publishing asks for the second
// step; the others of staff and holders are refused.
func TestNewsRoom(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	holder := s.visitor().signUp().open("/login")
	base := "/c/" + holder.pid()
	op := s.operator()
	op.open("/staff/news").shows(200, "Новостей пока нет", "Написать новость").open("/staff/news/new")
	typed := []string{
		"kind", "reporting", "title_ru", "Отчёты по-новому", "title_kk", "Есептер жаңаша", "title_en", "Reports anew",
		"body_ru", "С января **иначе**.\n\n<b>нет</b>", "body_kk", "Қаңтардан басқаша.", "body_en", "Otherwise from January.", "kinds", "person", "okved", "", "open", "yes",
	}
	op.send("/staff/news/new", typed...).refuses(422, "body_ru", "HTML здесь не действует")
	op.holds("/staff/news/new", "title_kk", "Есептер жаңаша")
	typed[9] = "С января **иначе**.\n\n- [приказ](https://publication.example/1)"
	item := op.send("/staff/news/new", typed...).shows(200, "Черновик", "Есептер жаңаша", "Otherwise from January").at
	if !strings.Contains(op.body, "<strong>иначе</strong>") || !strings.Contains(op.body, `<a href="https://publication.example/1" rel="noopener noreferrer">приказ</a>`) {
		t.Error("the markup is not drawn")
	}
	id := item[strings.LastIndexByte(item, '/')+1:]
	anybody := s.visitor()
	anybody.open("/news").shows(200, "Новостей пока нет")
	anybody.open("/news/" + id).shows(404)
	holder.open(base + "/news/" + id).shows(404)
	op.open(item).send(item+"/publish").shows(200, "Опубликовано")
	s.Deliver()
	op.open(item+"/edit").shows(409, "Сначала снимите")
	anybody.open("/").open("/news?kind=reporting").shows(200, "Отчёты по-новому", "С января иначе.")
	anybody.open("/news/"+id).shows(200, "Отчёты по-новому")
	holder.open(base+"/inbox?show=news").shows(200, "Отчёты по-новому")
	holder.open(base+"/news").shows(200, "Отчёты по-новому", "Одним письмом за неделю")
	holder.send(base+"/news", "mail", "week").shows(200, "Сохранено")
	holder.open(base + "/profile/notices")
	if strings.Contains(holder.body, `name="news/sms"`) {
		t.Error("news are offered by SMS")
	}

	anybody.open("/news.atom?language=en").shows(200)
	var feed struct {
		Entries []struct {
			Title string `xml:"title"`
			ID    string `xml:"id"`
		} `xml:"http://www.w3.org/2005/Atom entry"`
	}
	must(t, xml.Unmarshal([]byte(anybody.body), &feed))
	if len(feed.Entries) != 1 || feed.Entries[0].Title != "Reports anew" || feed.Entries[0].ID != servicetest.PublicURL+"/news/"+id {
		t.Errorf("%s", anybody.body)
	}
	for _, who := range []*visitor{holder, s.staff(auth.Auditor), s.staff(auth.Officer)} {
		for _, path := range []string{"/staff/news", "/staff/news/new", item, item + "/edit"} {
			who.open(path).shows(403)
		}
		for _, path := range []string{"/staff/news/new", item + "/withdraw"} {
			who.post(path).shows(403)
		}
	}
	s.staff(auth.Administrator).open(item).send(item+"/withdraw").shows(200, "Черновик")
	anybody.open("/news/" + id).shows(404)
}

// The first page names the changes of law that concern the role with the act and its day; an
// invitation is answered and taken into a calendar.
func TestNewsOfARole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor().signUp().open("/login")
	base := "/c/" + v.pid()
	v.open(base+"/").shows(200, "Изменения, которые вас касаются", "Свежих изменений в законах для этой роли нет")
	law, webinar, draft := s.announced()
	v.open(base+"/").shows(200, "Новое в законе, ru", "63-ФЗ, действует с")
	v.open(base+"/news/"+law).shows(200, "Источник", "Кратко").open(base + "/news/" + draft).shows(404)
	v.open(base+"/news/"+webinar).shows(200, "Вы придёте?", "(Алматы").send(base+"/news/"+webinar, "goes", "yes").shows(200, "Вы идёте")
	v.open(base + "/news/" + webinar + "/event.ics").shows(200)
	if !strings.HasPrefix(v.body, "BEGIN:VCALENDAR") || !strings.Contains(v.body, "LOCATION:https://webinar.example/1") {
		t.Errorf("%q", v.body)
	}
	v.open(base + "/news/" + law + "/event.ics").shows(404)
	v.open(base+"/news/"+webinar).send(base+"/news/"+webinar, "goes", "no").shows(200, "Вы не идёте")
	s.Clock.Pass(97 * time.Hour)
}
