// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package smpp_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"podpis/wire/smpp"
)

// The example of section 3.2.3 of the protocol: bind_transmitter of SMPP3TEST.
const bindExample = "0000002F000000020000000000000001534D50503354455354007365637265743038005355424D495431000001010" + "0"

func TestExampleOfTheStandard(t *testing.T) {
	t.Parallel()
	raw, err := hex.DecodeString(bindExample)
	if err != nil {
		t.Fatal(err)
	}
	p, err := smpp.ReadPDU(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	b, err := smpp.ParseBind(p.Body)
	want := smpp.Bind{SystemID: "SMPP3TEST", Password: "secret08", SystemType: "SUBMIT1", AddrTON: 1, AddrNPI: 1}
	if err != nil || p.Command != smpp.BindTransmitter || p.Sequence != 1 || b != want {
		t.Errorf("read %+v %+v, %v", p, b, err)
	}
	if p.Body, err = b.Encode(); err != nil || !bytes.Equal(p.Encode(), raw) {
		t.Errorf("written %x, %v; want %x", p.Encode(), err, raw)
	}
}

func TestSubmitRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := func(most int) string {
			return rapid.StringOfN(rapid.RuneFrom([]rune("abc019 Z")), 0, most, -1).Draw(t, "text")
		}
		in := smpp.Submit{
			ServiceType: text(5), Source: text(20), Dest: text(20), ScheduleTime: text(16), ValidityPeriod: text(16),
			SourceTON: rapid.Byte().Draw(t, "b"), ESMClass: rapid.Byte().Draw(t, "b"), DataCoding: rapid.Byte().Draw(t, "b"),
			RegisteredDelivery: rapid.Byte().Draw(t, "b"), ShortMessage: rapid.SliceOfN(rapid.Byte(), 0, 254).Draw(t, "m"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			in.Optional = append(in.Optional, smpp.TLV{Tag: rapid.Uint16().Draw(t, "tag"), Value: rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(t, "v")})
		}
		body, err := in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		out, err := smpp.ParseSubmit(body)
		if err != nil || cmp.Diff(in, out) != "" {
			t.Fatalf("%v\n%s", err, cmp.Diff(in, out))
		}
	})
}

func TestBrokenInput(t *testing.T) {
	t.Parallel()
	good, err := smpp.Submit{Dest: "79990000000", ShortMessage: []byte("hi"), Optional: []smpp.TLV{{Tag: 5, Value: []byte("x")}}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body []byte
		want error
	}{
		"empty":               {nil, smpp.ErrBody},
		"cut in a text":       {good[:7], smpp.ErrBody},
		"cut in the message":  {good[:len(good)-7], smpp.ErrBody},
		"cut in an option":    {good[:len(good)-1], smpp.ErrBody},
		"half an option":      {good[:len(good)-3], smpp.ErrBody},
		"service type of 6":   {append([]byte("123456\x00"), good[1:]...), smpp.ErrField},
		"many options":        {append(bytes.Clone(good), make([]byte, 4*200)...), smpp.ErrField},
		"message of 255":      {bytes.Replace(good, []byte("\x02hi"), append([]byte{255}, make([]byte, 255)...), 1), smpp.ErrField},
		"text without an end": {bytes.Repeat([]byte{'a'}, 4), smpp.ErrBody},
	} {
		if _, err := smpp.ParseSubmit(c.body); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, raw := range map[string]string{
		"length under the header": "0000000f000000150000000000000001",
		"length of 4 GiB":         "ffffffff000000150000000000000001",
		"cut body":                "00000014000000150000000000000001aa",
		"cut header":              "0000001000",
	} {
		b, _ := hex.DecodeString(raw)
		if _, err := smpp.ReadPDU(bytes.NewReader(b)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, s := range map[string]smpp.Submit{
		"long number":  {Dest: strings.Repeat("1", 21)},
		"zero inside":  {Dest: "1\x002"},
		"long message": {ShortMessage: make([]byte, 255)},
		"long option":  {Optional: []smpp.TLV{{Value: make([]byte, 1<<16)}}},
		"long PDU":     {Optional: []smpp.TLV{{Value: make([]byte, 60000)}, {Value: make([]byte, 60000)}}},
	} {
		if _, err := s.Encode(); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
	if _, err := smpp.ParseBind([]byte("a\x00b\x00c\x00\x34\x00\x00d\x00rest")); !errors.Is(err, smpp.ErrBody) {
		t.Errorf("rest after bind: %v", err)
	}
	if id, err := smpp.ParseMessageID(nil); id != "" || err != nil {
		t.Errorf("no id: %q, %v", id, err)
	}
}

func TestTextComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SampledFrom([]string{"abc@£$Δ_ {}[]€|~^\\\n", "Подпись: 482913 — выпуск 😀", "aя"}).Draw(t, "alphabet")
		text := rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 0, 900, -1).Draw(t, "text")
		parts, err := smpp.Split(text, 7)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i, p := range parts {
			most := 140
			if p.Coding == smpp.CodingDefault {
				most = 160
			}
			if len(p.Message) > most {
				t.Fatalf("part of %d octets", len(p.Message))
			}
			s, c := smpp.Decode(smpp.Submit{DataCoding: p.Coding, ESMClass: p.ESMClass, ShortMessage: p.Message})
			if (c == nil) != (len(parts) == 1) || (c != nil && (*c != smpp.Concatenation{Reference: 7, Total: byte(len(parts)), Number: byte(i + 1)})) {
				t.Fatalf("part %d of %d: %+v", i, len(parts), c)
			}
			if strings.ContainsRune(s, '\uFFFD') {
				t.Fatalf("a character was torn: %q", s)
			}
			got += s
		}
		if got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
	})
}

func TestPartsAsPhonesCountThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		coding byte
		parts  int
	}{
		{"", 0, 1},
		{strings.Repeat("a", 160), 0, 1}, {strings.Repeat("a", 161), 0, 2}, {strings.Repeat("a", 306), 0, 2}, {strings.Repeat("a", 307), 0, 3},
		{strings.Repeat("€", 80), 0, 1}, {strings.Repeat("€", 81), 0, 2},
		{strings.Repeat("я", 70), 8, 1}, {strings.Repeat("я", 71), 8, 2}, {strings.Repeat("я", 134), 8, 2}, {strings.Repeat("я", 135), 8, 3},
	} {
		parts, err := smpp.Split(c.text, 1)
		if err != nil || len(parts) != c.parts || parts[0].Coding != c.coding {
			t.Errorf("%d characters: %d parts of coding %d, %v; want %d of %d", len([]rune(c.text)), len(parts), parts[0].Coding, err, c.parts, c.coding)
		}
	}
	if _, err := smpp.Split(strings.Repeat("я", 67*255+1), 1); !errors.Is(err, smpp.ErrTooLong) {
		t.Errorf("256 parts: %v", err)
	}
	// 3GPP TS 23.038, 6.2.1 and 6.2.1.1.
	if p := smpp.Whole("@Å~é"); !bytes.Equal(p.Message, []byte{0x00, 0x0e, 0x1b, 0x3d, 0x05}) {
		t.Errorf("default alphabet: %x", p.Message)
	}
	for m, want := range map[string]string{"\x1b": "\uFFFD", "\x1b\x01": "\uFFFD", "\xff": "\uFFFD", "\x1be": "€"} {
		if got, _ := smpp.Decode(smpp.Submit{ShortMessage: []byte(m)}); got != want {
			t.Errorf("%x decodes to %q, want %q", m, got, want)
		}
	}
	if got, _ := smpp.Decode(smpp.Submit{DataCoding: smpp.CodingLatin1, ShortMessage: []byte{0xe9}}); got != "é" {
		t.Errorf("Latin 1: %q", got)
	}
}

// centre is a server for the tests of the client.
type centre struct {
	*smpp.Server
	addr  string
	binds atomic.Int32
	conns []net.Conn
	mu    sync.Mutex
}

