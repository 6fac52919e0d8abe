// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"encoding/hex"
	"io"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

// raiser brings messages to higher levels. Each step is judged before the next: what is not good is not dressed up.
type raiser struct {
	c        *terminal.Console
	settings verify.Options
	tsa      sign.Timestamper
	level    string // t, xl1, lt, lta
}

// raise stamps, then encloses what a judgement needs, then archives.
func (r *raiser) raise(ctx context.Context, job judge.Job, sd *cms.SignedData) ([]byte, error) {
	if r.level == "b" {
		return sd.Encode(), nil
	}
	if _, err := sign.Stamp(ctx, r.c.Random, sd, r.tsa); err != nil {
		return nil, signError(job.Signature, err)
	}
	if r.level == "t" {
		return sd.Encode(), whole(ctx, job, sd.Encode(), r.settings)
	}
	if err := accept(ctx, job, sd.Encode(), r.settings, reasons.TotalFailed, reasons.Indeterminate); err != nil {
		return nil, err
	}
	switch r.level {
	case "xl1":
		if err := sign.Long(ctx, r.c.Random, sd, r.prover(ctx, job), r.tsa); err != nil {
			return nil, signError(job.Signature, err)
		}
	default:
		if err := r.enclose(ctx, job, sd); err != nil {
			return nil, err
		}
	}
	if r.level == "lta" {
		if err := sign.Archive(ctx, r.c.Random, sd, digest(ctx, job, sd), r.tsa); err != nil {
			return nil, signError(job.Signature, err)
		}
	}
	message := sd.Encode()
	return message, accept(ctx, job, message, r.settings, reasons.TotalFailed, reasons.Indeterminate)
}

// enclose puts what a judgement needs from outside into the message: level LT.
func (r *raiser) enclose(ctx context.Context, job judge.Job, sd *cms.SignedData) error {
	var recorder verify.Recorder
	settings := r.settings
	settings.Evidence = recorder.Around(settings.Evidence)
	if err := accept(ctx, job, sd.Encode(), settings, reasons.TotalFailed, reasons.Indeterminate); err != nil {
		return err
	}
	certificates, lists, answers := recorder.Recorded()
	for _, cert := range certificates {
		sd.AddCertificate(cert)
	}
	for _, list := range lists {
		sd.AddCRL(list)
	}
	for _, answer := range answers {
		sd.AddOCSP(answer)
	}
	return nil
}

// prover judges a certificate for now and gives its path with what told that nothing of it is revoked.
func (r *raiser) prover(ctx context.Context, job judge.Job) sign.Prover {
	return func(cert *x509.Certificate, near []*x509.Certificate) ([]cades.Proof, error) {
		var recorder verify.Recorder
		settings := r.settings
		settings.Evidence = recorder.Around(append([]verify.Evidence{&verify.Pool{Certificates: near}}, settings.Evidence...))
		report, err := verify.CheckCertificates(ctx, job.Name, []*x509.Certificate{cert}, settings)
		if err != nil {
			return nil, err
		}
		if report.Verdict != reasons.TotalPassed {
			return nil, terminal.Failed("extend-refused", nil, job.Name, cert.Subject.DisplayName()+": "+report.Certificates[0].Reason.Text)
		}
		known, _, _ := recorder.Recorded()
		known = append(append(known, cert), near...)
		for _, anchor := range settings.Trust {
			known = append(known, anchor.Certificate)
		}
		return proofs(&report.Certificates[0], known, recorder.Data()), nil
	}
}

// proofs finds the certificates of a path and the data that the judgement names.
func proofs(r *verify.CertificateReport, known []*x509.Certificate, data []verify.RevocationData) (path []cades.Proof) {
	for _, link := range r.Chain {
		for _, cert := range known {
			if hex.EncodeToString(cert.Fingerprint(alg.SHA256)) == link.Fingerprint {
				path = append(path, cades.Proof{Certificate: cert})
				break
			}
		}
	}
	for i := range path[:max(len(path)-1, 0)] {
		p := &path[i]
		for _, status := range r.Revocation {
			if status.Certificate != p.Certificate.Serial.Hex() {
				continue
			}
			for _, d := range data {
				switch {
				case d.CRL != nil && status.Type == "crl" && d.CRL.ThisUpdate.Equal(status.ThisUpdate) && d.CRL.Issuer.Equal(p.Certificate.Issuer):
					p.CRLs = appendNew(p.CRLs, d.CRL.Raw)
				case d.OCSP != nil && status.Type == "ocsp":
					if _, ok := d.OCSP.Find(path[i+1].Certificate, p.Certificate.Serial); ok {
						p.OCSP = appendNew(p.OCSP, d.OCSP.Basic)
					}
				}
			}
		}
	}
	return path
}

func appendNew(list [][]byte, item []byte) [][]byte {
	for _, b := range list {
		if string(b) == string(item) {
			return list
		}
	}
	return append(list, item)
}

// whole judges the integrity of a message alone: nobody is trusted, nothing is asked.
func whole(ctx context.Context, job judge.Job, message []byte, settings verify.Options) error {
	settings.Trust, settings.Evidence = nil, nil
	return accept(ctx, job, message, settings, reasons.TotalFailed)
}

// accept judges a message and refuses the verdicts named.
func accept(ctx context.Context, job judge.Job, message []byte, settings verify.Options, refused ...reasons.Code) error {
	in := verify.Input{Name: job.Name, Signature: message}
	if job.Document != "" {
		document, err := terminal.Open(job.Document)
		if err != nil {
			return err
		}
		defer func() { _ = document.Close() }()
		in.Document = document
	}
	report, err := verify.Check(ctx, in, settings)
	if err != nil {
		return terminal.Input(job.Document, err)
	}
	for _, verdict := range refused {
		if report.Verdict != verdict {
			continue
		}
		for _, s := range report.Signatures {
			if s.Verdict == verdict {
				return terminal.Failed("extend-refused", nil, job.Signature, s.Reason.Text)
			}
		}
	}
	return nil
}

// digest gives the digests of the content that an archive stamp needs.
func digest(ctx context.Context, j judge.Job, sd *cms.SignedData) func(h alg.Hash) ([]byte, error) {
	return func(h alg.Hash) ([]byte, error) {
		if !sd.Detached {
			return h.Sum(sd.Content), nil
		}
		document, err := terminal.Open(j.Document)
		if err != nil {
			return nil, err
		}
		defer func() { _ = document.Close() }()
		d := h.New()
		if _, err := io.Copy(d, terminal.Reader{Context: ctx, R: document}); err != nil {
			return nil, terminal.Input(j.Document, err)
		}
		return d.Sum(nil), ctx.Err()
	}
}
