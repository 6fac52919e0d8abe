// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/hex"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/x509"
)

func certCommand() command {
	return command{name: "cert", help: "cert-help", sub: []command{
		{name: "request", help: "cert-request-help", run: runCertRequest},
		{name: "show", help: "cert-show-help", run: runCertShow},
	}}
}

func runCertRequest(_ context.Context, c *console, args []string) error {
	f := c.flags("podpis cert request", "cert-request-synopsis")
	key := f.String("key", "", "opt-key")
	passwordFile := f.String("password-file", "", "opt-password-file")
	subject := f.String("subject", "", "opt-request-subject")
	out := f.String("o", "", "opt-request-out")
	force := f.Bool("force", false, "opt-force")
	rest, err := f.parse(args)
	if err != nil {
		return err
	}
	switch {
	case len(rest) > 0:
		return usageError("no-arguments", rest[0])
	case *out == "":
		return usageError("out-missing")
	}
	if err := free(*out, *force); err != nil {
		return err
	}
	id, err := c.loadKey(*key, *passwordFile, "")
	if err != nil {
		return err
	}
	defer id.key.Zero()
	if id.key.Kind().ReadOnly() {
		return failed("key-read-only", nil, *key)
	}
	name, err := requestName(id, *subject)
	if err != nil {
		return err
	}
	template := &x509.Template{KeyUsage: x509.DigitalSignature | x509.NonRepudiation, SubjectKeyID: x509.KeyID(id.key.PublicKey())}
	extensions, err := template.RequestExtensions()
	if err != nil {
		return failed("internal", nil, err.Error())
	}
	request, err := x509.CreateRequest(c.random, id.key, name, extensions)
	if err != nil {
		return failed("internal", nil, err.Error())
	}
	// What goes to an authority is checked first.
	parsed, err := x509.ParseRequest(request)
	if err == nil {
		err = parsed.CheckSignature()
	}
	if err != nil {
		return failed("self-check", err, *out)
	}
	return save(*out, 0o644, x509.EncodePEM(x509.PEMRequest, request))
}

func requestName(id *identity, text string) (x509.Name, error) {
	if text != "" {
		name, err := x509.NameByText(text)
		if err != nil {
			return name, usageError("subject-bad", text, err.Error())
		}
		return name, nil
	}
	if len(id.certificates) == 0 {
		return x509.Name{}, usageError("subject-missing")
	}
	return id.certificates[0].Subject, nil
}

func runCertShow(_ context.Context, c *console, args []string) error {
	f := c.flags("podpis cert show", "cert-show-synopsis")
	names, err := f.parse(args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return usageError("files-missing", "cert show")
	}
	for _, name := range names {
		list, err := readCertificates(name)
		if err == nil {
			for _, cert := range list {
				c.showCertificate(cert)
			}
			continue
		}
		if request := readRequest(name); request != nil {
			c.showRequest(request)
			continue
		}
		return err
	}
	return nil
}

func readRequest(name string) *x509.Request {
	data, err := read(name, maxKeyFile)
	if err != nil {
		return nil
	}
	request, err := x509.ParseRequest(cms.Unarmor(data))
	if err != nil {
		return nil
	}
	return request
}

func (c *console) showRequest(q *x509.Request) {
	c.print(c.out, "show-request", q.Subject.String())
	c.showKey(q.PublicKey, string(q.SignatureAlgorithm.OID))
	check := "show-signature-good"
	if q.CheckSignature() != nil {
		check = "show-signature-bad"
	}
	c.print(c.out, check)
}

func (c *console) showCertificate(cert *x509.Certificate) {
	c.print(c.out, "show-certificate", cert.Subject.String(), cert.Issuer.String(), cert.Serial.Hex(), cert.Serial.Decimal(),
		c.period(cert.NotBefore, cert.NotAfter))
	c.showKey(cert.PublicKey, string(cert.SignatureAlgorithm.OID))
	line := func(key string, values ...string) {
		if text := strings.Join(values, ", "); text != "" {
			c.print(c.out, key, text)
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
		line("show-key-period", c.period(cert.PrivateKeyNotBefore, cert.PrivateKeyNotAfter))
	}
	line("show-crl", cert.CRLAddresses()...)
	line("show-ocsp", cert.OCSPServers...)
	for _, w := range cert.Warnings {
		line("show-warning", string(w))
	}
	c.print(c.out, "show-fingerprints", strings.ToUpper(hex.EncodeToString(cert.Fingerprint(alg.SHA1))),
		strings.ToUpper(hex.EncodeToString(cert.Fingerprint(alg.SHA256))))
}

func (c *console) showKey(key *alg.PublicKey, signature string) {
	if key == nil {
		c.print(c.out, "show-key-unknown", signature)
		return
	}
	c.print(c.out, "show-public", key.Kind().String(), key.Bits())
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
