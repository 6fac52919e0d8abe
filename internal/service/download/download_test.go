// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package download_test

import (
	"context"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/download"
	"podpis/internal/service/oversight"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func pack(name string) download.Package {
	return download.Package{Name: name, Kind: download.Program, Title: " Подпись  для Linux", Version: "1.0", System: "linux", Publisher: "Учебный центр"}
}

// TestPublish: an administrator alone publishes; what is handed out has the hashes of its very
// content and a signature made at that moment, and is recorded; a package that is withdrawn
// is gone and its name is free.
func TestPublish(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	admin := oversight.Actor{Account: w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А."), Client: servicetest.Client()}
	officer := oversight.Actor{Account: w.Staff(auth.Officer, "+79990001002", "officer@example.org", "Офицеров О. О."), Client: servicetest.Client()}
	content := []byte("программа")
	if err := w.Oversight.PublishPackage(ctx, officer, pack("podpis-linux"), content, ""); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("an officer publishes: %v", err)
	}
	if n := len(w.Entries("verdict.seal")); n != 0 {
		t.Errorf("signed %d times for who may not", n)
	}
	for field, spoil := range map[string]func(p *download.Package){
		"name": func(p *download.Package) { p.Name = "../x" }, "kind": func(p *download.Package) { p.Kind = "toy" }, "title": func(p *download.Package) { p.Title = " " },
		"version": func(p *download.Package) { p.Version = "" }, "system": func(p *download.Package) { p.System = "dos" }, "publisher": func(p *download.Package) { p.Publisher = strings.Repeat("я", 201) },
	} {
		p := pack("podpis-linux")
		spoil(&p)
		if e, ok := problem.Of(w.Oversight.PublishPackage(ctx, admin, p, content, "")); !ok || e.Field != field {
			t.Errorf("%s: %v", field, e)
		}
	}
	if err := w.Oversight.PublishPackage(ctx, admin, pack("podpis-linux"), nil, ""); problem.KindOf(err) != problem.Invalid {
		t.Errorf("nothing is published: %v", err)
	}
	must(t, w.Oversight.PublishPackage(ctx, admin, pack("podpis-linux"), content, ""))
	if err := w.Oversight.PublishPackage(ctx, admin, pack("podpis-linux"), content, ""); problem.KindOf(err) != problem.Conflict {
		t.Errorf("the same name twice: %v", err)
	}
	p, err := w.Downloads.ByName(ctx, "podpis-linux")
	must(t, err)
	if p.Title != "Подпись для Linux" || p.Size != int64(len(content)) || p.Streebog256 != hex.EncodeToString(alg.Streebog256.Sum(content)) || len(p.SHA256) != 64 || len(p.Signature) == 0 {
		t.Errorf("%+v", p)
	}
	file, err := w.Downloads.Content(p)
	must(t, err)
	got, err := io.ReadAll(file)
	must(t, err)
	must(t, file.Close())
	if string(got) != string(content) {
		t.Errorf("handed out: %q", got)
	}
	if n := len(w.Entries("download.publish")); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	if err := w.Oversight.WithdrawPackage(ctx, officer, p.ID); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("an officer withdraws: %v", err)
	}
	must(t, w.Oversight.WithdrawPackage(ctx, admin, p.ID))
	if _, err := w.Downloads.ByName(ctx, "podpis-linux"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("after it was withdrawn: %v", err)
	}
	if err := w.Oversight.WithdrawPackage(ctx, admin, p.ID); problem.KindOf(err) != problem.NotFound {
		t.Errorf("withdrawn twice: %v", err)
	}
	must(t, w.Oversight.PublishPackage(ctx, admin, pack("podpis-linux"), []byte("новая"), ""))
}

// TestPointed: a package of another publisher is a signed statement of its address and of the
// hashes its publisher gave, and is never fetched.
func TestPointed(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	admin := oversight.Actor{Account: w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")}
	csp := func(change func(p *download.Package)) error {
		p := pack("csp.txt")
		p.Kind, p.Address, p.Streebog256 = download.Provider, "https://publisher.example/csp", strings.Repeat("AB ", 32)
		change(&p)
		return w.Oversight.PublishPackage(ctx, admin, p, nil, "")
	}
	for field, change := range map[string]func(p *download.Package){
		"address": func(p *download.Package) { p.Address = "http://publisher.example/csp" }, "sha256": func(p *download.Package) { p.Streebog256 = "" },
		"streebog256": func(p *download.Package) { p.Streebog256 = "12" }, "name": func(p *download.Package) { p.Name = "csp.sig" },
	} {
		if e, ok := problem.Of(csp(change)); !ok || e.Field != field {
			t.Errorf("%s: %v", field, e)
		}
	}
	must(t, csp(func(*download.Package) {}))
	p, err := w.Downloads.ByName(ctx, "csp.txt")
	must(t, err)
	file, err := w.Downloads.Content(p)
	must(t, err)
	defer file.Close()
	text, err := io.ReadAll(file)
	must(t, err)
	hash := strings.Repeat("ab", 32)
	if p.Streebog256 != hash || p.SHA256 != "" || !strings.Contains(string(text), "address: https://publisher.example/csp\nstreebog256: "+hash+"\n") {
		t.Errorf("%+v %s", p, text)
	}
}

// TestWaiting: files of the folder are offered by their names alone; nothing outside of the
// folder is read, not by a link either.
func TestWaiting(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	if names, err := w.Downloads.Waiting(); err != nil || len(names) != 0 {
		t.Errorf("without a folder: %v, %v", names, err)
	}
	must(t, os.Mkdir(w.Folder, 0o700))
	t.Cleanup(func() { must(t, os.RemoveAll(w.Folder)) })
	secret := filepath.Join(t.TempDir(), "kek")
	must(t, os.WriteFile(secret, []byte("secret"), 0o600))
	must(t, os.WriteFile(filepath.Join(w.Folder, "podpis.exe"), []byte("программа"), 0o600))
	must(t, os.WriteFile(filepath.Join(w.Folder, "с пробелом.exe"), []byte("x"), 0o600))
	must(t, os.Symlink(secret, filepath.Join(w.Folder, "link")))
	names, err := w.Downloads.Waiting()
	must(t, err)
	if !slices.Equal(names, []string{"podpis.exe"}) {
		t.Errorf("%q", names)
	}
	for _, name := range []string{"link", "../kek", secret, "", "с пробелом.exe"} {
		if content, err := w.Downloads.Take(name); err == nil {
			t.Errorf("%q gives %q", name, content)
		}
	}
	content, err := w.Downloads.Take("podpis.exe")
	if err != nil || string(content) != "программа" {
		t.Errorf("%q, %v", content, err)
	}
}

// TestOwn: a certificate of the installation is published once and replaced when it changes.
func TestOwn(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	ctx := t.Context()
	root := pack("root.cer")
	root.Kind = download.Certificate
	for _, content := range []string{"a", "a", "b"} {
		must(t, w.Downloads.Own(ctx, root, []byte(content)))
	}
	list, err := w.Downloads.List(ctx)
	if err != nil || len(list) != 1 || list[0].By != "installation" || list[0].Size != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if n := len(w.Entries("download.publish")); n != 2 {
		t.Errorf("published %d times", n)
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE audit_entry RENAME TO audit_gone")
		return err
	})
	if err := w.Downloads.Own(ctx, root, []byte("c")); err == nil {
		t.Error("published without a record")
	}
}
