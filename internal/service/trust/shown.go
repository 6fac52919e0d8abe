// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/law"
	"podpis/verify/reasons"
)

// MaxSignature bounds a signature over a text of ours, its chain included.
const MaxSignature = 64 << 10

// Shown is a certificate whose key has signed a text of ours.
type Shown struct {
	Certificate *x509.Certificate
	// Names tells that the issuer answers for who the holder is: the certificate is
	// qualified by law, or of that form and given by the authority of the installation.
	Names bool
}

// ShownBy judges a detached signature of one signer over a text. It may ask the network,
// and so runs outside of acts. What is wrong with the certificate is a refusal in words.
func (s *Service) ShownBy(ctx context.Context, text string, signature []byte) (Shown, error) {
	broken := problem.New(problem.Invalid, "factor.certificate.broken")
	if len(signature) > MaxSignature {
		return Shown{}, broken
	}
	message, err := cms.ParseSignedData(signature)
	if err != nil {
		return Shown{}, broken.Because(err)
	}
	if !message.Detached || len(message.Signers) != 1 {
		return Shown{}, broken
	}
	report, err := s.Check(ctx, verify.Input{Name: "challenge", Signature: signature, Document: strings.NewReader(text)}, reasons.Russian)
	if err != nil {
		return Shown{}, fmt.Errorf("judge signature: %w", err)
	}
	if len(report.Signatures) != 1 {
		return Shown{}, broken
	}
	judged := report.Signatures[0]
	if judged.Verdict != reasons.TotalPassed {
		return Shown{}, whyNot(judged)
	}
	for _, c := range message.Certificates {
		// The one that was judged, not another that calls itself the same.
		if len(judged.Chain) > 0 && hex.EncodeToString(c.Fingerprint(alg.SHA256)) == judged.Chain[0].Fingerprint {
			names := judged.Law63.Recognized == verify.Yes || law.QualifiedForm(c) && s.Issued(c)
			return Shown{Certificate: c, Names: names}, nil
		}
	}
	return Shown{}, broken
}

// whyNot puts what is wrong with a certificate in words, each with its next step.
func whyNot(s verify.Signature) error {
	refuse := func(key, code string) error {
		return problem.New(problem.Invalid, "factor.certificate."+key).Coded(code).Then("factor.certificate." + key + ".next")
	}
	switch s.SubIndication {
	case reasons.RevokedNoPOE, reasons.Revoked, reasons.RevokedCANoPOE:
		return refuse("revoked", "CRT-302")
	case reasons.Expired, reasons.OutOfBoundsNotRev, reasons.OutOfBoundsNoPOE, reasons.NotYetValid:
		return refuse("dates", "CRT-301")
	case reasons.NoChain, reasons.NoChainNoPOE:
		return refuse("untrusted", "")
	case reasons.HashFailure, reasons.SigCryptoFailure:
		return problem.New(problem.Invalid, "factor.certificate.broken")
	}
	return problem.New(problem.Unavailable, "factor.certificate.unchecked").Then("factor.certificate.unchecked.next").
		Because(fmt.Errorf("%s %s: %s", s.Indication, s.SubIndication, s.Reason.Text))
}
