/* texts.c
 * What there is to say about each finding, once for the capture: the words are constant, those for
 * a client's library too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/advice.h"
#include "present/ndjson/records.h"

/* By code and library: whether a finding of the capture has words of its own. */
typedef struct {
    bool has[HR_FINDING_COUNT][HR_PRODUCT_COUNT];
} libraries;

static libraries *libraries_of(const hr_analysis *analysis)
{
    libraries *seen = g_new0(libraries, 1);

    for (size_t i = 0; i < hr_analysis_finding_count(analysis); i++) {
        const hr_finding finding = hr_analysis_finding(analysis, i);
        if (finding.connection != NULL && hr_advice_is_for(finding.code)) {
            seen->has[finding.code][hr_library_of(finding.connection)] = true;
        }
    }
    return seen;
}

static void put_sentences(hr_json *json, const hr_finding_kind *kind)
{
    const char *gap = kind->advice[0] != '\0' ? " " : "";
    char *text = g_strdup_printf("%s.%s%s", kind->sentence, gap, kind->advice);

    hr_json_string(json, kind->token, text);
    g_free(text);
}

static void put_library(hr_json *json, hr_finding_code code, hr_library library)
{
    GString *text = g_string_new(NULL);

    if (hr_advice_append(text, code, library)) {
        hr_json_string(json, hr_library_name(library), text->str);
    }
    g_string_free(text, TRUE);
}

void hr_record_put_texts(hr_json *json, const hr_analysis *analysis)
{
    const hr_totals *totals = hr_analysis_totals(analysis);
    libraries *seen = libraries_of(analysis);

    hr_json_begin_object(json, "finding_texts");
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        if (totals->findings[code] > 0) {
            put_sentences(json, hr_finding_kind_of(code));
        }
    }
    hr_json_end_object(json);
    hr_json_begin_object(json, "finding_advice");
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        if (totals->findings[code] > 0 && hr_advice_is_for(code)) {
            hr_json_begin_object(json, hr_finding_kind_of(code)->token);
            for (hr_library library = HR_LIBRARY_UNKNOWN + 1; library < HR_PRODUCT_COUNT;
                 library++) {
                if (seen->has[code][library]) {
                    put_library(json, code, library);
                }
            }
            hr_json_end_object(json);
        }
    }
    hr_json_end_object(json);
    g_free(seen);
}
