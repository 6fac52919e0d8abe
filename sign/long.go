// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package sign

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// Prover gives the path of a certificate with what tells of its revocation, the certificate first; near are certificates
// that came with it. An error says why it is not to be relied on.
type Prover func(cert *x509.Certificate, near []*x509.Certificate) ([]cades.Proof, error)

// ErrNoSigner says that the certificate of a signature or of a stamp is not at hand.
var ErrNoSigner = errors.New("sign: certificate of the signer or of the time stamp authority not found")

// Long raises the signatures of a message to X Long Type 1 as the field makes it: references to the path and its revocation
// data, their values, and a stamp over the signature, its stamp and the references. Signatures without a stamp get one first;
// stamps carry their own path in themselves. Signatures that are at this level already stay as they are.
func Long(ctx context.Context, rand io.Reader, sd *cms.SignedData, prove Prover, t Timestamper) error {
	if _, err := Stamp(ctx, rand, sd, t); err != nil {
		return err
	}
	for _, si := range sd.Signers {
		if cms.Has(si.UnsignedAttributes, cades.OIDCTimestamp) {
			continue
		}
		cert := signerOf(sd, si)
		if cert == nil {
			return ErrNoSigner
		}
		// Certificates of the message may belong to the path of a stamp too.
		prover := func(cert *x509.Certificate, near []*x509.Certificate) ([]cades.Proof, error) {
			return prove(cert, slices.Concat(near, sd.Certificates))
		}
		path, err := prover(cert, nil)
		if err != nil {
			return err
		}
		if err := long(ctx, rand, si, path, prover, t); err != nil {
			return err
		}
	}
	return nil
}

func long(ctx context.Context, rand io.Reader, si *cms.SignerInfo, path []cades.Proof, prove Prover, t Timestamper) error {
	h := stampHash(si)
	var stamps [][]byte
	for _, raw := range cades.SignatureTimestamps(si) {
		token, err := enclose(raw, prove)
		if err != nil {
			return err
		}
		stamps = append(stamps, token)
	}
	cades.SetTimestamps(si, stamps)
	if err := cades.AddLong(si, h, path); err != nil {
		return err
	}
	imprint, err := cades.LongImprint(si, h)
	if err != nil {
		return err
	}
	token, err := askStamp(ctx, rand, t, h, imprint)
	if err != nil {
		return err
	}
	enclosed, err := enclose(token.Raw, prove)
	if err != nil {
		return err
	}
	cades.AddLongTimestamp(si, enclosed)
	return nil
}

// enclose puts the path of a stamp and its revocation data into the stamp.
func enclose(raw []byte, prove Prover) ([]byte, error) {
	token, err := tsp.ParseToken(raw)
	if err != nil {
		return nil, errors.Join(ErrTimestamp, err)
	}
	si := token.Message.Signers[0]
	if cms.Has(si.UnsignedAttributes, cades.OIDCertificateValues) {
		return raw, nil
	}
	cert := signerOf(token.Message, si)
	if cert == nil {
		return nil, ErrNoSigner
	}
	path, err := prove(cert, token.Message.Certificates)
	if err != nil {
		return nil, err
	}
	if err := cades.AddLong(si, stampHash(si), path); err != nil {
		return nil, err
	}
	return token.Message.Encode(), nil
}

func signerOf(sd *cms.SignedData, si *cms.SignerInfo) *x509.Certificate {
	for _, c := range slices.Concat(sd.Certificates, cades.MaterialOf(si).Certificates) {
		if si.Names(c) {
			return c
		}
	}
	return nil
}

// Counter puts a counter signature of level B or T over each signature of a message, and tells how many those were. The
// certificate and its chain go into the message.
func Counter(ctx context.Context, rand io.Reader, sd *cms.SignedData, signer alg.Signer, o Options) (n int, err error) {
	if o.Certificate == nil || !signer.PublicKey().Equal(o.Certificate.PublicKey) {
		return 0, ErrPair
	}
	if err := o.check(); err != nil {
		return 0, err
	}
	h := o.Hash()
	moment := o.Time.UTC().Truncate(time.Second)
	for _, over := range sd.Signers {
		attributes := cades.CounterAttributes(over, h, o.Certificate, moment)
		value, err := signer.SignDigest(rand, h, h.Sum(cms.SignedOctets(attributes)))
		if err != nil {
			return n, err
		}
		counter := cms.NewSigner(o.Certificate, h, o.kind().Algorithm(), attributes, value)
		if o.Level == T {
			token, err := askStamp(ctx, rand, o.Timestamper, h, h.Sum(value))
			if err != nil {
				return n, err
			}
			cades.AddTimestamp(counter, token.Raw)
		}
		if cades.CheckCounterDigest(counter, over) != nil || counter.CheckSignature(o.Certificate.PublicKey, h.Sum(over.Signature)) != nil {
			return n, ErrSelfCheck
		}
		cades.AddCounterSignature(over, counter)
		n++
	}
	for _, c := range append([]*x509.Certificate{o.Certificate}, o.Chain...) {
		sd.AddCertificate(c)
	}
	return n, nil
}
