// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package format tells what a file is by its octets: a signature, a certificate,
// a time stamp, a key, an archive, or a plain document. People are never asked
// what they hold, and what is not a signature is told as what it is.
//
// Recognition reads no more than it must and judges nothing: a file that begins
// like a signature and is damaged is a damaged signature. Armour is taken off:
// PEM, bare base64, entities of S/MIME (RFC 8551).
//
// Left out: containers of CryptoPro CSP, which are folders.
package format

import (
	"bytes"
	"encoding/pem"
	"strings"

	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/ocsp"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// Kind is what a file is. The codes go out in JSON and stay.
type Kind string

// The kinds.
const (
	Signature   Kind = "signature"
	Certificate Kind = "certificate" // one or several, a PKCS #7 bundle among them
	Timestamp   Kind = "timestamp"   // a token or the response that carries one
	OCSP        Kind = "ocsp"
	CRL         Kind = "crl"
	Request     Kind = "request" // for a certificate
	Key         Kind = "key"     // a private one
	Encrypted   Kind = "encrypted"
	Archive     Kind = "archive"
	Document    Kind = "document"
)

// Form is how a file that may hold signatures is built.
type Form uint8

// The forms. Message is CMS; None has no place for signatures.
const (
	None Form = iota
	Message
	PDF
	XML
	Zip
)

// File is what was recognised.
type File struct {
	Kind Kind
	Form Form
	Data []byte // without armour

	// One of these is set when the file was read as such.
	Message      *cms.SignedData     // of a signature, a token, a bundle
	Certificates []*x509.Certificate // of one or a bundle
	List         *x509.CRL
	Answer       *ocsp.Response
	Token        []byte // the time stamp token alone
	// Document is what a signature in a mail is over (RFC 8551, 3.5.3).
	Document []byte

	Err error // why it could not be read as what it seems to be
}

// Of recognises a file.
func Of(in []byte) File {
	switch {
	case contentType(in) != "": // a message may hold a PDF near its beginning
		return ofDER(in)
	case IsPDF(in):
		return File{Kind: Document, Form: PDF, Data: in}
	case bytes.HasPrefix(in, []byte("PK\x03\x04")), bytes.HasPrefix(in, []byte("PK\x05\x06")):
		return File{Kind: Archive, Form: Zip, Data: in}
	case isArchive(in):
		return File{Kind: Archive, Data: in}
	case IsXML(in):
		return File{Kind: Document, Form: XML, Data: in}
	}
	if f, ok := ofPEM(in); ok {
		return f
	}
	if document, signature, ok := signedMail(in); ok {
		f := ofDER(signature)
		f.Document = document
		return f
	}
	return ofDER(cms.Unarmor(in))
}

// IsPDF tells a PDF document by the first kilobyte of a file: it may begin behind
// other octets (ISO 32000-2, 7.5.2), but not inside a message.
func IsPDF(head []byte) bool {
	return contentType(head) == "" && bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-"))
}

// IsXML tells an XML document by the beginning of a file.
func IsXML(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if bytes.HasPrefix(head, []byte("\xff\xfe<\x00")) || bytes.HasPrefix(head, []byte("\xfe\xff\x00<")) {
		return true
	}
	return len(head) > 1 && head[0] == '<' && (head[1] == '?' || head[1] == '!' || head[1] == '_' || head[1] >= 'A')
}

// isArchive knows RAR, 7-Zip and gzip by their marks.
func isArchive(in []byte) bool {
	for _, mark := range []string{"Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c", "\x1f\x8b\x08"} {
		if strings.HasPrefix(string(in[:min(len(in), 8)]), mark) {
			return true
		}
	}
	return false
}

// maxBlocks bounds the PEM blocks of one file.
const maxBlocks = 1024

// ofPEM recognises a file by the labels of its blocks (RFC 7468). A private key
// among them is what its owner has to know first.
func ofPEM(in []byte) (File, bool) {
	if !bytes.Contains(in[:min(len(in), 64<<10)], []byte("-----BEGIN ")) {
		return File{}, false
	}
	f := File{Kind: Document}
	rest := in
	for range maxBlocks {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch {
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return File{Kind: Key}, true
		case block.Type == x509.PEMCertificate, block.Type == "TRUSTED CERTIFICATE":
			f.addCertificate(block.Bytes)
		case f.Kind == Document:
			f = ofDER(block.Bytes)
		case f.Kind == Certificate: // of who signed: it is the signature that is asked about
			if other := ofDER(block.Bytes); other.Kind == Signature {
				f = other
			}
		}
	}
	return f, f.Kind != Document || f.Err != nil
}

func (f *File) addCertificate(raw []byte) {
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		if f.Kind == Document {
			f.Kind, f.Err = Certificate, err
		}
		return
	}
	if f.Kind == Document || f.Kind == Certificate {
		f.Kind, f.Err = Certificate, nil
		f.Certificates = append(f.Certificates, c)
	}
}

