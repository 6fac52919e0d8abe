// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// Routes is the table of all routes, with the patterns in it. They are read out of the table
// itself: what is registered in a loop or by a new function is among them.
func Routes(p Parts) (mux *http.ServeMux, patterns []string) {
	mux = routes(p)
	patternsIn(reflect.ValueOf(mux).Elem().FieldByName("tree"), &patterns)
	slices.Sort(patterns)
	return mux, slices.Compact(patterns)
}

// patternsIn finds the patterns in a node of the tree of net/http: the field str of each value of
// the type pattern.
func patternsIn(v reflect.Value, list *[]string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			patternsIn(v.Elem(), list)
		}
	case reflect.Slice:
		for i := range v.Len() {
			patternsIn(v.Index(i), list)
		}
	case reflect.Map:
		for i := v.MapRange(); i.Next(); {
			patternsIn(i.Value(), list)
		}
	case reflect.Struct:
		switch {
		case v.Type().PkgPath() == "net/http" && v.Type().Name() == "pattern":
			*list = append(*list, v.FieldByName("str").String())
		case strings.HasPrefix(v.Type().Name(), "routingNode"), strings.HasPrefix(v.Type().Name(), "mapping"), strings.HasPrefix(v.Type().Name(), "entry"):
			for i := range v.NumField() {
				patternsIn(v.Field(i), list)
			}
		}
	default:
	}
}
