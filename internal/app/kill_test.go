// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/internal/app"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/service/ca"
	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/x509"
)

// killedServer names the directory of the server that this process is to be.
const killedServer = "PODPIS_TEST_KILLED_SERVER"

// TestMain makes the test binary the server that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killedServer); dir != "" {
		if err := serveUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// journal is a signer that writes the number of each certificate to a file outside
// of the database before it hands the signature out. The file is opened with
// O_SYNC: what was returned is on the disk.
type journal struct {
	alg.Signer
	file *os.File
}

func (j *journal) SignTBS(r io.Reader, tbs []byte) ([]byte, error) {
	sig, err := x509.SignTBS(r, j.Signer, tbs)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(x509.AssembleSigned(tbs, j.PublicKey().Kind().Algorithm(), sig))
	if err != nil {
		return nil, err
	}
	// One write, appended: writers do not run into each other (POSIX write, O_APPEND).
	_, err = j.file.WriteString(cert.Serial.Hex() + "\n")
	return sig, err
}

func journalFile(dir string) string { return filepath.Join(dir, "signed") }

// serveUntilKilled is a whole installation under a load of issues. Each certificate
// that an order was answered with is printed.
func serveUntilKilled(dir string) error {
	ctx := context.Background()
	file, err := os.OpenFile(journalFile(dir), os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_SYNC, 0o600)
	if err != nil {
		return err
	}
	settings := app.Settings{Data: dir, Listen: "127.0.0.1:0", Training: true}
	a, err := app.New(ctx, settings, slog.New(slog.DiscardHandler), func(role ca.Role, k alg.Signer) alg.Signer {
		if role != ca.Issuing {
			return k
		}
		return &journal{k, file}
	})
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- a.Run(ctx, io.Discard) }()
	fmt.Println("ready")
	var out sync.Mutex
	for worker := range 4 {
		go func() {
			for i := 0; ; i++ {
				o, err := newOrder(fmt.Sprintf("%d/%d/%d", os.Getpid(), worker, i))
				if err != nil {
					failed <- err
					return
				}
				done, err := a.Authority().Issue(ctx, o)
				if err != nil {
					failed <- err
					return
				}
				out.Lock()
				fmt.Println(done.Serial.Hex())
				out.Unlock()
			}
		}()
	}
	return <-failed
}

func newOrder(key string) (ca.Order, error) {
	k, err := alg.Generate(alg.P256, rand.Reader)
	if err != nil {
		return ca.Order{}, err
	}
	name, err := x509.NameByText("CN=Заявитель")
	if err != nil {
		return ca.Order{}, err
	}
	req, err := x509.CreateRequest(rand.Reader, k, name, nil)
	return ca.Order{
		Key: key, Profile: "person", Request: req, Approval: []byte{1}, ApprovedBy: "test", OrderedBy: "test",
		Subject: map[string]string{
			"CN": "Соколова Анна", "SN": "Соколова", "G": "Анна", "C": "RU", "ST": "16 Казань", "INN": "990000001704", "SNILS": "99000000153",
		},
	}, err
}

// TestKill kills the server with signal 9 at random moments of a run of issues.
// Afterwards each number that the key has signed is known: issued, or abandoned and
// revoked; none was signed twice; and what an order was answered with is there.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := 50
	if os.Getenv("PODPIS_DRILL") != "" {
		kills = 1000
	}
	dir := t.TempDir()
	answered := map[string]bool{}
	for round := range kills {
		// One in five is killed while it starts, the others under load.
		underLoad := round%5 != 0
		for _, serial := range runAndKill(t, dir, underLoad, time.Duration(mathrand.IntN(250_000))*time.Microsecond) {
			answered[serial] = true
		}
	}
	text, err := os.ReadFile(journalFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	authority := afterwards(t, dir)
	own := map[string]bool{}
	for _, role := range []ca.Role{ca.Responder, ca.Stamping, ca.Auditing, ca.Sealing} {
		key, err := authority.Key(role)
		if err != nil {
			t.Fatal(err)
		}
		own[key.Certificate.Serial.Hex()] = true
	}
	signed, count := map[string]bool{}, map[ca.State]int{}
	for serial := range strings.Lines(string(text)) {
		serial = strings.TrimSuffix(serial, "\n")
		if signed[serial] {
			t.Errorf("%s was signed twice", serial)
		}
		signed[serial] = true
		if own[serial] {
			continue
		}
		r, err := authority.Certificate(t.Context(), serial)
		if err != nil {
			t.Fatalf("%s was signed and is not in the register: %v", serial, err)
		}
		count[r.State]++
		status := statusOf(t, authority, serial)
		switch {
		case r.State == ca.Issued && status == ocsp.Good:
		case r.State == ca.Abandoned && status == ocsp.Revoked && !answered[serial]:
		default:
			t.Errorf("%s: state %s, OCSP %v, answered %v", serial, r.State, status, answered[serial])
		}
	}
	for serial := range answered {
		if !signed[serial] {
			t.Errorf("%s went out and was not signed", serial)
		}
	}
	t.Logf("%d kills: %d signed, %d answered, %d abandoned and revoked", kills, len(signed), len(answered), count[ca.Abandoned])
	if len(answered) < kills || count[ca.Abandoned] == 0 {
		t.Errorf("%d certificates, %d abandoned: the kills did not come in the middle of issues", len(answered), count[ca.Abandoned])
	}
}

// runAndKill starts a server and kills it some time after it is open, or after its
// first certificate. It returns the certificates that orders were answered with.
func runAndKill(t *testing.T, dir string, underLoad bool, after time.Duration) (answered []string) {
	t.Helper()
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), killedServer+"="+dir)
	var trouble strings.Builder
	server.Stderr = &trouble
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	kill := sync.OnceFunc(func() {
		time.AfterFunc(after, func() { _ = server.Process.Kill() }) // it may have ended by itself: seen below
	})
	for lines.Scan() {
		if lines.Text() != "ready" {
			answered = append(answered, lines.Text())
		}
		if !underLoad || lines.Text() != "ready" {
			kill()
		}
	}
	err = server.Wait()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != -1 {
		t.Fatalf("the server ended by itself: %v\n%s", err, trouble.String())
	}
	return answered
}

// afterwards opens the authority of a dead server a minute later, when the
// reconciler has come.
func afterwards(t *testing.T, dir string) *ca.Service {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{DataDir: dir, Clock: func() time.Time { return time.Now().Add(time.Minute) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := keys.Load(filepath.Join(dir, "kek"), "")
	if err != nil {
		t.Fatal(err)
	}
	book, err := policy.New(ca.Rules())
	if err != nil {
		t.Fatal(err)
	}
	s, err := ca.New(ca.Parts{DB: d, Ring: ring, Policies: book, PublicURL: "http://127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func statusOf(t *testing.T, s *ca.Service, hex string) ocsp.CertStatus {
	t.Helper()
	serial, err := x509.SerialFromHex(hex)
	if err != nil {
		t.Fatal(err)
	}
	id, err := ocsp.NewCertID(alg.SHA1, s.Chain()[0], serial)
	if err != nil {
		t.Fatal(err)
	}
	q, err := ocsp.NewRequest(nil, id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.Answer(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.ParseResponse(raw)
	if err != nil || answer.Status != ocsp.Successful {
		t.Fatalf("%+v, %v", answer, err)
	}
	return answer.Singles[0].Status
}
