# SPDX-License-Identifier: Apache-2.0
#
# The loader stub: built without CFLAGS, for sanitizers, profiling and the
# like have no place in it.  Included by the top Makefile.

STUB_DIR := supervisor/stub
STUB_SRCS := $(STUB_DIR)/$(ARCH)/entry.S $(wildcard $(STUB_DIR)/*.c)
STUB_DEPS := $(STUB_SRCS) $(wildcard $(STUB_DIR)/*.h $(STUB_DIR)/$(ARCH)/*.h) \
	supervisor/execplan.h include/magic.h $(STUB_DIR)/stub.lds $(STUB_DIR)/stub.mk
STUB_ARCH_FLAGS_x86_64 := -mno-red-zone -fcf-protection=none
STUB_ARCH_FLAGS_arm64 := -mbranch-protection=none -mno-outline-atomics
STUB_CFLAGS = -std=gnu11 -Os -I. -I$(STUB_DIR)/$(ARCH) \
	-ffreestanding -fno-builtin -nostdlib -nostartfiles -static \
	-fPIE -fvisibility=hidden -fno-stack-protector -fomit-frame-pointer \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-common \
	-fno-strict-aliasing -mgeneral-regs-only \
	$(STUB_ARCH_FLAGS_$(ARCH)) $(STUB_CC_FLAGS)
# What only one of the two compilers knows.
STUB_CC_FLAGS = $(eval STUB_CC_FLAGS := $(foreach f,-fno-stack-clash-protection \
	-fno-tree-loop-distribute-patterns,$(shell $(CC) -Werror $(f) -S -x c \
	-o /dev/null /dev/null 2>/dev/null && echo $(f))))$(STUB_CC_FLAGS)
STUB_LDFLAGS := -Wl,-pie -Wl,--no-dynamic-linker -Wl,-z,norelro \
	-Wl,-z,max-page-size=4096 -Wl,--build-id=none -Wl,-s \
	-Wl,-T,$(STUB_DIR)/stub.lds

$(BUILD)/belljar-stub: $(STUB_DEPS)
	$(call say,STUB,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(WARNINGS) $(STUB_CFLAGS) $(STUB_LDFLAGS) -o $@ $(STUB_SRCS)

$(BUILD)/tests/unit/supervisor_stub: | $(BUILD)/belljar-stub
