// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strings"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/download"
	"podpis/internal/service/ra"
)

// maxUpload bounds a package that comes by the form; larger ones are put into the folder.
const maxUpload = 32 << 20

// AdminDownloads shows what is handed out and the form that publishes.
func (s *Site) AdminDownloads(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showDownloads(w, r, actor, nil)
}

func (s *Site) showDownloads(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	list, waiting, err := s.Oversight.Packages(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "admin.downloads.title", "admin-downloads")
	t := table{Title: p.T("admin.downloads.out"), Empty: p.T("admin.downloads.empty"), Head: []string{p.T("admin.downloads.name"), p.T("downloads.version"), p.T("downloads.publisher"), p.T("admin.policy.who"), p.T("downloads.at"), p.T("sessions.act")}}
	for _, d := range list {
		act := cell{Text: p.T("admin.downloads.withdraw"), Post: "/admin/downloads/" + d.ID + "/withdraw", Name: d.Name}
		if d.By == "installation" {
			act = cell{Text: "—"}
		}
		t.Rows = append(t.Rows, []cell{{Text: d.Name, URL: "/downloads#" + d.Name}, {Text: d.Version}, {Text: d.Publisher}, {Text: whoSet(p, d.By)}, {Text: timeText(p, d.At)}, act})
	}
	f := r.PostForm
	files := []kit.Choice{{Value: "", Title: p.T("admin.downloads.upload")}}
	for _, name := range waiting {
		files = append(files, kit.Choice{Value: name, Title: name})
	}
	v := sheet{Lead: p.T("admin.downloads.text"), Tables: []table{t}, Links: []link{{URL: "/downloads", Text: p.T("downloads.title")}}, Forms: []form{{
		ID: "publish", Title: p.T("admin.downloads.new"), Lead: p.T("admin.downloads.new.text"), Action: "/admin/downloads", Button: p.T("admin.downloads.publish"), File: p.T("admin.downloads.file"),
		Inputs: []kit.Input{
			{Name: "name", Label: p.T("admin.downloads.name"), Hint: p.T("admin.downloads.name.hint"), Value: f.Get("name"), MaxLength: 80},
			{Name: "title", Label: p.T("admin.downloads.called"), Value: f.Get("title"), MaxLength: 200},
			{Name: "version", Label: p.T("downloads.version"), Value: f.Get("version"), MaxLength: 100},
			{Name: "publisher", Label: p.T("downloads.publisher"), Value: f.Get("publisher"), MaxLength: 200},
			{Name: "address", Label: p.T("admin.downloads.address"), Hint: p.T("admin.downloads.address.hint"), Value: f.Get("address"), MaxLength: 500, Optional: true},
			{Name: "streebog256", Label: p.T("admin.downloads.streebog"), Value: f.Get("streebog256"), MaxLength: 200, Optional: true},
			{Name: "sha256", Label: p.T("admin.downloads.sha256"), Value: f.Get("sha256"), MaxLength: 200, Optional: true},
		},
		Choices: []choices{
			{Name: "kind", Label: p.T("admin.workplace.kind"), Value: f.Get("kind"), Options: namedChoices(p, "downloads.kind.", download.Kinds())},
			{Name: "system", Label: p.T("downloads.system"), Value: f.Get("system"), Options: namedChoices(p, "downloads.system.", download.Systems())},
			{Name: "waiting", Label: p.T("admin.downloads.waiting"), Value: f.Get("waiting"), Options: files},
		},
	}}}
	return s.showSheet(w, r, p, v, refused)
}

// AdminPublish publishes a package.
func (s *Site) AdminPublish(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	files, err := page.Uploads(w, r, maxUpload)
	if err != nil {
		return s.showDownloads(w, r, actor, err)
	}
	f := r.PostForm
	d := download.Package{
		Name: strings.TrimSpace(f.Get("name")), Kind: download.Kind(f.Get("kind")), Title: f.Get("title"), Version: f.Get("version"), System: f.Get("system"), Publisher: f.Get("publisher"),
		Address: strings.TrimSpace(f.Get("address")), SHA256: f.Get("sha256"), Streebog256: f.Get("streebog256"),
	}
	var content []byte
	if len(files) > 0 {
		content = files[0].Content
	}
	if err := s.Oversight.PublishPackage(r.Context(), overseer(actor), d, content, f.Get("waiting")); err != nil {
		return s.showDownloads(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/admin/downloads")
}

// AdminWithdraw takes a package back.
func (s *Site) AdminWithdraw(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Oversight.WithdrawPackage(r.Context(), overseer(actor), r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/admin/downloads")
}
