/* source.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/source.h"

#include "compat.h"

#include <epan/plugin_if.h>

#include "core/model/event.h"
#include "present/output/command_line.h"

static void tell_by_command_line(hr_model *model)
{
    hr_command_line *line = hr_command_line_of_process();

    if (line != NULL && line->read_file == NULL && g_strcmp0(line->interfaces, "-") == 0) {
        hr_model_set_source(model, "-", NULL);
    } else if (line != NULL) {
        hr_model_set_source(model, line->read_file,
                            line->read_file == NULL ? line->interfaces : NULL);
    }
    hr_command_line_free(line);
}

/* While a file is being opened it may not be known yet. */
static void tell_by_window(hr_model *model)
{
    ws_info_t *window = NULL;

    plugin_if_get_ws_info(&window);
    if (window != NULL && window->ws_info_supported && window->cf_filename != NULL) {
        hr_model_set_source(model, window->cf_filename, NULL);
    }
}

void hr_source_tell(hr_model *model)
{
    if (hr_is_tshark()) {
        tell_by_command_line(model);
    } else {
        tell_by_window(model);
    }
}
