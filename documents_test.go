// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package podpis_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// requirement is a row of docs/requirements.md.
type requirement struct{ id, state, where, test, reason string }

const requirementCount = 563

var (
	idPattern       = regexp.MustCompile(`\b(S\d{3}-\d{2,3}|A-\d{2})\b`)
	citationPattern = regexp.MustCompile(`\bRFC (\d{4,5})\b`)
)

func requirements(t *testing.T) map[string]requirement {
	t.Helper()
	text, err := os.ReadFile("docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]requirement{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) < 7 || !idPattern.MatchString(cells[1]) {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		r := requirement{cells[1], cells[2], cells[3], cells[4], cells[5]}
		if _, twice := rows[r.id]; twice {
			t.Errorf("requirement %s has two rows", r.id)
		}
		rows[r.id] = r
	}
	return rows
}

// testSources maps the name of every test function to its source.
func testSources(t *testing.T) map[string]string {
	t.Helper()
	tests := map[string]string{}
	start := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)\w*)\(`)
	walk(t, func(path string, source []byte) {
		if !strings.HasSuffix(path, "_test.go") || path == "documents_test.go" {
			return
		}
		// A function's comment belongs to it: cut at the end of the function before.
		text := string(source)
		for _, m := range start.FindAllStringSubmatchIndex(text, -1) {
			from := strings.LastIndex(text[:m[0]], "\n}\n")
			to := strings.Index(text[m[0]:], "\n}\n")
			if to < 0 {
				to = len(text) - m[0]
			}
			tests[text[m[2]:m[3]]] += text[max(from, 0) : m[0]+to]
		}
	})
	return tests
}

// TestRequirementsAreShown holds docs/requirements.md to the truth in both
// directions: a row that is met names a test that names the row, and a test
// that names a row finds it met.
func TestRequirementsAreShown(t *testing.T) {
	t.Parallel()
	rows, tests := requirements(t), testSources(t)
	if len(rows) != requirementCount {
		t.Errorf("docs/requirements.md has %d rows, want %d", len(rows), requirementCount)
	}
	for _, r := range rows {
		switch r.state {
		case "open":
			continue
		case "met":
		case "differs":
			if r.reason == "" {
				t.Errorf("%s differs without a reason", r.id)
			}
		default:
			t.Errorf("%s: state %q", r.id, r.state)
		}
		source, ok := tests[r.test]
		if !ok {
			t.Errorf("%s names the test %q, which does not exist", r.id, r.test)
		} else if !strings.Contains(source, r.id) {
			t.Errorf("%s: %s does not name it", r.id, r.test)
		}
		if _, err := os.Stat(r.where); err != nil {
			t.Errorf("%s: no such place: %s", r.id, r.where)
		}
	}
	for name, source := range tests {
		for _, id := range idPattern.FindAllString(source, -1) {
			if r, known := rows[id]; known && (r.state == "open" || r.test != name) {
				t.Errorf("%s names %s, whose row does not name it", name, id)
			}
		}
	}
}

// TestStandardsAreListed finds an RFC cited in the code that docs/standards.md
// does not list.
func TestStandardsAreListed(t *testing.T) {
	t.Parallel()
	standards, err := os.ReadFile("docs/standards.md")
	if err != nil {
		t.Fatal(err)
	}
	cited := map[string]string{}
	walk(t, func(path string, source []byte) {
		for _, m := range citationPattern.FindAllStringSubmatch(string(source), -1) {
			cited[m[1]] = path
		}
	})
	for number, path := range cited {
		if !strings.Contains(string(standards), "RFC "+number) {
			t.Errorf("RFC %s is cited in %s but not listed in docs/standards.md", number, path)
		}
	}
}

// TestNoNakedTodo: work left is an issue, TODO(#12) names it.
func TestNoNakedTodo(t *testing.T) {
	t.Parallel()
	naked := regexp.MustCompile(`(?m)^\s*//.*\b(TODO|FIXME|XXX)\b[^(]`)
	walk(t, func(path string, source []byte) {
		if m := naked.Find(source); m != nil && path != "documents_test.go" {
			t.Errorf("%s: %s", path, strings.TrimSpace(string(m)))
		}
	})
}

// TestThreatsNameTheirTests: each threat of the model names a test that holds it, or its row says
// why none can; every test that is named exists.
func TestThreatsNameTheirTests(t *testing.T) {
	text, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, rows := testSources(t), 0
	name := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	for line := range strings.Lines(string(text)) {
		threat, isThreat := strings.CutPrefix(line, "| **")
		named := name.FindAllStringSubmatch(line, -1)
		for _, m := range named {
			if _, there := tests[m[1]]; !there {
				t.Errorf("docs/threat-model.md names %s, which is no test", m[1])
			}
		}
		if !isThreat {
			continue
		}
		if rows++; len(named) == 0 && !strings.Contains(line, "no test ") {
			t.Errorf("docs/threat-model.md: no test holds «%s»", strings.Split(threat, "**")[0])
		}
	}
	if rows < 30 {
		t.Errorf("%d threats found", rows)
	}
}
