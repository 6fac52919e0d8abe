// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package push tells people's devices: browsers that subscribed take short notices while the
// site is closed (W3C Push API; RFC 8030, RFC 8291, RFC 8292). It follows the letters of
// package notify and the requests of package approve.
//
// The address of a subscription is a stranger's word: it is https, is called only where the
// guard of package fetch lets, never with a redirect and in bounded time; its answer is not
// read. Address and keys are sealed. What is sent stands on a locked screen: it names no
// person, number or sum, and carries no secret; it says what to open, and that asks for a
// session. The push service sees the size and the hour of a message, not the text.
//
// A subscription ends when the person takes it away, signs out there, throws the browser out
// or closes the account, and when the push service says that it is gone.
//
// Left out: notices to applications of phones that are no browsers (an outlet of package
// inbox hands letters to a service that has them).
package push

import (
	"errors"
	"net/http"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
)

// Service keeps devices and tells them.
type Service struct {
	db       *db.DB
	ring     *keys.Ring
	policies *policy.Book
	teller   *notify.Teller
	words    *locale.Bundle
	client   *http.Client
	plain    bool
	site     string
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Teller   *notify.Teller
	Words    *locale.Bundle
	Client   *http.Client // that guards against addresses inside
	// Plain lets subscriptions have http addresses: of the stand alone.
	Plain     bool
	PublicURL string // how push services reach who sends (RFC 8292, 2.1)
}

// New returns the service.
func New(p Parts) *Service {
	client := *p.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Service{p.DB, p.Ring, p.Policies, p.Teller, p.Words, &client, p.Plain, p.PublicURL}
}

// Device is a browser that takes notices.
type Device struct {
	ID      string
	Name    string // «Chrome, Android»
	Here    bool   // the one that looks
	AddedAt time.Time
	UsedAt  time.Time // zero: nothing was sent yet
}

// Actor is who acts.
type Actor struct {
	Account auth.Account
	Client  auth.Client
}

// note is what the service worker shows.
type note struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	URL   string `json:"url"` // local address that a press opens
	Tag   string `json:"tag"` // a later note of one tag takes the place of the earlier
}

// message is a note with how it travels.
type message struct {
	Note   note
	Urgent bool // wakes the device (RFC 8030, 5.3)
	Until  time.Time
}

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "push.devices", Kind: policy.Number, Default: "10"}, // of one account
		{Key: "push.keep", Kind: policy.Duration, Default: "24h"}, // how long a notice waits for its device
		{Key: "push.tries", Kind: policy.Number, Default: "6", Valid: policy.Numbers(1, 100)},
		{Key: "push.token", Kind: policy.Duration, Default: "1h", Valid: policy.Durations(time.Minute, 24*time.Hour)}, // life of what we show to push services
		{Key: "push.later", Kind: policy.Duration, Default: "1h"},                                                     // the longest pause that a push service may ask for
	}
}

var errGone = errors.New("the subscription is gone")