// ofDER recognises binary structures by their first elements.
func ofDER(in []byte) File {
	switch oid := contentType(in); oid {
	case "":
	case cms.OIDSignedData:
		return ofSignedData(in)
	case cms.OIDEnvelopedData, cms.OIDEncryptedData, oidAuthEnvelopedData:
		return File{Kind: Encrypted, Data: in}
	default:
		return File{Kind: Document, Data: in, Err: &cms.TypeError{ContentType: oid}}
	}
	if len(in) == 0 || in[0] != byte(der.TagSequence) {
		return File{Kind: Document, Data: in}
	}
	return ofStructure(in)
}

const oidAuthEnvelopedData der.OID = "1.2.840.113549.1.9.16.1.23" // RFC 5083

// contentType reads the type of a ContentInfo in DER or BER without the rest, empty
// if it is none.
func contentType(in []byte) der.OID {
	if len(in) < 4 || in[0] != byte(der.TagSequence) {
		return ""
	}
	at := 2
	if in[1] > 0x80 {
		at += int(in[1] & 0x7f)
	}
	if at+2 > len(in) || in[at] != byte(der.TagOID) {
		return ""
	}
	end := at + 2 + int(in[at+1])
	if in[at+1] >= 0x80 || end > len(in) {
		return ""
	}
	r := der.NewReader(in[at:end])
	if oid := r.OID(); r.Err() == nil {
		return oid
	}
	return ""
}

func ofSignedData(in []byte) File {
	sd, err := cms.ParseSignedData(in)
	f := File{Kind: Signature, Form: Message, Data: in, Message: sd, Err: err}
	switch {
	case err != nil:
	case sd.ContentType == tsp.OIDTSTInfo && !sd.Detached && len(sd.Signers) == 1:
		f.Kind, f.Token = Timestamp, in
	case len(sd.Signers) == 0 && len(sd.Certificates) > 0:
		f.Kind, f.Certificates = Certificate, sd.Certificates
	case len(sd.Signers) == 0 && len(sd.CRLs) > 0:
		f.Kind = CRL
		f.List, f.Err = x509.ParseCRL(sd.CRLs[0])
	}
	return f
}

// ofStructure tries what begins with a SEQUENCE and is no ContentInfo.
func ofStructure(in []byte) File {
	f := File{Kind: Document, Data: in}
	switch shape(in) {
	case "version": // PKCS #8, PKCS #12, RSAPrivateKey, ECPrivateKey
		f.Kind = Key
		return f
	case "status":
		if answer, err := ocsp.ParseResponse(in); err == nil {
			f.Kind, f.Answer = OCSP, answer
		}
		return f
	case "":
		return f
	}
	if c, err := x509.ParseCertificate(in); err == nil {
		f.Kind, f.Certificates = Certificate, []*x509.Certificate{c}
	} else if list, err := x509.ParseCRL(in); err == nil {
		f.Kind, f.List = CRL, list
	} else if _, err := x509.ParseRequest(in); err == nil {
		f.Kind = Request
	} else if response, err := tsp.ParseResponse(in); err == nil {
		f.Kind, f.Token = Timestamp, response.Token
	} else if answer, err := ocsp.ParseBasic(in); err == nil {
		f.Kind, f.Answer = OCSP, answer
	} else if shape(in) == "certificate" {
		_, f.Err = x509.ParseCertificate(in)
		f.Kind = Certificate
	} else if isEncryptedKey(in) {
		f.Kind = Key
	}
	return f
}

// shape tells structures apart by what stands first in them; the lengths of BER do
// not matter for that.
func shape(in []byte) string {
	at, ok := inside(in, 0)
	if !ok || at+3 > len(in) {
		return ""
	}
	switch der.Tag(in[at]) {
	case der.TagInteger:
		if in[at+1] == 1 && in[at+2] <= 3 {
			return "version"
		}
	case der.TagEnumerated:
		return "status"
	case der.TagSequence:
		first, ok := inside(in, at)
		if ok && first+2 < len(in) && der.Tag(in[first]) == der.ContextConstructed(0) && der.Tag(in[first+2]) == der.TagInteger {
			return "certificate" // of version 2 or 3
		}
		return "sequence"
	}
	return ""
}

// inside is the place behind tag and length of the element at a place.
func inside(in []byte, at int) (int, bool) {
	if at+2 > len(in) {
		return 0, false
	}
	next := at + 2
	if in[at+1] > 0x80 {
		next += int(in[at+1] & 0x7f)
	}
	return next, next <= len(in)
}

// isEncryptedKey knows EncryptedPrivateKeyInfo: an algorithm and octets (RFC 5958, 3).
func isEncryptedKey(in []byte) bool {
	r := der.NewReader(in)
	s := r.Sequence()
	algorithm := s.Sequence()
	oid := algorithm.OID()
	s.OctetString()
	s.End()
	return r.Close() == nil && (strings.HasPrefix(string(oid), "1.2.840.113549.1.5.") || strings.HasPrefix(string(oid), "1.2.840.113549.1.12.1."))
}
