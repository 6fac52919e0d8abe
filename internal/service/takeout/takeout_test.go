// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package takeout_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/document"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/takeout"
	"podpis/pki/cms"
	"podpis/pki/x509"
)

type bench struct {
	*servicetest.World
	t     *testing.T
	a     auth.Account
	actor takeout.Actor
}

func newBench(t *testing.T) *bench {
	t.Helper()
	w := servicetest.NewDesk(t)
	a, _ := w.SignUp("+79990000001", "anna@example.org", servicetest.Anna())
	return &bench{w, t, a, takeout.Actor{Account: a, Client: servicetest.Client()}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := problem.Of(err); !ok || e.Key != key {
		t.Errorf("%v, want %s", err, key)
	}
}

// weekly is a plan whose day is three days away, on whatever day the test runs.
func (b *bench) weekly(whole bool, parts ...takeout.Part) takeout.Plan {
	weekday := int(b.Clock.Now().AddDate(0, 0, 3).Weekday()) // from Sunday, 0
	return takeout.Plan{Every: takeout.Weekly, Day: (weekday+6)%7 + 1, Parts: parts, Whole: whole}
}

// upload puts a picture of some octets among the documents.
func (b *bench) upload(name string, size int) {
	b.t.Helper()
	profiles, err := b.Accounts.Profiles(b.t.Context(), b.a)
	must(b.t, err)
	content := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{byte(size)}, size-8)...)
	must(b.t, b.Documents.Upload(b.t.Context(), document.Actor{Account: b.a, Client: servicetest.Client(), Role: profiles[0]}, []document.Upload{{Name: name, Content: content}}))
}

// pass lets time go by and the jobs run.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	b.Clock.Pass(d)
	b.Deliver()
	b.Deliver()
}

func (b *bench) runs() []takeout.Run {
	b.t.Helper()
	_, runs, err := b.Takeout.Look(b.t.Context(), b.a)
	must(b.t, err)
	return runs
}

// latest is what the latest archive has: its files by name.
func (b *bench) latest() map[string]string {
	b.t.Helper()
	runs := b.runs()
	if len(runs) == 0 || runs[0].State != takeout.Ready {
		b.t.Fatalf("no archive: %+v", runs)
	}
	content, _, err := b.Takeout.Archive(b.t.Context(), b.actor, runs[0].ID)
	must(b.t, err)
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	must(b.t, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(b.t, err)
		text, err := io.ReadAll(r)
		must(b.t, err)
		files[f.Name] = string(text)
	}
	return files
}

