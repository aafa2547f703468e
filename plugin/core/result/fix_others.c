/* fix_others.c
 * What else an item may be: what leaves the same packets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "core/result/fix_words.h"

/* By form of body-undrained, DESIGN section 5. */
static const char *const undrained_others[] = {
    "a request that was cancelled or timed out while its answer came",
    "a socket that was set to close by a reset",
    "a client object or process for each call; the end of the program; a pool that keeps no more"
    " idle connections",
};

static void append_other(GString *text, size_t begin, const char *other)
{
    if (other != NULL) {
        g_string_append_printf(text, "%s%s", text->len > begin ? "; " : "", other);
    }
}

void hr_fix_append_others(GString *text, const hr_fix *fix)
{
    const size_t begin = text->len;

    append_other(text, begin, hr_change_words_of(fix->change)->others);
    if (hr_fix_is_close_by_name(fix)) {
        append_other(text, begin,
                     "a proxy between that says it and passes User-Agent on (nginx, where"
                     " proxy_set_header does not empty Connection)");
    }
    if (fix->change == HR_CHANGE_EXPIRE_SOONER && fix->reset_unasked > 0) {
        append_other(text, begin,
                     "a device on the way (NAT, load balancer, firewall) that had forgotten the"
                     " idle connection and answered by a reset: no FIN had come before");
    }
    if (hr_fix_may_be_passed_on(fix)) {
        append_other(
            text, begin,
            "a proxy that passes on what its upstream answered, which closes because the"
            " proxy asks for it (Node.js http-proxy without an agent, Varnish's pipe): mend"
            " its requests to the upstream first");
    }
    if (fix->change == HR_CHANGE_KEEP_CLIENT && hr_fix_may_have_been_announced(fix)) {
        append_other(text, begin,
                     "Connection: close, said by either side where nobody can read it");
    }
    for (size_t form = 0; form < G_N_ELEMENTS(undrained_others); form++) {
        append_other(text, begin, fix->forms[form] > 0 ? undrained_others[form] : NULL);
    }
}
