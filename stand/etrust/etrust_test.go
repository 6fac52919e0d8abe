// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package etrust_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"podpis/pki/tsl"
	"podpis/pki/x509"
	"podpis/stand/etrust"
)

func start(t *testing.T) *etrust.Server {
	t.Helper()
	s, err := etrust.Start("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// get asks for the list and reads it as a client does.
func get(s *etrust.Server) (list *tsl.List, centres []*tsl.Centre, status int, err error) {
	reply, err := http.Get(s.URL())
	if err != nil {
		return nil, nil, 0, err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, nil, 0, err
	}
	list, err = tsl.Read(bytes.NewReader(body), int64(len(body)), []*x509.Certificate{s.Certificate()}, func(c *tsl.Centre) error {
		centres = append(centres, c)
		return nil
	})
	return list, centres, reply.StatusCode, err
}

// The list has at least twenty samples, all of them called so, and what was put.
func TestList(t *testing.T) {
	t.Parallel()
	s := start(t)
	list, centres, _, err := get(s)
	if err != nil || list.Unread > 0 || len(centres) < 20 {
		t.Fatalf("%d centres, %v", len(centres), err)
	}
	states := map[tsl.State]int{}
	for _, c := range centres {
		if !strings.HasPrefix(c.ShortName, "Образец: ") || c.OGRN == "" || c.Address.Region == "" {
			t.Errorf("no sample: %+v", c)
		}
		if p := c.Periods(); len(p) != 1 || p[0].Until.IsZero() != (c.Status.State == tsl.Active) {
			t.Errorf("%s is %s with periods %v", c.Number, c.Status.State, p)
		}
		states[c.Status.State]++
	}
	for _, want := range []tsl.State{tsl.Active, tsl.Ended, tsl.Withdrawn, tsl.Suspended} {
		if states[want] == 0 {
			t.Errorf("no sample is %s", want)
		}
	}
	own := &tsl.Centre{Number: "1", Name: "Учебный центр", Status: tsl.Status{Text: "Действует", From: time.Now()}}
	s.Put(own)
	s.Put(own)
	newer, more, _, err := get(s)
	if err != nil || len(more) != len(centres)+1 || newer.Version <= list.Version {
		t.Errorf("%d centres in version %d, %v", len(more), newer.Version, err)
	}
	if state := s.State(); state.Served != 2 || state.Centres != len(more) {
		t.Errorf("state %+v", state)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	s := start(t)
	for failure, want := range map[etrust.Failure]error{
		etrust.Broken: tsl.ErrChanged, etrust.Stranger: tsl.ErrSigner, etrust.Older: nil, etrust.None: nil,
	} {
		s.Fail(failure)
		list, _, _, err := get(s)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", failure, err, want)
		}
		if failure == etrust.Older && list.Version != 1 {
			t.Errorf("version %d", list.Version)
		}
	}
	s.Fail(etrust.Busy)
	if _, _, status, _ := get(s); status != http.StatusServiceUnavailable {
		t.Errorf("busy: %d", status)
	}
	s.Fail(etrust.NoList)
	if _, _, status, err := get(s); status != http.StatusOK || err == nil {
		t.Errorf("no list: %d, %v", status, err)
	}
	s.Fail(etrust.Unreachable)
	if _, _, _, err := get(s); err == nil {
		t.Error("reached")
	}
	if _, err := etrust.Start("127.0.0.1:99999", nil); err == nil {
		t.Error("no such address")
	}
}
