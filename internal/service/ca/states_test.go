// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podpis/internal/platform/db"
	"podpis/pki/x509"
)

const designPage = "../../../docs/design/ca.md"

// TestMoves puts a certificate into each state, runs every statement that writes
// to one, and holds what comes of it to the table: a move that the table does not
// have is a mistake, and so is one that no statement makes.
func TestMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	statements := map[string]func(ctx context.Context, tx *db.Tx, r certificateRow) error{
		"UseToken": func(ctx context.Context, tx *db.Tx, r certificateRow) error {
			_, err := newQueries(tx).UseToken(ctx, useTokenParams{Serial: r.Serial, Token: r.Token, State: string(Signing), SigningAt: 1})
			return err
		},
		"Finish": func(ctx context.Context, tx *db.Tx, r certificateRow) error {
			_, err := newQueries(tx).Finish(ctx, finishParams{Serial: r.Serial, Der: r.Der, IssuedAt: 1})
			return err
		},
		"Abandon": func(ctx context.Context, tx *db.Tx, r certificateRow) error {
			// As the service calls it: for the two states that can be left so.
			for _, from := range []State{Planned, Signing} {
				if err := w.end(ctx, tx, r.Serial, r.OrderKey, from); err != nil {
					return err
				}
				if r, err := newQueries(tx).GetCertificate(ctx, r.Serial); err != nil || r.RevokedAt != 0 != (r.State == string(Abandoned)) {
					t.Errorf("state %s, revoked at %d, %v", r.State, r.RevokedAt, err)
				}
			}
			return nil
		},
		"Revoke": func(ctx context.Context, tx *db.Tx, r certificateRow) error {
			n, err := newQueries(tx).Revoke(ctx, revokeParams{Serial: r.Serial, RevokedAt: 1, Reason: 4, RevokedBy: "x"})
			if n == 1 != (r.State == string(Issued)) {
				t.Errorf("revoked %d in state %s", n, r.State)
			}
			return err
		},
		"Worsen": func(ctx context.Context, tx *db.Tx, r certificateRow) error {
			_, err := newQueries(tx).Worsen(ctx, worsenParams{Serial: r.Serial, Reason: 1, RevokedBy: "x"})
			return err
		},
	}
	source, err := os.ReadFile("store.sql")
	if err != nil {
		t.Fatal(err)
	}
	var written []string
	for _, m := range regexp.MustCompile(`-- name: (\w+) :\w+\nUPDATE certificate`).FindAllStringSubmatch(string(source), -1) {
		written = append(written, m[1])
	}
	slices.Sort(written)
	if known := slices.Sorted(maps.Keys(statements)); !slices.Equal(known, written) {
		t.Fatalf("the test knows the statements %q, store.sql has %q", known, written)
	}
	seen := map[State]map[State]bool{}
	serial := w.issue("a/1").Hex()
	for _, from := range []State{Planned, Signing, Issued, Dropped, Abandoned} {
		for name, run := range statements {
			at := int64(0)
			if from == Abandoned {
				at = 1
			}
			w.exec("UPDATE certificate SET state = $1, revoked_at = $2, reason = 0, order_key = 'a/1' WHERE serial = $3", string(from), at, serial)
			var to State
			err := w.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				row, err := newQueries(tx).GetCertificate(ctx, serial)
				if err != nil {
					return err
				}
				if err := run(ctx, tx, row); err != nil {
					return err
				}
				row, err = newQueries(tx).GetCertificate(ctx, serial)
				to = State(row.State)
				return err
			})
			if err != nil {
				t.Fatalf("%s in state %s: %v", name, from, err)
			}
			if to == from {
				continue
			}
			if !slices.Contains(Moves()[from], to) {
				t.Errorf("%s moves from %s to %s, the table does not", name, from, to)
			}
			if seen[from] == nil {
				seen[from] = map[State]bool{}
			}
			seen[from][to] = true
		}
	}
	for from, list := range Moves() {
		for _, to := range list {
			if !seen[from][to] {
				t.Errorf("no statement moves from %s to %s", from, to)
			}
		}
	}
}

