# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The dmx authors
#
# dmx: one plain Makefile. Everything that is built lies below build/; `make help` says what there is.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

comma := ,
SANITIZE ?=
B := build$(if $(SANITIZE),/sanitize-$(subst $(comma),-,$(SANITIZE)))

PREFIX ?= /usr
DESTDIR ?=
MODULEDIR ?= $(PREFIX)/lib/exim4/local_scan
SYSCONFDIR ?= /etc/exim4
SBINDIR ?= $(PREFIX)/sbin
CRONDIR ?= /etc/cron.d
UNITDIR ?= $(PREFIX)/lib/systemd/system
SHAREDIR ?= $(PREFIX)/share/dmx
SETUPDIR ?= $(PREFIX)/lib/dmx

CC ?= gcc
CFLAGS ?= -O2 -g
DEVELOPER ?= 0
V ?= 0
Q := $(if $(filter 0,$(V)),@)
say = $(if $(filter 0,$(V)),@printf '  %-6s %s\n' $(1) $(2))

# The folders of the module, each with the folders that it may include (design: arrows point one way).
FOLDERS := base mail dns psl site journal spf dkim arc dmarc pipeline
USES_base :=
USES_mail := base
USES_dns := base
USES_psl := base
USES_site := base
USES_journal := base
USES_spf := dns mail base
USES_dkim := dns mail base
USES_arc := dkim dns mail base
USES_dmarc := psl dns mail base
USES_pipeline := dmarc arc dkim spf journal site psl dns mail base
# And of tools/, what the reports are made of: nothing of it is linked into the module.
TOOL_FOLDERS := report
USES_report := dkim dmarc psl dns site journal mail base

# Debian's libspf2 comes without a pkg-config file on some releases.
PKGS := libcrypto libpsl libcares libidn2
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null || echo -lcrypto -lpsl -lcares -lidn2) -lspf2
# Of the tools alone.
TOOL_LIBS := $(shell pkg-config --libs sqlite3 zlib 2>/dev/null || echo -lsqlite3 -lz)
# report_store = postgresql:…, where libpq is there.
WITH_PGSQL ?= $(shell pkg-config --exists libpq 2>/dev/null && echo 1 || echo 0)
ifneq ($(WITH_PGSQL),0)
TOOL_LIBS += $(shell pkg-config --libs libpq 2>/dev/null || echo -lpq)
PGSQL_CFLAGS := -DWITH_PGSQL $(shell pkg-config --cflags libpq 2>/dev/null)
else
PGSQL_LEFT_OUT := $(wildcard tools/report/pgsql*.c)
endif
EXTRA_tools := $(PGSQL_CFLAGS)

WARN := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
	-Wformat=2 -Wvla -Wundef -Wwrite-strings -Wno-unknown-pragmas
ifneq ($(DEVELOPER),0)
WARN += -Werror
endif
ifeq ($(SANITIZE),)
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
else
HARDEN := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_LINK := -fsanitize=$(SANITIZE)
endif
HARDEN_LINK := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack

