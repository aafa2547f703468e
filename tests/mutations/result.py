"""What to change, and what it costs.

SPDX-License-Identifier: GPL-2.0-or-later
"""
ROWS = [
    ("result/changes.c", "!connection->is_opening_seen && connection->request_count == 0 &&",
     "connection->request_count == 0 &&"),
    ("result/items.c", "if (one.origin != fix->origin) {", "if (true) {"),
    # what belongs to an item
    ("result/changes.c",
     "cause == HR_CLOSE_SERVER_CLOSE_HEADER || cause == HR_CLOSE_SERVER_ERROR_CLOSE; default",
     "true; default"),
    ("result/item_read.c",
     "if (!clients.is_known || hr_connection_program(named) != latest) {",
     "if (!clients.is_known) {"),
    ("result/item_read.c", "idle->last_request->sent.frame < opened->opened.frame;",
     "idle->last_request->sent.frame <= opened->opened.frame;", "one frame is of one connection"),
    ("result/costs.c", "if (may_replace(connection) && !connection->is_race_loser &&",
     "if (!connection->is_race_loser &&"),
    # what is said of it
    ("result/fix_advice.c", "connection->is_tls && fix->opaque == 0 &&", "fix->opaque == 0 &&"),
    ("result/fix_advice.c", "(fix->change == HR_CHANGE_KEEP_MORE_IDLE || "
     "fix->change == HR_CHANGE_BOUND_DIALS) && connection->is_tls", "connection->is_tls"),
    ("result/told.c", "|| strstr(told->sources->str, source) != NULL", ""),
    ("result/advice.c", "if (topic != HR_TOPIC_OUTLAST && hr_product_words",
     "if (hr_product_words"),
    ("result/findings.c", "item->request->equal_waits > 0 &&", "item->request->equal_waits > 1 &&"),
    ("result/findings.c", "item->request->answered.frame > closed_frame ||",
     "item->request->answered.frame >= closed_frame ||", "its client closes, its server answers"),
    ("result/left_out.c", "if (connection->seldom->left_out != 0) {", "if (false) {"),
    # counts
    ("result/totals.c", "hr_connection_client(connection)->last_sent.frame == 0]++",
     "hr_connection_client(connection)->last_sent.frame != 0]++"),
    ("result/totals.c", "hr_connection_ready(busy).frame == 0 ||", ""),
    ("result/totals.c", "hr_connection_ready(busy).frame > connection->opened.frame);",
     "hr_connection_ready(busy).frame >= connection->opened.frame);",
     "one frame is of one connection"),
    ("result/totals.c", "MAX(connection->ends[0].fin.ns, connection->ends[1].fin.ns)",
     "connection->ends[0].fin.ns"),
    ("result/totals.c", "MAX(connection->ends[0].fin.ns, connection->ends[1].fin.ns)",
     "connection->ends[1].fin.ns"),
    ("result/totals.c", "origin->sums.setup_median_ns != HR_TIME_NONE && origin->sums.reused > 0",
     "origin->sums.reused > 0"),
    ("result/fix_advice.c", "last->response_code < 500 || last->has_body_unfinished",
     "last->response_code < 500"),
    ("result/fix_others.c", "fix->change == HR_CHANGE_KEEP_CLIENT && hr_fix_has_streams(fix); if",
     "hr_fix_has_streams(fix); if"),
    ("result/changes.c", "return cause == HR_CLOSE_REQUEST_CANCELLED;", "return false;"),
    ("result/analysis.c", "index < count && hr_request_frame(hr_model_request(model, index)) >= "
     "latest;", "index < count;"),
    # lines of code
    ("result/call_sites.c", "while (is_last && call != NULL && call->next != NULL) {",
     "while (false) {"),
    ("result/call_sites.c", "return client_port(one) < client_port(other) ? -1 : 1;",
     "return client_port(one) >= client_port(other) ? -1 : 1;"),
    ("result/call_sites.c", "if (call == NULL || call->site == NULL) {",
     "if (call->site == NULL) {"),
    ("result/fix_others.c", "fix->reset_unasked > 0 && !is_device_told(fix)",
     "!is_device_told(fix)"),
    ("result/fix_kinds.c", "return fix->change == HR_CHANGE_LENGTHEN_CLIENT_IDLE && "
     "!hr_fix_is_for_proxy(fix) && fix->library", "return !hr_fix_is_for_proxy(fix) && fix->library"),
    ("result/totals.c", "return MAX(needed, 1);", "return needed;"),
    ("result/totals.c", "count += request->method == NULL;", ""),
]
