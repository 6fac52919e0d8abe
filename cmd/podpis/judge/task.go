// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/keycontainer"
)

// task is a piece of work: either a file whose other half is to be found, or a signature with its document.
type task struct {
	file                string
	signature, document string
	container           bool // the file is a folder with a key
	// perhaps says that nobody asked for this very file: without a signature in it, it is passed over.
	perhaps bool
}

// name is what the report calls it.
func (t task) name() string {
	switch {
	case t.signature == "":
		return t.file
	case t.document != "":
		return t.document
	}
	return t.signature
}

// job finds the other half.
func (t task) job() (Job, error) {
	if t.container {
		return Job{Name: t.file, Container: true}, nil
	}
	if t.signature != "" {
		return Job{Name: t.name(), Signature: t.signature, Document: t.document}, nil
	}
	return pairUp(t.file)
}

// Jobs finds out which of the files are signatures and which documents: the
// person is not asked, unless a signature is given by itself.
func Jobs(signature string, names []string) ([]Job, error) {
	tasks, err := tasks(signature, names, false)
	if err != nil {
		return nil, err
	}
	var out []Job
	for _, t := range tasks {
		job, err := t.job()
		if err != nil {
			return nil, err
		}
		out = append(out, job)
	}
	return out, nil
}

// Walk finds the signatures of files and folders, and the documents that may have some inside.
func Walk(names []string, recursive bool) ([]Job, error) {
	tasks, err := tasks("", names, recursive)
	if err != nil {
		return nil, err
	}
	var out []Job
	for _, t := range tasks {
		job, err := t.job()
		if err != nil {
			return nil, err
		}
		if !t.perhaps || job.Perhaps { // a document beside its signature is no task of its own
			out = append(out, job)
		}
	}
	return out, nil
}

// tasks are those of a command line. A name that is not there is an error before anything is judged.
func tasks(signature string, names []string, recursive bool) ([]task, error) {
	if signature != "" {
		t := task{signature: signature}
		if len(names) == 1 {
			t.document = names[0]
		}
		return []task{t}, nil
	}
	var out []task
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, terminal.Input(name, err)
		}
		if !info.IsDir() {
			out = append(out, task{file: name})
			continue
		}
		list, err := folder(name, recursive)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// signatureEndings are those under which programs keep detached signatures.
func signatureEndings() []string { return []string{".sig", ".p7s", ".sgn", ".sign", ".p7m", ".cms"} }

// signedEndings are those of files that may have signatures inside.
func signedEndings() []string {
	return []string{".pdf", ".xml", ".asice", ".asics", ".sce", ".scs", ".eml"}
}

// folder returns the files of a folder that are signatures or may hold some, in the order of their names.
func folder(name string, recursive bool) ([]task, error) {
	var out []task
	err := filepath.WalkDir(name, func(path string, e fs.DirEntry, err error) error {
		ending := strings.ToLower(filepath.Ext(path))
		switch {
		case err != nil:
			return terminal.Input(path, err)
		case e.IsDir() && path != name && !recursive:
			return filepath.SkipDir
		case e.IsDir():
		case slices.Contains(signatureEndings(), ending):
			out = append(out, task{file: path})
		case slices.Contains(signedEndings(), ending):
			out = append(out, task{file: path, perhaps: true})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if _, err := keycontainer.Files(os.DirFS(name)); err == nil && len(out) == 0 {
		return []task{{file: name, container: true}}, nil
	}
	if len(out) == 0 {
		return nil, &terminal.Problem{Exit: terminal.ExitUnknown, Key: "folder-empty", Args: []any{name}}
	}
	return out, nil
}
