// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"slices"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/ca"
	"podpis/internal/service/download"
	"podpis/internal/service/workplace"
	"podpis/pki/alg"
)

// rootFile is what the root certificate is called among the downloads.
const rootFile = "root.cer"

// rootView is what the guide to the root certificate shows beside its steps.
type rootView struct {
	ca.Authority
	File string // address it is downloaded from
	Here string // the system or browser that asks, empty: not recognised
}

// rootSystems are those the guide has steps for.
func rootSystems() []string {
	return []string{"windows", "macos", "linux", "android", "ios", "firefox"}
}

// root finds the root certificate and the system of who asks.
func (s *Site) root(r *http.Request) (v rootView, err error) {
	all := s.Authority.Authorities()
	i := slices.IndexFunc(all, func(a ca.Authority) bool { return a.Role == ca.Root })
	if i < 0 {
		return v, problem.New(problem.NotFound, "help.error_missing")
	}
	v.Authority = all[i]
	v.File = "/pki/ca/" + v.ID + ".cer"
	if _, err := s.Downloads.ByName(r.Context(), rootFile); err == nil {
		v.File = "/downloads/" + rootFile
	} else if problem.KindOf(err) != problem.NotFound {
		return v, err
	}
	browser, system := workplace.ParseAgent(r.UserAgent())
	v.Here = map[string]string{"Windows": "windows", "macOS": "macos", "Linux": "linux", "Android": "android", "iOS": "ios"}[system.Name]
	if browser.Name == "Firefox" && v.Here != "android" && v.Here != "ios" {
		v.Here = "firefox"
	}
	return v, nil
}

// gost tells whether systems need a program of GOST to check the certificate.
func (v rootView) gost() bool {
	return v.Certificate.PublicKey != nil && v.Certificate.PublicKey.Kind().IsGOST()
}

// facts are the certificate and what its file is compared by.
func (v rootView) facts(p *kit.Page) []kit.Fact {
	return []kit.Fact{
		{Name: p.T("ca.role.root"), Value: v.Certificate.Subject.DisplayName()},
		{Name: p.T("certificate.until"), Value: p.Words.Date(v.Certificate.NotAfter)},
		{Name: p.T("root.fingerprint.sha256"), Value: fingerprintBy(v.Certificate, alg.SHA256), Copy: true, Mono: true},
		{Name: p.T("root.fingerprint.sha1"), Value: fingerprintBy(v.Certificate, alg.SHA1), Copy: true, Mono: true},
	}
}

// rootCommands print the fingerprint of the file: it holds the certificate and nothing else.
func rootCommands() []kit.Fact {
	return []kit.Fact{
		{Name: "Windows", Value: "certutil -hashfile " + rootFile + " SHA256", Copy: true, Mono: true},
		{Name: "macOS", Value: "shasum -a 256 " + rootFile, Copy: true, Mono: true},
		{Name: "Linux", Value: "sha256sum " + rootFile, Copy: true, Mono: true},
	}
}

// isRoot tells whether a package is the root certificate.
func isRoot(d download.Package) bool { return d.Name == rootFile }
