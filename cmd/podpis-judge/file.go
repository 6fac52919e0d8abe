// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

package main

import (
	"errors"
	"io"
	"syscall/js"
)

// errFile says that a file has changed or is held by another program.
var errFile = errors.New("file")

const (
	block     = 1 << 20 // read at once
	maxBlocks = 8       // kept, for readers that go back and forth
)

// file is a Blob, read where it lies: workers may read without waiting
// (FileReaderSync).
type file struct {
	name   string
	size   int64
	blob   js.Value
	reads  js.Value
	blocks map[int64][]byte
	order  []int64 // of the blocks, the oldest first
}

func newFile(name string, blob js.Value) *file {
	return &file{
		name: name, size: int64(blob.Get("size").Float()), blob: blob,
		reads: js.Global().Get("FileReaderSync").New(), blocks: map[int64][]byte{},
	}
}

// part reads octets from a place on, as many as there are up to n.
func (f *file) part(at, n int64) (out []byte, err error) {
	defer func() { // what FileReaderSync throws
		if recover() != nil {
			err = errFile
		}
	}()
	end := min(at+n, f.size)
	buffer := f.reads.Call("readAsArrayBuffer", f.blob.Call("slice", float64(at), float64(end)))
	out = octets(js.Global().Get("Uint8Array").New(buffer))
	if int64(len(out)) != end-at {
		return nil, errFile
	}
	return out, nil
}

func (f *file) all() ([]byte, error) { return f.part(0, f.size) }

// ReadAt reads through a few blocks kept.
func (f *file) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		if at >= f.size {
			return n, io.EOF
		}
		number := at / block
		b, kept := f.blocks[number]
		if !kept {
			if b, err = f.part(number*block, block); err != nil {
				return n, err
			}
			f.keep(number, b)
		}
		c := copy(p[n:], b[at%block:])
		n, at = n+c, at+int64(c)
	}
	return n, nil
}

func (f *file) keep(number int64, b []byte) {
	if len(f.order) == maxBlocks {
		delete(f.blocks, f.order[0])
		f.order = f.order[1:]
	}
	f.blocks[number] = b
	f.order = append(f.order, number)
}

// reader reads the file from the beginning and tells how far it is.
func (f *file) reader() io.Reader { return &reader{file: f} }

type reader struct {
	*file
	at   int64
	left []byte
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		if r.at >= r.size {
			return 0, io.EOF
		}
		b, err := r.part(r.at, block)
		if err != nil {
			return 0, err
		}
		r.left, r.at = b, r.at+int64(len(b))
		js.Global().Call("podpisProgress", float64(r.at), float64(r.size))
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}
