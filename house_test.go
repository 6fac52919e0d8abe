// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package podpis_test holds the rules of the house: who may import whom, what
// every file and package carries, and that the documents tell the truth.
package podpis_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors is the house from the roof down. A package may import packages of
// lower floors, and of its own floor only where the row says so.
//
// A failing line is a design question, not a line to edit away.
var floors = []struct {
	prefix  string
	floor   int
	sibling bool // may import others of the same row
	why     string
}{
	{"podpis/cmd/podpis/", 9, true, "one program, split by what its commands do"},
	{"podpis/cmd/", 9, false, "programs are wired from parts and know no other program"},
	{"podpis/internal/app", 8, true, "the parts list"},
	{"podpis/internal/server/middleware", 6, true, "what several doors need"},
	{"podpis/internal/server/web", 7, true, "one door, split by audience"},
	{"podpis/internal/server/", 7, false, "doors do not import each other"},
	{"podpis/internal/service/", 5, true, "services: their own order is in serviceOrder"},
	{"podpis/internal/platform/", 4, true, "what remembers knows nothing of what decides"},
	{"podpis/stand", 4, true, "the outside world never knows the inside"},
	{"podpis/sign", 3, true, "one of the two things done with signatures"},
	{"podpis/verify/augment", 4, true, "raises signatures: judges first, then stamps, and so stands on both"},
	{"podpis/verify", 3, true, "the other"},
	{"podpis/wire/", 3, false, "codecs of foreign protocols, pki only"},
	{"podpis/pki/", 2, true, "formats"},
	{"podpis/gost/", 1, true, "mathematics"},
}

// serviceOrder is the order of the services: a lower one never calls a higher
// one, it publishes an event.
var serviceOrder = map[string]int{
	"identity": 1, "trust": 1, "ca": 1, "tsa": 1, "workplace": 1, "transparency": 1, "calendar": 1, "draft": 1,
	"factor": 2, "federation": 2, "egrip": 2,
	"auth": 3, "verdict": 3, "custody": 3, "billing": 3,
	"people": 4, "support": 4, "inbox": 4, "news": 4, "push": 4, "download": 4, "document": 4, "connection": 4,
	"ra": 5, "recovery": 5, "filing": 5, "books": 5, "oversight": 5, "privacy": 5, "habit": 5,
	"consult":     6, // what staff do for people across applications, tickets and found clients
	"takeout":     6,
	"servicetest": 7, // puts them together for tests, as internal/app does for an installation
}

// forbidden are single imports that the floors do not express.
var forbidden = []struct{ from, to, except, why string }{
	{"podpis/", "podpis/gost/", "podpis/pki/alg podpis/gost/", "pki/alg alone reaches the mathematics"},
	{"podpis/", "crypto/rsa", "podpis/pki/alg", "pki/alg alone reaches RSA"},
	{"podpis/", "crypto/ecdsa", "podpis/pki/alg podpis/gost/internal/bench", "pki/alg alone reaches ECDSA"},
	{"podpis/", "crypto/x509", "", "it cannot check GOST; a judge in tests only"},
	{"podpis/stand", "podpis/internal/", "", "the stand speaks over sockets only"},
	{"podpis/gost/", "podpis/pki/", "", "mathematics knows no formats"},
	{"podpis/sign", "podpis/verify", "podpis/verify", "signing does not need judging"},
	{"podpis/pki/", "net/http", "", "formats fetch nothing"},
}

type goPackage struct {
	ImportPath string
	Dir        string
	Doc        string
	GoFiles    []string
	Imports    []string
	Deps       []string
	Standard   bool
}

// list runs go list for the given build.
func list(t *testing.T, env []string, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Doc,GoFiles,Imports,Deps,Standard"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var packages []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func row(path string) int {
	return slices.IndexFunc(floors, func(f struct {
		prefix  string
		floor   int
		sibling bool
		why     string
	}) bool {
		return strings.HasPrefix(path+"/", strings.TrimSuffix(f.prefix, "/")+"/")
	})
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, nil, "./...") {
		from := row(p.ImportPath)
		if p.ImportPath == "podpis" {
			continue // the rules themselves
		}
		if from < 0 {
			t.Errorf("%s stands in no room of the house", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			checkForbidden(t, p.ImportPath, imported)
			if floors[from].prefix == "podpis/gost/" && !strings.HasPrefix(imported, "podpis/gost/") && strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("%s imports %s: gost uses the standard library only", p.ImportPath, imported)
			}
			to := row(imported)
			if to < 0 {
				continue
			}
			if floors[to].floor > floors[from].floor || floors[to].floor == floors[from].floor && (to != from || !floors[from].sibling) {
				t.Errorf("%s imports %s: imports point down (%s)", p.ImportPath, imported, floors[from].why)
			}
			if a, b := service(p.ImportPath), service(imported); a != "" && b != "" && a != b && serviceOrder[b] >= serviceOrder[a] {
				t.Errorf("%s imports %s: a service calls lower ones only", p.ImportPath, imported)
			}
		}
	}
}

