// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package document_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/document"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
)

type world struct {
	*servicetest.World
	t *testing.T
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// at makes a world with a person and their first role.
func at(t *testing.T) (*world, document.Actor) {
	t.Helper()
	w := &world{servicetest.NewDesk(t), t}
	return w, w.person("+79990000001", "anna@example.org", servicetest.Anna())
}

func (w *world) person(phone, mail string, p identity.Person) document.Actor {
	w.t.Helper()
	a, _ := w.SignUp(phone, mail, p)
	roles, err := w.Accounts.Profiles(context.Background(), a)
	w.must(err)
	return document.Actor{Account: a, Client: servicetest.Client(), Role: roles[0]}
}

func refused(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if p, ok := problem.Of(err); !ok || p.Kind != kind || p.Key != key {
		t.Errorf("refused with %v, want %v %s", err, kind, key)
	}
}

func pdf(size int) []byte {
	return append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("x"), size)...)
}

// files is how many blobs lie in the store.
func (w *world) files() (n int) {
	w.t.Helper()
	w.must(filepath.WalkDir(w.Blobs, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}

// TestDocumentsAreKept: files are judged by content, sealed, bounded in size, number and
// sum; another role does not find them; what is deleted can be taken back for a while and
// then is gone; all go with the account.
func TestDocumentsAreKept(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, anna := at(t)
	boris := w.person("+79990000002", "boris@example.org", servicetest.Boris())
	refused(t, w.Documents.Upload(ctx, anna, nil), problem.Invalid, "document.none")
	for _, wrong := range []string{"<html><script>alert(1)</script>", "<svg xmlns='http://www.w3.org/2000/svg'/>", "MZ\x90\x00", "#!/bin/sh\n", "", "{}"} {
		refused(t, w.Documents.Upload(ctx, anna, []document.Upload{{Name: "a.pdf", Content: []byte(wrong)}}), problem.Invalid, "document.kind")
	}
	w.must(w.Documents.Upload(ctx, anna, []document.Upload{{Name: `..\..\дого"вор.pdf`, Content: pdf(100)}}))
	w.must(w.Documents.Upload(ctx, boris, []document.Upload{{Name: "..", Content: pdf(1)}}))
	theirs, err := w.Documents.List(ctx, boris)
	w.must(err)
	if len(theirs) != 1 || theirs[0].Name != "document" {
		t.Errorf("a name that leads up: %+v", theirs)
	}
	w.must(w.Documents.Delete(ctx, boris, theirs[0].ID, false))
	list, err := w.Documents.List(ctx, anna)
	w.must(err)
	if len(list) != 1 || list[0].Name != "договор.pdf" || list[0].MIME != "application/pdf" || len(list[0].Digest) != 64 {
		t.Fatalf("list: %+v", list)
	}
	id := list[0].ID
	if _, content, err := w.Documents.Read(ctx, anna, id); err != nil || !bytes.Equal(content, pdf(100)) {
		t.Errorf("read: %v", err)
	}
	w.must(filepath.WalkDir(w.Blobs, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if raw, e := os.ReadFile(path); e != nil || bytes.Contains(raw, []byte("%PDF")) {
				t.Errorf("%s is not sealed: %v", path, e)
			}
		}
		return err
	}))
	_, _, err = w.Documents.Read(ctx, boris, id)
	refused(t, err, problem.NotFound, "document.missing")
	refused(t, w.Documents.Delete(ctx, boris, id, false), problem.NotFound, "document.missing")

	w.Set("document.size", "1000")
	refused(t, w.Documents.Upload(ctx, anna, []document.Upload{{Name: "a.pdf", Content: pdf(1000)}}), problem.Invalid, "support.file.large")
	w.Set("document.quota", "900")
	refused(t, w.Documents.Upload(ctx, anna, []document.Upload{{Name: "a.pdf", Content: pdf(400)}, {Name: "b.pdf", Content: pdf(400)}}), problem.Conflict, "document.full")
	w.Set("document.count", "1")
	refused(t, w.Documents.Upload(ctx, anna, []document.Upload{{Name: "a.pdf", Content: pdf(1)}}), problem.Conflict, "document.full")
	if n := w.files(); n != 2 {
		t.Errorf("%d files after refusals", n)
	}

	w.must(w.Documents.Delete(ctx, anna, id, false))
	w.must(w.Documents.Delete(ctx, anna, id, true))
	w.must(w.Documents.Delete(ctx, anna, id, false))
	w.Clock.Pass(6 * 24 * time.Hour)
	w.Deliver()
	if list, err := w.Documents.List(ctx, anna); err != nil || len(list) != 1 || !list[0].Deleted() {
		t.Errorf("within the term: %+v, %v", list, err)
	}
	w.Clock.Pass(2 * 24 * time.Hour)
	w.Deliver()
	if list, err := w.Documents.List(ctx, anna); err != nil || len(list) != 0 || w.files() != 0 {
		t.Errorf("after the term: %+v, %d files, %v", list, w.files(), err)
	}

	w.must(w.Documents.Upload(ctx, boris, []document.Upload{{Name: "b.pdf", Content: pdf(1)}}))
	if all, err := w.Documents.OfAccount(ctx, boris.Account.ID); err != nil || len(all) != 1 {
		t.Errorf("copy: %+v, %v", all, err)
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, boris.Account) })
	w.Deliver()
	if n := w.Count("role_document", "account_id = $1", boris.Account.ID); n != 0 || w.files() != 0 {
		t.Errorf("of a closed account: %d rows, %d files", n, w.files())
	}
	for _, action := range []string{"document.upload", "document.delete", "document.restore", "document.drop"} {
		if len(w.Entries(action)) == 0 {
			t.Errorf("no record of %s", action)
		}
	}
}

