// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/pki/tsl"
	"podpis/pki/x509"
	"podpis/verify"
)

// Centre is a centre of the list in force. It is shared and not to be changed.
type Centre struct {
	tsl.Centre
	Region        string // as people look for it: without the code
	Accreditation *verify.Authority

	list   string
	search string
	sorted string
	mark   tsl.Mark
}

// Now tells whether the centre is accredited at a moment.
func (c *Centre) Now(at time.Time) bool { return c.Accreditation.On(at) }

// snapshot is what is trusted at a moment, held in memory: lists have some hundreds of
// centres, and each check asks for them.
type snapshot struct {
	stamp   string // what it was made of
	list    *List  // nil when there is none
	lists   verify.Lists
	roots   []*x509.Certificate
	centres []*Centre // by name
	byID    map[string]*Centre
	keys    map[string][]*listedKey
	byOGRN  map[string]*Centre // of a table alone
}

// listedKey is a key of a centre with its certificates.
type listedKey struct {
	centre *Centre
	lists  []string // addresses of revocation lists
	marks  []certificateMark
}

type certificateMark struct{ subject, key string }

// forget has the next reader look again.
func (r *Register) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked = time.Time{}
	r.changes++
}

// snapshot returns what is trusted now, as of some seconds ago: of several that find it
// old, one looks and the others go on with what there is.
func (r *Register) snapshot(ctx context.Context) (*snapshot, error) {
	r.mu.Lock()
	s, fine := r.shown, r.shown != nil && time.Since(r.looked) < fresh
	never := r.looked.IsZero()
	r.mu.Unlock()
	switch {
	case fine:
		return s, nil
	case s == nil || never:
		r.loading.Lock()
	case !r.loading.TryLock():
		return s, nil
	}
	defer r.loading.Unlock()
	r.mu.Lock()
	s, fine = r.shown, r.shown != nil && time.Since(r.looked) < fresh
	changes := r.changes
	r.mu.Unlock()
	if fine {
		return s, nil
	}
	began := time.Now()
	s, err := r.load(ctx, s)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown = s
	if r.changes == changes { // else this may have been read before the change
		r.looked = began
	}
	return s, nil
}

// load reads what is trusted, unless it is what was read before.
func (r *Register) load(ctx context.Context, before *snapshot) (s *snapshot, err error) {
	err = r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		lists, err := current(ctx, q)
		if err != nil {
			return err
		}
		trusted, err := anchors(ctx, q)
		if err != nil {
			return err
		}
		s = &snapshot{byID: map[string]*Centre{}, keys: map[string][]*listedKey{}, byOGRN: map[string]*Centre{}}
		for _, a := range trusted {
			s.stamp += a.Fingerprint
			if a.Purpose == Root {
				s.roots = append(s.roots, a.Certificate)
			}
		}
		if len(lists) > 0 {
			s.list = lists[0]
			s.stamp += s.list.ID + s.list.Fetched.String()
		}
		if before != nil && before.stamp == s.stamp {
			s = before
			return nil
		}
		if s.list == nil {
			return nil
		}
		return s.read(ctx, q)
	})
	return s, err
}

// read reads the centres of the list.
func (s *snapshot) read(ctx context.Context, q *queries) error {
	id := s.list.ID
	rows, err := q.Centres(ctx, id)
	if err != nil {
		return fmt.Errorf("read centres: %w", err)
	}
	for _, row := range rows {
		c := centreOf(row)
		s.byID[row.ID] = c
		s.centres = append(s.centres, c)
	}
	statuses, err := q.Statuses(ctx, id)
	if err != nil {
		return fmt.Errorf("read statuses: %w", err)
	}
	for _, row := range statuses {
		if c := s.byID[row.CentreID]; c != nil {
			c.History = append(c.History, tsl.Status{State: tsl.State(row.State), Text: row.StateText, From: db.Time(row.FromAt)})
		}
	}
	if err := s.readKeys(ctx, q); err != nil {
		return err
	}
	for _, c := range s.centres {
		c.finish()
		if s.list.Kind == Table && c.OGRN != "" {
			s.byOGRN[c.OGRN] = c
		}
	}
	slices.SortFunc(s.centres, func(a, b *Centre) int {
		if n := strings.Compare(a.sorted, b.sorted); n != 0 {
			return n
		}
		return strings.Compare(a.ID(), b.ID())
	})
	s.lists = verify.Lists{Kind: string(s.list.Kind), Version: strconv.FormatInt(s.list.Version, 10), Date: &s.list.Date, Fetched: &s.list.Fetched}
	if s.list.Kind == Table {
		s.lists.Version = "" // a table has none: somebody's copy, known by its date
	}
	return nil
}

