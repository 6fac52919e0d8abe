// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strconv"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// AdminJobs shows the jobs by state and the dead ones with their errors.
func (s *Site) AdminJobs(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	counts, dead, err := s.Oversight.Jobs(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "admin.jobs.title", "admin-jobs")
	v := sheet{}
	for _, state := range oversight.States(counts) {
		v.Facts = append(v.Facts, kit.Fact{Name: p.T("admin.job." + state), Value: strconv.FormatInt(counts[state], 10)})
	}
	t := table{Title: p.T("admin.jobs.dead"), Empty: p.T("admin.jobs.none"), Head: []string{p.T("admin.job.kind"), p.T("admin.job.tries"), p.T("admin.job.error"), p.T("admin.job.made"), p.T("admin.job.revive")}}
	for _, j := range dead {
		t.Rows = append(t.Rows, []cell{
			{Text: j.Kind, Mono: true}, {Text: strconv.Itoa(j.Attempt)}, {Text: j.LastError}, {Text: timeText(p, j.CreatedAt)}, {Text: p.T("admin.job.revive"), Post: "/admin/jobs/" + j.ID + "/revive", Name: j.Kind},
		})
	}
	v.Tables = []table{t}
	return s.showSheet(w, r, p, v, nil)
}

// AdminRevive lets a dead job try again.
func (s *Site) AdminRevive(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Oversight.Revive(r.Context(), overseer(actor), r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/admin/jobs")
}

// AdminTraining says where the stand is.
func (s *Site) AdminTraining(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "admin.training.title", "admin-training")
	if s.StandURL == "" {
		return s.showSheet(w, r, p, sheet{Alerts: []note{{Tone: kit.Info, Title: p.T("admin.training.off")}}}, nil)
	}
	return s.showSheet(w, r, p, sheet{Lead: p.T("admin.training.on"), Links: []link{{URL: s.StandURL, Text: p.T("training.open")}}}, nil)
}

// Status is the public page of how the parts of the installation are, without secrets.
func (s *Site) Status(w http.ResponseWriter, r *http.Request) error {
	parts, err := s.Oversight.Health(r.Context())
	if err != nil {
		return err
	}
	p := s.New(r, "status.title", "")
	t := table{Head: []string{p.T("admin.part"), p.T("office.state")}}
	good := true
	for _, part := range parts {
		good = good && part.Good
		t.Rows = append(t.Rows, []cell{{Text: p.T("admin.part." + part.Name)}, goodCell(p, part.Good)})
	}
	v := sheet{Lead: p.T("status.at", "Time", timeText(p, s.Now())), Alerts: []note{{Tone: kit.OK, Title: p.T("status.all")}}, Tables: []table{t}}
	if !good {
		v.Alerts = []note{{Tone: kit.Warn, Title: p.T("status.some")}}
	}
	return s.showSheet(w, r, p, v, nil)
}
