// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package markup

// Keys lists the texts that drawing may ask for, so that a page can carry them.
func Keys() []string {
	return []string{
		"answer.no", "answer.unknown", "answer.yes", "certificate.issuer", "certificate.serial", "fact.certificate", "fact.document", "fact.issuer",
		"fact.time", "field.inn", "form.copied", "form.copy", "verdict.INDETERMINATE", "verdict.TOTAL-FAILED", "verdict.TOTAL-PASSED",
		"verify.accredited", "verify.accredited.no", "verify.accredited.unknown", "verify.accredited.yes", "verify.chain", "verify.class",
		"verify.class.no", "verify.class.training", "verify.class.unknown", "verify.class.yes", "verify.contact", "verify.contact.issuer", "verify.contact.mail",
		"verify.contact.name", "verify.contact.phone", "verify.contact.region", "verify.contact.site", "verify.count", "verify.count.INDETERMINATE",
		"verify.count.TOTAL-FAILED", "verify.count.TOTAL-PASSED", "verify.counter", "verify.judged", "verify.kind.crl", "verify.kind.ocsp",
		"verify.kind.timestamp", "verify.law63", "verify.law63.no", "verify.law63.unknown", "verify.law63.yes", "verify.left.certificates",
		"verify.left.files", "verify.left.nothing", "verify.level", "verify.list_of", "verify.table_of", "verify.made", "verify.next",
		"verify.not_signature", "verify.organization", "verify.owner", "verify.result", "verify.revocation", "verify.revoked", "verify.signer",
		"verify.stamp.earlier", "verify.stamp.later", "verify.stamps", "verify.status.good", "verify.status.revoked", "verify.status.unknown",
		"verify.time_claimed", "verify.time_proved", "verify.valid", "verify.validity",
	}
}
