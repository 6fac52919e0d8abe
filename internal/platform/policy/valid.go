// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What values a rule takes. A rule that says nothing of it takes what no reader can stumble over: numbers from one to
// what fits into 32 bits, durations from a second to a hundred years, one line of text. Nothing, and less, would let
// everybody in or nobody, or have a job run without a pause; where nothing has a sense, the rule says so itself.
const (
	mostNumber   = math.MaxInt32
	longest      = 100 * 365 * 24 * time.Hour
	longestText  = 1000 // signs
	longestHosts = 16
)

// rangeError says between what a value has to be.
type rangeError struct{ low, high string }

func (e rangeError) Error() string { return fmt.Sprintf("not from %s to %s", e.low, e.high) }

// usual is how values of a kind are judged that a rule says nothing of.
func usual(k Kind) func(value string) error {
	switch k {
	case Number:
		return Numbers(1, mostNumber)
	case Duration:
		return Durations(time.Second, longest)
	case Text:
		return line
	case Switch:
	}
	return func(string) error { return nil }
}

// Numbers takes whole numbers between two, both among them.
func Numbers(low, high int64) func(value string) error {
	return func(value string) error {
		n, err := strconv.ParseInt(value, 10, 64)
		if err == nil && (n < low || n > high) {
			err = rangeError{strconv.FormatInt(low, 10), strconv.FormatInt(high, 10)}
		}
		return err
	}
}

// Durations takes lengths of time between two, both among them.
func Durations(low, high time.Duration) func(value string) error {
	return func(value string) error {
		d, err := time.ParseDuration(value)
		if err == nil && (d < low || d > high) {
			err = rangeError{short(low), short(high)}
		}
		return err
	}
}

// short writes a length of time as people write it into a rule: 24h, not 24h0m0s.
func short(d time.Duration) string {
	text := d.String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// OneOf is for rules of text whose value is one of a few words: a word mistyped would say what nobody meant.
func OneOf[Word ~string](words ...Word) func(value string) error {
	return func(value string) error {
		if !slices.Contains(words, Word(value)) {
			return fmt.Errorf("%q is none of %q", value, words)
		}
		return nil
	}
}

// SomeOf is for rules of text whose value is any of a few words, separated by spaces.
func SomeOf[Word ~string](words ...Word) func(value string) error {
	one := OneOf(words...)
	return func(value string) error {
		var errs []error
		for word := range strings.FieldsSeq(value) {
			errs = append(errs, one(word))
		}
		return errors.Join(errs...)
	}
}

var (
	errLine = errors.New("not one line of text")
	errMail = errors.New("no address of mail")
	errSite = errors.New("no address of a site")
	errHost = errors.New("no host, or host and port")
)

func line(value string) error {
	if utf8.RuneCountInString(value) > longestText || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return errLine
	}
	return nil
}

// Mail takes one address of mail, or nothing.
func Mail(value string) error {
	if value == "" {
		return nil
	}
	if a, err := mail.ParseAddress(value); err != nil || a.Address != value {
		return errMail
	}
	return line(value)
}

// Site takes an address that a browser may be led to and a program may ask, or nothing.
func Site(value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return errSite
	}
	return line(value)
}

// Hosts takes names or addresses of machines, each with a port or without, separated by spaces.
func Hosts(value string) error {
	list := strings.Fields(value)
	if len(list) > longestHosts {
		return errHost
	}
	for _, h := range list {
		host := h
		if name, port, err := net.SplitHostPort(h); err == nil {
			if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
				return errHost
			}
			host = name
		}
		if net.ParseIP(host) == nil && (host == "" || strings.ContainsFunc(host, notOfName)) {
			return errHost
		}
	}
	return line(value)
}

func notOfName(r rune) bool {
	return r != '.' && r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}
