// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
)

// ErrFilter says that the data of a stream are encoded in a way this package does not read.
var ErrFilter = errors.New("pdf: filter not supported")

// raw returns the data of a stream as they stand in the file, and the offset
// behind endstream.
func (s *source) raw(st *Stream, length int64) (data []byte, end int64, err error) {
	if length < 0 || length > s.size-st.start || length > MaxDecoded {
		return nil, 0, &SyntaxError{st.start, "length of the stream beyond the file"}
	}
	behind, err := at(s, st.start+length, func(p *parser) (int64, error) {
		if !p.keyword("endstream") {
			return 0, p.fail("endstream expected")
		}
		return p.base + int64(p.pos), nil
	})
	if err != nil {
		return nil, 0, err
	}
	data, err = s.window(st.start, int(length))
	return data, behind, err
}

// decode applies FlateDecode with its predictors. Several filters in a row are
// a way to hide a bomb and of no use where this package decodes: refused.
func (s *source) decode(d Dict, raw []byte) ([]byte, error) {
	filter, parms := d["Filter"], d["DecodeParms"]
	if list, ok := filter.(Array); ok {
		switch len(list) {
		case 0:
			return raw, nil
		case 1:
			filter = list[0]
		default:
			return nil, ErrFilter
		}
		if list, ok := parms.(Array); ok && len(list) == 1 {
			parms = list[0]
		}
	}
	if filter == nil {
		return raw, nil
	}
	if filter != Name("FlateDecode") {
		return nil, ErrFilter
	}
	data, err := s.inflate(raw)
	if err != nil {
		return nil, err
	}
	if parms == nil {
		return data, nil
	}
	p, ok := parms.(Dict)
	if !ok {
		return nil, ErrFilter
	}
	return unpredict(p, data)
}

func (s *source) inflate(raw []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, errors.Join(errors.New("pdf: inflate stream"), err)
	}
	left := MaxDecoded - s.decoded
	data, err := io.ReadAll(io.LimitReader(z, left+1))
	s.decoded += int64(len(data))
	if s.decoded > MaxDecoded {
		return nil, &LimitError{"octets decompressed"}
	}
	if err != nil {
		return nil, errors.Join(errors.New("pdf: inflate stream"), err)
	}
	return data, nil
}

func parameter(p Dict, key Name, byDefault int64) int64 {
	if v, ok := p[key].(int64); ok {
		return v
	}
	return byDefault
}

// unpredict undoes the predictors of PNG (ISO 32000-1, 7.4.4.4).
func unpredict(p Dict, data []byte) ([]byte, error) {
	predictor := parameter(p, "Predictor", 1)
	if predictor == 1 {
		return data, nil
	}
	columns, colors, bits := parameter(p, "Columns", 1), parameter(p, "Colors", 1), parameter(p, "BitsPerComponent", 8)
	if predictor < 10 || columns < 1 || columns > 1<<20 || colors < 1 || colors > 32 || bits < 1 || bits > 16 {
		return nil, ErrFilter
	}
	pixel := int(max(1, colors*bits/8))
	row := int((columns*colors*bits + 7) / 8)
	out := make([]byte, 0, len(data))
	above := make([]byte, row)
	for len(data) > 1 {
		n := min(row, len(data)-1)
		kind, line := data[0], data[1:1+n]
		data = data[1+n:]
		if kind > 4 {
			return nil, ErrFilter
		}
		start := len(out)
		for i, c := range line {
			var left, corner byte
			if i >= pixel {
				left, corner = out[start+i-pixel], above[i-pixel]
			}
			out = append(out, c+predict(kind, left, above[i], corner))
		}
		copy(above, out[start:])
	}
	return out, nil
}

func predict(kind, left, up, corner byte) byte {
	switch kind {
	case 1:
		return left
	case 2:
		return up
	case 3:
		return byte((int(left) + int(up)) / 2)
	case 4:
		return paeth(int(left), int(up), int(corner))
	}
	return 0
}

func paeth(a, b, c int) byte {
	distance := func(x int) int { return max(x, -x) }
	pa, pb, pc := distance(b-c), distance(a-c), distance(a+b-2*c)
	switch {
	case pa <= pb && pa <= pc:
		return byte(a)
	case pb <= pc:
		return byte(b)
	}
	return byte(c)
}
