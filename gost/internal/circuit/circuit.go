// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package circuit finds short programs of and, or, xor and not that compute several Boolean functions of four
// variables, such as a substitution of four bits. Run on whole words, such a program substitutes 64 values at once
// without an index that a secret chooses. Only generators of code use it; they check what they write.
//
// The search is that of M. Kwan, "Reducing the gate count of bitslice DES" (2000), from many random orders. It finds
// short programs, not the shortest.
package circuit

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// Op is an operation of a [Gate].
type Op byte

// The operations.
const (
	And Op = '&'
	Or  Op = '|'
	Xor Op = '^'
	Not Op = '~' // of A alone
)

// Gate is one step of a program. Values 0 to 3 are the variables; step i makes value 4 + i.
type Gate struct {
	Op   Op
	A, B int
}

// Program is a sequence of steps and the numbers of the values that are the results.
type Program struct {
	Gates   []Gate
	Outputs []int
}

// Statements returns the steps as lines of Go with the given names of the variables, where results have the names
// prefix0, prefix1 and so on. The prefix must be used once in a function.
func (p Program) Statements(variables [4]string, prefix string) string {
	var b strings.Builder
	names := append([]string(nil), variables[:]...)
	for i, g := range p.Gates {
		name := prefix + "t" + strconv.Itoa(i)
		names = append(names, name)
		if g.Op == Not {
			b.WriteString(name + " := ^" + names[g.A] + "\n")
			continue
		}
		b.WriteString(name + " := " + names[g.A] + " " + string(g.Op) + " " + names[g.B] + "\n")
	}
	for i, n := range p.Outputs {
		b.WriteString(prefix + strconv.Itoa(i) + " := " + names[n] + "\n")
	}
	return b.String()
}

// Variables are the truth tables of the four variables: bit v of Variables[i] is bit i of v.
var Variables = [4]uint16{0xaaaa, 0xcccc, 0xf0f0, 0xff00} // constant

// Outputs returns the truth tables of the four bits of a substitution, the least significant first.
func Outputs(table [16]byte) []uint16 {
	out := make([]uint16, 4)
	for v, y := range table {
		for bit := range out {
			out[bit] |= uint16(y>>bit&1) << v
		}
	}
	return out
}

// Search tries to find a short program for the functions with the given truth tables. The same arguments give the same
// program.
func Search(functions []uint16, tries int, seed uint64) Program {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // G404: the same program each time is wanted
	var best Program
	for range tries {
		s := search{random: random, values: append(make([]uint16, 0, 64), Variables[:]...), limit: 1 << 30}
		if best.Gates != nil {
			s.limit = len(best.Gates)
		}
		outputs := make([]int, len(functions))
		complete := true
		for _, i := range random.Perm(len(functions)) {
			n, ok := s.find(functions[i], 0xffff, random.Perm(4))
			if !ok {
				complete = false
				break
			}
			outputs[i] = n
		}
		if complete && len(s.gates) < s.limit {
			best = Program{Gates: s.gates, Outputs: outputs}
		}
	}
	return best
}

// search is a program in the making. It gives up at limit gates.
type search struct {
	random *rand.Rand
	values []uint16 // truth tables
	gates  []Gate
	limit  int
}

func (s *search) add(op Op, a, b int) (int, bool) {
	if len(s.gates)+1 >= s.limit {
		return 0, false
	}
	s.values = append(s.values, apply(op, s.values[a], s.values[b]))
	s.gates = append(s.gates, Gate{op, a, b})
	return len(s.values) - 1, true
}

func apply(op Op, a, b uint16) uint16 {
	switch op {
	case And:
		return a & b
	case Or:
		return a | b
	case Xor:
		return a ^ b
	default:
		return ^a
	}
}

var binary = [3]Op{And, Or, Xor} // constant

// find returns the number of a value that equals the target where mask is set, and adds what it needs. The selectors
// are variables that may still split the task.
func (s *search) find(target, mask uint16, selectors []int) (int, bool) {
	for i, v := range s.values {
		if (v^target)&mask == 0 {
			return i, true
		}
	}
	if n, ok, done := s.findShort(target, mask); done {
		return n, ok
	}
	return s.split(target, mask, selectors)
}

// findShort looks for one or two more gates; done says that there are such, ok that the limit allows them.
func (s *search) findShort(target, mask uint16) (n int, ok, done bool) {
	v := s.values
	for i := range v {
		if (^v[i]^target)&mask == 0 {
			n, ok = s.add(Not, i, i)
			return n, ok, true
		}
	}
	for _, i := range s.random.Perm(len(v)) {
		for j := range i {
			for _, op := range binary {
				if (apply(op, v[i], v[j])^target)&mask == 0 {
					n, ok = s.add(op, i, j)
					return n, ok, true
				}
			}
		}
	}
	for _, i := range s.random.Perm(len(v)) {
		for j := range i {
			for _, op := range binary {
				inner := apply(op, v[i], v[j])
				if (^inner^target)&mask == 0 {
					return s.addTwo(Gate{op, i, j}, Not, 0)
				}
				for k := range v {
					for _, outer := range binary {
						if (apply(outer, inner, v[k])^target)&mask == 0 {
							return s.addTwo(Gate{op, i, j}, outer, k)
						}
					}
				}
			}
		}
	}
	return 0, false, false
}

func (s *search) addTwo(first Gate, op Op, k int) (n int, ok, done bool) {
	n, ok = s.add(first.Op, first.A, first.B)
	if !ok {
		return 0, false, true
	}
	n, ok = s.add(op, n, k)
	return n, ok, true
}

// split makes the target of two functions of fewer variables, in the cheapest way found.
func (s *search) split(target, mask uint16, selectors []int) (int, bool) {
	start, best, found := *s, search{}, false
	result := 0
	try := func(n int, ok bool) {
		if ok && (!found || len(s.gates) < len(best.gates)) {
			best, result, found = *s, n, true
			best.gates = append([]Gate(nil), s.gates...)
			best.values = append([]uint16(nil), s.values...)
		}
		*s = start
		if found {
			s.limit = min(s.limit, len(best.gates))
		}
	}
	for i, variable := range selectors {
		rest := append(append(make([]int, 0, len(selectors)), selectors[:i]...), selectors[i+1:]...)
		one := Variables[variable]
		// f = f0 ^ (g & x), where g = f ^ f0 for x = 1.
		if n, ok := s.find(target, mask&^one, rest); ok {
			if g, ok := s.find(target^s.values[n], mask&one, rest); ok {
				try(s.join(And, g, variable, n))
			}
		}
		*s = s.back(start)
		// f = f1 ^ (g | x) complemented: g | x is 1 for x = 1, so f1 is the complement there.
		if n, ok := s.find(^target, mask&one, rest); ok {
			if g, ok := s.find(target^s.values[n], mask&^one, rest); ok {
				try(s.join(Or, g, variable, n))
			}
		}
		*s = s.back(start)
	}
	if !found {
		return 0, false
	}
	best.limit = start.limit
	*s = best
	return result, true
}

// back returns the start with the present limit.
func (s *search) back(start search) search {
	start.limit = s.limit
	return start
}

// join adds n ^ (op of g and the variable).
func (s *search) join(op Op, g, variable, n int) (int, bool) {
	n1, ok := s.add(op, g, variable)
	if !ok {
		return 0, false
	}
	return s.add(Xor, n1, n)
}
