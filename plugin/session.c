/* session.c
 * When the analysis is made, and how long it holds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "session.h"

#include <string.h>

static struct {
    hr_model *model;
    hr_analysis *analysis;
    uint32_t analysed_frames; /* frames that the analysis covers */
    int64_t analysis_end_us;  /* when it was made, and how long that took */
    int64_t analysis_took_us;
    hr_frame_map *frames;
    bool is_blind;
} session;

void hr_session_begin(const hr_settings *settings, bool sees_packets)
{
    session.is_blind = !sees_packets;
    session.model = hr_model_new(settings);
    session.frames = hr_frame_map_new();
}

void hr_session_end(void)
{
    hr_analysis_free(session.analysis);
    hr_model_free(session.model);
    hr_frame_map_free(session.frames);
    memset(&session, 0, sizeof(session));
}

bool hr_session_sees_packets(void)
{
    return !session.is_blind;
}

hr_model *hr_session_model(void)
{
    return session.model;
}

hr_frame_map *hr_session_frames(void)
{
    return session.frames;
}

const hr_analysis *hr_session_analysis(void)
{
    if (session.model == NULL) {
        return NULL;
    }
    const uint32_t frames = hr_model_frame_count(session.model);
    if (session.analysis == NULL || session.analysed_frames != frames) {
        const int64_t begin_us = g_get_monotonic_time();
        hr_analysis_free(session.analysis);
        session.analysis = hr_analyse(session.model);
        session.analysed_frames = frames;
        session.analysis_end_us = g_get_monotonic_time();
        session.analysis_took_us = session.analysis_end_us - begin_us;
    }
    return session.analysis;
}

const hr_analysis *hr_session_analysis_for_display(void)
{
    const int64_t since_us = g_get_monotonic_time() - session.analysis_end_us;

    if (session.analysis != NULL && since_us < session.analysis_took_us * 10) {
        return session.analysis;
    }
    return hr_session_analysis();
}
