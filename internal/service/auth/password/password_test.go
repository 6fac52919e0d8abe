// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"strings"
	"testing"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	c := Cost{}.OrRecommended()
	a, b := c.Hash("Зимний лес 42!"), c.Hash("Зимний лес 42!")
	if a == b || !strings.HasPrefix(a, "argon2id$3$65536$4$") {
		t.Errorf("hashes %s, %s", a, b)
	}
	if !c.Verify(a, "Зимний лес 42!") || c.Verify(a, "зимний лес 42!") || c.Verify(a, strings.Repeat("x", maxPassword+1)) {
		t.Error("verification")
	}
	// A hash of another cost says so itself.
	small := Cost{Memory: 64, Passes: 1, Lanes: 1}
	if !c.Verify(small.Hash("x"), "x") || !small.Verify(a, "Зимний лес 42!") {
		t.Error("a hash does not carry its cost")
	}
	for _, broken := range []string{"", "argon2id$3$65536$4$x", "argon2id$0$64$1$AAAA$AAAA", "bcrypt$1$64$1$AAAA$AAAA", "argon2id$a$b$c$d$e", strings.Repeat("$", 5)} {
		if small.Verify(broken, "x") {
			t.Errorf("%q lets in", broken)
		}
	}
}
