// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/x509"
)

func encryptCommand() command {
	return command{name: "encrypt", help: "encrypt-help", run: runEncrypt}
}

func decryptCommand() command {
	return command{name: "decrypt", help: "decrypt-help", run: runDecrypt}
}

// encryptedSuffixes are endings of encrypted files; the first is written.
func encryptedSuffixes() []string { return []string{".enc", ".p7m", ".p7e"} }

func runEncrypt(ctx context.Context, c *console, args []string) error {
	f := c.flags("podpis encrypt", "encrypt-synopsis")
	var to many
	f.Var(&to, "to", "opt-to")
	cipher := f.String("cipher", "kuznyechik", "opt-cipher")
	out := f.String("o", "", "opt-encrypt-out")
	force := f.Bool("force", false, "opt-force")
	expired := f.Bool("allow-expired", false, "opt-allow-expired")
	files, err := f.parse(args)
	if err != nil {
		return err
	}
	kind, known := map[string]alg.CipherKind{"kuznyechik": alg.KuznyechikCTROMAC, "magma": alg.MagmaCTROMAC}[*cipher]
	switch {
	case len(files) == 0:
		return usageError("files-missing", "encrypt")
	case len(to) == 0:
		return usageError("to-missing")
	case !known:
		return usageError("cipher-unknown", *cipher)
	case *out != "" && len(files) > 1:
		return usageError("one-output")
	}
	recipients, err := c.recipients(to, *expired)
	if err != nil {
		return err
	}
	for _, name := range files {
		target := *out
		if target == "" {
			target = name + encryptedSuffixes()[0]
		}
		if err := apart(target, *force, append(slices.Clone(to), files...)); err != nil {
			return err
		}
		if err := c.encrypt(ctx, name, target, recipients, kind); err != nil {
			return ctxErr(ctx, err)
		}
		c.print(c.err, "encrypted", name, target, len(recipients))
	}
	return nil
}

// apart refuses an output that is there already or is among the files read.
func apart(target string, force bool, inputs []string) error {
	if slices.ContainsFunc(inputs, func(in string) bool { return sameFile(in, target) }) {
		return usageError("output-is-input", target)
	}
	return free(target, force)
}

// recipients reads the certificates to encrypt for: the first of each file, the others there being its issuers.
func (c *console) recipients(files []string, expired bool) ([]*x509.Certificate, error) {
	var recipients []*x509.Certificate
	for _, name := range files {
		list, err := readCertificates(name)
		if err != nil {
			return nil, err
		}
		cert := list[0]
		if !expired && !cert.ValidAt(c.now()) {
			return nil, failed("recipient-expired", nil, name, cert.Subject.DisplayName())
		}
		if cert.HasKeyUsage && cert.KeyUsage&(x509.KeyEncipherment|x509.DataEncipherment|x509.KeyAgreement) == 0 {
			c.print(c.err, "recipient-usage", name, cert.Subject.DisplayName())
		}
		recipients = append(recipients, cert)
	}
	return recipients, nil
}

func (c *console) encrypt(ctx context.Context, name, target string, recipients []*x509.Certificate, kind alg.CipherKind) error {
	document, err := open(name)
	if err != nil {
		return err
	}
	defer func() { _ = document.Close() }()
	info, err := document.Stat()
	if err != nil {
		return inputError(name, err)
	}
	if !info.Mode().IsRegular() {
		return failed("encrypt-stream", nil, name)
	}
	return create(target, 0o644, func(w io.Writer) error {
		err := cms.Encrypt(c.random, output{ctx, w, target}, contextReader{ctx, document}, info.Size(), recipients, kind)
		if r, ok := errors.AsType[*cms.RecipientError](err); ok {
			return failed("recipient-key", r.Err, r.Certificate.Subject.DisplayName())
		}
		if p, ok := errors.AsType[*problem](err); ok {
			return p
		}
		switch {
		case errors.Is(err, cms.ErrSize):
			return failed("encrypt-changed", nil, name)
		case errors.Is(err, cms.ErrTooLong):
			return failed("encrypt-long", nil, name)
		case err != nil:
			return failed("encrypt-failed", err, name)
		}
		return nil
	})
}

