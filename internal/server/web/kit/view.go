// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"podpis/wire/esia"
)

type menuItem struct {
	section, key string
	url          templ.SafeURL
}

// menu is the main menu: the same order everywhere. What does not exist is not
// shown.
func menu(p *Page) []menuItem {
	switch {
	case p.Viewer.Staff != "":
		return staffMenu(p.Viewer.Staff)
	case p.Viewer.SignedIn():
		base := templ.SafeURL("/c/" + p.Viewer.Profile)
		items := []menuItem{
			{"home", "menu.home", base + "/"},
			{"sign", "menu.sign", base + "/sign"},
			{"certificates", "menu.certificates", base + "/certificates"},
			{"applications", "menu.applications", base + "/applications"},
			{"services", "menu.services", base + "/services"},
			{"kep", "menu.kep", base + "/kep"},
			{"profile", "menu.profile", base + "/profile"},
			{"verify", "menu.verify", "/verify"},
			{"search", "search.title", base + "/search"},
			{"security", "menu.security", base + "/security"},
			{"support", "support.title", base + "/support"},
			{"documents", "documents.title", base + "/documents"},
			{"settings", "settings.title", base + "/settings"},
		}
		if p.Viewer.Business {
			items = slices.Insert(items, visible, menuItem{"licences", "menu.licences", base + "/licences"}, menuItem{"people", "people.menu", base + "/people"})
		}
		return items
	}
	return []menuItem{
		{"try", "menu.try", "/try"},
		{"verify", "menu.verify", "/verify"},
		{"ca", "menu.ca", "/ca"},
		{"kep", "menu.kep", "/help/kep"},
		{"login", "menu.login", "/login"},
	}
}

// visible is how many items of the menu are seen at once (ux 3); the rest is «Ещё».
const visible = 6

// menuParts are the items that are seen and those under «Ещё».
func menuParts(p *Page) (seen, more []menuItem) {
	items := menu(p)
	if len(items) <= visible {
		return items, nil
	}
	return items[:visible], items[visible:]
}

// Language is a language one may choose, with what its button says.
type Language struct{ Code, Name string }

// Languages are those of the texts.
func Languages() []Language { return []Language{{"ru", "RU"}, {"kk", "ҚАЗ"}, {"en", "EN"}} }

func homeOf(p *Page) templ.SafeURL {
	switch {
	case p.Viewer.Staff != "":
		return templ.SafeURL(StaffHome(p.Viewer.Staff))
	case p.Viewer.SignedIn():
		return templ.SafeURL("/c/" + p.Viewer.Profile + "/")
	}
	return "/"
}

// searches reports whether the page is of a cabinet, which has a search.
func (p *Page) searches() bool { return p.Viewer.SignedIn() && p.Viewer.Staff == "" }

// helpURL is help about the page.
func (p *Page) helpURL() templ.SafeURL {
	if p.Secret {
		return "/help"
	}
	return templ.SafeURL("/help?from=" + url.QueryEscape(p.Path))
}

func inputType(in Input) string {
	if in.Type == "" {
		return "text"
	}
	return in.Type
}

func describedBy(in Input, err string) string {
	var ids []string
	if in.Hint != "" {
		ids = append(ids, "h-"+in.Name)
	}
	if err != "" {
		ids = append(ids, "e-"+in.Name)
	}
	return strings.Join(ids, " ")
}

func dateSuffix(part string) string {
	switch part {
	case "d":
		return "-day"
	case "m":
		return "-month"
	}
	return "-year"
}

func orSystem(value string) string {
	if value == "" {
		return "system"
	}
	return value
}

func toneIcon(t Tone) string {
	switch t {
	case OK:
		return "ok"
	case Wax:
		return "bad"
	case Warn, Info:
		return "clock"
	}
	return "file"
}

// wordMap collects texts by key.
func wordMap(ctx context.Context, keys []string) map[string]string {
	words := make(map[string]string, len(keys))
	for _, k := range keys {
		words[k] = T(ctx, k)
	}
	return words
}

// certificateJSON is the list for the script of the signing page.
func certificateJSON(list []SignerCertificate) string {
	type item struct {
		Serial string `json:"serial"`
		Title  string `json:"title"`
		Role   string `json:"role"`
		Until  string `json:"until"`
		DER    []byte `json:"der"`
	}
	items := make([]item, 0, len(list))
	for _, c := range list {
		items = append(items, item(c))
	}
	text, err := json.Marshal(items)
	if err != nil {
		return "[]" // strings and octets always encode
	}
	return string(text)
}

// Catalogued reports whether a code stands in the catalogue of errors.
func Catalogued(code string) bool { return slices.Contains(Catalogue(), code) }

// Catalogue lists the codes of errors, stable for ever. Each has its texts in
// three languages under help.error.<code>; a test holds that.
func Catalogue() []string {
	list := []string{
		"KEY-101", "KEY-104", "KEY-110", "CRT-301", "CRT-302", "CRT-303", "SIG-401", "SIG-404", "NET-501", "REG-601", "UPL-801",
		"API-901", "API-902", "API-903", "API-904", "API-905", "API-906", "API-907", "API-908", "API-909",
		"API-910", "API-911", "API-912", "API-913", "API-914", "API-915", "API-916", "API-917", "API-918",
		"ID-201", "ID-202", "ID-203", "ID-204", "ID-205", "ID-206", "ID-207", "ID-208", "ID-209", "ID-210", "ID-211", "ID-212",
		"LOG-151", "LOG-152", "LOG-153",
	}
	for _, e := range esia.Errors() {
		list = append(list, e.Code)
	}
	return list
}

// signLevels are the kinds of signature that a page offers. A throw-away key has no
// issuer, and what proves a signature for years begins with one.
func signLevels(p *Page, mode string) []Choice {
	names := []string{"b", "t", "xl1", "lt"}
	if mode == "try" {
		names = names[:2]
	}
	var list []Choice
	for _, n := range names {
		list = append(list, Choice{Value: n, Title: p.T("sign.level." + n), Plus: p.T("sign.level." + n + ".hint")})
	}
	return list
}

// roleIcon is that of the current role.
func roleIcon(p *Page) string {
	for _, r := range p.Viewer.Roles {
		if r.Current {
			return r.Icon
		}
	}
	return "person"
}

// Span is a time in its largest unit that leaves no rest, hours up to two days; what is not of
// whole seconds is rounded up to them. The unit is days, hours, minutes or seconds: the end of a key.
func Span(d time.Duration) (unit string, count int) {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day && d%day == 0:
		return "days", int(d / day)
	case d >= time.Hour && d%time.Hour == 0:
		return "hours", int(d / time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return "minutes", int(d / time.Minute)
	}
	return "seconds", int((d + time.Second - 1) / time.Second)
}
