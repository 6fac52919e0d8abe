// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kit

import "strings"

// staffMenu is the menu of a console: each role has its own and no more.
func staffMenu(role string) []menuItem {
	own := staffOwn(role)
	if own == nil {
		return nil
	}
	return append(own, menuItem{"rules", "staff.rules.title", "/staff/rules"}, menuItem{"security", "menu.security", "/staff/security"})
}

func staffOwn(role string) []menuItem {
	switch role {
	case "operator":
		return []menuItem{{"queue", "menu.queue", "/op/applications"}, {"tickets", "op.tickets.title", "/op/tickets"}, {"chats", "op.chats.title", "/op/chats"}, {"unlock", "op.unlock.title", "/op/unlock"}, {"visits", "op.visits.title", "/op/visits"}, {"roles", "menu.roles", "/op/roles"}, {"orders", "op.orders.title", "/op/orders"}, {"connections", "op.connections.title", "/op/connections"}, {"news", "news.title", "/staff/news"}}
	case "officer":
		return []menuItem{
			{"office-registry", "menu.office.registry", "/ca-office/registry"},
			{"office-requests", "menu.office.requests", "/ca-office/requests"},
			{"office-revocations", "menu.office.revocations", "/ca-office/revocations"},
			{"office-crl", "menu.office.crl", "/ca-office/crl"},
			{"office-profiles", "menu.office.profiles", "/ca-office/profiles"},
			{"office-keys", "menu.office.keys", "/ca-office/keys"},
		}
	case "auditor":
		return []menuItem{
			{"audit-log", "menu.audit.log", "/audit/log"},
			{"audit-chain", "menu.audit.chain", "/audit/chain"},
			{"audit-access", "menu.audit.access", "/audit/access"},
			{"audit-exports", "menu.audit.exports", "/audit/exports"},
		}
	case "administrator":
		return []menuItem{
			{"admin-health", "menu.admin.health", "/admin/health"},
			{"admin-users", "menu.admin.users", "/admin/users"},
			{"admin-policies", "menu.admin.policies", "/admin/policies"},
			{"admin-jobs", "menu.admin.jobs", "/admin/jobs"},
			{"admin-connectors", "menu.admin.connectors", "/admin/connectors"},
			{"admin-brand", "admin.brand.title", "/admin/branding"},
			{"admin-texts", "admin.texts.title", "/admin/texts"},
			{"admin-workplace", "menu.admin.workplace", "/admin/workplace"},
			{"news", "news.title", "/staff/news"},
			{"admin-downloads", "menu.admin.downloads", "/admin/downloads"},
			{"admin-roles", "menu.admin.roles", "/admin/roles"},
			{"admin-breaches", "menu.admin.breaches", "/admin/breaches"},
			{"admin-training", "menu.admin.training", "/admin/training"},
		}
	}
	return nil
}

// StaffHome is where a role of staff begins; empty: the role has no console.
func StaffHome(role string) string {
	if items := staffMenu(role); len(items) > 0 {
		return string(items[0].url)
	}
	return ""
}

// PlainCell keeps a spreadsheet from taking a text of a table for a formula.
func PlainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
