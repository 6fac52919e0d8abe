// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/pkcs12"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
)

// Identity is a key with its certificates.
type Identity struct {
	Key          *alg.PrivateKey
	Certificates []*x509.Certificate // may be empty for a bare key
	Name         string
}

// Load reads a key from .p12, .pfx or .pem, or from the folder of another program. Certificates of certFile stand in
// place of those inside: the authority's after the one a fresh key signed itself.
func Load(c *terminal.Console, file, passwordFile, certFile string) (*Identity, error) {
	switch {
	case file == "":
		return nil, terminal.Usage("key-missing")
	case strings.HasPrefix(file, "pkcs11:"), strings.HasPrefix(file, "cloud:"):
		return nil, terminal.Usage("key-kind-later", file)
	}
	var certificates []*x509.Certificate
	var err error
	if certFile != "" {
		if certificates, err = ReadCertificates(certFile); err != nil {
			return nil, err
		}
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return loadContainer(c, file, passwordFile, certificates)
	}
	data, err := terminal.Read(file, terminal.MaxKeyFile)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return loadPEM(c, file, passwordFile, data, certificates)
	}
	password, err := c.Password(passwordFile, "PODPIS_PASSWORD", "prompt-password", false)
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
		return &Identity{contents.Key, contents.Certificates, contents.FriendlyName}, nil
	}
	id, err := pair(file, contents.Key, certificates)
	if err != nil {
		return nil, err
	}
	id.Name = contents.FriendlyName
	return id, nil
}

func loadPEM(c *terminal.Console, file, passwordFile string, data []byte, certificates []*x509.Certificate) (*Identity, error) {
	var password []byte
	if bytes.Contains(data, []byte("BEGIN "+pkcs8.PEMEncryptedKey)) {
		var err error
		if password, err = c.Password(passwordFile, "PODPIS_PASSWORD", "prompt-password", false); err != nil {
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
func pair(file string, key *alg.PrivateKey, certificates []*x509.Certificate) (*Identity, error) {
	at := slices.IndexFunc(certificates, func(cert *x509.Certificate) bool { return key.PublicKey().Equal(cert.PublicKey) })
	if at < 0 && len(certificates) > 0 {
		return nil, keyError(file, pkcs12.ErrPair)
	}
	if at > 0 {
		certificates[0], certificates[at] = certificates[at], certificates[0]
	}
	return &Identity{Key: key, Certificates: certificates}, nil
}

// keyError puts what went wrong with a key into words of the catalogue.
func keyError(file string, err error) error {
	switch {
	case errors.Is(err, pkcs5.ErrPassword):
		return terminal.Failed("key-password", nil, file)
	case errors.Is(err, pkcs12.ErrDamaged):
		return terminal.Failed("key-damaged", nil, file)
	case errors.Is(err, pkcs12.ErrNoKey):
		return terminal.Failed("key-none", nil, file)
	case errors.Is(err, pkcs12.ErrPair):
		return terminal.Failed("key-pair", nil, file)
	case errors.Is(err, pkcs5.ErrIterations):
		return terminal.Failed("key-work", nil, file)
	case errors.Is(err, alg.ErrUnsupported):
		return terminal.Failed("key-algorithm", err, file)
	}
	return terminal.Failed("key-none", err, file)
}

// ReadCertificates reads PEM, DER, base64 or a PKCS #7 bundle.
func ReadCertificates(name string) ([]*x509.Certificate, error) {
	data, err := terminal.Read(name, terminal.MaxKeyFile)
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
	return nil, &terminal.Problem{Exit: terminal.ExitNoInput, Key: "certificate-none", Args: []any{name}, Err: err}
}
