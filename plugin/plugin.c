/* plugin.c
 * The symbols that Wireshark's loader looks for, and nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "compat.h"
#include "http_reuse.h"
#include "readers.h"

#if HR_WIRESHARK_AT_LEAST(4, 4)
#include <wsutil/plugins.h>
#endif

/* The headers above declare what Windows imports. From here on it is what this module exports. */
#define WS_BUILD_DLL
#define RESET_SYMBOL_EXPORT
#include <ws_symbol_export.h>

#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION "0.0.0"
#endif

WS_DLL_PUBLIC_DEF const char plugin_version[] = PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);

void plugin_register(void)
{
    static proto_plugin plugin;

    plugin.register_protoinfo = http_reuse_register;
    plugin.register_handoff = http_reuse_handoff;
    proto_register_plugin(&plugin);
    hr_readers_register();
}

#if HR_WIRESHARK_AT_LEAST(4, 4)
WS_DLL_PUBLIC uint32_t plugin_describe(void);

uint32_t plugin_describe(void)
{
    return WS_PLUGIN_DESC_DISSECTOR | WS_PLUGIN_DESC_EPAN;
}
#endif
