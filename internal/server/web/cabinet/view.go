// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"strconv"
	"strings"
	"time"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/ra"
)

// certNumber is how people call a certificate, «С-1042»: the number of its
// application.
func certNumber(a ra.Application) string {
	return "С-" + strconv.FormatInt(a.Number, 10)
}

// shownStatus is the status of a certificate in the words of the cabinet: one
// whose key has not signed the test line waits to be installed.
func shownStatus(c certificate, now time.Time) string {
	status := c.Status(now)
	if c.App.State == ra.Ready && (status == "active" || status == "ending") {
		return "install"
	}
	return status
}

func statusTone(status string) kit.Tone {
	switch status {
	case "active":
		return kit.OK
	case "revoked", "expired":
		return kit.Wax
	}
	return kit.Warn
}

func daysLeft(c certificate, now time.Time) int {
	return max(0, int(c.NotAfter.Sub(now)/(24*time.Hour)))
}

// timeline is «Ход дела» in words.
func timeline(p *kit.Page, a ra.Application) []kit.Event {
	events := make([]kit.Event, 0, len(a.Events)+1)
	if next := p.T("course.next." + string(a.State)); next != "course.next."+string(a.State) {
		events = append(events, kit.Event{What: next, Later: true})
	}
	for _, e := range a.Events {
		words := e.Words
		if e.Kind == string(ra.Issue) {
			words = ""
		}
		if strings.HasPrefix(words, "ca.") || strings.HasPrefix(words, "ra.") {
			words = p.T(words)
		}
		events = append(events, kit.Event{At: e.At, Who: e.Who, What: p.T("course." + e.Kind), Means: words})
	}
	return events
}

// allFields are the fields of a certificate for those who want them all.
func allFields(p *kit.Page, c certificate) []kit.Fact {
	cert := c.Parsed
	facts := []kit.Fact{
		{Name: p.T("certificate.subject"), Value: cert.Subject.String(), Copy: true},
		{Name: p.T("certificate.issuer"), Value: cert.Issuer.String(), Copy: true},
		{Name: p.T("certificate.from"), Value: p.Words.DateTime(cert.NotBefore)},
		{Name: p.T("certificate.until"), Value: p.Words.DateTime(cert.NotAfter)},
		{Name: p.T("certificate.serial_decimal"), Value: cert.Serial.Decimal(), Copy: true, Mono: true},
		{Name: p.T("certificate.tool"), Value: cert.SubjectSignTool},
	}
	for _, address := range cert.CRLAddresses() {
		facts = append(facts, kit.Fact{Name: p.T("certificate.crl"), Value: address, Copy: true, Mono: true})
	}
	for _, address := range cert.OCSPServers {
		facts = append(facts, kit.Fact{Name: p.T("certificate.ocsp"), Value: address, Copy: true, Mono: true})
	}
	return facts
}

func reasonChoices(p *kit.Page) []kit.Choice {
	var list []kit.Choice
	for _, r := range reasons() {
		list = append(list, kit.Choice{Value: r.Key, Title: p.T("revoke.reason." + r.Key)})
	}
	return list
}

// certNumberLatin is the number for names of files.
func certNumberLatin(a ra.Application) string { return "C-" + strconv.FormatInt(a.Number, 10) }

// signerCertificates is what the signing page knows of the holder's
// certificates; the keys are with the holder.
func signerCertificates(p *kit.Page, v signView) []kit.SignerCertificate {
	var list []kit.SignerCertificate
	for _, c := range v.Certificates {
		list = append(list, kit.SignerCertificate{
			Serial: c.Serial, Title: c.App.Title, Role: p.T("kind." + string(c.App.Kind)), Until: p.Words.Date(c.NotAfter), DER: c.DER,
		})
	}
	return list
}
