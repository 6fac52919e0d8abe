// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package keys is what a person keeps: keys with their certificates, in files and in the folders of other programs, and
// requests for certificates.
package keys

import (
	"context"
	"encoding/hex"
	"encoding/pem"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/pkcs12"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// Key is podpis key.
func Key() terminal.Command {
	return terminal.Command{Name: "key", Help: "key-help", Sub: []terminal.Command{
		{Name: "generate", Help: "key-generate-help", Run: runKeyGenerate},
		{Name: "show", Help: "key-show-help", Run: runKeyShow},
		{Name: "check", Help: "key-check-help", Run: runKeyCheck},
		{Name: "convert", Help: "key-convert-help", Run: runKeyConvert},
		{Name: "passwd", Help: "key-passwd-help", Run: runKeyPasswd},
	}}
}

// keyValidity is how long the certificate of a fresh key lasts: until a real one
// takes its place.
const keyValidity = 365 * 24 * time.Hour

func runKeyGenerate(_ context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis key generate", "key-generate-synopsis")
	name := f.String("alg", alg.GOST256B.Name(), "opt-key-alg")
	subject := f.String("subject", "", "opt-subject")
	passwordFile := f.String("password-file", "", "opt-password-file")
	out := f.String("o", "", "opt-key-out")
	force := f.Bool("force", false, "opt-force")
	rest, err := f.Arguments(args)
	if err != nil {
		return err
	}
	kind, known := alg.KindByName(*name)
	switch {
	case len(rest) > 0:
		return terminal.Usage("no-arguments", rest[0])
	case !known:
		return terminal.Usage("alg-unknown", *name, kindNames())
	case *subject == "":
		return terminal.Usage("subject-missing")
	case *out == "":
		return terminal.Usage("out-missing")
	}
	dn, err := x509.NameByText(*subject)
	if err != nil {
		return terminal.Usage("subject-bad", *subject, err.Error())
	}
	if err := terminal.Free(*out, *force); err != nil {
		return err
	}
	password, err := newPassword(c, *passwordFile, "PODPIS_PASSWORD")
	if err != nil {
		return err
	}
	defer clear(password)
	key, err := alg.Generate(kind, c.Random)
	if err != nil {
		return terminal.Failed("internal", nil, err.Error())
	}
	defer key.Zero()
	cert, err := selfSigned(c, key, dn)
	if err != nil {
		return terminal.Failed("internal", nil, err.Error())
	}
	id := &Identity{Key: key, Certificates: []*x509.Certificate{cert}, Name: dn.DisplayName()}
	if err := saveP12(c, *out, id, password); err != nil {
		return err
	}
	c.Print(c.Err, "key-made", kind.String(), *out)
	return nil
}

func kindNames() string {
	var names []string
	for _, k := range alg.Kinds() {
		names = append(names, k.Name())
	}
	return strings.Join(names, ", ")
}

// newPassword is password for a new file: not empty, typed twice.
func newPassword(c *terminal.Console, file, variable string) ([]byte, error) {
	password, err := c.Password(file, variable, "prompt-new", true)
	if err == nil && len(password) == 0 {
		err = terminal.Usage("password-empty")
	}
	return password, err
}

func selfSigned(c *terminal.Console, key *alg.PrivateKey, subject x509.Name) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(c.Random, serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x40
	start := c.Now().UTC().Truncate(time.Second)
	raw, err := x509.CreateCertificate(c.Random, &x509.Template{
		Serial: x509.NewSerial(serial), Issuer: subject, Subject: subject, NotBefore: start, NotAfter: start.Add(keyValidity),
		KeyUsage: x509.DigitalSignature | x509.NonRepudiation, SubjectKeyID: x509.KeyID(key.PublicKey()),
	}, key.PublicKey().SPKI(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}

func saveP12(c *terminal.Console, out string, id *Identity, password []byte) error {
	file, err := pkcs12.Encode(c.Random, &pkcs12.Contents{Key: id.Key, Certificates: id.Certificates, FriendlyName: id.Name}, password, pkcs12.Options{})
	if err != nil {
		return keyError(out, err)
	}
	return terminal.Save(out, 0o600, file)
}

func runKeyShow(_ context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis key show", "key-show-synopsis")
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	rest, err := f.Arguments(args)
	if err != nil {
		return err
	}
	if *key == "" && len(rest) == 1 {
		*key = rest[0]
	} else if len(rest) > 0 {
		return terminal.Usage("no-arguments", rest[0])
	}
	id, err := Load(c, *key, *passwordFile, "")
	if err != nil {
		return err
	}
	defer id.Key.Zero()
	public := id.Key.PublicKey()
	c.Print(c.Out, "show-key", public.Kind().String(), public.Bits(), strings.ToUpper(hex.EncodeToString(x509.KeyID(public))))
	for _, cert := range id.Certificates {
		showCertificate(c, cert)
	}
	return nil
}

func runKeyConvert(_ context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis key convert", "key-convert-synopsis")
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	newPasswordFile := f.String("new-password-file", "", "opt-new-password-file")
	cert := f.String("cert", "", "opt-cert")
	format := f.String("format", "", "opt-key-format")
	out := f.String("o", "", "opt-key-out")
	force := f.Bool("force", false, "opt-force")
	rest, err := f.Arguments(args)
	if err != nil {
		return err
	}
	if *format == "" && strings.HasSuffix(strings.ToLower(*out), ".pem") {
		*format = "pem"
	}
	switch {
	case len(rest) > 0:
		return terminal.Usage("no-arguments", rest[0])
	case *out == "":
		return terminal.Usage("out-missing")
	case !slices.Contains([]string{"", "p12", "pem"}, *format):
		return terminal.Usage("key-format-unknown", *format)
	}
	if err := terminal.Free(*out, *force); err != nil {
		return err
	}
	id, err := Load(c, *key, *passwordFile, *cert)
	if err != nil {
		return err
	}
	defer id.Key.Zero()
	if *newPasswordFile == "" && c.Env("PODPIS_NEW_PASSWORD") == "" {
		*newPasswordFile = *passwordFile // the same password, unless another is given
	}
	password, err := newPassword(c, *newPasswordFile, "PODPIS_NEW_PASSWORD")
	if err != nil {
		return err
	}
	defer clear(password)
	if *format == "pem" {
		return savePEM(c, *out, id, password)
	}
	if len(id.Certificates) == 0 {
		return terminal.Failed("certificate-missing", nil, *key)
	}
	return saveP12(c, *out, id, password)
}

// savePEM writes the key under the password and the certificates behind it. Keys
// that are not of GOST are written so that OpenSSL reads them.
func savePEM(c *terminal.Console, out string, id *Identity, password []byte) error {
	var o pkcs5.Options
	if !id.Key.Kind().IsGOST() {
		o.Cipher = alg.AES256CBC
	}
	encrypted, err := pkcs8.Encrypt(c.Random, id.Key, password, o)
	if err != nil {
		return keyError(out, err)
	}
	file := pem.EncodeToMemory(&pem.Block{Type: pkcs8.PEMEncryptedKey, Bytes: encrypted})
	for _, cert := range id.Certificates {
		file = append(file, x509.EncodePEM(x509.PEMCertificate, cert.Raw)...)
	}
	return terminal.Save(out, 0o600, file)
}

func runKeyPasswd(_ context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis key passwd", "key-passwd-synopsis")
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	newPasswordFile := f.String("new-password-file", "", "opt-new-password-file")
	rest, err := f.Arguments(args)
	if err != nil {
		return err
	}
	if *key == "" && len(rest) == 1 {
		*key = rest[0]
	} else if len(rest) > 0 {
		return terminal.Usage("no-arguments", rest[0])
	}
	if info, err := os.Stat(*key); err == nil && info.IsDir() {
		return terminal.Usage("container-kept", *key)
	}
	id, err := Load(c, *key, *passwordFile, "")
	if err != nil {
		return err
	}
	defer id.Key.Zero()
	password, err := newPassword(c, *newPasswordFile, "PODPIS_NEW_PASSWORD")
	if err != nil {
		return err
	}
	defer clear(password)
	if strings.HasSuffix(strings.ToLower(*key), ".pem") || len(id.Certificates) == 0 {
		err = savePEM(c, *key, id, password)
	} else {
		err = saveP12(c, *key, id, password)
	}
	if err == nil {
		c.Print(c.Err, "password-changed", *key)
	}
	return err
}

// Period writes both ends of a validity.
func Period(c *terminal.Console, from, to time.Time) string {
	return reasons.Date(c.Language, from) + " — " + reasons.Date(c.Language, to)
}
