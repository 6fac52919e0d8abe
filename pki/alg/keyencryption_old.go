// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package alg

import (
	"slices"

	"podpis/gost/keywrap"
	"podpis/gost/vko"
	"podpis/pki/der"
)

// What programs before KExp15 wrote, to read it: a content key of GOST 28147-89 under an agreement of keys of 2001 or 2012
// (RFC 4490, 4; for 2012 the same with VKO of RFC 7836).

const (
	oidOldAgreement  der.OID = "1.2.643.2.2.96"   // id-GostR3410-2001-CryptoPro-ESDH
	oidWrapNone      der.OID = "1.2.643.2.2.13.0" // RFC 4357, 6.1 and 6.2
	oidWrapCryptoPro der.OID = "1.2.643.2.2.13.1" // RFC 4357, 6.3 and 6.4
)

// parseOldKeyEncryption tells with ok that the identifier is one of these.
func parseOldKeyEncryption(oid der.OID, params []byte) (e KeyEncryption, ok bool, err error) {
	switch oid {
	case oidGOST2001Key, oidGOST256Key, oidGOST512Key:
		return KeyEncryption{kind: oldTransport, diversified: true}, true, nil // all else is in encryptedKey
	case oidOldAgreement, oidAgreement256, oidAgreement512:
	default:
		return KeyEncryption{}, false, nil
	}
	r := der.NewReader(params)
	wrap := r.Sequence()
	way := wrap.OID()
	parameters := wrap.Sequence()
	e = KeyEncryption{kind: oldAgreement, box: parameters.OID(), diversified: way == oidWrapCryptoPro}
	if !parameters.Empty() {
		parameters.OctetString() // UKM once more
	}
	parameters.End()
	wrap.End()
	if err := r.Close(); err != nil {
		return KeyEncryption{}, false, err
	}
	if way != oidWrapNone && way != oidWrapCryptoPro {
		return KeyEncryption{}, false, ErrUnsupported
	}
	return e, true, nil
}

// readOldTransport reads GostR3410-KeyTransport (RFC 4490, 4.2.1).
func (w *WrappedKey) readOldTransport(encrypted []byte) error {
	r := der.NewReader(encrypted)
	s := r.Sequence()
	key := s.Raw(der.TagSequence)
	p := s.Enter(der.ContextConstructed(0))
	w.box = p.OID()
	spki := p.Raw(der.ContextConstructed(0))
	w.ukm = p.OctetString()
	p.End()
	s.End()
	if err := r.Close(); err != nil {
		return err
	}
	sender, err := ParsePublicKey(der.Retag(der.TagSequence, spki))
	if err != nil {
		return err
	}
	w.sender = sender
	return w.readOldKey(key)
}

// readOldKey reads Gost28147-89-EncryptedKey (RFC 4490, 4.1.1).
func (w *WrappedKey) readOldKey(encrypted []byte) error {
	r := der.NewReader(encrypted)
	s := r.Sequence()
	key, mac := s.OctetString(), s.OctetString() // a mask between them is not written by anyone
	s.End()
	w.key = slices.Concat(key, mac)
	return r.Close()
}

func unwrapOld(k *PrivateKey, private gostPrivate, e KeyEncryption, w *WrappedKey) ([]byte, error) {
	if e.kind == oldAgreement {
		w.box = e.box
	}
	box, ok := box28147(w.box)
	if !ok {
		return nil, ErrUnsupported
	}
	agree, unwrap := vko.Agree256, keywrap.UnwrapGOST
	if k.Kind().ReadOnly() {
		agree = vko.Agree2001
	}
	if e.diversified {
		unwrap = keywrap.UnwrapCryptoPro
	}
	kek, err := agree(private.key, w.sender.key.(gostPublic).key, w.ukm)
	if err != nil {
		return nil, ErrDecrypt // the sender's key is of another curve
	}
	defer clear(kek)
	key, err := unwrap(box, kek, w.ukm, w.key)
	if err != nil {
		return nil, ErrDecrypt
	}
	return key, nil
}
