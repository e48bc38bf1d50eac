# SPDX-License-Identifier: Apache-2.0
#
# belljar.  `make help` lists the targets.
#
#   make CC=clang WERROR=1          another compiler, warnings are errors
#   make SANITIZE=address,undefined builds into $(BUILD)-asan
#   make CC=aarch64-linux-gnu-gcc BUILD=build-arm64
#   make STATIC=1 BUILD=build-static      one file for any distribution
#   make DESTDIR=/tmp/x prefix=/usr install

VERSION := 0.1.0

ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
INSTALL ?= install
BUILD ?= build
ifneq ($(SANITIZE),)
override BUILD := $(BUILD)-$(if $(findstring thread,$(SANITIZE)),tsan,asan)
endif

MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null || uname -m)
ARCH := $(if $(findstring x86_64,$(MACHINE)),x86_64,$(if $(or \
	$(findstring aarch64,$(MACHINE)),$(findstring arm64,$(MACHINE))),arm64))
ifeq ($(ARCH),)
$(error belljar knows x86_64 and arm64, not "$(MACHINE)")
endif

prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
libexecdir ?= $(exec_prefix)/libexec
mandir ?= $(prefix)/share/man
docdir ?= $(prefix)/share/doc/belljar
stubdir := $(libexecdir)/belljar

# What is compiled. A new file needs no edit here.
SRCS := $(wildcard arch/*.c arch/$(ARCH)/*.c vfs/*.c vfs/fs/*.c \
	supervisor/*.c supervisor/sys/*.c)
HDRS := $(wildcard include/*.h arch/*.h arch/$(ARCH)/*.h vfs/*.h vfs/fs/*.h \
	supervisor/*.h supervisor/sys/*.h supervisor/stub/*.h)
OBJS := $(SRCS:%.c=$(BUILD)/%.o) $(BUILD)/supervisor/stubimage.o
LIB_OBJS := $(filter-out $(BUILD)/supervisor/main.o,$(OBJS))
UNIT_SRCS := $(wildcard tests/unit/*.c)
UNIT_BINS := $(UNIT_SRCS:%.c=$(BUILD)/%)
# Linked into every unit test: a filesystem in memory, and the like.
UNIT_LIB := $(wildcard tests/unit/lib/*.c)
UNIT_LIB_OBJS := $(UNIT_LIB:%.c=$(BUILD)/%.o)
STUB := $(if $(wildcard supervisor/stub/stub.mk),$(BUILD)/belljar-stub)

PKGS := libseccomp libcap jansson
# Asked once, and only when something is compiled: `make deps` comes before.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell $(PKG_CONFIG) $(if $(filter 1,$(STATIC)),--static) --libs $(PKGS)))$(PKG_LIBS)
CHECK_CFLAGS = $(eval CHECK_CFLAGS := $(shell $(PKG_CONFIG) --cflags check))$(CHECK_CFLAGS)
CHECK_LIBS = $(eval CHECK_LIBS := $(shell $(PKG_CONFIG) --libs check))$(CHECK_LIBS)

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wformat=2 -Wwrite-strings \
	$(if $(filter 1,$(WERROR)),-Werror)
CFLAGS ?= -O2 -g
HARDEN := -fPIE -fstack-protector-strong
ifeq ($(SANITIZE),)
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
else
SAN_FLAGS := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
	-fno-sanitize-recover=undefined \
	$(if $(findstring thread,$(SANITIZE)),-Wno-tsan)
endif
CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DBELLJAR_VERSION='"$(VERSION)"' \
	-DBELLJAR_LIBEXECDIR='"$(stubdir)"' $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 -pthread $(CFLAGS) $(HARDEN) $(SAN_FLAGS) $(WARNINGS)
LDFLAGS_ALL = -pthread $(if $(filter 1,$(STATIC)),-static-pie,-pie) \
	-Wl,-z,relro,-z,now $(SAN_FLAGS) $(LDFLAGS)

, := ,
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# The suites of `make check`, in this order. The suites that run programs are
# run several times: as whoever calls make, as an ordinary user (when make runs
# as root), and where user namespaces are refused.
RUNNERS := $(patsubst tests/%/run,%,$(wildcard tests/*/run))
ifeq ($(shell id -u),0)
MODES := user user-nouserns
ROOT_SUITES := guest-root-nouserns guest-root-mounts guest-user-listener \
	escape-user-listener
