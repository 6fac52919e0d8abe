// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package tsp_test

import (
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/openssltest"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

const tsaConfig = `
[tsa]
default_tsa = one
[one]
serial = serial
signer_digest = %
default_policy = 1.2.3.4.1
digests = md_gost12_256, md_gost12_512, sha256
accuracy = secs:1, millisecs:500
ordering = yes
ess_cert_id_chain = no
ess_cert_id_alg = %
`

func digestName(h alg.Hash) string {
	switch h {
	case alg.Streebog256:
		return "md_gost12_256"
	case alg.Streebog512:
		return "md_gost12_512"
	}
	return h.Name()
}

// TestOpenSSL: requests and responses of both sides, crosswise, for every set.
func TestOpenSSL(t *testing.T) {
	data := []byte("stamped data")
	now := strconv.FormatInt(pkitest.Now.Unix(), 10)
	for _, kind := range pkitest.Kinds() {
		b := openssltest.New(t)
		root := pkitest.Root(t, kind, "CN=Root")
		tsa := root.TSA(t, kind)
		trust := b.WritePEM("root.pem", x509.PEMCertificate, root.Cert.Raw)
		cert := b.WritePEM("tsa.pem", x509.PEMCertificate, tsa.Cert.Raw)
		key := b.WritePEM("key.pem", pkcs8.PEMKey, pkcs8.Marshal(tsa.Key))
		content := b.Write("data", data)
		h := digestName(kind.Hash())

		// OpenSSL asks, we answer, OpenSSL verifies.
		for _, certReq := range []bool{true, false} {
			args := []string{"ts", "-query", "-data", content, "-" + h, "-out", b.Path("q.tsq")}
			if certReq {
				args = append(args, "-cert")
			}
			b.Run(args...)
			q, err := tsp.ParseRequest(b.Read("q.tsq"))
			if err != nil || q.CertReq != certReq || q.Nonce == nil {
				t.Fatalf("%s: %+v %v", kind.Name(), q, err)
			}
			answer := b.Write("r.tsr", tsp.Grant(stamp(t, tsa, q)).Marshal())
			check := []string{"ts", "-verify", "-in", answer, "-queryfile", b.Path("q.tsq"), "-CAfile", trust, "-attime", now}
			if !certReq {
				check = append(check, "-untrusted", cert)
			}
			b.Run(check...)
			q.Imprint = q.Hash.Sum([]byte("other"))
			b.Write("r.tsr", tsp.Grant(stamp(t, tsa, q)).Marshal())
			b.Refuses("imprint", check...)
		}

		// We ask, OpenSSL answers, we verify.
		q, err := tsp.NewRequest(rand.Reader, kind.Hash(), kind.Hash().Sum(data))
		if err != nil {
			t.Fatal(err)
		}
		b.Write("our.tsq", q.Marshal())
		b.Write("serial", []byte("01\n"))
		b.Write("tsa.cnf", []byte(strings.ReplaceAll(tsaConfig, "%", h)))
		b.Run("ts", "-reply", "-config", b.Path("tsa.cnf"), "-queryfile", b.Path("our.tsq"), "-signer", cert, "-inkey", key, "-out", b.Path("our.tsr"))
		response, err := tsp.ParseResponse(b.Read("our.tsr"))
		if err != nil || !response.Granted() {
			t.Fatalf("%s: %+v %v", kind.Name(), response, err)
		}
		token, err := tsp.ParseToken(response.Token)
		if err != nil {
			t.Fatal(err)
		}
		_, err = token.Verify(nil)
		if err := errors.Join(err, token.Answers(q), token.Covers(data)); err != nil {
			t.Errorf("%s: %v", kind.Name(), err)
		}
	}
}

// TestOpenSSLReadsRefusals: each reason of the protocol is understood.
func TestOpenSSLReadsRefusals(t *testing.T) {
	b := openssltest.New(t)
	for info, text := range map[tsp.FailInfo]string{
		tsp.BadAlg: "unrecognized or unsupported algorithm", tsp.BadRequest: "transaction not permitted", tsp.BadDataFormat: "wrong format",
		tsp.TimeNotAvailable: "time source is not available", tsp.UnacceptedPolicy: "policy is not supported",
		tsp.UnacceptedExtension: "extension is not supported", tsp.AddInfoNotAvailable: "additional information", tsp.SystemFailure: "system failure",
	} {
		out := b.Run("ts", "-reply", "-in", b.Write("r.tsr", tsp.Refuse(info, "no").Marshal()), "-text")
		if !strings.Contains(string(out), text) || !strings.Contains(string(out), "Rejected") {
			t.Errorf("%s: OpenSSL reads\n%s", info, out)
		}
	}
}
