// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/pkcs12"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
)

// Limits of what is read whole. Documents are streamed and have none.
const (
	maxMessage  = 256 << 20 // a signature, perhaps with its document inside
	maxEvidence = 64 << 20  // a revocation list
	maxKeyFile  = 4 << 20
	maxPassword = 4 << 10
)

var (
	errDirectory = errors.New("is a directory")
	errTooLarge  = errors.New("file too large")
)

// open opens a file for reading; a directory is refused before the first read.
func open(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, inputError(name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errDirectory
	}
	if err != nil {
		_ = f.Close()
		return nil, inputError(name, err)
	}
	return f, nil
}

// read reads a whole file of bounded size.
func read(name string, limit int64) ([]byte, error) {
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errTooLarge
	}
	if err != nil {
		return nil, inputError(name, err)
	}
	return data, nil
}

// create writes a file so that it is either whole or not there: into a file
// beside it that takes its name at the end. A link stays a link; a device or a pipe
// is written to, never replaced.
func create(name string, mode os.FileMode, write func(io.Writer) error) error {
	if !replaceable(name) {
		return createThrough(name, write)
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".podpis-*")
	if err != nil {
		return failed("output-unwritable", err, name)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has its own name after a success
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := errors.Join(f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return failed("output-unwritable", err, name)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return failed("output-unwritable", err, name)
	}
	return nil
}

// replaceable tells whether a new file may take the name: a device or a pipe is not replaced.
func replaceable(name string) bool {
	info, err := os.Stat(name)
	return err != nil || info.Mode().IsRegular() || info.IsDir()
}

func createThrough(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return failed("output-unwritable", err, name)
	}
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return failed("output-unwritable", err, name)
	}
	return nil
}

// sameFile reports that both names lead to one file.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil || !x.Mode().IsRegular() {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// save is create for octets at hand.
func save(name string, mode os.FileMode, data []byte) error {
	return create(name, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// free refuses to replace a file that nobody asked to replace.
func free(name string, force bool) error {
	if _, err := os.Lstat(name); err == nil && !force && replaceable(name) {
		return usageError("output-exists", name)
	}
	return nil
}

// password takes a password from a file (which loses one trailing newline), from
// the environment or from the terminal; prompt is a key of texts.tsv.
func (c *console) password(file, variable, prompt string, twice bool) ([]byte, error) {
	if file != "" {
		data, err := read(file, maxPassword)
		if err != nil {
			return nil, err
		}
		data, newline := bytes.CutSuffix(data, []byte("\n"))
		if newline {
			data = bytes.TrimSuffix(data, []byte("\r"))
		}
		return data, nil
	}
	if value := c.env(variable); value != "" {
		return []byte(value), nil
	}
	f, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, usageError("password-missing", variable)
	}
	first, err := c.ask(f, prompt)
	if err != nil || !twice {
		return first, err
	}
	second, err := c.ask(f, "prompt-again")
	if err == nil && !bytes.Equal(first, second) {
		err = usageError("passwords-differ")
	}
	return first, err
}

func (c *console) ask(f *os.File, prompt string) ([]byte, error) {
	_, _ = io.WriteString(c.err, c.text(prompt))
	answer, err := term.ReadPassword(int(f.Fd()))
	_, _ = io.WriteString(c.err, "\n")
	if err != nil {
		return nil, failed("terminal", err)
	}
	return answer, nil
}

// identity is a key with its certificates.
type identity struct {
	key          *alg.PrivateKey
	certificates []*x509.Certificate // may be empty for a bare key
	name         string
}

// loadKey reads a key from .p12, .pfx or .pem, or from the folder of another program. Certificates of certFile stand in
// place of those inside: the authority's after the one a fresh key signed itself.
func (c *console) loadKey(file, passwordFile, certFile string) (*identity, error) {
	switch {
	case file == "":
		return nil, usageError("key-missing")
	case strings.HasPrefix(file, "pkcs11:"), strings.HasPrefix(file, "cloud:"):
		return nil, usageError("key-kind-later", file)
	}
	var certificates []*x509.Certificate
	var err error
	if certFile != "" {
		if certificates, err = readCertificates(certFile); err != nil {
			return nil, err
		}
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return c.loadContainer(file, passwordFile, certificates)
	}
	data, err := read(file, maxKeyFile)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return c.loadPEM(file, passwordFile, data, certificates)
	}
	password, err := c.password(passwordFile, "PODPIS_PASSWORD", "prompt-password", false)
	if err != nil {
		return nil, err
	}
	defer clear(password)
	contents, err := pkcs12.Decode(data, password)
	if err != nil {
		// A bare PKCS #8 key is no container; neither is garbage.
		if key, bare := pkcs8.Read(data, password); bare == nil {
			return pair(file, key, certificates)
		}
		return nil, keyError(file, err)
	}
	if certFile == "" {
		return &identity{contents.Key, contents.Certificates, contents.FriendlyName}, nil
	}
	id, err := pair(file, contents.Key, certificates)
	if err != nil {
		return nil, err
	}
	id.name = contents.FriendlyName
	return id, nil
}

