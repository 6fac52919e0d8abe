// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package engine asks OpenSSL's GOST engine for answers in tests of gost: hashes, ciphers, codes, signatures and key
// agreement, by the hundred thousand. One small C program is compiled for a test and lives as long as it; questions and
// answers go through pipes in batches.
//
// It is built with the tag openssl only, and then gcc, the headers of OpenSSL 3 and the engine must be installed
// (Debian: gcc, libc6-dev, libssl-dev, libengine-gost-openssl): what is missing fails the test, nothing is skipped.
// Package pki/openssltest runs the command line of OpenSSL instead, for whole files.
package engine
