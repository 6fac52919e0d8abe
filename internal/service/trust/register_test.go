// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsl"
	"podpis/pki/x509"
	"podpis/stand/etrust"
	"podpis/verify"
	"podpis/verify/bundle"
)

// office is a register with the ministry of the stand.
type office struct {
	*servicetest.World
	*trust.Register
	t        *testing.T
	ministry *etrust.Server
	blobs    *blob.Store
	dir      string // of the blobs
	log      *bytes.Buffer
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{World: servicetest.New(t), t: t, log: &bytes.Buffer{}}
	var err error
	o.dir = t.TempDir()
	o.blobs, err = blob.Open(o.dir)
	must(t, err)
	o.Register = o.node()
	o.ministry, err = etrust.Start("127.0.0.1:0", o.Clock.Now)
	must(t, err)
	t.Cleanup(func() { must(t, o.ministry.Close()) })
	_, err = o.Trust(ctx, "test", o.ministry.Certificate(), trust.Signer, fingerprint(o.ministry.Certificate()))
	must(t, err)
	return o
}

// node is one more process on the same database.
func (o *office) node() *trust.Register {
	return trust.NewRegister(trust.RegisterParts{DB: o.DB, Policies: o.Book, Blobs: o.blobs, Log: slog.New(slog.NewTextHandler(o.log, nil))})
}

func fingerprint(c *x509.Certificate) string { return fmt.Sprintf("%X", c.Fingerprint(alg.SHA256)) }

// lists are those in force.
func (o *office) lists() []*trust.List {
	o.t.Helper()
	lists, err := o.Lists(ctx)
	must(o.t, err)
	return lists
}

// recorded counts the entries of the audit record with an action.
func (o *office) recorded(action string) (list []audit.Entry) {
	o.t.Helper()
	must(o.t, o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		list, err = audit.List(ctx, tx, audit.Filter{Action: action, Limit: 100})
		return err
	}))
	return list
}

// key is the refusal's key.
func key(err error) string {
	p, ok := problem.Of(err)
	if !ok {
		return fmt.Sprint(err)
	}
	return p.Key
}

// The list is fetched by the ordinary job when an address is set, and again when it is
// time; what is wrong with it is told, and the last good copy stays.
//
// S001-036: certificates of centres come with the list by themselves.
func TestFetch(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Work(o.Runner, time.Minute)
	o.Deliver()
	if len(o.lists()) > 0 {
		t.Fatal("fetched without an address")
	}
	o.Set("trust.list_url", o.ministry.URL())
	o.schedule()
	first := o.lists()
	if len(first) != 1 || first[0].Kind != trust.Signed || first[0].Centres < 20 || first[0].Source != o.ministry.URL() {
		t.Fatalf("lists %+v; log %s", first, o.log)
	}
	if n := len(o.recorded("trust.accept")); n != 1 {
		t.Errorf("%d entries", n)
	}
	content, err := o.blobs.Get(ctx, first[0].Blob)
	must(t, err)
	if !bytes.Contains(content, []byte("SignatureValue")) {
		t.Error("the original was not kept")
	}
	o.Clock.Pass(time.Hour)
	o.schedule()
	if served := o.ministry.State().Served; served != 1 {
		t.Errorf("asked %d times: it is not time yet", served)
	}

	for _, test := range []struct {
		failure etrust.Failure
		want    string
		refused bool
	}{
		{etrust.Unreachable, "trust.failed.fetch", false}, {etrust.Busy, "trust.failed.fetch", false}, {etrust.NoList, "trust.refused.form", true},
		{etrust.Broken, "trust.refused.signature", true}, {etrust.Stranger, "trust.refused.signer", true}, {etrust.Older, "trust.refused.older", true},
	} {
		before := len(o.recorded("trust.refuse"))
		o.ministry.Fail(test.failure)
		o.Clock.Pass(12 * time.Hour)
		o.schedule()
		f, err := o.Fetched(ctx)
		must(t, err)
		if f.Failure != test.want || f.Good.IsZero() || !f.Tried.After(f.Good) {
			t.Errorf("%s: %+v", test.failure, f)
		}
		if l := o.lists(); len(l) != 1 || l[0].ID != first[0].ID {
			t.Errorf("%s: the last good list is gone: %+v", test.failure, l)
		}
		if got := len(o.recorded("trust.refuse")) - before; got > 0 != test.refused {
			t.Errorf("%s: %d entries of refusal", test.failure, got)
		}
	}
	if !strings.Contains(o.log.String(), "age=") {
		t.Errorf("the log does not tell the age: %s", o.log)
	}
	found, err := o.Find(ctx, trust.Query{})
	must(t, err)
	if found.List.Age(o.DB.Now()) < 70*time.Hour || found.Stale || found.Fetch.Failure == "" {
		t.Errorf("found %+v", found)
	}

	// After a failure it is tried sooner than after a success.
	served := o.ministry.State().Served
	o.ministry.Fail(etrust.None)
	o.Clock.Pass(20 * time.Minute)
	o.schedule()
	if f, err := o.Fetched(ctx); err != nil || f.Failure != "" || o.ministry.State().Served != served+1 {
		t.Errorf("fetch %+v, %v", f, err)
	}
	if l := o.lists(); l[0].ID == first[0].ID || l[0].Version != first[0].Version {
		t.Errorf("a later list of the same version: %+v", l[0])
	}
}