func (c *console) loadPEM(file, passwordFile string, data []byte, certificates []*x509.Certificate) (*identity, error) {
	var password []byte
	if bytes.Contains(data, []byte("BEGIN "+pkcs8.PEMEncryptedKey)) {
		var err error
		if password, err = c.password(passwordFile, "PODPIS_PASSWORD", "prompt-password", false); err != nil {
			return nil, err
		}
		defer clear(password)
	}
	key, err := pkcs8.Read(data, password)
	if err != nil {
		return nil, keyError(file, err)
	}
	if inside, err := x509.ParseCertificates(data); err == nil && certificates == nil {
		certificates = inside
	}
	return pair(file, key, certificates)
}

// pair puts the certificate of the key first.
func pair(file string, key *alg.PrivateKey, certificates []*x509.Certificate) (*identity, error) {
	at := slices.IndexFunc(certificates, func(cert *x509.Certificate) bool { return key.PublicKey().Equal(cert.PublicKey) })
	if at < 0 && len(certificates) > 0 {
		return nil, keyError(file, pkcs12.ErrPair)
	}
	if at > 0 {
		certificates[0], certificates[at] = certificates[at], certificates[0]
	}
	return &identity{key: key, certificates: certificates}, nil
}

// keyError puts what went wrong with a key into words of the catalogue.
func keyError(file string, err error) error {
	switch {
	case errors.Is(err, pkcs5.ErrPassword):
		return failed("key-password", nil, file)
	case errors.Is(err, pkcs12.ErrDamaged):
		return failed("key-damaged", nil, file)
	case errors.Is(err, pkcs12.ErrNoKey):
		return failed("key-none", nil, file)
	case errors.Is(err, pkcs12.ErrPair):
		return failed("key-pair", nil, file)
	case errors.Is(err, pkcs5.ErrIterations):
		return failed("key-work", nil, file)
	case errors.Is(err, alg.ErrUnsupported):
		return failed("key-algorithm", err, file)
	}
	return failed("key-none", err, file)
}

// readCertificates reads PEM, DER, base64 or a PKCS #7 bundle.
func readCertificates(name string) ([]*x509.Certificate, error) {
	data, err := read(name, maxKeyFile)
	if err != nil {
		return nil, err
	}
	list, err := x509.ParseCertificates(data)
	if err == nil {
		return list, nil
	}
	if sd, bundle := cms.ParseSignedData(cms.Unarmor(data)); bundle == nil && len(sd.Certificates) > 0 {
		return sd.Certificates, nil
	}
	if one, text := x509.ParseCertificate(cms.Unarmor(data)); text == nil {
		return []*x509.Certificate{one}, nil
	}
	return nil, &problem{exit: exitNoInput, key: "certificate-none", args: []any{name}, err: err}
}
