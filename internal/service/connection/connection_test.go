// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package connection_test

import (
	"context"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/connection"
	"podpis/internal/service/servicetest"
)

func good() connection.Form {
	return connection.Form{
		Purpose: "demo", Country: "RU", Region: "Москва", City: "Москва", Person: "Иван", Mail: "a@example.org", Phone: "8 999 000-00-55",
		Organisation: "Заря", INN: "9900000120", KPP: "990001001", Options: []string{"api", "wrong"},
	}
}

func refused(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if p, ok := problem.Of(err); !ok || p.Kind != kind || p.Key != key {
		t.Errorf("refused with %v, want %v %s", err, kind, key)
	}
}

// TestRequestsAreBounded: fields are checked, strangers counted, moves follow the table and
// are an operator's; what a closed account asked goes with it.
func TestRequestsAreBounded(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := servicetest.New(t)
	for field, spoil := range map[string]func(*connection.Form){
		"purpose": func(f *connection.Form) { f.Purpose = "x" }, "country": func(f *connection.Form) { f.Country = "US" },
		"inn": func(f *connection.Form) { f.INN = "1" }, "kpp": func(f *connection.Form) { f.KPP = "" }, "phone": func(f *connection.Form) { f.Phone = "1" },
		"mail": func(f *connection.Form) { f.Mail = "x" }, "person": func(f *connection.Form) { f.Person = " " },
	} {
		f := good()
		spoil(&f)
		_, err := w.Connections.Ask(ctx, "", f, servicetest.Client())
		if p, ok := problem.Of(err); !ok || p.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	token, err := w.Connections.Ask(ctx, "", good(), servicetest.Client())
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.Connections.ByToken(ctx, token)
	if err != nil || r.State != connection.New || r.Number != 101 || len(r.Form.Options) != 1 || r.DueAt.Sub(r.CreatedAt) != 24*time.Hour {
		t.Fatalf("request: %+v, %v", r, err)
	}
	_, err = w.Connections.ByToken(ctx, "")
	refused(t, err, problem.NotFound, "connect.missing")
	op := w.Operator("+79990000009", "op@example.org", "Иванова О. П.")
	anna, _ := w.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	_, err = w.Connections.Queue(ctx, anna)
	refused(t, err, problem.Forbidden, "auth.role.other")
	list, err := w.Connections.Queue(ctx, op)
	if err != nil || len(list) != 1 || list[0].Form.Phone != "" {
		t.Fatalf("queue: %+v, %v", list, err)
	}
	id, from := list[0].ID, servicetest.Client()
	refused(t, w.Connections.Move(ctx, anna, id, connection.Taken, "", from), problem.Forbidden, "auth.role.other")
	refused(t, w.Connections.Move(ctx, op, id, connection.Called, "x", from), problem.Conflict, "connect.moved")
	refused(t, w.Connections.Move(ctx, op, id, connection.Closed, "", from), problem.Invalid, "connect.note")
	if err := w.Connections.Move(ctx, op, id, connection.Taken, "", from); err != nil {
		t.Fatal(err)
	}
	if r, err := w.Connections.Look(ctx, op, id, from); err != nil || r.Form.Phone != "+79990000055" || r.Late(w.Clock.Now()) || !r.Late(w.Clock.Now().Add(25*time.Hour)) {
		t.Errorf("look: %+v, %v", r, err)
	}
	if err := w.Connections.Move(ctx, op, id, connection.Called, "Перезвонить завтра", from); err != nil {
		t.Fatal(err)
	}
	w.Clock.Pass(time.Hour)
	if _, err := w.Connections.Ask(ctx, "", good(), servicetest.Client()); err != nil {
		t.Fatal(err)
	}
	if list, err := w.Connections.Queue(ctx, op); err != nil || len(list) != 2 || list[0].State != connection.New {
		t.Errorf("who was called stands before who was not: %+v, %v", list, err)
	}
	w.Set("connection.open", "1")
	_, err = w.Connections.Ask(ctx, "", good(), servicetest.Client())
	refused(t, err, problem.Limited, "connect.full")
	w.Set("connection.open", "1000")
	if _, err := w.Connections.Ask(ctx, anna.ID, good(), servicetest.Client()); err != nil {
		t.Fatal(err)
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, anna) })
	w.Deliver()
	if n := w.Count("connection_request", "account_id = $1", anna.ID); n != 0 {
		t.Errorf("%d requests of a closed account", n)
	}
	token, err = w.Connections.Ask(ctx, "", good(), servicetest.Client())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := w.Connections.ByToken(ctx, token); err != nil || r.Number != 104 { // 103 went with its account
		t.Errorf("a number is given twice: %d, %v", r.Number, err)
	}
}
