// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !purego

#include "textflag.h"

// A state of 512 bits stands in one register: byte 8r+c is byte c of word r, as in memory.
//
// Z0 state, Z1 key, Z2 what the state becomes, Z3 what the key becomes, Z4-Z7 scratch,
// Z16-Z19 the table of S, Z20 the transposition, Z24-Z31 the matrices of L.

// SUBSTITUTE sets x = S(x). A byte chooses among 128 of the table by its low bits, twice, and
// between the two by its highest. It spoils a, b and mask.
#define SUBSTITUTE(x, a, b, mask) \
	VMOVDQA64 x, a            \
	VMOVDQA64 x, b            \
	VPMOVB2M  x, mask         \
	VPERMI2B  Z17, Z16, a     \
	VPERMI2B  Z19, Z18, b     \
	VPBLENDMB b, a, mask, x

// LINEAR sets x = L(P(x)). Of the bytes in column i the word i of the result is made; byte o
// of it is the sum over rows j of a matrix of bits for j and o, times the byte in row j. Turned
// by k, the rows stand at o = j-k, where register Z24+k has their matrices. The sum has byte o of
// word i in row o and column i, and is transposed. It spoils a, b, c and d.
#define LINEAR(x, a, b, c, d)                \
	VGF2P8AFFINEQB $0, Z24, x, a         \
	VALIGNQ        $1, x, x, b           \
	VGF2P8AFFINEQB $0, Z25, b, b         \
	VALIGNQ        $2, x, x, c           \
	VGF2P8AFFINEQB $0, Z26, c, c         \
	VALIGNQ        $3, x, x, d           \
	VGF2P8AFFINEQB $0, Z27, d, d         \
	VPTERNLOGQ     $0x96, c, b, a        \
	VALIGNQ        $4, x, x, b           \
	VGF2P8AFFINEQB $0, Z28, b, b         \
	VALIGNQ        $5, x, x, c           \
	VGF2P8AFFINEQB $0, Z29, c, c         \
	VPTERNLOGQ     $0x96, b, d, a        \
	VALIGNQ        $6, x, x, b           \
	VGF2P8AFFINEQB $0, Z30, b, b         \
	VALIGNQ        $7, x, x, d           \
	VGF2P8AFFINEQB $0, Z31, d, d         \
	VPTERNLOGQ     $0x96, b, c, a        \
	VPXORQ         d, a, a               \
	VPERMB         a, Z20, x

// func compressVector(h, n, m *[8]uint64)
// Requires: AVX512F, AVX512BW, AVX512VBMI, GFNI
TEXT ·compressVector(SB), NOSPLIT, $0-24
	MOVQ h+0(FP), DI
	MOVQ n+8(FP), SI
	MOVQ m+16(FP), DX
	LEAQ ·vectorTables(SB), AX
	VMOVDQU64 0(AX), Z16
	VMOVDQU64 64(AX), Z17
	VMOVDQU64 128(AX), Z18
	VMOVDQU64 192(AX), Z19
	VMOVDQU64 256(AX), Z20
	VMOVDQU64 320(AX), Z24
	VMOVDQU64 384(AX), Z25
	VMOVDQU64 448(AX), Z26
	VMOVDQU64 512(AX), Z27
	VMOVDQU64 576(AX), Z28
	VMOVDQU64 640(AX), Z29
	VMOVDQU64 704(AX), Z30
	VMOVDQU64 768(AX), Z31

	// K = L(P(S(h ^ n))), and the state is m.
	VMOVDQU64 (DI), Z1
	VPXORQ    (SI), Z1, Z1
	SUBSTITUTE(Z1, Z4, Z5, K1)
	LINEAR(Z1, Z4, Z5, Z6, Z7)
	VMOVDQU64 (DX), Z0

	// Twelve rounds; neither the state nor the key waits for the other.
	LEAQ ·iteration(SB), BX
	MOVQ $12, CX

round:
	VPXORQ Z1, Z0, Z0
	VPXORQ (BX), Z1, Z1
	SUBSTITUTE(Z0, Z2, Z3, K1)
	SUBSTITUTE(Z1, Z4, Z5, K2)
	LINEAR(Z0, Z2, Z3, Z8, Z9)
	LINEAR(Z1, Z4, Z5, Z6, Z7)
	ADDQ $64, BX
	DECQ CX
	JNZ  round

	// h ^= state ^ K ^ m
	VPXORQ     Z1, Z0, Z0
	VPXORQ     (DX), Z0, Z0
	VPXORQ     (DI), Z0, Z0
	VMOVDQU64  Z0, (DI)
	VZEROUPPER
	RET

// func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL subleaf+4(FP), CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	MOVL DX, edx+20(FP)
	RET

// func xgetbv() (eax uint32)
TEXT ·xgetbv(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, eax+0(FP)
	RET
