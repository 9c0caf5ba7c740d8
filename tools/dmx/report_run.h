/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/* The pieces of `dmx report run`. Each gives an exit code, after a complaint. */
#ifndef DMX_TOOLS_REPORT_RUN_H
#define DMX_TOOLS_REPORT_RUN_H

#include "dmx/report/mailer.h"
#include "report.h"

/* Catches the signals that end a run, and opens the store. */
int report_begin(struct report_task *task, enum dmx_store_mode mode);

/* All that is to be done: failure reports, the journal, the reports of days that are over, their mails. */
int report_pass(struct report_task *task);
/* Mails alone whose time has come, between two passes. */
int report_pass_of_mail(struct report_task *task);
/* Failure reports alone: those of this host, whoever has the lock of a shared store. */
int report_turn_of_failures(struct report_task *task);
/* Tells what would be sent. */
int report_dry_run(struct report_task *task);

struct dmx_mailer report_mailer_of(struct report_task *task);
/* Tells what became of the mails. */
int report_finish_mail(const struct report_task *task, enum dmx_status status, const struct dmx_mailer_result *result);

#endif
