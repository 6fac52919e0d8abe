// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"podpis/internal/platform/problem"
	"podpis/internal/service/factor"
	"podpis/internal/service/ra"
)

// maxAnswer bounds what a script of ours posts: a signature in base64, the answer of an
// authenticator.
const maxAnswer = 128 << 10

// Answer reads what a script posts as it is.
func Answer(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
}

// ReadJSON reads what a script posts into a value. What is no text is refused as [Form]
// refuses it.
func ReadJSON(w http.ResponseWriter, r *http.Request, into any) error {
	content, err := Answer(w, r)
	if err == nil {
		err = json.Unmarshal(content, into)
	}
	if err == nil {
		err = textsOf(content)
	}
	if err != nil {
		return problem.New(problem.Invalid, "form.broken").Because(err)
	}
	return nil
}

// textsOf looks at every string of a JSON text: an escape may hide the zero octet in
// one, and a damaged octet would be read as another character.
func textsOf(content []byte) error {
	noText := errors.New("a string is no text")
	if !utf8.Valid(content) {
		return noText
	}
	d := json.NewDecoder(bytes.NewReader(content))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if s, ok := token.(string); ok && !isText(s) {
			return noText
		}
	}
}

// Signature reads what a key signed.
func Signature(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var answer struct {
		Signature []byte `json:"signature"`
	}
	err := ReadJSON(w, r, &answer)
	return answer.Signature, err
}

// AsksCounted bounds the challenges that an account asks for: each is a row, and costs nothing
// to ask for. Those of a sign-in are counted by network.
func (b *Base) AsksCounted(factors *factor.Service, h HolderHandler) HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		most, err := factors.Asks(r.Context())
		if err != nil {
			return err
		}
		if wait, ok := b.asks.Allow(actor.Account.ID, int(most), b.Now()); !ok {
			return problem.New(problem.Limited, "auth.asks.often.account").After(wait)
		}
		return h(w, r, actor)
	}
}

// AskKey gives a script the text that a key is to sign; the browser keeps whose
// question it was.
func (b *Base) AskKey(w http.ResponseWriter, r *http.Request, factors *factor.Service, purpose factor.Purpose, account string) error {
	q, err := factors.AskSignature(r.Context(), purpose, account)
	if err != nil {
		return err
	}
	b.SetSecret(w, CeremonyCookie, q.Token)
	WriteJSON(w, http.StatusOK, map[string]string{"text": q.Text})
	return nil
}
