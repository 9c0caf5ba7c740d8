/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * on_reject = corroborated. RFC 9989 section 7.4: a receiver must not refuse mail on p=reject alone, since mail that was
 * passed on fails DMARC without being forged. It is refused if a positive signal says so besides the policy, and
 * nothing shows an indirect flow.
 */
#ifndef DMX_PIPELINE_CORROBORATE_H
#define DMX_PIPELINE_CORROBORATE_H

#include "scene.h"

/*
 * Whether a failing message with p=reject may be refused. Fills verdict->corroboration and writes the override that
 * names both, the signal and the sign of an indirect flow.
 *
 * A sign by which a message is quarantined instead of refused must be proved, not written: list headers count only with
 * a verified signature of the list's, a signature of the author's organization only if that organization has really
 * signed the header, an ARC chain only when it is intact. So nothing that a forger merely adds counts for him. What
 * nobody can tell apart from a mailing list or another forwarder is a forger who signs or seals as one: he reaches
 * quarantine, and never more.
 */
bool corroborate(const struct scene *scene);

#endif
