// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import "podpis/pki/der"

// Attributes of names (RFC 5280, 4.1.2.4; RFC 9215, 5 and appendix A for the
// Russian ones).
const (
	OIDCommonName             der.OID = "2.5.4.3"
	OIDSurname                der.OID = "2.5.4.4"
	OIDSerialNumber           der.OID = "2.5.4.5"
	OIDCountryName            der.OID = "2.5.4.6"
	OIDLocalityName           der.OID = "2.5.4.7"
	OIDStateOrProvinceName    der.OID = "2.5.4.8"
	OIDStreetAddress          der.OID = "2.5.4.9"
	OIDOrganizationName       der.OID = "2.5.4.10"
	OIDOrganizationalUnitName der.OID = "2.5.4.11"
	OIDTitle                  der.OID = "2.5.4.12"
	OIDDescription            der.OID = "2.5.4.13"
	OIDBusinessCategory       der.OID = "2.5.4.15"
	OIDPostalAddress          der.OID = "2.5.4.16"
	OIDPostalCode             der.OID = "2.5.4.17"
	OIDName                   der.OID = "2.5.4.41"
	OIDGivenName              der.OID = "2.5.4.42"
	OIDInitials               der.OID = "2.5.4.43"
	OIDGenerationQualifier    der.OID = "2.5.4.44"
	OIDDNQualifier            der.OID = "2.5.4.46"
	OIDPseudonym              der.OID = "2.5.4.65"
	OIDDomainComponent        der.OID = "0.9.2342.19200300.100.1.25"
	OIDUserID                 der.OID = "0.9.2342.19200300.100.1.1"
	OIDEmailAddress           der.OID = "1.2.840.113549.1.9.1"
	OIDUnstructuredName       der.OID = "1.2.840.113549.1.9.2"
	OIDOGRN                   der.OID = "1.2.643.100.1"
	OIDSNILS                  der.OID = "1.2.643.100.3"
	OIDINNLE                  der.OID = "1.2.643.100.4"
	OIDOGRNIP                 der.OID = "1.2.643.100.5"
	OIDINN                    der.OID = "1.2.643.3.131.1.1"
)

// Extensions of certificates and CRLs (RFC 5280, 4.2 and 5.2; RFC 9215, 5).
const (
	OIDObsoleteKeyIdentifier    der.OID = "2.5.29.1"
	OIDSubjectKeyIdentifier     der.OID = "2.5.29.14"
	OIDKeyUsage                 der.OID = "2.5.29.15"
	OIDPrivateKeyUsagePeriod    der.OID = "2.5.29.16"
	OIDSubjectAltName           der.OID = "2.5.29.17"
	OIDIssuerAltName            der.OID = "2.5.29.18"
	OIDBasicConstraints         der.OID = "2.5.29.19"
	OIDCRLNumber                der.OID = "2.5.29.20"
	OIDReasonCode               der.OID = "2.5.29.21"
	OIDInvalidityDate           der.OID = "2.5.29.24"
	OIDDeltaCRLIndicator        der.OID = "2.5.29.27"
	OIDIssuingDistributionPoint der.OID = "2.5.29.28"
	OIDCertificateIssuer        der.OID = "2.5.29.29"
	OIDCRLDistributionPoints    der.OID = "2.5.29.31"
	OIDCertificatePolicies      der.OID = "2.5.29.32"
	OIDAuthorityKeyIdentifier   der.OID = "2.5.29.35"
	OIDExtKeyUsage              der.OID = "2.5.29.37"
	OIDFreshestCRL              der.OID = "2.5.29.46"
	OIDAuthorityInfoAccess      der.OID = "1.3.6.1.5.5.7.1.1"
	OIDOCSPNoCheck              der.OID = "1.3.6.1.5.5.7.48.1.5" // RFC 6960, 4.2.2.2.1
	OIDSubjectSignTool          der.OID = "1.2.643.100.111"
	OIDIssuerSignTool           der.OID = "1.2.643.100.112"
	OIDIdentificationKind       der.OID = "1.2.643.100.114"
)

// Access methods (RFC 5280, 4.2.2.1) and policy qualifiers (4.2.1.4).
const (
	oidAccessOCSP      der.OID = "1.3.6.1.5.5.7.48.1"
	oidAccessCAIssuers der.OID = "1.3.6.1.5.5.7.48.2"
	oidQualifierCPS    der.OID = "1.3.6.1.5.5.7.2.1"
	oidQualifierNotice der.OID = "1.3.6.1.5.5.7.2.2"
)

// Purposes of keys in extKeyUsage (RFC 5280, 4.2.1.12).
const (
	OIDAnyExtKeyUsage  der.OID = "2.5.29.37.0"
	OIDServerAuth      der.OID = "1.3.6.1.5.5.7.3.1"
	OIDClientAuth      der.OID = "1.3.6.1.5.5.7.3.2"
	OIDCodeSigning     der.OID = "1.3.6.1.5.5.7.3.3"
	OIDEmailProtection der.OID = "1.3.6.1.5.5.7.3.4"
	OIDTimeStamping    der.OID = "1.3.6.1.5.5.7.3.8"
	OIDOCSPSigning     der.OID = "1.3.6.1.5.5.7.3.9"
)

// Classes of signature tools in certificatePolicies (RFC 9215, 5).
const (
	OIDAnyPolicy der.OID = "2.5.29.32.0"
	OIDClassKC1  der.OID = "1.2.643.100.113.1"
	OIDClassKC2  der.OID = "1.2.643.100.113.2"
	OIDClassKC3  der.OID = "1.2.643.100.113.3"
	OIDClassKB1  der.OID = "1.2.643.100.113.4"
	OIDClassKB2  der.OID = "1.2.643.100.113.5"
	OIDClassKA1  der.OID = "1.2.643.100.113.6"
)

// Attributes of certification requests (RFC 2985, 5.4; the second is the one of
// Windows, with the same content).
const (
	oidExtensionRequest   der.OID = "1.2.840.113549.1.9.14"
	oidExtensionRequestMS der.OID = "1.3.6.1.4.1.311.2.1.14"
)
