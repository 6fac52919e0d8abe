// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package sms_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"podpis/stand/sms"
	"podpis/wire/smpp"
)

func start(t *testing.T) (*sms.Server, *smpp.Client) {
	t.Helper()
	s, err := sms.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := smpp.NewClient(smpp.Config{Addr: s.Addr(), SystemID: "podpis", Source: "Podpis", PerSecond: 10000, Timeout: time.Second})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		c.Close(context.Background()) // the centre is gone
	})
	return s, c
}

func TestKeepsWhatItGets(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	long := strings.Repeat("Длинное сообщение. ", 20)
	found := make(chan sms.Message, 1)
	go func() {
		m, err := s.Wait(t.Context(), func(m sms.Message) bool { return m.Text == long })
		if err != nil {
			t.Error(err)
		}
		found <- m
	}()
	for _, text := range []string{"Подпись: 482913", long} {
		if _, err := c.Send(t.Context(), "+79990000000", text); err != nil {
			t.Fatal(err)
		}
	}
	if m := <-found; m.To != "79990000000" || m.From != "Podpis" || m.Parts != 6 {
		t.Errorf("message: %+v", m)
	}
	if all := s.Messages(); len(all) != 2 || all[0].Text != long || all[1].Text != "Подпись: 482913" || all[1].Parts != 1 {
		t.Errorf("messages: %+v", all)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wait(ctx, func(sms.Message) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("waited for nothing: %v", err)
	}
}

func TestFailsOnDemand(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	for _, f := range []struct {
		failure sms.Failure
		kept    int
		status  smpp.Status
	}{
		{sms.Refuse, 0, smpp.InvalidDest}, {sms.Drop, 0, 0}, {sms.LoseAnswer, 1, 0}, {sms.Delay, 0, 0}, {sms.Throttle, 0, smpp.Throttled},
	} {
		before := len(s.Messages())
		s.Fail(f.failure, 1)
		if s.Failing() != f.failure {
			t.Errorf("failing: %s", s.Failing())
		}
		_, err := c.Send(t.Context(), "1", "x")
		e, refused := errors.AsType[*smpp.StatusError](err)
		if err == nil || refused != (f.status != 0) || (refused && e.Status != f.status) {
			t.Errorf("%s: %v", f.failure, err)
		}
		if kept := len(s.Messages()) - before; kept != f.kept {
			t.Errorf("%s: %d messages kept, want %d", f.failure, kept, f.kept)
		}
		if s.Failing() != sms.None {
			t.Errorf("%s: still failing", f.failure)
		}
	}
	if _, err := c.Send(t.Context(), "1", "x"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := sms.Start("256.0.0.1:0"); err == nil {
		t.Error("listens nowhere")
	}
}
