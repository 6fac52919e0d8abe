// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package push

import (
	"context"
	"time"

	"podpis/wire/webpush"
)

// Try hands a message to an address.
func (s *Service) Try(ctx context.Context, to webpush.Subscription) error {
	now := time.Now()
	return s.hand(ctx, parcel{to: to, token: "x", now: now, later: time.Hour}, message{Until: now.Add(time.Minute)})
}
