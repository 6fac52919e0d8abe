// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keycontainer_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"podpis/pki/alg"
	"podpis/pki/keycontainer"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
)

func cryptoPro(tb testing.TB) map[string][]byte {
	files := make(map[string][]byte)
	for _, name := range []string{"header.key", "masks.key", "masks2.key", "name.key", "primary.key", "primary2.key"} {
		files[name] = pkitest.ReadCorpus(tb, "keys/cryptopro-container/"+name)
	}
	return files
}

func signalCOM(tb testing.TB) map[string][]byte {
	files := make(map[string][]byte)
	for _, name := range []string{"mk.db3", "masks.db3", "kek.opq", "keys/00000001.key"} {
		files[name] = pkitest.ReadCorpus(tb, "keys/signalcom/2012/"+name)
	}
	return files
}

func without(files map[string][]byte, names ...string) map[string][]byte {
	out := maps.Clone(files)
	for _, name := range names {
		delete(out, name)
	}
	return out
}

func replaced(files map[string][]byte, name string, content []byte) map[string][]byte {
	out := maps.Clone(files)
	out[name] = content
	return out
}

func changed(files map[string][]byte, at int, names ...string) map[string][]byte {
	out := maps.Clone(files)
	for _, name := range names {
		out[name] = slices.Clone(out[name])
		if at < 0 {
			at += len(out[name])
		}
		out[name][at] ^= 1
	}
	return out
}

func TestCryptoPro(t *testing.T) {
	t.Parallel()
	files := cryptoPro(t)
	check := func(what string, files map[string][]byte) {
		t.Helper()
		c, err := keycontainer.Open(files, nil)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		d := c.Key.Encode()
		slices.Reverse(d)
		if got := hex.EncodeToString(d); got != "01b4fe7d94e44bf515b66d56691efc56a0a21639665c02666d63bc2a204397e0" {
			t.Errorf("%s: key %s", what, got)
		}
		if c.Name != "Alias" && files["name.key"] != nil || c.Certificate == nil || !c.Certificate.PublicKey.Equal(c.Key.PublicKey()) {
			t.Errorf("%s: name %q, certificate %v", what, c.Name, c.Certificate)
		}
		if c.Key.Kind() != alg.GOST2001A {
			t.Errorf("%s: %v", what, c.Key.Kind())
		}
	}
	check("whole", files)
	check("without the copy", without(files, "primary2.key", "masks2.key"))
	check("from the copy", without(files, "primary.key"))
	check("without the name", without(files, "name.key"))
	check("mask damaged, copy whole", changed(files, 10, "masks.key"))
	check("key damaged, copy whole", changed(files, 10, "primary.key"))
	upper := map[string][]byte{}
	for name, content := range files {
		upper[string(bytes.ToUpper([]byte(name)))] = content
	}
	if _, err := keycontainer.Open(upper, nil); err != nil {
		t.Errorf("names in capitals: %v", err)
	}
	for what, c := range map[string]struct {
		files    map[string][]byte
		password string
		want     error
	}{
		"a password that is not set": {files, "1", keycontainer.ErrPassword},
		"both copies damaged":        {changed(files, 10, "masks.key", "masks2.key"), "", keycontainer.ErrDamaged},
		"header damaged":             {changed(files, 100, "header.key"), "", keycontainer.ErrDamaged},
		"header longer":              {replaced(files, "header.key", append(slices.Clone(files["header.key"]), 0)), "", keycontainer.ErrDamaged},
		"header empty":               {replaced(files, "header.key", []byte{}), "", keycontainer.ErrDamaged},
		"no keys":                    {without(files, "primary.key", "primary2.key"), "", keycontainer.ErrNone},
		"no header":                  {without(files, "header.key"), "", keycontainer.ErrNone},
		"nothing":                    {nil, "", keycontainer.ErrNone},
	} {
		if _, err := keycontainer.Open(c.files, []byte(c.password)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

func TestSignalCOM(t *testing.T) {
	t.Parallel()
	files := signalCOM(t)
	want, err := pkcs8.Read(pkitest.ReadCorpus(t, "keys/signalcom/2012/keys/00000001.key.pem"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := keycontainer.Open(files, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(c.Key.Encode(), want.Encode()) || !c.Key.PublicKey().Equal(want.PublicKey()) {
		t.Errorf("another key than the one exported: %x, want %x", c.Key.Encode(), want.Encode())
	}
	for what, c := range map[string]struct {
		files    map[string][]byte
		password string
		want     error
	}{
		"a password":     {files, "1", alg.ErrUnsupported},
		"share damaged":  {changed(files, 100, "mk.db3"), "", keycontainer.ErrDamaged},
		"last share":     {changed(files, 1, "masks.db3"), "", keycontainer.ErrDamaged},
		"kek damaged":    {changed(files, 1, "kek.opq"), "", keycontainer.ErrDamaged},
		"key damaged":    {changed(files, 60, "keys/00000001.key"), "", keycontainer.ErrDamaged},
		"key cut":        {replaced(files, "keys/00000001.key", files["keys/00000001.key"][:50]), "", keycontainer.ErrDamaged},
		"code damaged":   {changed(files, -1, "keys/00000001.key"), "", keycontainer.ErrDamaged},
		"no key":         {without(files, "keys/00000001.key"), "", keycontainer.ErrNone},
		"no shares":      {without(files, "masks.db3"), "", keycontainer.ErrNone},
		"no key of keys": {without(files, "kek.opq"), "", keycontainer.ErrNone},
	} {
		if _, err := keycontainer.Open(c.files, []byte(c.password)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, files := range []map[string][]byte{cryptoPro(f), signalCOM(f)} {
		f.Add(files["header.key"], files["primary.key"], files["masks.key"], files["mk.db3"], files["masks.db3"], files["kek.opq"], files["keys/00000001.key"])
	}
	f.Fuzz(func(t *testing.T, header, primary, masks, mk, share, kek, key []byte) {
		for _, files := range []map[string][]byte{
			{"header.key": header, "primary.key": primary, "masks.key": masks},
			{"mk.db3": mk, "masks.db3": share, "kek.opq": kek, "keys/1.key": key},
		} {
			switch c, err := keycontainer.Open(files, nil); {
			case err == nil && c.Key == nil:
				t.Error("no key and no error")
			case err != nil && !errors.Is(err, keycontainer.ErrPassword) && !errors.Is(err, keycontainer.ErrDamaged) &&
				!errors.Is(err, keycontainer.ErrNone) && !errors.Is(err, alg.ErrUnsupported):
				t.Error(err)
			}
		}
	})
}

func TestFiles(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{}
	for name, content := range signalCOM(t) {
		folder[strings.ToUpper(name)] = &fstest.MapFile{Data: content}
	}
	folder["keys/00000002.key"] = &fstest.MapFile{Data: []byte("another")}
	folder["letter.txt"] = &fstest.MapFile{Data: []byte("not of it")}
	files, err := keycontainer.Files(folder)
	if err != nil || files["letter.txt"] != nil || files["MK.DB3"] == nil || files["keys/00000002.key"] == nil {
		t.Errorf("%d files, %v", len(files), err)
	}
	if _, err := keycontainer.Files(fstest.MapFS{"name.key": {}, "letter.txt": {}}); !errors.Is(err, keycontainer.ErrNone) {
		t.Errorf("a folder without a container: %v", err)
	}
	broken := fstest.MapFS{"header.key": {Mode: fs.ModeDir | 0o755}}
	if _, err := keycontainer.Files(broken); err == nil {
		t.Error("a folder in place of a file")
	}
}
