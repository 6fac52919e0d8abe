// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/fetch"
	"podpis/verify/reasons"
)

func verifyCommand() command { return command{name: "verify", help: "verify-help", run: runVerify} }

type verifyOptions struct {
	signature, at, report                string
	trust, crl, ocsp, cert               many
	offline, json, local, requireStamped bool
}

func runVerify(ctx context.Context, c *console, args []string) error {
	var o verifyOptions
	f := c.flags("podpis verify", "verify-synopsis")
	f.StringVar(&o.signature, "signature", "", "opt-signature")
	f.Var(&o.trust, "trust", "opt-trust")
	f.Var(&o.crl, "crl", "opt-crl")
	f.Var(&o.ocsp, "ocsp", "opt-ocsp")
	f.Var(&o.cert, "cert", "opt-extra-cert")
	f.StringVar(&o.at, "at", "", "opt-at")
	f.BoolVar(&o.offline, "offline", false, "opt-offline")
	f.BoolVar(&o.local, "allow-local", false, "opt-allow-local")
	f.BoolVar(&o.requireStamped, "require-timestamp", false, "opt-require-timestamp")
	f.BoolVar(&o.json, "json", false, "opt-json")
	f.StringVar(&o.report, "report", "simple", "opt-report")
	names, err := f.parse(args)
	if err != nil {
		return err
	}
	switch {
	case len(names) == 0 && o.signature == "":
		return usageError("files-missing", "verify")
	case len(names) > 1 && o.signature != "":
		return usageError("one-signature")
	case o.report != "simple" && o.report != "detailed":
		return usageError("report-unknown", o.report)
	}
	settings, err := o.settings(c)
	if err != nil {
		return err
	}
	jobs, err := o.jobs(names)
	if err != nil {
		return err
	}
	return o.run(ctx, c, jobs, settings)
}

// run judges every job; of several the worst verdict counts.
func (o *verifyOptions) run(ctx context.Context, c *console, jobs []verifyJob, settings verify.Options) error {
	worst := reasons.TotalPassed
	for _, job := range jobs {
		report, err := job.check(ctx, settings)
		if err != nil {
			return ctxErr(ctx, err)
		}
		worst = verify.Worse(worst, report.Verdict)
		if o.json {
			encoder := json.NewEncoder(c.out)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(report); err != nil {
				return failed("output-unwritable", err, "stdout")
			}
			continue
		}
		c.report(report, o.report == "detailed")
	}
	switch worst {
	case reasons.TotalPassed:
		return nil
	case reasons.TotalFailed:
		return exitCode(1)
	}
	return exitCode(2)
}

// settings gathers clock, trust and evidence.
func (o *verifyOptions) settings(c *console) (verify.Options, error) {
	s := verify.Options{At: c.now(), Language: c.language, RequireTimestamp: o.requireStamped}
	if o.at != "" {
		at, err := time.Parse(time.RFC3339, o.at)
		if err != nil {
			return s, usageError("at-format", o.at)
		}
		s.At = at
	}
	pool := new(verify.Pool)
	for _, name := range o.trust {
		list, err := trusted(name)
		if err != nil {
			return s, err
		}
		for _, cert := range list {
			s.Trust = append(s.Trust, verify.Anchor{Certificate: cert})
		}
	}
	for _, name := range o.cert {
		list, err := readCertificates(name)
		if err != nil {
			return s, err
		}
		pool.Certificates = append(pool.Certificates, list...)
	}
	if err := o.revocation(pool); err != nil {
		return s, err
	}
	s.Evidence = []verify.Evidence{pool}
	if !o.offline {
		client := fetch.New(fetch.Options{AllowLoopback: o.local, AllowPrivate: o.local, Random: c.random})
		s.Evidence = append(s.Evidence, client.Evidence()...)
	}
	return s, nil
}

func (o *verifyOptions) revocation(pool *verify.Pool) error {
	for _, name := range o.crl {
		data, err := read(name, maxEvidence)
		if err != nil {
			return err
		}
		blocks, err := x509.DecodePEM(data, x509.PEMCRL)
		for _, block := range blocks {
			err = errors.Join(err, pool.AddCRL(block, name))
		}
		if err != nil {
			return &problem{exit: exitNoInput, key: "crl-unreadable", args: []any{name}, err: err}
		}
	}
	for _, name := range o.ocsp {
		data, err := read(name, maxEvidence)
		if err != nil {
			return err
		}
		if err := pool.AddOCSP(cms.Unarmor(data), name); err != nil {
			return &problem{exit: exitNoInput, key: "ocsp-unreadable", args: []any{name}, err: err}
		}
	}
	return nil
}