func (s *snapshot) readKeys(ctx context.Context, q *queries) error {
	keys, err := q.Keys(ctx, s.list.ID)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	at := map[string]*listedKey{} // by centre and number
	for _, row := range keys {
		c := s.byID[row.CentreID]
		if c == nil {
			continue
		}
		id, err := hex.DecodeString(row.KeyID)
		if err != nil {
			return fmt.Errorf("key of centre %s: %w", row.CentreID, err)
		}
		c.addKey(row, id)
		k := &listedKey{centre: c}
		if row.Lists != "" {
			k.lists = strings.Split(row.Lists, "\n")
		}
		at[row.CentreID+"/"+strconv.FormatInt(row.N, 10)] = k
		if row.KeyID != "" {
			s.keys[row.KeyID] = append(s.keys[row.KeyID], k)
		}
	}
	marks, err := q.CertificateMarks(ctx, s.list.ID)
	if err != nil {
		return fmt.Errorf("read certificates of centres: %w", err)
	}
	for _, row := range marks {
		if k := at[row.CentreID+"/"+strconv.FormatInt(row.KeyN, 10)]; k != nil {
			k.marks = append(k.marks, certificateMark{row.Subject, row.PublicKey})
		}
	}
	return nil
}

func centreOf(row trustCentreRow) *Centre {
	c := &Centre{list: row.ListID, Centre: tsl.Centre{
		Number: row.Number, Name: row.Name, ShortName: row.ShortName, INN: row.Inn, OGRN: row.Ogrn, Mail: row.Mail, Phone: row.Phone,
		Site: row.Site, Registry: row.Registry, Successor: row.Successor, Note: row.Note,
		Address: tsl.Address{Country: row.Country, Index: row.PostIndex, RegionCode: row.RegionCode, Region: row.Region, City: row.City, Street: row.Street},
		Status:  tsl.Status{State: tsl.State(row.State), Text: row.StateText, From: db.Time(row.StateFrom)},
	}}
	c.Region = regionName(row.Region)
	c.search = db.Fold(strings.Join([]string{row.Name, row.ShortName, row.Inn, row.Ogrn, row.Number, row.Region, row.City}, " "))
	c.search = strings.Map(unquote, c.search)
	c.sorted = strings.Join(strings.Fields(strings.Map(unquote, db.Fold(bareName(&c.Centre)))), " ")
	c.mark = tsl.Mark{ID: row.ID, Name: row.Name, State: c.Status.State, Content: row.Content}
	return c
}

// addKey puts a key into the installation it belongs to: rows come in their order.
func (c *Centre) addKey(row trustKeyRow, id []byte) {
	last := len(c.Systems) - 1
	if last < 0 || c.Systems[last].Name != row.Complex || c.Systems[last].Class != row.Class {
		c.Systems = append(c.Systems, tsl.System{Name: row.Complex, Class: row.Class})
		last++
	}
	k := tsl.Key{ID: id}
	if row.Lists != "" {
		k.Lists = strings.Split(row.Lists, "\n")
	}
	c.Systems[last].Keys = append(c.Systems[last].Keys, k)
	if row.KeyID != "" && !slices.Contains(c.mark.Keys, row.KeyID) {
		c.mark.Keys = append(c.mark.Keys, row.KeyID)
	}
}

// finish makes what the judge is told of the centre.
func (c *Centre) finish() {
	slices.Sort(c.mark.Keys)
	a := &verify.Authority{
		Name: c.Name, Number: c.Number, INN: c.INN, OGRN: c.OGRN, Mail: c.Mail, Phone: c.Phone, Site: c.Site, Region: c.Region,
		Class: c.Class(),
	}
	for _, p := range c.Periods() {
		a.Periods = append(a.Periods, verify.Period{From: p.From, Until: p.Until})
	}
	c.Accreditation = a
}

