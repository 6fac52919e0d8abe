// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/verify/digest"
	"podpis/verify/reasons"
)

// message is CMS with what its signatures are over.
type message struct {
	*checker
	sd       *cms.SignedData
	pool     *Pool           // what the message carries
	document func() document // what is signed; waits while it is being read
	outer    []stamp         // of the document around the message
}

// document is what is signed, as far as signatures want it.
type document struct {
	digests map[alg.Hash][]byte // nil: not at hand
	head    []byte
}

// digested is a document of which the digests are known.
func digested(digests map[alg.Hash][]byte) func() document {
	return func() document { return document{digests: digests} }
}

// maxNamed bounds the certificates that fit the name of one signer and are hashed.
const maxNamed = 8

// form of one signature of the message.
func (m *message) form(id string, si *cms.SignerInfo, known failure) form {
	pool := m.pool.With(si)
	return form{
		id: id, level: string(cades.LevelOf(m.sd, si)), known: known, claimed: si.SigningTime(), algorithm: si.SignatureAlgorithm,
		pool: pool, stamps: m.stampsOf(si),
		signer: func() (*x509.Certificate, failure) { return m.signer(si, pool) },
		check: func(cert *x509.Certificate, t stamps) cryptoResult {
			return m.cryptographic(si, cert, t, func(digest []byte) error { return si.CheckDigest(m.sd.ContentType, digest) })
		},
		policy: func() failure { return policyOf(si) },
		remark: func(s *Signature) { m.warnLevel(s, si) },
		over:   func() []form { return m.countersOf(si, 1) },
		bound:  cms.Has(si.SignedAttributes, cades.OIDSigningCertificateV2) || cms.Has(si.SignedAttributes, cades.OIDSigningCertificate),
	}
}

// forms of every signature of the message.
func (m *message) forms() (out []form) {
	for i, si := range m.sd.Signers {
		out = append(out, m.form(strconv.Itoa(i+1), si, failure{}))
	}
	return out
}

// countersOf are the signatures over the value of one (RFC 5652, 11.4). One that cannot be
// read is told as such.
func (m *message) countersOf(si *cms.SignerInfo, depth int) (out []form) {
	if depth > maxNesting {
		return nil
	}
	list, err := cades.CounterSignatures(si)
	if err != nil {
		return []form{{level: string(cades.LevelCMS), counter: true, broken: failure{code: reasons.FormatFailure}}}
	}
	for _, counter := range list {
		own := &message{checker: m.checker, sd: m.sd, pool: m.pool}
		digests := map[alg.Hash][]byte{}
		for h := range own.needed(counter) {
			digests[h] = h.Sum(si.Signature)
		}
		own.document = digested(digests)
		f := own.form("", counter, failure{})
		f.counter = true
		f.check = func(cert *x509.Certificate, t stamps) cryptoResult {
			return own.cryptographic(counter, cert, t, func([]byte) error { return cades.CheckCounterDigest(counter, si) })
		}
		f.over = func() []form { return own.countersOf(counter, depth+1) }
		out = append(out, f)
	}
	return out
}

func (m *message) warnLevel(s *Signature, si *cms.SignerInfo) {
	if cades.Level(s.Level) != cades.LevelCMS {
		return
	}
	if si.SignedOctets == nil {
		s.Warn(m.o.Language, reasons.WarnNoSignedAttributes, reasons.Details{})
	} else {
		s.Warn(m.o.Language, reasons.WarnNoSigningCert, reasons.Details{})
	}
}

// signer identifies the signing certificate (EN 319 102-1, 5.2.3): the one that
// the signed attributes bind, or, in plain CMS, the one the signer is named by.
func (m *message) signer(si *cms.SignerInfo, pool *Pool) (*x509.Certificate, failure) {
	ids, err := cades.SigningCertificates(si.SignedAttributes)
	bound := err == nil
	var named *x509.Certificate
	fits := 0
	for _, cert := range m.certificatesAtHand(pool) {
		if fits == maxNamed || !si.Names(cert) {
			continue
		}
		fits++
		switch {
		case bound && ids[0].Matches(cert):
			return cert, failure{}
		case named == nil, signsDocuments(named).code != "" && signsDocuments(cert).code == "":
			// Certificates with one key share the key identifier of the signer:
			// the one that may sign is meant.
			named = cert
		}
	}
	switch {
	case named == nil:
		return nil, failure{code: reasons.NoSigningCert}
	case bound && ids[0].Hash == alg.NoHash:
		return named, failure{code: reasons.CryptoNoPOE}
	case bound:
		return named, fail(reasons.SigConstraints, reasons.CauseCertificateMismatch)
	case errors.Is(err, cades.ErrNoSigningCertificate) && !cms.Has(si.SignedAttributes, cades.OIDSigningCertificateV2):
		return named, failure{} // plain CMS
	}
	return named, failure{reasons.SigConstraints, reasons.Details{Attribute: "signingCertificateV2"}}
}

