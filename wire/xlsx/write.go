// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xlsx

import (
	"archive/zip"
	"bufio"
	"io"
	"strconv"
	"strings"
)

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS   = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relNS    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	pkgRelNS = "http://schemas.openxmlformats.org/package/2006/relationships"
	typeBase = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// MIMEType is the media type of the form.
const MIMEType = typeBase + "sheet"

// parts are what stands around the sheet.
func parts(title string) [][2]string {
	return [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + typeBase + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + typeBase + `styles+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + typeBase + `worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + pkgRelNS + `"><Relationship Id="rId1" Type="` + relNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + mainNS + `" xmlns:r="` + relNS + `"><sheets><sheet name="` + escape(sheetName(title)) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + pkgRelNS + `"><Relationship Id="rId1" Type="` + relNS + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + relNS + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet xmlns="` + mainNS + `"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
			`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
			`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
			`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
			`<cellXfs count="2"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>`},
	}
}

// sheetName is a name of a sheet as the form allows it (18.2.19): 31 characters, some
// not.
func sheetName(title string) string {
	title = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, title)
	if runes := []rune(title); len(runes) > 31 {
		title = string(runes[:31])
	}
	if strings.Trim(title, " '") == "" {
		return "1"
	}
	return strings.Trim(title, " '")
}

// Write writes a table with its head in bold, which stays in sight. Every cell is text:
// numbers keep their zeros, and nothing is a formula.
func Write(w io.Writer, title string, head []string, rows func(yield func([]string) bool)) error {
	z := zip.NewWriter(w)
	for _, p := range parts(title) {
		f, err := z.Create(p[0])
		if err == nil {
			_, err = io.WriteString(f, xmlHead+p[1])
		}
		if err != nil {
			return err
		}
	}
	f, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f) // remembers the first error
	_, _ = b.WriteString(xmlHead + `<worksheet xmlns="` + mainNS + `"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>` +
		`<cols><col min="1" max="` + strconv.Itoa(max(len(head), 1)) + `" width="24" customWidth="1"/></cols><sheetData>`)
	writeRow(b, 1, ` s="1"`, head)
	n := 1
	for row := range rows {
		n++
		writeRow(b, n, "", row)
	}
	_, _ = b.WriteString("</sheetData></worksheet>")
	if err := b.Flush(); err != nil {
		return err
	}
	return z.Close()
}

func writeRow(b *bufio.Writer, n int, style string, cells []string) {
	number := strconv.Itoa(n)
	_, _ = b.WriteString(`<row r="` + number + `">`)
	for i, text := range cells {
		if text != "" {
			_, _ = b.WriteString(`<c r="` + columnName(i) + number + `"` + style + ` t="inlineStr"><is><t xml:space="preserve">` + escape(text) + `</t></is></c>`)
		}
	}
	_, _ = b.WriteString("</row>")
}

func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// escape writes text without characters that XML has not.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