func pictures(files map[string]string) string {
	var names []string
	for name := range files {
		if strings.HasPrefix(name, "documents/") {
			names = append(names, name[strings.LastIndex(name, "/")+1:])
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// TestPlanIsKept: an archive is made on the day by itself, has what is chosen and new, a signed list with hashes that are right, and is kept
// sealed; the message says nothing of it; a plan is paused, taken up and ended, and everything is recorded.
func TestPlanIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	for field, plan := range map[string]takeout.Plan{
		"takeout.every": {Every: "hour", Day: 1, Parts: takeout.AllParts()}, "takeout.day": {Every: takeout.Weekly, Day: 8, Parts: takeout.AllParts()},
		"takeout.parts": {Every: takeout.Monthly, Day: 28},
	} {
		wants(t, b.Takeout.Set(ctx, b.actor, plan), field)
	}
	wants(t, b.Takeout.Now(ctx, b.actor), "takeout.none")
	b.upload("first.png", 100)
	must(t, b.Takeout.Set(ctx, b.actor, b.weekly(false, takeout.AllParts()...)))
	if b.pass(48 * time.Hour); len(b.runs()) != 0 {
		t.Errorf("made before its day: %+v", b.runs())
	}
	b.pass(7 * 24 * time.Hour)
	files := b.latest()
	if pictures(files) != "first.png" || !strings.Contains(files["personal.json"], "990000001704") || !strings.Contains(files["journal.json"], "auth.signup") {
		t.Errorf("the archive has %v", slices.Sorted(maps.Keys(files)))
	}
	list, err := csv.NewReader(strings.NewReader(files["list.csv"])).ReadAll()
	must(t, err)
	for _, row := range list[1:] {
		sum := sha256.Sum256([]byte(files[row[0]]))
		if row[2] != hex.EncodeToString(sum[:]) || row[1] != strconv.Itoa(len(files[row[0]])) || row[4] != "in" {
			t.Errorf("%v", row)
		}
	}
	if len(list) != len(files)-1 { // the head; the list and its signature are not in it
		t.Errorf("%d lines of %d files", len(list), len(files))
	}
	signed, err := cms.ParseSignedData([]byte(files["list.csv.sig"]))
	if err != nil || len(signed.Signers) != 1 || len(signed.Certificates) == 0 {
		t.Fatalf("the signature of the list: %v", err)
	}
	signer := signed.Signers[0]
	i := slices.IndexFunc(signed.Certificates, func(c *x509.Certificate) bool { return c.Serial.Hex() == signer.Serial.Hex() })
	if i < 0 {
		t.Fatal("the certificate of the signer is not in the signature")
	}
	digest := signer.Digest.Sum([]byte(files["list.csv"]))
	if err := errors.Join(signer.CheckDigest(cms.OIDData, digest), signer.CheckSignature(signed.Certificates[i].PublicKey, digest)); err != nil {
		t.Errorf("the signature is not over the list: %v", err)
	}
	letters := b.Mail.To("anna@example.org")
	last := letters[len(letters)-1]
	if last.Subject != "Архив готов" || !strings.Contains(last.Body, "/security/takeout") || strings.Contains(last.Body, "first.png") || strings.Contains(last.Body, ".zip") {
		t.Errorf("%+v", last)
	}
	run := b.runs()[0]
	stored, err := b.Takeout.Blobs.Get(ctx, run.ID)
	must(t, err)
	if bytes.Contains(stored, []byte("PK\x03\x04")) || bytes.Contains(stored, []byte("list.csv")) {
		t.Error("the archive is not sealed")
	}

	b.upload("second.png", 100)
	b.pass(7 * 24 * time.Hour)
	if got := pictures(b.latest()); got != "second.png" {
		t.Errorf("the next one has %s", got)
	}
	must(t, b.Takeout.Pause(ctx, b.actor, true))
	before := len(b.runs())
	if b.pass(14 * 24 * time.Hour); len(b.runs()) != before {
		t.Error("a paused plan goes on")
	}
	must(t, b.Takeout.Pause(ctx, b.actor, false))
	must(t, b.Takeout.Set(ctx, b.actor, b.weekly(true, takeout.Documents)))
	b.pass(7 * 24 * time.Hour)
	if files := b.latest(); pictures(files) != "first.png second.png" || files["journal.json"] != "" {
		t.Errorf("the whole: %s", pictures(files))
	}
	must(t, b.Takeout.Set(ctx, b.actor, b.weekly(false, takeout.Documents)))
	b.pass(7 * 24 * time.Hour)
	if runs := b.runs(); runs[0].State != takeout.Nothing {
		t.Errorf("nothing is new: %+v", runs[0])
	}
	must(t, b.Takeout.End(ctx, b.actor))
	before = len(b.runs())
	if b.pass(14 * 24 * time.Hour); len(b.runs()) != before {
		t.Error("an ended plan goes on")
	}

	boris, _ := b.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	_, _, err = b.Takeout.Archive(ctx, takeout.Actor{Account: boris}, run.ID)
	wants(t, err, "takeout.missing")
	b.pass(60 * 24 * time.Hour)
	if _, _, err = b.Takeout.Archive(ctx, b.actor, run.ID); err == nil {
		t.Error("an archive is there after its term")
	}
	if _, err := b.Takeout.Blobs.Get(ctx, run.ID); err == nil {
		t.Error("the content stays after its term")
	}
	for action, n := range map[string]int{"takeout.set": 3, "takeout.pause": 1, "takeout.resume": 1, "takeout.end": 1, "takeout.begin": 4, "takeout.make": 4, "takeout.drop": 3, "takeout.download": 3} {
		if got := len(b.Entries(action)); got != n {
			t.Errorf("%s is recorded %d times, want %d", action, got, n)
		}
	}
}

// TestArchivesAreBounded: what does not fit is named in the list and the notice and comes with the next archive; what fits none is named and
// does not hold the others up; of more archives than are kept the oldest go.
func TestArchivesAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.Set("takeout.size", "250")
	b.Set("takeout.count", "1")
	for i, size := range []int{100, 300, 120, 110} {
		b.upload("p"+strconv.Itoa(i)+".png", size)
		b.Clock.Pass(time.Second)
	}
	must(t, b.Takeout.Set(ctx, b.actor, b.weekly(false, takeout.Documents)))
	b.pass(2 * time.Minute)
	must(t, b.Takeout.Now(ctx, b.actor))
	wants(t, b.Takeout.Now(ctx, b.actor), "takeout.soon")
	b.pass(time.Minute)
	files := b.latest()
	if pictures(files) != "p0.png p2.png" || !strings.Contains(files["list.csv"], "p1.png,300,,,left: large") || !strings.Contains(files["list.csv"], "p3.png,110,,,left: full") {
		t.Errorf("%s\n%s", pictures(files), files["list.csv"])
	}
	first := b.runs()[0]
	if first.LeftCount != 2 || len(first.Left) != 2 || !strings.HasSuffix(first.Left[1].Name, "p3.png") || first.Left[1].Why != "full" {
		t.Errorf("%+v", first)
	}
	letters := b.Mail.To("anna@example.org")
	if last := letters[len(letters)-1]; last.Subject != "Архив готов не полностью" || !strings.Contains(last.Body, "Не поместилось файлов: 2") || strings.Contains(last.Body, "p3.png") {
		t.Errorf("%+v", last)
	}
	wants(t, b.Takeout.Now(ctx, b.actor), "takeout.soon")
	b.pass(2 * time.Hour)
	must(t, b.Takeout.Now(ctx, b.actor))
	b.pass(time.Minute)
	if got := pictures(b.latest()); got != "p3.png" {
		t.Errorf("what did not fit: %s", got)
	}
	if runs := b.runs(); runs[1].State != takeout.Gone || b.Count("takeout_run", "state = 'ready'") != 1 {
		t.Errorf("%+v", runs)
	}
	if n := b.Count("takeout_run", "CAST(left_out AS TEXT) LIKE '%p3.png%'"); n != 0 {
		t.Error("names of files are readable in the database")
	}
}

// TestFailedRun: a run that fails is tried again by itself; after the last try the person is told why and what to do, and what it missed
// comes with the next one. With the account everything goes.
func TestFailedRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.Set("takeout.tries", "2")
	b.upload("first.png", 100)
	must(t, b.Takeout.Set(ctx, b.actor, b.weekly(false, takeout.Documents)))
	b.Clock.Pass(2 * time.Minute)
	b.Unsigned = errors.New("no stamps")
	must(t, b.Takeout.Now(ctx, b.actor))
	drain := func() { _, _ = b.Runner.Drain(ctx) }
	drain()
	if r := b.runs()[0]; r.State != takeout.Again || r.Why != "sign" {
		t.Fatalf("%+v", r)
	}
	b.Clock.Pass(time.Minute)
	drain()
	drain()
	if r := b.runs()[0]; r.State != takeout.Failed || r.Why != "sign" {
		t.Fatalf("%+v", r)
	}
	letters := b.Mail.To("anna@example.org")
	if last := letters[len(letters)-1]; last.Subject != "Архив не собран" || !strings.Contains(last.Body, "Не удалось подписать") || !strings.Contains(last.Body, "Собрать сейчас") {
		t.Errorf("%+v", last)
	}
	b.Unsigned = nil
	must(t, b.Takeout.Now(ctx, b.actor))
	b.pass(time.Minute)
	if got := pictures(b.latest()); got != "first.png" {
		t.Errorf("after the failure: %s", got)
	}
	id := b.runs()[0].ID
	b.Write(func(ctx context.Context, tx *db.Tx) error { return b.Accounts.Close(ctx, tx, b.a) })
	b.Deliver()
	if n := b.Count("takeout_plan", "1 = 1") + b.Count("takeout_run", "1 = 1"); n != 0 {
		t.Errorf("%d rows of who has left", n)
	}
	if _, err := b.Takeout.Blobs.Get(ctx, id); err == nil {
		t.Error("an archive of who has left is there")
	}
}
