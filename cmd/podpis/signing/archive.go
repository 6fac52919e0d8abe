// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/pades"
	"podpis/pki/xades"
	"podpis/verify/augment"
	"podpis/verify/reasons"
)

// archive puts archive stamps on the files whose proof does not last until a day, and says of each how long it lasts. A file
// that cannot be raised is told of and stays as it is; the others go on.
func (o *extension) archive(ctx context.Context, names []string) error {
	jobs, err := judge.Walk(names, o.recursive)
	if err != nil {
		return err
	}
	wrong := false
	for _, job := range jobs {
		err := o.archiveOne(ctx, job)
		var p *terminal.Problem
		switch {
		case ctx.Err() != nil:
			return terminal.Interrupted(ctx, err)
		case errors.As(err, &p):
			wrong = true
			fmt.Fprintln(o.c.Err, "podpis: "+o.c.Explain(p))
		case err != nil:
			return err
		}
	}
	if wrong {
		return terminal.ExitCode(terminal.ExitFailed)
	}
	return nil
}

func (o *extension) archiveOne(ctx context.Context, job judge.Job) error {
	until, signed, err := lasts(job)
	switch {
	case err != nil:
		return err
	case !signed:
		return nil // nobody asked for this very file
	case !until.Before(o.before):
		o.c.Print(o.c.Out, "archive-fine", job.Signature, reasons.Date(o.c.Language, until))
		return nil
	case o.dry:
		o.c.Print(o.c.Out, "archive-due", job.Signature, reasons.Date(o.c.Language, until))
		return nil
	}
	if _, err := o.raise(ctx, job); err != nil {
		return err
	}
	after, _, err := lasts(job)
	if err != nil {
		return err
	}
	o.c.Print(o.c.Out, "archive-done", job.Signature, reasons.Date(o.c.Language, until), reasons.Date(o.c.Language, after))
	return nil
}

// lasts is until when the proof of a file lasts, and whether it has signatures at all.
func lasts(job judge.Job) (until time.Time, signed bool, err error) {
	file, err := openPDF(job)
	if err != nil {
		return until, false, err
	}
	if file == nil {
		text, err := readXML(job)
		if err != nil {
			return until, false, err
		}
		if text != nil {
			document, err := xades.Parse(text)
			if err != nil || len(document.Signatures) == 0 {
				return until, false, nil //nolint:nilerr // a file that is no document has no signatures
			}
			return augment.UntilXML(document), true, nil
		}
		if job.Perhaps {
			return until, false, nil
		}
		sd, err := readMessage(job)
		if err != nil {
			return until, false, err
		}
		return augment.Until(sd), true, nil
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return until, false, terminal.Input(job.Name, err)
	}
	document, err := pades.Read(file, info.Size())
	if err != nil {
		return until, false, terminal.Failed("pdf-damaged", err, job.Name)
	}
	return augment.UntilPDF(document), len(document.Signatures) > 0, nil
}
