// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"crypto/rand"
	"errors"

	"podpis/internal/platform/problem"
	"podpis/pki/cms"
	"podpis/sign"
	"podpis/verify/augment"
	"podpis/verify/reasons"
)

// Raise brings the signatures of a message to a level (t, xl1, lt) with stamps of the
// given service and what this installation judges by. The document stays where it is.
// What does not hold is refused with the reason, in the language.
func (s *Service) Raise(ctx context.Context, message []byte, level augment.Level, t sign.Timestamper, language reasons.Language) ([]byte, error) {
	if level != augment.T && level != augment.XL1 && level != augment.LT {
		return nil, problem.New(problem.Invalid, "raise.level")
	}
	sd, err := cms.ParseSignedData(message)
	if err != nil {
		return nil, problem.New(problem.Invalid, "raise.format").Because(err)
	}
	_, o, err := s.options(ctx, language)
	if err != nil {
		return nil, err
	}
	a := &augment.Augmenter{Random: rand.Reader, Options: o, Timestamper: t}
	out, err := a.Raise(ctx, sd, level, nil)
	var refused *augment.RefusedError
	switch {
	case errors.As(err, &refused):
		return nil, problem.New(problem.Invalid, "raise.refused").With("Reason", refused.Text)
	case errors.Is(err, sign.ErrTimestamp):
		return nil, problem.New(problem.Unavailable, "raise.stamp").Because(err)
	}
	return out, err
}
