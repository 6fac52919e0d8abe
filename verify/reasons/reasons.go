// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package reasons holds the words of every verdict about a signature in
// Russian, Kazakh and English: what was found and what to do next.
//
// The codes are the sub-indications of ETSI EN 319 102-1, 5.1.3 and a few of
// our own for what the standard leaves unsaid: causes, facts, the conditions of
// article 11 of the law 63-FZ, warnings. The package uses the standard library
// only, so that command line, browser and offline page speak alike.
//
// Kazakh texts are marked unreviewed until a native speaker has read them: see
// [Unreviewed].
package reasons

import (
	"strings"
	"time"
)

// Language is a language of the texts.
type Language string

// The languages. An unknown one is read as Russian.
const (
	Russian Language = "ru"
	Kazakh  Language = "kk"
	English Language = "en"
)

// Languages lists the languages, the default first.
func Languages() []Language { return []Language{Russian, Kazakh, English} }

// Unreviewed reports a language whose texts no native speaker has read yet.
func Unreviewed(l Language) bool { return l == Kazakh }

// Code names a text. The sub-indications are spelt as in the standard and stay
// the same for ever: they go out in JSON.
type Code string

// Indications of a whole signature (EN 319 102-1, 5.1.2).
const (
	TotalPassed   Code = "TOTAL-PASSED"
	TotalFailed   Code = "TOTAL-FAILED"
	Indeterminate Code = "INDETERMINATE"
)

// Sub-indications (EN 319 102-1, 5.1.3), failures first.
const (
	FormatFailure      Code = "FORMAT_FAILURE"
	HashFailure        Code = "HASH_FAILURE"
	SigCryptoFailure   Code = "SIG_CRYPTO_FAILURE"
	Revoked            Code = "REVOKED"
	Expired            Code = "EXPIRED"
	NotYetValid        Code = "NOT_YET_VALID"
	SigConstraints     Code = "SIG_CONSTRAINTS_FAILURE"
	ChainConstraints   Code = "CHAIN_CONSTRAINTS_FAILURE"
	ChainGeneral       Code = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
	CryptoConstraints  Code = "CRYPTO_CONSTRAINTS_FAILURE"
	CryptoNoPOE        Code = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
	PolicyProcessing   Code = "POLICY_PROCESSING_ERROR"
	PolicyNotAvailable Code = "SIGNATURE_POLICY_NOT_AVAILABLE"
	TimestampOrder     Code = "TIMESTAMP_ORDER_FAILURE"
	NoSigningCert      Code = "NO_SIGNING_CERTIFICATE_FOUND"
	NoChain            Code = "NO_CERTIFICATE_CHAIN_FOUND"
	NoChainNoPOE       Code = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
	RevokedNoPOE       Code = "REVOKED_NO_POE"
	RevokedCANoPOE     Code = "REVOKED_CA_NO_POE"
	OutOfBoundsNotRev  Code = "OUT_OF_BOUNDS_NOT_REVOKED"
	OutOfBoundsNoPOE   Code = "OUT_OF_BOUNDS_NO_POE"
	RevocationBounds   Code = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
	NoPOE              Code = "NO_POE"
	TryLater           Code = "TRY_LATER"
	SignedDataNotFound Code = "SIGNED_DATA_NOT_FOUND"
)

// NoSignatureFound is not of the standard: a file without any signature.
const NoSignatureFound Code = "NO_SIGNATURE_FOUND"

// SubIndications lists the 25 sub-indications of the standard.
func SubIndications() []Code {
	return []Code{
		FormatFailure, HashFailure, SigCryptoFailure, Revoked, Expired, NotYetValid,
		SigConstraints, ChainConstraints, ChainGeneral, CryptoConstraints, CryptoNoPOE,
		PolicyProcessing, PolicyNotAvailable, TimestampOrder, NoSigningCert, NoChain, NoChainNoPOE,
		RevokedNoPOE, RevokedCANoPOE, OutOfBoundsNotRev, OutOfBoundsNoPOE, RevocationBounds,
		NoPOE, TryLater, SignedDataNotFound,
	}
}

