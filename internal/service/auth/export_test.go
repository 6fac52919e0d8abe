// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth

// OneByOne lets each password wait twice: to be hashed until the test has read from the channel, and after that
// until it has written to it.
func (s *Service) OneByOne() chan struct{} {
	s.hashing = make(chan struct{})
	return s.hashing
}
