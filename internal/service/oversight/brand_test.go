// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/oversight"
	"podpis/internal/service/servicetest"
)

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The look is one of the measured palettes and a PNG that was drawn anew: what stands
// behind its picture is gone. Each change is recorded, and may be taken back.
func TestBrand(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	officer := w.Staff(auth.Officer, "+79990001002", "officer@example.org", "Офицеров О. О.")
	good := picture(t, 64, 28)
	for name, c := range map[string]struct {
		who     auth.Account
		palette string
		logo    []byte
		kind    problem.Kind
	}{
		"another role": {officer, "pine", nil, problem.Forbidden}, "another colour": {admin, "#ff0000", nil, problem.Invalid}, "no picture": {admin, "pine", []byte("<svg onload=alert(1)>"), problem.Invalid},
		"too wide": {admin, "pine", picture(t, 513, 1), problem.Invalid}, "cut": {admin, "pine", good[:40], problem.Invalid}, "large": {admin, "pine", make([]byte, 65<<10), problem.Invalid},
	} {
		if err := w.Oversight.SetBrand(ctx, actor(c.who), c.palette, c.logo); problem.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b := w.Oversight.Look(); b.Palette != "" || b.Version != "" {
		t.Errorf("%+v", b)
	}
	if err := w.Oversight.SetBrand(ctx, actor(admin), "pine", append(bytes.Clone(good), "<script>alert(1)</script>"...)); err != nil {
		t.Fatal(err)
	}
	b := w.Oversight.Look()
	if b.Palette != "pine" || b.Version == "" || bytes.Contains(b.Logo, []byte("script")) || b.Who != admin.Title {
		t.Errorf("%+v", b)
	}
	w.Clock.Pass(time.Minute)
	if err := w.Oversight.SetBrand(ctx, actor(admin), "plum", nil); err != nil || w.Oversight.Look().Version != b.Version {
		t.Errorf("the logo is lost: %v", err)
	}
	w.Clock.Pass(time.Minute)
	if err := w.Oversight.SetBrand(ctx, actor(admin), "", []byte{}); err != nil || w.Oversight.Look().Version != "" {
		t.Errorf("the logo stays: %v", err)
	}
	if n := len(w.Entries("admin.brand")); n != 3 {
		t.Errorf("%d entries", n)
	}
	if len(oversight.Palettes()) < 3 {
		t.Error("no palettes")
	}
}
