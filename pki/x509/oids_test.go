// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
	"podpis/pki/x509"
)

type namedOID struct {
	Name string
	OID  der.OID
}

// TestObjectIdentifiers holds the identifiers of this project to a list that was read from the standards.
func TestObjectIdentifiers(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/oids.json")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &lists); err != nil {
		t.Fatal(err)
	}
	constants := map[string]der.OID{
		"OGRN": x509.OIDOGRN, "SNILS": x509.OIDSNILS, "INNLE": x509.OIDINNLE, "OGRNIP": x509.OIDOGRNIP, "INN": x509.OIDINN,
		"subjectSignTool": x509.OIDSubjectSignTool, "issuerSignTool": x509.OIDIssuerSignTool,
		"identificationKind": x509.OIDIdentificationKind,
		"KC1":                x509.OIDClassKC1, "KC2": x509.OIDClassKC2, "KC3": x509.OIDClassKC3,
		"KB1": x509.OIDClassKB1, "KB2": x509.OIDClassKB2, "KA1": x509.OIDClassKA1,
	}
	known := map[string]func(v namedOID) error{
		"digest": func(v namedOID) error {
			_, err := alg.ParseHash(der.Sequence(der.ObjectID(v.OID)))
			return err
		},
		"signature": func(v namedOID) error {
			_, err := alg.ParseSignatureAlgorithm(der.Sequence(der.ObjectID(v.OID)))
			return err
		},
		"public_key": func(v namedOID) error {
			_, err := alg.ParseSignatureAlgorithm(der.Sequence(der.ObjectID(v.OID))) // RFC 4490, 3.2
			return err
		},
		"cipher": func(v namedOID) error { return parseCipher(v.OID) },
		"wrap": func(v namedOID) error {
			_, err := alg.ParseKeyEncryption(der.Sequence(der.ObjectID(v.OID), der.Sequence(der.ObjectID("1.2.643.7.1.1.6.1"))))
			return err
		},
		"agreement": func(v namedOID) error {
			_, err := alg.ParseKeyEncryption(der.Sequence(der.ObjectID("1.2.643.7.1.1.7.2.1"), der.Sequence(der.ObjectID(v.OID))))
			return err
		},
		"mac": func(v namedOID) error { return derives(v.OID) },
	}
	count := 0
	for list, raw := range lists {
		var oids []namedOID
		if list == "digest_param_rule" || list == "cms_mac_attribute" || json.Unmarshal(raw, &oids) != nil {
			continue // texts; the rule, below; the attribute is in the messages of pki/cms
		}
		for _, v := range oids {
			count++
			if check := known[list]; check != nil {
				if err := check(v); err != nil {
					t.Errorf("%s %s %s: %v", list, v.Name, v.OID, err)
				}
			} else if constants[v.Name] != v.OID {
				t.Errorf("%s %s: %s, want %s", list, v.Name, constants[v.Name], v.OID)
			}
		}
	}
	if count != 33 {
		t.Errorf("%d identifiers", count)
	}
}

// parseCipher tries both lengths of the parameter.
func parseCipher(oid der.OID) (err error) {
	for _, n := range []int{12, 16} {
		if _, err = alg.ParseCipher(der.Sequence(der.ObjectID(oid), der.Sequence(der.OctetString(make([]byte, n))))); err == nil {
			return nil
		}
	}
	return err
}

// derives decrypts something under a password with the function, which the cipher without a code does not refuse.
func derives(oid der.OID) error {
	cipher := der.Sequence(der.ObjectID("1.2.643.7.1.1.5.2.1"), der.Sequence(der.OctetString(make([]byte, 16))))
	function := der.Sequence(der.ObjectID("1.2.840.113549.1.5.12"),
		der.Sequence(der.OctetString(make([]byte, 16)), der.Int(1), der.Sequence(der.ObjectID(oid), der.Null())))
	budget := pkcs5.MaxIterations
	_, err := pkcs5.Decrypt(der.Sequence(der.ObjectID("1.2.840.113549.1.5.13"), der.Sequence(function, cipher)), nil, []byte("octets"), &budget)
	return err
}

// TestDigestParameter: with which sets digestParamSet is written and that both forms are read (RFC 9215, 4.2).
func TestDigestParameter(t *testing.T) {
	t.Parallel()
	var file struct {
		Rule map[string][]der.OID `json:"digest_param_rule"`
	}
	loadJSON(t, &file, "testdata", "oids.json")
	if sets := slices.Concat(slices.Collect(maps.Values(file.Rule))...); len(sets) != 13 {
		t.Fatalf("%d sets", len(sets))
	}
	written := 0
	for _, kind := range alg.Kinds() {
		if !kind.IsGOST() {
			continue
		}
		key, err := alg.Generate(kind, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		spki := der.NewReader(key.PublicKey().SPKI()).Sequence()
		algorithm := spki.Sequence()
		oid, params := algorithm.OID(), algorithm.Sequence()
		bits := spki.BitString()
		set, digest := params.OID(), !params.Empty()
		for rule, sets := range file.Rule {
			if slices.Contains(sets, set) {
				written++
				if must := rule == "must_be_present_gost3411_256"; must != digest {
					t.Errorf("%v, %s: digest written %v, %s", kind, set, digest, rule)
				}
			}
		}
		stated := der.ObjectID("1.2.643.7.1.1.2.2")
		if oid == "1.2.643.7.1.1.1.2" {
			stated = der.ObjectID("1.2.643.7.1.1.2.3")
		}
		for _, form := range [][]byte{der.Sequence(der.ObjectID(set)), der.Sequence(der.ObjectID(set), stated)} {
			if _, err := alg.ParsePublicKey(der.Sequence(der.Sequence(der.ObjectID(oid), form), der.BitString(bits))); err != nil {
				t.Errorf("%v with parameters %x: %v", kind, form, err)
			}
		}
	}
	if written != 7 {
		t.Errorf("%d sets are written", written)
	}
}
