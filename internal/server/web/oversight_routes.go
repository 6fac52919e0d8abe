// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/platform/notify"
	"podpis/internal/server/web/console"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/oversight"
)

// oversightRoutes are the consoles of the officer, the auditor and the administrator, each
// for its one role, and the public page of the installation's state.
func oversightRoutes(mux *http.ServeMux, b *page.Base, s *console.Site) {
	mux.Handle("GET /status", b.Handle(s.Status))
	mux.Handle("GET /brand/logo.png", b.Handle(s.Logo))
	mux.Handle("GET /staff/rules", b.StaffOf(s.Rules, auth.StaffRoles()...))
	mux.Handle("POST /staff/rules", bound(b, b.StaffOf(s.RulesRead, auth.StaffRoles()...)))
	auditRoutes(mux, b, s)
	officeRoutes(mux, b, s)
	adminRoutes(mux, b, s)
}

func auditRoutes(mux *http.ServeMux, b *page.Base, s *console.Site) {
	only := func(h page.HolderHandler) http.Handler { return b.StaffOf(h, auth.Auditor) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /audit"+pattern, only(h)) }
	get("/log", s.AuditLog)
	get("/log.csv", s.AuditFile(false))
	get("/log.zip", s.AuditFile(true))
	get("/chain", s.AuditChain)
	get("/access", s.AuditOf("access", oversight.Looks()))
	get("/exports", s.AuditOf("exports", oversight.Exports()))
}

func officeRoutes(mux *http.ServeMux, b *page.Base, s *console.Site) {
	only := func(h page.HolderHandler) http.Handler { return b.StaffOf(h, auth.Officer) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /ca-office"+pattern, only(h)) }
	get("/registry", s.OfficeRegistry)
	get("/registry/{serial}", s.OfficeCertificate)
	mux.Handle("POST /ca-office/registry/{serial}/revoke", bound(b, only(b.StepUp(s.OfficeRevoke))))
	get("/requests", s.OfficeRequests)
	get("/revocations", s.OfficeRevocations)
	get("/crl", s.OfficeCRL)
	get("/profiles", s.OfficeProfiles)
	get("/keys", s.OfficeKeys)
}

func adminRoutes(mux *http.ServeMux, b *page.Base, s *console.Site) {
	only := func(h page.HolderHandler) http.Handler { return b.StaffOf(h, auth.Administrator) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /admin"+pattern, only(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /admin"+pattern, bound(b, only(h))) }
	get("/health", s.AdminHealth)
	post("/health/test/sms", s.AdminTest(notify.SMS))
	post("/health/test/mail", s.AdminTest(notify.Mail))
	get("/users", s.AdminUsers)
	post("/users", b.StepUp(s.AdminHire))
	post("/users/find", s.AdminFind)
	get("/users/import", s.AdminImport)
	post("/users/import", s.AdminImportPlan)
	post("/users/import/take", b.StepUp(s.AdminImportTake))
	post("/users/{id}/directory", b.StepUp(s.AdminLetIn))
	get("/users/{id}", s.AdminUser)
	for _, what := range []string{"role", "block", "unblock"} {
		post("/users/{id}/"+what, b.StepUp(s.AdminChange(what)))
	}
	get("/roles", s.AdminRoles)
	get("/policies", s.AdminPolicies)
	get("/policies/{key}", s.AdminPolicy)
	post("/policies/{key}", b.StepUp(s.AdminSetPolicy))
	get("/jobs", s.AdminJobs)
	post("/jobs/{id}/revive", s.AdminRevive)
	get("/connectors", s.AdminConnectors)
	post("/connectors/{name}/try", s.AdminTry)
	get("/connectors/{name}", s.AdminConnector)
	post("/connectors/{name}/off", b.StepUp(s.AdminSwitch(true)))
	post("/connectors/{name}/on", b.StepUp(s.AdminSwitch(false)))
	get("/training", s.AdminTraining)
	get("/branding", s.AdminBrand)
	mux.Handle("POST /admin/branding", only(b.StepUp(s.AdminSetBrand)))
	get("/workplace", s.AdminWorkplaces)
	post("/workplace", b.StepUp(s.AdminPutWorkplace))
	get("/workplace/{id}", s.AdminWorkplace)
	post("/workplace/{id}/end", b.StepUp(s.AdminEndWorkplace))
	get("/workplace/setups", s.AdminSetups)
	post("/workplace/setups", b.StepUp(s.AdminPutSetup))
	get("/workplace/setups/{id}", s.AdminSetup)
	post("/workplace/setups/{id}/end", b.StepUp(s.AdminEndSetup))
	get("/downloads", s.AdminDownloads)
	mux.Handle("POST /admin/downloads", only(b.StepUp(s.AdminPublish)))
	post("/downloads/{id}/withdraw", b.StepUp(s.AdminWithdraw))
	get("/texts", s.AdminTexts)
	get("/texts/{language}/{key}", s.AdminText)
	post("/texts/{language}/{key}/preview", s.AdminTextPreview)
	post("/texts/{language}/{key}/undo", b.StepUp(s.AdminTextSet(true)))
	post("/texts/{language}/{key}", b.StepUp(s.AdminTextSet(false)))
}
