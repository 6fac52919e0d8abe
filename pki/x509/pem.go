// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"bytes"
	"encoding/pem"

	"podpis/pki/der"
)

// Labels of PEM (RFC 7468).
const (
	PEMCertificate = "CERTIFICATE"
	PEMRequest     = "CERTIFICATE REQUEST"
	PEMRequestOld  = "NEW CERTIFICATE REQUEST" // Windows and CryptoPro
	PEMCRL         = "X509 CRL"
)

// DecodePEM returns the DER of every block with one of the labels, in their
// order. DER is returned as it is. Input with neither is [ErrPEM].
func DecodePEM(in []byte, labels ...string) (blocks [][]byte, err error) {
	if len(in) > 0 && der.Tag(in[0]) == der.TagSequence {
		return [][]byte{in}, nil
	}
	for rest := in; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		for _, l := range labels {
			if b.Type == l {
				blocks = append(blocks, b.Bytes)
			}
		}
	}
	if len(blocks) == 0 {
		return nil, ErrPEM
	}
	return blocks, nil
}

// EncodePEM writes one block.
func EncodePEM(label string, encoded []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: encoded})
}

// ParseCertificates reads the certificates of a PEM bundle, or one in DER.
func ParseCertificates(in []byte) ([]*Certificate, error) {
	blocks, err := DecodePEM(bytes.TrimLeft(in, "\r\n\t "), PEMCertificate)
	if err != nil {
		return nil, err
	}
	list := make([]*Certificate, len(blocks))
	for i, b := range blocks {
		if list[i], err = ParseCertificate(b); err != nil {
			return nil, err
		}
	}
	return list, nil
}