// bareName is the name without the form of the company, by which people look for it.
func bareName(c *tsl.Centre) string {
	name := c.ShortName
	if name == "" {
		name = c.Name
	}
	folded := db.Fold(name)
	for _, form := range []string{
		"общество с ограниченной ответственностью", "публичное акционерное общество", "закрытое акционерное общество", "акционерное общество",
		"ооо", "пао", "зао", "оао", "ао", "гуп", "фгуп", "фгбу",
	} {
		if rest, ok := strings.CutPrefix(folded, form); ok && rest != "" && strings.ContainsAny(rest[:1], ` "`) || ok && strings.HasPrefix(rest, "«") {
			return rest
		}
	}
	return folded
}

// unquote drops what nobody types when searching.
func unquote(r rune) rune {
	if strings.ContainsRune(`«»"„“”'`, r) {
		return -1
	}
	return r
}

// regionName is a region without the code in front: "16 Республика Татарстан".
func regionName(region string) string {
	return strings.TrimSpace(strings.TrimLeft(region, "0123456789 -."))
}

// authority finds the centre a certificate of an authority belongs to: the key must be
// one of the centre's, by its identifier, and the name that of one of the key's
// certificates. Whoever makes a certificate chooses both, so the key itself is compared
// where the list has it.
func (s *snapshot) authority(issuer *x509.Certificate) *verify.Authority {
	for _, k := range s.keys[hexadecimal(issuer.SubjectKeyID)] {
		if k.matches(issuer) {
			return k.centre.Accreditation
		}
	}
	// A table knows of no keys, as a rule: then the number of the organisation tells,
	// which the head authority has checked.
	if ogrn := issuer.Subject.Get(x509.OIDOGRN); ogrn != "" {
		if c := s.byOGRN[ogrn]; c != nil && len(c.Systems) == 0 {
			return c.Accreditation
		}
	}
	return nil
}

func (k *listedKey) matches(issuer *x509.Certificate) bool {
	if len(k.marks) > 0 {
		return slices.Contains(k.marks, certificateMark{nameMark(issuer.Subject), keyMark(issuer)})
	}
	for _, name := range []string{issuer.Subject.Get(x509.OIDOrganizationName), issuer.Subject.Get(x509.OIDCommonName)} {
		folded := strings.Map(unquote, db.Fold(name))
		for _, own := range []string{k.centre.Name, k.centre.ShortName} {
			if folded != "" && folded == strings.Map(unquote, db.Fold(own)) {
				return true
			}
		}
	}
	return k.centre.OGRN != "" && issuer.Subject.Get(x509.OIDOGRN) == k.centre.OGRN
}

// listed is the evidence of a list: the certificates of its centres.
type listed struct {
	db   *db.DB
	list string
}

// Issuers returns the certificates of the list with the name of the issuer.
func (l listed) Issuers(ctx context.Context, c *x509.Certificate) (found []*x509.Certificate, err error) {
	err = l.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		found = nil
		rows, err := newQueries(tx).CertificatesBySubject(ctx, certificatesBySubjectParams{ListID: l.list, Subject: nameMark(c.Issuer)})
		if err != nil {
			return fmt.Errorf("read certificates of centres: %w", err)
		}
		for _, raw := range rows {
			if cert, err := x509.ParseCertificate(raw); err == nil {
				found = append(found, cert)
			}
		}
		return nil
	})
	return found, err
}

// Revocation returns nothing: a list of centres tells of addresses only.
func (listed) Revocation(context.Context, *x509.Certificate, *x509.Certificate) ([]verify.RevocationData, error) {
	return nil, nil
}

// all are the certificates of the list.
func (l listed) all(ctx context.Context) (raw [][]byte, err error) {
	err = l.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		raw, err = newQueries(tx).CertificatesOfList(ctx, l.list)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read certificates of centres: %w", err)
	}
	return raw, nil
}
