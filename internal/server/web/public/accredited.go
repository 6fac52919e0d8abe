// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/trust"
	"podpis/pki/tsl"
	"podpis/wire/xlsx"
)

// perPage is how many centres stand on a page (ux 4).
const perPage = 25

// accreditedView is the page of accredited centres.
type accreditedView struct {
	Query      trust.Query
	Found      *trust.Found
	Shown      []*trust.Centre
	Page, Last int
	At         time.Time
}

func (v accreditedView) filtered() bool { return v.Query != trust.Query{} }

// days is how old the list is.
func (v accreditedView) days() int { return int(v.Found.List.Age(v.At) / (24 * time.Hour)) }

// link is the address of the same question elsewhere.
func (v accreditedView) link(end string, page int) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": v.Query.Words, "region": v.Query.Region, "state": string(v.Query.State)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/ca/accredited" + end
	}
	return "/ca/accredited" + end + "?" + q.Encode()
}

// query reads what is asked for out of the address: anything may stand there.
func query(r *http.Request) trust.Query {
	text := func(name string) string {
		s := strings.TrimSpace(r.FormValue(name))
		if !utf8.ValidString(s) {
			return ""
		}
		if runes := []rune(s); len(runes) > 200 {
			s = string(runes[:200])
		}
		return s
	}
	q := trust.Query{Words: text("q"), Region: text("region"), State: trust.QueryState(text("state"))}
	if q.State != trust.Accredited && q.State != trust.Lapsed {
		q.State = trust.Any
	}
	return q
}

// Accredited is the list of accredited centres.
func (s *Site) Accredited(w http.ResponseWriter, r *http.Request) error {
	v := accreditedView{Query: query(r), At: s.Now()}
	var err error
	if v.Found, err = s.Register.Find(r.Context(), v.Query); err != nil {
		return err
	}
	v.Last = max(1, (len(v.Found.Centres)+perPage-1)/perPage)
	v.Page, _ = strconv.Atoi(r.FormValue("page")) // what is no number is the first page
	v.Page = min(max(v.Page, 1), v.Last)
	v.Shown = v.Found.Centres[(v.Page-1)*perPage : min(v.Page*perPage, len(v.Found.Centres))]
	p := s.New(r, "accredited.title", "ca")
	return s.Show(w, r, p, accredited(v))
}

// AccreditedExport gives what was found as a table.
func (s *Site) AccreditedExport(w http.ResponseWriter, r *http.Request) error {
	found, err := s.Register.Find(r.Context(), query(r))
	if err != nil {
		return err
	}
	name := "accredited"
	if found.List != nil {
		name += "-" + found.List.Date.Format(time.DateOnly)
	}
	h := w.Header()
	if strings.HasSuffix(r.URL.Path, ".csv") {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
		return trust.WriteCSV(w, found.Centres)
	}
	h.Set("Content-Type", xlsx.MIMEType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`.xlsx"`)
	return trust.WriteXLSX(w, s.New(r, "accredited.title", "").Title, found.Centres)
}

// centreView is the page of one centre.
type centreView struct {
	Centre, Successor *trust.Centre
	List              *trust.List
	Keys              []centreKey
	Now               time.Time
}

type centreKey struct {
	ID, Class, System string
	Lists             []string
	Certificates      []trust.Certificate
}

// AccreditedCentre is one centre with its history and its keys.
func (s *Site) AccreditedCentre(w http.ResponseWriter, r *http.Request) error {
	v := centreView{Now: s.Now()}
	var err error
	if v.Centre, v.List, err = s.Register.Centre(r.Context(), r.PathValue("number")); err != nil {
		return err
	}
	if v.Successor, err = s.Register.Successor(r.Context(), v.Centre); err != nil {
		return err
	}
	certificates, err := s.Register.Certificates(r.Context(), v.Centre)
	if err != nil {
		return err
	}
	for _, system := range v.Centre.Systems {
		for _, k := range system.Keys {
			id := hex.EncodeToString(k.ID)
			v.Keys = append(v.Keys, centreKey{strings.ToUpper(id), system.Class, system.Name, k.Lists, certificates[id]})
		}
	}
	p := s.New(r, "accredited.centre.title", "ca", "Name", shortName(v.Centre))
	return s.Show(w, r, p, accreditedCentre(v))
}

