// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/xades"
	"podpis/verify"
	"podpis/verify/reasons"
)

// mutate changes one place, rarely two: bits, octets, lengths, order.
func mutate(r *rand.Rand, original []byte) []byte {
	out := bytes.Clone(original)
	for range 1 + r.IntN(5)/4 {
		at := r.IntN(len(out))
		n := min(1+r.IntN(8), len(out)-at)
		switch r.IntN(6) {
		case 0, 1:
			out[at] ^= 1 << r.IntN(8)
		case 2:
			out[at] = byte(r.Uint32())
		case 3:
			out = slices.Delete(out, at, at+n)
		case 4:
			from := r.IntN(len(out) - n + 1)
			out = slices.Insert(out, at, bytes.Clone(out[from:from+n])...)
		default:
			from := r.IntN(len(out) - n + 1)
			copy(out[at:at+n], bytes.Clone(out[from:from+n]))
		}
		if len(out) == 0 {
			return []byte{0}
		}
	}
	return out
}

// mutantForm is a signed file with the question whether everything that was signed is
// still what it was.
type mutantForm struct {
	file     []byte
	document []byte
	same     func(mutant []byte) bool
}

func mutantForms(t *testing.T, w *world) map[string]mutantForm {
	t.Helper()
	stamp := pkitest.Now.Add(-time.Minute)
	message := w.sign(stamp)
	sd, err := cms.ParseSignedData(message)
	if err != nil {
		t.Fatal(err)
	}
	page := w.signPDF(appendRevision(nil, paper()), stamp)
	text := w.signXML(letter, stamp)
	container := pack(t, packed{"договор.txt", w.document}, packed{"META-INF/signature.p7s", message})
	return map[string]mutantForm{
		"CMS":  {message, w.document, func(m []byte) bool { return harmless(sd, cms.Unarmor(m)) }},
		"PDF":  {page, nil, samePDF(t, page)},
		"XML":  {text, nil, sameXML(t, text)},
		"ASiC": {container, nil, func(m []byte) bool { return sameContainer(m, w.document, sd) }},
	}
}

// samePDF: the octets of the range and, of the value, what is signed of a message.
func samePDF(t *testing.T, original []byte) func([]byte) bool {
	t.Helper()
	d, err := pades.Read(bytes.NewReader(original), int64(len(original)))
	if err != nil || len(d.Signatures) != 1 {
		t.Fatal(err)
	}
	s := d.Signatures[0]
	return func(m []byte) bool {
		now, err := pades.Read(bytes.NewReader(m), int64(len(m)))
		if err != nil || len(now.Signatures) != 1 || now.Signatures[0].Message == nil || now.Signatures[0].Range != s.Range || int64(len(m)) < s.Range[2]+s.Range[3] {
			return false
		}
		inside := func(in []byte) []byte {
			return slices.Concat(in[:s.Range[1]], in[s.Range[2]:s.Range[2]+s.Range[3]])
		}
		return bytes.Equal(inside(m), inside(original)) && harmless(s.Message, now.Signatures[0].Contents)
	}
}

// sameXML: what every reference is over in canonical form, and the signed part of the
// signature.
func sameXML(t *testing.T, original []byte) func([]byte) bool {
	t.Helper()
	signed := func(in []byte) (out [][]byte) {
		d, err := xades.Parse(in)
		if err != nil || len(d.Signatures) != 1 || d.Signatures[0].Err != nil {
			return nil
		}
		s := d.Signatures[0]
		for _, r := range s.References {
			octets, err := r.Octets()
			if err != nil {
				return nil
			}
			out = append(out, octets)
		}
		info, err := s.Digest()
		if err != nil {
			return nil
		}
		return append(out, info)
	}
	want := signed(original)
	if len(want) != 3 {
		t.Fatalf("%d signed parts", len(want))
	}
	return func(m []byte) bool { return slices.EqualFunc(want, signed(m), bytes.Equal) }
}

// sameContainer asks another reader of archives.
func sameContainer(m, document []byte, sd *cms.SignedData) bool {
	z, err := zip.NewReader(bytes.NewReader(m), int64(len(m)))
	if err != nil {
		return false
	}
	found := 0
	for _, f := range z.File {
		raw, err := f.OpenRaw() // past the data descriptor, which repeats the directory
		if err != nil || f.Method != zip.Deflate {
			return false
		}
		content, err := io.ReadAll(flate.NewReader(raw))
		if err != nil {
			return false
		}
		if bytes.Equal(content, document) || harmless(sd, content) {
			found++
		}
	}
	return found == 2 && len(z.File) == 2
}

// TestTenThousandMutants: none crashes the judge or takes memory out of measure, and one
// passes only if what changed lies outside of what is signed. It is not parallel: memory is
// counted.
func TestTenThousandMutants(t *testing.T) { //nolint:paralleltest // memory of the process is counted
	const (
		each      = 2500
		maxMemory = 96 << 20 // allocated for one file of some kilobytes; PDF reads may take 32 MiB an object
	)
	w := newWorld(t, alg.P256)
	var passed, refused int
	for name, f := range mutantForms(t, w) {
		good := w.judgeMutant(f.file, f.document)
		if good.Verdict != reasons.TotalPassed || !f.same(f.file) {
			t.Fatalf("%s: the original does not pass: %+v", name, good)
		}
		r := rand.New(rand.NewPCG(2026, uint64(len(name)))) // the same mutants every time
		var most uint64
		through := 0
		for range each {
			m := mutate(r, f.file)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			report := w.judgeMutant(m, f.document)
			runtime.ReadMemStats(&after)
			most = max(most, after.TotalAlloc-before.TotalAlloc)
			if report.Verdict != reasons.TotalPassed {
				refused++
				continue
			}
			through++
			if !f.same(m) {
				t.Errorf("%s: a mutant passes though something signed has changed:\n%q", name, m)
			}
		}
		passed += through
		if most > maxMemory {
			t.Errorf("%s: %d octets allocated for one file", name, most)
		}
		t.Logf("%s: %d of %d mutants pass, all changed outside of what is signed; at most %d KiB allocated for one", name, through, each, most>>10)
	}
	if passed+refused != 4*each || passed == 0 {
		t.Errorf("%d passed, %d refused: the test proves nothing", passed, refused)
	}
	t.Logf("mutants: %d refused, %d passed with nothing signed changed", refused, passed)
}

func (w *world) judgeMutant(m, document []byte) *verify.Report {
	w.t.Helper()
	in := verify.Input{Signature: m, MayBeDocument: true}
	if document != nil {
		in.Document = bytes.NewReader(document)
	}
	report, err := verify.Check(w.t.Context(), in, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}
