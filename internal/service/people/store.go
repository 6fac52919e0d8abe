// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/wire/mchd"
)

// micros is a moment as it is stored, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return db.Time(us)
}

func (s *Service) seal(value any, place string) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", place, err)
	}
	defer keys.Zero(plain)
	return s.ring.Seal(plain, []byte(place)), nil
}

func (s *Service) open(sealed []byte, place string, value any) error {
	plain, err := s.ring.Open(sealed, []byte(place))
	if err != nil {
		return fmt.Errorf("open %s: %w", place, err)
	}
	defer keys.Zero(plain)
	if err := json.Unmarshal(plain, value); err != nil {
		return fmt.Errorf("decode %s: %w", place, err)
	}
	return nil
}

func (s *Service) member(row memberRow) (Member, error) {
	m := Member{
		ID: row.ID, ProfileID: row.ProfileID, AccountID: row.AccountID, State: MemberState(row.State), Duty: Duty(row.Duty),
		From: db.Time(row.FromAt), Until: moment(row.UntilAt), CreatedAt: db.Time(row.CreatedAt), ChangedAt: db.Time(row.ChangedAt),
	}
	for part := range strings.SplitSeq(row.Rights, ",") {
		m.Rights = append(m.Rights, Right(part))
	}
	var data memberData
	err := s.open(row.Data, "member/"+row.ID, &data)
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
	if err := s.open(row.Data, "power/"+row.ID, &data); err != nil {
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
