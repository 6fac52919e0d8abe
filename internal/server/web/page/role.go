// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// The cookies about roles: the one a device was told to remember, and the one of the
// page before. Both are ids, and count only where the person has that role.
const (
	rememberedCookie = "role"
	actingCookie     = "acting"
)

// rememberFor is how long a device remembers a role, in seconds.
const rememberFor = 365 * 24 * 3600

// RoleWords say what a role is beside the person's name: «лично», «предприниматель»,
// «ООО „Заря“, директор», and of who works for an entrepreneur whose name it is in: «ИП Ким Б.».
func RoleWords(p *kit.Page, role identity.Profile, name string) string {
	switch role.Kind {
	case identity.Entrepreneur:
		if !strings.HasSuffix(role.Title, name) {
			return role.Title
		}
		return p.T("role.ip")
	case identity.Organisation:
		if role.Company.Position != "" {
			return role.Title + ", " + role.Company.Position
		}
		return role.Title
	}
	return p.T("role.personal")
}

func roleIcon(k identity.Kind) string {
	switch k {
	case identity.Entrepreneur:
		return "work"
	case identity.Organisation:
		return "house"
	}
	return "person"
}

// businessSections are the sections that a person has not (ux 2).
func businessSections() []string {
	return []string{"registry", "reports", "people", "licences", "developers", "requisites"}
}

// HasSection reports whether a role has a section of the cabinet.
func HasSection(k identity.Kind, section string) bool {
	return k != identity.Individual || !slices.Contains(businessSections(), section)
}

// rolesOf are the rows of the role chip. Each leads to the section the person is in, if
// that role has it, else to the first page, which says what is not there.
func rolesOf(p *kit.Page, r *http.Request, s Session) []kit.Role {
	section := ""
	path := r.URL.Path
	if r.Method != http.MethodGet {
		path = Back(r)
	}
	if rest, ok := strings.CutPrefix(path, "/c/"); ok {
		_, section, _ = strings.Cut(rest, "/")
		section, _, _ = strings.Cut(section, "/")
	}
	rows := make([]kit.Role, 0, len(s.Roles))
	for _, role := range s.Roles {
		address := "/c/" + role.ID + "/"
		if section != "" && HasSection(role.Kind, section) {
			address += section
			if section == "roles" {
				address += "/new"
			}
		} else if section != "" {
			address += "?no=" + url.QueryEscape(section)
		}
		row := kit.Role{ID: role.ID, Title: role.Title, URL: address, Icon: roleIcon(role.Kind), Current: role.ID == s.Profile, Hint: p.T("role.hint." + string(role.Kind))}
		if role.Kind == identity.Individual {
			row.Title = p.T("kind.person")
		}
		rows = append(rows, row)
	}
	return rows
}

// usualRole is the role of addresses that name none: the one this device remembers, or
// the first.
func (b *Base) usualRole(r *http.Request, roles []identity.Profile) string {
	for _, cookie := range []string{rememberedCookie, actingCookie} {
		id := b.Secret(r, cookie)
		if slices.ContainsFunc(roles, func(p identity.Profile) bool { return p.ID == id }) {
			return id
		}
	}
	if len(roles) == 0 {
		return ""
	}
	return roles[0].ID
}

// FirstPage is where an account lands after signing in: with several roles and none
// remembered on this device, the question which.
func (b *Base) FirstPage(r *http.Request, a auth.Account) (string, error) {
	if a.Role.Staff() {
		return Home(a, ""), nil
	}
	roles, err := b.Accounts.Profiles(r.Context(), a)
	if err != nil {
		return "", err
	}
	remembered := b.Secret(r, rememberedCookie)
	for _, role := range roles {
		if role.ID == remembered {
			return Home(a, remembered), nil
		}
	}
	if len(roles) > 1 {
		return "/roles", nil
	}
	return Home(a, b.usualRole(r, roles)), nil
}

// person lets holders in where the address names no role.
func (b *Base) person(h func(w http.ResponseWriter, r *http.Request, s Session) error) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, ok := SessionOf(r.Context())
		if !ok || s.Level == auth.Waiting {
			return problem.New(problem.Forbidden, "auth.session.needed")
		}
		if s.Account.Role.Staff() {
			return problem.New(problem.Forbidden, "auth.role.other")
		}
		if led, err := mustChange(w, r, s); led {
			return err
		}
		return h(w, r, s)
	}
}

// ChooseRole answers GET /roles: «От чьего имени работаем?».
func (b *Base) ChooseRole(w http.ResponseWriter, r *http.Request) error {
	return b.person(func(w http.ResponseWriter, r *http.Request, s Session) error {
		p := b.New(r, "role.choose.title", "")
		return b.Show(w, r, p, chooseRole(p.Viewer.Roles))
	})(w, r)
}

// RoleChosen answers POST /roles.
func (b *Base) RoleChosen(w http.ResponseWriter, r *http.Request) error {
	return b.person(func(w http.ResponseWriter, r *http.Request, s Session) error {
		if err := Form(r); err != nil {
			return err
		}
		role, ok := s.role(r.PostForm.Get("role"))
		if !ok {
			return problem.New(problem.NotFound, "identity.profile.missing")
		}
		if r.PostForm.Get("remember") == "yes" {
			b.KeepSecret(w, rememberedCookie, role.ID, rememberFor)
		} else {
			b.SetSecret(w, rememberedCookie, "")
		}
		b.SetSecret(w, actingCookie, role.ID)
		return SeeOther(w, r, "/c/"+role.ID+"/")
	})(w, r)
}

// fromOtherRole reports a link from outside into another role of the person than the one
// they are in: it is asked about, not followed silently. Links of this site and first
// pages change the role by themselves.
func (b *Base) fromOtherRole(w http.ResponseWriter, r *http.Request, s Session, role identity.Profile) bool {
	acting := b.Secret(r, actingCookie)
	if r.Method != http.MethodGet || acting == role.ID {
		return false
	}
	_, section, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/c/"), "/")
	if _, other := s.role(acting); other && section != "" && !ownLink(r) {
		return true
	}
	b.SetSecret(w, actingCookie, role.ID)
	return false
}

// ownLink reports that a page of this site led here (Fetch Metadata; Referer for
// browsers without).
func ownLink(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	return Back(r) != ""
}

// offerRole asks whether to go to the role of the address.
func (b *Base) offerRole(w http.ResponseWriter, r *http.Request, s Session, role identity.Profile) error {
	acting, _ := s.role(b.Secret(r, actingCookie))
	s.Profile = acting.ID
	r = r.WithContext(withSession(r.Context(), s))
	p := b.New(r, "role.other.title", "")
	title := role.Title
	if role.Kind == identity.Individual {
		title = p.T("kind.person")
	}
	return b.Render(w, r, p, http.StatusForbidden, otherRole(title, RoleWords(p, acting, p.Viewer.Name), r.URL.RequestURI(), "/c/"+acting.ID+"/"))
}

// Person lets holders in where the address names no role; forms need the full level.
func (b *Base) Person(h HolderHandler) http.Handler {
	return b.Handle(b.person(func(w http.ResponseWriter, r *http.Request, s Session) error {
		if r.Method != http.MethodGet && s.Level != auth.Full {
			return SeeOther(w, r, "/login/second?return="+url.QueryEscape(Back(r)))
		}
		return h(w, r, ra.Actor{Account: s.Account, Client: Client(r)})
	}))
}
