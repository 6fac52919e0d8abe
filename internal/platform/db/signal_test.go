// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
)

func TestSignalsComeAfterTheCommit(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	news, stop := d.Watch("topic")
	other, stopOther := d.Watch("other")
	defer stopOther()
	for range 2 { // several signals come as one
		err := d.Write(t.Context(), func(_ context.Context, tx *db.Tx) error {
			tx.Signal("topic")
			if len(news) != 0 && d.Stats().Acts == 0 {
				t.Error("a signal before the commit")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(news) != 1 || len(other) != 0 {
		t.Errorf("%d signals of the topic, %d of the other", len(news), len(other))
	}
	<-news
	err := d.Write(t.Context(), func(_ context.Context, tx *db.Tx) error {
		tx.Signal("topic")
		return errors.New("no")
	})
	if err == nil || len(news) != 0 {
		t.Error("a signal of an act that failed")
	}
	stop()
	if err := d.Write(t.Context(), func(_ context.Context, tx *db.Tx) error { tx.Signal("topic"); return nil }); err != nil || len(news) != 0 {
		t.Errorf("a signal after stop: %v", err)
	}
	if d.Dialect().String() != dbtest.Dialect {
		t.Errorf("dialect %v", d.Dialect())
	}
}
