// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/pki/alg"
)

// Root is a signed statement about the first Size entries.
type Root struct {
	Size      int64
	At        time.Time
	Head      []byte // the chain's last hash
	Root      []byte // of the Merkle tree
	KeyID     string
	Signature []byte
}

// KeyID names the key of a root: the first eight bytes of Streebog-256 of its
// SubjectPublicKeyInfo, in hex.
func KeyID(key *alg.PublicKey) string {
	return hex.EncodeToString(alg.Streebog256.Sum(key.SPKI())[:8])
}

// signRoot signs with the digest that belongs to the key.
func signRoot(rand io.Reader, signer alg.Signer, r *Root) error {
	key := signer.PublicKey()
	h := key.Kind().Hash()
	sig, err := signer.SignDigest(rand, h, h.Sum(r.message()))
	if err != nil {
		return fmt.Errorf("sign audit root: %w", err)
	}
	r.KeyID, r.Signature = KeyID(key), sig
	return r.check(key)
}

func (r Root) check(key *alg.PublicKey) error {
	h := key.Kind().Hash()
	return key.Verify(key.Kind().Algorithm(), h, h.Sum(r.message()), r.Signature)
}

const anchorMark = "podpis-audit-1"

// anchor is the line of the anchor file: mark, size, time, head, root, key, signature.
func (r Root) anchor() []byte {
	return fmt.Appendf(nil, "%s %d %s %x %x %s %s\n", anchorMark, r.Size, r.At.UTC().Format(time.RFC3339Nano),
		r.Head, r.Root, r.KeyID, base64.StdEncoding.EncodeToString(r.Signature))
}

func parseAnchor(line string) (Root, error) {
	f := strings.Fields(line)
	if len(f) != 7 || f[0] != anchorMark {
		return Root{}, fmt.Errorf("not an anchor: %.40q", line)
	}
	var r Root
	var errs [5]error
	r.Size, errs[0] = strconv.ParseInt(f[1], 10, 64)
	r.At, errs[1] = time.Parse(time.RFC3339Nano, f[2])
	r.Head, errs[2] = hex.DecodeString(f[3])
	r.Root, errs[3] = hex.DecodeString(f[4])
	r.KeyID = f[5]
	r.Signature, errs[4] = base64.StdEncoding.DecodeString(f[6])
	for _, err := range errs {
		if err != nil {
			return Root{}, fmt.Errorf("read anchor: %w", err)
		}
	}
	return r, nil
}

// readAnchors reads an anchor file line by line. A last line without its end is what a
// crash leaves behind; it is passed over.
func readAnchors(in io.Reader, each func(line int, r Root, err error) error) error {
	b := bufio.NewReaderSize(in, 4096)
	for n := 1; ; n++ {
		line, err := b.ReadSlice('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read anchors, line %d: %w", n, err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		r, perr := parseAnchor(string(line))
		if err := each(n, r, perr); err != nil {
			return err
		}
	}
}

func rootOf(r auditRootRow) Root {
	return Root{Size: r.Size, At: db.Time(r.At), Head: r.Head, Root: r.Root, KeyID: r.KeyID, Signature: r.Signature}
}
