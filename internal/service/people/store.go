// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"fmt"
	"strings"

	"podpis/internal/platform/db"
	"podpis/wire/mchd"
)

func (s *Service) member(row memberRow) (Member, error) {
	m := Member{
		ID: row.ID, ProfileID: row.ProfileID, AccountID: row.AccountID, State: MemberState(row.State), Duty: Duty(row.Duty),
		From: db.Time(row.FromAt), Until: db.Time(row.UntilAt), CreatedAt: db.Time(row.CreatedAt), ChangedAt: db.Time(row.ChangedAt),
	}
	for part := range strings.SplitSeq(row.Rights, ",") {
		m.Rights = append(m.Rights, Right(part))
	}
	var data memberData
	err := s.ring.OpenJSON(row.Data, []byte("member/"+row.ID), &data)
	m.Mail, m.Name = data.Mail, data.Name
	return m, err
}

// powerData is the sealed part of a power.
type powerData struct {
	XML       []byte `json:"xml"`
	Signature []byte `json:"signature,omitempty"`
}

func (s *Service) power(row powerRow) (Power, error) {
	p := Power{
		ID: row.ID, GUID: row.Guid, State: PowerState(row.State), Reason: row.Reason, Representative: row.Representative,
		From: db.Time(row.FromAt), Until: db.Time(row.UntilAt), CreatedAt: db.Time(row.CreatedAt), ChangedAt: db.Time(row.ChangedAt),
	}
	var data powerData
	if err := s.ring.OpenJSON(row.Data, []byte("power/"+row.ID), &data); err != nil {
		return p, err
	}
	p.XML, p.Signature = data.XML, data.Signature
	var err error
	p.Content, err = mchd.Parse(p.XML)
	if err != nil {
		return p, fmt.Errorf("stored power %s: %w", row.ID, err)
	}
	return p, nil
}
