/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors that are built in. */
	.section .rodata
	.globl vectors_text, vectors_text_end
vectors_text:
	.incbin "tests/conform/vectors.txt"
	.incbin "tests/conform/vectors-random.txt"
vectors_text_end:
	.section .note.GNU-stack, "", %progbits
