/* fuzz_core.c
 * The core under libFuzzer: whatever happens, the books balance, an analysis says the same a second
 * time, and it says the same whether somebody had looked before. replay.c runs the same without
 * libFuzzer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/model/route.h"
#include "core/result/analysis.h"
#include "input.h"

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(claim)                                                                               \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* ---- what was decided, as text ---- */

static void print_request(GString *out, const hr_request *request)
{
    g_string_append_printf(out, " r%u n%u%s s%d d%d c%u i%" PRId64 " C%d a%u,%u f%x\n", request->id,
                           request->number, request->is_number_exact ? "" : "+",
                           (int)request->status, (int)request->delivery, request->concurrency,
                           request->idle_ns, (int)request->complete, request->response_frame,
                           request->response_code, request->findings);
}

static void print_connection(GString *out, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_opening *opening = hr_connection_opening(connection);

    g_string_append_printf(out,
                           "client %u, why %d %u, cause %d by %d first %d %d at %u idle %" PRId64
                           " %" PRId64 " sure %d limit %u timers %u tw %d f%x\n",
                           connection->client, (int)opening->why,
                           opening->connection != NULL ? opening->connection->first_seen.frame : 0,
                           (int)ending->cause, (int)ending->by, (int)ending->first_closer,
                           (int)ending->first_fin, ending->at.frame, ending->after_idle_ns,
                           ending->after_rest_ns, (int)ending->certainty, ending->limit,
                           ending->timer_count, (int)connection->time_wait, connection->findings);
    for (const hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        print_request(out, request);
    }
}

static void print_sums(GString *out, const hr_sums *sums)
{
    g_string_append_printf(
        out, "%u %u %u %u, %u %u %u %u, %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
        sums->requests, sums->new_requests, sums->reused, sums->unknown, sums->connections,
        sums->opened, sums->unused, sums->avoidable_connections, sums->avoidable_setup_ns,
        sums->saved_setup_ns, sums->setup_total_ns, sums->setup_median_ns);
}

static char *decided(const hr_analysis *analysis)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < hr_analysis_connection_count(analysis); i++) {
        print_connection(out, hr_analysis_connection(analysis, i));
    }
    for (size_t i = 0; i < hr_analysis_origin_count(analysis); i++) {
        print_sums(out, &hr_analysis_origin(analysis, i)->sums);
    }
    print_sums(out, &hr_analysis_totals(analysis)->sums);
    return g_string_free(out, FALSE);
}

/* ---- what holds of everything ---- */

static void check_request(const hr_request *request, const hr_request *before)
{
    HOLDS(request->status == HR_STATUS_NEW || request->status == HR_STATUS_REUSED ||
          request->status == HR_STATUS_UNKNOWN);
    HOLDS(request->number > (before != NULL ? before->number : 0));
    HOLDS(request->status != HR_STATUS_NEW || before == NULL);
    HOLDS(before == NULL || request->status == HR_STATUS_REUSED);
    HOLDS(request->idle_ns == HR_TIME_NONE || request->idle_ns >= 0);
    HOLDS(request->number > 1 || request->idle_ns == HR_TIME_NONE);
    HOLDS(!request->is_number_exact || request->connection->is_opening_seen);
    HOLDS(request->concurrency >= 1);
    HOLDS(hr_request_response_time_ns(request) == HR_TIME_NONE ||
          hr_request_response_time_ns(request) >= 0);
}

static bool is_explained_by_another(hr_why why)
{
    return why == HR_WHY_ALL_BUSY || why == HR_WHY_STREAMS_EXHAUSTED ||
           why == HR_WHY_PREVIOUS_CLOSED || why == HR_WHY_IDLE_AVAILABLE;
}

/* Nothing is expected of a connection behind its end. */
static bool is_open_at(const hr_connection *idle, const hr_connection *opened)
{
    const uint32_t closed_frame = idle->ending.at.frame;
    return closed_frame == 0 || closed_frame > opened->opened.frame;
}

