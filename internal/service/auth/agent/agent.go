// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package agent names browsers by what they say of themselves. It is a help for the memory
// of people and proves nothing: any program may say anything. It knows browsers by their keys,
// too, and has the event of one that was left.
package agent

import (
	"encoding/hex"
	"strings"

	"podpis/internal/platform/keys"
)

// ID is what the database knows a browser by: a digest of the key in its cookie; empty when
// it has none.
func ID(key string) string {
	if key == "" {
		return ""
	}
	return hex.EncodeToString(keys.Digest(key))
}

const maxAgent = 200 // octets

// Short is what a browser says of itself, short and of whole letters: a header may hold
// anything.
func Short(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s[:min(len(s), maxAgent)], "\x00", ""), "")
}

// Name is a browser in two words, «Chrome, Windows», empty when it says nothing known.
func Name(agent string) string {
	name := first(agent, [][2]string{
		{"YaBrowser/", "Яндекс Браузер"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"FxiOS/", "Firefox"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	})
	system := first(agent, [][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	})
	switch {
	case name == "" && system == "":
		return ""
	case name == "":
		return system
	case system == "":
		return name
	}
	return name + ", " + system
}

// first is the name of the first mark that stands in a text.
func first(text string, marks [][2]string) string {
	for _, m := range marks {
		if strings.Contains(text, m[0]) {
			return m[1]
		}
	}
	return ""
}

// Left is published by package auth when sessions are ended by will, not by time: what follows their browsers
// ends as well.
type Left struct {
	Account string `json:"account"`
	All     bool   `json:"all"`
	Device  string `json:"device"` // the one, when not all
	But     string `json:"but"`    // the one that stays, of all
	Own     bool   `json:"own"`    // signed out there, not thrown out from elsewhere
}

// Event names the event.
func (Left) Event() string { return "auth.left" }
