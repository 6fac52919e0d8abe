// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package reasons

// Causes: why a chain, an attribute or a piece of evidence was not accepted.
// They stand inside the text of a sub-indication.
const (
	CauseNoRevocationData    Code = "CAUSE_NO_REVOCATION_DATA"
	CauseRevocationBad       Code = "CAUSE_REVOCATION_DATA_BAD"
	CauseIssuerSignature     Code = "CAUSE_ISSUER_SIGNATURE"
	CauseNotCA               Code = "CAUSE_NOT_CA"
	CauseCAKeyUsage          Code = "CAUSE_CA_KEY_USAGE"
	CausePathLength          Code = "CAUSE_PATH_LENGTH"
	CauseNameConstraints     Code = "CAUSE_NAME_CONSTRAINTS"
	CausePolicy              Code = "CAUSE_POLICY"
	CauseCriticalExtension   Code = "CAUSE_CRITICAL_EXTENSION"
	CauseCAValidity          Code = "CAUSE_CA_VALIDITY"
	CauseUnknownKey          Code = "CAUSE_UNKNOWN_KEY"
	CauseKeyUsage            Code = "CAUSE_KEY_USAGE"
	CauseExtendedKeyUsage    Code = "CAUSE_EXTENDED_KEY_USAGE"
	CauseCertificateMismatch Code = "CAUSE_CERTIFICATE_MISMATCH"
	CauseTimestampImprint    Code = "CAUSE_TIMESTAMP_IMPRINT"
	CauseTimestampSignature  Code = "CAUSE_TIMESTAMP_SIGNATURE"
	CauseTimestampFormat     Code = "CAUSE_TIMESTAMP_FORMAT"
	CauseTimestampSigner     Code = "CAUSE_TIMESTAMP_SIGNER"
	CauseFetch               Code = "CAUSE_FETCH"
	CauseCounterOther        Code = "CAUSE_COUNTER_OTHER"
	CausePartCovered         Code = "CAUSE_PART_COVERED"
	CauseNotAccredited       Code = "CAUSE_NOT_ACCREDITED" //nolint:gosec // the name of a text, no secret
	CauseArchiveEncrypted    Code = "CAUSE_ARCHIVE_ENCRYPTED"
	CauseArchiveBroken       Code = "CAUSE_ARCHIVE_BROKEN"
	CauseContainerUnclear    Code = "CAUSE_CONTAINER_UNCLEAR"
	CauseFromFuture          Code = "CAUSE_FROM_FUTURE"
	CauseNotDelegated        Code = "CAUSE_NOT_DELEGATED"
	CauseNotIssued           Code = "CAUSE_NOT_ISSUED"
	CauseListStale           Code = "CAUSE_LIST_STALE"
	CauseIssuerRevoked       Code = "CAUSE_ISSUER_REVOKED"
	CauseOnHold              Code = "CAUSE_ON_HOLD"
	CauseNotDER              Code = "CAUSE_NOT_DER"
	CauseEncrypted           Code = "CAUSE_ENCRYPTED"
	CauseSwapped             Code = "CAUSE_SWAPPED_ATTRIBUTES"
	CauseTooLarge            Code = "CAUSE_TOO_LARGE"
	CauseOldAlgorithm        Code = "CAUSE_OLD_ALGORITHM"
	CausePDFUnreadable       Code = "CAUSE_PDF_UNREADABLE"
	CausePDFStructure        Code = "CAUSE_PDF_STRUCTURE"
	CausePDFChanged          Code = "CAUSE_PDF_CHANGED"
	CauseXMLUnreadable       Code = "CAUSE_XML_UNREADABLE"
	CauseXMLProperties       Code = "CAUSE_XML_PROPERTIES"
	CauseXMLCoverage         Code = "CAUSE_XML_COVERAGE"
	CauseEmpty               Code = "CAUSE_EMPTY"
)

// Facts: the four lines a person reads, answered yes, or left open. The answer
// no carries the reason itself.
const (
	FactDocumentYes        Code = "FACT_DOCUMENT_YES"
	FactCountersigned      Code = "FACT_COUNTERSIGNED"
	FactDocumentUnknown    Code = "FACT_DOCUMENT_UNKNOWN"
	FactCertificateYes     Code = "FACT_CERTIFICATE_YES"
	FactCertificateUnknown Code = "FACT_CERTIFICATE_UNKNOWN"
	FactIssuerYes          Code = "FACT_ISSUER_YES"
	FactIssuerUnknown      Code = "FACT_ISSUER_UNKNOWN"
	FactTimeYes            Code = "FACT_TIME_YES"
	FactTimeUnknown        Code = "FACT_TIME_UNKNOWN"
	FactTimeClaimed        Code = "FACT_TIME_CLAIMED"
	FactTimeBad            Code = "FACT_TIME_BAD"
)

// Conditions of article 11 of 63-FZ.
const (
	LawAccredited   Code = "LAW_ACCREDITED"
	LawValid        Code = "LAW_VALID"
	LawUnchanged    Code = "LAW_UNCHANGED"
	LawRestrictions Code = "LAW_RESTRICTIONS"
)

// Warnings do not change the verdict.
const (
	WarnNoSignedAttributes Code = "WARN_NO_SIGNED_ATTRIBUTES"
	WarnNoSigningCert      Code = "WARN_NO_SIGNING_CERTIFICATE"
	WarnClaimedTimeFuture  Code = "WARN_CLAIMED_TIME_IN_FUTURE"
	WarnLevelNotChecked    Code = "WARN_LEVEL_NOT_CHECKED"
	WarnTimestampIgnored   Code = "WARN_TIMESTAMP_IGNORED"
	WarnAttachedAndFile    Code = "WARN_ATTACHED_AND_FILE"
	WarnLaterRevision      Code = "WARN_LATER_REVISION"
	WarnCountersNotAll     Code = "WARN_COUNTERS_NOT_ALL"
	WarnIssuerUnreachable  Code = "WARN_ISSUER_UNREACHABLE"
	WarnContainerPart      Code = "WARN_CONTAINER_PART"
	WarnPartCovered        Code = "WARN_PART_COVERED"
)