static void check_opening(const hr_connection *connection)
{
    const hr_opening *opening = hr_connection_opening(connection);

    HOLDS(connection->is_opening_seen || opening->why == HR_WHY_NONE);
    /* None was judged; what is in doubt later has none either. */
    HOLDS(!connection->is_opening_seen || connection->judged.seen.why != HR_WHY_NONE ||
          hr_connection_opening(connection)->connection == NULL);
    HOLDS(opening->connection != connection);
    HOLDS(!is_explained_by_another(opening->why) || opening->connection != NULL);
    HOLDS(opening->why != HR_WHY_IDLE_AVAILABLE || opening->connection == NULL ||
          is_open_at(opening->connection, connection));
    HOLDS(opening->connection == NULL || opening->connection->is_in_scope);
}

static void check_connection(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_request *before = NULL;
    uint32_t outstanding = 0;
    uint32_t count = 0;

    for (const hr_request *request = connection->first_request; request != NULL;
         before = request, request = request->next) {
        HOLDS(request->connection == connection && request->previous == before);
        check_request(request, before);
        outstanding += !request->is_done;
        count++;
        HOLDS(request->number >= count && (!request->is_number_exact || request->number == count));
    }
    HOLDS(connection->outstanding == outstanding && connection->request_count == count);
    check_opening(connection);
    HOLDS(ending->cause > HR_CLOSE_NONE && ending->cause < HR_CLOSE_COUNT);
    /* A tunnel ends with what it runs in, which may be before anybody spoke inside. */
    HOLDS(ending->at.frame == 0 || connection->transport == HR_TRANSPORT_TUNNEL ||
          (ending->at.frame >= connection->first_seen.frame &&
           ending->at.frame <= connection->last_seen.frame));
    HOLDS(ending->timer_count <= HR_TIMER_CANDIDATES);
    HOLDS(ending->after_idle_ns == HR_TIME_NONE || ending->after_idle_ns >= 0);
    HOLDS(ending->after_rest_ns == HR_TIME_NONE || ending->after_rest_ns >= 0);
    HOLDS(hr_connection_setup_ns(connection) == HR_TIME_NONE ||
          hr_connection_setup_ns(connection) >= 0);
}

static uint32_t sum_of(const uint32_t *counts, size_t length)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < length; i++) {
        sum += counts[i];
    }
    return sum;
}

static void check_sums(const hr_sums *sums)
{
    HOLDS(sums->requests == sums->new_requests + sums->reused + sums->unknown);
    HOLDS(sums->avoidable_connections <= sums->opened && sums->opened <= sums->connections);
    HOLDS(sum_of(sums->by_transport, G_N_ELEMENTS(sums->by_transport)) == sums->connections);
    HOLDS(sums->setup_total_ns == HR_TIME_NONE || sums->setup_total_ns >= 0);
    HOLDS(sums->setup_median_ns == HR_TIME_NONE || sums->setup_median_ns <= sums->setup_total_ns);
    HOLDS(sums->avoidable_setup_ns == HR_TIME_NONE || sums->avoidable_setup_ns >= 0);
    HOLDS(sums->saved_setup_ns == HR_TIME_NONE || sums->saved_setup_ns >= 0);
}

static void check_reasons(const uint32_t *why, const uint32_t *ended, const hr_sums *sums)
{
    HOLDS(sum_of(ended, HR_CLOSE_COUNT) == sums->connections);
    HOLDS(sum_of(why, HR_WHY_COUNT) == sums->connections);
    HOLDS(sum_of(why + 1, HR_WHY_COUNT - 1) <= sums->opened);
}

/* What is counted; durations are summed apart, as each may be absent. */
static void add_counts(hr_sums *all, const hr_sums *sums)
{
    all->requests += sums->requests;
    all->new_requests += sums->new_requests;
    all->reused += sums->reused;
    all->connections += sums->connections;
    all->opened += sums->opened;
    all->unused += sums->unused;
    all->opaque += sums->opaque;
    all->tls_full += sums->tls_full;
    all->tls_resumed += sums->tls_resumed;
    all->avoidable_connections += sums->avoidable_connections;
}

static void expect_equal_counts(const hr_sums *one, const hr_sums *other)
{
    HOLDS(one->requests == other->requests && one->new_requests == other->new_requests &&
          one->reused == other->reused);
    HOLDS(one->connections == other->connections && one->opened == other->opened &&
          one->unused == other->unused && one->opaque == other->opaque);
    HOLDS(one->tls_full == other->tls_full && one->tls_resumed == other->tls_resumed);
    HOLDS(one->avoidable_connections == other->avoidable_connections);
}

