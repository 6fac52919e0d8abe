// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package reasons

// Outcomes of a certificate, in the words of the state portal.
const (
	CertificateValid              Code = "CERTIFICATE_VALID"
	CertificateExpired            Code = "CERTIFICATE_EXPIRED"
	CertificateNotYetValid        Code = "CERTIFICATE_NOT_YET_VALID"
	CertificateRevoked            Code = "CERTIFICATE_REVOKED"
	CertificateSuspended          Code = "CERTIFICATE_SUSPENDED"
	CertificateNotChecked         Code = "CERTIFICATE_NOT_CHECKED"
	CertificateSignatureInvalid   Code = "CERTIFICATE_SIGNATURE_INVALID"
	CertificateNotTrusted         Code = "CERTIFICATE_NOT_TRUSTED"
	CertificateAccreditationEnded Code = "CERTIFICATE_ACCREDITATION_ENDED"
)

// What a file without a signature is.
const (
	FileKey           Code = "FILE_KEY"
	FileRequest       Code = "FILE_REQUEST"
	FileEncrypted     Code = "FILE_ENCRYPTED"
	FileArchive       Code = "FILE_ARCHIVE"
	FileRefusal       Code = "FILE_REFUSAL"
	FileOtherDocument Code = "FILE_OTHER"
)

// Why a certificate was revoked (RFC 5280, 5.3.1).
const (
	RevokedKeyCompromise Code = "REVOCATION_KEY_COMPROMISE"
	RevokedCACompromise  Code = "REVOCATION_CA_COMPROMISE"
	RevokedAffiliation   Code = "REVOCATION_AFFILIATION_CHANGED"
	RevokedSuperseded    Code = "REVOCATION_SUPERSEDED"
	RevokedCessation     Code = "REVOCATION_CESSATION"
	RevokedPrivilege     Code = "REVOCATION_PRIVILEGE_WITHDRAWN"
)

// Warnings about the issuer and the purpose of a certificate.
const (
	WarnNotAccredited      Code = "WARN_NOT_ACCREDITED" //nolint:gosec // the name of a text, no secret
	WarnAccreditationEnded Code = "WARN_ACCREDITATION_ENDED"
	WarnNotForSigning      Code = "WARN_NOT_FOR_SIGNING"
)
