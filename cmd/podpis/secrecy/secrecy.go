// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package secrecy is podpis encrypt and podpis decrypt: files for the holders of certificates.
package secrecy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/x509"
)

// Encrypt is podpis encrypt.
func Encrypt() terminal.Command {
	return terminal.Command{Name: "encrypt", Help: "encrypt-help", Run: runEncrypt}
}

// Decrypt is podpis decrypt.
func Decrypt() terminal.Command {
	return terminal.Command{Name: "decrypt", Help: "decrypt-help", Run: runDecrypt}
}

// encryptedSuffixes are endings of encrypted files; the first is written.
func encryptedSuffixes() []string { return []string{".enc", ".p7m", ".p7e"} }

func runEncrypt(ctx context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis encrypt", "encrypt-synopsis")
	var to terminal.Many
	f.Var(&to, "to", "opt-to")
	cipher := f.String("cipher", "kuznyechik", "opt-cipher")
	out := f.String("o", "", "opt-encrypt-out")
	force := f.Bool("force", false, "opt-force")
	expired := f.Bool("allow-expired", false, "opt-allow-expired")
	files, err := f.Arguments(args)
	if err != nil {
		return err
	}
	kind, known := map[string]alg.CipherKind{"kuznyechik": alg.KuznyechikCTROMAC, "magma": alg.MagmaCTROMAC}[*cipher]
	switch {
	case len(files) == 0:
		return terminal.Usage("files-missing", "encrypt")
	case len(to) == 0:
		return terminal.Usage("to-missing")
	case !known:
		return terminal.Usage("cipher-unknown", *cipher)
	case *out != "" && len(files) > 1:
		return terminal.Usage("one-output")
	}
	recipients, err := recipients(c, to, *expired)
	if err != nil {
		return err
	}
	for _, name := range files {
		target := *out
		if target == "" {
			target = name + encryptedSuffixes()[0]
		}
		if err := terminal.Apart(target, *force, append(slices.Clone(to), files...)); err != nil {
			return err
		}
		if err := encrypt(ctx, c, name, target, recipients, kind); err != nil {
			return terminal.Interrupted(ctx, err)
		}
		c.Print(c.Err, "encrypted", name, target, len(recipients))
	}
	return nil
}

// recipients reads the certificates to encrypt for: the first of each file, the others there being its issuers.
func recipients(c *terminal.Console, files []string, expired bool) ([]*x509.Certificate, error) {
	var recipients []*x509.Certificate
	for _, name := range files {
		list, err := keys.ReadCertificates(name)
		if err != nil {
			return nil, err
		}
		cert := list[0]
		if !expired && !cert.ValidAt(c.Now()) {
			return nil, terminal.Failed("recipient-expired", nil, name, cert.Subject.DisplayName())
		}
		if cert.HasKeyUsage && cert.KeyUsage&(x509.KeyEncipherment|x509.DataEncipherment|x509.KeyAgreement) == 0 {
			c.Print(c.Err, "recipient-usage", name, cert.Subject.DisplayName())
		}
		recipients = append(recipients, cert)
	}
	return recipients, nil
}

func encrypt(ctx context.Context, c *terminal.Console, name, target string, recipients []*x509.Certificate, kind alg.CipherKind) error {
	document, err := terminal.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = document.Close() }()
	info, err := document.Stat()
	if err != nil {
		return terminal.Input(name, err)
	}
	if !info.Mode().IsRegular() {
		return terminal.Failed("encrypt-stream", nil, name)
	}
	return terminal.Create(target, 0o644, func(w io.Writer) error {
		err := cms.Encrypt(c.Random, output{ctx, w, target}, terminal.Reader{Context: ctx, R: document}, info.Size(), recipients, kind)
		if r, ok := errors.AsType[*cms.RecipientError](err); ok {
			return terminal.Failed("recipient-key", r.Err, r.Certificate.Subject.DisplayName())
		}
		if p, ok := errors.AsType[*terminal.Problem](err); ok {
			return p
		}
		switch {
		case errors.Is(err, cms.ErrSize):
			return terminal.Failed("encrypt-changed", nil, name)
		case errors.Is(err, cms.ErrTooLong):
			return terminal.Failed("encrypt-long", nil, name)
		case err != nil:
			return terminal.Failed("encrypt-failed", err, name)
		}
		return nil
	})
}

