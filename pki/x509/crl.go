// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"bytes"
	"iter"
	"slices"
	"sort"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// Reason is why a certificate was revoked (RFC 5280, 5.3.1).
type Reason int

// The reasons.
const (
	ReasonUnspecified          Reason = 0
	ReasonKeyCompromise        Reason = 1
	ReasonCACompromise         Reason = 2
	ReasonAffiliationChanged   Reason = 3
	ReasonSuperseded           Reason = 4
	ReasonCessationOfOperation Reason = 5
	ReasonCertificateHold      Reason = 6
	ReasonRemoveFromCRL        Reason = 8
	ReasonPrivilegeWithdrawn   Reason = 9
	ReasonAACompromise         Reason = 10
)

// String is the name of the standard, such as "keyCompromise".
func (r Reason) String() string {
	names := []string{"unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
		"cessationOfOperation", "certificateHold", "", "removeFromCRL", "privilegeWithdrawn", "aACompromise"}
	if !r.Valid() {
		return ""
	}
	return names[r]
}

// Valid reports a reason of the standard.
func (r Reason) Valid() bool { return r >= 0 && r <= ReasonAACompromise && r != 7 }

// CRL is a certificate revocation list (RFC 5280, 5.1). Entries are not kept
// decoded: a list of a million of them is an index of four octets an entry. It is
// not changed after the parsing and may be used by several goroutines.
type CRL struct {
	Raw    []byte
	RawTBS []byte

	Version            int
	SignatureAlgorithm alg.SignatureAlgorithm
	Signature          []byte
	Issuer             Name
	ThisUpdate         time.Time
	NextUpdate         time.Time // zero when not stated
	Extensions         []Extension

	Number         Serial // nil when not stated
	IsDelta        bool
	DeltaBase      Serial // with IsDelta: number of the list it completes
	AuthorityKeyID []byte
	Point          *IssuingPoint // nil when not stated
	FreshestCRL    []DistributionPoint
	// IssuingURLs are addresses of certificates of who signed the list (RFC 5280, 5.2.7).
	IssuingURLs []string
	// UnknownCritical lists critical extensions of the list and of its entries
	// that were not understood. Such a list proves no certificate good
	// (RFC 5280, 5.2 and 5.3).
	UnknownCritical []der.OID

	entries []byte   // content of revokedCertificates
	index   []uint32 // offsets of the entries, by serial number, then by place
	issuers []issuerChange
}

// IssuingPoint is the content of issuingDistributionPoint (RFC 5280, 5.2.5).
type IssuingPoint struct {
	Names              []GeneralName
	Relative           []Attribute
	OnlyUserCerts      bool
	OnlyCACerts        bool
	OnlyAttributeCerts bool
	OnlySomeReasons    uint16 // bits of ReasonFlags, 0 for all
	Indirect           bool
}

// Revoked is an entry of a CRL.
type Revoked struct {
	Serial Serial
	At     time.Time
	Reason Reason // unspecified when not stated
	// InvalidityDate is when the key was or may have been compromised; zero when
	// not stated.
	InvalidityDate time.Time
	// Issuer is who issued the certificate: of an indirect list by its entries,
	// otherwise the issuer of the list.
	Issuer Name
}

// issuerChange says that entries from an offset on are of another issuer.
type issuerChange struct {
	from uint32
	name Name
}

// ParseCRL reads one list in DER. Every entry is checked; the signature is not.
func ParseCRL(in []byte) (*CRL, error) {
	c, err := parseCRL(in)
	if err != nil {
		return nil, wrap("revocation list", err)
	}
	return c, nil
}

