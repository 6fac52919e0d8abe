// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A list of leaked passwords is imported as words and as digests, and refuses both; the
// built-in list stays.
func TestList(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "list")
	if list, err := OpenList(name); list != nil || err != nil {
		t.Fatalf("without a file: %v, %v", list, err)
	}
	in := "Горный-поток-9\r\n\n21BD12DC183F740EE76F27B78EB39C8AD972A757:52\nsecond\nsecond\n"
	n, err := Import(name, strings.NewReader(in))
	if err != nil || n != 3 {
		t.Fatalf("%d passwords, %v", n, err)
	}
	list, err := OpenList(name)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	for password, want := range map[string]bool{"Горный-поток-9": true, "P@ssw0rd": true, "second": true, "Ясный-день-7": false, "": false} {
		if got, err := list.Has(password); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
	if err := Check("Горный-поток-9", 8, list); err == nil {
		t.Error("a leaked password is taken")
	}
	if err := Check("Горный-поток-9", 8, nil); err != nil {
		t.Errorf("without the list: %v", err)
	}
	if err := Check("Password1!", 8, nil); err == nil {
		t.Error("the built-in list is gone")
	}
	if err := os.Truncate(name, 9); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenList(name); err == nil {
		t.Error("a cut file is opened")
	}
}
