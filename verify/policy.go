// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

// Policy is what is acceptable. It is data: a file of the installation or of the one who
// asks ([ParsePolicy]).
type Policy struct {
	// RequireTimestamp leaves a signature without a good time stamp open.
	RequireTimestamp bool `json:"requireTimestamp"`
}

// DefaultPolicy is what holds unless something else is asked for.
func DefaultPolicy() *Policy { return &Policy{} }

// policy is the one that holds here.
func (o *Options) policy() *Policy {
	if o.Policy == nil {
		return DefaultPolicy()
	}
	return o.Policy
}
