// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/jpeg" // what phones make
	_ "image/png"
	"math"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// A picture of a document is measured before a person looks at it: one that is too small,
// too dark, washed out by a lamp or flat cannot be read, and its sender should not wait a day
// to hear so. Nothing is recognised on it.

// legible are the bounds of a picture, each a row of the policy.
type legible struct {
	short    int64 // pixels of the shorter side
	pixels   int64 // in all: what is decoded has to fit into memory
	dark     int64 // mean brightness of 0–255
	bright   int64
	contrast int64 // standard deviation of the brightness
}

func (s *Service) legible(ctx context.Context) (l legible, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		for key, value := range map[string]*int64{
			"ra.image.short": &l.short, "ra.image.pixels": &l.pixels, "ra.image.dark": &l.dark, "ra.image.bright": &l.bright, "ra.image.contrast": &l.contrast,
		} {
			if *value, err = s.policies.Number(ctx, tx, key); err != nil {
				return err
			}
		}
		return nil
	})
	return l, err
}

// judge measures a picture; one that cannot be read is refused with what to do.
func (l legible) judge(content []byte) error {
	unreadable := func(key string) error { return problem.New(problem.Invalid, "ra.image."+key).Coded("ID-210") }
	head, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return unreadable("broken")
	}
	if int64(min(head.Width, head.Height)) < l.short {
		return unreadable("small")
	}
	if int64(head.Width)*int64(head.Height) > l.pixels {
		return unreadable("large")
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return unreadable("broken")
	}
	mean, deviation := brightness(picture)
	switch {
	case mean < float64(l.dark):
		return unreadable("dark")
	case mean > float64(l.bright):
		return unreadable("bright")
	case deviation < float64(l.contrast):
		return unreadable("flat")
	}
	return nil
}

// brightness is the mean and the standard deviation of the luma (ITU-R BT.601) of a grid of
// points, 0–255.
func brightness(p image.Image) (mean, deviation float64) {
	const points = 200 // a side
	b := p.Bounds()
	var sum, squares, n float64
	for y := range points {
		for x := range points {
			r, g, bl, _ := p.At(b.Min.X+b.Dx()*x/points, b.Min.Y+b.Dy()*y/points).RGBA()
			v := (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(bl)) / 257
			sum, squares, n = sum+v, squares+v*v, n+1
		}
	}
	mean = sum / n
	return mean, math.Sqrt(max(0, squares/n-mean*mean))
}

// readable refuses a picture of a document that nobody could read. One is decoded at a time
// in each of a few places: each takes memory.
func (s *Service) readable(ctx context.Context, mime string, content []byte) error {
	if mime == "application/pdf" {
		return nil
	}
	l, err := s.legible(ctx)
	if err != nil {
		return err
	}
	select {
	case s.measuring <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait to measure a picture: %w", context.Cause(ctx))
	}
	defer func() { <-s.measuring }()
	return l.judge(content)
}

// measuringPlaces bounds how many pictures are decoded at once.
const measuringPlaces = 2

// Code is the code of the catalogue that a mark stands under; empty: it has none.
func (m Mark) Code() string {
	return map[string]string{"person": "ID-209", "documents": "ID-211", "holder": "ID-212"}[m.Field]
}
