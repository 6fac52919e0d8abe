// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/sign"
	"podpis/verify/augment"
)

// join puts a signature beside those that are there, or over them: --add and --counter.
func (s *signer) join(ctx context.Context, name string) (string, error) {
	jobs, err := judge.Jobs("", []string{name})
	if err != nil {
		return "", err
	}
	job := jobs[0]
	sd, err := readMessage(job)
	if err != nil {
		return "", err
	}
	if err := whole(ctx, job, sd.Encode(), s.trust); err != nil {
		return "", err
	}
	if cades.Sealed(sd) {
		return "", terminal.Failed("join-sealed", nil, job.Signature)
	}
	if s.counter {
		_, err = sign.Counter(ctx, s.c.Random, sd, s.id.Key, s.settings)
	} else {
		err = s.beside(ctx, job, sd)
	}
	if err != nil {
		return "", err
	}
	message := sd.Encode()
	if s.level != "b" && s.level != "t" {
		if message, err = s.raise(ctx, job, message); err != nil {
			return "", err
		}
	}
	if err := whole(ctx, job, message, s.trust); err != nil {
		return "", err
	}
	out := job.Signature
	if s.out != "" {
		out = s.out
	}
	return out, terminal.Save(out, 0o644, message)
}

// beside signs what the message is over.
func (s *signer) beside(ctx context.Context, job judge.Job, sd *cms.SignedData) error {
	if sd.Detached && job.Document == "" {
		return terminal.Usage("extend-document", job.Signature)
	}
	sum := s.settings.Hash().Sum(sd.Content)
	if sd.Detached {
		var err error
		if sum, err = augment.Digest(ctx, openDocument(job), s.settings.Hash()); err != nil {
			return raiseError(job, err)
		}
	}
	signature, err := sign.WithDigest(ctx, s.c.Random, sum, s.id.Key, s.settings)
	if err != nil {
		return err
	}
	signature.AddTo(sd)
	return nil
}

// readMessage reads the message of a job.
func readMessage(job judge.Job) (*cms.SignedData, error) {
	raw, err := terminal.Read(job.Signature, terminal.MaxMessage)
	if err != nil {
		return nil, err
	}
	sd, err := cms.ParseSignedData(cms.Unarmor(raw))
	if err != nil || len(sd.Signers) == 0 {
		return nil, terminal.Failed("extend-none", err, job.Signature)
	}
	return sd, nil
}

// Join is podpis join.
func Join() terminal.Command {
	return terminal.Command{Name: "join", Help: "join-help", Run: runJoin}
}

// runJoin puts several signature files over one document into one, and with --document the document too.
func runJoin(ctx context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis join", "join-synopsis")
	document := f.String("document", "", "opt-document")
	out := f.String("o", "", "opt-join-out")
	force := f.Bool("force", false, "opt-force")
	names, err := f.Arguments(args)
	switch {
	case err != nil:
		return err
	case len(names) == 0 || len(names) == 1 && *document == "":
		return terminal.Usage("join-files")
	case *out == "":
		return terminal.Usage("out-missing")
	}
	inputs := append([]string{*document}, names...)
	if err := terminal.Apart(*out, *force, inputs); err != nil {
		return err
	}
	list := make([]*cms.SignedData, 0, len(names))
	for _, name := range names {
		sd, err := readMessage(judge.Job{Signature: name})
		if err != nil {
			return err
		}
		list = append(list, sd)
	}
	joined, err := joinMessages(names, list)
	if err != nil {
		return err
	}
	if *document != "" {
		content, err := terminal.Read(*document, terminal.MaxMessage)
		if err != nil {
			return err
		}
		if err := attach(names[0], joined, content); err != nil {
			return err
		}
	}
	// Every signature is looked at anew: a joined file is no worse than its parts, and over one document.
	if err := intact(ctx, c, *out, joined); err != nil {
		return err
	}
	if err := terminal.Save(*out, 0o644, joined.Encode()); err != nil {
		return err
	}
	c.Print(c.Err, "joined", len(joined.Signers), *out)
	return nil
}

