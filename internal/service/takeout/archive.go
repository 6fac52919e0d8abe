// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package takeout

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/service/auth"
	"podpis/internal/service/privacy"
	"podpis/internal/service/ra"
	"podpis/pki/alg"
)

// item is one file that may be put into an archive.
type item struct {
	id      string // tells items of one moment apart
	name    string
	at      time.Time
	content func(ctx context.Context) ([]byte, error)
	left    []Left // older parts of it that could not be taken
}

// cursor orders the items of a part: by time, then by id.
func (i item) cursor() string { return fmt.Sprintf("%020d/%s", db.Micros(i.at), i.id) }

// sinceOf is the time of a cursor.
func sinceOf(cursor string) time.Time {
	micros, _, _ := strings.Cut(cursor, "/")
	n, err := strconv.ParseInt(micros, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return db.Time(n)
}

// The bounds of what a part is read of at a time.
const (
	maxLines   = 50_000
	maxLetters = 5_000
)

// items are those of a part from a time on, not sorted.
func (s *Service) items(ctx context.Context, a auth.Account, part Part, since, until time.Time) ([]item, error) {
	switch part {
	case Personal:
		own, err := s.Privacy.Export(ctx, a, auth.Client{Network: "schedule"})
		own.Journal = nil // a part of its own
		return []item{jsonItem("personal.json", until, own)}, err
	case Journal:
		return s.journal(ctx, a, since, until)
	case Receipts:
		return s.letters(ctx, a, since)
	}
	return s.files(ctx, a)
}

func jsonItem(name string, at time.Time, value any) item {
	return item{id: name, name: name, at: at, content: func(context.Context) ([]byte, error) {
		return json.MarshalIndent(value, "", " ")
	}}
}

func (s *Service) journal(ctx context.Context, a auth.Account, since, until time.Time) ([]item, error) {
	lines, err := s.Privacy.Journal(ctx, a, privacy.JournalFilter{From: since, Before: until, Limit: maxLines})
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	it := jsonItem("journal.json", until, lines)
	if len(lines) >= maxLines { // the newest are taken
		it.left = []Left{{Name: "journal.json < " + lines[len(lines)-1].At.UTC().Format(time.RFC3339), Why: "many"}}
	}
	return []item{it}, nil
}

func (s *Service) letters(ctx context.Context, a auth.Account, since time.Time) (list []item, err error) {
	var letters []notify.Letter
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		letters, err = s.Teller.LettersFrom(ctx, tx, a.ID, since, maxLetters)
		return err
	})
	for _, l := range letters {
		if l.Class == notify.News {
			continue
		}
		text := l.CreatedAt.UTC().Format(time.RFC3339) + "\n" + l.Subject + "\n\n" + l.Body + "\n"
		list = append(list, item{id: l.ID, name: "receipts/" + l.CreatedAt.UTC().Format(time.DateOnly) + "-" + l.ID + ".txt", at: l.CreatedAt, content: func(context.Context) ([]byte, error) { return []byte(text), nil }})
	}
	if len(letters) == maxLetters && len(list) > 0 { // the oldest are taken, the others follow
		last := &list[len(list)-1]
		last.left = []Left{{Name: "receipts > " + last.at.UTC().Format(time.RFC3339), Why: "full"}}
	}
	return list, err
}

// files are the documents of all roles and the certificates.
func (s *Service) files(ctx context.Context, a auth.Account) (list []item, err error) {
	documents, err := s.Documents.OfAccount(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range documents {
		if !d.Deleted() {
			list = append(list, item{id: d.ID, name: "documents/" + d.ID + "/" + d.Name, at: d.CreatedAt, content: func(ctx context.Context) ([]byte, error) { return s.Documents.Content(ctx, d) }})
		}
	}
	applications, err := s.Desk.List(ctx, ra.Actor{Account: a})
	if err != nil {
		return nil, err
	}
	for _, x := range applications {
		if x.Serial == "" {
			continue
		}
		c, err := s.Authority.Certificate(ctx, x.Serial)
		if err != nil {
			return nil, err
		}
		list = append(list, item{id: c.Serial, name: "certificates/" + c.Serial + ".cer", at: c.IssuedAt, content: func(context.Context) ([]byte, error) { return c.DER, nil }})
	}
	return list, nil
}

// limits bound an archive.
type limits struct{ size, files int64 }

// packing is an archive as it grows.
type packing struct {
	limits
	out     bytes.Buffer
	zip     *zip.Writer
	list    [][]string
	left    []Left
	total   int64
	files   int64
	cursors map[Part]string
}

func newPacking(l limits, cursors map[Part]string) *packing {
	p := &packing{limits: l, cursors: map[Part]string{}}
	for part, c := range cursors {
		p.cursors[part] = c
	}
	p.zip = zip.NewWriter(&p.out)
	p.list = [][]string{{"file", "size", "sha256", "streebog256", "state"}}
	return p
}

// add takes the items of a part, the oldest first, up to the first one for which there is no room: the next archive
// goes on there. One that is larger than a whole archive would stop it for ever: it is named and passed by.
func (p *packing) add(ctx context.Context, part Part, items []item, after string) error {
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.cursor(), b.cursor()) })
	full := false
	for _, it := range items {
		if after != "" && it.cursor() <= after {
			continue
		}
		if full || p.files >= p.limits.files {
			full = true
			p.leave(Left{Name: it.name, Why: "full"})
			continue
		}
		content, err := it.content(ctx)
		if err != nil {
			return err
		}
		size := int64(len(content))
		switch {
		case size > p.size:
			p.leave(Left{Name: it.name, Size: size, Why: "large"})
		case p.total+size > p.size:
			full = true
			p.leave(Left{Name: it.name, Size: size, Why: "full"})
			continue
		default:
			if err := p.put(it, content); err != nil {
				return err
			}
		}
		for _, l := range it.left {
			p.leave(l)
		}
		p.cursors[part] = it.cursor()
	}
	return nil
}

func (p *packing) put(it item, content []byte) error {
	if err := p.write(it.name, it.at, content); err != nil {
		return err
	}
	p.total += int64(len(content))
	p.files++
	sum := sha256.Sum256(content)
	p.list = append(p.list, []string{it.name, strconv.Itoa(len(content)), hex.EncodeToString(sum[:]), hex.EncodeToString(alg.Streebog256.Sum(content)), "in"})
	return nil
}

func (p *packing) write(name string, at time.Time, content []byte) error {
	f, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err == nil {
		_, err = f.Write(content)
	}
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

func (p *packing) leave(l Left) {
	p.left = append(p.left, l)
	p.list = append(p.list, []string{l.Name, strconv.FormatInt(l.Size, 10), "", "", "left: " + l.Why})
}

// names are the list of the files, as it stands in the archive and is signed.
func (p *packing) names() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(p.list); err != nil {
		return nil, fmt.Errorf("write list: %w", err)
	}
	return b.Bytes(), nil
}
