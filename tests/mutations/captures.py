"""What a capture does not show, or not in its order.

SPDX-License-Identifier: GPL-2.0-or-later
"""
ROWS = [
    # ---- files whose times go back ----

    ("ending/ends.c", "if (by_numbers >= 0 || is_in_disorder) {", "if (by_numbers >= 0) {"),
    ("ending/ending.c", "(rules[rule].needs_no_order || !it.ending->is_in_disorder) &&", ""),
    ("follow/http1.c",
     "connection->last_request->is_late && connection->close_said.by == HR_SIDE_SERVER", "false"),
    ("model/bytes.c", "bytes->acked += is_ahead ? ahead : 0;", ""),
    ("follow/http1_requests.c", "if (!held.is_alone) {", "if (false) {"),
    ("follow/http1_answers.c", "!is_next && begin <= answered", "!is_next"),
    ("follow/http1_answers.c", ".count = is_next ? before->count + 1 : 1,", ".count = 1,"),
    ("model/connection.c", "forget_deliveries(model, connection);", ""),
    ("follow/tcp.c", "&& end->seldom->rst.ns <= model->now.ns", ""),
    ("ending/ending.c",
     "hr_connection_is_in_disorder(facts->model, connection, oldest->sent)", "false"),
    ("follow/exchange.c",
     "(connection->head != NULL && "
     "hr_connection_is_in_disorder(model, connection, connection->head->sent))", "false"),
    ("opening/doubts.c", "return hr_clock_is_doubtful(clock, opened->opened.ns);", "return false;"),
    ("opening/settle.c",
     "(connection->follows_unread && seen->why == HR_WHY_FIRST_CONTACT) ||", ""),

    # ---- packets that a capture point dropped ----

    ("ending/programs.c", "|| may_have_said_so(it->connection)", ""),
    ("ending/messages.c", "!is_said && origin->is_uncounted", "false"),
    ("ending/lifetimes.c", "hr_connection_went_on_unseen(connection) || "
     "!connection->is_opening_seen", "!connection->is_opening_seen"),
    ("ending/lifetimes.c", "(!last->is_done || last->complete != HR_COMPLETE_UNKNOWN) &&", ""),
    ("ending/ends.c", "if (hr_connection_went_on_unseen(connection)) {", "if (false) {"),
    ("ending/legs.c", "leg->own <= lost", "leg->own == 0"),
    ("ending/legs.c", "leg->own <= lost", "true"),
    ("ending/waits.c", "&& !differ; i++", "; i++"),
    ("ending/waits.c", "oldest != NULL && is_alone(oldest)", "oldest != NULL"),
    ("ending/origins.c", "is_uncounted(connection) || hr_connection_head_may_be_over(connection)",
     "is_uncounted(connection)"),
    ("opening/judge.c", "|| by_pool.why == HR_WHY_NONE", ""),
    ("opening/doubts.c", "if (is_own_request_lost(opened) ||", "if ("),
    ("opening/doubts.c", "? may_have_been_over(latest, opened)", "? false"),
    ("opening/doubts.c", "? may_have_been_over(latest, opened)", "? has_lost_requests(cause)"),
    ("opening/doubts.c", "is_end_known ? latest->end : latest->begin", "latest->begin"),
    ("opening/doubts.c", "next->begin != HR_POSITION_NONE ? next->begin",
     "next->begin != HR_POSITION_NONE ? hr_bytes_end(client)"),
    ("opening/doubts.c", "has_programs && (is_program_lost(cause) ||", "false && (true ||"),
    ("opening/doubts.c", "has_names && (is_name_lost(cause) ||", "false && (true ||"),
    ("model/connection.c", "bytes->is_from_start && bytes->acked > HR_POSITION_START", "false"),
    ("model/connection.c", "end->seldom->cut_end > request->answer_floor ||", ""),
    ("model/connection.c", "|| hr_connection_has_lost_since_rest(connection)", ""),
    ("model/connection.c", "end > MAX(request->answer_floor, connection->http1.answered_until)",
     "end > request->answer_floor"),
    ("model/connection.c", "|| (end > request->answer_floor && "
     "!hr_request_is_server_intact_since(request))", ""),
    ("follow/exchange.c", "|| is_answer_lost_before(head, position)", ""),
    ("follow/exchange.c", "from == connection->client && ", ""),
    ("follow/exchange.c", "&& !hr_request_has_answer_bytes(request) &&", "&&"),
    ("follow/http1.c", "http1->pending.frame == 0 || begin < http1->pending_begin",
     "http1->pending.frame == 0"),
    ("follow/http1_answers.c", "!client->is_from_start :", "false :"),
    ("follow/tcp.c", "syn_count < UINT16_MAX && !is_copy", "syn_count < UINT16_MAX"),
    ("follow/tcp.c", "hr_bytes_stands_at(&end->out, segment->seq);", ""),
]
