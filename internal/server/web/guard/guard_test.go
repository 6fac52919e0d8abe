// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package guard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"image/png"
	"io"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
)

var ctx = context.Background()

// world is a guard with a clock that is moved by hand.
type world struct {
	*Guard
	t     *testing.T
	book  *policy.Book
	clock time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	d, err := db.Open(ctx, db.Config{DataDir: dir})
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	ring, err := keys.Load(filepath.Join(dir, "kek"), "")
	must(t, err)
	book, err := policy.New(Rules())
	must(t, err)
	must(t, d.Write(ctx, book.Install))
	w := &world{t: t, book: book, clock: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	w.Guard = New(d, book, ring, func() time.Time { return w.clock })
	w.set("verify.guard_bits", "8")
	w.set("verify.guard_free", "2")
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) set(key, value string) {
	w.t.Helper()
	must(w.t, w.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return w.book.Set(ctx, tx, "test", key, value, tx.Now().Add(-time.Second), time.Time{})
	}))
}

// work does what the browser does.
func (w *world) work(network string) string {
	w.t.Helper()
	c, err := w.Challenge(ctx, network)
	must(w.t, err)
	if c.Mode != Work {
		w.t.Fatalf("mode %s", c.Mode)
	}
	for n := 0; ; n++ {
		proof := c.Token + "." + strconv.Itoa(n)
		if sum := sha256.Sum256([]byte(proof)); zeros(sum[:]) >= c.Bits {
			return proof
		}
	}
}

func (w *world) refused(want *problem.Error, network string, p Proof) {
	w.t.Helper()
	if _, err := w.Admit(ctx, network, p); !errors.Is(err, want) {
		w.t.Errorf("%+v: %v, want %v", p, err, want)
	}
}

var (
	needed = problem.New(problem.Limited, "guard.needed")
	wrong  = problem.New(problem.Invalid, "guard.wrong")
)

// A proof of work counts once, for its network and its time.
func TestWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("verify.guard_free", "0")
	proof := w.work("192.0.2.1")
	w.refused(needed, "192.0.2.2", Proof{Work: proof})
	w.refused(needed, "192.0.2.1", Proof{Work: proof + "0"})
	w.refused(needed, "192.0.2.1", Proof{Work: "x" + proof})
	w.refused(needed, "192.0.2.1", Proof{})
	pass, err := w.Admit(ctx, "192.0.2.1", Proof{Work: proof})
	must(t, err)
	w.refused(needed, "192.0.2.1", Proof{Work: proof})
	for range passes {
		if again, err := w.Admit(ctx, "192.0.2.1", Proof{Pass: pass}); err != nil || again != pass {
			t.Errorf("a pass of the same check: %v", err)
		}
	}
	w.refused(needed, "192.0.2.1", Proof{Pass: pass})
	late := w.work("192.0.2.1")
	w.clock = w.clock.Add(11 * time.Minute)
	w.refused(needed, "192.0.2.1", Proof{Work: late})
	w.refused(needed, "192.0.2.1", Proof{Work: w.seal(tokenPass, "192.0.2.1", time.Hour, []byte{0}) + ".1"})
}

// Without scripts a network has some checks an hour, then a code.
func TestFreeChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		if _, now, err := w.NeedsCode(ctx, "192.0.2.1"); err != nil || now {
			t.Errorf("a code is wanted too early: %v", err)
		}
		_, err := w.Admit(ctx, "192.0.2.1", Proof{})
		must(t, err)
	}
	w.refused(needed, "192.0.2.1", Proof{})
	if always, now, err := w.NeedsCode(ctx, "192.0.2.1"); err != nil || !now || always {
		t.Errorf("after the free ones: always %v, now %v, %v", always, now, err)
	}
	_, err := w.Admit(ctx, "192.0.2.2", Proof{})
	must(t, err)
	w.clock = w.clock.Add(time.Hour)
	_, err = w.Admit(ctx, "192.0.2.1", Proof{})
	must(t, err)
}

