// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"bytes"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/download"
)

// DownloadPage lists what the authority hands out, with hashes and signatures.
func (s *Site) DownloadPage(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Downloads.List(r.Context())
	if err != nil {
		return err
	}
	p := s.New(r, "downloads.title", "help")
	return s.Show(w, r, p, downloads(list, s.command))
}

// Download gives a package, or with .sig its signature. What a browser would show it saves.
func (s *Site) Download(w http.ResponseWriter, r *http.Request) error {
	name, signature := download.Split(r.PathValue("name"))
	pack, err := s.Downloads.ByName(r.Context(), name)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+r.PathValue("name")+`"`) // names of packages have no quotes
	h.Set("Cache-Control", "no-cache")
	if signature {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(pack.Signature))
		return nil
	}
	file, err := s.Downloads.Content(pack)
	if err != nil {
		return err
	}
	defer file.Close()
	http.ServeContent(w, r, "", pack.At, file)
	return nil
}

// command is what checks a package on any computer with the program. Lists of an installation that
// is reached on this computer alone are asked for only when that is allowed.
func (s *Site) command(d download.Package) string {
	local := ""
	if u, err := url.Parse(s.PublicURL); err == nil {
		if at, err := netip.ParseAddr(u.Hostname()); u.Hostname() == "localhost" || err == nil && (at.IsLoopback() || at.IsPrivate()) {
			local = "--allow-local "
		}
	}
	return "podpis verify " + local + "--trust " + rootFile + " --signature " + d.Name + ".sig " + d.Name
}

// packageFacts are what is told of a package.
func packageFacts(p *kit.Page, d download.Package, command string) []kit.Fact {
	facts := []kit.Fact{{Name: p.T("downloads.version"), Value: d.Version}, {Name: p.T("downloads.publisher"), Value: d.Publisher}}
	if from, err := time.Parse(time.DateOnly, d.Version); err == nil && d.Kind == download.Certificate {
		facts[0] = kit.Fact{Name: p.T("certificate.from"), Value: p.Words.Date(from)} // certificates of the authority have no versions
	} else {
		facts = append(facts, kit.Fact{Name: p.T("downloads.system"), Value: p.T("downloads.system." + d.System)})
	}
	facts = append(facts, kit.Fact{Name: p.T("downloads.at"), Value: p.Words.Date(d.At)})
	if d.Address == "" {
		facts = append(facts, kit.Fact{Name: p.T("downloads.size"), Value: p.T("downloads.kb", "Size", p.Words.Number((d.Size+1023)/1024))})
	}
	for _, hash := range [][2]string{{"downloads.streebog", d.Streebog256}, {"downloads.sha256", d.SHA256}} {
		if hash[1] != "" {
			facts = append(facts, kit.Fact{Name: p.T(hash[0]), Value: hash[1], Copy: true, Mono: true})
		}
	}
	return append(facts, kit.Fact{Name: p.T("downloads.command"), Value: command, Copy: true, Mono: true})
}
