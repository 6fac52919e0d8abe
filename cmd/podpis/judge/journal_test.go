// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"podpis/cmd/podpis/terminal"
)

func problemKey(err error) string {
	var p *terminal.Problem
	if errors.As(err, &p) {
		return p.Key
	}
	return ""
}

// A journal gives back what it was given, whatever octet it was cut at: a line is there or it is not.
func TestJournalTorn(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "journal")
	j, err := openJournal(name, "settings")
	if err != nil {
		t.Fatal(err)
	}
	if err := j.add([]outcome{{Task: "a", Report: json.RawMessage(`{"file":"a"}`)}, {Task: "b", Fault: "нет файла", Exit: 66}}); err != nil {
		t.Fatal(err)
	}
	if err := j.add([]outcome{{Task: "a", before: true}, {Task: "c", Passed: true}}); err != nil {
		t.Fatal(err)
	}
	if _, err := openJournal(name, "settings"); problemKey(err) != "journal-taken" {
		t.Errorf("two runs at a time: %v", err)
	}
	j.close()
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) + 1 {
		cut := filepath.Join(t.TempDir(), "cut")
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := openJournal(cut, "settings")
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		for i, task := range []string{"a", "b", "c"} {
			o, ok := j.find(task)
			if lines := slices.Index([]byte(string(whole)), '\n'); ok && (n <= lines || o.Task != task || !o.before) {
				t.Errorf("cut at %d: %d %+v", n, i, o)
			}
			if !ok {
				if err := j.add([]outcome{{Task: task, Fault: "again"}}); err != nil {
					t.Fatal(err)
				}
			}
			if o, ok := j.find(task); !ok || o.Task != task {
				t.Errorf("cut at %d: %s is lost", n, task)
			}
		}
		j.close()
		if j, err = openJournal(cut, "settings"); err != nil || len(j.lines) != 3 {
			t.Fatalf("cut at %d and written on: %v", n, err)
		}
		j.close()
	}
}

func TestJournalOfOthers(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "journal")
	j, err := openJournal(name, "one")
	if err != nil {
		t.Fatal(err)
	}
	j.close()
	if _, err := openJournal(name, "two"); problemKey(err) != "journal-settings" {
		t.Errorf("of other settings: %v", err)
	}
	for _, text := range []string{"договор\n", "договор", "{}\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openJournal(name, "one"); problemKey(err) != "journal-other" {
			t.Errorf("%q: %v", text, err)
		}
		if left, err := os.ReadFile(name); err != nil || string(left) != text {
			t.Errorf("%q became %q", text, left)
		}
	}
}