// trusted reads the certificates of a file, or of every certificate file of a
// folder.
func trusted(name string) ([]*x509.Certificate, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, inputError(name, err)
	}
	if !info.IsDir() {
		return readCertificates(name)
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, inputError(name, err)
	}
	var out []*x509.Certificate
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".pem", ".crt", ".cer", ".der":
			list, err := readCertificates(filepath.Join(name, e.Name()))
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
	}
	return out, nil
}

// verifyJob is a document with its signature.
type verifyJob struct {
	name      string // for the report
	signature string // file of the message
	document  string // "" when inside or not at hand
	perhaps   bool   // the file may be a document without a signature
}

// jobs finds out which of the files are signatures and which documents: the
// person is not asked.
func (o *verifyOptions) jobs(names []string) ([]verifyJob, error) {
	if o.signature != "" {
		job := verifyJob{name: o.signature, signature: o.signature}
		if len(names) == 1 {
			job.name, job.document = names[0], names[0]
		}
		return []verifyJob{job}, nil
	}
	var out []verifyJob
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, inputError(name, err)
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
func folder(name string) ([]verifyJob, error) {
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, inputError(name, err)
	}
	var out []verifyJob
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
		return nil, &problem{exit: 2, key: "folder-empty", args: []any{name}}
	}
	return out, nil
}

// pairUp finds the other half: the document of a signature, by the name without
// its ending, or the signature of a document, by the name with one.
func pairUp(name string) (verifyJob, error) {
	message, err := isMessage(name)
	if err != nil {
		return verifyJob{}, err
	}
	stem := name
	for _, ending := range signatureEndings() {
		if strings.EqualFold(filepath.Ext(name), ending) {
			stem = name[:len(name)-len(ending)]
		}
	}
	if message || stem != name {
		job := verifyJob{name: name, signature: name}
		if info, err := os.Stat(stem); stem != name && err == nil && !info.IsDir() {
			job.name, job.document = stem, stem
		}
		return job, nil
	}
	for _, ending := range signatureEndings() {
		if info, err := os.Stat(name + ending); err == nil && !info.IsDir() {
			return verifyJob{name: name, signature: name + ending, document: name}, nil
		}
	}
	return verifyJob{name: name, signature: name, perhaps: true}, nil
}

// isMessage looks at the beginning of a file: SignedData in DER, BER, PEM or
// base64.
func isMessage(name string) (bool, error) {
	f, err := open(name)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 256)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, inputError(name, err)
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
func (j verifyJob) check(ctx context.Context, o verify.Options) (*verify.Report, error) {
	if j.perhaps {
		return j.checkDocument(ctx, o)
	}
	message, err := read(j.signature, maxMessage)
	if err != nil {
		return nil, err
	}
	in := verify.Input{Name: j.name, Signature: message}
	if j.document != "" {
		document, err := open(j.document)
		if err != nil {
			return nil, err
		}
		defer func() { _ = document.Close() }()
		in.Document = document
	}
	report, err := verify.Check(ctx, in, o)
	if err != nil {
		return nil, inputError(j.document, err)
	}
	return report, nil
}

// checkDocument looks into a file that nothing points to as a signature: a PDF or XML may have some inside, others are not
// read whole.
func (j verifyJob) checkDocument(ctx context.Context, o verify.Options) (*verify.Report, error) {
	f, err := open(j.name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 1024)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, inputError(j.name, err)
	}
	if verify.IsXML(head[:n]) {
		text, err := read(j.name, maxMessage)
		if err != nil {
			return nil, err
		}
		return verify.Check(ctx, verify.Input{Name: j.name, Signature: text, MayBeDocument: true}, o)
	}
	if !verify.IsPDF(head[:n]) {
		return verify.Check(ctx, verify.Input{Name: j.name, MayBeDocument: true}, o)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, inputError(j.name, err)
	}
	report, err := verify.CheckPDF(ctx, j.name, f, info.Size(), o)
	if err != nil {
		return nil, ctxErr(ctx, inputError(j.name, err))
	}
	return report, nil
}
