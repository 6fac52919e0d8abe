// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// longestSearch is how many letters of a search are read.
const longestSearch = 100

// everything is the word of the address that asks for the rules of all areas.
const everything = "all"

// ruleArea is what some rules are about, as an administrator thinks of them: the parts of the
// program that have them, by how their names begin.
type ruleArea struct {
	Name  string // «admin.area.» + Name are its words
	Parts []string
}

// ruleAreas are the areas in the order they are read; the last takes what no other names.
func ruleAreas() []ruleArea {
	return []ruleArea{
		{"ways", []string{"auth", "factor", "approve", "certified", "external"}},
		{"recovery", []string{"contact", "recover"}},
		{"issue", []string{"ra", "ca", "tsa"}},
		{"people", []string{"people", "egrip"}},
		{"verify", []string{"verify", "verdict", "trust"}},
		{"support", []string{"support", "chat", "connection", "consult"}},
		{"messages", []string{"inbox", "push", "news", "habit"}},
		{"papers", []string{"document", "draft", "takeout"}},
		{"system", []string{"privacy", "oversight", "workplace"}},
	}
}

// areaOf is the area of a rule.
func areaOf(key string) string {
	part, _, _ := strings.Cut(key, ".")
	areas := ruleAreas()
	for _, a := range areas {
		for _, own := range a.Parts {
			if own == part {
				return a.Name
			}
		}
	}
	return areas[len(areas)-1].Name
}

// AdminPolicies shows the areas of the rules with what was changed, the rules of one area, or
// those that a search finds.
func (s *Site) AdminPolicies(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Oversight.RuleList(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "admin.policies.title", "admin-policies")
	p.Scripts = append(p.Scripts, "filter.js")
	q := r.URL.Query()
	search := []rune(strings.TrimSpace(q.Get("q")))
	v := rulesView{Search: string(search[:min(len(search), longestSearch)]), Area: q.Get("area")}
	listed := false
	for _, a := range ruleAreas() {
		own := rulesOf(list, a.Name)
		v.Contents = append(v.Contents, areaLink{Name: a.Name, Title: p.T("admin.area." + a.Name), Count: len(own)})
		if v.Search != "" {
			own = matching(p, own, v.Search)
		} else if v.Area != a.Name && v.Area != everything {
			continue
		}
		listed = listed || v.Area == a.Name || v.Area == everything
		v.add(ruleTable(p, p.T("admin.area."+a.Name), own))
	}
	v.All = len(list)
	if v.Search == "" && !listed {
		v.Area = ""
		v.Changed = ruleTable(p, p.T("admin.policies.own"), changedRules(list))
		v.Changed.Empty = p.T("admin.policies.own.none")
	}
	return s.Render(w, r, p, http.StatusOK, rulesPage(v))
}

func rulesOf(list []oversight.Rule, area string) (own []oversight.Rule) {
	for _, rule := range list {
		if areaOf(rule.Key) == area {
			own = append(own, rule)
		}
	}
	return own
}

func changedRules(list []oversight.Rule) (changed []oversight.Rule) {
	for _, rule := range list {
		if rule.Current.ChangedBy != "default" || len(rule.Later) > 0 {
			changed = append(changed, rule)
		}
	}
	return changed
}

// matching are the rules in whose name, words or value each typed word stands.
func matching(p *kit.Page, list []oversight.Rule, search string) (found []oversight.Rule) {
	words := strings.Fields(db.Fold(search))
	for _, rule := range list {
		text := db.Fold(rule.Key + " " + p.T("rule."+rule.Key) + " " + ruleText(p, rule.Kind, rule.Current.Value))
		all := true
		for _, word := range words {
			all = all && strings.Contains(text, word)
		}
		if all {
			found = append(found, rule)
		}
	}
	return found
}

func ruleTable(p *kit.Page, title string, list []oversight.Rule) table {
	t := table{Title: title, Head: []string{p.T("admin.policy"), p.T("admin.policy.current"), p.T("admin.policy.default"), p.T("admin.policy.since"), p.T("admin.policy.who")}}
	for _, rule := range list {
		t.Rows = append(t.Rows, []cell{
			{Before: p.T("rule." + rule.Key), Text: rule.Key, URL: "/admin/policies/" + rule.Key, Mono: true}, {Text: ruleText(p, rule.Kind, rule.Current.Value)}, {Text: ruleText(p, rule.Kind, rule.Default)}, {Text: timeText(p, rule.Current.From)}, {Text: whoSet(p, rule.Who)},
		})
	}
	return t
}