// schedule lets the periodic work and the jobs it made run.
func (o *office) schedule() {
	o.t.Helper()
	o.Clock.Pass(time.Minute)
	o.Deliver()
}

// list writes a list signed by a new key that the office trusts.
type signedLists struct{ id *pkitest.Identity }

func (o *office) signer() *signedLists {
	o.t.Helper()
	now := o.DB.Now()
	id := pkitest.Root(o.t, alg.RSA, "CN=Ministry", func(x *x509.Template) {
		x.NotBefore, x.NotAfter = now.AddDate(-10, 0, 0).Truncate(time.Second), now.AddDate(1, 0, 0).Truncate(time.Second)
	})
	_, err := o.Trust(ctx, "test", id.Cert, trust.Signer, fingerprint(id.Cert))
	must(o.t, err)
	return &signedLists{id}
}

func (s *signedLists) list(t *testing.T, version int64, date time.Time, centres ...*tsl.Centre) trust.Incoming {
	t.Helper()
	var b bytes.Buffer
	w, err := tsl.NewWriter(&b, tsl.Head{Version: version, Date: date}, s.id.Cert)
	must(t, err)
	for _, c := range centres {
		w.Add(c)
	}
	must(t, w.Close(rand.Reader, s.id.Key))
	return file(b.Bytes())
}

func file(content []byte) trust.Incoming {
	return trust.Incoming{File: bytes.NewReader(content), Size: int64(len(content)), Source: "list.xml", Actor: "test"}
}

func named(number, name, state string, since time.Time) *tsl.Centre {
	return &tsl.Centre{Number: number, Name: name, Status: tsl.Status{Text: state, State: tsl.StateOf(state), From: since}}
}

