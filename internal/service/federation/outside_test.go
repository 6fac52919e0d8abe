// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation_test

import (
	"context"
	"net/url"
	"testing"

	"podpis/internal/service/federation"
	"podpis/internal/service/servicetest"
	"podpis/stand/bank"
	"podpis/stand/ebs"
	standesia "podpis/stand/esia"
)

const network = "192.0.2.1"

// outside is a service between real servers of the stand.
type outside struct {
	*servicetest.World
	*federation.Service
	t    *testing.T
	esia *standesia.Server
	ebs  *ebs.Server
	bank *bank.Server
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	w := servicetest.New(t, servicetest.WithOutside)
	return &outside{World: w, Service: w.Federation, t: t, esia: w.Outside.ESIA, ebs: w.Outside.EBS, bank: w.Outside.Bank}
}

func visit(t *testing.T, address, button, value string) url.Values {
	t.Helper()
	return servicetest.Visit(t, address, button, value).Query()
}

// travel goes there and back.
func (o *outside) travel(provider, person string) (federation.Attempt, federation.Claims, error) {
	o.t.Helper()
	ctx := context.Background()
	d, err := o.Begin(ctx, provider, federation.Attempt{Purpose: federation.ForLogin, Return: "/c/1/"}, network)
	must(o.t, err)
	return o.Finish(ctx, provider, d.Browser, visit(o.t, d.URL, "person", person), network)
}

const (
	anna  = "1000400001"
	boris = "1000400002"
	vera  = "1000400003"
	gleb  = "1000400004"
	hans  = "1000400005"
)
