// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms

import (
	"bytes"
	"errors"
	"io"

	"podpis/pki/der"
)

// frame is an encrypted message taken apart around its content, which stays in the file.
type frame struct {
	enveloped   bool
	head        []byte // elements of EnvelopedData or EncryptedData before EncryptedContentInfo
	info        []byte // elements of EncryptedContentInfo before the content
	tail        []byte // elements behind EncryptedContentInfo
	in          io.ReaderAt
	contentAt   int64
	contentSize int64
}

// openFrame finds the parts of ContentInfo. DER is read where it is. BER, which streaming programs write because they do
// not know the length, is rewritten in memory.
func openFrame(in io.ReaderAt, size int64) (*frame, error) {
	c := &cursor{in: in, end: size}
	if err := c.fill(); err != nil {
		return nil, err
	}
	f, err := c.frame(size)
	if _, isSyntax := errors.AsType[*der.SyntaxError](err); !isSyntax {
		return f, err
	}
	if size > maxBuffered {
		return nil, ErrTooLarge
	}
	whole := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(in, 0, size), whole); err != nil {
		return nil, err
	}
	message, rest, berErr := der.FromBER(whole)
	switch {
	case berErr != nil:
		return nil, berErr
	case len(rest) != 0 || bytes.Equal(message, whole):
		return nil, err // it was not the encoding
	}
	c = &cursor{in: bytes.NewReader(message), end: int64(len(message))}
	if err := c.fill(); err != nil {
		return nil, err
	}
	return c.frame(int64(len(message)))
}

// cursor walks through the elements of a file whose beginning is in memory.
type cursor struct {
	in     io.ReaderAt
	prefix []byte
	at     int64
	end    int64
}

func (c *cursor) fill() error {
	c.prefix = make([]byte, min(maxHead, c.end))
	_, err := io.ReadFull(io.NewSectionReader(c.in, 0, c.end), c.prefix)
	return err
}

func (c *cursor) fail(reason string) error {
	return &der.SyntaxError{Offset: int(c.at), Reason: reason}
}

// header reads the head of the next element.
func (c *cursor) header() (tag der.Tag, head, length int, err error) {
	tag, head, length, err = der.Header(c.rest())
	if syntax, ok := errors.AsType[*der.SyntaxError](err); ok {
		err = c.fail(syntax.Reason)
	}
	return tag, head, length, err
}

// rest is what of the prefix stands from the cursor on.
func (c *cursor) rest() []byte {
	if c.at >= int64(len(c.prefix)) {
		return nil
	}
	return c.prefix[c.at:]
}

// enter moves behind the head of an element of the tag and returns where the element ends.
func (c *cursor) enter(tag der.Tag, limit int64) (end int64, err error) {
	got, head, length, err := c.header()
	if err != nil {
		return 0, err
	}
	if got != tag {
		return 0, c.fail("element of another type in encrypted message")
	}
	c.at += int64(head)
	if int64(length) > limit-c.at {
		return 0, c.fail("length beyond the end of the data")
	}
	return c.at + int64(length), nil
}

// element returns the next whole element, which must be within the prefix.
func (c *cursor) element(limit int64) (tag der.Tag, raw []byte, err error) {
	rest := c.rest()
	tag, head, length, err := c.header()
	if err != nil {
		return 0, nil, err
	}
	n := int64(head) + int64(length)
	if n > limit-c.at {
		return 0, nil, c.fail("length beyond the end of the data")
	}
	if n > int64(len(rest)) {
		return 0, nil, c.fail("what stands before the content is beyond the bound of 1 MiB")
	}
	c.at += n
	return tag, rest[:n], nil
}

func (c *cursor) frame(size int64) (*frame, error) {
	contentInfo, err := c.enter(der.TagSequence, size)
	if err != nil {
		return nil, err
	}
	if contentInfo != size {
		return nil, c.fail("octets behind the message")
	}
	_, rawType, err := c.element(contentInfo)
	if err != nil {
		return nil, err
	}
	r := der.NewReader(rawType)
	contentType := r.OID()
	if err := r.Close(); err != nil {
		return nil, err
	}
	if contentType != OIDEnvelopedData && contentType != OIDEncryptedData {
		return nil, &TypeError{contentType}
	}
	explicit, err := c.enter(der.ContextConstructed(0), contentInfo)
	if err != nil {
		return nil, err
	}
	data, err := c.enter(der.TagSequence, explicit)
	if err != nil {
		return nil, err
	}
	if explicit != contentInfo || data != explicit {
		return nil, c.fail("octets behind the message")
	}
	return c.data(contentType == OIDEnvelopedData, data)
}

// data reads EnvelopedData (RFC 5652, 6.1) or EncryptedData (8) up to end.
func (c *cursor) data(enveloped bool, end int64) (*frame, error) {
	f := &frame{enveloped: enveloped, in: c.in}
	for range 3 { // version and, in EnvelopedData, originatorInfo OPTIONAL and the recipients
		tag, raw, err := c.element(end)
		if err != nil {
			return nil, err
		}
		f.head = append(f.head, raw...)
		if !enveloped || tag == der.TagSet {
			break
		}
	}
	info, err := c.enter(der.TagSequence, end)
	if err != nil {
		return nil, err
	}
	for range 2 { // contentType, contentEncryptionAlgorithm
		_, raw, err := c.element(info)
		if err != nil {
			return nil, err
		}
		f.info = append(f.info, raw...)
	}
	if err := c.content(f, info); err != nil {
		return nil, err
	}
	if end-info > maxTail {
		return nil, c.fail("what stands behind the content is beyond the bound of 64 KiB")
	}
	f.tail = make([]byte, end-info)
	_, err = io.ReadFull(io.NewSectionReader(c.in, info, end-info), f.tail)
	return f, err
}

// content finds encryptedContent: one string, or the pieces of BER.
func (c *cursor) content(f *frame, info int64) error {
	if c.at == info {
		return c.fail("encrypted content is not in the message")
	}
	tag, _, _, err := c.header()
	if err != nil {
		return err
	}
	end, err := c.enter(tag, info)
	if err != nil {
		return err
	}
	if end != info {
		return c.fail("octets behind the content")
	}
	f.contentAt, f.contentSize = c.at, end-c.at
	if tag == der.Context(0) {
		return nil
	}
	if tag != der.ContextConstructed(0) {
		return c.fail("element of another type in place of the content")
	}
	if f.contentSize > maxBuffered {
		return ErrTooLarge
	}
	pieces := make([]byte, f.contentSize)
	if _, err := io.ReadFull(io.NewSectionReader(c.in, f.contentAt, f.contentSize), pieces); err != nil {
		return err
	}
	var joined []byte
	r := der.NewReader(pieces)
	for !r.Empty() {
		joined = append(joined, r.OctetString()...)
	}
	if err := r.Close(); err != nil {
		return err
	}
	f.in, f.contentAt, f.contentSize = bytes.NewReader(joined), 0, int64(len(joined))
	return nil
}