static void check_totals(const hr_analysis *analysis, const hr_model *model)
{
    const hr_totals *totals = hr_analysis_totals(analysis);
    const hr_sums *sums = &totals->sums;
    hr_sums of_origins = {0};

    HOLDS(sums->requests == hr_model_request_count(model));
    HOLDS(sums->connections == hr_analysis_connection_count(analysis));
    HOLDS(sums->connections + totals->other_connections + totals->copies + totals->halves ==
          hr_model_connection_count(model));
    check_sums(sums);
    check_reasons(totals->why, totals->ended, sums);
    for (size_t i = 0; i < hr_analysis_origin_count(analysis); i++) {
        const hr_origin *origin = hr_analysis_origin(analysis, i);
        check_sums(&origin->sums);
        check_reasons(origin->why, origin->ended, &origin->sums);
        HOLDS(origin->peak_concurrency <= origin->sums.requests);
        add_counts(&of_origins, &origin->sums);
    }
    expect_equal_counts(&of_origins, sums);
}

/* Its name and scheme were known from the first request on, and its SYN came first. */
static bool is_plain(const hr_connection *connection)
{
    return connection->is_opening_seen &&
           connection->opened.frame == connection->first_seen.frame &&
           connection->transport == HR_TRANSPORT_TCP && connection->name != NULL &&
           connection->first_request != NULL && !connection->has_several_names &&
           hr_request_stream(connection->first_request) < 0 && !connection->is_tls;
}

static bool have_one_key(const hr_connection *one, const hr_connection *other)
{
    return one->name == other->name && one->is_https == other->is_https &&
           hr_connection_client(one)->endpoint.address ==
               hr_connection_client(other)->endpoint.address &&
           hr_endpoint_equal(&hr_connection_server(one)->endpoint,
                             &hr_connection_server(other)->endpoint);
}

/* Of a key only one connection is the first. */
static void check_first_contacts(const hr_analysis *analysis)
{
    const size_t count = hr_analysis_connection_count(analysis);

    for (size_t i = 0; i < count; i++) {
        const hr_connection *first = hr_analysis_connection(analysis, i);
        for (size_t k = 0; k < count && is_plain(first); k++) {
            const hr_connection *later = hr_analysis_connection(analysis, k);
            HOLDS(hr_connection_opening(later)->why != HR_WHY_FIRST_CONTACT || !is_plain(later) ||
                  later->opened.frame <= hr_request_frame(first->first_request) ||
                  !have_one_key(first, later));
        }
    }
}

static void check_findings(const hr_analysis *analysis, const hr_model *model)
{
    for (size_t i = 0; i < hr_analysis_finding_count(analysis); i++) {
        const hr_finding finding = hr_analysis_finding(analysis, i);
        HOLDS(finding.frame > 0 && finding.frame <= hr_model_frame_count(model));
        HOLDS(finding.connection->is_in_scope || finding.code == HR_FINDING_NOT_DISSECTED);
    }
}

/* ---- an input ---- */

static char *analysed(hr_model *model)
{
    hr_analysis *analysis = hr_analyse(model);
    char *text = decided(analysis);

    if (g_getenv("FUZZ_SHOW") != NULL) {
        fputs(text, stderr);
    }
    for (size_t i = 0; i < hr_analysis_connection_count(analysis); i++) {
        check_connection(hr_analysis_connection(analysis, i));
    }
    check_totals(analysis, model);
    check_first_contacts(analysis);
    check_findings(analysis, model);
    hr_analysis_free(analysis);
    return text;
}

static void look(hr_model *model)
{
    g_free(analysed(model));
}

static void expect_same(const char *one, const char *other, const char *why)
{
    if (g_strcmp0(one, other) != 0) {
        fprintf(stderr, "%s:\n%s---\n%s", why, one, other);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hr_settings settings = hr_settings_default();
    hr_model *model = hr_model_new(&settings);
    hr_model *watched = hr_model_new(&settings);

    fuzz_feed(model, data, size, NULL);
    char *once = analysed(model);
    char *twice = analysed(model);
    expect_same(once, twice, "a second analysis says something else");
    fuzz_feed(watched, data, size, look);
    char *seen = analysed(watched);
    expect_same(once, seen, "an analysis in between changes what is said");
    g_free(seen);
    g_free(twice);
    g_free(once);
    hr_model_free(watched);
    hr_model_free(model);
    return 0;
}
