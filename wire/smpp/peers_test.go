// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peers

package smpp_test

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"podpis/wire/smpp"
)

// The other side is Debian's libnet-smpp-perl, which knows nothing of this package.

// centreInPerl takes two messages and prints what it understood.
const centreInPerl = `
use strict; use Net::SMPP; $| = 1;
my $l = Net::SMPP->new_listen('127.0.0.1', port => 0) or die "listen: $!";
print $l->sockport, "\n";
my $c = $l->accept or die "accept: $!";
while (my $p = $c->read_pdu()) {
  if ($p->{cmd} == Net::SMPP::CMD_bind_transceiver) {
    print "bind $p->{system_id} $p->{password} $p->{interface_version}\n";
    $c->bind_transceiver_resp(seq => $p->{seq}, status => 0, system_id => 'perl');
  } elsif ($p->{cmd} == Net::SMPP::CMD_submit_sm) {
    print join(' ', 'submit', $p->{source_addr}, $p->{source_addr_ton}, $p->{destination_addr}, $p->{dest_addr_ton},
      $p->{esm_class}, $p->{data_coding}, unpack('H*', $p->{short_message})), "\n";
    $c->submit_sm_resp(seq => $p->{seq}, status => 0, message_id => 'perl-' . $p->{seq});
  } elsif ($p->{cmd} == Net::SMPP::CMD_unbind) {
    $c->unbind_resp(seq => $p->{seq}, status => 0); print "unbind\n"; last;
  }
}
`

func TestClientAgainstPerl(t *testing.T) {
	t.Parallel()
	perl := exec.CommandContext(t.Context(), "perl", "-e", centreInPerl)
	stdout, err := perl.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	perl.Stderr = &stderr
	if err := perl.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	line := func() string {
		s, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("read from perl: %v\n%s", err, stderr.String())
		}
		return strings.TrimSpace(s)
	}
	c := client(t, smpp.Config{Addr: "127.0.0.1:" + line()})
	ids, err := c.Send(t.Context(), "+79990000000", "Код 1")
	if err != nil || len(ids) != 1 || !strings.HasPrefix(ids[0], "perl-") {
		t.Fatalf("ids %v, %v\n%s", ids, err, stderr.String())
	}
	if _, err := c.Send(t.Context(), "79990000001", strings.Repeat("a", 161)); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"bind podpis secret 52",
		"submit Podpis 5 79990000000 1 0 8 041a043e043400200031",
		"submit Podpis 5 79990000001 1 64 0 050003020201" + strings.Repeat("61", 153),
		"submit Podpis 5 79990000001 1 64 0 050003020202" + strings.Repeat("61", 8),
		"unbind",
	} {
		if got := line(); got != want {
			t.Errorf("perl understood %q, want %q", got, want)
		}
	}
	io.Copy(io.Discard, out) //nolint:errcheck // Wait tells
	if err := perl.Wait(); err != nil {
		t.Errorf("perl: %v\n%s", err, stderr.String())
	}
}

const clientInPerl = `
use strict; use Net::SMPP;
my $c = Net::SMPP->new_transceiver('127.0.0.1', port => $ARGV[0], system_id => 'p', password => 'secret') or die "bind: $!";
my $r = $c->submit_sm(source_addr => '100', destination_addr => '79991112233', data_coding => 0, short_message => 'hello from perl') or die "submit: $!";
print "status $r->{status} id $r->{message_id}\n";
$r = $c->enquire_link() or die "enquire"; print "enquire $r->{status}\n";
$r = $c->unbind() or die "unbind"; print "unbind $r->{status}\n";
`

func TestServerAgainstPerl(t *testing.T) {
	t.Parallel()
	texts := make(chan string, 1)
	srv := start(t, func(s smpp.Submit) (string, smpp.Status, error) {
		text, _ := smpp.Decode(s)
		texts <- text
		return "id-1", smpp.OK, nil
	})
	_, port, err := net.SplitHostPort(srv.addr)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "perl", "-e", clientInPerl, port).CombinedOutput()
	if want := "status 0 id id-1\nenquire 0\nunbind 0\n"; err != nil || string(out) != want {
		t.Fatalf("perl says %q (%v)", out, err)
	}
	if text := <-texts; text != "hello from perl" {
		t.Errorf("the text is %q", text)
	}
}