// Versions only go up, over restarts; what changed stands in the record.
func TestRollback(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := o.signer()
	day := o.DB.Now().AddDate(0, -6, 0)
	a, b := named("1", "А", "Действует", day), named("2", "Б", "Действует", day)
	first, err := o.Accept(ctx, s.list(t, 10, day, a, b))
	must(t, err)
	gone := named("2", "Б", "Аннулирована", day.AddDate(0, 1, 0))
	o.Clock.Pass(time.Minute)
	_, err = o.Accept(ctx, s.list(t, 11, day.AddDate(0, 1, 0), a, gone, named("3", "В", "Действует", day)))
	must(t, err)
	for name, in := range map[string]trust.Incoming{
		"the first again": s.list(t, 10, day, a, b), "older date": s.list(t, 12, day, a), "no centres": s.list(t, 13, day.AddDate(0, 2, 0)),
		"of next week": s.list(t, 14, o.DB.Now().AddDate(0, 0, 7), a),
	} {
		_, err := o.node().Accept(ctx, in)
		want := "trust.refused.older"
		switch name {
		case "no centres":
			want = "trust.refused.empty"
		case "of next week":
			want = "trust.refused.future"
		}
		if key(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries := o.recorded("trust.accept")
	if len(entries) != 2 || fmt.Sprint(entries[0].Details["ended"]) != "[2]" || !strings.Contains(fmt.Sprint(entries[0].Details["changes"]), "added:1") {
		t.Errorf("entries %+v", entries)
	}
	if refused := o.recorded("trust.refuse"); len(refused) != 4 || !strings.HasPrefix(refused[0].Outcome, "refused:trust.") {
		t.Errorf("refusals %+v", refused)
	}
	now := o.lists()[0]
	if now.Version != 11 || now.ID == first.ID {
		t.Errorf("in force %+v", now)
	}
	if _, err := o.blobs.Get(ctx, first.Blob); err != nil {
		t.Errorf("the original of the first: %v", err)
	}
	kept := 0
	must(t, filepath.WalkDir(o.dir, func(_ string, f fs.DirEntry, err error) error {
		if !f.IsDir() {
			kept++
		}
		return err
	}))
	if kept != 2 {
		t.Errorf("%d originals are kept, want those of the two lists that were accepted", kept)
	}
	// The same list again is only seen.
	o.Clock.Pass(time.Hour)
	again, err := o.Accept(ctx, s.list(t, 11, day.AddDate(0, 1, 0), a, gone, named("3", "В", "Действует", day)))
	must(t, err)
	if again.ID != now.ID || !again.Fetched.After(now.Fetched) || len(o.recorded("trust.accept")) != 2 {
		t.Errorf("seen again %+v", again)
	}
	// After three months the original of a list that was replaced goes.
	o.Clock.Pass(100 * 24 * time.Hour)
	_, err = o.Accept(ctx, s.list(t, 12, day.AddDate(0, 2, 0), a))
	must(t, err)
	if _, err := o.blobs.Get(ctx, first.Blob); !errors.Is(err, blob.ErrMissing) {
		t.Errorf("the original of the first after a hundred days: %v", err)
	}
	if _, err := o.blobs.Get(ctx, now.Blob); err != nil {
		t.Errorf("the original of the second, replaced just now: %v", err)
	}
}

const table = "№;Реестровый номер;Наименование;ОГРН;Регион;Адрес;E-mail;Телефон;Дата аккредитации;Примечание\r\n" +
	"1;77;ООО «Ёлка»;1999900000120;16 Республика Татарстан;Казань;a@example.org;'+7 900;01.02.2024;\r\n" +
	"2;78;АО \"Второй\";1999900000131;Москва;Москва;b@example.org;;01.02.2020;Аккредитация прекращена 01.03.2025\r\n"

// A table is taken in any of its forms; a signed list is used alone.
func TestTables(t *testing.T) {
	t.Parallel()
	cp1251 := []byte{}
	for _, r := range table {
		switch {
		case r < 0x80:
			cp1251 = append(cp1251, byte(r))
		case r == 'Ё':
			cp1251 = append(cp1251, 0xA8)
		case r == '«' || r == '»':
			cp1251 = append(cp1251, byte(r))
		case r == '№':
			cp1251 = append(cp1251, 0xB9)
		default:
			cp1251 = append(cp1251, byte(r-'А'+0xC0))
		}
	}
	for name, content := range map[string][]byte{
		"UTF-8": []byte(table), "with a mark": []byte("\xEF\xBB\xBF" + table), "windows-1251": cp1251, "commas": []byte(strings.ReplaceAll(table, ";", ",")),
	} {
		o := newOffice(t)
		in := file(content)
		in.Date = o.DB.Now().AddDate(0, 0, -3)
		l, err := o.Accept(ctx, in)
		if err != nil || l.Kind != trust.Table || l.Centres != 2 {
			t.Fatalf("%s: %+v, %v", name, l, err)
		}
		found, err := o.Find(ctx, trust.Query{Words: "елка татарстан"})
		must(t, err)
		if len(found.Centres) != 1 || found.Centres[0].Region != "Республика Татарстан" || found.Centres[0].Phone != "+7 900" {
			t.Errorf("%s: %+v", name, found)
		}
	}
	o := newOffice(t)
	in := file([]byte(table))
	if _, err := o.Accept(ctx, in); key(err) != "trust.refused.date" {
		t.Errorf("without a date: %v", err)
	}
	in.Date = o.DB.Now()
	_, err := o.Accept(ctx, in)
	must(t, err)
	older := file([]byte(table + "3;79;Третий;1999900000142\r\n"))
	older.Date = in.Date.AddDate(0, 0, -1)
	if _, err := o.Accept(ctx, older); key(err) != "trust.refused.older" {
		t.Errorf("an older table: %v", err)
	}
	for name, content := range map[string]string{"no table": "a;b\nc;d\n", "octets": "\x98\xff\xfe;", "archive": "PK\x03\x04xxxxxx", "XML": "<a/>", "empty": ""} {
		bad := file([]byte(content))
		bad.Date = in.Date
		if _, err := o.Accept(ctx, bad); key(err) != "trust.refused.form" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = o.Accept(ctx, o.signer().list(t, 1, o.DB.Now().AddDate(-1, 0, 0), named("5", "Пятый", "Действует", o.DB.Now().AddDate(-2, 0, 0))))
	must(t, err)
	found, err := o.Find(ctx, trust.Query{})
	must(t, err)
	if len(o.lists()) != 2 || len(found.Centres) != 1 || found.List.Kind != trust.Signed || !found.Stale {
		t.Errorf("a signed list does not win: %+v", found)
	}
}

// What is exported is imported again.
func TestExport(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Set("trust.list_url", o.ministry.URL())
	must(t, o.Fetch(ctx))
	all, err := o.Find(ctx, trust.Query{})
	must(t, err)
	for name, write := range map[string]func(io.Writer) error{
		"csv": func(w io.Writer) error { return trust.WriteCSV(w, all.Centres) },
		"xlsx": func(w io.Writer) error {
			return trust.WriteXLSX(w, "Аккредитованные центры", all.Centres)
		},
	} {
		var b bytes.Buffer
		must(t, write(&b))
		other := newOffice(t)
		in := file(b.Bytes())
		in.Date = other.DB.Now()
		l, err := other.Accept(ctx, in)
		if err != nil || l.Centres != len(all.Centres) || l.Unread > 0 {
			t.Fatalf("%s: %+v, %v", name, l, err)
		}
		found, err := other.Find(ctx, trust.Query{})
		must(t, err)
		for i, c := range found.Centres {
			if !slices.Equal(c.Row(), all.Centres[i].Row()) {
				t.Errorf("%s: %q is %q", name, all.Centres[i].Row(), c.Row())
			}
		}
	}
	if err := trust.WriteCSV(noRoom{}, all.Centres); err == nil {
		t.Error("written without room")
	}
}

type noRoom struct{}

func (noRoom) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestFind(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if found, err := o.Find(ctx, trust.Query{}); err != nil || found.List != nil || len(found.Centres) > 0 {
		t.Fatalf("without a list: %+v, %v", found, err)
	}
	o.Set("trust.list_url", o.ministry.URL())
	must(t, o.Fetch(ctx))
	for _, test := range []struct {
		q    trust.Query
		want int
	}{
		{trust.Query{}, 24}, {trust.Query{Words: "ОБРАЗЕЦ: ёлочный"}, 1}, {trust.Query{Words: "«елочный»"}, 1}, {trust.Query{Words: "9900001010"}, 1},
		{trust.Query{Words: "1999900001011"}, 1}, {trust.Query{Words: "9001"}, 1}, {trust.Query{Words: "казань"}, 0}, {trust.Query{Words: "северодвинск"}, 1}, {trust.Query{Words: "нет такого"}, 0},
		{trust.Query{Region: "Свердловская область"}, 1}, {trust.Query{State: trust.Lapsed}, 4}, {trust.Query{State: trust.Accredited}, 20},
		{trust.Query{Region: "Москва", State: trust.Lapsed}, 0}, {trust.Query{Region: "Москва"}, 2},
	} {
		found, err := o.Find(ctx, test.q)
		must(t, err)
		if len(found.Centres) != test.want {
			t.Errorf("%+v: %d centres, want %d", test.q, len(found.Centres), test.want)
		}
		n := 0
		for _, r := range found.Regions {
			n += r.Count
		}
		if test.q.Region == "" && n != test.want {
			t.Errorf("%+v: %d in regions", test.q, n)
		}
	}
	c, l, err := o.Centre(ctx, "9001")
	if err != nil || c.INN != "9900001010" || l == nil || !c.Now(o.DB.Now()) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, _, err := o.Centre(ctx, "none"); key(err) != "accredited.missing" {
		t.Errorf("no such centre: %v", err)
	}
}

// Whose certificate it is: by key and name, on the day that counts.
func TestAuthorityOf(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	now := o.DB.Now().Truncate(time.Second)
	term := func(x *x509.Template) { x.NotBefore, x.NotAfter = now.AddDate(-3, 0, 0), now.AddDate(3, 0, 0) }
	root := pkitest.Root(t, alg.P256, "CN=Head", term)
	first := root.CA(t, "CN=First, O=ООО Первый, OGRN=1999900000120", term)
	second := root.CA(t, "CN=Second, O=ООО Первый", term)
	bare := root.CA(t, "CN=Bare, O=АО «Голый»", term)
	// Another key under the identifier and the name of the first.
	forged := root.Issue(t, alg.P256, "CN=First, O=ООО Первый, OGRN=1999900000120", term, func(x *x509.Template) {
		x.IsCA, x.KeyUsage, x.SubjectKeyID = true, x509.KeyCertSign, first.Cert.SubjectKeyID
	})
	listedKey := func(c *x509.Certificate, with bool) tsl.Key {
		k := tsl.Key{ID: c.SubjectKeyID, Lists: []string{"http://crl.example.org/1.crl"}}
		if with {
			k.Certificates = []tsl.Certificate{{Raw: c.Raw}, {Raw: []byte("no certificate")}}
		}
		return k
	}
	centre := named("1", "ООО «Первый»", "Прекращена", now.AddDate(-1, 0, 0))
	centre.OGRN, centre.Mail, centre.Site, centre.Successor = "1999900000120", "ca@example.org", "http://ca.example.org", "1999900000131"
	centre.History = []tsl.Status{{State: tsl.Active, Text: "Действует", From: now.AddDate(-2, 0, 0)}, centre.Status}
	centre.Systems = []tsl.System{{Name: "А", Class: "КС1", Keys: []tsl.Key{listedKey(first.Cert, true)}}, {Name: "Б", Class: "КС3", Keys: []tsl.Key{listedKey(second.Cert, true)}}}
	other := named("2", "АО Голый", "Действует", now.AddDate(-2, 0, 0))
	other.OGRN = "1999900000131"
	other.Systems = []tsl.System{{Keys: []tsl.Key{listedKey(bare.Cert, false)}}}
	_, err := o.Accept(ctx, o.signer().list(t, 1, now, centre, other))
	must(t, err)
	_, err = o.Trust(ctx, "test", root.Cert, trust.Root, fingerprint(root.Cert))
	must(t, err)

	s, err := trust.New(trust.Own{Chain: func() []*x509.Certificate { return nil }, Lists: func(context.Context) ([][]byte, error) { return nil, nil }}, o.Register, "", o.DB.Now)
	must(t, err)
	issuers := slices.Concat(pem(first.Cert), pem(second.Cert), pem(bare.Cert))
	judge := func(c *x509.Certificate) *verify.Report {
		t.Helper()
		chain := issuers
		switch {
		case c.CheckSignatureFrom(forged.Cert) == nil:
			chain = pem(forged.Cert)
		case c.CheckSignatureFrom(first.Cert) == nil:
			chain = nil // the list has it
		}
		r, err := s.Check(ctx, verify.Input{Signature: append(pem(c), chain...)}, "ru")
		must(t, err)
		return r
	}
	leaf := func(ca *pkitest.Identity, issued time.Time) *x509.Certificate {
		return ca.Signer(t, alg.P256, "CN=Holder", func(x *x509.Template) { x.NotBefore, x.NotAfter = issued, now.AddDate(1, 0, 0) }).Cert
	}
	for _, test := range []struct {
		name   string
		cert   *x509.Certificate
		centre string
		want   verify.Answer
	}{
		{"issued in the time of accreditation", leaf(first, now.AddDate(-1, -6, 0)), "1", verify.Yes},
		{"issued after it", leaf(first, now.AddDate(0, -1, 0)), "1", verify.No},
		{"issued before it", leaf(first, now.AddDate(-2, -6, 0)), "1", verify.No},
		{"the second key", leaf(second, now.AddDate(-1, -6, 0)), "1", verify.Yes},
		{"a key without a certificate in the list", leaf(bare, now.AddDate(0, -1, 0)), "2", verify.Yes},
		{"another key under the same names", leaf(forged, now.AddDate(-1, -6, 0)), "", verify.No},
		{"nobody's", leaf(root, now.AddDate(0, -1, 0)), "", verify.No},
	} {
		r := judge(test.cert)
		if len(r.Certificates) == 0 {
			t.Fatalf("%s: %+v", test.name, r)
		}
		got := r.Certificates[0]
		number := ""
		if got.Authority != nil {
			number = got.Authority.Number
		}
		if number != test.centre || got.Accredited != test.want {
			t.Errorf("%s: centre %q, accredited %q", test.name, number, got.Accredited)
		}
	}
	r := judge(leaf(first, now.AddDate(-1, -6, 0)))
	if a := r.Certificates[0].Authority; a.Mail != "ca@example.org" || a.Site != "http://ca.example.org" || a.Class != "КС3" {
		t.Errorf("contacts %+v", a)
	}
	if r.Lists.Kind != "signed" || r.Lists.Version != "1" || r.Lists.Date == nil || !r.Lists.Date.Equal(now) || r.Lists.Fetched == nil || r.Lists.Anchors != 1 {
		t.Errorf("lists %+v", r.Lists)
	}
	// The saved page has the list with it and says the same.
	all, err := s.All(ctx)
	must(t, err)
	store := bundle.NewStore()
	must(t, store.Add(reread(t, all)))
	for c, want := range map[*x509.Certificate]verify.Answer{leaf(first, now.AddDate(-1, -6, 0)): verify.Yes, leaf(first, now.AddDate(0, -1, 0)): verify.No} {
		offline, err := verify.Check(ctx, verify.Input{Signature: c.Raw}, store.Options(verify.Options{At: store.Made(), Language: "ru"}))
		must(t, err)
		if got := offline.Certificates[0]; got.Accredited != want || got.Authority == nil || got.Authority.Number != "1" {
			t.Errorf("offline: accredited %q, want %q", got.Accredited, want)
		}
	}
	c, _, err := o.Centre(ctx, "1")
	must(t, err)
	certs, err := o.Certificates(ctx, c)
	must(t, err)
	if list := certs[fmt.Sprintf("%x", first.Cert.SubjectKeyID)]; len(list) != 1 || !list[0].Equal(first.Cert) {
		t.Errorf("certificates %+v", certs)
	}
	if heir, err := o.Successor(ctx, c); err != nil || heir == nil || heir.Number != "2" {
		t.Errorf("successor %+v, %v", heir, err)
	}
	if heir, err := o.Successor(ctx, heir(t, o, "2")); err != nil || heir != nil {
		t.Errorf("successor of the second %+v, %v", heir, err)
	}
}

func pem(c *x509.Certificate) []byte { return x509.EncodePEM(x509.PEMCertificate, c.Raw) }

func heir(t *testing.T, o *office, id string) *trust.Centre {
	t.Helper()
	c, _, err := o.Centre(ctx, id)
	must(t, err)
	return c
}

// By a table, which has no keys, the number of the organisation tells.
func TestAuthorityByTable(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	now := o.DB.Now().Truncate(time.Second)
	term := func(x *x509.Template) { x.NotBefore, x.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0) }
	root := pkitest.Root(t, alg.P256, "CN=Head", term)
	ca := root.CA(t, "CN=Ёлка, OGRN=1999900000120", term)
	in := file([]byte(table))
	in.Date = now
	_, err := o.Accept(ctx, in)
	must(t, err)
	_, err = o.Trust(ctx, "test", root.Cert, trust.Root, fingerprint(root.Cert))
	must(t, err)
	s, err := trust.New(trust.Own{Chain: func() []*x509.Certificate { return nil }, Lists: func(context.Context) ([][]byte, error) { return nil, nil }}, o.Register, "", o.DB.Now)
	must(t, err)
	r, err := s.Check(ctx, verify.Input{Signature: append(pem(ca.Signer(t, alg.P256, "CN=Holder", term).Cert), pem(ca.Cert)...)}, "ru")
	must(t, err)
	if r.Lists.Kind != "table" || r.Lists.Version != "" || r.Lists.Date == nil {
		t.Errorf("lists %+v", r.Lists)
	}
	if c := r.Certificates[0]; c.Accredited != verify.Yes || c.Authority == nil || c.Authority.Number != "77" {
		t.Errorf("%+v", c)
	}
}

// A certificate is trusted when it is pinned or its fingerprint was said.
func TestTrust(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	root := pkitest.Root(t, alg.P256, "CN=Head")
	leaf := root.Signer(t, alg.P256, "CN=Leaf").Cert
	for _, test := range []struct {
		name, fingerprint, want string
		cert                    *x509.Certificate
		purpose                 trust.Purpose
	}{
		{"unknown", "", "trust.fingerprint.needed", root.Cert, trust.Root},
		{"wrong", strings.Repeat("A", 64), "trust.fingerprint.wrong", root.Cert, trust.Root},
		{"a leaf as root", fingerprint(leaf), "trust.root.not_ca", leaf, trust.Root},
		{"good", fingerprint(root.Cert), "<nil>", root.Cert, trust.Root},
		{"twice", fingerprint(root.Cert), "<nil>", root.Cert, trust.Root},
		{"for something else", fingerprint(root.Cert), "<nil>", root.Cert, trust.Signer},
	} {
		if _, err := o.Trust(ctx, "test", test.cert, test.purpose, test.fingerprint); key(err) != test.want {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	anchors, err := o.Anchors(ctx)
	must(t, err)
	if len(anchors) != 3 || len(o.recorded("trust.add")) != 3 { // the ministry's is one
		t.Errorf("%d anchors, %d entries", len(anchors), len(o.recorded("trust.add")))
	}
	digits := strings.ToLower(fingerprint(root.Cert))
	must(t, o.Distrust(ctx, "test", digits, trust.Root))
	if err := o.Distrust(ctx, "test", digits, trust.Root); key(err) != "trust.anchor.missing" {
		t.Errorf("distrusted twice: %v", err)
	}
}

// TestPins: the data file is in order, and its certificates are those of the corpus.
func TestPins(t *testing.T) {
	t.Parallel()
	pins, err := trust.Pins()
	must(t, err)
	if len(pins) < 5 {
		t.Errorf("%d pins", len(pins))
	}
	for _, p := range pins {
		if p.Source == "" || p.Name == "" || !p.Until.After(p.From) || p.Purpose != trust.Root {
			t.Errorf("%+v", p)
		}
	}
	o := newOffice(t)
	n := 0
	for _, name := range []string{
		"certs/ru-ca/Минкомсвязь_России_2018-07-06T12-18-06Z_2036-07-01T12-18-06Z.pem", "certs/ru-ca/Минцифры_России_2022-01-08T13-32-39Z_2040-01-08T13-32-39Z.pem",
		"certs/ru-ca/Головной_удостоверяющий_центр_2012-07-20T12-31-14Z_2027-07-17T12-31-14Z.pem", "certs/ru-ca/Минцифры_России_2025-12-17T10-06-00Z_2043-12-17T10-06-00Z.pem",
		"certs/ru-ca/Минцифры_России_2026-02-02T09-55-54Z_2044-02-02T09-55-54Z.pem", "kz/ca/root_gost.crt", "kz/ca/root_rsa.crt",
	} {
		certs, err := x509.ParseCertificates(pkitest.ReadCorpus(t, name))
		must(t, err)
		a, err := o.Trust(ctx, "test", certs[0], trust.Root, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range pins {
			if p.Fingerprint == a.Fingerprint {
				n++
				if p.From.Format(time.DateOnly) != certs[0].NotBefore.Format(time.DateOnly) || p.Until.Format(time.DateOnly) != certs[0].NotAfter.Format(time.DateOnly) || a.Source != p.Source {
					t.Errorf("%s: %+v is not %v–%v", name, p, certs[0].NotBefore, certs[0].NotAfter)
				}
			}
		}
	}
	if n != len(pins) {
		t.Errorf("%d of %d pins are in the corpus", n, len(pins))
	}
}