func runDecrypt(ctx context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis decrypt", "decrypt-synopsis")
	var senders terminal.Many
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	cert := f.String("cert", "", "opt-cert")
	f.Var(&senders, "sender", "opt-sender")
	out := f.String("o", "", "opt-decrypt-out")
	force := f.Bool("force", false, "opt-force")
	files, err := f.Arguments(args)
	if err != nil {
		return err
	}
	switch {
	case len(files) == 0:
		return terminal.Usage("files-missing", "decrypt")
	case *out != "" && len(files) > 1:
		return terminal.Usage("one-output")
	}
	targets := make([]string, len(files))
	for i, name := range files { // before the password is asked
		if targets[i] = *out; *out == "" {
			targets[i] = decryptedName(name)
		}
		if err := terminal.Apart(targets[i], *force, append([]string{*key, *cert, *passwordFile}, files...)); err != nil {
			return err
		}
		if slices.Contains(targets[:i], targets[i]) { // contract.enc beside contract.p7m
			return terminal.Usage("output-twice", targets[i])
		}
	}
	var known []*x509.Certificate
	for _, name := range senders {
		list, err := keys.ReadCertificates(name)
		if err != nil {
			return err
		}
		known = append(known, list...)
	}
	id, err := keys.Load(c, *key, *passwordFile, *cert)
	if err != nil {
		return err
	}
	defer id.Key.Zero()
	for i, name := range files {
		if err := decrypt(ctx, c, name, targets[i], id, known); err != nil {
			return terminal.Interrupted(ctx, err)
		}
		c.Print(c.Err, "decrypted", name, targets[i])
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
func decrypt(ctx context.Context, c *terminal.Console, name, target string, id *keys.Identity, senders []*x509.Certificate) error {
	file, err := terminal.Open(name)
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
		return terminal.Failed("decrypt-algorithm", nil, name)
	}
	var cert *x509.Certificate
	if len(id.Certificates) > 0 {
		cert = id.Certificates[0]
	}
	contentKey, err := message.ContentKey(cert, id.Key)
	if errors.Is(err, cms.ErrNotRecipient) {
		// It may be for another certificate of this key: one issued before or after.
		if found, other := message.ContentKey(nil, id.Key); other == nil {
			contentKey, err = found, nil
		}
	}
	if err != nil {
		return decryptError(name, err)
	}
	defer clear(contentKey)
	if !terminal.Replaceable(target) && message.Cipher.Authenticated() {
		// What went into a pipe cannot be taken back: the code is checked first.
		if err := message.Decrypt(output{ctx, io.Discard, target}, contentKey); err != nil {
			return decryptError(name, err)
		}
	}
	err = terminal.Create(target, 0o600, func(w io.Writer) error {
		if err := message.Decrypt(output{ctx, w, target}, contentKey); err != nil {
			return decryptError(name, err)
		}
		return nil
	})
	if err == nil && !message.Cipher.Authenticated() {
		c.Print(c.Err, "decrypted-unproved", name)
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
		err = terminal.Failed("output-unwritable", err, o.name)
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
		return nil, terminal.Input(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, terminal.Failed("decrypt-stream", nil, name)
	}
	start := make([]byte, 1)
	if _, err := file.ReadAt(start, 0); err != nil {
		return nil, terminal.Failed("not-encrypted", nil, name)
	}
	var in io.ReaderAt = file
	size := info.Size()
	if start[0] != sequence {
		text, err := terminal.Read(name, terminal.MaxMessage)
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
	if p, ok := errors.AsType[*terminal.Problem](err); ok {
		return p
	}
	if t, ok := errors.AsType[*cms.TypeError](err); ok {
		if t.ContentType == cms.OIDSignedData {
			return terminal.Failed("not-encrypted-signed", nil, name)
		}
		return terminal.Failed("not-encrypted", err, name)
	}
	switch {
	case errors.Is(err, cms.ErrNotRecipient), errors.Is(err, alg.ErrMismatch):
		return terminal.Failed("not-recipient", nil, name)
	case errors.Is(err, cms.ErrDecrypt):
		return terminal.Failed("decrypt-failed", nil, name)
	case errors.Is(err, cms.ErrSender):
		return terminal.Failed("sender-needed", nil, name)
	case errors.Is(err, cms.ErrTooLarge):
		return terminal.Failed("decrypt-large", nil, name)
	case errors.Is(err, alg.ErrUnsupported):
		return terminal.Failed("decrypt-algorithm", nil, name)
	}
	return terminal.Failed("not-encrypted", err, name)
}
