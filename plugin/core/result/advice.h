/* advice.h
 * What to do about a finding in the words of the client's own library. Which library it is, only
 * User-Agent says, and a proxy may have passed that on: advice is for "if this client is ...".
 * Where nothing is named, or several are, the general words of findings.h hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_ADVICE_H
#define HR_CORE_RESULT_ADVICE_H

#include "core/result/findings.h"
#include "software/products.h"

/** A product that there are words of advice for. */
typedef hr_product_id hr_library;

#define HR_LIBRARY_UNKNOWN HR_PRODUCT_NONE

/** The library that a User-Agent value (may be NULL) names. */
hr_library hr_library_named(const char *user_agent);

/** That of @connection's client; unknown also where its requests were relayed. */
hr_library hr_library_of(const hr_connection *connection);

/** "Go's net/http"; NULL for HR_LIBRARY_UNKNOWN. */
const char *hr_library_name(hr_library library);

/** Whether @code is one that libraries have words for. */
bool hr_advice_is_for(hr_finding_code code);

/**
 * Appends to @text what to do about @code, whole sentences that begin with the condition. Returns
 * false and appends nothing where the general words have to do.
 */
bool hr_advice_append(GString *text, hr_finding_code code, hr_library library);

#endif
