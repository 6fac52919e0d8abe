// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/keys"
)

// A signature is good for its body, its secret and its minutes.
func TestMessage(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	body := []byte(`{"words":"да"}`)
	good := keys.SignMessage("secret", now, body)
	for name, c := range map[string]struct {
		secret, signature string
		body              []byte
		at                time.Time
		want              bool
	}{
		"good":         {"secret", good, body, now.Add(4 * time.Minute), true},
		"early clock":  {"secret", good, body, now.Add(-4 * time.Minute), true},
		"old":          {"secret", good, body, now.Add(6 * time.Minute), false},
		"from ahead":   {"secret", good, body, now.Add(-6 * time.Minute), false},
		"other secret": {"Secret", good, body, now, false},
		"no secret":    {"", keys.SignMessage("", now, body), body, now, false},
		"other body":   {"secret", good, []byte(`{}`), now, false},
		"other time":   {"secret", strings.Replace(good, "t=17", "t=18", 1), body, now, false},
		"empty":        {"secret", "", body, now, false},
		"no time":      {"secret", "t=,v1=", body, now, false},
		"more":         {"secret", good + ",v1=00", body, now, false},
	} {
		if got := keys.CheckMessage(c.secret, c.signature, c.body, c.at, 5*time.Minute); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
