// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	"podpis/wire/mchd"
)

// sample are powers that forms offer. The state's classifier is not shipped; these codes are samples,
// and what they lack is written in words.
//
//go:embed powers.csv
var sample string

// Kinds are the powers that forms offer, by code and name.
func Kinds() ([]mchd.Entry, error) {
	rows, err := csv.NewReader(strings.NewReader(sample)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("powers: %w", err)
	}
	list := make([]mchd.Entry, 0, len(rows))
	for _, row := range rows[1:] {
		list = append(list, mchd.Entry{Code: row[0], Name: row[1]})
	}
	return list, nil
}

// Chosen are those of the kinds that have one of the codes.
func Chosen(codes []string) (list []mchd.Entry, err error) {
	kinds, err := Kinds()
	for _, k := range kinds {
		for _, c := range codes {
			if c == k.Code {
				list = append(list, k)
			}
		}
	}
	return list, err
}
