// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package guard keeps programs from spending the checks that people come for: a
// proof of work that a browser does without anybody noticing, or a code that is
// shown and spoken, as the policy says. Without scripts a network has a number of
// checks free, and then the code.
//
// A challenge is sealed by the server, for one network and a short time; nothing
// is kept until it is answered. What was answered is remembered until the
// challenge ends, by this process: with several nodes an answer counts once at
// each.
//
// It leaves out the doors of programs, which count requests.
package guard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"sync"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
)

const (
	policyMode = "verify.guard"      // work, picture, off
	policyBits = "verify.guard_bits" // zeros that a proof begins with: each doubles the work
	policyFree = "verify.guard_free" // checks an hour of a network without any proof
	policyLife = "verify.guard_life" // of a challenge
)

// Rules are the policies of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policyMode, Kind: policy.Text, Default: string(Work), Valid: policy.OneOf(Work, Picture, Off)},
		{Key: policyBits, Kind: policy.Number, Default: "16", Valid: policy.Numbers(1, 28)},
		{Key: policyFree, Kind: policy.Number, Default: "20", Valid: policy.Numbers(0, 1_000_000)},
		{Key: policyLife, Kind: policy.Duration, Default: "10m"},
	}
}

// Mode is how programs are kept away.
type Mode string

// The modes. A value that is none of them counts as Work.
const (
	Work    Mode = "work"
	Picture Mode = "picture"
	Off     Mode = "off"
)

// Guard is safe for concurrent use.
type Guard struct {
	db       *db.DB
	policies *policy.Book
	ring     *keys.Ring
	now      func() time.Time

	mu    sync.Mutex
	spent map[[sha256.Size]byte]spending
	free  map[string]window
}

// spending is how often a token was used, until it ends.
type spending struct {
	times int
	until time.Time
}

type window struct {
	began time.Time
	used  int
}

const (
	freeWindow = time.Hour
	// remembered bounds both maps. Whoever could fill them is refused meanwhile.
	remembered = 200_000
	// passes are how many requests of one check a proof is good for: each round of
	// asking for evidence is one.
	passes   = 6
	maxBits  = 28
	maxProof = 1 << 10
)

// New makes a guard by the policies of [Rules].
func New(db *db.DB, policies *policy.Book, ring *keys.Ring, now func() time.Time) *Guard {
	return &Guard{db: db, policies: policies, ring: ring, now: now, spent: map[[sha256.Size]byte]spending{}, free: map[string]window{}}
}

// rules are the policies in force.
type rules struct {
	mode Mode
	bits int
	free int
	life time.Duration
}

func (g *Guard) rules(ctx context.Context) (r rules, err error) {
	err = g.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		mode, err := g.policies.String(ctx, tx, policyMode)
		if err != nil {
			return err
		}
		n, err := g.policies.Number(ctx, tx, policyBits)
		if err != nil {
			return err
		}
		free, err := g.policies.Number(ctx, tx, policyFree)
		if err != nil {
			return err
		}
		r = rules{Mode(mode), int(min(max(n, 1), maxBits)), int(max(free, 0)), 0}
		r.life, err = g.policies.Duration(ctx, tx, policyLife)
		return err
	})
	return r, err
}

// Challenge is what a browser has to answer.
type Challenge struct {
	Mode Mode `json:"mode"`
	// Token and Bits are of a proof of work: a number is wanted for which SHA-256 of
	// token, a full stop and the number in decimal begins with that many zero bits.
	Token string `json:"token,omitempty"`
	Bits  int    `json:"bits,omitempty"`
}

// Challenge makes a challenge for a network.
func (g *Guard) Challenge(ctx context.Context, network string) (Challenge, error) {
	r, err := g.rules(ctx)
	if err != nil || r.mode != Work {
		return Challenge{Mode: r.mode}, err
	}
	return Challenge{Work, g.seal(tokenWork, network, r.life, []byte{byte(r.bits)}), r.bits}, nil
}

// Proof is what came with a request: an answered challenge, a code, or the pass of
// an earlier request of the same check.
type Proof struct {
	Work  string // token "." number
	Pass  string
	Token string // of the code
	Code  string // its digits
}

