// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"image/png"
	"slices"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Brand is how an installation looks; the zero value is as the product does.
type Brand struct {
	Palette string // of Palettes, empty: ink
	Logo    []byte // PNG, empty: the product's seal
	Version string // of the logo, for its address
	Who     string
	At      time.Time
}

// Palettes are the colours one may choose; each has been measured against every paper of
// both themes.
func Palettes() []string { return []string{"", "pine", "plum", "slate"} }

// Bounds of a logo: it stands 28 pixels high in the header of each page.
const (
	maxLogo      = 64 << 10
	maxLogoPixel = 512
)

// Look is the brand in force.
func (s *Service) Look() Brand {
	if b := s.brand.Load(); b != nil {
		return *b
	}
	return Brand{}
}

// SetBrand changes the look. A nil logo keeps the one there is, an empty one takes it away.
// A logo is drawn anew: what a file holds beside its picture does not reach visitors.
func (s *Service) SetBrand(ctx context.Context, actor Actor, palette string, logo []byte) error {
	if !slices.Contains(Palettes(), palette) {
		return problem.New(problem.Invalid, "admin.brand.palette.wrong").At("palette")
	}
	if len(logo) > 0 {
		var err error
		if logo, err = redrawn(logo); err != nil {
			return problem.New(problem.Invalid, "admin.brand.logo.wrong").At("files").Because(err)
		}
	}
	e := audit.Entry{Action: "admin.brand", Object: "installation", Details: map[string]any{"palette": palette, "logo": len(logo)}}
	err := s.act(ctx, actor, auth.Administrator, e, func(ctx context.Context, tx *db.Tx) error {
		kept := logo
		if kept == nil {
			now, err := s.latestBrand(ctx, tx)
			if err != nil {
				return err
			}
			kept = now.Logo
		}
		if kept == nil {
			kept = []byte{}
		}
		err := newQueries(tx).InsertBrand(ctx, insertBrandParams{ID: tx.NewID(), Palette: palette, Logo: kept, ChangedBy: "account/" + actor.Account.ID, ChangedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("store brand: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.showBrand(ctx)
}

func redrawn(logo []byte) ([]byte, error) {
	if len(logo) > maxLogo {
		return nil, errors.New("too large")
	}
	size, err := png.DecodeConfig(bytes.NewReader(logo)) // before its pixels take memory
	if err != nil {
		return nil, err
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxLogoPixel || size.Height > maxLogoPixel {
		return nil, errors.New("too many pixels")
	}
	picture, err := png.Decode(bytes.NewReader(logo))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = png.Encode(&out, picture)
	return out.Bytes(), err
}

func (s *Service) latestBrand(ctx context.Context, tx *db.Tx) (Brand, error) {
	row, err := newQueries(tx).LatestBrand(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Brand{}, nil
	} else if err != nil {
		return Brand{}, fmt.Errorf("read brand: %w", err)
	}
	names, err := s.names(ctx, tx)
	b := Brand{Palette: row.Palette, Logo: row.Logo, Who: names[row.ChangedBy], At: db.Time(row.ChangedAt)}
	if len(b.Logo) > 0 {
		sum := sha256.Sum256(b.Logo)
		b.Version = hex.EncodeToString(sum[:6])
	}
	return b, err
}

// showBrand puts the brand in force on this node.
func (s *Service) showBrand(ctx context.Context) error {
	return s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		b, err := s.latestBrand(ctx, tx)
		if err == nil {
			s.brand.Store(&b)
		}
		return err
	})
}
