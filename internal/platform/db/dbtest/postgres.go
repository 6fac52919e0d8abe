// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build postgres

package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"podpis/internal/platform/db"
)

// Dialect names the database of this build.
const Dialect = "postgres"

// serverOnce is the server of this process: the one named in the environment or a
// throw-away one.
var serverOnce = sync.OnceValues(func() (string, error) {
	if dsn := os.Getenv("PODPIS_TEST_POSTGRES"); dsn != "" {
		return dsn, nil
	}
	return startServer()
})

// postgresSchema makes a schema for one test and returns the connection string
// that leads to it.
func postgresSchema(t testing.TB) string {
	t.Helper()
	base, err := serverOnce()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	name := "t_" + db.NewID(time.Now())
	if _, err := admin.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer admin.Close()
		if _, err := admin.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Error(err)
		}
	})
	separator := " "
	if strings.Contains(base, "://") {
		if separator = "?"; strings.Contains(base, "?") {
			separator = "&"
		}
	}
	return base + separator + "search_path=" + name
}

const binaries = "/usr/lib/postgresql/15/bin"

// startServer runs initdb and a server on a random port of the loopback. The server
// dies with this process: the kernel sends it SIGQUIT (immediate shutdown), and
// the next run removes the directory.
func startServer() (dsn string, err error) {
	removeStale()
	dir := filepath.Join(os.TempDir(), "podpis-postgres-"+strconv.Itoa(os.Getpid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			return "", err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", err
		}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(binaries+"/initdb", "-D", data, "-U", "podpis", "-A", "trust", "-E", "UTF8", "--locale=C", "-N") //nolint:gosec // a test's own directory
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	server := exec.Command(binaries+"/postgres", "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", dir, //nolint:gosec // a test's own directory
		"-c", "fsync=off", "-c", "max_connections=300", "-c", "shared_buffers=64MB", "-c", "log_min_messages=fatal",
		// Predicate locks of many small tests at once.
		"-c", "max_pred_locks_per_transaction=256")
	server.SysProcAttr = &syscall.SysProcAttr{Credential: attr.Credential, Pdeathsig: syscall.SIGQUIT}
	server.Dir = dir
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // Pdeathsig follows the thread, which must live as long as the process
		err := server.Start()
		started <- err
		if err == nil {
			server.Wait() //nolint:errcheck // it ends with the process
		}
	}()
	if err := <-started; err != nil {
		return "", err
	}
	dsn = fmt.Sprintf("host=127.0.0.1 port=%d user=podpis dbname=postgres sslmode=disable", port)
	return dsn, waitReady(dsn)
}

func waitReady(dsn string) error {
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if err = pool.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("server did not come up: %w", err)
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// removeStale removes the directories of runs whose process is gone.
func removeStale() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), "podpis-postgres-*"))
	for _, d := range dirs {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(d), "podpis-postgres-"))
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			os.RemoveAll(d)
		}
	}
}
