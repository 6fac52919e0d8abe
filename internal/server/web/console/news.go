// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/identity"
	"podpis/internal/service/news"
	"podpis/internal/service/ra"
)

// News is where operators and administrators write what people are told.
type News struct {
	*Site
	News *news.Service
}

const newsBase = "/staff/news"

func newsWriter(actor ra.Actor) news.Actor {
	return news.Actor{Account: actor.Account, Client: actor.Client}
}

// List shows all items.
func (s *News) List(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.News.Items(r.Context(), newsWriter(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "news.desk.title", "news")
	t := table{Empty: p.T("news.desk.empty"), Head: []string{p.T("news.field.title"), p.T("news.field.kind"), p.T("support.state"), p.T("news.changed")}}
	for _, i := range list {
		t.Rows = append(t.Rows, []cell{
			{Text: i.In(p.Words.Language()).Title, URL: newsBase + "/" + i.ID}, {Text: p.T("news.kind." + string(i.Kind))}, newsState(p, i), {Text: timeText(p, i.ChangedAt)},
		})
	}
	return s.showSheet(w, r, p, sheet{Lead: p.T("news.desk.text"), Tables: []table{t}, Links: []link{{URL: newsBase + "/new", Text: p.T("news.new")}, {URL: "/news", Text: p.T("news.public")}}}, nil)
}

func newsState(p *kit.Page, i news.Item) cell {
	tone := kit.Warn
	if i.State == news.Published {
		tone = kit.OK
	}
	return cell{Text: p.T("news.state." + string(i.State)), Tag: true, Tone: tone}
}

// Item shows an item as people will see it in each language, and what can be done with it.
func (s *News) Item(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showItem(w, r, actor, nil)
}

func (s *News) showItem(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	i, err := s.News.Item(r.Context(), newsWriter(actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	p, status := s.New(r, "news.desk.title", "news"), http.StatusOK
	p.Title = i.In(p.Words.Language()).Title
	p.Path = newsBase + "/" + i.ID
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, newsPreview(p, i))
}

// newsWhom says whom an item concerns.
func newsWhom(p *kit.Page, i news.Item) []kit.Fact {
	words := func(list []string) string {
		if len(list) == 0 {
			return p.T("news.everybody")
		}
		return strings.Join(list, ", ")
	}
	var kinds []string
	for _, k := range i.Kinds {
		kinds = append(kinds, p.T("kind."+string(k)))
	}
	facts := []kit.Fact{
		{Name: p.T("news.field.kind"), Value: p.T("news.kind." + string(i.Kind))}, {Name: p.T("news.field.kinds"), Value: words(kinds)},
		{Name: p.T("news.field.okved"), Value: words(i.OKVED)}, {Name: p.T("news.field.regions"), Value: words(i.Regions)},
	}
	if !i.Until.IsZero() {
		facts = append(facts, kit.Fact{Name: p.T("news.field.until"), Value: p.Words.Date(i.Until)})
	}
	if i.Kind == news.Webinar {
		facts = append(facts, kit.Fact{Name: p.T("news.answers"), Value: p.T("news.answers.count", "Come", i.Come, "Stay", i.Stay)})
	}
	return facts
}

// Edit shows the form of an item, or of a new one.
func (s *News) Edit(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	f := url.Values{"kind": {string(news.Law)}, "open": {"yes"}, "zone": {"Europe/Moscow"}, "minutes": {"60"}}
	if id := r.PathValue("id"); id != "" {
		i, err := s.News.Item(r.Context(), newsWriter(actor), id)
		if err != nil {
			return err
		}
		if i.State != news.Draft {
			return s.showItem(w, r, actor, problem.New(problem.Conflict, "news.published"))
		}
		f = newsTyped(i, s.New(r, "news.edit", "news").Words.Location())
	}
	return s.showForm(w, r, f, nil)
}

func (s *News) showForm(w http.ResponseWriter, r *http.Request, f url.Values, refused error) error {
	key := "news.new"
	if r.PathValue("id") != "" {
		key = "news.edit"
	}
	p, status := s.New(r, key, "news"), http.StatusOK
	p.Path = r.URL.Path
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, newsForm(p, r.URL.Path, f))
}

// newsTyped is an item as its form has it.
func newsTyped(i news.Item, site *time.Location) url.Values {
	f := url.Values{
		"kind": {string(i.Kind)}, "act": {i.Act}, "source": {i.Source}, "okved": {strings.Join(i.OKVED, ", ")}, "regions": {strings.Join(i.Regions, ", ")},
		"zone": {i.Zone}, "place": {i.Place}, "minutes": {"60"},
	}
	for lang, t := range i.Texts {
		f.Set("title_"+lang, t.Title)
		f.Set("body_"+lang, t.Body)
	}
	for _, k := range i.Kinds {
		f.Add("kinds", string(k))
	}
	if i.Open {
		f.Set("open", "yes")
	}
	date := func(name string, at time.Time) {
		if !at.IsZero() {
			f.Set(name+"_d", strconv.Itoa(at.Day()))
			f.Set(name+"_m", strconv.Itoa(int(at.Month())))
			f.Set(name+"_y", strconv.Itoa(at.Year()))
		}
	}
	date("in_force", i.InForce.UTC())
	if !i.Until.IsZero() {
		date("until", i.Until.In(site))
	}
	if zone, err := time.LoadLocation(i.Zone); err == nil && i.Kind == news.Webinar {
		date("starts", i.Starts.In(zone))
		f.Set("starts_time", i.Starts.In(zone).Format("15:04"))
		f.Set("minutes", strconv.Itoa(int(i.Ends.Sub(i.Starts).Minutes())))
	} else {
		f.Set("zone", "Europe/Moscow")
	}
	return f
}

// newsOf reads the form of an item.
func newsOf(p *kit.Page, f url.Values) (i news.Item, err error) {
	i = news.Item{
		Kind: news.Kind(f.Get("kind")), Texts: map[string]news.Text{}, Act: f.Get("act"), Source: f.Get("source"), Open: f.Get("open") == "yes",
		OKVED: listed(f.Get("okved")), Regions: listed(f.Get("regions")), Zone: f.Get("zone"), Place: f.Get("place"),
	}
	for _, l := range kit.Languages() {
		i.Texts[l.Code] = news.Text{Title: f.Get("title_" + l.Code), Body: f.Get("body_" + l.Code)}
	}
	for _, k := range f["kinds"] {
		i.Kinds = append(i.Kinds, identity.Kind(k))
	}
	if typedDate(f.Get, "in_force") != "" {
		day, ok := identity.ParseDate(f.Get("in_force_d"), f.Get("in_force_m"), f.Get("in_force_y"))
		if !ok {
			return i, problem.New(problem.Invalid, "console.date.wrong").At("in_force")
		}
		i.InForce = day.Time()
	}
	var ok bool
	if i.Until, ok = dateAt(p, f.Get, "until"); !ok {
		return i, problem.New(problem.Invalid, "console.date.wrong").At("until")
	}
	if i.Kind != news.Webinar {
		return i, nil
	}
	zone, err := time.LoadLocation(i.Zone)
	day, ok := identity.ParseDate(f.Get("starts_d"), f.Get("starts_m"), f.Get("starts_y"))
	hour, err2 := time.Parse("15:04", strings.TrimSpace(f.Get("starts_time")))
	if err != nil || !ok {
		return i, problem.New(problem.Invalid, "news.starts.wrong").At("starts")
	}
	if err2 != nil {
		return i, problem.New(problem.Invalid, "news.starts_time.wrong").At("starts_time")
	}
	minutes, err := strconv.Atoi(strings.TrimSpace(f.Get("minutes")))
	if err != nil || minutes < 1 || minutes > 24*60 {
		return i, problem.New(problem.Invalid, "news.length.wrong").At("minutes")
	}
	i.Starts = time.Date(day.Year, time.Month(day.Month), day.Day, hour.Hour(), hour.Minute(), 0, 0, zone)
	i.Ends = i.Starts.Add(time.Duration(minutes) * time.Minute)
	return i, nil
}

// listed are the codes of a line, between commas or spaces.
func listed(line string) []string {
	return strings.FieldsFunc(line, func(c rune) bool { return c == ',' || c == ';' || c == ' ' || c == '\t' || c == '\n' })
}

// Save stores an item as a draft.
func (s *News) Save(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	i, err := newsOf(s.New(r, "news.edit", "news"), r.PostForm)
	if err != nil {
		return s.showForm(w, r, r.PostForm, err)
	}
	i.ID = r.PathValue("id")
	id, err := s.News.Save(r.Context(), newsWriter(actor), i)
	if err != nil {
		return s.showForm(w, r, r.PostForm, err)
	}
	return page.SeeOther(w, r, newsBase+"/"+id)
}

// Move publishes, withdraws or drops an item.
func (s *News) Move(what string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		id, to := r.PathValue("id"), newsBase+"/"+r.PathValue("id")
		var err error
		switch what {
		case "publish":
			err = s.News.Publish(r.Context(), newsWriter(actor), id)
		case "withdraw":
			err = s.News.Withdraw(r.Context(), newsWriter(actor), id)
		default:
			err, to = s.News.Drop(r.Context(), newsWriter(actor), id), newsBase
		}
		if err != nil {
			return s.showItem(w, r, actor, err)
		}
		return page.SeeOther(w, r, to)
	}
}

// zoneOptions are the zones of a webinar.
func zoneOptions(p *kit.Page) (list []kit.Choice) {
	for _, z := range page.Zones() {
		list = append(list, kit.Choice{Value: z, Title: p.T(news.ZoneKey(z))})
	}
	return list
}

func newsKindOptions(p *kit.Page) (list []kit.Choice) {
	for _, k := range news.Kinds() {
		list = append(list, kit.Choice{Value: string(k), Title: p.T("news.kind." + string(k))})
	}
	return list
}

// part is a part of a date as it was typed.
func part(f url.Values, name string) (day, month, year string) {
	return f.Get(name + "_d"), f.Get(name + "_m"), f.Get(name + "_y")
}

func ticked(f url.Values, name, value string) bool { return slices.Contains(f[name], value) }
