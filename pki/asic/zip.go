// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package asic

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// Errors of the archive.
var (
	// ErrFormat says that a file is no archive that can be read without doubt.
	ErrFormat = errors.New("asic: malformed archive")
	// ErrBounds says that an archive is larger than any honest one.
	ErrBounds = errors.New("asic: archive beyond the bounds")
	// ErrEncrypted says that a file of the archive is encrypted.
	ErrEncrypted = errors.New("asic: archive is encrypted")
)

// Bounds of an archive.
const (
	maxEntries = 4096
	maxName    = 1024
	maxEntry   = 512 << 20 // octets of one file
	maxTotal   = 1 << 30   // octets of all files, as the directory states them
	maxRead    = 4 << 30   // octets read from them in all: a file may be hashed several times
	// maxRatio is how often a file may be larger than what is stored of it, beyond its
	// first megabyte. Deflate of honest documents stays below 100, zeros reach 1030.
	maxRatio = 200
)

// Entry is a file of an archive.
type Entry struct {
	Name string
	Size int64

	method     uint16
	compressed int64
	header     int64 // offset of its local header
	start      int64 // offset of its data
	crc        uint32
	archive    *archive
}

type archive struct {
	in      io.ReaderAt
	entries []*Entry
	left    int64 // octets that may still be read
}

// Marks and lengths of the format (PKWARE APPNOTE 6.3.3, 4.3).
const (
	markLocal  = 0x04034b50
	markEntry  = 0x02014b50
	markEnd    = 0x06054b50
	lenLocal   = 30
	lenEntry   = 46
	lenEnd     = 22
	maxComment = 1<<16 - 1

	methodStored  = 0
	methodDeflate = 8
	flagEncrypted = 1 << 0
	flagStrong    = 1 << 6
)

// readArchive reads the directory. Two readers must not see two archives: names stand
// once, data does not overlap, local headers say what the directory says.
func readArchive(in io.ReaderAt, size int64) (*archive, error) {
	directory, count, at, err := readEnd(in, size)
	if err != nil {
		return nil, err
	}
	a := &archive{in: in, left: maxRead}
	names, total := map[string]bool{}, int64(0)
	for range count {
		e, rest, err := a.parseEntry(directory)
		if err != nil {
			return nil, err
		}
		directory = rest
		if strings.HasSuffix(e.Name, "/") && e.Size == 0 {
			continue // a folder
		}
		key := strings.ToLower(e.Name)
		if names[key] {
			return nil, ErrFormat
		}
		names[key] = true
		if total += e.Size; total > maxTotal || e.Size > 1<<20 && e.Size/maxRatio > e.compressed {
			return nil, ErrBounds
		}
		a.entries = append(a.entries, e)
	}
	if len(directory) != 0 {
		return nil, ErrFormat
	}
	return a, a.locate(at)
}

// readEnd finds the end record, which stands behind everything, and reads the directory
// before it.
func readEnd(in io.ReaderAt, size int64) (directory []byte, count int, at int64, err error) {
	tail := make([]byte, min(size, lenEnd+maxComment))
	if _, err := in.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, 0, err
	}
	end := -1
	for i := len(tail) - lenEnd; i >= 0; i-- {
		if binary.LittleEndian.Uint32(tail[i:]) == markEnd && i+lenEnd+int(binary.LittleEndian.Uint16(tail[i+20:])) == len(tail) {
			if end >= 0 {
				return nil, 0, 0, ErrFormat // which one counts would be anyone's choice
			}
			end = i
		}
	}
	if end < 0 {
		return nil, 0, 0, ErrFormat
	}
	record := tail[end:]
	count = int(binary.LittleEndian.Uint16(record[10:]))
	length, offset := int64(binary.LittleEndian.Uint32(record[12:])), int64(binary.LittleEndian.Uint32(record[16:]))
	place := size - int64(len(tail)) + int64(end)
	switch {
	case binary.LittleEndian.Uint32(record[4:]) != 0, int(binary.LittleEndian.Uint16(record[8:])) != count, offset+length != place:
		return nil, 0, 0, ErrFormat // several disks, ZIP64, octets before or between
	case count > maxEntries, length > maxEntries*(lenEntry+2*maxName):
		return nil, 0, 0, ErrBounds
	}
	directory = make([]byte, length)
	if _, err := in.ReadAt(directory, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, 0, err
	}
	return directory, count, offset, nil
}

