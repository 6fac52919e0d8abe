// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package sign

import (
	"context"
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/tsp"
)

// Stamp raises the signatures of a message that have no time stamp over their value to level T, and tells how many those
// were.
func Stamp(ctx context.Context, rand io.Reader, sd *cms.SignedData, t Timestamper) (n int, err error) {
	for _, si := range sd.Signers {
		if cms.Has(si.UnsignedAttributes, cades.OIDSignatureTimestamp) {
			continue
		}
		h := stampHash(si)
		token, err := askStamp(ctx, rand, t, h, h.Sum(si.Signature))
		if err != nil {
			return n, err
		}
		cades.AddTimestamp(si, token.Raw)
		n++
	}
	return n, nil
}

// Archive puts an archive stamp over every signature of a message and all that the message carries (EN 319 122-1, 5.5). The
// digest is that of the content under the hash.
func Archive(ctx context.Context, rand io.Reader, sd *cms.SignedData, digest func(h alg.Hash) ([]byte, error), t Timestamper) error {
	for _, si := range sd.Signers {
		h := stampHash(si)
		content, err := digest(h)
		if err != nil {
			return err
		}
		a := cades.NewArchive(sd, si, h, content)
		token, err := askStamp(ctx, rand, t, h, a.Imprint())
		if err != nil {
			return err
		}
		if err := a.Add(token.Raw); err != nil {
			return errors.Join(ErrTimestamp, err)
		}
	}
	return nil
}

// stampHash is the hash of the signature itself, unless it is one that nothing new is made with.
func stampHash(si *cms.SignerInfo) alg.Hash {
	switch si.Digest {
	case alg.GOST94:
		return alg.Streebog256
	case alg.SHA1, alg.NoHash:
		return alg.SHA256
	}
	return si.Digest
}

// askStamp asks an authority for a token over a digest and checks the answer.
func askStamp(ctx context.Context, rand io.Reader, t Timestamper, h alg.Hash, digest []byte) (*tsp.Token, error) {
	request, err := tsp.NewRequest(rand, h, digest)
	if err != nil {
		return nil, err
	}
	answer, err := t.Timestamp(ctx, request.Marshal())
	if err != nil {
		return nil, errors.Join(ErrTimestamp, err)
	}
	response, err := tsp.ParseResponse(answer)
	if err != nil {
		return nil, errors.Join(ErrTimestamp, err)
	}
	if !response.Granted() {
		return nil, errors.Join(ErrTimestamp, tsp.ErrRefused, errors.New(response.FailInfo.String()))
	}
	token, err := tsp.ParseToken(response.Token)
	if err == nil {
		err = token.Answers(request)
	}
	if err == nil {
		_, err = token.Verify(nil)
	}
	if err != nil {
		return nil, errors.Join(ErrTimestamp, err)
	}
	return token, nil
}

// StampDigest asks for a time stamp over a digest.
func StampDigest(ctx context.Context, rand io.Reader, h alg.Hash, digest []byte, t Timestamper) (*tsp.Token, error) {
	return askStamp(ctx, rand, t, h, digest)
}

// File asks for a time stamp over a document by itself.
func File(ctx context.Context, rand io.Reader, document io.Reader, h alg.Hash, t Timestamper) (*tsp.Token, error) {
	digest, _, err := hashAll(ctx, document, h)
	if err != nil {
		return nil, err
	}
	return askStamp(ctx, rand, t, h, digest)
}
