/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader stub as a part of the program (stubfile.c): for a belljar that
 * was copied somewhere without it.
 */
	.section .rodata
	.balign	16
	.globl	stub_image, stub_image_end
	.hidden	stub_image, stub_image_end
stub_image:
	.incbin	STUB_IMAGE
stub_image_end:
	.section .note.GNU-stack, "", %progbits
