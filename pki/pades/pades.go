// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package pades reads the signatures of PDF documents and adds signatures of the
// PAdES family to them: ISO 32000-1, 12.8 and ISO 32000-2, 12.8, EN 319 142-1.
//
// [Read] lists every signature of the form, the certification and the usage
// rights. Each is judged against the octets it covers, and these alone: the
// signed revision is opened as a file of its own that ends where the signature's
// range ends, and must hold the signature. What does not fit is a [Problem]:
// ranges that leave out more than the value, that end elsewhere than a revision,
// or that two signatures share; that answers incremental saving, wrapping and
// forgeries without range or value.
//
// What came after a signature is told in [Change] values: the document now is
// compared with the signed one, object by object from the root, and only what is
// known to be harmless has a name; anything else, such as a page that shows
// something new, is [Suspicious]. Permissions of a certification (DocMDP) and
// locks (FieldMDP) decide what is allowed.
//
// [Prepare] appends a signature field with room for a value and gives the digest
// to be signed, [Prepared.Finish] puts the CMS in, reads the document back and
// checks it before anything is given out.
//
// Nothing here judges trust or time. Left out: decryption (of encrypted documents
// what can be read without the password), signatures with several ranges or
// signers, changes of tagged structure (they count as suspicious), XFA, the part of the
// security store for single signatures (VRI), which levels LT and LTA do not need.
//
// [PrepareTimestamp] and [AddEvidence] raise a document: a time stamp over all of it, and
// what its signatures are judged by.
package pades

import (
	"io"
	"time"

	"podpis/pki/cms"
	"podpis/pki/pdf"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// Bounds beside those of package pdf.
const (
	// MaxSignatures is how many signatures a document may have.
	MaxSignatures = 256
	// MaxFields is how many form fields are looked at.
	MaxFields = 50_000
	// MaxContents is how long the value of a signature may be in octets.
	MaxContents = 8 << 20
	// MaxEvidence is how many certificates, lists and answers a document may carry.
	MaxEvidence = 4096
)

// Subfilters: how the value of a signature is encoded (ISO 32000-2, 12.8.3;
// EN 319 142-1, 6.3).
const (
	SubFilterCAdES     pdf.Name = "ETSI.CAdES.detached"
	SubFilterTimestamp pdf.Name = "ETSI.RFC3161"
	SubFilterDetached  pdf.Name = "adbe.pkcs7.detached"
	SubFilterSHA1      pdf.Name = "adbe.pkcs7.sha1"
	SubFilterRSA       pdf.Name = "adbe.x509.rsa_sha1"
)

// Kind is what a signature is for.
type Kind string

// The kinds.
const (
	Approval      Kind = "approval"
	Certification Kind = "certification" // limits later changes (DocMDP)
	Timestamp     Kind = "timestamp"     // of the document
	UsageRights   Kind = "usage_rights"  // of a program, no signature of a person
)

// Problem says why a signature is none, whatever its value.
type Problem string

// The problems.
const (
	ProblemRange     Problem = "range"      // ByteRange missing, malformed, or not from the beginning
	ProblemGap       Problem = "gap"        // the range leaves out something else than the value
	ProblemEnd       Problem = "end"        // the range does not end where a revision ends
	ProblemOverlap   Problem = "overlap"    // another signature has a range that contradicts this one
	ProblemContents  Problem = "contents"   // value missing, not a hexadecimal string of its own, or too long
	ProblemSubFilter Problem = "sub_filter" // unknown encoding
	ProblemFormat    Problem = "format"     // value malformed, or not what the subfilter says
	ProblemRevision  Problem = "revision"   // the covered octets are no document that has this signature
)

// Document is a PDF document with its signatures. It is not safe for several
// goroutines.
type Document struct {
	Signatures []*Signature // by the end of their ranges
	// EmptyFields are names of signature fields without a signature.
	EmptyFields []string
	Evidence    Evidence // of the newest revision
	Revisions   int
	Encrypted   bool
	Recovered   bool // the structure is broken and was found by a scan
	// Incomplete is the first error met while the form was read: there may be
	// more signatures than are listed.
	Incomplete error

	view   *pdf.Document
	in     io.ReaderAt
	work   int
	hashed bool
	sums   map[digestKey][]byte
}

// Signature is one signature of a document.
type Signature struct {
	Field     string // full name; empty for usage rights
	Kind      Kind
	SubFilter pdf.Name
	// Name, Reason, Location, Contact and Time are what the signer says, under
	// the signature, unless the document is encrypted.
	Name, Reason, Location, Contact string
	Time                            time.Time // zero when absent or malformed

	Problems []Problem
	Range    [4]int64 // as it came, zero when malformed
	Covers   int64    // how many octets of the file the signed revision has
	Whole    bool     // nothing came after it
	Removed  bool     // the document now does not show it any more
	Revision int      // of the document, the first is 1

	Contents []byte              // the value with its padding
	Message  *cms.SignedData     // nil with rsa_sha1
	Signer   *cms.SignerInfo     // likewise
	Token    *tsp.Token          // of a document time stamp
	Enclosed []*x509.Certificate // in the value, or beside it with rsa_sha1

	// Permission is the DocMDP level in force for what comes after: 1 nothing,
	// 2 forms and signatures, 3 annotations too; 0 when the document is not certified.
	Permission int
	Changes    []Change

	doc      *Document
	signed   *pdf.Document
	fields   *fieldSet // of signed
	dict     pdf.Dict
	contents pdf.String
}

// Modified reports a change after the signature that is not allowed.
func (s *Signature) Modified() bool {
	for _, c := range s.Changes {
		if !c.Allowed {
			return true
		}
	}
	return false
}

// Read reads a document of the given length. A signature that is broken is
// listed with its problems; the error says that the file cannot be read at all.
func Read(in io.ReaderAt, size int64) (*Document, error) {
	view, err := pdf.Open(in, size)
	if err != nil {
		return nil, err
	}
	d := &Document{
		Revisions: view.Revisions(), Encrypted: view.Encrypted, Recovered: view.Recovered,
		view: view, in: in,
	}
	f := findFields(view)
	d.Incomplete = f.err
	removed := removedSignatures(view, f)
	if len(f.signatures)+len(removed) > MaxSignatures {
		return nil, &pdf.LimitError{What: "signatures"}
	}
	for _, found := range f.signatures {
		d.Signatures = append(d.Signatures, d.readSignature(found))
	}
	for _, found := range removed {
		s := d.readSignature(found)
		s.Removed = true
		d.Signatures = append(d.Signatures, s)
	}
	for _, e := range f.empty {
		d.EmptyFields = append(d.EmptyFields, e.name)
	}
	d.sort()
	d.refuseOverlaps()
	d.Evidence = evidenceOf(view)
	for _, s := range d.Signatures {
		s.compare()
	}
	return d, nil
}
