// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"slices"
	"strings"

	"podpis/internal/platform/db"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// offer is a service of the cabinet. Its words are services.<key>.
type offer struct {
	Key     string
	Path    string // below /c/{pid}; with a slash in front of the site
	Form    bool   // opened by a form: something is made
	Acting  bool   // needs an acting entrepreneur or organisation
	Section string
	Words   []string // search words beside the title, folded
}

// offers are the services there are, in the order of the page.
func offers() []offer {
	return []offer{
		{Key: "certificate", Path: "/applications/new", Form: true, Acting: true, Section: "applications", Words: []string{"кэп", "эцп", "эп", "укэп", "унэп", "сертификат", "ключ", "certificate", "сертификатын"}},
		{Key: "sign", Path: "/sign", Section: "sign", Words: []string{"подпись", "кэп", "эцп", "pdf", "sign", "қол"}},
		{Key: "certificates", Path: "/certificates", Section: "certificates", Words: []string{"кэп", "эцп", "отозвать", "перевыпустить", "продлить", "revoke"}},
		{Key: "verify", Path: "//verify", Section: "verify", Words: []string{"проверить", "эцп", "кэп", "sig", "verify"}},
		{Key: "compare", Path: "/registry/compare", Section: "registry", Words: []string{"егрип", "егрюл", "сверка", "реестр", "инн", "огрнип", "огрн"}},
		{Key: "registry", Path: "/registry", Section: "registry", Words: []string{"егрип", "егрюл", "статус", "ликвидирован", "приостановлен", "лицензия", "выписка"}},
		{Key: "documents", Path: "/documents", Section: "documents", Words: []string{"документы", "хранилище", "скачать", "файлы", "documents"}},
		{Key: "extracts", Path: "/registry/extracts", Section: "registry", Words: []string{"выписка", "справка", "егрип", "егрюл", "extract"}},
		{Key: "licences", Path: "/licences", Section: "licences", Words: []string{"лицензия", "лицензии", "разрешение", "допуск", "приостановлена", "licence"}},
		{Key: "requisites", Path: "/requisites", Section: "requisites", Words: []string{"реквизиты", "бик", "счёт", "кпп", "банк"}},
		{Key: "activities", Path: "/registry/activities", Section: "registry", Words: []string{"квэд", "оквэд", "вид деятельности"}},
		{Key: "role", Path: "/roles/new", Section: "roles", Words: []string{"ип", "предприниматель", "организация", "ооо", "роль", "огрнип", "огрн"}},
		{Key: "kep", Path: "//help/kep", Section: "help", Words: []string{"кэп", "эцп", "код", "пин"}},
	}
}

// row is a service as the page shows it.
type row struct {
	offer
	URL    string
	Closed string // why
}

// rows are the services of a role. What a role has not is not there; what is closed says
// why.
func (s *Site) rows(p *kit.Page, r *http.Request, actor ra.Actor) ([]row, error) {
	closed, err := s.closedBy(p, r, actor)
	if err != nil {
		return nil, err
	}
	var list []row
	for _, o := range offers() {
		if !page.HasSection(role(r).Kind, o.Section) {
			continue
		}
		x := row{offer: o, URL: "/c/" + r.PathValue("pid") + o.Path}
		if site, ok := strings.CutPrefix(o.Path, "//"); ok {
			x.URL = "/" + site
		}
		if o.Acting && role(r).Kind != identity.Individual {
			x.Closed = closed
		}
		list = append(list, x)
	}
	return list, nil
}

// Services lists what one may do in the role.
func (s *Site) Services(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	p := s.New(r, "services.title", "services")
	list, err := s.rows(p, r, actor)
	if err != nil {
		return err
	}
	return s.Show(w, r, p, servicesPage("/c/"+r.PathValue("pid"), list))
}

// hit is a row of what was found.
type hit struct{ Title, URL, Kind string }

// maxQuery bounds the words of a search.
const maxQuery = 200

// Search finds what there is: services, applications, certificates, help.
func (s *Site) Search(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	words := identity.OneLine(r.URL.Query().Get("q"))
	if len(words) > maxQuery {
		words = ""
	}
	p := s.New(r, "search.title", "search")
	var hits []hit
	if words != "" {
		services, err := s.rows(p, r, actor)
		if err != nil {
			return err
		}
		certs, apps, err := s.certificates(r, actor)
		if err != nil {
			return err
		}
		hits = append(numbered(p, "/c/"+r.PathValue("pid"), words, certs, apps), found(p, words, services)...)
	}
	return s.Show(w, r, p, searchPage("/c/"+r.PathValue("pid"), words, hits))
}

// numbered finds applications and certificates by number, serial or name.
func numbered(p *kit.Page, base, words string, certs []certificate, apps []ra.Application) (hits []hit) {
	asked := db.Fold(words)
	number := strings.TrimLeft(strings.TrimLeft(asked, "асac"), "-№ ")
	for _, c := range certs {
		n := certNumber(c.App)
		if db.Fold(n) == asked || strings.TrimPrefix(n, "С-") == number || len(asked) >= 4 && strings.HasPrefix(strings.ToLower(c.Serial), strings.ReplaceAll(asked, " ", "")) {
			hits = append(hits, hit{p.T("certificate.title", "Number", n), base + "/certificates/" + c.Serial, "certificates"})
		}
	}
	for _, a := range apps {
		n := ra.Number(a.Number)
		if db.Fold(n) == asked || strings.TrimPrefix(n, "А-") == number || len([]rune(asked)) >= 3 && strings.Contains(db.Fold(a.Title), asked) {
			hits = append(hits, hit{p.T("application.title", "Number", n), base + "/applications/" + a.ID, "applications"})
		}
	}
	return hits
}

// found finds services by their title, hint and search words: «ЭЦП» and «КВЭД» are what
// people call things, and lead right (ODD-04).
func found(p *kit.Page, words string, services []row) (hits []hit) {
	asked := db.Fold(words)
	for _, x := range services {
		text := db.Fold(p.T("services."+x.Key) + " " + p.T("services."+x.Key+".hint"))
		match := len([]rune(asked)) >= 3 && strings.Contains(text, asked)
		match = match || slices.ContainsFunc(x.Words, func(w string) bool {
			return w == asked || len([]rune(asked)) >= 4 && strings.HasPrefix(w, asked) || slices.Contains(strings.Fields(asked), w)
		})
		if !match {
			continue
		}
		url := x.URL
		if x.Form { // a search makes nothing
			url = "/c/" + p.Viewer.Profile + "/services#s-" + x.Key
		}
		hits = append(hits, hit{p.T("services." + x.Key), url, "services"})
	}
	return hits
}
