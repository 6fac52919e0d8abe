// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"mime"
	"net/http"
	"slices"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/identity"
	"podpis/internal/service/people"
	"podpis/internal/service/ra"
	"podpis/wire/mchd"
)

// member is who acts, as the service of people knows them.
func member(r *http.Request, actor ra.Actor) people.Actor {
	return people.Actor{Account: actor.Account, Client: actor.Client, Role: role(r)}
}

type peopleView struct {
	Base, Title string
	Members     []people.Member
	Powers      []people.Power
	Now         time.Time
}

// Employees lists who acts for the role beside its head, and the powers it gave.
func (s *Site) Employees(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	m := member(r, actor)
	v := peopleView{Base: "/c/" + r.PathValue("pid") + "/people", Title: m.Role.Title, Now: s.Now()}
	var err error
	if v.Members, err = s.People.Members(r.Context(), m); err != nil {
		return err
	}
	if v.Powers, err = s.People.Powers(r.Context(), m); err != nil {
		return err
	}
	p := s.New(r, "people.title", "people")
	return s.Show(w, r, p, employees(v))
}

type memberView struct {
	Base            string
	Member          people.Member // ID is empty for a new one
	Day, Month, Yea string
	Now             time.Time
}

// typedInvitation is what the form of a member says. A day lasts to its end.
func (s *Site) typedInvitation(r *http.Request) (i people.Invitation, err error) {
	f := r.PostForm
	i = people.Invitation{Mail: f.Get("mail"), Name: f.Get("name"), Duty: people.Duty(f.Get("duty"))}
	for _, right := range f["rights"] {
		i.Rights = append(i.Rights, people.Right(right))
	}
	if f.Get("until_d")+f.Get("until_m")+f.Get("until_y") == "" {
		return i, nil
	}
	day, ok := identity.ParseDate(f.Get("until_d"), f.Get("until_m"), f.Get("until_y"))
	if !ok {
		return i, problem.New(problem.Invalid, "people.until.day").At("until")
	}
	zone := s.Words.For("ru").In(s.Now()).Location()
	i.Until = time.Date(day.Year, time.Month(day.Month), day.Day, 23, 59, 59, 0, zone)
	return i, nil
}

// Invite shows the form of an invitation.
func (s *Site) Invite(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.People.MayManage(r.Context(), member(r, actor)); err != nil {
		return err
	}
	return s.showMember(w, r, people.Member{Duty: people.Accountant, Rights: people.Accountant.Usual()}, nil)
}

func (s *Site) showMember(w http.ResponseWriter, r *http.Request, m people.Member, refused error) error {
	title := "people.invite.title"
	if m.ID != "" {
		title = "people.change.title"
	}
	p := s.New(r, title, "people")
	status := http.StatusOK
	v := memberView{Base: "/c/" + r.PathValue("pid") + "/people", Member: m, Now: s.Now()}
	if !m.Until.IsZero() {
		d := p.Words.In(m.Until)
		v.Day, v.Month, v.Yea = d.Format("2"), d.Format("1"), d.Format("2006")
	}
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
		v.Day, v.Month, v.Yea = r.PostForm.Get("until_d"), r.PostForm.Get("until_m"), r.PostForm.Get("until_y")
	}
	return s.Render(w, r, p, status, memberForm(v))
}

