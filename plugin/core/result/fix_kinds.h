/* fix_kinds.h
 * Of what kind all connections of an item are, as far as its words depend on it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_FIX_KINDS_H
#define HR_CORE_RESULT_FIX_KINDS_H

#include "core/result/items.h"

/** Each of them is one. */
bool hr_fix_are_all(const hr_fix *fix, bool (*is_one)(const hr_connection *connection));

/** A proxy opened them. */
bool hr_fix_is_for_proxy(const hr_fix *fix);

/** A proxy of which both sides were captured opened them, several, and each asks for the same, by
 * nobody's name: they may be its health checks, and say close, or speak HTTP/1.0, on purpose. */
bool hr_fix_may_be_checks(const hr_fix *fix);

/** What was asked on each had been asked of the proxy that opened them: these check nobody's health. */
bool hr_fix_is_passed_on(const hr_fix *fix);

/** Each asks once for the same, at a steady pace: who asks may want a connection of its own each time. */
bool hr_fix_may_be_monitor(const hr_fix *fix);

/** What is between opened one for each that it had, and carries as many bytes on both: a relay, or
 * a proxy that ties the two. */
bool hr_fix_is_one_to_one(const hr_fix *fix);

/** Each is told to be of one client of the proxy's (PROXY protocol): it can serve no other. */
bool hr_fix_is_spoken_for(const hr_fix *fix);

/** The server knew nothing of them any more: a stateless reset of QUIC says so. */
bool hr_fix_is_forgotten(const hr_fix *fix);

/** The server closed them in the middle of an answer. */
bool hr_fix_has_cut_answers(const hr_fix *fix);

/** Of each the beginning of a request was acknowledged, and nothing of its rest. */
bool hr_fix_is_cut_in_parts(const hr_fix *fix);

/** No request died: what was sent again and again in vain was something else, as TCP's probes. */
bool hr_fix_is_dead_at_rest(const hr_fix *fix);

/** Its clients gave up answers that had been sent, and of which no byte had come to them. */
bool hr_fix_has_lost_answers(const hr_fix *fix);

/** They, or the idle ones beside which they were opened, had an answer in them that was not read to
 * its end. */
bool hr_fix_is_left_unread(const hr_fix *fix);

/** The idle ones beside which they were opened may all have had such an answer in them: nothing on
 * the wire tells. */
bool hr_fix_may_hide_unread(const hr_fix *fix);

/** A device on their client's side may have forgotten each of the idle ones beside which they were
 * opened, and what it answered there is not in the capture. */
bool hr_fix_may_be_forgotten(const hr_fix *fix);

/** Of mend_errors the error that @connection ended with, of read_bodies the one that was left unread
 * in it: its status, or 0. How many of them have one. */
uint16_t hr_fix_error_of(const hr_fix *fix, const hr_connection *connection);
uint32_t hr_fix_errors(const hr_fix *fix);

/** Each of them was used again, and so was the idle one beside which it was opened. */
bool hr_fix_are_pools_in_use(const hr_fix *fix);

/** Beside an idle one, where it cannot be read of one of the two for which name it was: a snap length cut
 * the head of its first request off. */
bool hr_fix_may_be_other_name(const hr_fix *fix);

/** The server answered each before it had read the request to its end, and with no error. */
bool hr_fix_is_answered_early(const hr_fix *fix);

/** What was left unread of each goes on until it is left. */
bool hr_fix_are_endless(const hr_fix *fix);

/** They have streams: an answer left unread costs its stream, and no connection. */
bool hr_fix_has_streams(const hr_fix *fix);

/** Each of them carried a HEAD alone, after which its client stayed for a while and left. */
bool hr_fix_may_wait_after_head(const hr_fix *fix);

/** The server, or what is before it, cut idle connections by a reset. */
bool hr_fix_is_cut_when_idle(const hr_fix *fix);

/** Each was reset out of rest in the name of an end, by what may be a device between, and no request
 * was lost. */
bool hr_fix_is_reset_at_rest(const hr_fix *fix);

/** The first of them that was reset so, at rest or not; NULL: none. */
const hr_connection *hr_fix_reset_elsewhere(const hr_fix *fix);

/** Most of them were closed after idle times as long as each other's, which no known timeout is. */
bool hr_fix_is_idle_equally(const hr_fix *fix);

/** The client's timeout is not the one that its library has by default: it may be another's. */
bool hr_fix_is_timer_by_name(const hr_fix *fix);

/** The server's timeout is not the one that it has by default, nor announced: it may be
 * another's. */
bool hr_fix_is_timer_by_server(const hr_fix *fix);

/** They were asked for a Host of another port than they are to: what is between may be a proxy. */
bool hr_fix_is_asked_elsewhere(const hr_fix *fix);

/** They were closed soon, and a snap length cut off what was said on them before. */
bool hr_fix_is_cut_short(const hr_fix *fix);

/** One side may have said before that it closes them: nobody could read it. */
bool hr_fix_may_have_been_announced(const hr_fix *fix);

/** The client's own timeout came in the middle of their answers, as most of their waits say. */
bool hr_fix_is_timed_out_in_answers(const hr_fix *fix);

/** Its clients had read all that came of an answer, and had waited for the rest. */
bool hr_fix_is_left_waiting(const hr_fix *fix);

/** One of them served more than once. */
bool hr_fix_keeps_connections(const hr_fix *fix);

/** Their server is a proxy that asked its upstream to close, and may only pass on that it does. */
bool hr_fix_may_be_passed_on(const hr_fix *fix);

/** Only User-Agent tells who said Connection: close, and a proxy passes that on. */
bool hr_fix_is_close_by_name(const hr_fix *fix);

#endif
