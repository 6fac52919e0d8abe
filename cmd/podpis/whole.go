// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !bundled || !linux

package main

import (
	"podpis/cmd/podpis/authority"
	"podpis/cmd/podpis/terminal"
)

// house are the commands of the server and of the authority.
func house() (serve, ca, admin terminal.Command) {
	return authority.Serve(), authority.CA(), authority.Admin()
}
