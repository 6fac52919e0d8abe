// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package paper

import "encoding/binary"

// colours is a profile of sRGB (IEC 61966-2-1) as a matrix with one power of 2.2
// for each channel: ICC.1:2001-04, 6.3.1.2, version 2.4, which every reader knows.
// All numbers are big-endian.
func colours() []byte {
	tags := []struct{ name, data string }{
		{"desc", description("sRGB")},
		{"cprt", "text\x00\x00\x00\x00Public domain\x00"},
		{"wtpt", xyz(0xf6d6, 0x10000, 0xd32d)}, // D50
		// Primaries of sRGB, adapted to D50 after Bradford.
		{"rXYZ", xyz(0x6fa2, 0x38f5, 0x0390)},
		{"gXYZ", xyz(0x6299, 0xb785, 0x18da)},
		{"bXYZ", xyz(0x24a0, 0x0f84, 0xb6cf)},
		{"rTRC", gamma}, {"gTRC", gamma}, {"bTRC", gamma},
	}
	const header = 128
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	for _, tag := range tags {
		at := header + 4 + 12*len(tags) + len(data)
		table = append(table, tag.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at))
		table = binary.BigEndian.AppendUint32(table, uint32(len(tag.data)))
		data = append(data, tag.data...)
		data = append(data, make([]byte, -len(tag.data)&3)...)
	}
	head := make([]byte, header)
	binary.BigEndian.PutUint32(head, uint32(header+len(table)+len(data)))
	binary.BigEndian.PutUint32(head[8:], 0x02400000)
	copy(head[12:], "mntrRGB XYZ ")
	binary.BigEndian.PutUint16(head[24:], 2026) // date of the profile: year, month, day
	binary.BigEndian.PutUint16(head[26:], 1)
	binary.BigEndian.PutUint16(head[28:], 1)
	copy(head[36:], "acsp")
	copy(head[68:], xyz(0xf6d6, 0x10000, 0xd32d)[8:])
	return append(append(head, table...), data...)
}

// gamma is curveType with the one number 2.2 in eighths of 32 (u8Fixed8Number).
const gamma = "curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33"

// xyz is XYZType of s15Fixed16Numbers.
func xyz(x, y, z uint32) string {
	b := []byte("XYZ \x00\x00\x00\x00")
	for _, v := range []uint32{x, y, z} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return string(b)
}

// description is textDescriptionType: ASCII, and nothing in Unicode and ScriptCode.
func description(text string) string {
	b := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(text)+1))
	b = append(append(b, text...), 0)
	return string(append(b, make([]byte, 4+4+2+1+67)...))
}
