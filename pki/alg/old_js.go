// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && !judge

package alg

// oldKeys says that GOST R 34.10-2001 and GOST R 34.11-94 are left out: nobody
// signs with them. The module that judges old documents has them: tag judge.
const oldKeys = false

func oldHash() hashInfo { return hashInfo{} }

func oldHashKZ() hashInfo { return hashInfo{} }