else
MODES := nouserns
endif
MODE_SUITES := $(foreach m,$(MODES),$(RUNNERS:%=%-$m)) $(ROOT_SUITES)
# The same by tracer stops alone: all of it for check-ptrace, some for check.
PTRACE_SUITES := guest-ptrace escape-ptrace
PTRACE_MORE := $(filter-out $(PTRACE_SUITES),$(RUNNERS:%=%-ptrace)) \
	$(foreach m,$(MODES),$(RUNNERS:%=%-ptrace-$m))
# In a belljar inside another one, and that by tracer stops (check-nested).
NESTED_SUITES := guest-nested escape-nested
NESTED_MORE := real-nested guest-nested-ptrace escape-nested-ptrace
SUITES := layers headers table docs unit asan tsan example static package \
	arm64-small \
	$(RUNNERS) $(MODE_SUITES) $(PTRACE_SUITES)
RESULTS := $(BUILD)/results
export BUILD CC ARCH

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all help deps deps-vm check-arm64 check-kernels demo check check-suites $(SUITES:%=check-%) lint format \
	bench bench-walk bench-mounts lib install deb uninstall clean

all: $(BUILD)/belljar $(STUB) $(BUILD)/belljar-conform ## build belljar, its loader stub and the vectors' runner

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16
	@echo 'check-{$(subst $() ,$(,),$(RUNNERS))}[-MODE], modes: $(MODES)'

