// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wneessen/go-mail"
)

// SMTPConfig says where mail goes (RFC 5321).
type SMTPConfig struct {
	Host     string
	Port     int
	From     string // the address of the sender, "Подпись <no-reply@example.ru>"
	User     string // with Password: SMTP AUTH; empty: none
	Password string
	// Plain allows a connection without TLS: for a server on the loopback only.
	Plain   bool
	Timeout time.Duration // 0 is 30 s
}

type smtpGateway struct{ cfg SMTPConfig }

// NewSMTP returns the gateway to a mail server. TLS is required unless cfg says Plain.
func NewSMTP(cfg SMTPConfig) Gateway {
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	return smtpGateway{cfg}
}

func (g smtpGateway) Send(ctx context.Context, m Message) (string, error) {
	msg := mail.NewMsg(mail.WithEncoding(mail.EncodingB64))
	if err := msg.From(g.cfg.From); err != nil {
		return "", fmt.Errorf("address of the sender: %w", err) // a setting: it can be mended
	}
	if err := msg.To(m.Recipient); err != nil {
		return "", Permanent(fmt.Errorf("address of the recipient: %w", err))
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.At)
	// Stable over tries, so that a server that got it twice can tell.
	id := m.ID + "@" + g.cfg.Host
	msg.SetMessageIDWithValue(id)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834, 5
	msg.SetBodyString(mail.TypeTextPlain, m.Body)
	options := []mail.Option{mail.WithPort(g.cfg.Port), mail.WithTimeout(g.cfg.Timeout), mail.WithTLSPolicy(mail.TLSMandatory)}
	if g.cfg.Plain {
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if g.cfg.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(g.cfg.User), mail.WithPassword(g.cfg.Password))
	}
	client, err := mail.NewClient(g.cfg.Host, options...)
	if err != nil {
		return "", fmt.Errorf("make mail client: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		if e, ok := errors.AsType[*mail.SendError](err); ok && !e.IsTemp() && e.ErrorCode() >= 500 {
			return "", Permanent(fmt.Errorf("mail server refuses: %w", err))
		}
		return "", fmt.Errorf("send mail: %w", err)
	}
	return id, nil
}
