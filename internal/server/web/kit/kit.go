// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package kit is what all pages are built of: the frame, the fields, the
// statuses, the style sheet and the scripts. A component makes the accessible
// form the short one: a field cannot be written without its label, an error
// cannot be shown without being announced.
//
// Pages work without scripts; scripts add (ux rule 9). Texts come through
// [Page.T], never from here. WCAG 2.2 AA and GOST R 52872-2019 are the measure.
package kit

import (
	"context"
	"strconv"
	"time"

	"podpis/internal/platform/locale"
)

// Page is what every page knows: the words of the person's language, who looks
// at it, and how the person wants to see it.
type Page struct {
	Words   *locale.Localizer
	Title   string // of the action, without the name of the product
	Path    string // address of this page
	Section string // menu item that is current
	Site    string // address of the installation, for what is printed
	Secret  bool   // the address is a capability: it is neither printed nor handed on
	Viewer  Viewer
	View    View
	Brand   Brand
	// Training is set on a training installation: the bar cannot be closed.
	Training *Training
	// Errors are what the person has to mend; the summary and the fields show
	// the same text.
	Errors  []FieldError
	Scripts []string // modules of this page, names under /static/
	// EndsAt is when the session ends if nothing is done; from WarnAt on the person is
	// asked. Zero: nobody is signed in.
	WarnAt, EndsAt time.Time
	Now            time.Time
	Typed          Typed
}

// Typed is what the page needs to keep what is typed into its forms.
type Typed struct {
	Ticket string // lets the page save; empty: nothing is kept
	Drafts string // JSON, what was typed and not sent
	Page   string // where the forms are, on the answer to a form that was refused
}

// RecoverURL is where those go who cannot sign in.
const RecoverURL = "/recover"

// Viewer is who looks at the page. The zero value is somebody not signed in.
type Viewer struct {
	Name    string // «Соколова А. И.»
	Role    string // «лично»
	Profile string // {pid} of the address
	Staff   string // role at a console, empty: a holder
	Unread  int64  // letters
	Roles   []Role // all roles of the person
	// Business is the role of an entrepreneur or an organisation.
	Business bool
}

// Role is a row of the list of roles.
type Role struct {
	ID, Title, Hint string
	URL             string // the same section in that role, or its first page
	Icon            string
	Current         bool
}

// SignedIn reports whether the person has signed in.
func (v Viewer) SignedIn() bool { return v.Name != "" }

// View is how the person wants pages to look; empty values follow the system.
type View struct{ Theme, Contrast, Size, Spacing, Motion, Keys string }

// Brand is how the installation looks: a palette of the style sheet and the address of a
// logo; empty values are the product's own.
type Brand struct{ Palette, Logo string }

// Ink is the colour of the palette, for the frame that a phone draws around the application.
func (b Brand) Ink() string {
	if ink := map[string]string{"pine": "#1d5b45", "plum": "#6b2a6e", "slate": "#33475b"}[b.Palette]; ink != "" {
		return ink
	}
	return "#2f3590"
}

// Training is what the bar of a training installation says.
type Training struct {
	StandURL string
	Date     time.Time
}

// FieldError is one thing to mend. Field is the name of the input, empty for
// the whole form; Code is the catalogue's code, may be empty.
type FieldError struct{ Field, Text, Code string }

// T returns the text of a key. Pairs of name and value fill the text.
func (p *Page) T(key string, pairs ...any) string {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			data[name] = pairs[i+1]
		}
	}
	return p.Words.T(key, data)
}

// ErrorOf returns the error of a field, empty when there is none.
func (p *Page) ErrorOf(field string) string {
	for _, e := range p.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// FullTitle is the title of the browser window (ux 2): errors come first, so that a
// screen reader says them first.
func (p *Page) FullTitle() string {
	title := p.Title + " — " + p.T("brand")
	if len(p.Errors) > 0 {
		return p.T("error.prefix") + " " + title
	}
	return title
}

// Left is how many seconds are left until a time, for the countdowns of scripts.
func (p *Page) Left(until time.Time) string {
	return strconv.Itoa(max(0, int(until.Sub(p.Now)/time.Second)))
}

// DatePart is a part of a date as its box shows it.
func DatePart(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

type pageKey struct{}

// With returns a context that carries the page to its components.
func (p *Page) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, pageKey{}, p)
}

// from returns the page a component is drawn on.
func from(ctx context.Context) *Page {
	p, ok := ctx.Value(pageKey{}).(*Page)
	if !ok {
		panic("kit: component drawn outside of a page")
	}
	return p
}

// T returns the text of a key in the language of the page being drawn.
func T(ctx context.Context, key string, pairs ...any) string { return from(ctx).T(key, pairs...) }

// On returns the page being drawn.
func On(ctx context.Context) *Page { return from(ctx) }

// Input describes one field of a form.
type Input struct {
	Name         string
	Label        string // text
	Hint         string
	Value        string
	Type         string // "text" when empty
	Autocomplete string
	Mode         string // inputmode
	Class        string // "short", "code"
	Optional     bool
	MaxLength    int
	Secret       bool // never sent back to the page
}

// Choice is one of a set of radio cards.
type Choice struct {
	Value, Title, Plus, Minus string
	Disabled                  bool
	Why                       string // why it is disabled
}

// Event is one line of a timeline, newest first.
type Event struct {
	At    time.Time
	Who   string
	What  string
	Means string
	Later bool // expected, not yet happened
}

// Fact is a row of a list of facts.
type Fact struct {
	Name, Value string
	Copy        bool   // has a copy button
	ChangeURL   string // has «Изменить»
	Mono        bool
}

// Tone is the meaning of a colour; the text says the same.
type Tone string

// The tones of alerts and tags.
const (
	Plain Tone = ""
	OK    Tone = "ok"
	Warn  Tone = "warn"
	Info  Tone = "info"
	Wax   Tone = "wax"
)
