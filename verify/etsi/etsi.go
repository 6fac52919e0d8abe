// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package etsi writes a judgement as a validation report of ETSI TS 119 102-2,
// version 1.4.1: the form that other validators and archives read.
//
// It is a drawing of [verify.Report] and knows nothing more. Certificates and
// time stamps stand in it by their SHA-256 digests, lists and answers by the
// address they came from. What the standard has no place for (the words of the
// reason, the answer of the law 63-FZ) stands in AdditionalValidationReportData
// under identifiers of this project.
//
// Left out: the constraints of the policy one by one, the octets of validation
// objects, the signature over the report (whoever keeps it signs it).
package etsi

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"time"

	"podpis/verify"
)

// ErrNoSignature says that there is no signature to report on: the form has no
// place for other files.
var ErrNoSignature = errors.New("etsi: the report has no signature")

// Namespaces of the report (TS 119 102-2, annex B).
const (
	namespace        = "http://uri.etsi.org/19102/v1.4.1#"
	namespaceXMLDSig = "http://www.w3.org/2000/09/xmldsig#"
	sha256Method     = "http://www.w3.org/2001/04/xmlenc#sha256"
)

// Beginnings of the identifiers of TS 119 102-2, clause 4.
const (
	mainIndication = "urn:etsi:019102:mainindication:"
	subIndication  = "urn:etsi:019102:subindication:"
	process        = "urn:etsi:019102:validationprocess:"
	objectType     = "urn:etsi:019102:validationObject:"
	proof          = "urn:etsi:019102:poetype:validation"
	revocation     = "urn:etsi:019102:revocationReason:"
)

// Identifiers of this project for what the standard has no place for.
const (
	reasonData  = "urn:podpis:report:reason"
	law63Data   = "urn:podpis:report:law63"
	warningData = "urn:podpis:report:warning"
)

