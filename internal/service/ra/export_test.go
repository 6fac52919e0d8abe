// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"

	"podpis/internal/service/ca"
	"podpis/pki/x509"
)

// OrderOnly is OrderCertificate up to the moment before the authority is asked: a
// crash may come there.
func (s *Service) OrderOnly(ctx context.Context, actor Actor, id, code string, request []byte) (ca.Order, error) {
	req, err := x509.ParseRequest(request)
	if err != nil {
		return ca.Order{}, err
	}
	return s.order(ctx, actor, id, code, req)
}
