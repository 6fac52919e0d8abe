// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"slices"
	"time"

	"podpis/pki/x509"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// maxCertificates bounds the certificates of one file that are judged.
const maxCertificates = 64

// CheckCertificates judges certificates for the moment of the options. Of a chain those
// are judged that issued none of the others; those show in their paths.
func CheckCertificates(ctx context.Context, name string, certs []*x509.Certificate, o Options) (*Report, error) {
	report := newReport(name, format.Certificate, o)
	report.Verdict = reasons.TotalPassed
	c, pool := newChecker(ctx, o), &Pool{Certificates: certs}
	for i, cert := range certs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		issued := func(other *x509.Certificate) bool {
			return !other.Equal(cert) && other.Issuer.Equal(cert.Subject) && !other.Subject.Equal(cert.Subject)
		}
		if slices.ContainsFunc(certs, issued) || slices.ContainsFunc(certs[:i], cert.Equal) {
			continue
		}
		if len(report.Certificates) == maxCertificates {
			report.Verdict = Worse(report.Verdict, reasons.Indeterminate)
			break
		}
		judged := c.certificateReport(cert, pool)
		report.Certificates = append(report.Certificates, judged)
		report.Verdict = Worse(report.Verdict, judged.Verdict)
	}
	return report, nil
}

func (c *checker) certificateReport(cert *x509.Certificate, pool *Pool) CertificateReport {
	c.unreachable = false
	m := moment{now: c.o.At, at: c.o.At}
	found := c.certificate(question{cert: cert, from: append(sources{pool}, c.o.Evidence...), carried: 1, m: m})
	out := CertificateReport{
		Subject: subjectOf(cert), NotBefore: cert.NotBefore, NotAfter: cert.NotAfter, Chain: links(found.path, found.anchored),
		Revocation: append([]Status{}, found.statuses...), Warnings: []Warning{}, Accredited: Unknown,
		Authority: c.o.authorityOf(found.path, found.anchored), Indication: passed, SubIndication: found.code,
	}
	if found.code != "" {
		out.Indication = indeterminate
	}
	if own := c.o.ownAuthority(cert); own != nil {
		out.Authority = own
	}
	if found.anchored && (!cert.IsCA || out.Authority != nil) { // the head authority is no centre
		out.Accredited = c.o.accredited(out.Authority, cert)
	}
	out.Qualified = qualified(cert, out.Accredited)
	c.concludeCertificate(&out, cert, found)
	return out
}

// concludeCertificate chooses the outcome: what proves the certificate bad, then its dates, then
// what leaves the question open.
func (c *checker) concludeCertificate(out *CertificateReport, cert *x509.Certificate, found conclusion) {
	l := c.o.Language
	code, d := found.outcome(c, cert)
	if code == reasons.CertificateValid {
		code, d.Date = c.accreditation(out, cert)
	}
	out.Outcome, out.Verdict = code, outcomeVerdict(code)
	out.Reason = reasons.Of(l, code, d)
	if code == reasons.CertificateNotTrusted && found.code != reasons.NoChain {
		// The issuer is known, and something else is wrong with the path.
		out.Reason.Text = reasons.Of(l, found.code, found.details).Text
	}
	if f := signsDocuments(cert); f.code != "" && !cert.IsCA {
		out.Warn(l, reasons.WarnNotForSigning, f.details)
	}
}

// accreditation: what counts by law is the day of issue (63-FZ, article 11, 1); that it
// ended later is said.
func (c *checker) accreditation(out *CertificateReport, cert *x509.Certificate) (reasons.Code, time.Time) {
	switch {
	case out.Accredited == Unknown:
	case out.Authority == nil:
		out.Warn(c.o.Language, reasons.WarnNotAccredited, reasons.Details{})
	case out.Accredited == No:
		return reasons.CertificateAccreditationEnded, out.Authority.Ended(cert.NotBefore)
	default:
		if end := out.Authority.Ended(c.o.At); !end.IsZero() {
			out.Warn(c.o.Language, reasons.WarnAccreditationEnded, reasons.Details{Date: end})
		}
	}
	return reasons.CertificateValid, time.Time{}
}

// outcome puts a conclusion in the words for certificates.
func (f *conclusion) outcome(c *checker, cert *x509.Certificate) (reasons.Code, reasons.Details) {
	switch {
	case f.code == reasons.ChainGeneral && f.details.Cause == reasons.CauseIssuerSignature:
		return reasons.CertificateSignatureInvalid, f.details
	case f.code == reasons.RevokedNoPOE:
		return reasons.CertificateRevoked, reasons.Details{Date: f.details.Date, Cause: revocationReason(f.leaf.reason)}
	case f.code == reasons.RevokedCANoPOE:
		return reasons.CertificateRevoked, reasons.Details{Date: f.details.Date, Cause: reasons.CauseIssuerRevoked}
	case c.o.At.Before(cert.NotBefore):
		return reasons.CertificateNotYetValid, reasons.Details{Date: cert.NotBefore}
	case c.o.At.After(cert.NotAfter):
		return reasons.CertificateExpired, reasons.Details{Date: cert.NotAfter}
	case f.code == "":
		return reasons.CertificateValid, reasons.Details{}
	}
	switch f.code {
	case reasons.TryLater:
		if f.details.Cause == reasons.CauseOnHold {
			return reasons.CertificateSuspended, reasons.Details{Date: f.leaf.at}
		}
		if f.details.Cause == "" {
			return reasons.CertificateNotChecked, reasons.Details{Cause: reasons.CauseListStale}
		}
		return reasons.CertificateNotChecked, f.details
	case reasons.NoChainNoPOE:
		return reasons.CertificateAccreditationEnded, f.details
	case reasons.RevocationBounds:
		return reasons.CertificateNotChecked, reasons.Details{Cause: reasons.CauseRevocationBad}
	case reasons.ChainGeneral:
		if f.anchored { // the path holds, what tells of revocation does not
			return reasons.CertificateNotChecked, f.details
		}
	case reasons.NoChain:
		if c.unreachable && f.issuer != No {
			return reasons.CertificateNotChecked, reasons.Details{Cause: reasons.CauseFetch}
		}
	case reasons.CryptoNoPOE:
		if cert.PublicKey == nil || !cert.SignatureAlgorithm.Known() {
			return reasons.CertificateNotChecked, reasons.Details{Cause: reasons.CauseUnknownKey}
		}
	}
	return reasons.CertificateNotTrusted, f.details
}

// outcomeVerdict: what could not be found out is not known, all else is an answer.
func outcomeVerdict(outcome reasons.Code) reasons.Code {
	switch outcome {
	case reasons.CertificateValid:
		return reasons.TotalPassed
	case reasons.CertificateNotChecked, reasons.CertificateNotTrusted:
		return reasons.Indeterminate
	}
	return reasons.TotalFailed
}

// revocationReason is the reason in words, empty when none was stated.
func revocationReason(r x509.Reason) reasons.Code {
	switch r {
	case x509.ReasonKeyCompromise:
		return reasons.RevokedKeyCompromise
	case x509.ReasonCACompromise, x509.ReasonAACompromise:
		return reasons.RevokedCACompromise
	case x509.ReasonAffiliationChanged:
		return reasons.RevokedAffiliation
	case x509.ReasonSuperseded:
		return reasons.RevokedSuperseded
	case x509.ReasonCessationOfOperation:
		return reasons.RevokedCessation
	case x509.ReasonPrivilegeWithdrawn:
		return reasons.RevokedPrivilege
	}
	return ""
}