// Write writes the report, UTF-8 with its declaration. Every signature has its
// part, counter signatures included; the error [ErrNoSignature] says there is none.
func Write(w io.Writer, r *verify.Report) error {
	if len(r.Signatures) == 0 {
		return ErrNoSignature
	}
	doc := document{VR: namespace, DS: namespaceXMLDSig}
	o := &objects{seen: map[string]bool{}}
	for i := range r.Signatures {
		doc.Reports = o.signatures(doc.Reports, &r.Signatures[i], r.Time)
	}
	if len(o.list) > 0 {
		doc.Objects = &validationObjects{o.list}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(doc)
}

// objects collects what the parts refer to, each once.
type objects struct {
	list []validationObject
	seen map[string]bool
}

// add keeps an object that is known by its SHA-256 digest in hexadecimal and
// returns how it is referred to; nil without a digest.
func (o *objects) add(kind, fingerprint string) *reference {
	digest, err := hex.DecodeString(fingerprint)
	if err != nil || len(digest) == 0 {
		return nil
	}
	id := kind[:1] + "-" + fingerprint // an xs:ID begins with a letter
	if !o.seen[id] {
		o.seen[id] = true
		o.list = append(o.list, validationObject{ID: id, Type: objectType + kind, Form: representation{Digest: digestOf(digest)}})
	}
	return &reference{id}
}

func digestOf(digest []byte) *digestAndValue {
	return &digestAndValue{Method: digestMethod{sha256Method}, Value: base64.StdEncoding.EncodeToString(digest)}
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// signatures draws a signature, and behind it those over it.
func (o *objects) signatures(list []signatureReport, s *verify.Signature, at time.Time) []signatureReport {
	list = append(list, o.signature(s, at))
	for i := range s.CounterSignatures {
		list = o.signatures(list, &s.CounterSignatures[i], at)
	}
	return list
}

// signature draws one signature (TS 119 102-2, 4.3).
func (o *objects) signature(s *verify.Signature, at time.Time) signatureReport {
	best := at
	if s.BestTime != nil {
		best = *s.BestTime
	}
	out := signatureReport{
		Identifier: &identifier{Name: s.ID},
		Time:       &timeInfo{At: moment(at), Best: poe{Time: moment(best), Type: proof}},
		Process:    &validationProcess{processOf(s)},
		Status:     o.status(s),
	}
	if a := o.attributes(s); len(a.SigningTime)+len(a.Stamps) > 0 {
		out.Attributes = a
	}
	if s.Signer != nil && len(s.Chain) > 0 {
		if r := o.add("certificate", s.Chain[0].Fingerprint); r != nil {
			out.Signer = &signerInformation{Certificate: *r, Name: s.Signer.Subject}
		}
	}
	return out
}

// processOf names the process that was gone through (TS 119 102-2, 4.3.11).
func processOf(s *verify.Signature) string {
	name := "Basic"
	for _, t := range s.Timestamps {
		switch {
		case t.Type == "archive":
			return process + "LTA"
		case t.Type != "content":
			name = "LTVM"
		}
	}
	return process + name
}

// attributes are the claimed time and the time stamps (TS 119 102-2, annex A).
func (o *objects) attributes(s *verify.Signature) *attributes {
	a := new(attributes)
	if s.ClaimedTime != nil {
		a.SigningTime = []signingTime{{Signed: true, Time: moment(*s.ClaimedTime)}}
	}
	for _, t := range s.Timestamps {
		if t.Time.IsZero() {
			continue // it could not be read
		}
		stamp := timestamp{XMLName: xml.Name{Local: stampName(t.Type)}, Signed: t.Type == "content", Time: moment(t.Time)}
		if r := o.add("timestamp", t.Fingerprint); r != nil {
			stamp.Object = r
			o.judged(r.ID, t)
		}
		a.Stamps = append(a.Stamps, stamp)
	}
	return a
}

// judged writes what was found out about a time stamp to its object.
func (o *objects) judged(id string, t verify.Timestamp) {
	for i := range o.list {
		if o.list[i].ID != id || o.list[i].Report != nil {
			continue
		}
		o.list[i].Proof = &poe{Time: moment(t.Time), Type: proof}
		status := validationStatus{Main: mainIndication + strings.ToLower(string(t.Indication))}
		if t.SubIndication != "" {
			status.Sub = []string{subIndication + string(t.SubIndication)}
		}
		o.list[i].Report = &signatureReport{Status: status}
	}
}

func stampName(kind string) string {
	switch kind {
	case "content":
		return "vr:AllDataObjectsTimeStamp"
	case "archive":
		return "vr:ArchiveTimeStamp"
	case "references":
		return "vr:SigAndRefsTimeStamp"
	}
	return "vr:SignatureTimeStamp"
}

// status is the verdict with what it rests on (TS 119 102-2, 4.3.4).
func (o *objects) status(s *verify.Signature) validationStatus {
	out := validationStatus{Main: mainIndication + strings.ToLower(string(s.Indication))}
	if s.SubIndication != "" {
		out.Sub = []string{subIndication + string(s.SubIndication)}
	}
	data := reportData{Chain: o.chain(s.Chain), Revoked: o.revoked(s)}
	data.More = &additionalData{}
	add := func(kind, text string) {
		if text != "" {
			data.More.Data = append(data.More.Data, typedData{kind, text})
		}
	}
	add(reasonData, strings.TrimSpace(s.Reason.Text+" "+s.Reason.Next))
	add(law63Data, string(s.Law63.Recognized))
	for _, w := range s.Warnings {
		add(warningData, w.Text)
	}
	out.Data = []reportData{data}
	return out
}

func (o *objects) chain(links []verify.Link) *certificateChain {
	var out *certificateChain
	for i, l := range links {
		r := o.add("certificate", l.Fingerprint)
		switch {
		case r == nil:
		case i == 0:
			out = &certificateChain{Signing: *r}
		case out == nil:
		case l.Role == "anchor":
			out.Anchor = r
		default:
			out.Intermediate = append(out.Intermediate, *r)
		}
	}
	return out
}

// revoked says which certificate of the path is revoked, and since when.
func (o *objects) revoked(s *verify.Signature) *revocationStatus {
	for _, st := range s.Revocation {
		if st.Status != "revoked" || st.Time == nil {
			continue
		}
		for _, l := range s.Chain {
			if l.Serial != st.Certificate {
				continue
			}
			if r := o.add("certificate", l.Fingerprint); r != nil {
				out := &revocationStatus{Object: *r, Time: moment(*st.Time)}
				if st.Reason != "" {
					out.Reason = revocation + st.Reason
				}
				return out
			}
		}
	}
	return nil
}
