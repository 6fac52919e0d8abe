// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"strings"
	"testing"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	c := Cost{}.orRecommended()
	a, b := c.hash("Зимний лес 42!"), c.hash("Зимний лес 42!")
	if a == b || !strings.HasPrefix(a, "argon2id$3$65536$4$") {
		t.Errorf("hashes %s, %s", a, b)
	}
	if !c.verify(a, "Зимний лес 42!") || c.verify(a, "зимний лес 42!") || c.verify(a, strings.Repeat("x", maxPassword+1)) {
		t.Error("verification")
	}
	// A hash of another cost says so itself.
	small := Cost{Memory: 64, Passes: 1, Lanes: 1}
	if !c.verify(small.hash("x"), "x") || !small.verify(a, "Зимний лес 42!") {
		t.Error("a hash does not carry its cost")
	}
	for _, broken := range []string{"", "argon2id$3$65536$4$x", "argon2id$0$64$1$AAAA$AAAA", "bcrypt$1$64$1$AAAA$AAAA", "argon2id$a$b$c$d$e", strings.Repeat("$", 5)} {
		if small.verify(broken, "x") {
			t.Errorf("%q lets in", broken)
		}
	}
}