// joinMessages puts messages over one content together. The content stays inside if it was inside of one.
func joinMessages(names []string, list []*cms.SignedData) (*cms.SignedData, error) {
	joined := list[0]
	for i, sd := range list[1:] {
		name := names[i+1]
		switch {
		case cades.Sealed(joined) || cades.Sealed(sd):
			return nil, terminal.Failed("join-sealed", nil, name)
		case sd.ContentType != joined.ContentType, !sd.Detached && !joined.Detached && string(sd.Content) != string(joined.Content):
			return nil, terminal.Failed("join-other", nil, name)
		case !sameDigests(joined, sd):
			return nil, terminal.Failed("join-other", nil, name)
		}
		if joined.Detached && !sd.Detached {
			if err := attach(name, joined, sd.Content); err != nil {
				return nil, err
			}
		}
		joined.Join(sd)
	}
	return joined, nil
}

// sameDigests compares what two messages are over, as far as the same hash tells.
func sameDigests(a, b *cms.SignedData) bool {
	known := map[alg.Hash]string{}
	for _, si := range a.Signers {
		if value, ok := cms.Find(si.SignedAttributes, cms.OIDMessageDigest); ok {
			known[si.Digest] = string(value)
		}
	}
	for _, si := range b.Signers {
		value, ok := cms.Find(si.SignedAttributes, cms.OIDMessageDigest)
		if want, both := known[si.Digest]; ok && both && want != string(value) {
			return false
		}
	}
	return true
}

// attach puts the document into a message whose signatures are over it.
func attach(name string, sd *cms.SignedData, content []byte) error {
	if cades.Sealed(sd) {
		return terminal.Failed("join-sealed", nil, name)
	}
	for _, si := range sd.Signers {
		if si.Digest.Size() > 0 && errors.Is(si.CheckDigest(sd.ContentType, si.Digest.Sum(content)), cms.ErrContentDigest) {
			return terminal.Failed("join-other", nil, name)
		}
	}
	if err := sd.Attach(content); err != nil {
		return terminal.Failed("attached-long", nil, name)
	}
	return nil
}

// intact judges a message with its content; one apart from it is judged as far as it goes.
func intact(ctx context.Context, c *terminal.Console, name string, sd *cms.SignedData) error {
	var o judge.Sources
	settings, err := o.Settings(c)
	if err != nil {
		return err
	}
	return whole(ctx, judge.Job{Name: name, Signature: name}, sd.Encode(), settings)
}

// Split is podpis split.
func Split() terminal.Command {
	return terminal.Command{Name: "split", Help: "split-help", Run: runSplit}
}

// runSplit takes a message apart: the document into a file, the signatures into another, or each into its own.
func runSplit(_ context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis split", "split-synopsis")
	each := f.Bool("each", false, "opt-each")
	out := f.String("o", "", "opt-split-out")
	force := f.Bool("force", false, "opt-force")
	names, err := f.Arguments(args)
	switch {
	case err != nil:
		return err
	case len(names) != 1:
		return terminal.Usage("split-one")
	}
	name := names[0]
	sd, err := readMessage(judge.Job{Signature: name})
	if err != nil {
		return err
	}
	stem := *out
	if stem == "" {
		if stem = strings.TrimSuffix(name, filepath.Ext(name)); stem == name {
			stem = name + ".document"
		}
	}
	switch {
	case sd.Detached && len(sd.Signers) == 1:
		return terminal.Failed("split-whole", nil, name)
	case !sd.Detached && cades.Sealed(sd):
		return terminal.Failed("join-sealed", nil, name)
	}
	var parts []part
	if !sd.Detached {
		parts = append(parts, part{stem, sd.Content})
		sd.Detach()
	}
	if *each || len(parts) == 0 {
		for i, si := range sd.Signers {
			parts = append(parts, part{stem + "." + strconv.Itoa(i+1) + ".sig", sd.Alone(si).Encode()})
		}
	} else {
		parts = append(parts, part{stem + ".sig", sd.Encode()})
	}
	for _, p := range parts {
		if err := terminal.Apart(p.name, *force, names); err != nil {
			return err
		}
	}
	for _, p := range parts {
		if err := terminal.Save(p.name, 0o644, p.octets); err != nil {
			return err
		}
		c.Print(c.Err, "part", p.name)
	}
	return nil
}

// part is a file of what was taken apart.
type part struct {
	name   string
	octets []byte
}