// ruleText is the value of a rule in words: «90 дней» for 2160h, «да» for true.
func ruleText(p *kit.Page, kind policy.Kind, value string) string {
	switch kind {
	case policy.Switch:
		if on, err := strconv.ParseBool(value); err == nil {
			return p.T(map[bool]string{true: "admin.policy.on", false: "admin.policy.off"}[on])
		}
	case policy.Duration:
		if d, err := time.ParseDuration(value); err == nil {
			return spanText(p, d)
		}
	}
	return orNothing(value)
}

// spanText is a time in its largest unit that leaves no rest.
func spanText(p *kit.Page, d time.Duration) string {
	if d < time.Second || d%time.Second != 0 {
		return d.String()
	}
	unit, count := kit.Span(d)
	if unit == "hours" {
		return p.T("queue.hours", "Count", count)
	}
	return p.T("console."+unit, "Count", count)
}

func orNothing(value string) string {
	if value == "" {
		return "—"
	}
	return value
}

func whoSet(p *kit.Page, who string) string {
	switch who {
	case "default", "installation", "cli":
		return p.T("admin.policy.by." + who)
	}
	return who
}

// AdminPolicy shows one policy with its past.
func (s *Site) AdminPolicy(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showPolicy(w, r, actor, nil)
}

func (s *Site) showPolicy(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	list, err := s.Oversight.RuleList(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	var rule *oversight.Rule
	for i := range list {
		if list[i].Key == r.PathValue("key") {
			rule = &list[i]
		}
	}
	if rule == nil {
		return problem.New(problem.NotFound, "policy.unknown")
	}
	p := s.New(r, "admin.policy.title", "admin-policies", "Key", rule.Key)
	f := r.PostForm
	value := rule.Current.Value
	if f.Has("value") {
		value = f.Get("value")
	}
	v := sheet{Lead: p.T("rule." + rule.Key), Facts: []kit.Fact{
		{Name: p.T("admin.policy.current"), Value: ruleText(p, rule.Kind, rule.Current.Value)}, {Name: p.T("admin.policy.default"), Value: ruleText(p, rule.Kind, rule.Default)},
		{Name: p.T("admin.policy.since"), Value: timeText(p, rule.Current.From)}, {Name: p.T("admin.policy.who"), Value: whoSet(p, rule.Who)},
		{Name: p.T("admin.policy.kind"), Value: p.T("admin.policy.kind." + string(rule.Kind))}, {Name: p.T("admin.policy.law"), Value: orNothing(rule.Law)},
	}, Links: []link{{URL: "/admin/policies", Text: p.T("admin.policies.title")}}}
	history := table{Title: p.T("admin.policy.history"), Empty: p.T("admin.policy.history.empty"), Head: []string{p.T("admin.policy.value"), p.T("admin.policy.from"), p.T("admin.policy.to"), p.T("admin.policy.changed")}}
	for _, old := range append(rule.Later, rule.Past...) {
		history.Rows = append(history.Rows, []cell{{Text: ruleText(p, rule.Kind, old.Value)}, {Text: timeText(p, old.From)}, {Text: timeText(p, old.To)}, {Text: timeText(p, old.ChangedAt)}})
	}
	v.Tables = []table{history}
	v.Forms = []form{{
		ID: "set", Title: p.T("admin.policy.change"), Lead: p.T("admin.policy.change.text"), Action: "/admin/policies/" + rule.Key, Button: p.T("admin.policy.set"),
		Inputs: []kit.Input{
			{Name: "value", Label: p.T("admin.policy.value"), Hint: p.T("admin.policy.hint." + string(rule.Kind)), Value: value, MaxLength: 500},
			{Name: "from", Label: p.T("admin.policy.from"), Hint: p.T("admin.policy.from.hint"), Type: "date", Value: typedDate(f.Get, "from"), Optional: true},
			{Name: "to", Label: p.T("admin.policy.to"), Hint: p.T("admin.policy.to.hint"), Type: "date", Value: typedDate(f.Get, "to"), Optional: true},
		},
	}}
	return s.showSheet(w, r, p, v, refused)
}

// AdminSetPolicy puts a value in force from a day on.
func (s *Site) AdminSetPolicy(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	p := s.New(r, "admin.policies.title", "admin-policies")
	key := r.PathValue("key")
	times := map[string]time.Time{}
	for _, name := range []string{"from", "to"} {
		at, ok := dateAt(p, r.PostForm.Get, name)
		if !ok {
			return s.showPolicy(w, r, actor, problem.New(problem.Invalid, "console.date.wrong").At(name))
		}
		times[name] = at
	}
	if err := s.Oversight.SetRule(r.Context(), overseer(actor), key, strings.TrimSpace(r.PostForm.Get("value")), times["from"], times["to"]); err != nil {
		return s.showPolicy(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/admin/policies/"+key)
}
