/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel starts us with sp at argc.  The program's stack is built below
 * that, in at most 16 kB (PLAN_STRINGS_MAX and a little), so our own frames
 * begin 24 kB further down.
 */
	.section .text.entry, "ax"
	.globl	_start
	.type	_start, %function
_start:
	mov	x29, #0
	mov	x30, #0
	mov	x0, sp
	sub	sp, sp, #24576
	bl	stub_main
	brk	#1
	.size	_start, . - _start

/*
 * stub_jump(sp, entry): registers as start_thread() leaves them, all zero;
 * but x16.  `ret` rather than `br`: it sets no branch type, so the program's
 * first instruction need not be a landing pad, as after the kernel.
 */
	.text
	.globl	stub_jump
	.type	stub_jump, %function
stub_jump:
	mov	sp, x0
	mov	x16, x1
	mov	x0, #0
	mov	x1, #0
	mov	x2, #0
	mov	x3, #0
	mov	x4, #0
	mov	x5, #0
	mov	x6, #0
	mov	x7, #0
	mov	x8, #0
	mov	x9, #0
	mov	x10, #0
	mov	x11, #0
	mov	x12, #0
	mov	x13, #0
	mov	x14, #0
	mov	x15, #0
	mov	x17, #0
	mov	x18, #0
	mov	x19, #0
	mov	x20, #0
	mov	x21, #0
	mov	x22, #0
	mov	x23, #0
	mov	x24, #0
	mov	x25, #0
	mov	x26, #0
	mov	x27, #0
	mov	x28, #0
	mov	x29, #0
	mov	x30, #0
	ret	x16
	.size	stub_jump, . - stub_jump

	.section .note.GNU-stack, "", %progbits
