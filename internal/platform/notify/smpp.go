// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"podpis/wire/smpp"
)

type smppGateway struct{ client *smpp.Client }

// NewSMPP returns the gateway to a message centre. Who made the client closes it.
func NewSMPP(client *smpp.Client) Gateway { return smppGateway{client} }

func (g smppGateway) Send(ctx context.Context, m Message) (string, error) {
	ids, err := g.client.Send(ctx, m.Recipient, m.Body)
	if err == nil {
		return strings.Join(ids, ","), nil
	}
	refusal, ok := errors.AsType[*smpp.StatusError](err)
	if (ok && refusal.Permanent()) || errors.Is(err, smpp.ErrField) || errors.Is(err, smpp.ErrTooLong) {
		return "", Permanent(fmt.Errorf("send SMS: %w", err))
	}
	return "", fmt.Errorf("send SMS: %w", err)
}
