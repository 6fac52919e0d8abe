// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package locale

import "context"

type askedKey struct{}

// Asking returns a context of what somebody asks for in a language, as [Bundle.For] takes it: a message that
// answers at once (a code, a link) speaks as the page before them does.
func Asking(ctx context.Context, language string) context.Context {
	return context.WithValue(ctx, askedKey{}, language)
}

// Asked is the language of a context, or "": then nobody stands before a page.
func Asked(ctx context.Context) string {
	language, _ := ctx.Value(askedKey{}).(string)
	return language
}
