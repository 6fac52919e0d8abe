// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

// deviceRoutes are the installed application, notices to devices, and what a device approves.
func deviceRoutes(mux *http.ServeMux, b *page.Base, open *public.Site, s *cabinet.Devices) {
	mux.Handle("GET /manifest.webmanifest", b.Handle(open.Manifest))
	mux.Handle("GET /sw.js", b.Handle(open.Worker))
	mux.Handle("GET /offline", b.Handle(open.WithoutNet))
	mux.Handle("GET /login/second/device", b.Handle(open.Approval))
	mux.Handle("POST /login/second/device", bound(b, b.Handle(open.ApproveAsk)))
	mux.Handle("POST /login/second/device/done", bound(b, b.Handle(open.ApproveDone)))

	whole := func(h page.HolderHandler) http.Handler { return b.Holder(b.Whole(b.StepUp(h))) }
	mux.Handle("GET /c/{pid}/security/devices", whole(s.List))
	mux.Handle("POST /c/{pid}/security/devices", bound(b, whole(s.Add)))
	mux.Handle("POST /c/{pid}/security/devices/trust", bound(b, whole(s.Trust)))
	mux.Handle("POST /c/{pid}/security/devices/{id}/test", bound(b, whole(s.Test)))
	mux.Handle("POST /c/{pid}/security/devices/{id}/drop", bound(b, whole(s.Drop)))
	mux.Handle("GET /approve", s.Own(s.Pending))
	mux.Handle("GET /approve/{id}", s.Own(s.Request))
	mux.Handle("POST /approve/{id}", bound(b, s.Own(s.Answer)))
	mux.Handle("GET /app/letter/{id}", s.Own(s.Letter))
}