func runDecrypt(ctx context.Context, c *console, args []string) error {
	f := c.flags("podpis decrypt", "decrypt-synopsis")
	var senders many
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	cert := f.String("cert", "", "opt-cert")
	f.Var(&senders, "sender", "opt-sender")
	out := f.String("o", "", "opt-decrypt-out")
	force := f.Bool("force", false, "opt-force")
	files, err := f.parse(args)
	if err != nil {
		return err
	}
	switch {
	case len(files) == 0:
		return usageError("files-missing", "decrypt")
	case *out != "" && len(files) > 1:
		return usageError("one-output")
	}
	targets := make([]string, len(files))
	for i, name := range files { // before the password is asked
		if targets[i] = *out; *out == "" {
			targets[i] = decryptedName(name)
		}
		if err := apart(targets[i], *force, append([]string{*key, *cert, *passwordFile}, files...)); err != nil {
			return err
		}
		if slices.Contains(targets[:i], targets[i]) { // contract.enc beside contract.p7m
			return usageError("output-twice", targets[i])
		}
	}
	var known []*x509.Certificate
	for _, name := range senders {
		list, err := readCertificates(name)
		if err != nil {
			return err
		}
		known = append(known, list...)
	}
	id, err := c.loadKey(*key, *passwordFile, *cert)
	if err != nil {
		return err
	}
	defer id.key.Zero()
	for i, name := range files {
		if err := c.decrypt(ctx, name, targets[i], id, known); err != nil {
			return ctxErr(ctx, err)
		}
		c.print(c.err, "decrypted", name, targets[i])
	}
	return nil
}

// decryptedName takes the ending of an encrypted file off, in any case of its letters.
func decryptedName(name string) string {
	for _, suffix := range encryptedSuffixes() {
		at := len(name) - len(suffix)
		if at > 0 && strings.EqualFold(name[at:], suffix) && !os.IsPathSeparator(name[at-1]) {
			return name[:at]
		}
	}
	return name + ".dec"
}

// decrypt writes the content of one message; it appears whole or not at all.
func (c *console) decrypt(ctx context.Context, name, target string, id *identity, senders []*x509.Certificate) error {
	file, err := open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	message, err := readEncrypted(name, file)
	if err != nil {
		return err
	}
	message.Senders = append(message.Senders, senders...)
	if len(message.Recipients) == 0 { // under a password or a key that both sides have
		return failed("decrypt-algorithm", nil, name)
	}
	var cert *x509.Certificate
	if len(id.certificates) > 0 {
		cert = id.certificates[0]
	}
	contentKey, err := message.ContentKey(cert, id.key)
	if errors.Is(err, cms.ErrNotRecipient) {
		// It may be for another certificate of this key: one issued before or after.
		if found, other := message.ContentKey(nil, id.key); other == nil {
			contentKey, err = found, nil
		}
	}
	if err != nil {
		return decryptError(name, err)
	}
	defer clear(contentKey)
	if !replaceable(target) && message.Cipher.Authenticated() {
		// What went into a pipe cannot be taken back: the code is checked first.
		if err := message.Decrypt(output{ctx, io.Discard, target}, contentKey); err != nil {
			return decryptError(name, err)
		}
	}
	err = create(target, 0o600, func(w io.Writer) error {
		if err := message.Decrypt(output{ctx, w, target}, contentKey); err != nil {
			return decryptError(name, err)
		}
		return nil
	})
	if err == nil && !message.Cipher.Authenticated() {
		c.print(c.err, "decrypted-unproved", name)
	}
	return err
}

// output ends a long writing when the program is told to stop, and tells its own failures from those of the message.
type output struct {
	ctx  context.Context // of one file
	w    io.Writer
	name string
}

func (o output) Write(p []byte) (int, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := o.w.Write(p)
	if err != nil {
		err = failed("output-unwritable", err, o.name)
	}
	return n, err
}

// sequence is the first octet of a binary message. An armoured one begins with a dash or with M, the first letter of a
// SEQUENCE in base64.
const sequence = 0x30

// readEncrypted reads the head of a binary message, or a whole armoured one.
func readEncrypted(name string, file *os.File) (*cms.Encrypted, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, inputError(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, failed("decrypt-stream", nil, name)
	}
	start := make([]byte, 1)
	if _, err := file.ReadAt(start, 0); err != nil {
		return nil, failed("not-encrypted", nil, name)
	}
	var in io.ReaderAt = file
	size := info.Size()
	if start[0] != sequence {
		text, err := read(name, maxMessage)
		if err != nil {
			return nil, err
		}
		der := cms.Unarmor(text)
		in, size = bytes.NewReader(der), int64(len(der))
	}
	message, err := cms.ReadEncrypted(in, size)
	if err != nil {
		return nil, decryptError(name, err)
	}
	return message, nil
}

func decryptError(name string, err error) error {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if t, ok := errors.AsType[*cms.TypeError](err); ok {
		if t.ContentType == cms.OIDSignedData {
			return failed("not-encrypted-signed", nil, name)
		}
		return failed("not-encrypted", err, name)
	}
	switch {
	case errors.Is(err, cms.ErrNotRecipient), errors.Is(err, alg.ErrMismatch):
		return failed("not-recipient", nil, name)
	case errors.Is(err, cms.ErrDecrypt):
		return failed("decrypt-failed", nil, name)
	case errors.Is(err, cms.ErrSender):
		return failed("sender-needed", nil, name)
	case errors.Is(err, cms.ErrTooLarge):
		return failed("decrypt-large", nil, name)
	case errors.Is(err, alg.ErrUnsupported):
		return failed("decrypt-algorithm", nil, name)
	}
	return failed("not-encrypted", err, name)
}
