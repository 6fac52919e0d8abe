// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"context"
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/ocsp"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/verify"
)

// maxAddresses bounds how many addresses of one certificate are tried.
const maxAddresses = 5

// Evidence returns the sources of the client in the order to ask them: answers
// first, since they are newer and smaller, then lists.
func (c *Client) Evidence() []verify.Evidence { return []verify.Evidence{responder{c}, lists{c}} }

// responder brings OCSP answers and the certificates of issuers.
type responder struct{ c *Client }

// Issuers follows the addresses of the issuer's certificate: one certificate in
// DER or PEM, or a bundle (RFC 5280, 4.2.2.1).
func (r responder) Issuers(ctx context.Context, cert *x509.Certificate) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, r.c.patience)
	defer cancel()
	return r.c.certificates(ctx, cert.IssuingURLs)
}

// certificates brings what stands at the first address that has any.
func (c *Client) certificates(ctx context.Context, addresses []string) ([]*x509.Certificate, error) {
	var failed error
	for i, address := range addresses {
		if i == maxAddresses {
			break
		}
		body, err := c.get(ctx, address, maxCertificate)
		if err != nil {
			failed = err
			continue
		}
		if list, err := x509.ParseCertificates(cms.Unarmor(body)); err == nil {
			return list, nil
		}
		sd, err := cms.ParseSignedData(cms.Unarmor(body))
		if err == nil {
			return sd.Certificates, nil
		}
		failed = err
	}
	return nil, failed
}

// Revocation asks the responders that the certificate names, one after another.
func (r responder) Revocation(ctx context.Context, cert, issuer *x509.Certificate) ([]verify.RevocationData, error) {
	ctx, cancel := context.WithTimeout(ctx, r.c.patience)
	defer cancel()
	var failed error
	for i, address := range cert.OCSPServers {
		if i == maxAddresses {
			break
		}
		response, err := r.ask(ctx, address, cert, issuer)
		if err == nil {
			return []verify.RevocationData{{OCSP: response, Source: address}}, nil
		}
		failed = err
	}
	return nil, failed
}

func (r responder) ask(ctx context.Context, address string, cert, issuer *x509.Certificate) (*ocsp.Response, error) {
	// SHA-1 names the issuer here, it protects nothing; responders of the field
	// know no other (RFC 5019, 2.1.1).
	id, err := ocsp.NewCertID(alg.SHA1, issuer, cert.Serial)
	if err != nil {
		return nil, err
	}
	var nonce []byte
	if r.c.random != nil {
		nonce = make([]byte, 16)
		if _, err := io.ReadFull(r.c.random, nonce); err != nil {
			return nil, err
		}
	}
	request, err := ocsp.NewRequest(nonce, id)
	if err != nil {
		return nil, err
	}
	body, err := r.c.post(ctx, address, "application/ocsp-request", request, maxOCSP)
	if err != nil {
		return nil, err
	}
	response, err := ocsp.ParseResponse(body)
	switch {
	case err != nil:
		return nil, err
	case response.Status != ocsp.Successful:
		return nil, errors.New("fetch: OCSP " + response.Status.String())
	case response.Nonce != nil && nonce != nil:
		// Answers prepared in advance carry none; their freshness is judged by time.
		return response, response.CheckNonce(nonce)
	}
	return response, nil
}

// TSA is a time stamp authority at an address.
type TSA struct {
	Client *Client
	URL    string
}

// Timestamp posts a request and returns the response.
func (a TSA) Timestamp(ctx context.Context, request []byte) ([]byte, error) {
	return a.Client.post(ctx, a.URL, tsp.RequestType, request, maxStamp)
}
