// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/hex"
	"encoding/pem"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkcs12"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

func keyCommand() command {
	return command{name: "key", help: "key-help", sub: []command{
		{name: "generate", help: "key-generate-help", run: runKeyGenerate},
		{name: "show", help: "key-show-help", run: runKeyShow},
		{name: "convert", help: "key-convert-help", run: runKeyConvert},
		{name: "passwd", help: "key-passwd-help", run: runKeyPasswd},
	}}
}

// keyValidity is how long the certificate of a fresh key lasts: until a real one
// takes its place.
const keyValidity = 365 * 24 * time.Hour

func runKeyGenerate(_ context.Context, c *console, args []string) error {
	f := c.flags("podpis key generate", "key-generate-synopsis")
	name := f.String("alg", alg.GOST256B.Name(), "opt-key-alg")
	subject := f.String("subject", "", "opt-subject")
	passwordFile := f.String("password-file", "", "opt-password-file")
	out := f.String("o", "", "opt-key-out")
	force := f.Bool("force", false, "opt-force")
	rest, err := f.parse(args)
	if err != nil {
		return err
	}
	kind, known := alg.KindByName(*name)
	switch {
	case len(rest) > 0:
		return usageError("no-arguments", rest[0])
	case !known:
		return usageError("alg-unknown", *name, kindNames())
	case *subject == "":
		return usageError("subject-missing")
	case *out == "":
		return usageError("out-missing")
	}
	dn, err := x509.NameByText(*subject)
	if err != nil {
		return usageError("subject-bad", *subject, err.Error())
	}
	if err := free(*out, *force); err != nil {
		return err
	}
	password, err := c.newPassword(*passwordFile, "PODPIS_PASSWORD")
	if err != nil {
		return err
	}
	defer clear(password)
	key, err := alg.Generate(kind, c.random)
	if err != nil {
		return failed("internal", nil, err.Error())
	}
	defer key.Zero()
	cert, err := c.selfSigned(key, dn)
	if err != nil {
		return failed("internal", nil, err.Error())
	}
	id := &identity{key: key, certificates: []*x509.Certificate{cert}, name: dn.DisplayName()}
	if err := c.saveP12(*out, id, password); err != nil {
		return err
	}
	c.print(c.err, "key-made", kind.String(), *out)
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
func (c *console) newPassword(file, variable string) ([]byte, error) {
	password, err := c.password(file, variable, "prompt-new", true)
	if err == nil && len(password) == 0 {
		err = usageError("password-empty")
	}
	return password, err
}

func (c *console) selfSigned(key *alg.PrivateKey, subject x509.Name) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(c.random, serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x40
	start := c.now().UTC().Truncate(time.Second)
	raw, err := x509.CreateCertificate(c.random, &x509.Template{
		Serial: x509.NewSerial(serial), Issuer: subject, Subject: subject, NotBefore: start, NotAfter: start.Add(keyValidity),
		KeyUsage: x509.DigitalSignature | x509.NonRepudiation, SubjectKeyID: x509.KeyID(key.PublicKey()),
	}, key.PublicKey().SPKI(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}

func (c *console) saveP12(out string, id *identity, password []byte) error {
	file, err := pkcs12.Encode(c.random, &pkcs12.Contents{Key: id.key, Certificates: id.certificates, FriendlyName: id.name}, password, pkcs12.Options{})
	if err != nil {
		return keyError(out, err)
	}
	return save(out, 0o600, file)
}

func runKeyShow(_ context.Context, c *console, args []string) error {
	f := c.flags("podpis key show", "key-show-synopsis")
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	rest, err := f.parse(args)
	if err != nil {
		return err
	}
	if *key == "" && len(rest) == 1 {
		*key = rest[0]
	} else if len(rest) > 0 {
		return usageError("no-arguments", rest[0])
	}
	id, err := c.loadKey(*key, *passwordFile, "")
	if err != nil {
		return err
	}
	defer id.key.Zero()
	public := id.key.PublicKey()
	c.print(c.out, "show-key", public.Kind().String(), public.Bits(), strings.ToUpper(hex.EncodeToString(x509.KeyID(public))))
	for _, cert := range id.certificates {
		c.showCertificate(cert)
	}
	return nil
}

func runKeyConvert(_ context.Context, c *console, args []string) error {
	f := c.flags("podpis key convert", "key-convert-synopsis")
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	newPasswordFile := f.String("new-password-file", "", "opt-new-password-file")
	cert := f.String("cert", "", "opt-cert")
	format := f.String("format", "", "opt-key-format")
	out := f.String("o", "", "opt-key-out")
	force := f.Bool("force", false, "opt-force")
	rest, err := f.parse(args)
	if err != nil {
		return err
	}
	if *format == "" && strings.HasSuffix(strings.ToLower(*out), ".pem") {
		*format = "pem"
	}
	switch {
	case len(rest) > 0:
		return usageError("no-arguments", rest[0])
	case *out == "":
		return usageError("out-missing")
	case !slices.Contains([]string{"", "p12", "pem"}, *format):
		return usageError("key-format-unknown", *format)
	}
	if err := free(*out, *force); err != nil {
		return err
	}
	id, err := c.loadKey(*key, *passwordFile, *cert)
	if err != nil {
		return err
	}
	defer id.key.Zero()
	if *newPasswordFile == "" && c.env("PODPIS_NEW_PASSWORD") == "" {
		*newPasswordFile = *passwordFile // the same password, unless another is given
	}
	password, err := c.newPassword(*newPasswordFile, "PODPIS_NEW_PASSWORD")
	if err != nil {
		return err
	}
	defer clear(password)
	if *format == "pem" {
		return c.savePEM(*out, id, password)
	}
	if len(id.certificates) == 0 {
		return failed("certificate-missing", nil, *key)
	}
	return c.saveP12(*out, id, password)
}

// savePEM writes the key under the password and the certificates behind it. Keys
// that are not of GOST are written so that OpenSSL reads them.
func (c *console) savePEM(out string, id *identity, password []byte) error {
	var o pkcs5.Options
	if !id.key.Kind().IsGOST() {
		o.Cipher = alg.AES256CBC
	}
	encrypted, err := pkcs8.Encrypt(c.random, id.key, password, o)
	if err != nil {
		return keyError(out, err)
	}
	file := pem.EncodeToMemory(&pem.Block{Type: pkcs8.PEMEncryptedKey, Bytes: encrypted})
	for _, cert := range id.certificates {
		file = append(file, x509.EncodePEM(x509.PEMCertificate, cert.Raw)...)
	}
	return save(out, 0o600, file)
}

func runKeyPasswd(_ context.Context, c *console, args []string) error {
	f := c.flags("podpis key passwd", "key-passwd-synopsis")
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	newPasswordFile := f.String("new-password-file", "", "opt-new-password-file")
	rest, err := f.parse(args)
	if err != nil {
		return err
	}
	if *key == "" && len(rest) == 1 {
		*key = rest[0]
	} else if len(rest) > 0 {
		return usageError("no-arguments", rest[0])
	}
	if info, err := os.Stat(*key); err == nil && info.IsDir() {
		return usageError("container-kept", *key)
	}
	id, err := c.loadKey(*key, *passwordFile, "")
	if err != nil {
		return err
	}
	defer id.key.Zero()
	password, err := c.newPassword(*newPasswordFile, "PODPIS_NEW_PASSWORD")
	if err != nil {
		return err
	}
	defer clear(password)
	if strings.HasSuffix(strings.ToLower(*key), ".pem") || len(id.certificates) == 0 {
		err = c.savePEM(*key, id, password)
	} else {
		err = c.saveP12(*key, id, password)
	}
	if err == nil {
		c.print(c.err, "password-changed", *key)
	}
	return err
}

// period writes both ends of a validity.
func (c *console) period(from, to time.Time) string {
	return reasons.Date(c.language, from) + " — " + reasons.Date(c.language, to)
}
