// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// AdminConnectors shows the connections to the outside world.
func (s *Site) AdminConnectors(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Oversight.Connections(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "admin.connectors.title", "admin-connectors")
	t := table{Empty: p.T("admin.connectors.none"), Head: []string{
		p.T("admin.connector"), p.T("office.state"), p.T("admin.connector.good"), p.T("admin.connector.next"), p.T("admin.connector.try"),
	}}
	for _, c := range list {
		name := connectorName(p, c)
		t.Rows = append(t.Rows, []cell{
			{Text: name, URL: "/admin/connectors/" + c.Name}, connectorState(p, c), {Text: timeText(p, c.GoodAt)}, {Text: timeText(p, c.NextAt)},
			{Text: p.T("admin.connector.try"), Post: "/admin/connectors/" + c.Name + "/try", Name: name},
		})
	}
	return s.showSheet(w, r, p, sheet{Lead: p.T("admin.connectors.text"), Tables: []table{t}}, nil)
}

func connectorName(p *kit.Page, c oversight.Connection) string {
	if c.Title != "" {
		return c.Title
	}
	return p.T("admin.connector." + c.Name)
}

func connectorState(p *kit.Page, c oversight.Connection) cell {
	switch {
	case c.Switch.Off:
		return cell{Text: p.T("admin.connector.off"), Tag: true, Tone: kit.Warn}
	case c.Problem != "":
		return cell{Text: p.T("admin.connector." + c.Problem), Tag: true, Tone: kit.Wax}
	case !c.CheckedAt.IsZero():
		return goodCell(p, true)
	}
	return cell{Text: p.T("admin.connector.unknown"), Tag: true, Tone: kit.Info}
}

// AdminConnector shows one connection with its switch.
func (s *Site) AdminConnector(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showConnector(w, r, actor, nil)
}

func (s *Site) showConnector(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	list, err := s.Oversight.Connections(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Name != r.PathValue("name") {
			continue
		}
		p := s.New(r, "admin.connectors.title", "admin-connectors")
		p.Title = p.T("admin.connector.page", "Name", connectorName(p, c))
		v := sheet{
			Facts: []kit.Fact{
				{Name: p.T("admin.connector.address"), Value: c.Address, Mono: true}, {Name: p.T("office.state"), Value: connectorState(p, c).Text},
				{Name: p.T("admin.connector.checked"), Value: timeText(p, c.CheckedAt)}, {Name: p.T("admin.connector.good"), Value: timeText(p, c.GoodAt)}, {Name: p.T("admin.connector.next"), Value: timeText(p, c.NextAt)},
			},
			Links: []link{{URL: "/admin/connectors", Text: p.T("admin.connectors.title")}},
		}
		if !c.Switch.At.IsZero() {
			v.Facts = append(v.Facts, kit.Fact{Name: p.T("admin.connector.switched"), Value: timeText(p, c.Switch.At) + ", " + orNothing(c.Who)}, kit.Fact{Name: p.T("admin.connector.why"), Value: orNothing(c.Switch.Reason)})
		}
		address := "/admin/connectors/" + c.Name
		switch {
		case c.Fixed:
			v.Lead = p.T("admin.connector.fixed")
		case c.Switch.Off:
			v.Forms = []form{{ID: "on", Title: p.T("admin.connector.turn_on"), Lead: p.T("admin.connector.turn_on.text"), Action: address + "/on", Button: p.T("admin.connector.turn_on")}}
		default:
			v.Forms = []form{{
				ID: "off", Title: p.T("admin.connector.turn_off"), Lead: p.T("admin.connector.turn_off.text"), Action: address + "/off", Button: p.T("admin.connector.turn_off"), Danger: true,
				Inputs: []kit.Input{{Name: "reason", Label: p.T("admin.connector.why"), Value: r.PostFormValue("reason"), MaxLength: 300}},
			}}
		}
		return s.showSheet(w, r, p, v, refused)
	}
	return problem.New(problem.NotFound, "admin.connector.missing")
}

// AdminSwitch moves the switch of a connection.
func (s *Site) AdminSwitch(off bool) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := page.Form(r); err != nil {
			return err
		}
		if err := s.Oversight.Switch(r.Context(), overseer(actor), r.PathValue("name"), off, r.PostForm.Get("reason")); err != nil {
			return s.showConnector(w, r, actor, err)
		}
		return page.SeeOther(w, r, "/admin/connectors/"+r.PathValue("name"))
	}
}

// AdminTry asks a connector now.
func (s *Site) AdminTry(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Oversight.Try(r.Context(), overseer(actor), r.PathValue("name")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/admin/connectors")
}
