// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"podpis/internal/platform/problem"
)

// gray is a picture of a size, each point as of says.
func gray(width, height int, of func(i int) byte) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = of(i)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// A photo of a passport that nobody could read is refused at once, with what to do and its
// code; the same document that can be read is taken, and the rest of the form stays.
func TestPicturesAreMeasured(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id, err := d.Start(ctx, d.anna, "")
	must(t, err)
	ramp := func(i int) byte { return byte(i) }
	good := gray(420, 420, ramp)
	for want, content := range map[string][]byte{
		"ra.image.small":  gray(419, 200, ramp),
		"ra.image.dark":   gray(420, 420, func(i int) byte { return byte(i % 50) }),
		"ra.image.bright": gray(420, 420, func(i int) byte { return byte(255 - i%12) }),
		"ra.image.flat":   gray(420, 420, func(int) byte { return 128 }),
		"ra.image.broken": good[:len(good)/2],
	} {
		err := d.Desk.Attach(ctx, d.anna, id, "passport", "passport.png", content)
		p, ok := problem.Of(err)
		if !ok || p.Key != want || p.Code != "ID-210" || p.Field != "file_passport" {
			t.Errorf("%s: %v", want, err)
		}
	}
	d.Set("ra.image.pixels", "1000")
	if p, ok := problem.Of(d.Desk.Attach(ctx, d.anna, id, "passport", "passport.png", good)); !ok || p.Key != "ra.image.large" {
		t.Errorf("a bomb: %v", p)
	}
	d.Set("ra.image.pixels", "40000000")
	var photo bytes.Buffer
	picture, err := png.Decode(bytes.NewReader(good))
	must(t, err)
	must(t, jpeg.Encode(&photo, picture, nil))
	for name, content := range map[string][]byte{"passport.png": good, "passport.jpg": photo.Bytes(), "passport.pdf": []byte("%PDF-1.7\n%%EOF\n")} {
		must(t, d.Desk.Attach(ctx, d.anna, id, "passport", name, content))
	}
	a, err := d.Desk.Get(ctx, d.anna, id)
	must(t, err)
	if len(a.Files) != 3 {
		t.Errorf("%d files", len(a.Files))
	}
}
