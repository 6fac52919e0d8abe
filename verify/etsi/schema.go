// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package etsi

import "encoding/xml"

// The types below follow the schema of TS 119 102-2, 1.4.1, annex B, field by field in its order; what is never written
// is left out.

type document struct {
	XMLName xml.Name           `xml:"vr:ValidationReport"`
	VR      string             `xml:"xmlns:vr,attr"`
	DS      string             `xml:"xmlns:ds,attr"`
	Reports []signatureReport  `xml:"vr:SignatureValidationReport"`
	Objects *validationObjects `xml:"vr:SignatureValidationObjects"`
}

type signatureReport struct {
	Identifier *identifier        `xml:"vr:SignatureIdentifier"`
	Time       *timeInfo          `xml:"vr:ValidationTimeInfo"`
	Attributes *attributes        `xml:"vr:SignatureAttributes"`
	Signer     *signerInformation `xml:"vr:SignerInformation"`
	Process    *validationProcess `xml:"vr:SignatureValidationProcess"`
	Status     validationStatus   `xml:"vr:SignatureValidationStatus"`
}

type identifier struct {
	HashOnly    bool   `xml:"vr:HashOnly"`
	DocHashOnly bool   `xml:"vr:DocHashOnly"`
	Name        string `xml:"vr:DAIdentifier,omitempty"`
}

type timeInfo struct {
	At   string `xml:"vr:ValidationTime"`
	Best poe    `xml:"vr:BestSignatureTime"`
}

type poe struct {
	Time string `xml:"vr:POETime"`
	Type string `xml:"vr:TypeOfProof"`
}

type attributes struct {
	SigningTime []signingTime `xml:"vr:SigningTime"`
	Stamps      []timestamp   `xml:",any"`
}

type signingTime struct {
	Signed bool   `xml:"Signed,attr"`
	Time   string `xml:"vr:Time"`
}

type timestamp struct {
	XMLName xml.Name
	Signed  bool       `xml:"Signed,attr"`
	Object  *reference `xml:"vr:AttributeObject"`
	Time    string     `xml:"vr:TimeStampValue"`
}

type signerInformation struct {
	Certificate reference `xml:"vr:SignerCertificate"`
	Name        string    `xml:"vr:Signer,omitempty"`
}

type reference struct {
	ID string `xml:"VOReference,attr"`
}

type validationProcess struct {
	ID string `xml:"vr:SignatureValidationProcessID"`
}

type validationStatus struct {
	Main string       `xml:"vr:MainIndication"`
	Sub  []string     `xml:"vr:SubIndication"`
	Data []reportData `xml:"vr:AssociatedValidationReportData"`
}

type reportData struct {
	Chain   *certificateChain `xml:"vr:CertificateChain"`
	Revoked *revocationStatus `xml:"vr:RevocationStatusInformation"`
	More    *additionalData   `xml:"vr:AdditionalValidationReportData"`
}

type certificateChain struct {
	Signing      reference   `xml:"vr:SigningCertificate"`
	Intermediate []reference `xml:"vr:IntermediateCertificate"`
	Anchor       *reference  `xml:"vr:TrustAnchor"`
}

type revocationStatus struct {
	Object reference `xml:"vr:ValidationObjectId"`
	Time   string    `xml:"vr:RevocationTime"`
	Reason string    `xml:"vr:RevocationReason,omitempty"`
}

type additionalData struct {
	Data []typedData `xml:"vr:ReportData"`
}

type typedData struct {
	Type  string `xml:"vr:Type"`
	Value string `xml:"vr:Value"`
}

type validationObjects struct {
	List []validationObject `xml:"vr:ValidationObject"`
}

type validationObject struct {
	ID     string           `xml:"id,attr"`
	Type   string           `xml:"vr:ObjectType"`
	Form   representation   `xml:"vr:ValidationObjectRepresentation"`
	Proof  *poe             `xml:"vr:POE"`
	Report *signatureReport `xml:"vr:ValidationReport"`
}

type representation struct {
	Digest *digestAndValue `xml:"vr:DigestAlgAndValue"`
}

type digestAndValue struct {
	Method digestMethod `xml:"ds:DigestMethod"`
	Value  string       `xml:"ds:DigestValue"`
}

type digestMethod struct {
	Algorithm string `xml:"Algorithm,attr"`
}
