// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

package browser

import (
	"errors"
	"io"
	"syscall/js"
)

// ErrFile says that a file has changed or is held by another program.
var ErrFile = errors.New("file")

const (
	block     = 1 << 20 // read at once
	maxBlocks = 8       // kept, for readers that go back and forth
)

// File is a Blob, read where it lies: workers may read without waiting
// (FileReaderSync).
type File struct {
	Name   string
	Size   int64
	blob   js.Value
	reads  js.Value
	blocks map[int64][]byte
	order  []int64 // of the blocks, the oldest first
}

// NewFile takes a Blob with the name of its file.
func NewFile(name string, blob js.Value) *File {
	return &File{
		Name: name, Size: int64(blob.Get("size").Float()), blob: blob,
		reads: js.Global().Get("FileReaderSync").New(), blocks: map[int64][]byte{},
	}
}

// part reads octets from a place on, as many as there are up to n.
func (f *File) part(at, n int64) (out []byte, err error) {
	defer func() { // what FileReaderSync throws
		if recover() != nil {
			err = ErrFile
		}
	}()
	end := min(at+n, f.Size)
	buffer := f.reads.Call("readAsArrayBuffer", f.blob.Call("slice", float64(at), float64(end)))
	out = Octets(js.Global().Get("Uint8Array").New(buffer))
	if int64(len(out)) != end-at {
		return nil, ErrFile
	}
	return out, nil
}

// All reads the whole file.
func (f *File) All() ([]byte, error) { return f.part(0, f.Size) }

// ReadAt reads through a few blocks kept.
func (f *File) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		if at >= f.Size {
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

func (f *File) keep(number int64, b []byte) {
	if len(f.order) == maxBlocks {
		delete(f.blocks, f.order[0])
		f.order = f.order[1:]
	}
	f.blocks[number] = b
	f.order = append(f.order, number)
}

// Reader reads the file from the beginning and tells how far it is by the function
// podpisProgress(done, of).
func (f *File) Reader() io.Reader { return &reader{File: f} }

type reader struct {
	*File
	at   int64
	left []byte
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		if r.at >= r.Size {
			return 0, io.EOF
		}
		b, err := r.part(r.at, block)
		if err != nil {
			return 0, err
		}
		r.left, r.at = b, r.at+int64(len(b))
		js.Global().Call("podpisProgress", float64(r.at), float64(r.Size))
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}
