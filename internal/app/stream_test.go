// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bufio"
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// TestStopsWithAnOpenStream: a page that listens to a conversation does not keep the server from stopping:
// the end of the test stops it, and fails when the time to let things end runs out.
func TestStopsWithAnOpenStream(t *testing.T) {
	var answers []*http.Response
	t.Cleanup(func() { // after the server has stopped
		for _, answer := range answers {
			_ = answer.Body.Close()
		}
	})
	a := training(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	guest := &http.Client{Jar: jar}
	ask := func(method, path string, form url.Values) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(context.Background(), method, a.PublicURL()+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", a.PublicURL())
		answer, err := guest.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, answer)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s answers %s", path, answer.Status)
		}
		return answer
	}
	ask(http.MethodPost, "/help/chat", url.Values{"words": {"Где мой ключ?"}})
	said := bufio.NewScanner(ask(http.MethodGet, "/help/chat/stream", nil).Body)
	if !said.Scan() {
		t.Fatal("the stream says nothing")
	}
}