func parseCRL(in []byte) (*CRL, error) {
	if len(in) > maxCRL {
		return nil, ErrTooLarge
	}
	s, err := readSigned(in)
	if err != nil {
		return nil, err
	}
	c := &CRL{Raw: in, RawTBS: s.tbs, SignatureAlgorithm: s.algorithm, Signature: s.signature, Version: 1}
	r := der.NewReader(s.tbs)
	t := r.Sequence()
	if t.Peek() == der.TagInteger {
		c.Version = t.Int() + 1
		if c.Version != 2 {
			t.Fail("unknown version of revocation list")
		}
	}
	inner := t.Raw(der.TagSequence)
	c.Issuer = ReadName(t)
	c.ThisUpdate = t.Time()
	if next := t.Peek(); next == der.TagUTCTime || next == der.TagGeneralizedTime {
		c.NextUpdate = t.Time()
	}
	if t.Peek() == der.TagSequence {
		c.readEntries(t.Sequence())
	}
	if e, ok := t.EnterOptional(der.ContextConstructed(0)); ok {
		c.Extensions = ReadExtensions(e)
		e.End()
	}
	t.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	if !bytes.Equal(inner, s.rawAlgorithm) {
		return nil, errAlgorithms
	}
	return c, c.decodeExtensions()
}

func (c *CRL) decodeExtensions() error {
	for _, e := range c.Extensions {
		r := der.NewReader(e.Value)
		switch e.OID {
		case OIDCRLNumber:
			c.Number = ReadSerial(r)
		case OIDDeltaCRLIndicator:
			c.IsDelta = true
			c.DeltaBase = ReadSerial(r)
		case OIDAuthorityKeyIdentifier:
			var f Fields
			f.readAuthorityKeyID(r)
			c.AuthorityKeyID = f.AuthorityKeyID
		case OIDIssuingDistributionPoint:
			c.Point = readIssuingPoint(r)
		case OIDFreshestCRL:
			c.FreshestCRL = readDistributionPoints(r)
		case OIDAuthorityInfoAccess:
			var f Fields
			if f.readInfoAccess(r); r.Close() == nil { // a hint: a list without it is as good
				c.IssuingURLs = f.IssuingURLs
			}
			continue
		default:
			if e.Critical {
				c.UnknownCritical = append(c.UnknownCritical, e.OID)
			}
			continue
		}
		if err := r.Close(); err != nil {
			return wrap("extension "+string(e.OID), err)
		}
	}
	return nil
}

func readIssuingPoint(r *der.Reader) *IssuingPoint {
	p := new(IssuingPoint)
	s := r.Sequence()
	if e, ok := s.EnterOptional(der.ContextConstructed(0)); ok {
		p.Names, p.Relative = readPointName(e)
	}
	flag := func(n int) bool {
		c, ok := s.Optional(der.Context(n))
		if ok && (len(c) != 1 || c[0] != 0 && c[0] != 0xff) {
			s.Fail("boolean not 00 or FF")
		}
		return ok && s.Err() == nil && c[0] == 0xff
	}
	p.OnlyUserCerts, p.OnlyCACerts = flag(1), flag(2)
	if s.Peek() == der.Context(3) {
		bits, _ := s.ImplicitBits(der.Context(3))
		p.OnlySomeReasons = namedBits(bits, 9)
	}
	p.Indirect, p.OnlyAttributeCerts = flag(4), flag(5)
	s.End()
	return p
}

// CheckSignatureFrom checks that the list has the issuer's name and that its key
// verifies the signature. Whether the issuer may sign lists is decided where
// paths are.
func (c *CRL) CheckSignatureFrom(issuer *Certificate) error {
	if !c.Issuer.Equal(issuer.Subject) {
		return ErrNotIssuer
	}
	return CheckTBS(issuer.PublicKey, c.SignatureAlgorithm, c.RawTBS, c.Signature)
}

// Len is the number of entries.
func (c *CRL) Len() int { return len(c.index) }

// Find returns the entry of a certificate of the list's own issuer. The time is
// logarithmic in the number of entries.
func (c *CRL) Find(serial Serial) (Revoked, bool) { return c.FindOf(c.Issuer, serial) }

