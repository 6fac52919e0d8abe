// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package news is what an installation tells people of its own accord: changes of law,
// news on electronic reporting, invitations to webinars, word of the service itself. An
// operator or an administrator writes an item in three languages, says whom it concerns (kind of role,
// activity by ОКВЭД, region) and publishes it; whom it concerns finds it in the inbox and,
// if they chose so, in a letter of the day or of the week. News never come by SMS.
//
// An item that tells of a law names the act, its source and the day from which it is in
// force. A webinar can be accepted: it is in the calendar then (RFC 5545), and a reminder comes
// before it.
//
// Left out: texts of acts, and who said that they come: staff see a count.
package news

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
)

// Kind is what an item is about; people choose by kinds what they want.
type Kind string

// The kinds.
const (
	Law       Kind = "law"
	Reporting Kind = "reporting"
	Webinar   Kind = "webinar"
	Product   Kind = "service"
)

// Kinds are all kinds, in the order in which they are offered.
func Kinds() []Kind { return []Kind{Law, Reporting, Webinar, Product} }

// State is where an item stands.
type State string

// The states. What is withdrawn is a draft again: nobody sees it, and it can be mended.
const (
	Draft     State = "draft"
	Published State = "published"
)

// Text is an item in one language; the body is in the markup of Parse.
type Text struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// Item is a piece of news.
type Item struct {
	ID    string
	State State
	Kind  Kind
	Texts map[string]Text // by language
	// Whom it concerns; empty lists: everybody.
	Kinds   []identity.Kind
	OKVED   []string // beginnings of codes, "62.0"
	Regions []string // codes of regions, "16"
	// Of a law: the act and the day from which it is in force.
	Act     string
	InForce time.Time
	Source  string    // address of what it was taken from
	Until   time.Time // shown until then; zero: for good
	Open    bool      // stands on the public page too
	// Of a webinar.
	Starts, Ends time.Time
	Zone         string // in which its hour is said
	Place        string // address of the page where it is, or a place in words

	ChangedBy              string
	ChangedAt, PublishedAt time.Time
	Come, Stay             int64 // answers to an invitation
}

// In is the text in a language.
func (i Item) In(language string) Text {
	if t, ok := i.Texts[language]; ok {
		return t
	}
	return i.Texts[languages()[0]]
}

func languages() []string { return []string{"ru", "kk", "en"} }

// Mails are how often news come by mail: never, as they are published, of the day, of the
// week.
func Mails() []string { return []string{"", "each", "day", "week"} }

// pause is the time between two letters of a way.
func pause(mail string) time.Duration {
	return map[string]time.Duration{"day": 24 * time.Hour, "week": 7 * 24 * time.Hour}[mail]
}

// Choice is what an account wants.
type Choice struct {
	Muted []Kind
	Mail  string // of Mails
}

// Service is the news.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Policies *policy.Book
	Teller   *notify.Teller
	Accounts *auth.Service
	Registry *egrip.Service
}

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

// Actor is who acts.
type Actor struct {
	Account auth.Account
	Profile string // of a holder
	Client  auth.Client
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "news.fresh", Kind: policy.Duration, Default: "2160h"}, // how long the first page tells of a law
		{Key: "news.remind", Kind: policy.Duration, Default: "24h"},  // before a webinar
	}
}

// Bounds of an item, in letters, and of a list.
const (
	maxTitle  = 200
	maxBody   = 20000
	maxShort  = 300
	maxList   = 20
	maxItems  = 300
	maxLength = 12 * time.Hour
)

var (
	okvedPattern  = regexp.MustCompile(`^[0-9]{2}(\.[0-9]{1,2}(\.[0-9]{1,2})?)?$`)
	regionPattern = regexp.MustCompile(`^[0-9]{2}$`)
	tagPattern    = regexp.MustCompile(`<[!/?]?[A-Za-z]`)
)

// clean brings what was typed into one form.
func (i *Item) clean() {
	for lang, t := range i.Texts {
		i.Texts[lang] = Text{strings.Join(strings.Fields(t.Title), " "), strings.TrimSpace(strings.ReplaceAll(t.Body, "\r\n", "\n"))}
	}
	i.Act, i.Source, i.Place = strings.TrimSpace(i.Act), strings.TrimSpace(i.Source), strings.TrimSpace(i.Place)
	if i.Kind != Webinar {
		i.Starts, i.Ends, i.Zone, i.Place = time.Time{}, time.Time{}, "", ""
	}
	if i.Kind != Law {
		i.Act, i.InForce = "", time.Time{}
	}
}

// check refuses what cannot be published.
func (i *Item) check(now time.Time) error {
	if !slices.Contains(Kinds(), i.Kind) {
		return invalid("news.kind.wrong", "kind")
	}
	for _, lang := range languages() {
		t := i.Texts[lang]
		switch {
		case t.Title == "" || letters(t.Title) > maxTitle:
			return invalid("news.title.wrong", "title_"+lang)
		case t.Body == "" || letters(t.Body) > maxBody:
			return invalid("news.body.wrong", "body_"+lang)
		case tagPattern.MatchString(t.Title + "\n" + t.Body):
			return invalid("news.markup", "body_"+lang)
		}
	}
	for _, k := range i.Kinds {
		if k != identity.Individual && k != identity.Entrepreneur && k != identity.Organisation {
			return invalid("news.kinds.wrong", "kinds")
		}
	}
	if len(i.OKVED) > maxList || !all(i.OKVED, okvedPattern) {
		return invalid("news.okved.wrong", "okved")
	}
	if len(i.Regions) > 100 || !all(i.Regions, regionPattern) {
		return invalid("news.regions.wrong", "regions")
	}
	if i.Source != "" && !Linkable(i.Source) || letters(i.Source) > maxShort || i.Kind == Law && i.Source == "" {
		return invalid("news.source.wrong", "source")
	}
	if i.Kind == Law && (i.Act == "" || letters(i.Act) > maxShort) {
		return invalid("news.act.wrong", "act")
	}
	if i.Kind == Law && i.InForce.IsZero() {
		return invalid("news.in_force.wrong", "in_force")
	}
	if i.Kind == Webinar {
		return i.checkWebinar(now)
	}
	return nil
}

func (i *Item) checkWebinar(now time.Time) error {
	if _, err := time.LoadLocation(i.Zone); err != nil || i.Zone == "" {
		return invalid("notices.zone.wrong", "zone")
	}
	if !i.Starts.After(now) {
		return invalid("news.starts.wrong", "starts")
	}
	if !i.Ends.After(i.Starts) || i.Ends.Sub(i.Starts) > maxLength {
		return invalid("news.length.wrong", "minutes")
	}
	if i.Place == "" || letters(i.Place) > maxShort || strings.Contains(i.Place, "://") && !Linkable(i.Place) {
		return invalid("news.place.wrong", "place")
	}
	return nil
}

func invalid(key, field string) error { return problem.New(problem.Invalid, key).At(field) }

func letters(s string) int { return len([]rune(s)) }

func all(list []string, pattern *regexp.Regexp) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !pattern.MatchString(s) })
}