func start(t *testing.T, submit func(s smpp.Submit) (string, smpp.Status, error)) *centre {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &centre{addr: l.Addr().String()}
	c.Server = &smpp.Server{SystemID: "test", Submit: submit, Bind: func(b smpp.Bind) smpp.Status {
		c.binds.Add(1)
		if b.Password != "secret" {
			return smpp.InvalidPassword
		}
		return smpp.OK
	}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.mu.Lock()
			c.conns = append(c.conns, conn)
			c.mu.Unlock()
			wg.Go(func() { c.ServeConn(conn) }) //nolint:errcheck // ends with the connection
		}
	})
	t.Cleanup(func() { l.Close(); c.hangUp(); wg.Wait() })
	return c
}

func (c *centre) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		conn.Close()
	}
}

func client(t *testing.T, cfg smpp.Config) *smpp.Client {
	t.Helper()
	cfg.SystemID, cfg.Source, cfg.PerSecond = "podpis", "Podpis", 100000
	if cfg.Password == "" {
		cfg.Password = "secret"
	}
	c := smpp.NewClient(cfg)
	t.Cleanup(func() { c.Close(context.Background()) }) // the centre may be gone
	return c
}

func TestClientSends(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []smpp.Submit
	srv := start(t, func(s smpp.Submit) (string, smpp.Status, error) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, s)
		return "id-" + s.Dest, smpp.OK, nil
	})
	c := client(t, smpp.Config{Addr: srv.addr, Enquire: 5 * time.Millisecond})
	ids, err := c.Send(t.Context(), "+79990000000", "Подпись: 482913")
	if err != nil || len(ids) != 1 || ids[0] != "id-79990000000" {
		t.Fatalf("ids %v, %v", ids, err)
	}
	last := func() smpp.Submit { mu.Lock(); defer mu.Unlock(); return got[len(got)-1] }
	s := last()
	if text, _ := smpp.Decode(s); text != "Подпись: 482913" || s.Dest != "79990000000" || s.DestTON != 1 || s.Source != "Podpis" || s.SourceTON != 5 {
		t.Errorf("centre got %q in %+v", text, s)
	}
	if ids, err = c.Send(t.Context(), "1", strings.Repeat("я", 200)); err != nil || len(ids) != 3 {
		t.Errorf("long text: %v, %v", ids, err)
	}
	var wg sync.WaitGroup // answers find their requests
	for range 50 {
		wg.Go(func() {
			if _, err := c.Send(t.Context(), "2", "x"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	payload := client(t, smpp.Config{Addr: srv.addr, Payload: true})
	if ids, err = payload.Send(t.Context(), "3", strings.Repeat("я", 500)); err != nil || len(ids) != 1 {
		t.Errorf("payload: %v, %v", ids, err)
	}
	if text, _ := smpp.Decode(last()); text != strings.Repeat("я", 500) {
		t.Errorf("payload came as %d characters", len([]rune(text)))
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.Send(t.Context(), "1", "x"); !errors.Is(err, smpp.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if srv.binds.Load() != 2 {
		t.Errorf("%d binds for two clients", srv.binds.Load())
	}
}

func TestClientMeetsRefusals(t *testing.T) {
	t.Parallel()
	var status atomic.Uint32
	srv := start(t, func(smpp.Submit) (string, smpp.Status, error) { return "1", smpp.Status(status.Load()), nil })
	bad := client(t, smpp.Config{Addr: srv.addr, Password: "wrong"})
	_, err := bad.Send(t.Context(), "1", "x")
	if e, ok := errors.AsType[*smpp.StatusError](err); !ok || e.Status != smpp.InvalidPassword || e.Permanent() {
		t.Errorf("wrong password: %v", err)
	}
	for _, want := range []smpp.Status{smpp.InvalidDest, smpp.SystemError, smpp.Throttled} {
		status.Store(uint32(want))
		c := client(t, smpp.Config{Addr: srv.addr})
		_, err := c.Send(t.Context(), "1", "x")
		e, ok := errors.AsType[*smpp.StatusError](err)
		if !ok || e.Status != want || e.Permanent() != (want == smpp.InvalidDest) || e.Error() == "" {
			t.Errorf("refusal %#x: %v", want, err)
		}
		if want == smpp.Throttled { // the next one has to wait
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			if _, err := c.Send(ctx, "1", "x"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after throttling: %v", err)
			}
			cancel()
		}
	}
	if _, err := client(t, smpp.Config{Addr: srv.addr}).Send(t.Context(), strings.Repeat("1", 30), "x"); !errors.Is(err, smpp.ErrField) {
		t.Errorf("a number of 30 digits: %v", err)
	}
	if _, err := client(t, smpp.Config{Addr: "127.0.0.1:1"}).Send(t.Context(), "1", "x"); err == nil {
		t.Error("sent to nobody")
	}
}

func TestClientReconnects(t *testing.T) {
	t.Parallel()
	var drop atomic.Bool
	srv := start(t, func(smpp.Submit) (string, smpp.Status, error) {
		if drop.Load() {
			return "", smpp.OK, errors.New("gone")
		}
		return "1", smpp.OK, nil
	})
	c := client(t, smpp.Config{Addr: srv.addr})
	send := func() error { _, err := c.Send(t.Context(), "1", "x"); return err }
	if err := send(); err != nil {
		t.Fatal(err)
	}
	drop.Store(true)
	if err := send(); !errors.Is(err, smpp.ErrClosed) {
		t.Errorf("connection ended without an answer: %v", err)
	}
	drop.Store(false)
	if err := send(); err != nil {
		t.Errorf("after the failure: %v", err)
	}
	if srv.binds.Load() != 2 {
		t.Errorf("%d binds, want 2", srv.binds.Load())
	}
}

func TestClientTimesOut(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	srv := start(t, func(smpp.Submit) (string, smpp.Status, error) { <-release; return "1", smpp.OK, nil })
	c := client(t, smpp.Config{Addr: srv.addr, Timeout: 50 * time.Millisecond})
	if _, err := c.Send(t.Context(), "1", "x"); err == nil || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("silent centre: %v", err)
	}
	close(release)
}

// The client answers what the centre asks; the server answers what it does not know.
func TestBothSidesAnswer(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	c := client(t, smpp.Config{Dial: func(context.Context, string) (net.Conn, error) { return ours, nil }})
	sent := make(chan error, 1)
	go func() { _, err := c.Send(t.Context(), "1", "x"); sent <- err }()
	read := func(want smpp.Command) smpp.PDU {
		t.Helper()
		p, err := smpp.ReadPDU(theirs)
		if err != nil || p.Command != want {
			t.Fatalf("got %+v, %v; want %#x", p, err, want)
		}
		return p
	}
	write := func(p smpp.PDU) {
		t.Helper()
		if _, err := theirs.Write(p.Encode()); err != nil {
			t.Fatal(err)
		}
	}
	const resp = 0x80000000
	write(smpp.PDU{Command: smpp.BindTransceiver | resp, Sequence: read(smpp.BindTransceiver).Sequence})
	submit := read(smpp.SubmitSM)
	for _, command := range []smpp.Command{smpp.EnquireLink, smpp.DeliverSM} {
		write(smpp.PDU{Command: command, Sequence: 77})
		if p := read(command | resp); p.Sequence != 77 {
			t.Errorf("answer %+v", p)
		}
	}
	write(smpp.PDU{Command: 0x103, Sequence: 78}) // data_sm
	if p := read(smpp.GenericNack); p.Status != smpp.InvalidCommand || p.Sequence != 78 {
		t.Errorf("answer %+v", p)
	}
	write(smpp.PDU{Command: smpp.GenericNack, Status: smpp.SystemError, Sequence: submit.Sequence})
	if _, ok := errors.AsType[*smpp.StatusError](<-sent); !ok {
		t.Error("generic_nack is no refusal")
	}
	write(smpp.PDU{Command: smpp.Unbind, Sequence: 79})
	read(smpp.Unbind | resp)

	srv := start(t, func(smpp.Submit) (string, smpp.Status, error) { return "1", smpp.OK, nil })
	conn, err := net.Dial("tcp", srv.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	theirs = conn
	for _, c := range []struct {
		send    smpp.PDU
		command smpp.Command
		status  smpp.Status
	}{
		{smpp.PDU{Command: smpp.SubmitSM, Body: make([]byte, 17)}, smpp.SubmitSM | resp, smpp.InvalidBind},
		{smpp.PDU{Command: smpp.BindReceiver, Body: []byte("x")}, smpp.BindReceiver | resp, smpp.InvalidLength},
		{smpp.PDU{Command: smpp.BindReceiver, Body: []byte("a\x00b\x00\x00\x34\x00\x00\x00")}, smpp.BindReceiver | resp, smpp.InvalidPassword},
		{smpp.PDU{Command: smpp.BindReceiver, Body: []byte("a\x00secret\x00\x00\x34\x00\x00\x00")}, smpp.BindReceiver | resp, smpp.OK},
		{smpp.PDU{Command: smpp.BindReceiver, Body: []byte("a\x00secret\x00\x00\x34\x00\x00\x00")}, smpp.BindReceiver | resp, smpp.AlreadyBound},
		{smpp.PDU{Command: smpp.SubmitSM, Body: make([]byte, 16)}, smpp.SubmitSM | resp, smpp.InvalidLength},
		{smpp.PDU{Command: smpp.SubmitSM, Body: make([]byte, 17)}, smpp.SubmitSM | resp, smpp.OK},
		{smpp.PDU{Command: 0x103}, smpp.GenericNack, smpp.InvalidCommand},
		{smpp.PDU{Command: smpp.Unbind}, smpp.Unbind | resp, smpp.OK},
	} {
		write(c.send)
		if p := read(c.command); p.Status != c.status {
			t.Errorf("command %#x answered with %#x, want %#x", c.send.Command, p.Status, c.status)
		}
	}
	if _, err := smpp.ReadPDU(conn); !errors.Is(err, io.EOF) {
		t.Errorf("after unbind: %v", err)
	}
	conn2, err := net.Dial("tcp", srv.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn2.Close()
	theirs = conn2
	if _, err := conn2.Write(bytes.Repeat([]byte{0xff}, 16)); err != nil {
		t.Fatal(err)
	}
	if p := read(smpp.GenericNack); p.Status != smpp.InvalidLength {
		t.Errorf("rubbish answered with %#x", p.Status)
	}
}

func FuzzPDU(f *testing.F) {
	raw, _ := hex.DecodeString(bindExample)
	f.Add(raw)
	body, _ := smpp.Submit{Dest: "79990000000", ESMClass: 0x40, ShortMessage: []byte("\x05\x00\x03\x01\x02\x01hello")}.Encode()
	f.Add(smpp.PDU{Command: smpp.SubmitSM, Body: body}.Encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := smpp.ReadPDU(bytes.NewReader(raw))
		if err != nil {
			return
		}
		if !bytes.HasPrefix(raw, p.Encode()) {
			t.Errorf("%x came back as %x", raw, p.Encode())
		}
		if b, err := smpp.ParseBind(p.Body); err == nil {
			if again, err := b.Encode(); err != nil || !bytes.Equal(again, p.Body) {
				t.Errorf("bind %x came back as %x, %v", p.Body, again, err)
			}
		}
		if s, err := smpp.ParseSubmit(p.Body); err == nil {
			smpp.Decode(s)
			if again, err := s.Encode(); err != nil || !bytes.Equal(again, p.Body) {
				t.Errorf("submit %x came back as %x, %v", p.Body, again, err)
			}
		}
		smpp.ParseMessageID(p.Body) //nolint:errcheck // it must not panic
	})
}

// A centre answers unbind and hangs up in one breath: the answer is not to be lost to the end
// of the stream behind it.
func TestAnswerBeforeHangUp(t *testing.T) {
	t.Parallel()
	srv := start(t, func(smpp.Submit) (string, smpp.Status, error) { return "1", smpp.OK, nil })
	for range 200 {
		c := client(t, smpp.Config{Addr: srv.addr})
		if _, err := c.Send(t.Context(), "1", "x"); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
