// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pkcs12

import (
	"io"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
)

// writer makes the parts of a container.
type writer struct {
	rand     io.Reader
	password []byte
	options  pkcs5.Options
}

// authenticatedSafe puts the certificates under the password and the key under
// the password once more, as RFC 9548, A.3 does.
func (w *writer) authenticatedSafe(c *Contents) ([]byte, error) {
	id := alg.SHA1.Sum(c.Certificates[0].Raw) // what joins key and certificate in OpenSSL
	var bags [][]byte
	for i, cert := range c.Certificates {
		var attributes []byte
		if i == 0 {
			attributes = bagAttributes(c.FriendlyName, id)
		}
		value := der.Sequence(der.ObjectID(oidX509Certificate), der.Explicit(0, der.OctetString(cert.Raw)))
		bags = append(bags, der.Sequence(der.ObjectID(oidCertBag), der.Explicit(0, value), attributes))
	}
	algorithm, encrypted, err := pkcs5.Encrypt(w.rand, w.password, der.Sequence(bags...), w.options)
	if err != nil {
		return nil, err
	}
	certificates := der.Sequence(der.ObjectID(oidEncryptedData), der.Explicit(0, der.Sequence(der.Int(0),
		der.Sequence(der.ObjectID(oidData), algorithm, der.Element(der.Context(0), encrypted)))))

	shrouded, err := pkcs8.Encrypt(w.rand, c.Key, w.password, w.options)
	if err != nil {
		return nil, err
	}
	bag := der.Sequence(der.ObjectID(oidShroudedBag), der.Explicit(0, shrouded), bagAttributes(c.FriendlyName, id))
	key := der.Sequence(der.ObjectID(oidData), der.Explicit(0, der.OctetString(der.Sequence(bag))))
	return der.Sequence(certificates, key), nil
}

func bagAttributes(name string, id []byte) []byte {
	list := [][]byte{der.Sequence(der.ObjectID(oidLocalKeyID), der.SetOf(der.OctetString(id)))}
	if name != "" {
		list = append(list, der.Sequence(der.ObjectID(oidFriendlyName),
			der.SetOf(der.Element(der.TagBMPString, toBMP(name)))))
	}
	return der.SetOf(list...)
}

// mac makes MacData: RFC 9548, 3 for GOST ciphers, RFC 7292, B with SHA-256 for
// others, as OpenSSL 3 writes it.
func (w *writer) mac(content []byte) ([]byte, error) {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(w.rand, salt); err != nil {
		return nil, err
	}
	n := w.options.Iterations
	h := alg.Streebog512
	var key []byte
	if w.options.Cipher == alg.AES256CBC {
		h = alg.SHA256
		key = derive(h, bmpString(w.password), salt, 3, n, h.Size())
	} else {
		key = macKey(h, w.password, salt, n)
	}
	defer clear(key)
	code := h.NewHMAC(key)
	code.Write(content)
	identifier := h.Identifier()
	if h == alg.SHA256 { // what old readers expect (RFC 8017, B.1)
		identifier = der.Sequence(der.ObjectID(h.OID()), der.Null())
	}
	return der.Sequence(der.Sequence(identifier, der.OctetString(code.Sum(nil))),
		der.OctetString(salt), der.Int(int64(n))), nil
}
