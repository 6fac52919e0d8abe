// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms

import (
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

var (
	// ErrNoRecipients says that a message was to be encrypted for nobody.
	ErrNoRecipients = errors.New("cms: no recipient")
	// ErrSize says that content was not of the length announced.
	ErrSize = errors.New("cms: content changed while it was read")
)

// RecipientError names the recipient a message cannot be encrypted for.
type RecipientError struct {
	Certificate *x509.Certificate
	Err         error
}

func (e *RecipientError) Error() string {
	return "cms: encrypt for " + e.Certificate.Subject.String() + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *RecipientError) Unwrap() error { return e.Err }

// Encrypt writes EnvelopedData (RFC 5652, 6; R 1323565.1.025-2019) with content of the given length for the
// recipients; each can open it alone. Every recipient gets the key by key transport. Nothing of the content is held.
// The cipher is CTR-ACPKM of a kind given, Kuznyechik with a code when unknown.
func Encrypt(rand io.Reader, w io.Writer, content io.Reader, size int64, recipients []*x509.Certificate, kind alg.CipherKind) error {
	if kind == alg.UnknownCipher {
		kind = alg.KuznyechikCTROMAC
	}
	if len(recipients) == 0 {
		return ErrNoRecipients
	}
	if size < 0 || size > maxAttached-maxHead {
		return ErrTooLong
	}
	cipher, err := alg.NewCipher(kind, rand)
	if err != nil {
		return err
	}
	key := make([]byte, cipher.KeySize())
	defer clear(key)
	if _, err := io.ReadFull(rand, key); err != nil {
		return err
	}
	infos, err := recipientInfos(rand, recipients, kind, key)
	if err != nil {
		return err
	}
	stream, err := cipher.NewEncrypter(key)
	if err != nil {
		return err
	}
	if _, err := w.Write(encryptedHead(cipher, infos, int(size))); err != nil {
		return err
	}
	if err := encryptContent(w, content, size, stream); err != nil {
		return err
	}
	_, err = w.Write(unprotected(stream.Code()))
	return err
}

// recipientInfos encrypts the content key for each (KeyTransRecipientInfo, RFC 5652, 6.2.1).
func recipientInfos(rand io.Reader, recipients []*x509.Certificate, kind alg.CipherKind, key []byte) (infos []byte, err error) {
	var parts [][]byte
	for _, cert := range recipients {
		if cert.PublicKey == nil {
			return nil, &RecipientError{cert, alg.ErrUnsupported}
		}
		way, err := alg.KeyEncryptionFor(cert.PublicKey, kind)
		if err != nil {
			return nil, &RecipientError{cert, err}
		}
		wrapped, err := cert.PublicKey.WrapKey(rand, way, key)
		if err != nil {
			return nil, &RecipientError{cert, err}
		}
		parts = append(parts, der.Sequence(der.Int(0), der.Sequence(cert.Issuer.Raw, cert.Serial.Encode()),
			way.Identifier(cert.PublicKey), der.OctetString(wrapped.Transport())))
	}
	return der.SetOf(parts...), nil
}

// encryptedHead is the message up to its content.
func encryptedHead(cipher *alg.Cipher, infos []byte, size int) []byte {
	tail := 0
	version := der.Int(0)
	if n := cipher.CodeSize(); n != 0 {
		tail = len(unprotected(make([]byte, n)))
		version = der.Int(2) // RFC 5652, 6.1: with unprotected attributes
	}
	contentHead := der.AppendHeader(nil, der.Context(0), size)
	info := append(der.ObjectID(OIDData), cipher.Identifier()...)
	infoSize := len(info) + len(contentHead) + size
	infoHead := der.AppendHeader(nil, der.TagSequence, infoSize)
	dataSize := len(version) + len(infos) + len(infoHead) + infoSize + tail
	dataHead := der.AppendHeader(nil, der.TagSequence, dataSize)
	explicitHead := der.AppendHeader(nil, der.ContextConstructed(0), len(dataHead)+dataSize)
	contentType := der.ObjectID(OIDEnvelopedData)
	out := der.AppendHeader(nil, der.TagSequence, len(contentType)+len(explicitHead)+len(dataHead)+dataSize)
	for _, part := range [][]byte{contentType, explicitHead, dataHead, version, infos, infoHead, info, contentHead} {
		out = append(out, part...)
	}
	return out
}

// unprotected encodes unprotectedAttrs with the code; nothing without one.
func unprotected(code []byte) []byte {
	if code == nil {
		return nil
	}
	return der.Element(der.ContextConstructed(1), NewAttribute(oidContentMAC, der.OctetString(code)).Raw)
}

func encryptContent(w io.Writer, content io.Reader, size int64, stream *alg.ContentStream) error {
	buffer := make([]byte, 64<<10)
	for size > 0 {
		piece := buffer[:min(size, int64(len(buffer)))]
		if _, err := io.ReadFull(content, piece); err != nil {
			return lengthError(err)
		}
		stream.Update(piece)
		if _, err := w.Write(piece); err != nil {
			return err
		}
		size -= int64(len(piece))
	}
	if n, err := content.Read(buffer[:1]); n != 0 || err != io.EOF {
		return lengthError(err)
	}
	return nil
}

func lengthError(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrSize
	}
	return err
}
