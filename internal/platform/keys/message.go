// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// SignMessage is the value of the header Podpis-Signature: the time in seconds and the HMAC-SHA-256
// (RFC 2104) of "time.body", so that an old body cannot be sent again.
func SignMessage(secret string, at time.Time, body []byte) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// CheckMessage reports a signature of SignMessage made within window of now, before or after.
// Whoever takes each message once remembers signatures for twice the window.
func CheckMessage(secret, signature string, body []byte, now time.Time, window time.Duration) bool {
	stamp, _, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || secret == "" {
		return false
	}
	at := time.Unix(seconds, 0)
	good := hmac.Equal([]byte(signature), []byte(SignMessage(secret, at, body)))
	return good && now.Sub(at) <= window && at.Sub(now) <= window
}
