// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"html"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"podpis/cmd/podpis/keys"
	"podpis/pki/alg"
	"podpis/pki/pkcs12"
	"podpis/pki/pkitest"
	"podpis/pki/tsl"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"podpis": main})
}

// TestScript runs the program as a person types it: a process of its own, real
// files, an authority with its server on this machine.
//
// S001-030, A-31: serve.txtar downloads every file with its signature from the page of downloads,
// compares the hashes and runs the command that stands there; a file with one octet changed is
// refused. (TestRootGuide has the guide to the root by system, TestSetups the profiles of setup.)
func TestScript(t *testing.T) {
	t.Parallel()
	office := newOffice(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TSA", office.server.URL+"/tsp")
			e.Setenv("LATER", office.server.URL+"/later")
			e.Setenv("ENDS", office.tsa.Cert.NotAfter.Format("02.01.2006"))
			e.Setenv("LAST", office.later.Cert.NotAfter.Format("02.01.2006"))
			e.Setenv("SOON", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
			e.Setenv("TWO_YEARS", time.Now().AddDate(2, 0, 0).Format(time.DateOnly))
			e.Setenv("LANG", "ru_RU.UTF-8")
			e.Setenv("PORT", freePort(t))
			return office.files(e.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "mutate": mutate, "await": await, "serial": serial, "links": links, "handed": handed},
	})
}

// exits runs podpis and compares its exit code: exits CODE podpis ARGS...
func exits(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: exits code command [args]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// await asks an address until it answers and stores the answer: await URL FILE.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(60 * time.Second); ; {
		resp, err := http.Get(args[0])
		if err == nil {
			body, err := io.ReadAll(resp.Body)
			ts.Check(err)
			ts.Check(resp.Body.Close())
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o600))
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no answer: %v", err)
		}
		time.Sleep(20 * time.Millisecond) // between two tries; the server is another process
	}
}

// serial puts the number of a certificate into a variable: serial NAME FILE.
func serial(ts *testscript.TestScript, _ bool, args []string) {
	list, err := keys.ReadCertificates(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Setenv(args[0], list[0].Serial.Hex())
}

// links puts the addresses of a page that match into variables NAME0, NAME1 and so on: links NAME FILE PATTERN.
func links(ts *testscript.TestScript, _ bool, args []string) {
	for i, address := range regexp.MustCompile(args[2]).FindAllString(ts.ReadFile(args[1]), -1) {
		ts.Setenv(args[0]+strconv.Itoa(i), address)
	}
}

var packagePattern = regexp.MustCompile(`(?s)<section class="card" id="([^"]+)">(.*?)</section>`)

// handed checks what a page of downloads hands out by what stands on it: handed PAGE SITE.
func handed(ts *testscript.TestScript, _ bool, args []string) {
	packages := packagePattern.FindAllStringSubmatch(ts.ReadFile(args[0]), -1)
	if len(packages) < 2 {
		ts.Fatalf("%d packages", len(packages))
	}
	for _, p := range packages { // all of them first: one is what the others are checked with
		for _, name := range []string{p[1], p[1] + ".sig"} {
			await(ts, false, []string{args[1] + "/downloads/" + name, name})
		}
	}
	for _, p := range packages {
		name, text := p[1], html.UnescapeString(p[2])
		content := []byte(ts.ReadFile(name))
		for _, h := range []alg.Hash{alg.SHA256, alg.Streebog256} {
			if !strings.Contains(text, ">"+hex.EncodeToString(h.Sum(content))+"<") {
				ts.Fatalf("the page has no hash %v of %s", h, name)
			}
		}
		command := strings.Fields(regexp.MustCompile(`podpis verify [^<"]* ` + regexp.QuoteMeta(name)).FindString(text))
		if len(command) < 4 {
			ts.Fatalf("no command for %s", name)
		}
		exits(ts, false, append([]string{"0"}, command...))
		command[len(command)-1] = "changed"
		for _, at := range []int{0, len(content) / 3, len(content) - 1} {
			changed := slices.Clone(content)
			changed[at] ^= 1
			ts.Check(os.WriteFile(ts.MkAbs("changed"), changed, 0o600))
			exits(ts, false, append([]string{"1"}, command...))
		}
	}
}

// freePort is a port of the loopback that nobody listens on now, from below those that systems give out by themselves
// (Linux: 32768 and more), or another program would have it by the time it is listened on.
func freePort(t *testing.T) string {
	t.Helper()
	for {
		port := strconv.Itoa(20000 + mathrand.IntN(10000))
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return port
		}
	}
}

// mutate flips a bit of the octet at half of a file.
func mutate(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	data[len(data)/2] ^= 1
	ts.Check(os.WriteFile(name, data, 0o600))
}