// TestRequisites: accounts are checked by the key of their bank, other fields by their form;
// they are sealed and go with the account.
func TestRequisites(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, anna := at(t)
	refused(t, w.Documents.SetRequisites(ctx, anna, document.Requisites{}), problem.NotFound, "egrip.no_register")
	anna.Role = identity.Profile{ID: "ip", Kind: identity.Entrepreneur, RegisterNumber: "399990000000121", PersonID: anna.Account.PersonID}
	for field, q := range map[string]document.Requisites{
		"bik":           {BIK: "144525225", Account: "40802810100000000001"},
		"account":       {BIK: "044525225", Account: "40802810100000000002"},
		"correspondent": {BIK: "044525225", Account: "40802810100000000001", Correspondent: "30101810400000000226"},
		"phone":         {Phone: "12"},
		"mail":          {Mail: "нет"},
		"postal":        {Postal: strings.Repeat("а", 301)},
	} {
		err := w.Documents.SetRequisites(ctx, anna, q)
		if p, ok := problem.Of(err); !ok || p.Field != field || p.Key != "requisites.wrong."+field {
			t.Errorf("%s: %v", field, err)
		}
	}
	good := document.Requisites{BIK: "044 525 225", Account: "4080 2810 1000 0000 0001", Correspondent: "30101810400000000225", Bank: "Банк", Phone: "8 999 000-00-01"}
	w.must(w.Documents.SetRequisites(ctx, anna, good))
	known, err := w.Documents.Requisites(ctx, anna)
	w.must(err)
	if known.BIK != "044525225" || known.Account != "40802810100000000001" || known.Phone != "+79990000001" || known.ChangedAt.IsZero() {
		t.Errorf("kept: %+v", known)
	}
	if n := w.Count("requisites", "secret LIKE '%40802810%'"); n != 0 {
		t.Error("not sealed")
	}
	for _, ok := range [][2]string{{"40802810100000000001", "044525225"}, {"03100643000000018500", "017003983"}} {
		if !document.ValidBIK(ok[1]) || !document.ValidAccount(ok[0], ok[1]) {
			t.Errorf("%v is refused", ok)
		}
	}
	if all, err := w.Documents.RequisitesOf(ctx, anna.Account.ID); err != nil || all["ip"].Bank != "Банк" {
		t.Errorf("copy: %+v, %v", all, err)
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error { return w.Accounts.Close(ctx, tx, anna.Account) })
	w.Deliver()
	if n := w.Count("requisites", "account_id = $1", anna.Account.ID); n != 0 {
		t.Errorf("%d rows of a closed account", n)
	}
}
