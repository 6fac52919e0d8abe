// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// HTTPConfig says where an SMS gateway with an HTTP interface stands.
type HTTPConfig struct {
	URL    string // POST {"id","to","text"}; the answer {"id"} is read when there is one
	Token  string // Authorization: Bearer …; empty: none
	Client *http.Client
}

type httpGateway struct{ cfg HTTPConfig }

// NewHTTP returns the gateway. The id of the notice goes along as Idempotency-Key.
func NewHTTP(cfg HTTPConfig) Gateway {
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 30 * time.Second}
	}
	return httpGateway{cfg}
}

func (g httpGateway) Send(ctx context.Context, m Message) (string, error) {
	body, err := json.Marshal(map[string]string{"id": m.ID, "to": m.Recipient, "text": m.Body})
	if err != nil {
		return "", Permanent(fmt.Errorf("encode message: %w", err))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("address of the gateway: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", m.ID)
	if g.cfg.Token != "" {
		req.Header.Set("Authorization", "Bearer "+g.cfg.Token)
	}
	resp, err := g.cfg.Client.Do(req)
	if err != nil {
		return "", fmt.Errorf("call gateway: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode/100 == 2:
		var a struct{ ID string }
		json.Unmarshal(answer, &a) //nolint:errcheck // the id is a courtesy of the gateway
		return a.ID, nil
	case resp.StatusCode == http.StatusBadRequest || resp.StatusCode == http.StatusUnprocessableEntity:
		return "", Permanent(fmt.Errorf("gateway refuses: %s: %.200q", resp.Status, answer))
	case err != nil:
		return "", fmt.Errorf("read answer of gateway: %w", err)
	}
	// Others, a wrong token among them, are mended by people or by time.
	return "", fmt.Errorf("gateway answers %s: %.200q", resp.Status, answer)
}
