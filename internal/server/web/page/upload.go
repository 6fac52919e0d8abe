// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"podpis/internal/platform/problem"
	"podpis/internal/service/support"
)

// formOverhead is what a multipart form adds to its files.
const formOverhead = 256 << 10

// maxText bounds one field of a form with files.
const maxText = 64 << 10

// Upload is a file of a form.
type Upload struct {
	Field, Name string
	Content     []byte
}

// Uploads reads the files of the field "files", all of them together no larger than limit, and leaves the
// other fields where [Form] leaves them.
func Uploads(w http.ResponseWriter, r *http.Request, limit int64) ([]support.Upload, error) {
	parts, err := Parts(w, r, "files", limit)
	var files []support.Upload
	for _, p := range parts {
		files = append(files, support.Upload{Name: p.Name, Content: p.Content})
	}
	return files, err
}

// Parts reads a form with files as [EachPart] does.
func Parts(w http.ResponseWriter, r *http.Request, field string, limit int64) (files []Upload, err error) {
	err = EachPart(w, r, field, limit, func(u Upload) error {
		files = append(files, u)
		return nil
	})
	return files, err
}

// EachPart hands over the files of a form as they come, all of them together no larger than limit, and
// leaves its other fields where [Form] leaves them. What is too large is an error of its own field, or of
// the given one when nobody can tell.
func EachPart(w http.ResponseWriter, r *http.Request, field string, limit int64, take func(Upload) error) error {
	r.PostForm = url.Values{}
	tooLarge := problem.New(problem.Invalid, "form.too_large").Coded("UPL-801").At(field)
	if r.ContentLength > limit+formOverhead {
		w.Header().Set("Connection", "close")
		r.Body = http.NoBody // the page that says so asks for fields of the address, and must not read the rest for them
		return tooLarge
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit+formOverhead)
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		r.PostForm = nil
		return Form(r)
	} else if err != nil {
		return problem.New(problem.Invalid, "form.broken").Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		bound, refusal := int64(maxText), tooLarge
		if err == nil && part.FileName() != "" {
			bound, refusal = limit, tooLarge.At(part.FormName())
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(io.LimitReader(part, bound+1))
		}
		var tooMany *http.MaxBytesError
		if errors.As(err, &tooMany) || int64(len(content)) > bound {
			return refusal
		} else if err != nil {
			return problem.New(problem.Invalid, "form.broken").Because(err)
		}
		switch name := part.FormName(); {
		case part.FileName() != "":
			if err := take(Upload{Field: name, Name: part.FileName(), Content: content}); err != nil {
				return err
			}
		case name == "files" || name == "": // nothing was chosen
		case !isText(name + string(content)):
			return problem.New(problem.Invalid, "form.broken")
		default:
			r.PostForm.Add(name, string(content))
		}
	}
}

// WriteFile answers with a document that somebody sent. It is data, never a page of ours:
// the browser is told not to run anything of it.
func WriteFile(w http.ResponseWriter, mime string, content []byte) error {
	h := w.Header()
	h.Set("Content-Type", mime)
	h.Set("Content-Disposition", "inline")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, err := w.Write(content)
	return err
}