func (a *archive) parseEntry(in []byte) (*Entry, []byte, error) {
	if len(in) < lenEntry || binary.LittleEndian.Uint32(in) != markEntry {
		return nil, nil, ErrFormat
	}
	name, extra, comment := int(binary.LittleEndian.Uint16(in[28:])), int(binary.LittleEndian.Uint16(in[30:])), int(binary.LittleEndian.Uint16(in[32:]))
	if name > maxName || lenEntry+name+extra+comment > len(in) {
		return nil, nil, ErrFormat
	}
	e := &Entry{
		Name: string(in[lenEntry : lenEntry+name]), Size: int64(binary.LittleEndian.Uint32(in[24:])),
		method: binary.LittleEndian.Uint16(in[10:]), compressed: int64(binary.LittleEndian.Uint32(in[20:])),
		header: int64(binary.LittleEndian.Uint32(in[42:])), crc: binary.LittleEndian.Uint32(in[16:]), archive: a,
	}
	switch flags := binary.LittleEndian.Uint16(in[8:]); {
	case flags&(flagEncrypted|flagStrong) != 0:
		return nil, nil, ErrEncrypted
	case !validName(e.Name), e.method != methodStored && e.method != methodDeflate, e.method == methodStored && e.Size != e.compressed:
		return nil, nil, ErrFormat
	case e.Size > maxEntry:
		return nil, nil, ErrBounds
	}
	return e, in[lenEntry+name+extra+comment:], nil
}

// validName refuses names that lead elsewhere or that two programs may read differently.
// Names in the code page of old Windows programs are left as they are.
func validName(name string) bool {
	if name == "" || name[0] == '/' || strings.ContainsAny(name, "\\\x00") {
		return false
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// locate reads the local headers: the same names and methods, and data that lies one
// behind the other before the directory.
func (a *archive) locate(end int64) error {
	order := slices.Clone(a.entries)
	slices.SortFunc(order, func(x, y *Entry) int { return int(x.header - y.header) })
	var free int64
	for _, e := range order {
		var head [lenLocal]byte
		if e.header < free || e.header+lenLocal > end {
			return ErrFormat
		}
		if _, err := a.in.ReadAt(head[:], e.header); err != nil {
			return ErrFormat
		}
		name := make([]byte, binary.LittleEndian.Uint16(head[26:]))
		if binary.LittleEndian.Uint32(head[:]) != markLocal || binary.LittleEndian.Uint16(head[8:]) != e.method || len(name) != len(e.Name) {
			return ErrFormat
		}
		if _, err := a.in.ReadAt(name, e.header+lenLocal); err != nil || string(name) != e.Name {
			return ErrFormat
		}
		e.start = e.header + lenLocal + int64(len(name)) + int64(binary.LittleEndian.Uint16(head[28:]))
		free = e.start + e.compressed
		if free > end {
			return ErrFormat
		}
	}
	return nil
}

// Open reads the file. What comes out is as long as the directory says, and has its
// checksum; else the reader ends with an error.
func (e *Entry) Open() io.Reader {
	var r io.Reader = io.NewSectionReader(e.archive.in, e.start, e.compressed)
	if e.method == methodDeflate {
		r = flate.NewReader(r)
	}
	return &checked{entry: e, r: r, left: e.Size}
}

// checked holds a file to what the directory says of it.
type checked struct {
	entry *Entry
	r     io.Reader
	left  int64
	sum   uint32
	err   error
}

func (c *checked) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.r.Read(p)
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p[:n])
	c.left -= int64(n)
	c.entry.archive.left -= int64(n)
	switch {
	case c.entry.archive.left < 0:
		c.err = ErrBounds
	case c.left < 0:
		c.err = ErrFormat
	case errors.Is(err, io.EOF) && (c.left != 0 || c.sum != c.entry.crc):
		c.err = ErrFormat
	case err != nil && !errors.Is(err, io.EOF):
		c.err = ErrFormat
	default:
		c.err = err
	}
	if c.err != nil && !errors.Is(c.err, io.EOF) {
		return 0, c.err
	}
	return n, c.err
}

// read returns a file whole, if it is not longer than allowed.
func (e *Entry) read(limit int64) ([]byte, error) {
	if e.Size > limit {
		return nil, ErrBounds
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(e.Open()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Text is the name for people: names that are not UTF-8 come from old programs.
func (e *Entry) Text() string { return strings.ToValidUTF8(e.Name, "?") }
