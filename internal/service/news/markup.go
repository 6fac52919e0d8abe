// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package news

import (
	"net/url"
	"strings"
)

// Block is a paragraph, a heading or a list of a text.
type Block struct {
	Heading bool
	Lines   [][]Span // of a paragraph one; of a list each item
	List    bool
}

// Span is a piece of a line. A URL is http or https and nothing else.
type Span struct {
	Text, URL string
	Strong    bool
}

// Parse reads the markup of items, a small part of Markdown: paragraphs between empty lines,
// "## " before a heading, "- " before each item of a list, **strong** words and
// [words](https://address). Anything else is the words it is made of.
func Parse(text string) (blocks []Block) {
	var paragraph []string
	end := func() {
		if len(paragraph) > 0 {
			blocks = append(blocks, Block{Lines: [][]Span{spans(strings.Join(paragraph, " "))}})
			paragraph = nil
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		heading, isHeading := strings.CutPrefix(line, "## ")
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case line == "":
			end()
			if n := len(blocks); n > 0 && blocks[n-1].List { // a list after it is another one
				blocks = append(blocks, Block{})
			}
		case isHeading:
			end()
			blocks = append(blocks, Block{Heading: true, Lines: [][]Span{spans(heading)}})
		case isItem:
			end()
			if n := len(blocks); n == 0 || !blocks[n-1].List {
				blocks = append(blocks, Block{List: true})
			}
			last := &blocks[len(blocks)-1]
			last.Lines = append(last.Lines, spans(item))
		default:
			paragraph = append(paragraph, line)
		}
	}
	end()
	whole := blocks[:0]
	for _, b := range blocks {
		if len(b.Lines) > 0 {
			whole = append(whole, b)
		}
	}
	return whole
}

// spans reads the words of a line from left to right.
func spans(line string) (list []Span) {
	plain := func(s string) {
		if s != "" {
			list = append(list, Span{Text: s})
		}
	}
	for line != "" {
		at := strings.IndexAny(line, "*[")
		if at < 0 {
			plain(line)
			return list
		}
		if s, rest, ok := strong(line[at:]); ok {
			plain(line[:at])
			list, line = append(list, s), rest
		} else if s, rest, ok := link(line[at:]); ok {
			plain(line[:at])
			list, line = append(list, s), rest
		} else {
			plain(line[:at+1])
			line = line[at+1:]
		}
	}
	return list
}

func strong(s string) (Span, string, bool) {
	rest, ok := strings.CutPrefix(s, "**")
	words, rest, closed := strings.Cut(rest, "**")
	return Span{Text: words, Strong: true}, rest, ok && closed && words != ""
}

func link(s string) (Span, string, bool) {
	rest, ok := strings.CutPrefix(s, "[")
	words, rest, named := strings.Cut(rest, "](")
	address, rest, closed := strings.Cut(rest, ")")
	return Span{Text: words, URL: address}, rest, ok && named && closed && words != "" && !strings.ContainsAny(words, "[]") && Linkable(address)
}

// Linkable reports an address that a page may lead to: of the web, without a name and a password.
func Linkable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && !strings.ContainsAny(address, " \t\r\n\"<>\\")
}

// Plain is a text without its markup, up to most letters, for letters and feeds.
func Plain(text string, most int) string {
	var b strings.Builder
	for n, block := range Parse(text) {
		if n > 0 {
			b.WriteString("\n\n")
		}
		for i, line := range block.Lines {
			if i > 0 {
				b.WriteString("\n")
			}
			if block.List {
				b.WriteString("— ")
			}
			for _, s := range line {
				b.WriteString(s.Text)
			}
		}
	}
	all := []rune(b.String())
	if len(all) <= most {
		return string(all)
	}
	return strings.TrimSpace(string(all[:most])) + "…"
}