// Admit lets a request in, and gives a pass for the following ones of the same
// check. A refusal is at the field "code", whose picture [Guard.Code] begins.
func (g *Guard) Admit(ctx context.Context, network string, p Proof) (pass string, err error) {
	r, err := g.rules(ctx)
	if err != nil {
		return "", err
	}
	wrong := problem.New(problem.Invalid, "guard.wrong").At("code")
	switch {
	case r.mode == Off:
		return "", nil
	case p.Pass != "" && g.passed(network, p.Pass):
		return p.Pass, nil
	case r.mode == Work && p.Work != "" && g.worked(network, p.Work):
	case p.Token != "" && p.Code != "":
		if !g.told(network, p.Token, p.Code) {
			return "", wrong
		}
	case r.mode == Work && g.takeFree(network, r.free):
	default:
		return "", problem.New(problem.Limited, "guard.needed").At("code")
	}
	return g.seal(tokenPass, network, r.life, nil), nil
}

// NeedsCode reports whether a visitor without scripts will be asked for a code.
func (g *Guard) NeedsCode(ctx context.Context, network string) (always, now bool, err error) {
	r, err := g.rules(ctx)
	if err != nil {
		return false, false, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.free[network]
	used := g.now().Sub(w.began) < freeWindow && w.used >= r.free
	return r.mode == Picture, r.mode == Picture || r.mode == Work && (used || r.free == 0), nil
}

func (g *Guard) takeFree(network string, limit int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	w := g.free[network]
	if now.Sub(w.began) >= freeWindow {
		if _, known := g.free[network]; !known && len(g.free) >= remembered {
			g.forget(now)
			if len(g.free) >= remembered {
				return false
			}
		}
		w = window{began: now}
	}
	if w.used >= limit {
		return false
	}
	w.used++
	g.free[network] = w
	return true
}

// The kinds of tokens; a token of one is none of another.
const (
	tokenWork = "guard/work"
	tokenPass = "guard/pass"
	tokenCode = "guard/code"
)

// seal makes a token for a network that ends after life: the end in Unix seconds, 8
// octets, then what it holds.
func (g *Guard) seal(kind, network string, life time.Duration, content []byte) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(g.now().Add(life).Unix()))
	return base64.RawURLEncoding.EncodeToString(g.ring.Seal(append(plain, content...), []byte(kind+"\x00"+network)))
}

func (g *Guard) open(kind, network, token string) (content []byte, until time.Time, ok bool) {
	if len(token) > maxProof {
		return nil, until, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	// A decoder passes over line ends and spare bits: spelled otherwise, a token that was spent would count anew.
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != token {
		return nil, until, false
	}
	plain, err := g.ring.Open(sealed, []byte(kind+"\x00"+network))
	if err != nil || len(plain) < 8 {
		return nil, until, false
	}
	until = time.Unix(int64(binary.BigEndian.Uint64(plain)), 0)
	return plain[8:], until, g.now().Before(until)
}

// spend counts a use of a token, or of a minute that comes again the next day.
func (g *Guard) spend(token string, until time.Time, limit int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	s, known := g.spent[key]
	if g.now().After(s.until) {
		s.times = 0
	}
	if !known && len(g.spent) >= remembered {
		g.forget(g.now())
		if len(g.spent) >= remembered {
			return false
		}
	}
	if s.times >= limit {
		return false
	}
	g.spent[key] = spending{s.times + 1, until}
	return true
}

// forget drops what has ended. The caller holds the lock.
func (g *Guard) forget(now time.Time) {
	for k, s := range g.spent {
		if now.After(s.until) {
			delete(g.spent, k)
		}
	}
	for k, w := range g.free {
		if now.Sub(w.began) >= freeWindow {
			delete(g.free, k)
		}
	}
}

func (g *Guard) passed(network, token string) bool {
	_, until, ok := g.open(tokenPass, network, token)
	return ok && g.spend(token, until, passes)
}

func (g *Guard) worked(network, proof string) bool {
	if len(proof) > maxProof {
		return false
	}
	end := len(proof)
	for end > 0 && proof[end-1] != '.' {
		end--
	}
	if end == 0 {
		return false
	}
	content, until, ok := g.open(tokenWork, network, proof[:end-1])
	if !ok || len(content) != 1 {
		return false
	}
	sum := sha256.Sum256([]byte(proof))
	return zeros(sum[:]) >= int(content[0]) && g.spend(proof[:end-1], until, 1)
}

func zeros(sum []byte) int {
	n := 0
	for _, b := range sum {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}

// randomDigits are the digits of a code, each 0 to 9, without bias.
func randomDigits(n int) []byte {
	out := make([]byte, 0, n)
	var b [1]byte
	for len(out) < n {
		rand.Read(b[:])
		if b[0] < 250 {
			out = append(out, b[0]%10)
		}
	}
	return out
}
