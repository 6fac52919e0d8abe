// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Path is where the interface answers: POST with a [Request], answered by an [Answer],
// JSON both ways over HTTPS with mutual authentication.
const Path = "/egr/v1/query"

// MaxMessage bounds a request and an answer.
const MaxMessage = maxRecord

// Request asks for one entry.
type Request struct {
	ID       string   `json:"id"` // repeated in the answer
	Register Register `json:"register"`
	Number   string   `json:"number"` // ОГРНИП or ОГРН
}

// Answer is what the register says. Record is there exactly when it was found.
type Answer struct {
	ID     string
	Found  bool
	Record *Record
}

// ParseRequest reads a request. Anything else than its three members is refused.
func ParseRequest(in []byte) (Request, error) {
	var q Request
	if err := strict(in, &q); err != nil {
		return Request{}, err
	}
	length := map[Register]int{EGRIP: 15, EGRUL: 13}[q.Register]
	if length == 0 || !digits(q.Number, length) || q.ID == "" || len(q.ID) > 64 {
		return Request{}, ErrFormat
	}
	return q, nil
}

func strict(in []byte, to any) error {
	if len(in) > MaxMessage {
		return ErrLarge
	}
	if !utf8.Valid(in) {
		return ErrEncoding
	}
	d := json.NewDecoder(bytes.NewReader(in))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrSyntax
	}
	return nil
}

// envelope is an answer on the wire. Its own members are strict; inside of a record
// the register may add what it likes.
type envelope struct {
	ID    string          `json:"id"`
	State string          `json:"state"` // found, missing
	Open  bool            `json:"open"`
	IP    json.RawMessage `json:"СвИП,omitempty"`
	UL    json.RawMessage `json:"СвЮЛ,omitempty"`
}

// ParseAnswer reads the answer to a request and holds it to what was asked: another
// entry than the one asked for is refused.
func ParseAnswer(in []byte, asked Request) (Answer, error) {
	var e envelope
	if err := strict(in, &e); err != nil {
		return Answer{}, err
	}
	if e.ID != asked.ID {
		return Answer{}, ErrFormat
	}
	raw, name, other := e.IP, "СвИП", e.UL
	if asked.Register == EGRUL {
		raw, name, other = e.UL, "СвЮЛ", e.IP
	}
	switch {
	case e.State == "missing" && raw == nil && other == nil:
		return Answer{ID: e.ID}, nil
	case e.State != "found" || raw == nil || other != nil:
		return Answer{}, ErrFormat
	}
	rec, err := parseRecord(raw, name, e.Open)
	if err != nil {
		return Answer{}, err
	}
	if rec.Number != asked.Number {
		return Answer{}, &RecordError{Number: clip(rec.Number), Field: "ОГРН"}
	}
	return Answer{ID: e.ID, Found: true, Record: rec}, nil
}

func parseRecord(raw []byte, name string, open bool) (*Record, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	left := maxNodes
	n, err := readNode(d, name, maxDepth, &left)
	if err != nil {
		return nil, err
	}
	return n.record(open)
}

// readNode reads the value of a member as an element: an object with "@attributes"
// and members for its children, or a text.
func readNode(d *json.Decoder, name string, depth int, left *int) (*node, error) {
	if *left--; *left < 0 || depth < 0 {
		return nil, ErrLarge
	}
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	n := &node{name: name}
	switch t := token.(type) {
	case string:
		n.text = t
		return n, nil
	case json.Delim:
		if t == '{' {
			return n, readMembers(d, n, depth, left)
		}
	}
	return nil, ErrFormat
}

func readMembers(d *json.Decoder, n *node, depth int, left *int) error {
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSyntax, err)
		}
		key, _ := token.(string) // a member's name is always a string
		if key == "@attributes" {
			if err := readAttributes(d, n, left); err != nil {
				return err
			}
			continue
		}
		if n.child(key) != nil {
			return ErrFormat // a member twice
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("%w: %w", ErrSyntax, err)
		}
		if err := readChildren(raw, n, key, depth-1, left); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// readChildren reads one child, or several of one name in a list.
func readChildren(raw []byte, n *node, name string, depth int, left *int) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		c, err := readNode(d, name, depth, left)
		n.children = append(n.children, c)
		return err
	}
	if _, err := d.Token(); err != nil {
		return ErrSyntax
	}
	for d.More() {
		c, err := readNode(d, name, depth, left)
		if err != nil {
			return err
		}
		n.children = append(n.children, c)
	}
	return nil
}

func readAttributes(d *json.Decoder, n *node, left *int) error {
	var attrs map[string]string
	if err := d.Decode(&attrs); err != nil {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if *left -= len(attrs); *left < 0 {
		return ErrLarge
	}
	for name, value := range attrs {
		n.attrs = append(n.attrs, attribute{name, strings.TrimSpace(value)})
	}
	return nil
}

// AppendAnswer writes an answer: the stand and adapters of other channels use it.
func AppendAnswer(id string, rec *Record) ([]byte, error) {
	answer := map[string]any{"id": id, "state": "missing"}
	if rec != nil {
		n := rec.node()
		answer["state"], answer["open"], answer[n.name] = "found", rec.Open, n.value()
	}
	return json.Marshal(answer)
}

// value is the element as the interface writes it.
func (n *node) value() any {
	if n.text != "" && len(n.attrs) == 0 && len(n.children) == 0 {
		return n.text
	}
	out := map[string]any{}
	attrs := map[string]string{}
	for _, a := range n.attrs {
		attrs[a.name] = a.value
	}
	if len(attrs) > 0 {
		out["@attributes"] = attrs
	}
	var names []string
	for _, c := range n.children {
		if !slices.Contains(names, c.name) {
			names = append(names, c.name)
		}
	}
	for _, name := range names {
		var values []any
		for _, c := range n.all(name) {
			values = append(values, c.value())
		}
		if out[name] = values; len(values) == 1 {
			out[name] = values[0]
		}
	}
	return out
}
