// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package engine

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

//go:embed testdata/peer.c
var source []byte

// Engine is the running program. It is not safe for concurrent use.
type Engine struct {
	t   testing.TB
	in  *bufio.Writer
	out *bufio.Reader
	err *bytes.Buffer
}

// Question is one command; the functions below make them.
type Question struct {
	command byte
	fields  [][]byte
}

// String shows the command and its fields in hexadecimal.
func (q Question) String() string { return fmt.Sprintf("%c %x", q.command, q.fields) }

// Answer is what the engine says: whether it agreed, and the result if there is one.
type Answer struct {
	OK   bool
	Data []byte
}

// Program is the compiled program.
type Program string

// Build compiles the program, which is there until the test ends.
func Build(t testing.TB) Program {
	t.Helper()
	program := filepath.Join(t.TempDir(), "peer")
	if err := os.WriteFile(program+".c", source, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-O2", "-Wall", "-o", program, program+".c", "-lcrypto").CombinedOutput(); err != nil { //nolint:gosec // G204: our own source
		t.Fatalf("the tag openssl needs gcc and libssl-dev: %v\n%s", err, out)
	}
	return Program(program)
}

// Start starts the program, which ends with the test.
func (p Program) Start(t testing.TB) *Engine {
	t.Helper()
	cmd := exec.Command(string(p)) //nolint:gosec // G204: what was compiled
	cmd.Env = append(os.Environ(), "OPENSSL_CONF=/dev/null")
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	e := &Engine{t: t, err: new(bytes.Buffer)}
	cmd.Stderr = e.err
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e.in, e.out = bufio.NewWriterSize(in, 1<<16), bufio.NewReaderSize(out, 1<<16)
	t.Cleanup(func() {
		_ = in.Close() // which ends the program
		if err := cmd.Wait(); err != nil {
			t.Errorf("the engine's program: %v\n%s", err, e.err)
		}
	})
	return e
}

// Ask returns the answers to all questions, in their order.
func (e *Engine) Ask(questions []Question) []Answer {
	e.t.Helper()
	written := make(chan error, 1)
	go func() { // while the answers are read, or the pipes would fill up
		for _, q := range questions {
			e.write(q)
		}
		e.write(Question{command: 'F'})
		written <- e.in.Flush()
	}()
	answers := make([]Answer, len(questions))
	for i := range answers {
		var head [5]byte
		if _, err := io.ReadFull(e.out, head[:]); err != nil {
			e.t.Fatalf("answer %d of %d: %v\n%s", i, len(answers), err, e.err)
		}
		answers[i] = Answer{head[0] == 1, make([]byte, binary.LittleEndian.Uint32(head[1:]))}
		if _, err := io.ReadFull(e.out, answers[i].Data); err != nil {
			e.t.Fatalf("answer %d of %d: %v\n%s", i, len(answers), err, e.err)
		}
	}
	if err := <-written; err != nil {
		e.t.Fatalf("ask: %v\n%s", err, e.err)
	}
	return answers
}

// write puts a question into the buffer, which remembers its first error for Flush.
func (e *Engine) write(q Question) {
	_, _ = e.in.Write([]byte{q.command, byte(len(q.fields))})
	for _, f := range q.fields {
		_, _ = e.in.Write(number(len(f)))
		_, _ = e.in.Write(f)
	}
}

func number(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

// Hash asks for a digest; the name is md_gost12_256, md_gost12_512 or md_gost94.
func Hash(name string, data []byte) Question {
	return Question{'H', [][]byte{[]byte(name), data}}
}

// MAC asks for an authentication code; the name is such as kuznyechik-mac. The numbers are N and T* of OMAC-ACPKM in
// bytes, 0 for the plain code.
func MAC(name string, key, data []byte, section, master int) Question {
	return Question{'M', [][]byte{[]byte(name), key, data, number(section), number(master)}}
}

// Cipher asks for the encryption or decryption of data; the name is such as kuznyechik-cbc. The section is that of
// CTR-ACPKM in bytes, 0 for other modes.
func Cipher(name string, key, iv []byte, section int, encrypt bool, data []byte) Question {
	direction := 0
	if encrypt {
		direction = 1
	}
	return Question{'C', [][]byte{[]byte(name), key, iv, number(section), number(direction), data}}
}

// OldCipher asks for the decryption of data with GOST 28147-89; the name is gost89 or gost89-cnt, box a parameter set such
// as id-Gost28147-89-CryptoPro-A-ParamSet.
func OldCipher(name, box string, meshing bool, key, iv, data []byte) Question {
	flag := 0
	if meshing {
		flag = 1
	}
	return Question{'O', [][]byte{[]byte(name), []byte(box), number(flag), key, iv, data}}
}

// OldMAC asks for the code of GOST 28147-89 with meshing, which the engine cannot leave out.
func OldMAC(box string, key, data []byte) Question {
	return Question{'I', [][]byte{[]byte(box), key, data}}
}

// Sign asks for the signature s ‖ r of a digest. The set is the engine's name of one for keys of 8·len(d) bits: A, B, C,
// TCA. The private key is little-endian, as gost3410 has it.
func Sign(set string, d, digest []byte) Question {
	return Question{'S', [][]byte{number(8 * len(d)), []byte(set), d, digest}}
}

// Verify asks whether a signature is that of a digest by the public key x ‖ y, little-endian.
func Verify(set string, xy, digest, signature []byte) Question {
	return Question{'V', [][]byte{number(4 * len(xy)), []byte(set), xy, digest, signature}}
}

// VKO asks for the key that the owner of d and that of x ‖ y agree on, of 256 or 512 bits.
func VKO(set string, d, xy, ukm []byte, bits int) Question {
	return Question{'A', [][]byte{number(8 * len(d)), []byte(set), d, xy, ukm, number(bits)}}
}