// Indication is the verdict a sub-indication belongs to: six are failures, the
// others leave the question open.
func (c Code) Indication() Code {
	switch c {
	case "":
		return TotalPassed
	case FormatFailure, HashFailure, SigCryptoFailure, Revoked, Expired, NotYetValid:
		return TotalFailed
	}
	return Indeterminate
}

// Details fill the places of a text. A part of a text whose details are empty
// is left out.
type Details struct {
	Date      time.Time // of revocation, end or begin of validity
	Until     time.Time // when fresh revocation data is due
	Issuer    string
	Attribute string
	Algorithm string
	File      string
	Cause     Code // one of the Cause… codes, put in words of the same language
}

// Reason is a verdict in words.
type Reason struct {
	Code Code   `json:"code"`
	Text string `json:"text"`
	Next string `json:"next"`
}

// entry is one row of a language's table. A part in square brackets is left out
// when a place in it stays empty.
type entry struct {
	code       Code
	text, next string
}

// Of returns the words of a code. A code without words is a mistake of the
// caller and comes back bare; the tests hold that none is missing.
func Of(l Language, c Code, d Details) Reason {
	e := find(l, c)
	return Reason{Code: c, Text: fill(l, e.text, d), Next: fill(l, e.next, d)}
}

// Text returns only what was found.
func Text(l Language, c Code) string { return Of(l, c, Details{}).Text }

func find(l Language, c Code) entry {
	for _, table := range tables(l) {
		for i := range table {
			if table[i].code == c {
				return table[i]
			}
		}
	}
	return entry{code: c, text: string(c)}
}

func tables(l Language) [][]entry {
	switch l {
	case Kazakh:
		return [][]entry{kazakhVerdicts[:], kazakhParts[:], kazakhOutcomes[:]}
	case English:
		return [][]entry{englishVerdicts[:], englishParts[:], englishOutcomes[:]}
	}
	return [][]entry{russianVerdicts[:], russianParts[:], russianOutcomes[:]}
}

// fill puts details into a text and drops bracketed parts that lack them.
func fill(l Language, text string, d Details) string {
	for {
		open := strings.IndexByte(text, '[')
		if open < 0 {
			break
		}
		end := strings.IndexByte(text[open:], ']')
		if end < 0 {
			break
		}
		part := text[open+1 : open+end]
		filled, ok := substitute(l, part, d)
		if !ok {
			filled = ""
		}
		text = text[:open] + filled + text[open+end+1:]
	}
	text, _ = substitute(l, text, d)
	return text
}

func substitute(l Language, text string, d Details) (string, bool) {
	complete := true
	put := func(place, value string) {
		if strings.Contains(text, place) {
			complete = complete && value != ""
			text = strings.ReplaceAll(text, place, clean(value))
		}
	}
	put("{date}", Date(l, d.Date))
	put("{until}", Moment(l, d.Until))
	put("{issuer}", d.Issuer)
	put("{attribute}", d.Attribute)
	put("{algorithm}", d.Algorithm)
	put("{file}", d.File)
	if d.Cause != "" {
		put("{cause}", find(l, d.Cause).text)
	} else {
		put("{cause}", "")
	}
	return text, complete
}

// clean keeps foreign words (names in certificates, file names) from acting as
// places or brackets of a text.
func clean(s string) string {
	return strings.NewReplacer("[", "(", "]", ")", "{", "(", "}", ")").Replace(s)
}

// Date writes a day as the language does, in UTC; the zero time is empty.
func Date(l Language, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if l == English {
		return t.UTC().Format("2 January 2006")
	}
	return t.UTC().Format("02.01.2006")
}

// Moment writes a day and a time of day in UTC; the zero time is empty.
func Moment(l Language, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Date(l, t) + t.UTC().Format(", 15:04 UTC")
}