// FindOf is [CRL.Find] for a certificate of any issuer, as an indirect list may
// hold it. Of several entries for one certificate the last counts.
func (c *CRL) FindOf(issuer Name, serial Serial) (found Revoked, ok bool) {
	first := sort.Search(len(c.index), func(i int) bool {
		return bytes.Compare(c.serialAt(c.index[i]), serial) >= 0
	})
	for _, at := range c.index[first:] {
		if !bytes.Equal(c.serialAt(at), serial) {
			break
		}
		if len(c.issuers) > 0 && !c.issuerAt(at).Equal(issuer) {
			continue
		}
		found, ok = c.entryAt(at), true
	}
	return found, ok && (len(c.issuers) > 0 || c.Issuer.Equal(issuer))
}

// All yields the entries in the order of their serial numbers' octets.
func (c *CRL) All() iter.Seq[Revoked] {
	return func(yield func(Revoked) bool) {
		for _, at := range c.index {
			if !yield(c.entryAt(at)) {
				return
			}
		}
	}
}

// readEntries checks every entry and makes the index.
func (c *CRL) readEntries(s *der.Reader) {
	c.entries = s.Rest()
	total := len(c.entries)
	for !s.Empty() {
		at := uint32(total - len(s.Rest()))
		_, other := c.readEntry(s)
		if other.Raw != nil {
			c.issuers = append(c.issuers, issuerChange{from: at, name: other})
		}
		c.index = append(c.index, at)
	}
	if s.Err() != nil {
		return
	}
	order := func(a, b uint32) int { return bytes.Compare(c.serialAt(a), c.serialAt(b)) }
	if !slices.IsSortedFunc(c.index, order) {
		slices.SortStableFunc(c.index, order)
	}
}

// readEntry reads an entry; other is the name in certificateIssuer, if present
// (RFC 5280, 5.3.3).
func (c *CRL) readEntry(s *der.Reader) (e Revoked, other Name) {
	x := s.Sequence()
	e.Serial = ReadSerial(x)
	e.At = x.Time()
	if x.Empty() {
		return e, other
	}
	list := ReadExtensions(x)
	x.End()
	for _, ext := range list {
		r := der.NewReader(ext.Value)
		switch ext.OID {
		case OIDReasonCode:
			e.Reason = Reason(r.Enumerated())
			if r.Err() == nil && !e.Reason.Valid() {
				r.Fail("unknown reason")
			}
		case OIDInvalidityDate:
			e.InvalidityDate = r.GeneralizedTime()
		case OIDCertificateIssuer:
			for _, g := range ReadGeneralNames(r.Sequence()) {
				if g.Kind == DirectoryName {
					other = g.Name
				}
			}
		default:
			// Bounded, for every entry of a hostile list may name another.
			if ext.Critical && len(c.UnknownCritical) < maxUnknown && !slices.Contains(c.UnknownCritical, ext.OID) {
				c.UnknownCritical = append(c.UnknownCritical, ext.OID)
			}
			continue
		}
		if err := r.Close(); err != nil {
			x.FailWith(wrap("extension "+string(ext.OID), err))
		}
	}
	return e, other
}

// entryAt decodes the entry at an offset, which was checked by the parsing.
func (c *CRL) entryAt(at uint32) Revoked {
	e, _ := c.readEntry(der.NewReader(c.entries[at:]))
	e.Issuer = c.issuerAt(at)
	return e
}

// issuerAt is the issuer that the last change before the entry named.
func (c *CRL) issuerAt(at uint32) Name {
	i := sort.Search(len(c.issuers), func(i int) bool { return c.issuers[i].from > at })
	if i == 0 {
		return c.Issuer
	}
	return c.issuers[i-1].name
}

// serialAt returns the serial number of the entry at an offset. The entry was
// checked by the parsing, so headers are only stepped over: this runs for every
// comparison of the sorting.
func (c *CRL) serialAt(at uint32) Serial {
	b := c.entries[at:]
	head := 2
	if b[1] >= 0x80 {
		head += int(b[1] & 0x7f)
	}
	n := int(b[head+1]) // at most maxSerial+1, so one octet
	return serialOf(b[head+2 : head+2+n])
}
