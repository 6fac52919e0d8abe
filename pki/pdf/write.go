// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
)

// ErrObject says that a value is not one of the types of [Object], or nests too deep.
var ErrObject = errors.New("pdf: not an object that can be written")

// writer encodes objects. Dictionaries are written in the order of their keys,
// so that the same update has the same octets.
type writer struct {
	bytes.Buffer
	err error
}

func (w *writer) object(o Object, depth int) {
	if depth > MaxDepth {
		w.err = ErrObject
		return
	}
	switch v := o.(type) {
	case nil:
		w.WriteString("null")
	case bool:
		w.WriteString(strconv.FormatBool(v))
	case int64:
		w.WriteString(strconv.FormatInt(v, 10))
	case Real:
		w.WriteString(string(v))
	case Name:
		w.name(v)
	case String:
		w.text(v)
	case Ref:
		w.WriteString(strconv.Itoa(v.Number) + " " + strconv.Itoa(v.Generation) + " R")
	case Array:
		w.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				w.WriteByte(' ')
			}
			w.object(e, depth+1)
		}
		w.WriteByte(']')
	case Dict:
		w.dict(v, depth)
	default:
		w.err = ErrObject
	}
}

func (w *writer) dict(d Dict, depth int) {
	keys := make([]Name, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	w.WriteString("<<")
	for _, k := range keys {
		w.name(k)
		w.WriteByte(' ')
		w.object(d[k], depth+1)
	}
	w.WriteString(">>")
}

func (w *writer) name(n Name) {
	w.WriteByte('/')
	for i := range len(n) {
		if c := n[i]; c > ' ' && c < 0x7f && c != '#' && isRegular(c) {
			w.WriteByte(c)
		} else {
			w.WriteString("#" + hex.EncodeToString([]byte{c}))
		}
	}
}

func (w *writer) text(s String) {
	if s.Hex {
		w.WriteString("<" + hex.EncodeToString(s.Value) + ">")
		return
	}
	w.WriteByte('(')
	for _, c := range s.Value {
		switch c {
		case '(', ')', '\\':
			w.WriteByte('\\')
			w.WriteByte(c)
		case '\r':
			w.WriteString("\\r")
		default:
			w.WriteByte(c)
		}
	}
	w.WriteByte(')')
}

// Equal compares two objects by value; references are equal when they point to
// the same number, whatever is there. Streams are equal when their dictionaries
// are; see [Document.Raw] for their data.
func Equal(a, b Object) bool {
	switch x := a.(type) {
	case String:
		y, ok := b.(String)
		return ok && bytes.Equal(x.Value, y.Value)
	case Array:
		y, ok := b.(Array)
		return ok && slices.EqualFunc(x, y, Equal)
	case Dict:
		y, ok := b.(Dict)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			other, there := y[k]
			if !there || !Equal(v, other) {
				return false
			}
		}
		return true
	case *Stream:
		y, ok := b.(*Stream)
		return ok && Equal(x.Dict, y.Dict)
	}
	switch b.(type) {
	case String, Array, Dict, *Stream:
		return false
	}
	return a == b
}
