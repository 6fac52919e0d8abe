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
)

// Job is a document with its signature.
type Job struct {
	Name      string // for the report
	Signature string // file of the message
	Document  string // "" when inside or not at hand
	Perhaps   bool   // the file may be a document without a signature
}

// Jobs finds out which of the files are signatures and which documents: the
// person is not asked, unless a signature is given by itself.
func Jobs(signature string, names []string) ([]Job, error) {
	if signature != "" {
		job := Job{Name: signature, Signature: signature}
		if len(names) == 1 {
			job.Name, job.Document = names[0], names[0]
		}
		return []Job{job}, nil
	}
	var out []Job
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, terminal.Input(name, err)
		}
		if !info.IsDir() {
			job, err := pairUp(name)
			if err != nil {
				return nil, err
			}
			out = append(out, job)
			continue
		}
		list, err := folder(name)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// signatureEndings are those under which programs keep detached signatures.
func signatureEndings() []string { return []string{".sig", ".p7s", ".sgn", ".sign", ".p7m"} }

// folder returns a job for every signature file of a folder.
func folder(name string) ([]Job, error) {
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, terminal.Input(name, err)
	}
	var out []Job
	for _, e := range entries {
		if e.IsDir() || !slices.Contains(signatureEndings(), strings.ToLower(filepath.Ext(e.Name()))) {
			continue
		}
		job, err := pairUp(filepath.Join(name, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, job)
	}
	if len(out) == 0 {
		return nil, &terminal.Problem{Exit: 2, Key: "folder-empty", Args: []any{name}}
	}
	return out, nil
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
	if j.Perhaps {
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

// checkDocument looks into a file that nothing points to as a Signature: a PDF or XML may have some inside, others are not
// read whole.
func (j Job) checkDocument(ctx context.Context, o verify.Options) (*verify.Report, error) {
	f, err := terminal.Open(j.Name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 1024)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, terminal.Input(j.Name, err)
	}
	if format.IsXML(head[:n]) {
		text, err := terminal.Read(j.Name, terminal.MaxMessage)
		if err != nil {
			return nil, err
		}
		return verify.Check(ctx, verify.Input{Name: j.Name, Signature: text, MayBeDocument: true}, o)
	}
	if !format.IsPDF(head[:n]) {
		return verify.Check(ctx, verify.Input{Name: j.Name, MayBeDocument: true}, o)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, terminal.Input(j.Name, err)
	}
	report, err := verify.CheckPDF(ctx, j.Name, f, info.Size(), o)
	if err != nil {
		return nil, terminal.Interrupted(ctx, terminal.Input(j.Name, err))
	}
	return report, nil
}
