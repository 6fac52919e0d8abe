// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package streebog

// compressVector is compress in registers of 512 bits, with neither an index nor a branch that
// depends on the data. Who calls it has asked vectors.
//
//go:noescape
func compressVector(h, n, m *[8]uint64)

func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)

// xgetbv returns the low half of XCR0, the registers that the system saves.
func xgetbv() (eax uint32)

// vectors: the processor and the system have what compressVector needs. It does not change.
var vectors = haveVectors()

// haveVectors asks as the manual of the processor has it (Intel SDM, volume 1, 15.2).
func haveVectors() bool {
	const (
		osxsave  = 1 << 27            // leaf 1, ECX
		avx512   = 1<<16 | 1<<30      // leaf 7, EBX: F and BW
		extended = 1<<1 | 1<<8        // leaf 7, ECX: VBMI and GFNI
		saved    = 1<<1 | 1<<2 | 7<<5 // XCR0: all parts of the registers and of the masks
	)
	if highest, _, _, _ := cpuid(0, 0); highest < 7 {
		return false
	}
	if _, _, ecx, _ := cpuid(1, 0); ecx&osxsave == 0 || xgetbv()&saved != saved {
		return false
	}
	_, ebx, ecx, _ := cpuid(7, 0)
	return ebx&avx512 == avx512 && ecx&extended == extended
}
