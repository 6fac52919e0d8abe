// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// A trusted device approves what other browsers of its account ask for (package approve). It
// stands beside another method, never alone: whoever has lost the device gets on by that.

// deviceName is how a device is found; others have accounts of their own in the same browser.
func deviceName(account, device string) string { return account + "/" + device }

// TrustDevice makes a browser a method. device is what the database knows it by, name how the
// person does.
func (s *Service) TrustDevice(ctx context.Context, a Actor, device, name string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if device == "" {
			return problem.New(problem.Conflict, "factor.device.unknown").Then("factor.device.unknown.next")
		}
		methods, err := s.Methods(ctx, tx, a.Account)
		if err != nil {
			return err
		}
		if withoutDevices(methods, "") == 0 {
			return problem.New(problem.Conflict, "factor.device.alone").Then("factor.device.alone.next")
		}
		return s.add(ctx, tx, a, Device, factorRow{ID: tx.NewID(), Name: name, Lookup: deviceName(a.Account, device), Secret: []byte{}})
	})
}

// withoutDevices counts the methods that are no devices, but for one.
func withoutDevices(methods []Method, but string) (n int) {
	for _, m := range methods {
		if m.Kind != Device && m.ID != but {
			n++
		}
	}
	return n
}

// Trusts reports whether a browser is a method of the account.
func (s *Service) Trusts(ctx context.Context, account, device string) (yes bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := newQueries(tx).FindFactor(ctx, findFactorParams{Kind: string(Device), Lookup: deviceName(account, device)})
		yes = err == nil
		if missing(err) {
			return nil
		}
		return err
	})
	return yes, err
}

// UseDevice notes that a device has approved. One that is no method is refused.
func (s *Service) UseDevice(ctx context.Context, tx *db.Tx, account, device string) error {
	row, err := newQueries(tx).FindFactor(ctx, findFactorParams{Kind: string(Device), Lookup: deviceName(account, device)})
	if missing(err) {
		return problem.New(problem.Forbidden, "approve.untrusted").Then("approve.untrusted.next")
	} else if err != nil {
		return fmt.Errorf("read factor: %w", err)
	}
	return used(ctx, tx, row)
}

// DropDevices takes devices of an account away: the one named, or all but one when all is set.
func (s *Service) DropDevices(ctx context.Context, tx *db.Tx, a Actor, all bool, device string) error {
	rows, err := newQueries(tx).FactorsOf(ctx, a.Account)
	if err != nil {
		return fmt.Errorf("read factors: %w", err)
	}
	for _, row := range rows {
		if Kind(row.Kind) != Device || (row.Lookup == deviceName(a.Account, device)) == all {
			continue
		}
		if _, err := newQueries(tx).DropFactor(ctx, dropFactorParams{AccountID: a.Account, ID: row.ID}); err != nil {
			return fmt.Errorf("remove factor: %w", err)
		}
		if err := s.changed(ctx, tx, a, Changed{What: Removed, Method: Device, Name: row.Name}, "factor/"+row.ID); err != nil {
			return err
		}
	}
	return nil
}
