// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"strings"
	"testing"
)

func TestRefusesWrongUse(t *testing.T) {
	t.Parallel()
	if err := run([]string{"-nosuch"}); err == nil {
		t.Error("unknown flag accepted")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = run([]string{"-listen", l.Addr().String(), "-sms", "127.0.0.1:0", "-mail", "127.0.0.1:0", "-lists", "127.0.0.1:0"})
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("address in use: %v", err)
	}
}
