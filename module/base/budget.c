/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/budget.h"

#include <stddef.h>

#include "dmx/base/banned.h"

uint64_t dmx_budget_left_ms(const struct dmx_budget *budget)
{
    if (!budget->now_ms)
        return UINT64_MAX;
    uint64_t now = budget->now_ms();
    return now < budget->at_ms ? budget->at_ms - now : 0;
}

bool dmx_budget_spent(const struct dmx_budget *budget)
{
    return dmx_budget_left_ms(budget) == 0;
}