// office is an authority with a holder's key, lists and a time stamp server.
type office struct {
	root, ca, holder, old *pkitest.Identity
	tsa, later            *pkitest.Identity // later lasts longer
	p12                   map[string][]byte
	crls                  []byte
	server                *httptest.Server
}

func newOffice(t *testing.T) *office {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	term := func(x *x509.Template) { x.NotBefore, x.NotAfter = now.Add(-time.Hour), now.AddDate(1, 0, 0) }
	o := &office{p12: map[string][]byte{}}
	o.root = pkitest.Root(t, alg.GOST256B, "CN=Test root", term)
	o.ca = o.root.CA(t, "CN=Test CA", term)
	qualified := func(x *x509.Template) { // 63-FZ, article 17, 2
		x.Policies, x.SubjectSignTool = []x509.Policy{{OID: "1.2.643.100.113.1"}}, "Подпись"
		x.IssuerSignTool = &x509.IssuerSignTool{SignTool: "Подпись", CATool: "УЦ", SignToolCert: "нет", CAToolCert: "нет"}
	}
	o.holder = o.ca.Signer(t, alg.GOST256B, "CN=Иванов Иван Иванович, INN=990100001169", term, qualified)
	o.old = o.ca.Signer(t, alg.GOST256B, "CN=Old", func(x *x509.Template) {
		x.NotBefore, x.NotAfter = now.AddDate(-1, 0, 0), now.Add(-time.Hour)
	})
	o.tsa = o.ca.TSA(t, alg.GOST256B, term)
	o.later = o.ca.TSA(t, alg.GOST256B, func(x *x509.Template) { x.NotBefore, x.NotAfter = now.Add(-time.Hour), now.AddDate(3, 0, 0) })
	for name, id := range map[string]*pkitest.Identity{"holder.p12": o.holder, "old.p12": o.old} {
		file, err := pkcs12.Encode(rand.Reader, &pkcs12.Contents{Key: id.Key, Certificates: []*x509.Certificate{id.Cert, o.ca.Cert}},
			[]byte("пароль 1"), pkcs12.Options{Iterations: 100})
		if err != nil {
			t.Fatal(err)
		}
		o.p12[name] = file
	}
	for _, list := range [][]byte{o.root.CRL(t, now.Add(-time.Minute), now.AddDate(0, 1, 0)), o.ca.CRL(t, now.Add(-time.Minute), now.AddDate(0, 1, 0))} {
		o.crls = append(o.crls, x509.EncodePEM(x509.PEMCRL, list)...)
	}
	o.server = httptest.NewServer(http.HandlerFunc(o.stamp))
	t.Cleanup(o.server.Close)
	return o
}

func (o *office) stamp(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, tsp.MaxRequest+1))
	answer := tsp.Refuse(tsp.SystemFailure, "no such service")
	if by := map[string]*pkitest.Identity{"/tsp": o.tsa, "/later": o.later}[r.URL.Path]; by != nil {
		q, err := tsp.ParseRequest(body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		token, err := (&tsp.Template{Request: q, Policy: "1.2.3.4", Serial: x509.NewSerial([]byte{7}), Time: time.Now(), Certificate: by.Cert}).Token(rand.Reader, by.Key)
		if err == nil {
			answer = tsp.Grant(token)
		}
	}
	w.Header().Set("Content-Type", tsp.ResponseType)
	_, _ = w.Write(answer.Marshal())
}

func (o *office) files(dir string) error {
	files := map[string][]byte{
		"root.pem": x509.EncodePEM(x509.PEMCertificate, o.root.Cert.Raw), "all.crl": o.crls,
		"password": []byte("пароль 1\n"), "password.dos": []byte("пароль 1\r\n"), "wrong": []byte("пароль 2\n"), "new": []byte("другой пароль\n"),
		"empty": {}, "holder.p12": o.p12["holder.p12"], "old.p12": o.p12["old.p12"],
	}
	var err error
	if files["centres.tsl"], err = o.centres(); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// centres is a list of accredited centres signed by the root, with the authority in it.
func (o *office) centres() ([]byte, error) {
	var b bytes.Buffer
	now := time.Now()
	w, err := tsl.NewWriter(&b, tsl.Head{Version: 7, Date: now}, o.root.Cert)
	if err != nil {
		return nil, err
	}
	w.Add(&tsl.Centre{
		Number: "1", Name: "ООО «Центр»", INN: "9900000001", OGRN: "1029900000001", Phone: "+7 900 000-00-00",
		Status:  tsl.Status{State: tsl.Active, Text: "Действует", From: now.AddDate(-1, 0, 0)},
		Systems: []tsl.System{{Name: "1", Class: "КС2", Keys: []tsl.Key{{ID: o.ca.Cert.SubjectKeyID, Certificates: []tsl.Certificate{{Raw: o.ca.Cert.Raw}}}}}},
	})
	err = w.Close(rand.Reader, o.root.Key)
	return b.Bytes(), err
}
