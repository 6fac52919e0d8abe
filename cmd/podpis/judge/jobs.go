// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/verify"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// Job is a document with its signature.
type Job struct {
	Name      string // for the report
	Signature string // file of the message
	Document  string // "" when inside or not at hand
	Perhaps   bool   // the file may be a document without a signature
	Container bool   // the name is that of a folder in which another program keeps a key
}

// pairUp finds the other half: the document of a signature, by the name without
// its ending, or the signature of a document, by the name with one.
func pairUp(name string) (Job, error) {
	message, err := isMessage(name)
	if err != nil {
		return Job{}, err
	}
	stem := name
	for _, ending := range signatureEndings() {
		if strings.EqualFold(filepath.Ext(name), ending) {
			stem = name[:len(name)-len(ending)]
		}
	}
	if stamp := strings.TrimSuffix(name, ".tst"); message && stamp != name {
		job := Job{Name: name, Signature: name} // under its own name: the document may have a signature too
		if info, err := os.Stat(stamp); err == nil && !info.IsDir() {
			job.Document = stamp
		}
		return job, nil
	}
	if message || stem != name {
		job := Job{Name: name, Signature: name}
		if info, err := os.Stat(stem); stem != name && err == nil && !info.IsDir() {
			job.Name, job.Document = stem, stem
		}
		return job, nil
	}
	for _, ending := range signatureEndings() {
		if info, err := os.Stat(name + ending); err == nil && !info.IsDir() {
			return Job{Name: name, Signature: name + ending, Document: name}, nil
		}
	}
	return Job{Name: name, Signature: name, Perhaps: true}, nil
}

// isMessage looks at the beginning of a file: SignedData in DER, BER, PEM or
// base64.
func isMessage(name string) (bool, error) {
	f, err := terminal.Open(name)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 256)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, terminal.Input(name, err)
	}
	head = head[:n]
	oid := der.ObjectID(cms.OIDSignedData)
	for _, label := range []string{"BEGIN CMS", "BEGIN PKCS7", "BEGIN PKCS #7 SIGNED DATA"} {
		if bytes.Contains(head, []byte("-----"+label)) {
			return true, nil
		}
	}
	if len(head) > 64 && !bytes.HasPrefix(head, []byte{byte(der.TagSequence)}) {
		head = cms.Unarmor(head[:len(head)/4*4])
	}
	return len(head) > 2 && head[0] == byte(der.TagSequence) && bytes.Contains(head[:min(len(head), 32)], oid), nil
}

// check reads the message whole and the document as a stream.
func (j Job) check(ctx context.Context, o verify.Options) (*verify.Report, error) {
	switch {
	case j.Container:
		return container(j.Name, o), nil
	case j.Perhaps:
		return j.checkDocument(ctx, o)
	}
	message, err := terminal.Read(j.Signature, terminal.MaxMessage)
	if err != nil {
		return nil, err
	}
	in := verify.Input{Name: j.Name, Signature: message}
	if j.Document != "" {
		document, err := terminal.Open(j.Document)
		if err != nil {
			return nil, err
		}
		defer func() { _ = document.Close() }()
		in.Document = document
	}
	report, err := verify.Check(ctx, in, o)
	if err != nil {
		return nil, terminal.Input(j.Document, err)
	}
	return report, nil
}

// maxGuess is how large a file may be that is read whole only to see what it is: whatever is none of the small kinds, such as
// a key, is a document then, and its octets do not matter.
const maxGuess = 16 << 20

// checkDocument looks into a file that nothing points to as a signature: some may be inside, or it is something else to tell
// of. A PDF is read where it is.
func (j Job) checkDocument(ctx context.Context, o verify.Options) (*verify.Report, error) {
	f, err := terminal.Open(j.Name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, terminal.Input(j.Name, err)
	}
	head := make([]byte, 1024)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, terminal.Input(j.Name, err)
	}
	head = head[:n]
	if format.IsPDF(head) && info.Mode().IsRegular() {
		report, err := verify.CheckPDF(ctx, j.Name, f, info.Size(), o)
		if err != nil {
			return nil, terminal.Interrupted(ctx, terminal.Input(j.Name, err))
		}
		return report, nil
	}
	in := verify.Input{Name: j.Name, Signature: head, MayBeDocument: true}
	if info.Size() <= maxGuess || format.IsXML(head) || bytes.HasPrefix(head, []byte("PK")) || bytes.HasPrefix(head, []byte{byte(der.TagSequence)}) {
		rest, err := terminal.ReadFrom(f, j.Name, terminal.MaxMessage-int64(n))
		if err != nil {
			return nil, err
		}
		in.Signature = slices.Concat(head, rest)
	}
	report, err := verify.Check(ctx, in, o)
	if err != nil {
		return nil, terminal.Interrupted(ctx, terminal.Input(j.Name, err))
	}
	return report, nil
}

// container tells of a folder with a key: people give it where a signature is asked for.
func container(name string, o verify.Options) *verify.Report {
	reason := reasons.Of(o.Language, reasons.FileKey, reasons.Details{})
	return &verify.Report{
		File: name, Kind: format.Key, Verdict: reasons.Indeterminate, Reason: &reason, Signatures: []verify.Signature{},
		Lists: verify.Lists{Anchors: len(o.Trust)}, Time: o.At,
	}
}