func service(path string) string {
	rest, ok := strings.CutPrefix(path, "podpis/internal/service/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func checkForbidden(t *testing.T, from, to string) {
	t.Helper()
	for _, f := range forbidden {
		excepted := slices.ContainsFunc(strings.Fields(f.except), func(e string) bool { return strings.HasPrefix(from, e) })
		if strings.HasPrefix(from, f.from) && strings.HasPrefix(to, f.to) && !excepted {
			t.Errorf("%s imports %s: %s", from, to, f.why)
		}
	}
}

func TestServicesHaveAPlaceInTheOrder(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, nil, "./internal/service/...") {
		if name := service(p.ImportPath); serviceOrder[name] == 0 {
			t.Errorf("%s: no place in serviceOrder", p.ImportPath)
		}
	}
}

// TestMathematicsIsConstantTime looks for what cannot be: numbers of math/big take a time that depends on them.
func TestMathematicsIsConstantTime(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, []string{"GOOS=js", "GOARCH=wasm"}, "./gost/...") {
		if slices.Contains(p.Deps, "testing") || p.ImportPath == "podpis/gost/internal/bench" { // what tests share, and the yardsticks
			continue
		}
		for _, banned := range []string{"math/big", "fmt", "reflect"} {
			if slices.Contains(p.Deps, banned) {
				t.Errorf("%s brings %s into the mathematics", p.ImportPath, banned)
			}
		}
	}
}

// TestBrowserModulesAreLean keeps what a browser downloads free of packages that
// double its size or have no sense there. The module that judges has RSA, which needs
// math/big, and writes reports; what talks to a network stays out of both.
func TestBrowserModulesAreLean(t *testing.T) {
	t.Parallel()
	nowhere := []string{"crypto/x509", "crypto/tls", "net", "net/http", "database/sql", "html/template", "podpis/internal", "podpis/verify/fetch"}
	for _, module := range []struct {
		path   string
		tags   string
		banned []string
	}{
		{"./cmd/podpis-wasm", "", []string{"fmt", "reflect", "encoding/json", "encoding/asn1", "crypto/rsa", "crypto/ecdsa", "math/big", "podpis/verify"}},
		{"./cmd/podpis-document", "judge", []string{"podpis/verify", "podpis/pki/pkcs8", "podpis/pki/pkcs12", "podpis/pki/keycontainer"}},
		{"./cmd/podpis-judge", "judge", []string{"podpis/sign", "podpis/pki/pkcs8", "podpis/pki/pkcs12", "podpis/pki/keycontainer"}},
	} {
		for _, p := range list(t, []string{"GOOS=js", "GOARCH=wasm"}, "-tags", module.tags, module.path) {
			for _, dep := range p.Deps {
				for _, b := range append(nowhere, module.banned...) {
					if dep == b || strings.HasPrefix(b, "podpis/") && strings.HasPrefix(dep, b) {
						t.Errorf("%s brings %s into the browser", p.ImportPath, dep)
					}
				}
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, nil, "./...") {
		if len(p.GoFiles) > 0 && len(strings.Fields(p.Doc)) < 5 {
			t.Errorf("%s: no package comment that says what it is for", p.ImportPath)
		}
	}
}

const spdx = "// SPDX-FileCopyrightText: The Podpis authors\n// SPDX-License-Identifier: Apache-2.0\n"

// TestBudgets holds the sizes that keep rooms readable: 500 lines a file, 80 a
// function, 3,000 a package (web 8,000).
func TestBudgets(t *testing.T) {
	t.Parallel()
	lines := map[string]int{}
	walk(t, func(path string, source []byte) {
		generated := bytes.Contains(source[:min(len(source), 400)], []byte("DO NOT EDIT"))
		if generated || strings.HasSuffix(path, "_templ.go") {
			return
		}
		if !strings.HasPrefix(string(source), spdx) {
			t.Errorf("%s does not open with the two licence lines", path)
		}
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		n := bytes.Count(source, []byte("\n"))
		lines[filepath.Dir(path)] += n
		if n > 500 {
			t.Errorf("%s has %d lines, 500 is the budget", path, n)
		}
		checkFunctions(t, path, source)
	})
	for _, dir := range slices.Sorted(maps.Keys(lines)) {
		budget := 3000
		if strings.HasPrefix(dir, filepath.Join("internal", "server", "web")) {
			budget = 8000
		}
		if lines[dir] > budget {
			t.Errorf("%s has %d lines, %d is the budget", dir, lines[dir], budget)
		}
	}
}

func checkFunctions(t *testing.T, path string, source []byte) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, 0)
	if err != nil {
		t.Error(err)
		return
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; n > 80 {
			t.Errorf("%s: %s has %d lines, 80 is the budget", path, f.Name.Name, n)
		}
	}
}

// walk calls do for every Go file of the project.
func walk(t *testing.T, do func(path string, source []byte)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == "build" || path == "data" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		do(path, source)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
