// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package problem_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/problem"
)

func TestProblemTravels(t *testing.T) {
	t.Parallel()
	cause := errors.New("bad padding")
	p := problem.New(problem.Invalid, "key.password.wrong").Coded("KEY-101").At("password").
		With("n", 2).Then("key.password.recover").Because(cause)
	err := fmt.Errorf("open key: %w", p)
	got, ok := problem.Of(err)
	if !ok || got.Code != "KEY-101" || got.Field != "password" || got.Data["n"] != 2 || got.Next != "key.password.recover" {
		t.Errorf("problem came out as %+v", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if !errors.Is(err, problem.New(problem.Invalid, "key.password.wrong")) {
		t.Error("the same kind and key are not the same problem")
	}
	for _, other := range []error{problem.New(problem.Conflict, "key.password.wrong"), problem.New(problem.Invalid, "x"), errors.New("x")} {
		if errors.Is(err, other) {
			t.Errorf("%v is taken for %v", err, other)
		}
	}
	if want := "invalid: key.password.wrong (field password): bad padding"; p.Error() != want {
		t.Errorf("text %q, want %q", p.Error(), want)
	}
}

func TestBuildersCopy(t *testing.T) {
	t.Parallel()
	base := problem.New(problem.Limited, "auth.code.often").With("a", 1)
	one := base.With("n", 1).After(time.Minute)
	if len(base.Data) != 1 || base.RetryAfter != 0 {
		t.Errorf("the original changed: %+v", base)
	}
	if one.RetryAfter != time.Minute || one.Data["a"] != 1 {
		t.Errorf("copy: %+v", one)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]problem.Kind{
		nil:                                problem.Internal,
		errors.New("x"):                    problem.Internal,
		problem.New(problem.NotFound, "k"): problem.NotFound,
		fmt.Errorf("a: %w", problem.New(problem.Unavailable, "k")): problem.Unavailable,
	} {
		if got := problem.KindOf(err); got != want {
			t.Errorf("kind of %v: %v, want %v", err, got, want)
		}
	}
	if s := problem.Kind(99).String() + problem.Forbidden.String(); s != "unknownforbidden" {
		t.Errorf("names: %s", s)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	var l problem.List
	if l.Err() != nil {
		t.Error("an empty list is an error")
	}
	l = append(l, problem.New(problem.Invalid, "a").At("inn"), problem.New(problem.Invalid, "b").At("phone"))
	err := fmt.Errorf("form: %w", l.Err())
	if got := problem.All(err); len(got) != 2 || got[1].Field != "phone" {
		t.Errorf("all: %v", got)
	}
	if problem.KindOf(err) != problem.Invalid || l.Error() != "invalid: a (field inn); invalid: b (field phone)" {
		t.Errorf("list: %v, kind %v", l, problem.KindOf(err))
	}
	if got := problem.All(problem.New(problem.Conflict, "c")); len(got) != 1 {
		t.Errorf("all of one: %v", got)
	}
	if got := problem.All(errors.New("x")); got != nil {
		t.Errorf("all of none: %v", got)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	call := fmt.Errorf("ask: %w", &url.Error{Op: "Get", URL: "https://a.example/990000001704", Err: errors.New("refused")})
	for want, err := range map[string]error{
		"": nil, "refused": call, "ответ": errors.New("от\x00вет\xff"), strings.Repeat("я", 300): errors.New(strings.Repeat("я", 301)),
	} {
		if got := problem.Short(err); got != want {
			t.Errorf("%v: %q", err, got)
		}
	}
}
