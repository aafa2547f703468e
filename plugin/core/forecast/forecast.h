/* forecast.h
 * What a change would bring: how many connections an origin's own requests would have opened, and
 * what their setup would have taken. A forecast is as good as the model explains what was captured,
 * and where it does not, there is none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_FORECAST_H
#define HR_CORE_FORECAST_FORECAST_H

#include "core/forecast/replay.h"

typedef struct hr_forecaster hr_forecaster;

typedef struct {
    hr_outcome captured; /**< what the capture shows */
    hr_outcome modelled; /**< what the model makes of it with nothing changed */
    hr_outcome changed;  /**< ... and with the changes */
    uint32_t explained;  /**< captured connections less those that the model has too many or few */
    bool is_given;       /**< the model is at most HR_FORECAST_TOLERANCE_PERCENT off */
} hr_forecast;

enum {
    HR_FORECAST_TOLERANCE_PERCENT = 10
};

/**
 * Prepares forecasts of @facts, whose endings must be known; O(n log n) in requests. The caller
 * owns the result and frees it with hr_forecaster_free(), before the facts.
 */
hr_forecaster *hr_forecaster_new(const hr_origin_facts *facts, const hr_settings *settings);
void hr_forecaster_free(hr_forecaster *forecaster);

/** O(n log n) as well. Where is_given is false, `changed` is what was captured. */
hr_forecast hr_forecaster_ask(const hr_forecaster *forecaster, const hr_whatif *changes);

/** Likewise, of a change that only those programs make of which one of @connections is (of const
 * hr_connection; those of other origins are passed over). */
hr_forecast hr_forecaster_ask_of(const hr_forecaster *forecaster, const hr_whatif *changes,
                                 const GPtrArray *connections);

/** The forecast of no origin, and the sum with that of another. */
hr_forecast hr_forecast_none(void);
void hr_forecast_add(hr_forecast *sum, const hr_forecast *forecast);

#endif
