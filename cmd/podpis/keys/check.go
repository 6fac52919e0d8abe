// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/keycontainer"
)

// runKeyCheck lists the key containers of folders with a check of each: it opens, its key and
// its certificate are a pair, the certificate's term has not passed.
func runKeyCheck(ctx context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis key check", "key-check-synopsis")
	passwordFile := f.String("password-file", "", "opt-password-file")
	folders, err := f.Arguments(args)
	if err != nil {
		return err
	}
	if len(folders) == 0 {
		return terminal.Usage("files-missing", "key check")
	}
	var found []string
	for _, folder := range folders {
		list, err := containers(folder)
		if err != nil {
			return terminal.Input(folder, err)
		}
		found = append(found, list...)
	}
	if len(found) == 0 {
		return terminal.Failed("key-none", nil, folders[0])
	}
	bad := 0
	for _, name := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !checkContainer(c, name, *passwordFile) {
			bad++
		}
	}
	c.Print(c.Out, "key-check-sum", len(found), bad)
	if bad > 0 {
		return terminal.Failed("key-check-bad", nil, bad)
	}
	return nil
}

// containers are the key files of a folder and the folders of other programs in it.
func containers(folder string) (list []string, err error) {
	err = filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if _, err := keycontainer.Files(os.DirFS(name)); err == nil {
				list = append(list, name)
				return fs.SkipDir
			}
		case slices.Contains([]string{".p12", ".pfx"}, strings.ToLower(filepath.Ext(name))) || keyPEM(name):
			list = append(list, name)
		}
		return nil
	})
	return list, err
}

// keyPEM tells whether a file .pem or .key holds a key: certificates are kept so too.
func keyPEM(name string) bool {
	if !slices.Contains([]string{".pem", ".key"}, strings.ToLower(filepath.Ext(name))) {
		return false
	}
	data, err := terminal.Read(name, terminal.MaxKeyFile)
	return err == nil && bytes.Contains(data, []byte("PRIVATE KEY-----"))
}

// checkContainer says of one container what is wrong with it, or that nothing is.
func checkContainer(c *terminal.Console, name, passwordFile string) bool {
	id, err := Load(c, name, passwordFile, "")
	if err != nil {
		c.Print(c.Out, "key-check-bad-line", wordsOf(c, err))
		return false
	}
	defer id.Key.Zero()
	kind := id.Key.PublicKey().Kind().String()
	if len(id.Certificates) == 0 {
		c.Print(c.Out, "key-check-bare", name, kind)
		return false
	}
	cert, now := id.Certificates[0], c.Now()
	term := Period(c, cert.NotBefore, cert.NotAfter)
	switch {
	case !id.Key.PublicKey().Equal(cert.PublicKey): // a container's own certificate may be of another key
		c.Print(c.Out, "key-check-bad-line", c.Format("key-pair", name))
	case now.After(cert.NotAfter):
		c.Print(c.Out, "key-check-ended", name, kind, cert.Subject.DisplayName(), term)
	case now.Before(cert.NotBefore):
		c.Print(c.Out, "key-check-early", name, kind, cert.Subject.DisplayName(), term)
	default:
		c.Print(c.Out, "key-check-good", name, kind, cert.Subject.DisplayName(), term)
		return true
	}
	return false
}

func wordsOf(c *terminal.Console, err error) string {
	var p *terminal.Problem
	if errors.As(err, &p) {
		return c.Explain(p)
	}
	return err.Error()
}
