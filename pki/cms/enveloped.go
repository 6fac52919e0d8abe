// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// oidContentMAC is the unprotected attribute with the code over the content, which is encrypted behind the content in
// the same key stream (R 1323565.1.025-2019, 6.1).
const oidContentMAC der.OID = "1.2.643.7.1.0.6.1.1"

// Bounds of what is read.
const (
	maxRecipients = 1024
	// maxHead is how much may stand before the content, maxTail how much behind it.
	maxHead = 1 << 20
	maxTail = 1 << 16
	// maxBuffered bounds content that has to be held: BER of streaming programs and ciphers that are not streams.
	maxBuffered = 256 << 20
)

var (
	// ErrNotRecipient says that a message has no part for this certificate.
	ErrNotRecipient = errors.New("cms: message is not encrypted for this certificate")
	// ErrSender says that the key of a message was agreed with the certificate of a sender that is not at hand.
	ErrSender = errors.New("cms: certificate of the sender is needed")
	// ErrDecrypt says that content does not decrypt: another key, or the message was changed.
	ErrDecrypt = alg.ErrDecrypt
	// ErrTooLarge says that a message would have to be held in memory and is beyond the bound of 256 MiB.
	ErrTooLarge = errors.New("cms: message of this form is limited to 256 MiB")
)

// Encrypted is a message for recipients (EnvelopedData, RFC 5652, 6) or under a key both sides have (EncryptedData, 8).
// Its content stays where it is until [Encrypted.Decrypt].
type Encrypted struct {
	ContentType der.OID
	Cipher      *alg.Cipher
	Recipients  []*Recipient        // none in EncryptedData
	Senders     []*x509.Certificate // of originatorInfo; callers add those they know

	content *io.SectionReader
	mac     []byte // encrypted, nil without
}

// Recipient is the part of a message for one certificate.
type Recipient struct {
	Issuer       x509.Name   // empty when named by key identifier
	Serial       x509.Serial // likewise
	SubjectKeyID []byte      // nil when named by issuer and serial

	// Err says why the part is not for this program: a way of encryption that it does not know.
	Err error

	way     alg.KeyEncryption
	wrapped alg.WrappedKey
	sender  *Recipient // names the sender's certificate, where the message does not hold the sender's key
	open    func(sender *alg.PublicKey) error
}

// ReadEncrypted reads the head of a message of the given length in DER, or in BER up to 256 MiB. A message of another
// content type is a [*TypeError].
func ReadEncrypted(in io.ReaderAt, size int64) (*Encrypted, error) {
	f, err := openFrame(in, size)
	if err != nil {
		return nil, err
	}
	r := der.NewReader(f.head)
	e := &Encrypted{content: io.NewSectionReader(f.in, f.contentAt, f.contentSize)}
	if f.enveloped {
		e.readRecipients(r)
	} else {
		readVersion(r)
	}
	info := der.NewReader(f.info)
	e.ContentType = info.OID()
	identifier := info.Raw(der.TagSequence)
	info.End()
	if r.Err() == nil {
		r.End()
	}
	if err := errors.Join(r.Close(), info.Close()); err != nil {
		return nil, err
	}
	if e.Cipher, err = alg.ParseCipher(identifier); err != nil {
		return nil, err
	}
	return e, e.readTail(f.tail)
}

func readVersion(r *der.Reader) {
	if v := r.Int(); r.Err() == nil && (v < 0 || v > 4) {
		r.Fail("version of encrypted message unknown")
	}
}

// readRecipients reads what stands before EncryptedContentInfo.
func (e *Encrypted) readRecipients(r *der.Reader) {
	readVersion(r)
	if info, ok := r.EnterOptional(der.ContextConstructed(0)); ok {
		e.readOriginator(info)
	}
	set := r.Set()
	for !set.Empty() {
		if len(e.Recipients) >= maxRecipients {
			set.Fail("too many recipients")
			return
		}
		switch set.Peek() {
		case der.TagSequence:
			e.Recipients = append(e.Recipients, readTransport(set.Sequence()))
		case der.ContextConstructed(1):
			e.Recipients = append(e.Recipients, readAgreement(set.Enter(der.ContextConstructed(1)), maxRecipients-len(e.Recipients))...)
		default:
			set.Any() // keys both sides have, passwords: not for a certificate
		}
	}
}

