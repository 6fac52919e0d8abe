// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package stamp

import "strings"

// The size of a mark of three lines and its distance from the edges of the page, in
// points: it is read at 1:1 (GOST R 7.0.97-2016, 5.23).
const (
	Width  = 230.0
	Height = 60.0 // three lines and the heading
	edge   = 28.0
)

// Corner places a mark in a corner of the page: top-left, top-right, bottom-left or
// bottom-right. The function is for Options.Place of package pades; ok says whether the
// corner is one of these.
func Corner(name string) (place func(page [4]float64) [4]float64, ok bool) {
	vertical, horizontal, _ := strings.Cut(name, "-")
	top, right := vertical == "top", horizontal == "right"
	if !top && vertical != "bottom" || !right && horizontal != "left" {
		return nil, false
	}
	return func(page [4]float64) [4]float64 {
		width, height := min(Width, page[2]-page[0]), min(Height, page[3]-page[1])
		left, bottom := page[0]+min(edge, page[2]-page[0]-width), page[1]+min(edge, page[3]-page[1]-height)
		if right {
			left = page[0] + page[2] - left - width
		}
		if top {
			bottom = page[1] + page[3] - bottom - height
		}
		return [4]float64{left, bottom, left + width, bottom + height}
	}, true
}
