// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peers

package egr

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"podpis/pki/pkitest"
)

// TestLicencesFitSchemas: the licences the tests read are written as the schemas of the tax service want them, by xmllint. The
// unloading of organisations has an old name of one attribute of its root, with or without them.
func TestLicencesFitSchemas(t *testing.T) {
	t.Parallel()
	for schema, content := range licensed(t) {
		file := filepath.Join(t.TempDir(), "extract.xml")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "xmllint", "--noout", "--schema", filepath.Join(pkitest.Corpus(t), filepath.FromSlash(schema)), file).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "validity error") && !strings.Contains(line, "ДатаВыг") {
				t.Errorf("%s: %s", schema, line)
			}
		}
		if !strings.Contains(string(out), "validates") && !strings.Contains(string(out), "fails to validate") {
			t.Errorf("%s: nothing was judged: %v\n%s", schema, err, out)
		}
	}
}