// readOriginator reads OriginatorInfo (RFC 5652, 6.1). Certificates that do not parse are passed over.
func (e *Encrypted) readOriginator(info *der.Reader) {
	if set, ok := info.EnterOptional(der.ContextConstructed(0)); ok {
		for _, raw := range elements(set, maxCertificates) {
			if cert, err := x509.ParseCertificate(raw); err == nil {
				e.Senders = append(e.Senders, cert)
			}
		}
	}
	info.Optional(der.ContextConstructed(1)) // revocation lists
	info.End()
}

// readTransport reads KeyTransRecipientInfo (RFC 5652, 6.2.1).
func readTransport(s *der.Reader) *Recipient {
	p := new(Recipient)
	s.Int()
	if id, ok := s.Optional(der.Context(0)); ok {
		p.SubjectKeyID = id
	} else {
		p.readIssuerAndSerial(s)
	}
	identifier := s.Raw(der.TagSequence)
	encrypted := s.OctetString()
	s.End()
	if s.Err() != nil {
		return p
	}
	if p.way, p.Err = alg.ParseKeyEncryption(identifier); p.Err == nil {
		p.Err = p.wrapped.ReadTransport(p.way, encrypted)
	}
	return p
}

// readAgreement reads KeyAgreeRecipientInfo (RFC 5652, 6.2.2): one sender's key for several recipients, at most limit.
func readAgreement(s *der.Reader, limit int) (out []*Recipient) {
	s.Int()
	sender, named, senderErr := readSender(s.Enter(der.ContextConstructed(0)))
	var ukm []byte
	if u, ok := s.EnterOptional(der.ContextConstructed(1)); ok {
		ukm = u.OctetString()
		u.End()
	}
	identifier := s.Raw(der.TagSequence)
	keys := s.Sequence()
	s.End()
	if s.Err() != nil {
		return nil
	}
	way, err := alg.ParseKeyEncryption(identifier)
	if err == nil {
		err = senderErr
	}
	for !keys.Empty() {
		if len(out) == limit {
			keys.Fail("too many recipients")
			return nil
		}
		p := &Recipient{Err: err, way: way, sender: named}
		encrypted := p.readKey(keys.Sequence())
		p.open = func(sender *alg.PublicKey) error { return p.wrapped.ReadAgreement(way, sender, ukm, encrypted) }
		if p.Err == nil && named == nil && s.Err() == nil {
			p.Err = p.open(sender)
		}
		out = append(out, p)
	}
	return out
}

// readSender reads OriginatorIdentifierOrKey: a key made for the message, or the name of a certificate.
func readSender(s *der.Reader) (key *alg.PublicKey, named *Recipient, err error) {
	switch s.Peek() {
	case der.ContextConstructed(1):
		spki := der.Retag(der.TagSequence, s.Raw(der.ContextConstructed(1)))
		if s.End(); s.Err() == nil {
			key, err = alg.ParsePublicKey(spki)
		}
		return key, nil, err
	case der.Context(0):
		named = &Recipient{SubjectKeyID: s.Content(der.Context(0))}
	default:
		named = new(Recipient)
		named.readIssuerAndSerial(s)
	}
	s.End()
	return nil, named, nil
}

// readKey reads RecipientEncryptedKey.
func (p *Recipient) readKey(s *der.Reader) (encrypted []byte) {
	if id, ok := s.EnterOptional(der.ContextConstructed(0)); ok { // RecipientKeyIdentifier
		p.SubjectKeyID = id.OctetString()
		for !id.Empty() {
			id.Any() // date and other attributes
		}
	} else {
		p.readIssuerAndSerial(s)
	}
	encrypted = s.OctetString()
	s.End()
	return encrypted
}