BASE_FLAGS := -std=gnu11 -D_GNU_SOURCE -Iinclude -fPIC -fvisibility=hidden $(WARN) $(HARDEN) $(PKG_CFLAGS)
COMPILE = $(CC) $(BASE_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP

OBJ := $(B)/obj
objs = $(patsubst %.c,$(OBJ)/%.o,$(1))
# psl-updater lies beside the module and is no part of it; its folder rules are the same.
USES_psl-updater := psl site base
# What stands in dmx.so for the NAME_library.c that links a library (dmx/base/library.h).
LATE_SRC := $(wildcard module/*/*_late.c)
FOLDER_SRC = $(filter-out $(LATE_SRC) $(PGSQL_LEFT_OUT),$(if $(filter psl-updater,$(1)),$(filter-out %/main.c,$(wildcard $(1)/*.c)),$(wildcard $(if $(filter $(1),$(TOOL_FOLDERS)),tools,module)/$(1)/*.c)))
folder_lib = $(B)/lib/$(1).a

MODULE_SRC := $(foreach f,$(FOLDERS),$(call FOLDER_SRC,$(f)))
EXIM_SRC := $(wildcard module/exim/*.c)
TOOL_SRC := $(wildcard tools/dmx/*.c)

.PHONY: all
all: $(B)/libdmx.a $(B)/dmx $(B)/dmx.so $(B)/psl-updater

$(OBJ)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(EXTRA_$(firstword $(subst /, ,$*))) -c -o $@ $<

# Objects are made anew when the compiler or its flags change.
FLAGS_NOW := $(CC) $(BASE_FLAGS) $(PGSQL_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
.PHONY: force
$(B)/flags: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' >$@

define folder_rules
$(call folder_lib,$(1)): $(call objs,$(call FOLDER_SRC,$(1)))
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach f,$(FOLDERS) $(TOOL_FOLDERS) psl-updater,$(eval $(call folder_rules,$(f))))

$(B)/libdmx.a: $(call objs,$(MODULE_SRC))
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

TOOL_FOLDER_LIBS := $(foreach f,$(TOOL_FOLDERS),$(call folder_lib,$(f)))
$(B)/dmx: $(call objs,$(TOOL_SRC)) $(TOOL_FOLDER_LIBS) $(B)/libdmx.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_LINK) $(HARDEN_LINK) -pie $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(TOOL_LIBS)

# It loads libcurl when there is something to fetch (psl-updater/curl_library.h).
UPDATER_LIBS := $(shell pkg-config --libs libpsl libidn2 2>/dev/null || echo -lpsl -lidn2)
$(B)/psl-updater: $(call objs,psl-updater/main.c) $(foreach f,psl-updater psl site base,$(call folder_lib,$(f)))
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_LINK) $(HARDEN_LINK) -pie $(LDFLAGS) -o $@ $^ $(UPDATER_LIBS)

# Only the entry points are visible, and our own names bind inside: Exim exports a local_scan of its own. Without start-up
# code: the module has no constructor, and four weak symbols that nobody has would be looked for in each library of Exim's.
SO_LINK := -shared $(if $(SANITIZE),,-nostartfiles)
$(B)/dmx.so: $(call objs,$(EXIM_SRC) $(LATE_SRC)) $(B)/libdmx.a module/exim/dmx.map
	$(call say,LD,$@)
	$(Q)$(CC) $(SO_LINK) $(SAN_LINK) $(HARDEN_LINK) -Wl,-Bsymbolic -Wl,--version-script=module/exim/dmx.map \
		-Wl,--gc-sections -Wl,--as-needed $(LDFLAGS) -o $@ $(filter-out %.map,$^) $(PKG_LIBS)

# ---- tests -----------------------------------------------------------------------------------------------------------

CHECK_LIBS := $(shell pkg-config --libs check 2>/dev/null || echo -lcheck)

# The scripted DNS of the DMARC tests.
UNIT_MORE_report := tests/unit/dmarc/world.c
# One program a folder, linked with that folder and those it may use: a forbidden arrow does not link.
define unit_rules
UNIT_SRC_$(1) := $$(wildcard tests/unit/$(1)/*.c) $$(UNIT_MORE_$(1))
ifneq ($$(UNIT_SRC_$(1)),)
UNIT_PROGRAMS += $(B)/unit/$(1)
endif
$(B)/unit/$(1): $$(call objs,$$(UNIT_SRC_$(1)) tests/unit/main.c) $(call folder_lib,$(1)) $(foreach u,$(USES_$(1)),$(call folder_lib,$(u)))
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $(SAN_LINK) $$(LDFLAGS) -o $$@ $$^ $$(CHECK_LIBS) $$(PKG_LIBS) $(if $(filter $(1),$(TOOL_FOLDERS)),$(TOOL_LIBS))
endef
UNIT_PROGRAMS :=
$(foreach f,$(FOLDERS) $(TOOL_FOLDERS) psl-updater,$(eval $(call unit_rules,$(f))))
EXTRA_tests := -Itests/unit -Wno-missing-prototypes $(PGSQL_CFLAGS)

.PHONY: unit unit-%
unit: $(UNIT_PROGRAMS)
# `make unit-mail` builds and runs the tests of one folder. Those of the reports have a PostgreSQL server started for them.
UNIT_WITH_report := tests/report/with_postgresql
unit-%: $(B)/unit/%
	$(UNIT_WITH_$*) $<

# ---- fuzzing ---------------------------------------------------------------------------------------------------------

# Each tests/fuzz/fuzz_NAME.c is a libFuzzer target; the first comment line that reads `FOLDER: x` says which folder it
# links. Without clang its corpus (tests/fuzz/NAME.in, NAME.repro) is replayed by a plain main.
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))
REPLAY_PROGRAMS := $(addprefix $(B)/replay/,$(FUZZ_NAMES))
$(B)/replay/%: $(OBJ)/tests/fuzz/fuzz_%.o $(OBJ)/tests/fuzz/replay.o $(call folder_lib,psl-updater) $(TOOL_FOLDER_LIBS) $(B)/libdmx.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_LINK) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(TOOL_LIBS)

$(B)/replay/aggregate $(B)/fuzz/aggregate: $(OBJ)/tests/unit/report/walk.o

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz:
	$(Q)$(MAKE) --no-print-directory CC=clang SANITIZE=address,undefined,fuzzer-no-link fuzz-programs
	$(Q)tests/fuzz/run $(FUZZ_SECONDS) build/sanitize-address-undefined-fuzzer-no-link/fuzz $(FUZZ_NAMES)
.PHONY: fuzz-programs
fuzz-programs: $(addprefix $(B)/fuzz/,$(FUZZ_NAMES))
$(B)/fuzz/%: $(OBJ)/tests/fuzz/fuzz_%.o $(call folder_lib,psl-updater) $(TOOL_FOLDER_LIBS) $(B)/libdmx.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined,fuzzer $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(TOOL_LIBS)

# ---- checks ----------------------------------------------------------------------------------------------------------

CONFORMANCE ?= ../shared/conformance
SCENARIOS := $(sort $(wildcard tests/scenario/*.scn))
EXIM_TESTS := $(sort $(wildcard tests/exim/test_*.py))
TORTURE_JOBS = -- torture/cache $(B)/torture/cache -- torture/bucket $(B)/torture/bucket
UNIT_JOBS = $(foreach p,$(UNIT_PROGRAMS),-- unit/$(notdir $(p)) $(UNIT_WITH_$(notdir $(p))) $(p)) \
	$(foreach n,$(FUZZ_NAMES),-- corpus/$(n) $(B)/replay/$(n) $(wildcard tests/fuzz/$(n).in/* tests/fuzz/$(n).repro/*))
REQUIREMENT_JOBS = -- requirements tests/requirements
# Reports, judged by programs that are not ours.
REPORT_JOBS = -- report/judge tests/report/judge --days $(B)/tests/days -- report/readers tests/report/readers --days $(B)/tests/days \
	-- report/send tests/report/send -- report/failures tests/report/failures -- report/owner tests/report/owner \
	-- report/killed tests/report/killed -- report/shared tests/report/shared -- report/turns tests/report/turns
SCENARIO_JOBS = -- scenario tests/scenario/run --cli $(B)/dmx $(SCENARIOS) -- command tests/command/run --cli $(B)/dmx \
	-- command/deps tests/command/deps -- command/uninstall tests/command/uninstall
# Signed by others at test time. libopendkim serves as a signer where it is there, and is linked with nothing else.
OPENDKIM := $(if $(wildcard /usr/include/opendkim/dkim.h),$(B)/cross/opendkim-sign)
CROSS_JOBS = -- cross tests/cross/run --cli $(B)/dmx $(if $(OPENDKIM),--opendkim $(OPENDKIM))
# The second one as Exim 4.99, which has expand_string under another name.
PRELOAD_HOST := $(B)/exim/preload-host $(B)/exim/preload-host-4.99
UPDATER_JOBS = -- psl-updater tests/psl-updater/run --program $(B)/psl-updater --dmx $(B)/dmx
EXIM_JOBS = -- exim/symbols tests/exim/symbols $(B)/dmx.so $(foreach h,$(PRELOAD_HOST),-- exim/$(notdir $(h)) $(h) $(B)/dmx.so) -- exim tests/exim/run --module $(B)/dmx.so --dmx $(B)/dmx \
	-- docs/commands tests/docs/commands --build $(B)

# Three hosts and one PostgreSQL: reporters, database and network fail.
FARM_JOBS = -- farm tests/farm/run --module $(B)/dmx.so

.PHONY: deps deps-build check check-unit check-torture check-scenario check-cross check-updater check-exim check-farm
deps:
	$(Q)contrib/dev/deps
# For a production server: no compiler of tests, no test programs.
deps-build:
	$(Q)contrib/dev/deps --build

# In its own make, so that what deps installed is seen by pkg-config.
check: deps
	$(Q)$(MAKE) --no-print-directory check-built

.PHONY: check-built
check-built: $(B)/tests/capsule
check-built: all man unit $(REPLAY_PROGRAMS) $(OPENDKIM) $(PRELOAD_HOST) $(B)/torture/cache $(B)/torture/bucket $(B)/tests/days $(B)/tests/journal
	$(Q)tests/run $(UNIT_JOBS) $(TORTURE_JOBS) $(REQUIREMENT_JOBS) $(REPORT_JOBS) $(SCENARIO_JOBS) $(CROSS_JOBS) \
		$(UPDATER_JOBS) $(EXIM_JOBS) $(FARM_JOBS)

check-unit: unit $(REPLAY_PROGRAMS)
	$(Q)tests/run $(UNIT_JOBS) $(REQUIREMENT_JOBS)

# Processes that are killed, stopped and jumped out of; about 20 s. A part of `make check`.
$(B)/torture/%: $(OBJ)/tests/torture/%.o $(B)/libdmx.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_LINK) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
check-torture: $(B)/torture/cache $(B)/torture/bucket
	$(Q)tests/run $(TORTURE_JOBS)

check-scenario: $(B)/dmx
	$(Q)tests/run $(SCENARIO_JOBS)

check-cross: $(B)/dmx $(OPENDKIM)
	$(Q)tests/run $(CROSS_JOBS)
$(B)/cross/opendkim-sign: tests/cross/opendkim_sign.c
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(CFLAGS) $(LDFLAGS) -o $@ $< -lopendkim

check-updater: all man
	$(Q)tests/run $(UPDATER_JOBS)

check-exim: all man $(PRELOAD_HOST)
	$(Q)tests/run $(EXIM_JOBS)
check-farm: all
	$(Q)tests/run $(FARM_JOBS)
# Its names must be seen by the module, as Exim's are.
$(B)/exim/preload-host-4.99: EXIM_NAMES := -Dexpand_string=expand_string_2
$(PRELOAD_HOST): tests/exim/preload_host.c
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(EXTRA_tests) $(EXIM_NAMES) $(CFLAGS) $(SAN_LINK) $(LDFLAGS) -rdynamic -o $@ $<

# The package in a scratch Debian; Exims built from Debian's sources, as many as the mirror has.
EXIM_SUITES ?= bookworm trixie sid
.PHONY: check-install check-install-built
check-install:
	$(Q)contrib/dev/deps --install
	$(Q)$(MAKE) --no-print-directory check-install-built
check-install-built: all man exim-build-files deb
	$(Q)contrib/dev/exim-sources build/exim-src $(EXIM_SUITES) || true
	$(Q)tests/run -- install/debian tests/install/debian --package build/dmx_*.deb --dir build/debian \
		-- install/exim-build tests/install/exim_build --sources build/exim-src --build $(B) --dmx $(B)/dmx \
		--module $(B)/dmx.so $(EXIM_SUITES)

# Reports of random days, for programs that are not ours to judge; and journals as the module writes them.
REPORT_DAYS := $(B)/tests/days
REPORT_CAPSULE := $(B)/tests/capsule
REPORT_JOURNAL := $(B)/tests/journal
$(REPORT_DAYS) $(REPORT_JOURNAL) $(REPORT_CAPSULE): $(B)/tests/%: $(OBJ)/tests/report/%.o $(TOOL_FOLDER_LIBS) $(B)/libdmx.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_LINK) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) $(TOOL_LIBS)

.PHONY: conformance
conformance: $(B)/dmx $(REPORT_DAYS)
	$(Q)tests/conformance --cli $(B)/dmx --minimum tests/data/conformance.min \
		--also 'tests/report/judge --days $(REPORT_DAYS) --count 1000 --schema $(CONFORMANCE)/schema' $(CONFORMANCE)

.PHONY: demo
demo:
	@[ "$$(id -u)" = 0 ] || { echo 'make demo: needs root, because Exim changes its user (sudo make demo)' >&2; exit 1; }
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)$(if $(FARM),tests/farm/demo,tests/exim/demo) --module $(B)/dmx.so $(if $(OUT),--out $(OUT)) $(if $(HOLD),--hold)

.PHONY: bench-micro
bench-micro: $(B)/bench/engine $(B)/bench/evaluation $(B)/bench/spf $(B)/bench/signatures $(B)/bench/cache $(B)/bench/journal \
	$(B)/bench/failure $(B)/bench/store $(B)/dmx
	$(Q)$(B)/bench/engine
	$(Q)$(B)/bench/evaluation
	$(Q)$(B)/bench/spf
	$(Q)tests/bench/rounds --cli $(B)/dmx
	$(Q)$(B)/bench/signatures
	$(Q)$(B)/bench/cache
	$(Q)$(B)/bench/journal
	$(Q)$(B)/bench/failure
	$(Q)tests/report/with_postgresql --durable $(B)/bench/store
.PHONY: bench-report bench-farm
bench-report: $(B)/dmx $(B)/tests/journal
	$(Q)tests/bench/report
# As root; some minutes. docs/SCALING.md counts on it.
bench-farm: $(B)/dmx $(B)/tests/journal
	$(Q)tests/bench/farm 1000000 20000 12 1 read
	$(Q)tests/bench/farm 1000000 20000 12 4 read
	$(Q)tests/bench/farm 100000 2000 12 4
$(B)/bench/signatures: $(OBJ)/tests/unit/arc/forge.o
$(B)/bench/%: $(OBJ)/tests/bench/%.o $(TOOL_FOLDER_LIBS) $(B)/libdmx.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_LINK) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS) $(TOOL_LIBS)

ROUNDS ?= 5
MESSAGES ?= 500
.PHONY: bench
bench:
	@[ "$$(id -u)" = 0 ] || { echo 'make bench: needs root, because Exim changes its user (sudo make bench)' >&2; exit 1; }
	$(Q)contrib/dev/deps --bench
	$(Q)$(MAKE) --no-print-directory all $(B)/bench/load $(B)/bench/null_module.so
	$(Q)tests/bench/system/run --module $(B)/dmx.so --tools $(B)/bench --rounds $(ROUNDS) --messages $(MESSAGES) \
		$(if $(ONLY),--only $(ONLY)) $(if $(OUT),--markdown $(OUT))
$(B)/bench/null_module.so: $(OBJ)/tests/bench/null_module.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared $(HARDEN_LINK) $(LDFLAGS) -o $@ $<

# ---- lint ------------------------------------------------------------------------------------------------------------

C_FILES := $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h' 2>/dev/null)
SHELL_FILES := $(shell git grep --untracked -lE '^\#!.*(bash|/sh)' -- ':!LICENSE' 2>/dev/null)

.PHONY: lint lint-compilers lint-format lint-tidy lint-cppcheck lint-shell lint-man layers
lint: lint-format lint-compilers lint-tidy lint-cppcheck lint-shell lint-man
	@echo 'lint: clean'

# Both compilers, all warnings errors, everything there is.
lint-compilers:
	$(Q)$(MAKE) --no-print-directory B=build/lint-gcc CC=gcc DEVELOPER=1 all unit $(REPLAY_PROGRAMS:build/%=build/lint-gcc/%)
	$(Q)$(MAKE) --no-print-directory B=build/lint-clang CC=clang DEVELOPER=1 all unit $(REPLAY_PROGRAMS:build/%=build/lint-clang/%)
	$(Q)$(MAKE) --no-print-directory B=build/lint-gcc CC=gcc DEVELOPER=1 exim-build-syntax

lint-format:
	$(Q)clang-format --dry-run --Werror $(C_FILES)

# What is compiled into Exim is module/exim once more.
TIDY_FILES := $(filter-out tests/% contrib/% $(PGSQL_LEFT_OUT),$(filter %.c,$(C_FILES)))
# A process a file: clang-tidy 14 no longer knows va_start in the second file of one that uses it.
lint-tidy:
	$(Q)printf '%s\n' $(TIDY_FILES) | xargs -P 2 -n 1 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- \
		$(BASE_FLAGS) $(PGSQL_CFLAGS) -DLOCAL_SCAN 2>/dev/null' tidy

lint-cppcheck:
	$(Q)cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,portability,performance \
		--suppress=missingIncludeSystem -D__GNUC__ -Iinclude -I/usr/include/exim4 module tools psl-updater

lint-shell:
	$(Q)shellcheck $(SHELL_FILES)

# Style remarks (a page that is not installed is referred to) do not count.
lint-man: man
	$(Q)mandoc -Tlint -W warning $(MAN_PAGES)

layers:
	$(Q)tests/layers $(foreach f,$(FOLDERS) $(TOOL_FOLDERS) psl-updater,'$(f):$(USES_$(f))') 'exim:pipeline dmarc arc dkim spf journal site psl dns mail base'

# ---- installing ------------------------------------------------------------------------------------------------------

MAN_PAGES := $(B)/man/dmx.1 $(B)/man/dmx.conf.5 $(B)/man/psl-updater.8
# Snippets for Exim's configuration.
EXAMPLES := $(shell cd contrib && find exim4 -type f ! -name dmx-bounces 2>/dev/null)
INSTALL_DIRS := $(PREFIX)/bin $(SBINDIR) $(MODULEDIR) $(SYSCONFDIR) $(PREFIX)/share $(CRONDIR) $(UNITDIR) $(SHAREDIR) $(SETUPDIR) /var/lib/dmx
SETUP_PARTS := setup psl-account report-dir unload
# What names a place that PREFIX moves.
PLACED := sed -e 's|/usr/share/dmx/|$(SHAREDIR)/|g' -e 's|/usr/lib/exim4/local_scan/|$(MODULEDIR)/|g'
.PHONY: install install-built uninstall
install: all man
	@$(MAKE) --no-print-directory install-built
# With what was built before, also where no compiler is. install(1) writes a new file and renames nothing: take the old one away
# first, a mapped module must not change. A directory that is there keeps its mode: /etc/exim4 may be closed to others.
install-built:
	@[ -n '$(DESTDIR)' ] || contrib/dev/may-write install $(INSTALL_DIRS)
	@for directory in $(PREFIX)/bin $(SBINDIR) $(MODULEDIR) $(SYSCONFDIR) $(PREFIX)/share/man/man1 $(PREFIX)/share/man/man5 \
		$(PREFIX)/share/man/man8 $(PREFIX)/share/doc/dmx $(CRONDIR) $(UNITDIR) $(SHAREDIR) $(SETUPDIR); do \
		[ -d "$(DESTDIR)$$directory" ] || install -d -m 0755 "$(DESTDIR)$$directory" || exit 1; done
	install -m 0755 $(B)/dmx $(DESTDIR)$(PREFIX)/bin/dmx
	install -m 0644 $(B)/dmx.so $(DESTDIR)$(MODULEDIR)/.dmx.so.new
	mv -f $(DESTDIR)$(MODULEDIR)/.dmx.so.new $(DESTDIR)$(MODULEDIR)/dmx.so
	install -m 0644 $(B)/man/dmx.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 0644 $(B)/man/dmx.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 0644 README.md LICENSE docs/NEWS.md docs/FARM.md docs/SCALING.md docs/MIGRATION.md docs/TROUBLESHOOTING.md $(DESTDIR)$(PREFIX)/share/doc/dmx/
	$(B)/dmx config sample >$(DESTDIR)$(PREFIX)/share/doc/dmx/dmx.conf.sample
	[ -e $(DESTDIR)$(SYSCONFDIR)/dmx.conf ] || install -m 0644 contrib/dmx.conf $(DESTDIR)$(SYSCONFDIR)/dmx.conf
	install -m 0755 $(B)/psl-updater $(DESTDIR)$(SBINDIR)/psl-updater
	install -m 0644 $(B)/man/psl-updater.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -m 0644 contrib/systemd/psl-updater.timer $(DESTDIR)$(UNITDIR)/
	sed 's|@SBINDIR@|$(SBINDIR)|g' contrib/systemd/psl-updater.service >$(DESTDIR)$(UNITDIR)/psl-updater.service
	sed 's|@SBINDIR@|$(SBINDIR)|g' contrib/cron/psl-updater >$(DESTDIR)$(CRONDIR)/psl-updater
	install -m 0644 contrib/exim4/dmx-bounces $(DESTDIR)$(PREFIX)/share/doc/dmx/
	install -m 0644 contrib/systemd/dmx-report.timer $(DESTDIR)$(UNITDIR)/
	sed 's|@BINDIR@|$(PREFIX)/bin|g' contrib/systemd/dmx-report.service >$(DESTDIR)$(UNITDIR)/dmx-report.service
	sed 's|@BINDIR@|$(PREFIX)/bin|g' contrib/cron/dmx-report >$(DESTDIR)$(CRONDIR)/dmx-report
	chmod 0644 $(DESTDIR)$(UNITDIR)/dmx-report.service $(DESTDIR)$(CRONDIR)/dmx-report
	sed -e 's|@SHAREDIR@|$(SHAREDIR)|g' -e 's|@MODULEDIR@|$(MODULEDIR)|g' contrib/exim4.conf.in >$(DESTDIR)$(SHAREDIR)/exim4.conf
	chmod 0644 $(DESTDIR)$(UNITDIR)/psl-updater.service $(DESTDIR)$(CRONDIR)/psl-updater $(DESTDIR)$(SHAREDIR)/exim4.conf \
		$(DESTDIR)$(PREFIX)/share/doc/dmx/dmx.conf.sample
	cd contrib && for file in $(EXAMPLES); do \
		to=$(abspath $(DESTDIR)/$(PREFIX))/share/doc/dmx/examples/$$file; \
		install -D -m 0644 /dev/null $$to && $(PLACED) $$file >$$to || exit 1; done
	install -m 0755 $(addprefix contrib/dev/,$(SETUP_PARTS)) $(DESTDIR)$(SETUPDIR)/
	@contrib/dev/setup '$(DESTDIR)'
	@[ -n '$(DESTDIR)' ] || printf '%s\n' 'install: done. Exim loads it by one line in its main section, .include_if_exists $(SHAREDIR)/exim4.conf:' \
		'install: README.md says where it belongs; then `dmx selftest`, and restart Exim'

# First of all Exim is made to go on without it.
uninstall:
	@[ -n '$(DESTDIR)' ] || contrib/dev/may-write uninstall $(INSTALL_DIRS)
	@[ -n '$(DESTDIR)' ] || contrib/dev/unload '$(SHAREDIR)/exim4.conf' '$(MODULEDIR)/dmx.so'
	@[ -n '$(DESTDIR)' ] || [ ! -d /run/systemd/system ] || systemctl -q disable --now psl-updater.timer dmx-report.timer || true
	rm -f $(DESTDIR)$(PREFIX)/bin/dmx $(DESTDIR)$(MODULEDIR)/dmx.so $(DESTDIR)$(PREFIX)/share/man/man1/dmx.1 \
		$(DESTDIR)$(PREFIX)/share/man/man5/dmx.conf.5 $(DESTDIR)$(PREFIX)/share/man/man8/psl-updater.8 \
		$(DESTDIR)$(SBINDIR)/psl-updater $(DESTDIR)$(CRONDIR)/psl-updater $(DESTDIR)$(UNITDIR)/psl-updater.service \
		$(DESTDIR)$(UNITDIR)/psl-updater.timer
	rm -f $(DESTDIR)$(CRONDIR)/dmx-report $(DESTDIR)$(UNITDIR)/dmx-report.service $(DESTDIR)$(UNITDIR)/dmx-report.timer
	rm -f $(DESTDIR)$(SHAREDIR)/exim4.conf $(addprefix $(DESTDIR)$(SETUPDIR)/,$(SETUP_PARTS))
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/dmx
	-rmdir $(DESTDIR)$(SHAREDIR) $(DESTDIR)$(SETUPDIR) 2>/dev/null
	@[ -n '$(DESTDIR)' ] || contrib/dev/what-stays

# ---- Debian package ----------------------------------------------------------------------------------------------------

.PHONY: deb
deb:
	$(Q)contrib/dev/make-deb build

# ---- compiled into Exim ----------------------------------------------------------------------------------------------

# All that Exim's own build needs besides libdmx.a. Options that only the tools read stay in dmx.conf.
EXIM_BUILD := $(B)/exim-build
EXIM_BUILD_FILES := $(addprefix $(EXIM_BUILD)/,dmx_options.inc dmx_sources.inc dmx_local_scan.c Makefile.dmx)
.PHONY: exim-build exim-build-files
exim-build-files: $(B)/libdmx.a $(EXIM_BUILD_FILES)
exim-build: exim-build-files
	@cat contrib/exim-build/HOWTO
	@echo
	@cat $(EXIM_BUILD)/Makefile.dmx
$(EXIM_BUILD)/dmx_options.inc: $(B)/dmx
	@mkdir -p $(@D)
	$(Q)$(B)/dmx config sample | sed -nE 's/^#?([a-z_0-9]+) =( .*)?$$/DMX_EXIM_OPTION(\1)/p' | \
		grep -vE '\((report|psl|mask|failure)_|\((reserved_ips|journal_history|sendmail|precedence_bulk)\)' | LC_ALL=C sort >$@
$(EXIM_BUILD)/dmx_sources.inc: $(EXIM_SRC) Makefile
	@mkdir -p $(@D)
	@printf '#include "%s"\n' $(filter-out %/preload.c,$(EXIM_SRC)) >$@
$(EXIM_BUILD)/dmx_local_scan.c: contrib/exim-build/dmx_local_scan.c
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(EXIM_BUILD)/Makefile.dmx: contrib/exim-build/Makefile.dmx.in Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's|@DMX@|$(CURDIR)|g' -e 's|@BUILD@|$(abspath $(B))|g' -e 's|@CFLAGS@|$(PKG_CFLAGS)|' \
		-e 's|@LIBS@|$(PKG_LIBS)|' $< >$@

# As Exim's make would compile it, against the header of exim4-dev: one file, so no two of ours may share a static name.
.PHONY: exim-build-syntax
exim-build-syntax: $(EXIM_BUILD_FILES)
	$(Q)$(CC) -std=gnu11 $(WARN) -fsyntax-only -DLOCAL_SCAN -D_GNU_SOURCE -I. -Iinclude -I$(EXIM_BUILD) \
		-isystem /usr/include/exim4 $(EXIM_BUILD)/dmx_local_scan.c

.PHONY: man clean help
man: $(MAN_PAGES)
$(B)/man/dmx.1 $(B)/man/psl-updater.8: $(B)/man/%: docs/man/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
# The list of options comes from the schema table.
$(B)/man/dmx.conf.5: docs/man/dmx.conf.5.in $(B)/dmx
	@mkdir -p $(@D)
	$(Q)$(B)/dmx config mdoc >$@.list
	$(Q)sed -e '/^@OPTIONS@$$/{r $@.list' -e 'd}' $< >$@ && rm $@.list

clean:
	rm -rf build

help:
	@echo 'make            build/libdmx.a, build/dmx.so (the module for Exim), build/dmx (the command line), build/psl-updater'
	@echo 'make demo       as root: from a fresh machine to a private Exim that judges real mail; OUT=DIR keeps what it made,'
	@echo '                HOLD=1 leaves Exim running until Enter, to try it by hand; FARM=1: three hosts and one PostgreSQL'
	@echo 'make check      as root: install what is missing, build, run every test; parts: check-unit check-scenario'
	@echo '                check-cross check-torture check-updater check-exim check-farm'
	@echo '                unit-FOLDER runs the unit tests of one folder of module/'
	@echo 'make deb        the Debian package, build/dmx_VERSION_ARCH.deb'
	@echo 'make conformance CONFORMANCE=DIR   third-party suites against build/dmx'
	@echo 'make lint layers   formatting, gcc and clang with all warnings, clang-tidy, cppcheck, shellcheck; include arrows'
	@echo 'make fuzz FUZZ_SECONDS=60   every fuzz target under ASan and UBSan'
	@echo 'make bench      as root: processor time a message beside a bare Exim, an empty module, Exim'"'"'s own checks and rspamd;'
	@echo '                ROUNDS=5 MESSAGES=500 ONLY=dmx,rspamd OUT=docs/BENCHMARKS.md (writes that page)'
	@echo 'make bench-micro bench-report bench-farm   time the engine without Exim; a day of mail from the journal to reports, in SQLite'
	@echo '                and, as root, in PostgreSQL'
	@echo 'make install uninstall PREFIX=/usr DESTDIR=   files in place; MODULEDIR= for the module'
	@echo 'make deps       what is missing of compilers, headers and test programs, from Debian; adds the account Debian-exim'
	@echo 'make deps-build only what building and running dmx takes: for a production server'
	@echo 'make exim-build what it takes to compile dmx into an Exim that is built from source, and how'
	@echo 'make check-install   as root: the package in a scratch Debian; Exims built from Debian'"'"'s sources, with dmx inside and loaded'
	@echo 'make man clean  manual pages in build/man; remove build/'
	@echo
	@echo 'Settings: CC=clang  DEVELOPER=1 (warnings are errors)  SANITIZE=address,undefined  V=1 (show commands)'
	@echo '          WITH_PGSQL=0 (no report_store = postgresql:; the default follows libpq-dev)'

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
