/* setting_words.h
 * The settings that an item's advice names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_SETTING_WORDS_H
#define HR_CORE_RESULT_SETTING_WORDS_H

#include "core/result/items.h"
#include "core/result/told.h"

/** "75 s", "1500 ms" */
void hr_append_setting_time(GString *text, int64_t ns);

/** "If this server is nginx, as its Server header says: " */
void hr_append_server_condition(GString *text, hr_product_id server);
void hr_append_client_condition(GString *text, hr_library library);

/** "A proxy opened these. If it is nginx, as its answers to its clients say: " */
void hr_append_proxy_condition(GString *text, hr_product_id proxy);

/** Which idle timeout @side has to raise: of the product that its header names. False: none is
 * known. */
bool hr_append_timer(const hr_told *told, const hr_fix *fix, hr_side side);

/** Whose idle timeout of QUIC is to be raised. False: these did not end by it. */
bool hr_append_quic_timer(const hr_told *told, const hr_fix *fix);

/** That the server announces a time so short that the client keeps no connection at all. */
bool hr_append_hint(const hr_told *told, const hr_fix *fix);

/** ... or may, where it is not known which client this is. */
bool hr_may_heed_hint(const hr_fix *fix);

/** The same of a proxy towards its upstream. */
bool hr_append_proxy_timer(const hr_told *told, const hr_fix *fix);

/** Of what the client can do, the server's part: its idle timeout, where its product is known. */
void hr_append_servers_part(const hr_told *told, const hr_fix *fix);

/** Which limit of requests the one that ended the connections has to raise; likewise. */
bool hr_append_limit(const hr_told *told, const hr_fix *fix);

/** Whose business it is where all answers that were left unread are redirects that net/http follows
 * by itself; false, and nothing said, where they are not. */
bool hr_append_redirects(const hr_told *told, const hr_fix *fix);

/** The places of a pool, in nginx, are those of all servers of an upstream block together. */
void hr_append_places(const hr_told *told, const hr_fix *fix);

/** Of a way that was cut in use: how long TCP goes on, whatever the client's program does. */
void hr_append_user_timeout(const hr_told *told, const hr_fix *fix);

/** Of resets that a device may have sent: by what that shows. */
void hr_append_hops(const hr_told *told, const hr_fix *fix);

/** Of a device that forgot: how soon it can have, since no packet had passed for so long. */
void hr_append_silence(const hr_told *told, const hr_fix *fix);

#endif