// TestDesignPage holds the drawing in docs/design/ca.md to the table.
// PODPIS_UPDATE=1 draws it anew.
func TestDesignPage(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> planned\n")
	for _, from := range []State{Planned, Signing, Issued, Dropped, Abandoned} {
		for _, to := range Moves()[from] {
			b.WriteString("    " + string(from) + " --> " + string(to) + "\n")
		}
		if len(Moves()[from]) == 0 {
			b.WriteString("    " + string(from) + " --> [*]\n")
		}
	}
	b.WriteString("```\n")
	compare(t, designPage, "states", b.String())
}

// compare holds the part of a page between two marks to what it must be.
func compare(t *testing.T, page, mark, want string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- begin "+mark+" -->\n", "<!-- end "+mark+" -->"
	head, rest, ok1 := strings.Cut(string(text), begin)
	got, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no part %s", page, mark)
	}
	if got == want {
		return
	}
	if os.Getenv("PODPIS_UPDATE") == "" {
		t.Errorf("%s, part %s, is not what the code says; PODPIS_UPDATE=1 draws it anew:\n%s", page, mark, want)
		return
	}
	if err := os.WriteFile(page, []byte(head+begin+want+end+tail), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestProfilePage holds docs/certificate-profile.md to the profiles: every MUST and
// MUST NOT of the tables is what the judge holds certificates to.
func TestProfilePage(t *testing.T) {
	w := newWorld(t)
	for _, name := range slices.Sorted(maps.Keys(w.profiles)) {
		compare(t, "../../../docs/certificate-profile.md", name, drawProfile(w, w.profiles[name]))
	}
}

func drawProfile(w *world, p Profile) string {
	var b strings.Builder
	row := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	list := func(items []string) string {
		if len(items) == 0 {
			return "MUST NOT be there"
		}
		return "MUST be " + strings.Join(items, ", ")
	}
	presence := func(there bool, what string) string {
		if !there {
			return "MUST NOT be there"
		}
		return "MUST be " + what
	}
	oids := func(in []string, critical bool) string {
		if critical && len(in) > 0 {
			return list(in) + "; MUST be critical"
		}
		return list(in)
	}
	var purposes, policies []string
	for _, oid := range p.ExtKeyUsage {
		purposes = append(purposes, string(oid))
	}
	for _, oid := range p.Policies {
		policies = append(policies, string(oid))
	}
	where := w.addresses("ID", p)
	if p.Name == string(Root) {
		where = addresses{}
	}
	row("field", "rule")
	row("---", "---")
	row("validity", "MUST NOT be longer than "+days(p.ValidDays)+", nor end after the issuer's")
	row("public key", "MUST be one of "+strings.Join(p.Keys, ", "))
	row("keyUsage", list(p.KeyUsage)+"; MUST be critical")
	row("extKeyUsage", oids(purposes, p.EKUCritical))
	row("basicConstraints", constraints(p)+"; MUST be critical")
	row("certificatePolicies", list(policies))
	row("privateKeyUsagePeriod", presence(p.KeyDays > 0, "at most "+days(p.KeyDays)+" from notBefore, within the validity"))
	row("subjectSignTool", presence(p.SubjectTool != "", "«"+p.SubjectTool+"»"))
	row("issuerSignTool", presence(p.IssuerTool != nil, "the four names of the profile"))
	kind := ""
	if p.Identification != nil {
		kind = string(rune('0' + *p.Identification))
	}
	row("identificationKind", presence(p.Identification != nil, kind))
	row("ocsp-nocheck", presence(p.NoCheck, "there"))
	row("cRLDistributionPoints", presence(where.crl != "", "the one address /pki/crl/ID.crl"))
	row("authorityInfoAccess, OCSP", presence(where.ocsp != "", "the one address /pki/ocsp"))
	row("authorityInfoAccess, caIssuers", presence(where.issuer != "", "the one address /pki/ca/ID.cer"))
	b.WriteString("\n")
	row("attribute of the subject", "OID", "rule", "characters")
	row("---", "---", "---", "---")
	for _, a := range p.Subject {
		t, ok := x509.AttributeByName(a.Name)
		if !ok {
			w.t.Fatal(a.Name)
		}
		rule := "MAY"
		if a.Required {
			rule = "MUST"
		}
		row(a.Name, string(t.OID), rule, characters(t, a))
	}
	return b.String()
}
