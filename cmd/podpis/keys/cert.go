// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"context"
	"encoding/hex"
	"strings"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/x509"
)

// Cert is podpis cert.
func Cert() terminal.Command {
	return terminal.Command{Name: "cert", Help: "cert-help", Sub: []terminal.Command{
		{Name: "request", Help: "cert-request-help", Run: runCertRequest},
		{Name: "show", Help: "cert-show-help", Run: runCertShow},
	}}
}

func runCertRequest(_ context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis cert request", "cert-request-synopsis")
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	subject := f.String("subject", "", "opt-request-subject")
	out := f.String("o", "", "opt-request-out")
	force := f.Bool("force", false, "opt-force")
	rest, err := f.Arguments(args)
	if err != nil {
		return err
	}
	switch {
	case len(rest) > 0:
		return terminal.Usage("no-arguments", rest[0])
	case *out == "":
		return terminal.Usage("out-missing")
	}
	if err := terminal.Free(*out, *force); err != nil {
		return err
	}
	id, err := Load(c, *key, *passwordFile, "")
	if err != nil {
		return err
	}
	defer id.Key.Zero()
	if id.Key.Kind().ReadOnly() {
		return terminal.Failed("key-read-only", nil, *key)
	}
	name, err := requestName(id, *subject)
	if err != nil {
		return err
	}
	template := &x509.Template{KeyUsage: x509.DigitalSignature | x509.NonRepudiation, SubjectKeyID: x509.KeyID(id.Key.PublicKey())}
	extensions, err := template.RequestExtensions()
	if err != nil {
		return terminal.Failed("internal", nil, err.Error())
	}
	request, err := x509.CreateRequest(c.Random, id.Key, name, extensions)
	if err != nil {
		return terminal.Failed("internal", nil, err.Error())
	}
	// What goes to an authority is checked first.
	parsed, err := x509.ParseRequest(request)
	if err == nil {
		err = parsed.CheckSignature()
	}
	if err != nil {
		return terminal.Failed("self-check", err, *out)
	}
	return terminal.Save(*out, 0o644, x509.EncodePEM(x509.PEMRequest, request))
}

func requestName(id *Identity, text string) (x509.Name, error) {
	if text != "" {
		name, err := x509.NameByText(text)
		if err != nil {
			return name, terminal.Usage("subject-bad", text, err.Error())
		}
		return name, nil
	}
	if len(id.Certificates) == 0 {
		return x509.Name{}, terminal.Usage("subject-missing")
	}
	return id.Certificates[0].Subject, nil
}

func runCertShow(_ context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis cert show", "cert-show-synopsis")
	names, err := f.Arguments(args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return terminal.Usage("files-missing", "cert show")
	}
	for _, name := range names {
		list, err := ReadCertificates(name)
		if err == nil {
			for _, cert := range list {
				showCertificate(c, cert)
			}
			continue
		}
		if request := readRequest(name); request != nil {
			showRequest(c, request)
			continue
		}
		return err
	}
	return nil
}

func readRequest(name string) *x509.Request {
	data, err := terminal.Read(name, terminal.MaxKeyFile)
	if err != nil {
		return nil
	}
	request, err := x509.ParseRequest(cms.Unarmor(data))
	if err != nil {
		return nil
	}
	return request
}

func showRequest(c *terminal.Console, q *x509.Request) {
	c.Print(c.Out, "show-request", q.Subject.String())
	showKey(c, q.PublicKey, string(q.SignatureAlgorithm.OID))
	check := "show-signature-good"
	if q.CheckSignature() != nil {
		check = "show-signature-bad"
	}
	c.Print(c.Out, check)
}

func showCertificate(c *terminal.Console, cert *x509.Certificate) {
	c.Print(c.Out, "show-certificate", cert.Subject.String(), cert.Issuer.String(), cert.Serial.Hex(), cert.Serial.Decimal(),
		Period(c, cert.NotBefore, cert.NotAfter))
	showKey(c, cert.PublicKey, string(cert.SignatureAlgorithm.OID))
	line := func(key string, values ...string) {
		if text := strings.Join(values, ", "); text != "" {
			c.Print(c.Out, key, text)
		}
	}
	line("show-usage", usages(cert.KeyUsage)...)
	var purposes, policies []string
	for _, oid := range cert.ExtKeyUsage {
		purposes = append(purposes, string(oid))
	}
	for _, oid := range cert.PolicyOIDs() {
		policies = append(policies, string(oid))
	}
	line("show-purposes", purposes...)
	line("show-policies", policies...)
	line("show-tool", cert.SubjectSignTool)
	if !cert.PrivateKeyNotBefore.IsZero() || !cert.PrivateKeyNotAfter.IsZero() {
		line("show-key-period", Period(c, cert.PrivateKeyNotBefore, cert.PrivateKeyNotAfter))
	}
	line("show-crl", cert.CRLAddresses()...)
	line("show-ocsp", cert.OCSPServers...)
	for _, w := range cert.Warnings {
		line("show-warning", string(w))
	}
	c.Print(c.Out, "show-fingerprints", strings.ToUpper(hex.EncodeToString(cert.Fingerprint(alg.SHA1))),
		strings.ToUpper(hex.EncodeToString(cert.Fingerprint(alg.SHA256))))
}

func showKey(c *terminal.Console, key *alg.PublicKey, signature string) {
	if key == nil {
		c.Print(c.Out, "show-key-unknown", signature)
		return
	}
	c.Print(c.Out, "show-public", key.Kind().String(), key.Bits())
}

func usages(u x509.KeyUsage) (names []string) {
	for i, name := range []string{
		"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
		"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
	} {
		if u&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
