// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
	"podpis/internal/platform/keys"
)

func load(t *testing.T, file string) *keys.Ring {
	t.Helper()
	r, err := keys.Load(file, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	r := load(t, filepath.Join(t.TempDir(), "kek"))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plain")
		aad := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "aad")
		sealed := r.Seal(plain, aad)
		if len(sealed) != len(plain)+keys.Overhead {
			t.Fatalf("sealed %d bytes into %d", len(plain), len(sealed))
		}
		got, err := r.Open(sealed, aad)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v; want %x", got, err, plain)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "i")
		sealed[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "bit"))
		if _, err := r.Open(sealed, aad); err == nil {
			t.Fatalf("byte %d changed and nobody noticed", i)
		}
	})
}

func TestSealedBelongsToItsPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, other := load(t, filepath.Join(dir, "a")), load(t, filepath.Join(dir, "b"))
	sealed := r.Seal([]byte("key"), []byte("ca_key/root"))
	if bytes.Equal(sealed, r.Seal([]byte("key"), []byte("ca_key/root"))) {
		t.Error("the same value sealed twice looks the same")
	}
	for name, c := range map[string]struct {
		ring   *keys.Ring
		sealed []byte
		aad    string
		want   error
	}{
		"another place": {r, sealed, "ca_key/issuing", keys.ErrForged},
		"another ring":  {other, sealed, "ca_key/root", keys.ErrUnknownKey},
		"empty":         {r, nil, "ca_key/root", keys.ErrMalformed},
		"cut":           {r, sealed[:keys.Overhead-1], "ca_key/root", keys.ErrMalformed},
		"other version": {r, append([]byte{2}, sealed[1:]...), "ca_key/root", keys.ErrMalformed},
	} {
		if _, err := c.ring.Open(c.sealed, []byte(c.aad)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestFileIsMadeOnceAndPrivate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kek")
	rings := make([]*keys.Ring, 8) // several processes start at once
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() { rings[i], _ = keys.Load(file, "") })
	}
	wg.Wait()
	for _, r := range rings[1:] {
		if r == nil {
			t.Fatal("a ring was not loaded")
		}
		if _, err := r.Open(rings[0].Seal([]byte("x"), nil), nil); err != nil {
			t.Errorf("two rings of one file: %v", err)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".kek-*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Load(file, ""); err == nil || !strings.Contains(err.Error(), "others") {
		t.Errorf("a file that others can read: %v", err)
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kek")
	old := load(t, file)
	sealed := old.Seal([]byte("secret"), nil)
	if err := keys.Rotate(file); err != nil {
		t.Fatal(err)
	}
	r := load(t, file)
	if got, err := r.Open(sealed, nil); err != nil || string(got) != "secret" {
		t.Errorf("value of the old key: %q, %v", got, err)
	}
	if !r.Stale(sealed) || r.Stale(r.Seal(nil, nil)) || r.Stale(nil) {
		t.Error("stale values are not told apart")
	}
	if _, err := old.Open(r.Seal(nil, nil), nil); !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("value of the new key in the old ring: %v", err)
	}
	if err := keys.Rotate(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("rotated nothing")
	}
}

func TestLoadText(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("A", 42) + "A="
	if r, err := keys.Load("", "# comment\n\n"+key+"\n"); err != nil {
		t.Error(err)
	} else if got, err := r.Open(r.Seal([]byte("x"), nil), nil); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"# only\n", "AAAA", "not base64!", key + "\n!" + key} {
		if _, err := keys.Load("", bad); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
	if _, err := keys.Load(filepath.Join(t.TempDir(), "no", "dir"), ""); err == nil {
		t.Error("made a key in a directory that is not there")
	}
}