func centreURL(c *trust.Centre) string { return "/ca/accredited/" + url.PathEscape(c.ID()) }

func shortName(c *trust.Centre) string {
	if c.ShortName != "" {
		return c.ShortName
	}
	return c.Name
}

// place is where a centre is, in a few words.
func place(c *trust.Centre) string {
	city := c.Address.City
	if city == "" || city == c.Region {
		return c.Region
	}
	if c.Region == "" {
		return city
	}
	return c.Region + ", " + city
}

func stateKey(s trust.QueryState) string {
	if s == trust.Any {
		return "any"
	}
	return string(s)
}

// stateTag is how the accreditation of a centre stands. The periods decide; of what is
// over the word of the list says how it ended.
func stateTag(c *trust.Centre, now time.Time) (kit.Tone, string) {
	switch {
	case c.Now(now):
		return kit.OK, "active"
	case c.Status.State == tsl.Withdrawn:
		return kit.Wax, "withdrawn"
	case c.Status.State == tsl.Suspended:
		return kit.Warn, "suspended"
	case c.Status.State == tsl.Ended:
		return kit.Warn, "ended"
	}
	return kit.Plain, "unknown"
}

func noteTone(c *trust.Centre, now time.Time) kit.Tone {
	tone, _ := stateTag(c, now)
	return tone
}

// stateNote marks an accreditation that is over with its day (S002-109).
func stateNote(p *kit.Page, c *trust.Centre, now time.Time) string {
	_, key := stateTag(c, now)
	if key == "active" {
		return ""
	}
	if c.Status.From.IsZero() || key == "unknown" {
		return c.Status.Text
	}
	return p.T("accredited.since."+key, "Date", p.Words.Date(c.Status.From))
}

func history(p *kit.Page, c *trust.Centre) (events []kit.Event) {
	list := c.History
	if n := len(list); n == 0 || list[n-1].State != c.Status.State || !list[n-1].From.Equal(c.Status.From) {
		list = append(list[:n:n], c.Status)
	}
	for i := len(list) - 1; i >= 0; i-- {
		e := kit.Event{What: list[i].Text}
		if !list[i].From.IsZero() {
			e.What, e.Means = p.Words.Date(list[i].From), list[i].Text
		}
		if e.What != "" {
			events = append(events, e)
		}
	}
	return events
}

// centreFacts are the facts that the list has.
func centreFacts(p *kit.Page, c *trust.Centre) (facts []kit.Fact) {
	add := func(key, value string, mono bool) {
		if value != "" {
			facts = append(facts, kit.Fact{Name: p.T(key), Value: value, Copy: mono, Mono: mono})
		}
	}
	add("accredited.name", c.Name, false)
	add("accredited.number", c.Number, true)
	add("accredited.inn", c.INN, true)
	add("accredited.ogrn", c.OGRN, true)
	add("accredited.address", c.Address.String(), false)
	add("accredited.registry", c.Registry, false)
	add("accredited.note", c.Note, false)
	return facts
}

func keyFacts(p *kit.Page, k centreKey) (facts []kit.Fact) {
	if k.System != "" {
		facts = append(facts, kit.Fact{Name: p.T("accredited.system"), Value: k.System})
	}
	facts = append(facts, kit.Fact{Name: p.T("accredited.key"), Value: k.ID, Copy: true, Mono: true})
	for _, address := range k.Lists {
		facts = append(facts, kit.Fact{Name: p.T("accredited.crl"), Value: address, Copy: true, Mono: true})
	}
	return facts
}

// sourceName is the source of a list without what is of no use to a reader: the host of
// an address, the name of a file.
func sourceName(source string) string {
	if u, err := url.Parse(source); err == nil && u.Host != "" {
		return u.Host
	}
	return source[strings.LastIndexAny(source, `/\`)+1:]
}

// webAddress is an address that may be a link: lists hold what people typed.
func webAddress(text string) string {
	if !strings.Contains(text, "://") && strings.Contains(text, ".") && !strings.ContainsAny(text, " @:") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

func isMail(text string) bool {
	name, host, ok := strings.Cut(text, "@")
	return ok && name != "" && strings.Contains(host, ".") && !strings.ContainsAny(text, " ,;<>\"?&%")
}
