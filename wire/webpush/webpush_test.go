// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package webpush

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"podpis/pki/alg"
)

func raw(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestExample computes the example of RFC 8291, 5 and appendix A.
func TestExample(t *testing.T) {
	t.Parallel()
	own, err := ecdh.P256().NewPrivateKey(raw(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	s := Subscription{Keys: Keys{
		P256DH: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", Auth: "BTBZMqHH6r4Tts7J_aSIgg",
	}}
	plain := "When I grow up, I want to be a watermelon"
	got, err := encrypt(s, []byte(plain), own, raw(t, "DGv6ra1nlYgDCS1FRnbzlw"))
	if err != nil {
		t.Fatal(err)
	}
	want := "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if encode(got) != want {
		t.Errorf("body %s\nwant %s", encode(got), want)
	}
	browser, err := ecdh.P256().NewPrivateKey(raw(t, "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Decrypt(browser, raw(t, s.Keys.Auth), raw(t, want)); err != nil || string(back) != plain {
		t.Errorf("%q, %v", back, err)
	}
}

// browser is a subscriber.
func browser(t testing.TB) (*ecdh.PrivateKey, []byte, Subscription) {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, authSize)
	rand.Read(auth)
	return key, auth, Subscription{"https://push.example/1", Keys{encode(key.PublicKey().Bytes()), encode(auth)}}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	key, auth, s := browser(t)
	other, _, _ := browser(t)
	rapid.Check(t, func(r *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, MaxPlain).Draw(r, "plain")
		body, err := Encrypt(rand.Reader, s, plain)
		if err != nil || len(body) > recordSize {
			r.Fatalf("%d octets, %v", len(body), err)
		}
		if back, err := Decrypt(key, auth, body); err != nil || !bytes.Equal(back, plain) {
			r.Fatalf("%x, %v", back, err)
		}
		if _, err := Decrypt(other, auth, body); !errors.Is(err, ErrMessage) {
			r.Fatalf("opened with another key: %v", err)
		}
		at := rapid.IntRange(0, len(body)-1).Draw(r, "at")
		body[at] ^= byte(rapid.IntRange(1, 255).Draw(r, "change"))
		// The size of records is no part of what is authenticated (RFC 8188, 2.1).
		if back, err := Decrypt(key, auth, body); err == nil && (at < saltSize || at > saltSize+3) {
			r.Fatalf("a changed octet %d was taken: %x", at, back)
		}
	})
	if _, err := Encrypt(rand.Reader, s, make([]byte, MaxPlain+1)); !errors.Is(err, ErrLong) {
		t.Errorf("too long: %v", err)
	}
}

func TestBrokenSubscriptions(t *testing.T) {
	t.Parallel()
	_, _, s := browser(t)
	good, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseSubscription(good); err != nil || back != s {
		t.Fatalf("%+v, %v", back, err)
	}
	point := raw(t, s.Keys.P256DH)
	point[20] ^= 1 // off the curve
	for name, body := range map[string]string{
		"no JSON": "x", "empty": "{}", "no keys": `{"endpoint":"https://push.example/1"}`,
		"another scheme": strings.Replace(string(good), "https:", "javascript:", 1), "with a user": strings.Replace(string(good), "push.example", "a:b@push.example", 1),
		"no host": strings.Replace(string(good), "push.example", "", 1), "long": strings.Replace(string(good), "/1", "/"+strings.Repeat("1", maxEndpoint), 1),
		"off the curve": strings.Replace(string(good), s.Keys.P256DH, encode(point), 1), "short secret": strings.Replace(string(good), s.Keys.Auth, "AAAA", 1),
	} {
		if _, err := ParseSubscription([]byte(body)); !errors.Is(err, ErrSubscription) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	key, err := alg.Generate(alg.P256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_790_000_000, 0)
	const audience = "https://push.example"
	token := func(audience string, life time.Duration) string {
		header, err := Token(rand.Reader, key, audience, "mailto:a@podpis.example", now.Add(life))
		if err != nil {
			t.Fatal(err)
		}
		return header
	}
	for range 40 { // numbers with a leading zero among them
		if got, err := CheckToken(token(audience, time.Hour), audience, now); err != nil || got != encode(key.PublicKey().KeyOctets()) {
			t.Fatalf("%s, %v", got, err)
		}
	}
	good := token(audience, time.Hour)
	other, err := alg.Generate(alg.P256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]string{
		"nothing": "", "another scheme": "Bearer " + good, "for another service": token("https://other.example", time.Hour), "ended": token(audience, 0),
		"for too long": token(audience, 25*time.Hour), "changed": strings.Replace(good, ".ey", ".eyA", 1), "no key": strings.Split(good, ", k=")[0],
		"another's key": strings.Split(good, ", k=")[0] + ", k=" + encode(other.PublicKey().KeyOctets()),
		"no signature":  "vapid t=" + encode([]byte(`{"alg":"none"}`)) + ".e30., k=" + encode(other.PublicKey().KeyOctets()),
	} {
		if _, err := CheckToken(header, audience, now); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rsa, err := alg.Generate(alg.GOST256A, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Token(rand.Reader, rsa, audience, "", now); !errors.Is(err, ErrToken) {
		t.Errorf("of a GOST key: %v", err)
	}
}

func FuzzParseSubscription(f *testing.F) {
	_, _, s := browser(f)
	good, err := json.Marshal(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"endpoint":"https://a/","keys":{"p256dh":"","auth":""}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := ParseSubscription(body)
		if err != nil {
			return
		}
		if _, err := Encrypt(rand.Reader, s, []byte("x")); err != nil {
			t.Errorf("a subscription that nothing can be sent to: %v", err)
		}
	})
}

func FuzzDecrypt(f *testing.F) {
	key, auth, s := browser(f)
	body, err := Encrypt(rand.Reader, s, []byte("message"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add(body[:headerSize])
	f.Fuzz(func(_ *testing.T, body []byte) { _, _ = Decrypt(key, auth, body) })
}

func FuzzCheckToken(f *testing.F) {
	key, err := alg.Generate(alg.P256, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	now := time.Unix(1_790_000_000, 0)
	good, err := Token(rand.Reader, key, "https://a", "mailto:a@b", now.Add(time.Hour))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("vapid t=a.b.c, k=d")
	f.Fuzz(func(_ *testing.T, header string) { _, _ = CheckToken(header, "https://a", now) })
}
