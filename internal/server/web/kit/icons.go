// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build ignore

// Icons draws static/icon-*.png, the icons of the installed application: seal.svg on paper,
// with the margin that phones may cut off (W3C manifest, maskable icons: the middle 80 %).
// Run it in this directory: go run icons.go.
package main

import (
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"os"
	"strconv"
)

// stroke is the line of seal.svg, as cubic curves in its 24 by 24 units.
var stroke = [][8]float64{
	{7.5, 14, 9, 10, 10.5, 8, 11.5, 8.5}, {11.5, 8.5, 12.5, 9, 10, 13.5, 11.5, 13.5}, {11.5, 13.5, 13, 13.5, 13, 10.5, 14.5, 10.5}, {14.5, 10.5, 16, 10.5, 15, 13.5, 16.5, 13},
}

func main() {
	for _, size := range []int{192, 512} {
		file, err := os.Create("static/icon-" + strconv.Itoa(size) + ".png")
		if err != nil {
			log.Fatal(err)
		}
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(file, draw(size)); err != nil {
			log.Fatal(err)
		}
		if err := file.Close(); err != nil {
			log.Fatal(err)
		}
	}
}

func draw(size int) image.Image {
	paper, wax, line := color.RGBA{0xfa, 0xf9, 0xf6, 255}, color.RGBA{0xfc, 0xea, 0xe6, 255}, color.RGBA{0x9b, 0x2c, 0x18, 255}
	palette := color.Palette{}
	for i := range 16 { // steps between two colours, enough for soft edges
		palette = append(palette, mix(paper, line, i, 15), mix(wax, line, i, 15))
	}
	out := image.NewPaletted(image.Rect(0, 0, size, size), palette)
	const fine = 4
	for y := range size {
		for x := range size {
			var r, g, b int
			for i := range fine * fine {
				px, py := (float64(x)+(float64(i%fine)+.5)/fine)*30/float64(size)-3, (float64(y)+(float64(i/fine)+.5)/fine)*30/float64(size)-3
				d := math.Hypot(px-12, py-12)
				c := paper
				switch {
				case math.Abs(d-9) < 1 || near(px, py) < 1:
					c = line
				case d < 9:
					c = wax
				}
				r, g, b = r+int(c.R), g+int(c.G), b+int(c.B)
			}
			out.Set(x, y, color.RGBA{uint8(r / fine / fine), uint8(g / fine / fine), uint8(b / fine / fine), 255})
		}
	}
	return out
}

func mix(a, b color.RGBA, i, n int) color.Color {
	part := func(x, y uint8) uint8 { return uint8((int(x)*(n-i) + int(y)*i) / n) }
	return color.RGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 255}
}

// near is how far a point is from the line.
func near(x, y float64) float64 {
	best := math.Inf(1)
	for _, c := range stroke {
		for i := range 40 {
			t := float64(i) / 39
			u := 1 - t
			a, b, d, e := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
			best = min(best, math.Hypot(a*c[0]+b*c[2]+d*c[4]+e*c[6]-x, a*c[1]+b*c[3]+d*c[5]+e*c[7]-y))
		}
	}
	return best
}
