// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package sign makes signatures over documents of any size: CAdES level B, CAdES
// level T with a time stamp, or plain CMS, detached or attached.
//
// The work is split where the key may be elsewhere. [Prepare] takes the digest of
// the document and gives the octets to be signed; whoever holds the key signs
// (a key in memory, the browser's WebCrypto, a token, a cloud); [Prepared.Finish]
// assembles, checks its own result as a stranger would and only then returns it.
// [Detached] and [Attached] do all of it for a key at hand.
//
// [Stamp] and [Archive] raise a message that is there already.
//
// Standards: RFC 5652, EN 319 122-1, RFC 3161. Left out: the levels C to X Long,
// XAdES and PAdES, and any judgement on the signer's certificate beyond its
// validity and key usage.
package sign

import (
	"context"
	"errors"
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

var (
	// ErrPair says that the key is not the certificate's.
	ErrPair = errors.New("sign: key and certificate are not a pair")
	// ErrNotYetValid says that the certificate's validity has not begun.
	ErrNotYetValid = errors.New("sign: certificate is not valid yet")
	// ErrExpired says that the certificate's validity is over.
	ErrExpired = errors.New("sign: certificate has expired")
	// ErrKeyUsage says that the certificate forbids signing documents.
	ErrKeyUsage = errors.New("sign: certificate is not for signing")
	// ErrKeyPeriod says that the private key's own period is over or not begun.
	ErrKeyPeriod = errors.New("sign: outside the period of the private key")
	// ErrNoTimestamper says that level T was asked for without an authority.
	ErrNoTimestamper = errors.New("sign: no time stamp authority given")
	// ErrTimestamp says that the authority's answer is of no use.
	ErrTimestamp = errors.New("sign: time stamp authority gave no usable stamp")
	// ErrSelfCheck says that what was made does not verify: nothing is returned.
	ErrSelfCheck = errors.New("sign: the signature made does not verify")
	// ErrChanged says that the document changed between two readings.
	ErrChanged = errors.New("sign: document changed while it was read")
)

// Timestamper carries a request to a time stamp authority and its answer back,
// both encoded (RFC 3161, 3). It need not look inside.
type Timestamper interface {
	Timestamp(ctx context.Context, request []byte) (response []byte, err error)
}

// Level is how much a signature carries.
type Level int

// The levels.
const (
	B   Level = iota // CAdES-B: the certificate is bound into the signature
	T                // CAdES-T: and its time confirmed by a stamp
	CMS              // plain CMS: content type, digest and time only
)

// Options say how to sign.
type Options struct {
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // enclosed beside the certificate
	Level       Level
	// Time is the clock: it is written as the claimed time, and the certificate
	// must be valid then. Zero leaves out both.
	Time        time.Time
	Timestamper Timestamper // for level T
	// Kind is the kind of the key when it is one that this build cannot read
	// (P-256 and RSA in the browser); otherwise leave it out.
	Kind alg.Kind
}

func (o *Options) kind() alg.Kind {
	if o.Kind == alg.UnknownKind && o.Certificate.PublicKey != nil {
		return o.Certificate.PublicKey.Kind()
	}
	return o.Kind
}

// Hash is the digest the document must be hashed with.
func (o *Options) Hash() alg.Hash { return o.kind().Hash() }

// check refuses a certificate that would give a signature nobody accepts.
func (o *Options) check() error {
	c := o.Certificate
	switch {
	case o.Hash() == alg.NoHash:
		return alg.ErrUnsupported
	case o.kind().ReadOnly():
		return alg.ErrReadOnly
	case c.HasKeyUsage && c.KeyUsage&(x509.DigitalSignature|x509.NonRepudiation) == 0:
		return ErrKeyUsage
	case o.Level == T && o.Timestamper == nil:
		return ErrNoTimestamper
	case o.Time.IsZero():
		return nil
	case o.Time.Before(c.NotBefore):
		return ErrNotYetValid
	case o.Time.After(c.NotAfter):
		return ErrExpired
	case !c.PrivateKeyNotBefore.IsZero() && o.Time.Before(c.PrivateKeyNotBefore),
		!c.PrivateKeyNotAfter.IsZero() && o.Time.After(c.PrivateKeyNotAfter):
		return ErrKeyPeriod
	}
	return nil
}

// Prepared is a signature that lacks only its value.
type Prepared struct {
	options    Options
	digest     []byte
	attributes []cms.Attribute
	octets     []byte
}

// Prepare takes the digest of the document by [Options.Hash].
func Prepare(o Options, digest []byte) (*Prepared, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	h := o.Hash()
	if len(digest) != h.Size() {
		return nil, alg.ErrMismatch
	}
	p := &Prepared{options: o, digest: digest}
	moment := o.Time.UTC().Truncate(time.Second)
	if o.Level == CMS {
		p.attributes = cms.ContentAttributes(cms.OIDData, digest, moment)
	} else {
		p.attributes = cades.SignedAttributes(cms.OIDData, digest, h, o.Certificate, moment)
	}
	p.octets = cms.SignedOctets(p.attributes)
	return p, nil
}

// Octets are what is to be signed, for signers that hash themselves.
func (p *Prepared) Octets() []byte { return p.octets }

// Digest is the digest of Octets, for signers that take a digest.
func (p *Prepared) Digest() []byte { return p.options.Hash().Sum(p.octets) }

// Signature is a finished signature, checked.
type Signature struct {
	builder cms.Builder
	stamp   *tsp.Token
}

// Finish puts the signature value in, verifies the message and, for level T, has
// its value stamped. The random octets go into the request for the stamp. When
// the build cannot compute the key's algorithm the value is not verified here:
// then Finish refuses with [alg.ErrUnsupported] unless verified says that the
// caller has done so with the same octets.
func (p *Prepared) Finish(ctx context.Context, rand io.Reader, value []byte, verified bool) (*Signature, error) {
	o := &p.options
	si := cms.NewSigner(o.Certificate, o.Hash(), o.kind().Algorithm(), p.attributes, value)
	s := &Signature{builder: cms.Builder{
		Certificates: append([]*x509.Certificate{o.Certificate}, o.Chain...),
		Signers:      []*cms.SignerInfo{si},
	}}
	if err := p.selfCheck(s, verified); err != nil {
		return nil, err
	}
	if o.Level == T {
		token, err := p.stamp(ctx, rand, value)
		if err != nil {
			return nil, err
		}
		s.stamp = token
		cades.AddTimestamp(si, token.Raw)
		if err := p.selfCheck(s, verified); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// selfCheck reads the encoded message as a stranger would.
func (p *Prepared) selfCheck(s *Signature, verified bool) error {
	sd, err := cms.ParseSignedData(s.Detached())
	if err != nil || len(sd.Signers) != 1 {
		return ErrSelfCheck
	}
	si := sd.Signers[0]
	if !si.Names(p.options.Certificate) || si.CheckDigest(cms.OIDData, p.digest) != nil {
		return ErrSelfCheck
	}
	if p.options.Level != CMS && cades.CheckSigningCertificate(si, p.options.Certificate) != nil {
		return ErrSelfCheck
	}
	err = si.CheckSignature(p.options.Certificate.PublicKey, p.digest)
	switch {
	case err == nil, verified && errors.Is(err, alg.ErrUnsupported):
		return nil
	case errors.Is(err, alg.ErrUnsupported):
		return err
	}
	return ErrSelfCheck
}

// stamp asks for a token over the signature value.
func (p *Prepared) stamp(ctx context.Context, rand io.Reader, value []byte) (*tsp.Token, error) {
	h := p.options.Hash()
	return askStamp(ctx, rand, p.options.Timestamper, h, h.Sum(value))
}

// Detached encodes the signature without the document.
func (s *Signature) Detached() []byte { return s.builder.Detached() }

// Frame returns what stands before and behind a document of the given length in
// an attached signature. The error is [cms.ErrTooLong].
func (s *Signature) Frame(size int64) (head, tail []byte, err error) { return s.builder.Frame(size) }

// AddTo puts the signature beside those that a message over the same document
// already carries.
func (s *Signature) AddTo(sd *cms.SignedData) {
	for _, si := range s.builder.Signers {
		sd.AddSigner(si)
	}
	for _, c := range s.builder.Certificates {
		sd.AddCertificate(c)
	}
}

// Stamp is the time of the stamp, zero without one.
func (s *Signature) Stamp() time.Time {
	if s.stamp == nil {
		return time.Time{}
	}
	return s.stamp.Time
}

// WithDigest signs a document by its digest with a key at hand.
func WithDigest(ctx context.Context, rand io.Reader, digest []byte, signer alg.Signer, o Options) (*Signature, error) {
	if o.Certificate == nil || !signer.PublicKey().Equal(o.Certificate.PublicKey) {
		return nil, ErrPair
	}
	p, err := Prepare(o, digest)
	if err != nil {
		return nil, err
	}
	value, err := signer.SignDigest(rand, o.Hash(), p.Digest())
	if err != nil {
		return nil, err
	}
	return p.Finish(ctx, rand, value, false)
}

// Detached signs a stream and returns the message without it, in DER.
func Detached(ctx context.Context, rand io.Reader, document io.Reader, signer alg.Signer, o Options) ([]byte, error) {
	if o.Certificate == nil {
		return nil, ErrPair
	}
	digest, _, err := hashAll(ctx, document, o.Hash())
	if err != nil {
		return nil, err
	}
	s, err := WithDigest(ctx, rand, digest, signer, o)
	if err != nil {
		return nil, err
	}
	return s.Detached(), nil
}

// Attached signs a document and writes the message with it inside. The document
// is read twice: a length and a digest come before it. When it differs the
// second time, the error is [ErrChanged] and what was written is worthless.
func Attached(ctx context.Context, rand io.Reader, out io.Writer, document io.ReadSeeker, signer alg.Signer, o Options) error {
	if o.Certificate == nil {
		return ErrPair
	}
	digest, size, err := hashAll(ctx, document, o.Hash())
	if err != nil {
		return err
	}
	s, err := WithDigest(ctx, rand, digest, signer, o)
	if err != nil {
		return err
	}
	head, tail, err := s.Frame(size)
	if err != nil {
		return err
	}
	if _, err := document.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := out.Write(head); err != nil {
		return err
	}
	again, written, err := hashAll(ctx, io.TeeReader(io.LimitReader(document, size), out), o.Hash())
	if err != nil {
		return err
	}
	if written != size || string(again) != string(digest) {
		return ErrChanged
	}
	_, err = out.Write(tail)
	return err
}

// hashAll reads a stream to its end in pieces of 64 KiB.
func hashAll(ctx context.Context, r io.Reader, h alg.Hash) (digest []byte, size int64, err error) {
	if h == alg.NoHash {
		return nil, 0, alg.ErrUnsupported
	}
	d := h.New()
	buffer := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		n, err := r.Read(buffer)
		d.Write(buffer[:n])
		size += int64(n)
		if errors.Is(err, io.EOF) {
			return d.Sum(nil), size, nil
		}
		if err != nil {
			return nil, 0, err
		}
	}
}
