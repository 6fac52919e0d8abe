// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/workplace"
)

// guide is a page of help: its texts are guide.<topic>.title, about, words (what people
// search by), 1, 2 … and step.1, step.2 …
type guide struct {
	Topic, Group string
	Links        []guideLink
}

// guideLink leads from a guide to where its matter is done.
type guideLink struct{ Key, URL string }

// key is that of a text of the guide.
func (g guide) key(part string) string { return "guide." + g.Topic + "." + part }
func (g guide) url() string            { return "/help/" + g.Topic }

// guideGroups are the topics of the index, in order.
func guideGroups() []string { return []string{"start", "safe", "fix", "place"} }

// Topics whose pages show more than words.
const (
	topicRoot      = "root"
	topicWorkplace = "workplace"
)

// guides are all pages of help with steps.
func guides() []guide {
	check := guideLink{"guide.check", "/check"}
	return []guide{
		{"get", "start", []guideLink{{"text.kep.title", "/help/kep"}, {"guide.safe.title", "/help/safe"}, {"home.get_certificate", "/signup"}}},
		{"plugin", "start", []guideLink{check, {"guide.token.title", "/help/token"}}},
		{"glossary", "start", []guideLink{{"text.kep.title", "/help/kep"}}},
		{"safe", "safe", []guideLink{{"text.kep.title", "/help/kep"}, {"guide.staff.title", "/help/staff"}}},
		{"section", "start", []guideLink{{"text.kep.title", "/help/kep"}, {"guide.get.title", "/help/get"}}},
		{"lost", "safe", []guideLink{{"recover.title", "/recover"}}},
		{"staff", "safe", []guideLink{{"guide.safe.title", "/help/safe"}, {"guide.updates.title", "/help/updates"}}},
		{"certificate", "fix", []guideLink{check, {"guide.lost.title", "/help/lost"}}},
		{"browser", "fix", []guideLink{check, {"guide.plugin.title", "/help/plugin"}}},
		{"clock", "fix", []guideLink{check}},
		{"network", "fix", []guideLink{check}},
		{"token", "fix", []guideLink{check}},
		{"video", "fix", []guideLink{check}},
		{topicWorkplace, "place", []guideLink{check, {"guide.browser.title", "/help/browser"}, {"guide.root.title", "/help/root"}}},
		{"updates", "place", []guideLink{check, {"guide.staff.title", "/help/staff"}}},
		{"install", "place", []guideLink{{"downloads.title", "/downloads"}, {"guide.root.title", "/help/root"}, check}},
		{topicRoot, "place", []guideLink{{"ca.title", "/ca"}, {"downloads.title", "/downloads"}}},
	}
}

// whereFrom are the guides that suit a page, by the beginning of its address without the
// profile.
func whereFrom(from string) []string {
	if rest, ok := strings.CutPrefix(from, "/c/"); ok {
		_, from, _ = strings.Cut(rest, "/")
		from = "/" + from
	}
	for _, at := range []struct {
		prefix string
		topics []string
	}{
		{"/sign", []string{"certificate", "browser", "workplace"}},
		{"/try", []string{"browser", "workplace", "plugin"}},
		{"/certificates", []string{"certificate", "lost", "safe"}},
		{"/applications", []string{"get", "workplace", "safe"}},
		{"/login", []string{"lost", "clock", "plugin"}},
		{"/recover", []string{"lost", "safe"}},
		{"/security", []string{"safe", "staff", "clock"}},
		{"/people", []string{"staff", "safe"}},
		{"/ca", []string{"root", "glossary"}},
		{"/check", []string{"workplace", "browser", "network"}},
		{"/verify", []string{"glossary", "root"}},
	} {
		if strings.HasPrefix(from, at.prefix) {
			return at.topics
		}
	}
	return nil
}

// helpView is the index of help, or what a search found in it.
type helpView struct {
	Query  string
	Here   []guide // of the page one came from
	Guides []guide
	Codes  []string
	Phone  string
}

// maxQuery bounds what is searched for, in octets.
const maxQuery = 100

// Help is the list of what help there is, and the search in it.
func (s *Site) Help(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "text.help.title", "help")
	v := helpView{Query: strings.TrimSpace(r.FormValue("q")), Guides: guides(), Codes: kit.Catalogue(), Phone: s.Phone(r.Context())}
	if len(v.Query) > maxQuery {
		v.Query = strings.ToValidUTF8(v.Query[:maxQuery], "")
	}
	for _, topic := range whereFrom(page.Local(r.FormValue("from"), "")) {
		i := slices.IndexFunc(v.Guides, func(g guide) bool { return g.Topic == topic })
		v.Here = append(v.Here, v.Guides[i])
	}
	if v.Query != "" {
		v.Guides = slices.DeleteFunc(v.Guides, func(g guide) bool { return !found(v.Query, guideTexts(p, g)...) })
		v.Codes = slices.DeleteFunc(v.Codes, func(code string) bool {
			return !found(v.Query, code, p.T("help.error."+code), p.T("help.cause."+code), p.T("help.step."+code))
		})
	}
	return s.Show(w, r, p, help(v))
}

// guideTexts are all words of a guide, for the search.
func guideTexts(p *kit.Page, g guide) []string {
	list := []string{p.T(g.key("title")), p.T(g.key("about")), p.T(g.key("words"))}
	list = append(list, texts(p, "guide."+g.Topic)...)
	if g.Topic == topicRoot {
		for _, system := range rootSystems() {
			list = append(append(list, p.T("root.system."+system)), texts(p, "root."+system)...)
		}
	}
	return append(list, texts(p, g.key("step"))...)
}

// found reports whether each word of a query stands in one of the texts; the ends of long
// words do not count: people decline them.
func found(query string, texts ...string) bool {
	all := strings.ReplaceAll(strings.ToLower(strings.Join(texts, " ")), "ё", "е")
	for _, word := range strings.Fields(strings.ReplaceAll(strings.ToLower(query), "ё", "е")) {
		letters := []rune(word)
		if len(letters) > 5 && !strings.ContainsAny(word, "0123456789") {
			letters = letters[:len(letters)-2]
		}
		if !strings.Contains(all, string(letters)) {
			return false
		}
	}
	return true
}

// HelpGuide is a page of help.
func (s *Site) HelpGuide(w http.ResponseWriter, r *http.Request) error {
	all := guides()
	i := slices.IndexFunc(all, func(g guide) bool { return g.Topic == r.PathValue("topic") })
	if i < 0 {
		return problem.New(problem.NotFound, "help.error_missing")
	}
	p := s.New(r, all[i].key("title"), "help")
	switch all[i].Topic {
	case topicWorkplace:
		table, err := s.Workplaces.Table(r.Context())
		if err != nil {
			return err
		}
		return s.Show(w, r, p, guidePage(all[i], programTable(table.Of(workplace.Provider, s.Now()))))
	case topicRoot:
		root, err := s.root(r)
		if err != nil {
			return err
		}
		return s.Show(w, r, p, guidePage(all[i], rootGuide(root)))
	}
	return s.Show(w, r, p, guidePage(all[i], templ.NopComponent))
}

func inGroup(list []guide, group string) []guide {
	return slices.DeleteFunc(slices.Clone(list), func(g guide) bool { return g.Group != group })
}

func programTone(s workplace.State) kit.Tone {
	switch s {
	case workplace.Works:
		return kit.OK
	case workplace.Withdrawn, workplace.Ended, workplace.Lapsed:
		return kit.Wax
	case workplace.Planned:
		return kit.Info
	}
	return kit.Warn
}
