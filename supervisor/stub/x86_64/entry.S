/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel starts us with rsp at argc.  The program's stack is built below
 * that, in at most 16 kB (PLAN_STRINGS_MAX and a little), so our own frames
 * begin 24 kB further down.
 */
	.section .text.entry, "ax"
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	movq	%rsp, %rdi
	subq	$24576, %rsp
	andq	$-16, %rsp
	call	stub_main
	hlt
	.size	_start, . - _start

/*
 * stub_jump(sp, entry): registers as ELF_PLAT_INIT() leaves them, all zero.
 * The address of the program goes below the stack pointer, where nothing is
 * lost.
 */
	.text
	.globl	stub_jump
	.type	stub_jump, @function
stub_jump:
	movq	%rdi, %rsp
	movq	%rsi, -8(%rsp)
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	jmp	*-8(%rsp)
	.size	stub_jump, . - stub_jump

	.section .note.GNU-stack, "", @progbits