func (p *Recipient) readIssuerAndSerial(outer *der.Reader) {
	s := outer.Sequence()
	raw := s.Raw(der.TagSequence)
	p.Serial = ReadSerial(s)
	s.End()
	if outer.Err() != nil {
		return
	}
	name, err := x509.ParseName(raw)
	if err != nil {
		outer.FailWith(err)
		return
	}
	p.Issuer = name
}

// readTail reads what stands behind the content: unprotected attributes.
func (e *Encrypted) readTail(tail []byte) error {
	r := der.NewReader(tail)
	if r.Peek() == der.ContextConstructed(1) {
		for _, a := range parseAttributes(r, r.Raw(der.ContextConstructed(1))) {
			if a.Type != oidContentMAC || len(a.Values) != 1 {
				continue
			}
			v := der.NewReader(a.Values[0])
			e.mac = v.OctetString()
			if err := v.Close(); err != nil {
				return err
			}
		}
	}
	r.End()
	return r.Close()
}

// Matches reports whether the part is for the certificate.
func (p *Recipient) Matches(cert *x509.Certificate) bool {
	if p.SubjectKeyID != nil {
		return bytes.Equal(p.SubjectKeyID, cert.SubjectKeyID)
	}
	return p.Issuer.Equal(cert.Issuer) && p.Serial.Equal(cert.Serial)
}

// ContentKey decrypts the content key with the key of a recipient. Without a certificate every part is tried whose way
// fits the key. No part for the certificate is [ErrNotRecipient], a part that does not decrypt [ErrDecrypt]; a part made
// with the certificate of a sender who is not among Senders is [ErrSender]. The caller wipes the key.
func (e *Encrypted) ContentKey(cert *x509.Certificate, key *alg.PrivateKey) ([]byte, error) {
	failure := ErrNotRecipient
	for _, p := range e.Recipients {
		if cert != nil && !p.Matches(cert) {
			continue
		}
		cek, err := e.unwrap(p, key)
		if err == nil {
			return cek, nil
		}
		failure = err
	}
	return nil, failure
}

func (e *Encrypted) unwrap(p *Recipient, key *alg.PrivateKey) ([]byte, error) {
	if p.Err != nil {
		return nil, p.Err
	}
	if p.sender != nil {
		i := slices.IndexFunc(e.Senders, p.sender.Matches)
		if i < 0 || e.Senders[i].PublicKey == nil {
			return nil, ErrSender
		}
		if err := p.open(e.Senders[i].PublicKey); err != nil {
			return nil, err
		}
	}
	return key.UnwrapKey(p.way, &p.wrapped)
}

// Decrypt writes the content to w under its key. Octets reach w before the code over them is checked: on an error
// the caller must throw away what was written. Ciphers without a code decrypt to anything under a wrong key.
func (e *Encrypted) Decrypt(w io.Writer, key []byte) error {
	if e.Cipher.Authenticated() != (e.mac != nil) {
		return ErrDecrypt // the code was taken off, or stands where no cipher makes one
	}
	if len(key) != e.Cipher.KeySize() {
		return ErrDecrypt // a recipient was sent a key of another cipher
	}
	content := io.NewSectionReader(e.content, 0, e.content.Size())
	stream, err := e.Cipher.NewDecrypter(key)
	if errors.Is(err, alg.ErrUnsupported) {
		return e.decryptWhole(w, content, key)
	}
	if err != nil {
		return err
	}
	buffer := make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(content, buffer)
		stream.Update(buffer[:n])
		if _, e := w.Write(buffer[:n]); e != nil {
			return e
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return stream.Verify(e.mac)
		case err != nil:
			return err
		}
	}
}

// decryptWhole is for ciphers that are not streams.
func (e *Encrypted) decryptWhole(w io.Writer, content *io.SectionReader, key []byte) error {
	if content.Size() > maxBuffered {
		return ErrTooLarge
	}
	data := make([]byte, content.Size())
	if _, err := io.ReadFull(content, data); err != nil {
		return err
	}
	plain, err := e.Cipher.Decrypt(key, data)
	if err != nil {
		return err
	}
	_, err = w.Write(plain)
	return err
}