$(BUILD)/belljar: $(OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(OBJS) $(PKG_LIBS) $(LDLIBS)

$(BUILD)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(PKG_CFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/supervisor/stubimage.o: supervisor/stubimage.S $(STUB)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -DSTUB_IMAGE='"$(STUB)"' -c -o $@ $<

$(BUILD)/tests/unit/%.o: tests/unit/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(PKG_CFLAGS) $(CHECK_CFLAGS) $(CFLAGS_ALL) \
		-MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(UNIT_LIB_OBJS) $(LIB_OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS) \
		$(LDLIBS)

.SECONDARY: $(UNIT_SRCS:%.c=$(BUILD)/%.o) $(UNIT_LIB_OBJS)

-include supervisor/stub/stub.mk
-include $(OBJS:.o=.d) $(UNIT_SRCS:%.c=$(BUILD)/%.d) $(UNIT_LIB_OBJS:.o=.d)

# The VFS core alone: vfs/vfs.h is its public header, vfs/fs_ops.h and
# vfs/node.h are for who adds a filesystem.
$(BUILD)/libbelljar-vfs.a: $(filter $(BUILD)/vfs/%,$(OBJS))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

lib: $(BUILD)/libbelljar-vfs.a ## the VFS core as a static library

$(BUILD)/bench/vfs_walk: bench/vfs_walk.c $(UNIT_LIB_OBJS) \
		$(BUILD)/libbelljar-vfs.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^

$(BUILD)/bench/vfs_mounts: bench/vfs_mounts.c $(UNIT_LIB_OBJS) \
		$(BUILD)/libbelljar-vfs.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^

bench-mounts: $(BUILD)/bench/vfs_mounts ## what the core's mounts cost by themselves
	@$<

# What another program does with that library.
$(BUILD)/vfs_example: examples/vfs_example.c $(BUILD)/libbelljar-vfs.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^

# Unit tests that need no more than the core, for what takes long to build.
CORE_TESTS := vfs_stress vfs_table vfs_propagate vfs_mntns vfs_leak

$(BUILD)/core-tests/%: $(BUILD)/tests/unit/%.o $(UNIT_LIB_OBJS) \
		$(BUILD)/libbelljar-vfs.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

# The mount vectors and what runs them; uses the VFS core alone.
CONFORM_SRCS := $(wildcard tests/conform/*.c)
CONFORM_OBJS := $(CONFORM_SRCS:%.c=$(BUILD)/%.o) $(BUILD)/tests/conform/vectors.o

$(BUILD)/tests/conform/vectors.o: tests/conform/vectors.S \
		$(wildcard tests/conform/vectors*.txt)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(BUILD)/belljar-conform: $(CONFORM_OBJS) $(BUILD)/libbelljar-vfs.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS)

check-conform: $(BUILD)/belljar-conform

-include $(CONFORM_SRCS:%.c=$(BUILD)/%.d)

bench-walk: $(BUILD)/bench/vfs_walk ## what the core's path walk costs by itself
	@$<

# --- set-up ----------------------------------------------------------------

deps: ## install the missing Debian packages (as root), or say which
	@tests/deps.sh

demo: deps ## build, and show an untrusted program its world
	@$(MAKE) --no-print-directory all
	@docs/demo.sh

# --- tests -----------------------------------------------------------------

check: deps ## everything below; ends with a line of totals
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory check-suites

check-suites:
	@rm -rf $(RESULTS)
	@for s in $(SUITES); do \
		$(MAKE) --no-print-directory check-$$s || true; done
	@tests/summary.sh $(RESULTS) $(SUITES)

check-layers: ## arch/ and vfs/ include nothing they must not
	@tests/suite.sh layers tests/check-layers.sh

check-headers: ## every header compiles on its own
	@CPPFLAGS="$(PKG_CFLAGS)" tests/suite.sh headers tests/check-headers.sh $(HDRS)

check-table: ## syscalls.def, handlers and tests agree
	@tests/suite.sh table tests/check-table.sh

check-docs: $(BUILD)/belljar ## man pages, help text and links agree
	@tests/suite.sh docs tests/check-docs.sh $(BUILD)/belljar

check-unit: $(UNIT_BINS) ## the Check programs of tests/unit
	@tests/suite.sh unit tests/unit.sh $(UNIT_BINS)

check-asan: ## the unit tests under address+undefined sanitizers
	@$(MAKE) --no-print-directory SANITIZE=address,undefined \
		RESULTS=$(RESULTS) check-asan-unit

.PHONY: check-asan-unit
check-asan-unit: $(UNIT_BINS)
	@RESULTS=$(RESULTS) tests/suite.sh asan tests/unit.sh $(UNIT_BINS)

check-tsan: ## the core under the thread sanitizer, all at once for 3 s
	@$(MAKE) --no-print-directory SANITIZE=thread RESULTS=$(RESULTS) \
		check-tsan-core

.PHONY: check-tsan-core
check-tsan-core: $(CORE_TESTS:%=$(BUILD)/core-tests/%)
	@RESULTS=$(RESULTS) STRESS_MS=3000 CK_FORK=no TSAN_OPTIONS=exitcode=66 \
		tests/suite.sh tsan tests/unit.sh $^

check-example: $(BUILD)/vfs_example ## the example of the library
	@tests/suite.sh example $<

check-static: ## the static binary, where there is nothing else
	@tests/suite.sh static tests/check-static.sh

check-package: all ## what `make install` and `make deb` lay down works
	@tests/suite.sh package tests/check-package.sh

check-container: all ## inside Docker's and Podman's default containers (needs runc)
	@for e in docker podman; do tests/suite.sh container-$$e \
		tests/container/check.sh $$e; done

.PHONY: unit-programs
unit-programs: $(UNIT_BINS)

# Other machines and kernels, in QEMU; none of it is part of `check`.
VM_SUITES ?= unit guest conform real escape yama
KERNELS ?= 5.10 6.1 6.12 6.18 7.3
deps-vm: ## install what check-arm64 and check-kernels need (as root)
	@tests/deps.sh --vm

check-arm64-small: ## what `check` runs of that, where QEMU is installed
	@tests/suite.sh arm64-small tests/vm/small.sh

check-arm64: ## the suites in an arm64 machine
	@tests/suite.sh arm64 tests/vm/check.sh arm64 6.1 $(VM_SUITES)
	@VM_MACHINE=virt,mte=on tests/suite.sh arm64-mte \
		tests/vm/check.sh arm64 6.1 guest:machine

check-kernels: ## the suites on Debian's kernels, oldest to newest
	@for k in $(KERNELS); do tests/suite.sh kernel-$$k \
		tests/vm/check.sh amd64 $$k $(VM_SUITES); done

$(RUNNERS:%=check-%): check-%: all ## one suite of programs
	@tests/suite.sh $* tests/$*/run

# check-guest-user, check-real-user-nouserns, ...
$(MODE_SUITES:%=check-%): check-%: all
	@MODE=$(patsubst $(firstword $(subst -, ,$*))-%,%,$*) tests/suite.sh $* \
		tests/as-user.sh tests/$(firstword $(subst -, ,$*))/run

# check-guest-ptrace, check-escape-ptrace-user...
ptrace_words = $(subst -ptrace, ,$*)
$(PTRACE_SUITES:%=check-%) $(PTRACE_MORE:%=check-%): check-%: all
	@BACKEND=ptrace MODE=$(patsubst -%,%,$(word 2,$(ptrace_words))) \
		tests/suite.sh $* tests/as-user.sh \
		tests/$(firstword $(ptrace_words))/run

.PHONY: check-ptrace $(PTRACE_MORE:%=check-%)
check-ptrace: all ## the suites of programs with --backend=ptrace
	@rm -rf $(RESULTS)
	@for s in $(PTRACE_SUITES) $(PTRACE_MORE); do \
		$(MAKE) --no-print-directory check-$$s || true; done
	@tests/summary.sh $(RESULTS) $(PTRACE_SUITES) $(PTRACE_MORE)

$(NESTED_SUITES:%=check-%) $(NESTED_MORE:%=check-%): check-%: all
	@NESTED=1 BACKEND=$(word 3,$(subst -, ,$*)) tests/suite.sh $* \
		tests/$(firstword $(subst -, ,$*))/run

.PHONY: check-nested $(NESTED_MORE:%=check-%)
check-nested: all ## the suites of programs in a belljar inside a belljar
	@rm -rf $(RESULTS)
	@for s in $(NESTED_SUITES) $(NESTED_MORE); do \
		$(MAKE) --no-print-directory check-$$s || true; done
	@tests/summary.sh $(RESULTS) $(NESTED_SUITES) $(NESTED_MORE)

# --- care ------------------------------------------------------------------

lint: ## both compilers with -Werror, and shellcheck where installed
	$(MAKE) WERROR=1 CC=gcc BUILD=$(BUILD)-lint-gcc all
	$(MAKE) WERROR=1 CC=clang BUILD=$(BUILD)-lint-clang all
	@if command -v shellcheck >/dev/null; then \
		shellcheck -S warning tests/*.sh docs/*.sh .ci/run; fi

format: ## clang-format every source
	clang-format -i $(SRCS) $(HDRS) $(UNIT_SRCS)

bench: all ## figures as ratios to native
	@bench/run

install: all ## honours DESTDIR, prefix, libexecdir
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(stubdir) \
		$(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man7 \
		$(DESTDIR)$(docdir)
	$(INSTALL) -m 755 $(BUILD)/belljar $(DESTDIR)$(bindir)/belljar
	$(if $(STUB),$(INSTALL) -m 755 $(STUB) $(DESTDIR)$(stubdir)/belljar-stub)
	$(INSTALL) -m 755 $(BUILD)/belljar-conform \
		$(DESTDIR)$(stubdir)/belljar-conform
	$(INSTALL) -m 644 $(wildcard man/*.1) $(DESTDIR)$(mandir)/man1
	$(INSTALL) -m 644 $(wildcard man/*.7) $(DESTDIR)$(mandir)/man7
	$(INSTALL) -m 644 README.md $(wildcard docs/*.md) $(DESTDIR)$(docdir)

deb: all ## a Debian package, in $(BUILD)
	@VERSION=$(VERSION) packaging/deb.sh $(BUILD)

uninstall: ## removes what install put there
	rm -f $(DESTDIR)$(bindir)/belljar $(DESTDIR)$(stubdir)/belljar-stub \
		$(DESTDIR)$(stubdir)/belljar-conform
	rm -f $(patsubst man/%,$(DESTDIR)$(mandir)/man1/%,$(wildcard man/*.1)) \
		$(patsubst man/%,$(DESTDIR)$(mandir)/man7/%,$(wildcard man/*.7))
	rm -rf $(DESTDIR)$(docdir)
	-rmdir $(DESTDIR)$(stubdir)

clean: ## remove the build directories
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-static $(BUILD)-arm64 $(BUILD)-lint-gcc \
		$(BUILD)-lint-clang
