// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"errors"
	"io"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/cms"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/augment"
)

// raise brings a message to a level; t may be nil for what needs no stamp.
func raise(ctx context.Context, c *terminal.Console, job judge.Job, sd *cms.SignedData, level string, settings verify.Options, t sign.Timestamper) ([]byte, error) {
	a := &augment.Augmenter{Random: c.Random, Options: settings, Timestamper: t}
	message, err := a.Raise(ctx, sd, augment.Level(level), openDocument(job))
	return message, raiseError(job, err)
}

// whole judges the integrity of a message alone: nobody is trusted, nothing is asked.
func whole(ctx context.Context, job judge.Job, message []byte, settings verify.Options) error {
	a := &augment.Augmenter{Options: settings}
	return raiseError(job, a.Whole(ctx, message, openDocument(job)))
}

// openDocument opens that of a job; nil when it is inside, or not at hand.
func openDocument(job judge.Job) augment.Document {
	if job.Document == "" {
		return nil
	}
	return func() (io.ReadCloser, error) { return terminal.Open(job.Document) }
}

// raiseError puts an error of augmentation into words.
func raiseError(job judge.Job, err error) error {
	var refused *augment.RefusedError
	var unread *augment.DocumentError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return terminal.Failed("extend-refused", nil, job.Signature, refused.Text)
	case errors.As(err, &unread):
		return terminal.Input(job.Document, unread.Err)
	}
	return signError(job.Signature, err)
}
