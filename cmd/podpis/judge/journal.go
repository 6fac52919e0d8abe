// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
)

// journal keeps what was judged, a line a task, so that a run that was killed goes on where it was. The first line says by
// what was judged: the answers of other settings are not mixed in. A line is on the disk before its answer is printed.
//
// A nil journal keeps nothing.
type journal struct {
	file  *os.File
	end   int64
	lines map[string]place // by the identity of the task

	mu sync.Mutex
}

// place is a line of the journal.
type place struct {
	at     int64
	length int
}

// journalHead is the first line.
type journalHead struct {
	Podpis   string `json:"podpis"`
	Settings string `json:"settings"`
}

// maxLine bounds one line: a report of a message with very many signatures.
const maxLine = 64 << 20

// openJournal opens or begins the journal of a file. Two runs at a time cannot have it.
func openJournal(name, settings string) (*journal, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, terminal.Failed("output-unwritable", err, name)
	}
	j := &journal{file: file, lines: map[string]place{}}
	if err := j.open(name, settings); err != nil {
		_ = file.Close()
		return nil, err
	}
	return j, nil
}

func (j *journal) open(name, settings string) error {
	if err := lock(j.file); err != nil {
		return terminal.Failed("journal-taken", nil, name)
	}
	head, err := json.Marshal(journalHead{"journal 1", settings})
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(j.file, 1<<20)
	first, err := readLine(r)
	switch {
	case errors.Is(err, io.EOF) && !bytes.HasPrefix(head, first):
		return terminal.Usage("journal-other", name) // some other file: it is not touched
	case errors.Is(err, io.EOF):
		return j.write(append(head, '\n')) // new, or killed while it was begun
	case err != nil:
		return terminal.Input(name, err)
	}
	var found journalHead
	if json.Unmarshal(first, &found) != nil || found.Podpis != "journal 1" {
		return terminal.Usage("journal-other", name)
	}
	if found.Settings != settings {
		return terminal.Usage("journal-settings", name)
	}
	j.end = int64(len(first))
	return j.scan(r, name)
}

// scan finds the lines. The last one may be torn: it is written over.
func (j *journal) scan(r *bufio.Reader, name string) error {
	for {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return terminal.Input(name, err)
		}
		var o outcome
		if json.Unmarshal(line, &o) != nil {
			break
		}
		j.lines[o.Task] = place{j.end, len(line)}
		j.end += int64(len(line))
	}
	if err := j.file.Truncate(j.end); err != nil {
		return terminal.Failed("output-unwritable", err, name)
	}
	return nil
}

// readLine reads a line with its end; io.EOF is the end of the file or a line without an end.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, errors.New("journal: line too long")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// write appends octets and waits until they are on the disk.
func (j *journal) write(octets []byte) error {
	if _, err := j.file.WriteAt(octets, j.end); err != nil {
		return terminal.Failed("output-unwritable", err, j.file.Name())
	}
	j.end += int64(len(octets))
	if err := j.file.Sync(); err != nil {
		return terminal.Failed("output-unwritable", err, j.file.Name())
	}
	return nil
}

// find returns what an earlier run has found.
func (j *journal) find(identity string) (o outcome, ok bool) {
	if j == nil {
		return o, false
	}
	j.mu.Lock()
	p, ok := j.lines[identity]
	j.mu.Unlock()
	if !ok {
		return o, false
	}
	line := make([]byte, p.length)
	if _, err := j.file.ReadAt(line, p.at); err != nil || json.Unmarshal(line, &o) != nil || o.Task != identity {
		return outcome{}, false
	}
	o.before = true
	return o, true
}

// add keeps results, all by one write.
func (j *journal) add(results []outcome) error {
	if j == nil {
		return nil
	}
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	e.SetEscapeHTML(false)
	places := map[string]place{}
	for _, o := range results {
		if o.before {
			continue
		}
		start := lines.Len()
		if err := e.Encode(o); err != nil {
			return err
		}
		places[o.Task] = place{j.end + int64(start), lines.Len() - start}
	}
	if lines.Len() == 0 {
		return nil
	}
	if err := j.write(lines.Bytes()); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for task, p := range places {
		j.lines[task] = p
	}
	return nil
}

func (j *journal) close() {
	if j != nil {
		_ = j.file.Close() // every line was synchronised
	}
}

// identity names a task with the state of its files: one that was changed is judged again.
func identity(t task, job Job) string {
	parts := []string{t.name(), job.Signature, job.Document}
	for _, name := range slices.Clone(parts) {
		if name == "" {
			continue
		}
		if info, err := os.Stat(name); err == nil {
			parts = append(parts, strconv.FormatInt(info.Size(), 10), strconv.FormatInt(info.ModTime().UnixNano(), 10))
		}
	}
	return hex.EncodeToString(alg.Streebog256.Sum([]byte(strings.Join(parts, "\x00")))[:16])
}
