// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/asic"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/verify"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// corpusRow is a real file with what is expected of it.
type corpusRow struct {
	file     string
	document string // another file, =text, or -
	at       string // when it is judged
	kind     string
	judged   string // every part of the report, see corpusWords
	manifest string // what the manifest of the corpus says: valid, invalid, or - when it is not about that
	note     string // why ours differs
}

const corpusTable = "testdata/corpus.tsv"

func corpusRows(t *testing.T) (rows []corpusRow) {
	t.Helper()
	text, err := os.ReadFile(corpusTable)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) != 7 {
			t.Fatalf("%q has %d columns", line, len(f))
		}
		rows = append(rows, corpusRow{f[0], f[1], f[2], f[3], f[4], f[5], f[6]})
	}
	return rows
}

// corpusTrust makes every self-signed certificate an anchor, those that signatures carry
// too, and every other file evidence: trust is not what is tested here.
func corpusTrust(t *testing.T) verify.Options {
	t.Helper()
	pool := new(verify.Pool)
	o := verify.Options{Evidence: []verify.Evidence{pool}, Language: reasons.Russian}
	dir := pkitest.Corpus(t)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err != nil || d.IsDir() || strings.HasPrefix(filepath.ToSlash(name), "generic/pkits/") {
			return err
		}
		in, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f := format.Of(in)
		switch {
		case f.List != nil:
			return pool.AddCRL(f.Data, name)
		case f.Answer != nil:
			return pool.AddOCSP(f.Data, name)
		}
		inside := carried(f)
		for _, c := range inside {
			if c.SelfIssued() && c.CheckSignatureFrom(c) == nil {
				o.Trust = append(o.Trust, verify.Anchor{Certificate: c})
			}
			if len(f.Certificates) > 0 {
				pool.Certificates = append(pool.Certificates, c)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// carried are the certificates of a file, and those that its signatures carry.
func carried(f format.File) []*x509.Certificate {
	out := slices.Clone(f.Certificates)
	switch {
	case f.Message != nil:
		out = append(out, f.Message.Certificates...)
	case f.Form == format.PDF:
		if d, err := pades.Read(bytes.NewReader(f.Data), int64(len(f.Data))); err == nil {
			out = append(out, d.Evidence.Certificates...)
			for _, s := range d.Signatures {
				out = append(out, s.Enclosed...)
			}
		}
	case f.Form == format.XML:
		if d, err := xades.Parse(f.Data); err == nil {
			for _, s := range d.Signatures {
				out = slices.Concat(out, s.Certificates, s.Evidence.Certificates)
			}
		}
	case f.Form == format.Zip:
		if c, err := asic.Read(bytes.NewReader(f.Data), int64(len(f.Data))); err == nil {
			for _, s := range c.Signatures {
				out = append(out, carried(format.Of(s.Data))...)
			}
		}
	}
	return out
}

func (r corpusRow) check(t *testing.T, o verify.Options) *verify.Report {
	t.Helper()
	layout := time.DateOnly
	if strings.Contains(r.at, "T") {
		layout = "2006-01-02T15:04:05"
	}
	var err error
	if o.At, err = time.Parse(layout, r.at); err != nil {
		t.Fatal(err)
	}
	in := verify.Input{Name: r.file, Signature: pkitest.ReadCorpus(t, r.file), MayBeDocument: true}
	if text, given := strings.CutPrefix(r.document, "="); given {
		in.Document = strings.NewReader(text)
	} else if r.document != "-" {
		in.Document = bytes.NewReader(pkitest.ReadCorpus(t, r.document))
	}
	report, err := verify.Check(t.Context(), in, o)
	if err != nil {
		t.Fatalf("%s: %v", r.file, err)
	}
	return report
}

// corpusWords puts a report in a line: of every signature its sub-indication and, in
// brackets, whether the document is unchanged; the outcome of a certificate; the
// sub-indication of a stamp or an answer; what the file is instead.
func corpusWords(r *verify.Report) string {
	var out []string
	word := func(c reasons.Code) string {
		if c == "" {
			return "PASSED"
		}
		return string(c)
	}
	var signature func(s *verify.Signature) string
	signature = func(s *verify.Signature) string {
		text := word(s.SubIndication) + "(" + string(s.Facts.Document.Answer) + ")"
		for i := range s.CounterSignatures {
			text += "+" + signature(&s.CounterSignatures[i])
		}
		return text
	}
	for i := range r.Signatures {
		out = append(out, signature(&r.Signatures[i]))
	}
	for _, c := range r.Certificates {
		out = append(out, string(c.Outcome))
	}
	for _, s := range r.Timestamps {
		out = append(out, word(s.SubIndication))
	}
	for _, a := range r.Answers {
		out = append(out, word(a.SubIndication))
	}
	if r.Reason != nil {
		out = append(out, string(r.Reason.Code))
	}
	return strings.Join(out, " ")
}

// corpusRelation compares with the manifest, which speaks of mathematics: valid is what
// was not changed and whose value fits.
func corpusRelation(manifest string, r *verify.Report) string {
	whole, unsupported := true, false
	for _, s := range r.Signatures {
		whole = whole && s.Indication != reasons.TotalFailed && s.Facts.Document.Answer == verify.Yes
		unsupported = unsupported || s.SubIndication == reasons.CryptoNoPOE || s.SubIndication == reasons.CryptoConstraints
	}
	for _, c := range r.Certificates {
		whole = whole && c.Outcome != reasons.CertificateSignatureInvalid && c.Outcome != reasons.CertificateNotTrusted
		unsupported = unsupported || c.SubIndication == reasons.CryptoNoPOE && c.Outcome == reasons.CertificateNotChecked
	}
	for _, s := range r.Timestamps {
		whole = whole && s.Indication != "FAILED"
		unsupported = unsupported || s.SubIndication == reasons.CryptoNoPOE
	}
	for _, a := range r.Answers {
		whole = whole && a.Signer != nil
	}
	judged := len(r.Signatures)+len(r.Certificates)+len(r.Timestamps)+len(r.Answers) > 0
	switch {
	case manifest == "-":
		return ""
	case manifest == "valid" && judged && whole, manifest == "invalid" && r.Verdict == reasons.TotalFailed:
		return "agree"
	case unsupported:
		return "unsupported"
	}
	return "differ"
}

// TestCorpus: every real file gets the answer of the table, and the table says where it
// differs from the manifest and why. PODPIS_WRITE_GOLDEN=1 writes what is judged.
// S002-016
func TestCorpus(t *testing.T) {
	t.Parallel()
	o := corpusTrust(t)
	rows, counts := corpusRows(t), map[string]int{}
	write := os.Getenv("PODPIS_WRITE_GOLDEN") != ""
	start := time.Now()
	for i, r := range rows {
		report := r.check(t, o)
		kind, judged, relation := string(report.Kind), corpusWords(report), corpusRelation(r.manifest, report)
		if write {
			rows[i].kind, rows[i].judged = kind, judged
		} else if kind != r.kind || judged != r.judged {
			t.Errorf("%s: %s %s, want %s %s", r.file, kind, judged, r.kind, r.judged)
		}
		if relation != "" && relation != "agree" && r.note == "" {
			t.Errorf("%s: %s; the manifest says %s, and there is no note why (%s)", r.file, judged, r.manifest, relation)
		}
		counts[relation]++
	}
	if write {
		writeCorpus(t, rows)
	}
	for _, f := range manifestFiles(t) {
		if !slices.ContainsFunc(rows, func(r corpusRow) bool { return r.file == f }) {
			t.Errorf("%s: no expectation in %s", f, corpusTable)
		}
	}
	t.Logf("corpus: %d agree, %d differ with reason, %d not supported; %d files without a verdict in the manifest; %v",
		counts["agree"], counts["differ"], counts["unsupported"], counts[""], time.Since(start).Round(time.Millisecond))
}

// manifestFiles are all files of the manifest but those of PKITS, which package path tests.
func manifestFiles(t *testing.T) (files []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(pkitest.Corpus(t), "MANIFEST.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 {
			continue
		}
		name := strings.TrimSpace(cells[1])
		if strings.Contains(name, "/") && !strings.HasPrefix(name, "generic/pkits/") {
			files = append(files, name)
		}
	}
	return files
}

func writeCorpus(t *testing.T, rows []corpusRow) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("# file\tdocument\tat\tkind\tjudged\tmanifest\tnote\n")
	for _, r := range rows {
		b.WriteString(strings.Join([]string{r.file, r.document, r.at, r.kind, r.judged, r.manifest, r.note}, "\t") + "\n")
	}
	if err := os.WriteFile(corpusTable, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