// cryptographic verifies digest and signature value (EN 319 102-1, 5.2.7).
func (m *message) cryptographic(si *cms.SignerInfo, cert *x509.Certificate, t stamps, checkDigest func([]byte) error) (out cryptoResult) {
	unknown := weak(m.algorithmName(si.SignatureAlgorithm), t)
	if si.Digest == alg.SHA1 {
		unknown.details.Algorithm = "SHA-1"
	}
	document := m.document()
	if si.Digest == alg.NoHash || !si.SignatureAlgorithm.Known() {
		out.open, out.noDocument = unknown, document.digests == nil
		return out
	}
	digest, have := document.digests[si.Digest]
	if si.SignedOctets == nil && isAttributes(document.head) {
		out.open = fail(reasons.SigConstraints, reasons.CauseSwapped)
		return out
	}
	if have {
		switch err := checkDigest(digest); {
		case errors.Is(err, cms.ErrContentDigest):
			out.failed = failure{code: reasons.HashFailure}
			return out
		case err != nil:
			out.open = failure{reasons.SigConstraints, reasons.Details{Attribute: "messageDigest / contentType"}}
		}
	} else {
		out.noDocument = true
		out.open = failure{code: reasons.SignedDataNotFound}
	}
	if cert == nil || !have && si.SignedOctets == nil {
		return out
	}
	switch err := si.CheckSignature(cert.PublicKey, digest); {
	case errors.Is(err, alg.ErrUnsupported):
		out.open = unknown
	case errors.Is(err, alg.ErrSignature) && si.SignedOctets == nil:
		// Without signed attributes a changed document and a wrong value look
		// the same; the document is the likelier cause.
		out.failed = failure{code: reasons.HashFailure}
	case err != nil:
		out.failed = failure{code: reasons.SigCryptoFailure}
	}
	return out
}

// policyOf: a signature that refers to rules of its own cannot be judged without
// them (EN 319 102-1, 5.2.4); the implied policy refers to none.
func policyOf(si *cms.SignerInfo) failure {
	if !cms.Has(si.SignedAttributes, cades.OIDSignaturePolicy) {
		return failure{}
	}
	value, ok := cms.Find(si.SignedAttributes, cades.OIDSignaturePolicy)
	if !ok {
		return failure{code: reasons.PolicyProcessing}
	}
	switch der.NewReader(value).Peek() {
	case der.TagNull:
		return failure{}
	case der.TagSequence:
		return failure{code: reasons.PolicyNotAvailable}
	}
	return failure{code: reasons.PolicyProcessing}
}

// stampsOf lists the stamps of a signature, the last one made first.
func (m *message) stampsOf(si *cms.SignerInfo) []stamp {
	out := slices.Clone(m.outer)
	for _, st := range cades.Stamps(m.sd, si) {
		token, err := tsp.ParseToken(st.Token)
		if err != nil {
			token = nil
		}
		out = append(out, stamp{kind: st.Kind, token: token, inner: &st, check: func() error {
			want, err := st.Imprint(token.Hash, m.content())
			if err == nil && !bytes.Equal(want, token.Imprint) {
				return tsp.ErrImprint
			}
			return err
		}})
	}
	return sortStamps(out)
}

// content gives the document to stamps that cover it.
func (m *message) content() cades.Content {
	return cades.Content{Digest: func(h alg.Hash) ([]byte, bool) {
		digest, ok := m.document().digests[h]
		return digest, ok
	}}
}

// hashDocument reads the document once with every digest the signatures need, while the
// certificates are judged. What it returns waits for the end of the reading, and has to be
// called before the reader is given back. Without a document no digests are left behind.
func (m *message) hashDocument(in Input) (done func() error) {
	needed := m.needed(m.sd.Signers...)
	m.document = digested(nil)
	switch {
	case in.Document != nil:
		var read document
		wait := beside(func() (err error) {
			read.digests, read.head, err = digest.Stream(m.ctx, in.Document, needed)
			return err
		})
		m.document = func() document { _ = wait(); return read } // the error is told by done
		return wait
	case in.Digests != nil:
		m.document = digested(in.Digests)
	case !m.sd.Detached:
		inside := document{digests: map[alg.Hash][]byte{}, head: m.sd.Content}
		for h := range needed {
			inside.digests[h] = h.Sum(m.sd.Content)
		}
		m.document = func() document { return inside }
	}
	return func() error { return nil }
}

// beside runs f beside its caller. What it returns waits for the end; a panic of f is one
// of who waits, as if they had called f themselves.
func beside(f func() error) (wait func() error) {
	var err error
	var panicked any
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer func() { panicked = recover() }()
		err = f()
	}()
	return func() error {
		<-over
		if panicked != nil {
			panic(panicked)
		}
		return err
	}
}

// needed are the hashes under which signatures and their stamps want the document.
func (m *message) needed(signers ...*cms.SignerInfo) map[alg.Hash]bool {
	needed := map[alg.Hash]bool{}
	for _, si := range signers {
		needed[si.Digest] = true
		for _, st := range cades.Stamps(m.sd, si) {
			if st.Kind != cades.ContentStamp && st.Kind != cades.ArchiveStamp {
				continue
			}
			if t, err := tsp.ParseToken(st.Token); err == nil {
				needed[t.Hash] = true
			}
		}
	}
	delete(needed, alg.NoHash)
	return needed
}

// isAttributes reports a document that is itself a set of signed attributes: a
// signature without attributes over it is a signature over another document with
// its attributes taken out and put in the document's place.
func isAttributes(document []byte) bool {
	return len(document) > 0 && document[0] == byte(der.TagSet) &&
		bytes.Contains(document[:min(len(document), digest.HeadSize)], der.ObjectID(cms.OIDMessageDigest))
}
