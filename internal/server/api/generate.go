// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build ignore

// Generate writes the description of the API to the file it is given.
package main

import (
	"log"
	"os"

	"podpis/internal/server/api"
)

func main() {
	if err := os.WriteFile(os.Args[1], api.Describe(), 0o644); err != nil {
		log.Fatal(err)
	}
}
