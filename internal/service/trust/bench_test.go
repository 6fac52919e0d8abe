// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust_test

import (
	"bytes"
	"testing"

	"podpis/internal/platform/blob"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
	"podpis/stand/etrust"
	"podpis/verify"
)

// BenchmarkCheck judges a signature by the own authority, with and without a list of
// centres in force.
func BenchmarkCheck(b *testing.B) {
	for _, with := range []string{"alone", "list"} {
		b.Run(with, func(b *testing.B) {
			w := servicetest.NewDesk(b)
			document := []byte("Договор")
			signature, _ := signed(b, w, document)
			var register *trust.Register
			if with == "list" {
				blobs, err := blob.Open(b.TempDir())
				must(b, err)
				register = trust.NewRegister(trust.RegisterParts{DB: w.DB, Policies: w.Book, Blobs: blobs})
				ministry, err := etrust.Start("127.0.0.1:0", w.Clock.Now)
				must(b, err)
				defer func() { must(b, ministry.Close()) }()
				_, err = register.Trust(ctx, "test", ministry.Certificate(), trust.Signer, trust.Fingerprint(ministry.Certificate()))
				must(b, err)
				w.Set(trust.PolicyListURL, ministry.URL())
				must(b, register.Fetch(ctx))
			}
			s, err := trust.New(own(w.Authority), register, "", w.DB.Now)
			must(b, err)
			b.ReportAllocs()
			for b.Loop() {
				report, err := s.Check(ctx, verify.Input{Name: "a.sig", Signature: signature, Document: bytes.NewReader(document)}, "ru")
				if err != nil || len(report.Signatures) != 1 || (report.Lists.Date != nil) != (register != nil) {
					b.Fatalf("%+v, %v", report, err)
				}
			}
		})
	}
}