// A code is shown, spoken, and typed in once; spaces do not matter.
func TestCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("verify.guard", "picture")
	w.refused(needed, "a", Proof{Work: "x.1"})
	begin := func() (token, digits string) {
		token, err := w.Code(ctx, "a")
		must(t, err)
		content, _, ok := w.open(tokenCode, "a", token)
		if !ok {
			t.Fatal("a fresh code does not open")
		}
		for _, d := range content {
			digits += string('0' + rune(d))
		}
		return token, digits
	}
	token, digits := begin()
	var picture, sound, english bytes.Buffer
	must(t, w.Picture(&picture, "a", token))
	img, err := png.Decode(&picture)
	must(t, err)
	if b := img.Bounds(); b.Dx() != PictureWidth || b.Dy() != PictureHeight {
		t.Errorf("picture of %v", b)
	}
	must(t, w.Sound(&sound, "a", token, "kk"))
	must(t, w.Sound(&english, "a", token, "en"))
	if !bytes.HasPrefix(sound.Bytes(), []byte("RIFF")) || sound.Len() < 20_000 || bytes.Equal(sound.Bytes(), english.Bytes()) {
		t.Errorf("sound of %d octets", sound.Len())
	}
	_, err = w.Admit(ctx, "a", Proof{Token: token, Code: digits[:3] + " - " + digits[3:]})
	must(t, err)
	w.refused(wrong, "a", Proof{Token: token, Code: digits})
	token, digits = begin()
	w.refused(wrong, "a", Proof{Token: token, Code: "12345"})
	w.refused(wrong, "a", Proof{Token: token, Code: digits})
	token, digits = begin()
	w.refused(wrong, "b", Proof{Token: token, Code: digits})
	token, _ = begin()
	w.refused(wrong, "a", Proof{Token: token, Code: "12345x"})
	token, digits = begin()
	w.refused(wrong, "a", Proof{Token: token, Code: digits + "0"})
	if err := w.Picture(&picture, "b", token); problem.KindOf(err) != problem.NotFound {
		t.Errorf("a picture for another network: %v", err)
	}
	for range drawings {
		must(t, w.Picture(&picture, "a", token))
	}
	if err := w.Sound(&sound, "a", token, "ru"); problem.KindOf(err) != problem.Limited {
		t.Errorf("a code drawn without end: %v", err)
	}
}

// A network has so many pictures a minute, and the same minute of another day is another one.
func TestPicturesOfAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := ""
	for day := range 2 {
		for n := range perMinute + 1 {
			if n%drawings == 0 {
				var err error
				token, err = w.Code(ctx, "a")
				must(t, err)
			}
			err := w.Picture(io.Discard, "a", token)
			if limited := problem.KindOf(err) == problem.Limited; limited != (n == perMinute) {
				t.Fatalf("day %d, picture %d: %v", day, n, err)
			}
		}
		w.clock = w.clock.AddDate(0, 0, 1)
	}
}

// What was spent stays spent however it is spelled: with line ends, or with other spare bits in its last letter.
func TestTokensHaveOneSpelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("verify.guard_free", "0")
	pass, err := w.Admit(ctx, "a", Proof{Work: w.work("a")})
	must(t, err)
	code, err := w.Code(ctx, "a")
	must(t, err)
	spelled := 0
	for _, token := range []string{pass, code} {
		kind := map[bool]string{true: tokenPass, false: tokenCode}[token == pass]
		others := []string{token + "\n", token[:5] + "\r\n" + token[5:]}
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			if other := token[:len(token)-1] + string(last); other != token {
				others = append(others, other)
			}
		}
		for _, other := range others {
			if _, _, ok := w.open(kind, "a", other); ok {
				t.Errorf("%q opens as %q does", other, token)
			}
			spelled++
		}
	}
	if spelled < 100 {
		t.Errorf("%d spellings", spelled)
	}
}

// Off asks for nothing.
func TestModes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("verify.guard", "off")
	w.set("verify.guard_free", "0")
	_, err := w.Admit(ctx, "a", Proof{})
	must(t, err)
	if c, err := w.Challenge(ctx, "a"); err != nil || c.Mode != Off || c.Token != "" {
		t.Errorf("off: %+v, %v", c, err)
	}
	w.set("verify.guard", "work")
	w.refused(needed, "a", Proof{})
	if c, err := w.Challenge(ctx, "a"); err != nil || c.Mode != Work || c.Bits != 8 {
		t.Errorf("work: %+v, %v", c, err)
	}
}
