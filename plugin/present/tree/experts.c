/* experts.c
 * The expert infos: one of each finding, from the core's table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/tree/experts.h"

static expert_field experts[HR_FINDING_COUNT];

static int expert_group(hr_group group)
{
    static const int groups[] = {
        [HR_GROUP_SEQUENCE] = PI_SEQUENCE,
        [HR_GROUP_PROTOCOL] = PI_PROTOCOL,
        [HR_GROUP_RESPONSE_CODE] = PI_RESPONSE_CODE,
        [HR_GROUP_COMMENTS] = PI_COMMENTS_GROUP,
    };
    return groups[group];
}

static int expert_severity(hr_severity severity)
{
    static const int severities[] = {
        [HR_SEVERITY_CHAT] = PI_CHAT,
        [HR_SEVERITY_NOTE] = PI_NOTE,
        [HR_SEVERITY_WARNING] = PI_WARN,
        [HR_SEVERITY_ERROR] = PI_ERROR,
    };
    return severities[severity];
}

void hr_tree_register_experts(int proto)
{
    static ei_register_info infos[HR_FINDING_COUNT];
    expert_module_t *module = expert_register_protocol(proto);

    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        const hr_finding_kind *kind = hr_finding_kind_of(code);
        const expert_field unset = EI_INIT;
        experts[code] = unset;
        infos[code] = (ei_register_info){
            &experts[code],
            {wmem_strdup_printf(wmem_epan_scope(), "http_reuse.finding.%s", kind->token),
             expert_group(kind->group), expert_severity(kind->severity), kind->sentence, EXPFILL}};
    }
    expert_register_field_array(module, infos, HR_FINDING_COUNT);
}

expert_field *hr_tree_expert(hr_finding_code code)
{
    return &experts[code];
}
