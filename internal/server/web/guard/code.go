// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package guard

import (
	"context"
	"crypto/subtle"
	"io"
	"time"
	"unicode"

	"github.com/dchest/captcha"

	"podpis/internal/platform/problem"
)

// codeLength is how many digits are shown and spoken.
const codeLength = 6

// Size of the picture in pixels.
const (
	PictureWidth  = 240
	PictureHeight = 80
)

// A picture takes some 3 ms of a processor and a sound 25: each code is drawn and
// spoken a few times at most, and a network asks for a bounded number a minute.
const (
	drawings  = 8
	perMinute = 40
)

// Code begins a code for a network: its token, which tells nothing of the digits.
func (g *Guard) Code(ctx context.Context, network string) (token string, err error) {
	r, err := g.rules(ctx)
	if err != nil {
		return "", err
	}
	return g.seal(tokenCode, network, r.life, randomDigits(codeLength)), nil
}

// Picture draws a code as PNG.
func (g *Guard) Picture(w io.Writer, network, token string) error {
	digits, err := g.drawn(network, token)
	if err != nil {
		return err
	}
	_, err = captcha.NewImage(token, digits, PictureWidth, PictureHeight).WriteTo(w)
	return err
}

// Sound speaks a code as WAVE, in Russian or English.
func (g *Guard) Sound(w io.Writer, network, token, language string) error {
	digits, err := g.drawn(network, token)
	if err != nil {
		return err
	}
	if language != "en" {
		language = "ru" // nobody has recorded Kazakh digits yet
	}
	_, err = captcha.NewAudio(token, digits, language).WriteTo(w)
	return err
}

// drawn are the digits of a code that may be drawn once more.
func (g *Guard) drawn(network, token string) ([]byte, error) {
	digits, until, ok := g.open(tokenCode, network, token)
	if !ok || len(digits) != codeLength {
		return nil, problem.New(problem.NotFound, "guard.gone")
	}
	if !g.spend("drawn\x00"+token, until, drawings) || !g.spend("minute\x00"+network+"\x00"+g.now().Format("15:04"), g.now().Add(time.Minute), perMinute) {
		return nil, problem.New(problem.Limited, "guard.gone").After(time.Minute)
	}
	return digits, nil
}

// told checks typed digits. One try is all a code has.
func (g *Guard) told(network, token, typed string) bool {
	digits, until, ok := g.open(tokenCode, network, token)
	if !ok || !g.spend(token, until, 1) {
		return false
	}
	var given []byte
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			given = append(given, byte(r-'0'))
		case unicode.IsSpace(r), r == '-':
		default:
			return false
		}
		if len(given) > codeLength {
			return false
		}
	}
	return subtle.ConstantTimeCompare(digits, given) == 1
}