// InviteDone sends an invitation.
func (s *Site) InviteDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	i, err := s.typedInvitation(r)
	if err == nil {
		err = s.People.Invite(r.Context(), member(r, actor), i)
	}
	if err != nil {
		return s.showMember(w, r, people.Member{Duty: i.Duty, Rights: i.Rights, Mail: i.Mail, Name: i.Name}, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/people")
}

// employee finds a member of the role.
func (s *Site) employee(r *http.Request, actor ra.Actor) (people.Member, error) {
	list, err := s.People.Members(r.Context(), member(r, actor))
	if err != nil {
		return people.Member{}, err
	}
	for _, m := range list {
		if m.ID == r.PathValue("id") {
			return m, nil
		}
	}
	return people.Member{}, problem.New(problem.NotFound, "people.member.missing")
}

// Employee shows one member.
func (s *Site) Employee(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	m, err := s.employee(r, actor)
	if err != nil {
		return err
	}
	return s.showMember(w, r, m, nil)
}

// ChangeEmployee stores another duty, other rights, another term.
func (s *Site) ChangeEmployee(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	m, err := s.employee(r, actor)
	if err != nil {
		return err
	}
	i, err := s.typedInvitation(r)
	if err == nil {
		err = s.People.Change(r.Context(), member(r, actor), m.ID, i)
	}
	if err != nil {
		m.Duty, m.Rights = i.Duty, i.Rights
		return s.showMember(w, r, m, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/people")
}

// InviteAgain sends the letter of an invitation once more.
func (s *Site) InviteAgain(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.People.InviteAgain(r.Context(), member(r, actor), r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/people")
}

// Dismiss ends a membership.
func (s *Site) Dismiss(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.People.Dismiss(r.Context(), member(r, actor), r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/people")
}

// Joining shows an invitation to who opens its link. It is taken by a press: programs that look at letters
// follow links.
func (s *Site) Joining(w http.ResponseWriter, r *http.Request) error {
	o, err := s.People.Invitation(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	session, ok := page.SessionOf(r.Context())
	p := s.New(r, "people.join.title", "")
	return s.Show(w, r, p, joining(o, r.URL.Path, ok && session.Account.PersonID != ""))
}

// Joined takes an invitation.
func (s *Site) Joined(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	role, err := s.People.Join(r.Context(), actor.Account, actor.Client, r.PathValue("token"))
	if err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+role.ID+"/")
}

type powerView struct {
	Base   string
	Power  people.Power
	Checks []people.Check
	State  string
	Now    time.Time
	Reason string // typed, why it is taken back
}

type grantView struct {
	Base, Title string
	Kinds       []mchd.Entry
	Typed       map[string]string
	Chosen      []string
}

// NewPower shows the form of a power.
func (s *Site) NewPower(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.People.MayManage(r.Context(), member(r, actor)); err != nil {
		return err
	}
	return s.showGrant(w, r, nil)
}

func (s *Site) showGrant(w http.ResponseWriter, r *http.Request, refused error) error {
	p := s.New(r, "people.power.new.title", "people")
	kinds, err := people.Kinds()
	if err != nil {
		return err
	}
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, grantForm(grantView{
		Base: "/c/" + r.PathValue("pid") + "/people", Title: role(r).Title, Kinds: kinds, Typed: page.Typed(r), Chosen: r.PostForm["powers"],
	}))
}

// MakePower makes a power, to be signed.
func (s *Site) MakePower(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	entries, err := people.Chosen(f["powers"])
	if err != nil {
		return err
	}
	g := people.Grant{
		Surname: f.Get("surname"), GivenName: f.Get("given_name"), Patronymic: f.Get("patronymic"), INN: f.Get("inn"), SNILS: f.Get("snils"),
		Entries: entries, Text: f.Get("text"),
	}
	g.Until, _ = identity.ParseDate(f.Get("until_d"), f.Get("until_m"), f.Get("until_y")) // the service tells what is wrong
	id, err := s.People.Draft(r.Context(), member(r, actor), g)
	if err != nil {
		return s.showGrant(w, r, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/people/powers/"+id)
}

// Power shows one power with the judgement of it.
func (s *Site) Power(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showPower(w, r, actor, nil)
}

func (s *Site) showPower(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	power, err := s.People.Power(r.Context(), member(r, actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := s.New(r, "people.power.title", "people")
	v := powerView{Base: "/c/" + r.PathValue("pid") + "/people", Power: power, State: string(power.State), Now: s.Now(), Reason: r.PostForm.Get("reason")}
	if power.State == people.Given && power.Ended(v.Now) {
		v.State = "over"
	}
	if power.State != people.Drafted {
		v.Checks = s.People.Judge(r.Context(), power, people.Asked{Language: p.Words.Language()})
	}
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, powerPage(v))
}

// PowerFile gives the power, or its signature, as a file.
func (s *Site) PowerFile(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	power, err := s.People.Power(r.Context(), member(r, actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	name, kind, content := mchd.FileName(power.GUID, power.Content.IssuedOn)+".xml", "application/xml", power.XML
	if r.PathValue("file") == "power.sig" {
		name, kind, content = name+".sig", "application/pkcs7-signature", power.Signature
	} else if r.PathValue("file") != "power.xml" {
		content = nil
	}
	if len(content) == 0 {
		return problem.New(problem.NotFound, "people.power.missing")
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	_, err = w.Write(content)
	return err
}

// received reads the files of a form by their fields; one of each.
func received(w http.ResponseWriter, r *http.Request, field string, limit int64) (map[string][]byte, error) {
	parts, err := page.Parts(w, r, field, limit)
	files := map[string][]byte{}
	for _, p := range parts {
		files[p.Field] = p.Content
	}
	return files, err
}

// SignPower takes the signature of the principal.
func (s *Site) SignPower(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	files, err := received(w, r, "signature", people.MaxSignature)
	if err == nil {
		err = s.People.SignedBy(r.Context(), member(r, actor), r.PathValue("id"), files["signature"])
	}
	if err != nil {
		return s.showPower(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/people/powers/"+r.PathValue("id"))
}

// RevokePower takes a power back.
func (s *Site) RevokePower(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.People.TakeBack(r.Context(), member(r, actor), r.PathValue("id"), r.PostForm.Get("reason")); err != nil {
		return s.showPower(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/people/powers/"+r.PathValue("id"))
}

// ImportPower shows where a power made elsewhere is handed in.
func (s *Site) ImportPower(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.People.MayManage(r.Context(), member(r, actor)); err != nil {
		return err
	}
	p := s.New(r, "people.power.import.title", "people")
	return s.Show(w, r, p, importForm("/c/"+r.PathValue("pid")+"/people"))
}

// PowerImported takes a power made elsewhere.
func (s *Site) PowerImported(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	files, err := received(w, r, "file", mchd.MaxSize+people.MaxSignature)
	id := ""
	if err == nil {
		id, err = s.People.Import(r.Context(), member(r, actor), files["file"], files["signature"])
	}
	if err != nil {
		p := s.New(r, "people.power.import.title", "people")
		status, err := s.Refused(r, p, err)
		if err != nil {
			return err
		}
		return s.Render(w, r, p, status, importForm("/c/"+r.PathValue("pid")+"/people"))
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/people/powers/"+id)
}

func memberTone(state string) kit.Tone {
	switch state {
	case string(people.Active):
		return kit.OK
	case string(people.Invited), "later":
		return kit.Info
	case "late":
		return kit.Warn
	}
	return kit.Plain
}

func powerTone(state string) kit.Tone {
	switch state {
	case string(people.Given):
		return kit.OK
	case string(people.Drafted):
		return kit.Warn
	case string(people.Revoked):
		return kit.Wax
	}
	return kit.Plain
}

func answerTone(a people.Answer) kit.Tone {
	switch a {
	case people.Yes:
		return kit.OK
	case people.No:
		return kit.Wax
	}
	return kit.Warn
}

// verdict is the line above the checks.
func powerVerdict(list []people.Check) (kit.Tone, string) {
	switch {
	case people.Counts(list):
		return kit.OK, "people.power.counts"
	case slices.ContainsFunc(list, func(c people.Check) bool { return c.Answer == people.No }):
		return kit.Wax, "people.power.fails"
	}
	return kit.Warn, "people.power.open"
}

// checkWords are the words of a check; days among its values are shown as days.
func checkWords(p *kit.Page, c people.Check) string {
	values := map[string]any{}
	for name, v := range c.Values {
		if at, ok := v.(time.Time); ok {
			v = at.Format("02.01.2006")
		}
		values[name] = v
	}
	return p.Words.T(c.Why, values)
}
