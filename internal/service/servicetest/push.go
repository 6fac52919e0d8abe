// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"
	"encoding/json"
	"time"

	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/factor"
	"podpis/internal/service/push"
	standpush "podpis/stand/push"
	"podpis/verify/fetch"
)

// pushing is the part of a world that tells devices.
type pushing struct {
	Approvals *approve.Service
	Push      *push.Service
	PushStand *standpush.Server // the push service of its browsers
}

// openPush starts a push service, what sends to it, and the second step by a device.
func (w *World) openPush() {
	w.t.Helper()
	var err error
	if w.PushStand, err = standpush.Start("127.0.0.1:0", w.Clock.Now); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.PushStand.Close() })
	w.Push = push.New(push.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Words: w.Words, PublicURL: PublicURL, Plain: true,
		Client: fetch.Options{Timeout: time.Second, AllowLoopback: true}.HTTP(),
	})
	w.Push.Work(w.Runner)
	w.Write(w.Push.Install)
	w.Approvals = approve.New(w.DB, w.Ring, w.Book, w.Accounts, w.Factors)
	w.Approvals.Work(w.Runner)
}

// Phone is a device of an account with a session of its own.
type Phone struct {
	Client  auth.Client
	Token   string
	Browser *standpush.Browser
	Codes   []string // recovery codes that are left
}

// PhoneClient is where the requests of a phone come from.
func PhoneClient(key string) auth.Client {
	return auth.Client{Network: "192.0.2.77", Device: "Mozilla/5.0 (Linux; Android 15) Chrome/140.0.0.0 Mobile", Key: key}
}

// Subscribe makes a browser at the stand and gives its subscription to the account.
func (w *World) Subscribe(account auth.Account, client auth.Client) *standpush.Browser {
	w.t.Helper()
	ctx := context.Background()
	key, err := w.Push.Key(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := w.PushStand.Subscribe(key)
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := json.Marshal(b.Subscription)
	if err == nil {
		err = w.Push.Add(ctx, push.Actor{Account: account, Client: client}, body)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// Trusted gives an account recovery codes, codes by SMS, and a phone that takes notices and
// approves. token is of a full session of the account.
func (w *World) Trusted(token string) *Phone {
	w.t.Helper()
	ctx := context.Background()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	own, err := w.Accounts.Session(ctx, token)
	must(err)
	actor, phone := factor.Actor{Account: own.Account.ID}, &Phone{Client: PhoneClient("key of a phone " + own.Account.ID)}
	codes, err := w.Factors.MakeCodes(ctx, actor)
	must(err)
	must(w.Factors.ConfirmCodes(ctx, actor, codes[0]))
	sms, err := w.Accounts.AskSMS(ctx, own)
	must(err)
	must(w.Accounts.AddSMS(ctx, own, sms, w.Code(own.Account.Phone), Client()))
	waiting, _, err := w.Accounts.Login(ctx, own.Account.Phone, Password, phone.Client)
	must(err)
	phone.Token, err = w.Accounts.Second(ctx, waiting, auth.Proof{Way: auth.Recovery, Code: codes[1]}, phone.Client)
	must(err)
	phone.Codes = codes[2:]
	phone.Browser = w.Subscribe(own.Account, phone.Client)
	must(w.Factors.TrustDevice(ctx, actor, agent.ID(phone.Client.Key), agent.Name(phone.Client.Device)))
	return phone
}
