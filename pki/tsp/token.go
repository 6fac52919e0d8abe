// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsp

import (
	"bytes"
	"errors"
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Errors of checking a token.
var (
	ErrImprint     = errors.New("tsp: token is over other data")
	ErrNonce       = errors.New("tsp: nonce of the token is not that of the request")
	ErrPolicy      = errors.New("tsp: policy of the token is not that of the request")
	ErrFormat      = errors.New("tsp: malformed token")
	ErrNoSigner    = errors.New("tsp: certificate of the token's signer not found")
	ErrPurpose     = errors.New("tsp: certificate is not for time stamping alone")
	ErrSigningCert = errors.New("tsp: token does not bind its signer's certificate")
)

// Token is a parsed TimeStampToken.
type Token struct {
	Raw       []byte
	Policy    der.OID
	Hash      alg.Hash // of the imprint, NoHash when unknown
	Imprint   []byte
	Serial    x509.Serial
	Time      time.Time
	Accuracy  Accuracy
	Ordering  bool
	Nonce     []byte // octets of the INTEGER, nil when absent
	Message   *cms.SignedData
	Signature *cms.SignerInfo

	digest []byte // of the content, by the signer's hash
}

// ParseToken reads a TimeStampToken: SignedData of one signer over TSTInfo
// (RFC 3161, 2.4.2). Nothing is verified; see [Token.Verify].
func ParseToken(in []byte) (*Token, error) {
	sd, err := cms.ParseSignedData(in)
	if err != nil {
		return nil, err
	}
	if sd.ContentType != OIDTSTInfo || sd.Detached || len(sd.Signers) != 1 {
		return nil, ErrFormat
	}
	t := &Token{Raw: in, Message: sd, Signature: sd.Signers[0]}
	if err := t.parseInfo(sd.Content); err != nil {
		return nil, err
	}
	if h := t.Signature.Digest; h != alg.NoHash {
		t.digest = h.Sum(sd.Content)
	}
	return t, nil
}

// parseInfo reads TSTInfo.
func (t *Token) parseInfo(content []byte) error {
	r := der.NewReader(content)
	s := r.Sequence()
	version := s.Int()
	t.Policy = s.OID()
	imprint := s.Sequence()
	algorithm := imprint.Raw(der.TagSequence)
	t.Imprint = imprint.OctetString()
	imprint.End()
	t.Serial = cms.ReadSerial(s)
	t.Time = s.GeneralizedTime()
	if a, ok := s.EnterOptional(der.TagSequence); ok {
		t.Accuracy = parseAccuracy(a)
	}
	if s.Peek() == der.TagBoolean {
		t.Ordering = s.Bool()
	}
	if s.Peek() == der.TagInteger {
		t.Nonce = s.Integer()
	}
	s.Optional(der.ContextConstructed(0)) // tsa: a hint; the certificate decides
	if extensions, ok := s.EnterOptional(der.ContextConstructed(1)); ok {
		refuseCritical(extensions)
	}
	s.End()
	if err := r.Close(); err != nil {
		return err
	}
	if version != 1 {
		return ErrFormat
	}
	t.Hash, _ = alg.ParseHash(algorithm)
	if t.Hash != alg.NoHash && len(t.Imprint) != t.Hash.Size() {
		return ErrFormat
	}
	return nil
}

func parseAccuracy(s *der.Reader) Accuracy {
	var a Accuracy
	if s.Peek() == der.TagInteger {
		a += Accuracy(max(s.Int(), 0)) * time.Second
	}
	for i, unit := range []time.Duration{time.Millisecond, time.Microsecond} {
		if s.Peek() == der.Context(i) {
			v := s.ImplicitInt(der.Context(i))
			if s.Err() == nil && (v < 1 || v > 999) {
				s.Fail("fraction of accuracy out of range")
			}
			a += Accuracy(v) * unit
		}
	}
	s.End()
	return a
}

// refuseCritical fails on a critical extension, since none is known. The
// extensions [1] are IMPLICIT.
func refuseCritical(list *der.Reader) {
	for !list.Empty() {
		e := list.Sequence()
		e.OID()
		if e.Peek() == der.TagBoolean && e.Bool() {
			e.Fail("critical extension of the token not known")
		}
		e.OctetString()
		e.End()
	}
}

// Covers compares the token with the data it should be over, whatever its hash.
func (t *Token) Covers(data []byte) error {
	if t.Hash == alg.NoHash {
		return alg.ErrUnsupported
	}
	if !bytes.Equal(t.Hash.Sum(data), t.Imprint) {
		return ErrImprint
	}
	return nil
}

// Answers compares the token with the request: imprint, nonce and policy
// (RFC 3161, 2.2).
func (t *Token) Answers(q *Request) error {
	switch {
	case t.Hash != q.Hash || !bytes.Equal(t.Imprint, q.Imprint):
		return ErrImprint
	case !bytes.Equal(t.Nonce, q.Nonce):
		return ErrNonce
	case q.Policy != "" && t.Policy != q.Policy:
		return ErrPolicy
	}
	return nil
}

// Certificates returns every certificate that came with the token: those of the
// message and those of its unsigned certificate values, the only place where
// tokens of CryptoPro services have them.
func (t *Token) Certificates() []*x509.Certificate {
	return append(t.Message.Certificates[:len(t.Message.Certificates):len(t.Message.Certificates)],
		cades.MaterialOf(t.Signature).Certificates...)
}

// Verify checks the token in itself: the signer's certificate, taken from the
// token or from more, is bound by the signed attributes, is for time stamping
// alone, and its key verifies the signature over this content. It returns that
// certificate; whether to trust it is another question.
func (t *Token) Verify(more []*x509.Certificate) (*x509.Certificate, error) {
	cert, err := t.signer(more)
	if err != nil {
		return nil, err
	}
	if !stampsOnly(cert) {
		return cert, ErrPurpose
	}
	if t.Signature.SignedOctets == nil {
		return cert, cms.ErrAttributes // RFC 5652, 5.3: content is not id-data
	}
	if err := t.Signature.CheckDigest(OIDTSTInfo, t.digest); err != nil {
		return cert, err
	}
	return cert, t.Signature.CheckSignature(cert.PublicKey, t.digest)
}

// maxNamed bounds the certificates that fit a SignerInfo and are hashed: an honest
// message has one, a hostile one could have each of its stamps hash all of it.
const maxNamed = 8

// signer finds the certificate by the attribute that binds it. Issuer and serial
// of the SignerInfo are only a hint: two certificates may share them.
func (t *Token) signer(more []*x509.Certificate) (*x509.Certificate, error) {
	ids, err := cades.SigningCertificates(t.Signature.SignedAttributes)
	if err != nil {
		return nil, ErrSigningCert
	}
	named := 0
	for _, c := range append(t.Certificates(), more...) {
		if named == maxNamed || !t.Signature.Names(c) {
			continue
		}
		if named++; ids[0].Matches(c) {
			return c, nil
		}
	}
	if named > 0 {
		return nil, ErrSigningCert
	}
	return nil, ErrNoSigner
}

// stampsOnly: the extension has one purpose and is critical (RFC 3161, 2.3).
func stampsOnly(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.OIDTimeStamping {
		return false
	}
	e := x509.FindExtension(c.Extensions, x509.OIDExtKeyUsage)
	return e != nil && e.Critical
}

// Template is what an authority puts into a token.
type Template struct {
	Request     *Request // imprint, nonce and whether to enclose the certificate
	Policy      der.OID
	Serial      x509.Serial // unique for the authority
	Time        time.Time
	Accuracy    Accuracy // 0: not stated
	Ordering    bool
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // enclosed behind the certificate when it is asked for
}

// Token signs a time stamp token. The signing certificate is bound by the digest
// of the signature's own hash (RFC 5816).
func (t *Template) Token(rand io.Reader, signer alg.Signer) ([]byte, error) {
	key := signer.PublicKey()
	if !stampsOnly(t.Certificate) {
		return nil, ErrPurpose
	}
	if !key.Equal(t.Certificate.PublicKey) {
		return nil, alg.ErrMismatch
	}
	content := t.info()
	h := key.Kind().Hash()
	// The claimed time of the token is the stamped one.
	attributes := cades.SignedAttributes(OIDTSTInfo, h.Sum(content), h, t.Certificate, t.Time)
	signature, err := signer.SignDigest(rand, h, h.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		return nil, err
	}
	b := &cms.Builder{
		ContentType: OIDTSTInfo,
		Signers:     []*cms.SignerInfo{cms.NewSigner(t.Certificate, h, key.Kind().Algorithm(), attributes, signature)},
	}
	if t.Request.CertReq { // RFC 3161, 2.4.1: only then
		b.Certificates = append([]*x509.Certificate{t.Certificate}, t.Chain...)
	}
	return b.Attached(content)
}

func (t *Template) info() []byte {
	var accuracy, ordering, nonce []byte
	if t.Accuracy > 0 {
		accuracy = encodeAccuracy(t.Accuracy)
	}
	if t.Ordering {
		ordering = der.Bool(true)
	}
	if t.Request.Nonce != nil {
		nonce = der.Element(der.TagInteger, t.Request.Nonce)
	}
	return der.Sequence(der.Int(1), der.ObjectID(t.Policy), t.Request.imprint(), t.Serial.Encode(),
		der.GeneralizedTime(t.Time), accuracy, ordering, nonce)
}

func encodeAccuracy(a Accuracy) []byte {
	var parts [][]byte
	if s := a / time.Second; s > 0 {
		parts = append(parts, der.Int(int64(s)))
	}
	for i, v := range []int64{int64(a % time.Second / time.Millisecond), int64(a % time.Millisecond / time.Microsecond)} {
		if v > 0 {
			parts = append(parts, der.Retag(der.Context(i), der.Int(v)))
		}
	}
	return der.Sequence(parts...)
}
