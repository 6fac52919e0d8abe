// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"podpis/internal/server/api"
	"podpis/internal/server/web/kit"
)

// Codes that the door of programs answers have their page of help on the site.
func TestCodesOfProgramsAreCatalogued(t *testing.T) {
	t.Parallel()
	codes := regexp.MustCompile(`API-\d+`).FindAllString(string(api.Describe()), -1)
	if len(codes) < 10 {
		t.Errorf("only %d codes are described", len(codes))
	}
	for _, code := range codes {
		if !kit.Catalogued(code) {
			t.Errorf("%s has no page", code)
		}
	}
}

func TestDoors(t *testing.T) {
	t.Parallel()
	var at string
	door := func(name string) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { at = name })
	}
	all := doors(door("site"), door("programs"), door("pki"))
	for path, want := range map[string]string{
		"/": "site", "/api": "site", "/api/v1/verify": "programs", "/pki/ocsp/MA//": "pki", "/verify": "site",
	} {
		all.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		if at != want {
			t.Errorf("%s leads to %s", path, at)
		}
	}
}
