// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package blob_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podpis/internal/platform/blob"
)

func open(t *testing.T) (*blob.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blobs")
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func TestPutGetDelete(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	ctx := context.Background()
	if err := s.Put(ctx, "0abc", strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(ctx, "0abc")
	if err != nil || string(got) != "content" {
		t.Fatalf("Get = %q, %v", got, err)
	}
	if err := s.Put(ctx, "0abc", strings.NewReader("other")); !errors.Is(err, blob.ErrExists) {
		t.Errorf("second Put = %v, want ErrExists", err)
	}
	if err := s.Delete(ctx, "0abc"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, "0abc"); err != nil {
		t.Errorf("Delete of what is gone = %v", err)
	}
	if _, err := s.Get(ctx, "0abc"); !errors.Is(err, blob.ErrMissing) {
		t.Errorf("Get after Delete = %v, want ErrMissing", err)
	}
}

func TestMalformedIDs(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	for _, id := range []string{"", "a", "../../etc/passwd", "A1", "a/b", "a.b", strings.Repeat("a", 65), "ab\x00c"} {
		if err := s.Put(context.Background(), id, strings.NewReader("x")); !errors.Is(err, blob.ErrID) {
			t.Errorf("Put(%q) = %v, want ErrID", id, err)
		}
		if _, err := s.Get(context.Background(), id); !errors.Is(err, blob.ErrID) {
			t.Errorf("Get(%q) = %v, want ErrID", id, err)
		}
		if err := s.Delete(context.Background(), id); !errors.Is(err, blob.ErrID) {
			t.Errorf("Delete(%q) = %v, want ErrID", id, err)
		}
	}
}

// TestInterruptedPutLeavesNothing: neither a blob nor a temporary file.
func TestInterruptedPutLeavesNothing(t *testing.T) {
	t.Parallel()
	s, dir := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Put(ctx, "0abc", strings.NewReader("content")); !errors.Is(err, context.Canceled) {
		t.Fatalf("Put = %v, want Canceled", err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "bc"))
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
