// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"
	"testing"

	"podpis/internal/service/identity"
	"podpis/internal/service/support"
)

// What the first holder of a [Hall] and the second are reached by.
const (
	AnnaPhone  = "+79990000001"
	AnnaMail   = "anna@example.org"
	BorisPhone = "+79990000002"
)

// Hall is a world with two holders and two operators: what one began another may go on
// with, or must not.
type Hall struct {
	*World
	Anna, Boris     support.Actor
	Ivanova, Petrov support.Actor
}

// NewHall makes a hall. Anna's address is confirmed.
func NewHall(t testing.TB) *Hall {
	t.Helper()
	h := &Hall{World: New(t)}
	h.Anna = h.holder(AnnaPhone, AnnaMail, Anna())
	h.Boris = h.holder(BorisPhone, "boris@example.org", Boris())
	h.Ivanova = h.staff("+79990000008", "op1@example.org", "Иванова О. П.")
	h.Petrov = h.staff("+79990000009", "op2@example.org", "Петров С. С.")
	if err := h.Accounts.ConfirmMail(context.Background(), h.Link(AnnaMail), Client()); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *Hall) holder(phone, mail string, p identity.Person) support.Actor {
	h.t.Helper()
	a, _ := h.SignUp(phone, mail, p)
	roles, err := h.Accounts.Profiles(context.Background(), a)
	if err != nil {
		h.t.Fatal(err)
	}
	return support.Actor{Account: a, Client: Client(), Profile: roles[0].ID}
}

func (h *Hall) staff(phone, mail, title string) support.Actor {
	h.t.Helper()
	return support.Actor{Account: h.Operator(phone, mail, title), Client: Client()}
}
