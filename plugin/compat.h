/* compat.h
 * The only file that tests Wireshark's version. One source builds on 4.0, 4.2, 4.4 and 4.6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_COMPAT_H
#define HR_COMPAT_H

#include <wireshark.h>

#include <epan/proto.h>
#include <string.h>
#include <ws_version.h>

#define HR_WIRESHARK_AT_LEAST(major, minor)                                                        \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Boolean preferences are bool from 4.4, gboolean before. */
#if HR_WIRESHARK_AT_LEAST(4, 4)
#include <stdbool.h>
typedef bool hr_pref_bool;
#else
typedef gboolean hr_pref_bool;
#endif

/* field_info.value is a member in 4.0 and a pointer in 4.4; its type says which, whatever the
 * version between is. */
static inline fvalue_t *hr_field_value(const field_info *field)
{
    const void *value = &field->value;

    return _Generic(&field->value, /* */
                    const fvalue_t *: (fvalue_t *)value,
                    fvalue_t *const *: *(fvalue_t *const *)value);
}

static inline uint32_t hr_field_uint(const field_info *field)
{
    return fvalue_get_uinteger(hr_field_value(field));
}

/* The names of 4.4, where the older ones are deprecated. */
#if !HR_WIRESHARK_AT_LEAST(4, 4)
#define tvb_get_uint8 tvb_get_guint8
#define tvb_find_uint8 tvb_find_guint8
#endif

static inline uint64_t hr_field_uint64(const field_info *field)
{
    return fvalue_get_uinteger64(hr_field_value(field));
}

/* The text of a string field, owned by the packet. */
static inline const char *hr_field_string(const field_info *field)
{
    return fvalue_get_string(hr_field_value(field));
}

/* The init callback of a -z option's user interface returns bool from 4.6. */
#if HR_WIRESHARK_AT_LEAST(4, 6)
#define HR_STAT_INIT_RESULT bool
#define HR_STAT_INIT_RETURN return true
#else
#define HR_STAT_INIT_RESULT void
#define HR_STAT_INIT_RETURN return
#endif

/* What separates menus in the name of a tree of statistics. */
#if HR_WIRESHARK_AT_LEAST(4, 4)
#define HR_MENU_SEPARATOR "//"
#else
#define HR_MENU_SEPARATOR "/"
#endif

/* A conversation filter's callbacks carry data from 4.4 on, and their results are bool. */
#if HR_WIRESHARK_AT_LEAST(4, 4)
#define HR_CONVERSATION_CALLBACK(type, name, pinfo)                                                \
    static type name(struct _packet_info *(pinfo), G_GNUC_UNUSED void *user_data)
#define HR_REGISTER_CONVERSATION_FILTER(proto, title, is_valid, build)                             \
    register_conversation_filter(proto, title, is_valid, build, NULL)
#else
#define HR_CONVERSATION_CALLBACK(type, name, pinfo) static type name(struct _packet_info *(pinfo))
#define HR_REGISTER_CONVERSATION_FILTER(proto, title, is_valid, build)                             \
    register_conversation_filter(proto, title, is_valid, build)
#endif

/* From 4.6 on a program's messages are named after its file, and wiretap's records hold their data
 * themselves; before, a buffer goes with each. */
#if HR_WIRESHARK_AT_LEAST(4, 6)
#define hr_ws_log_init(program) ws_log_init(((void)(program), NULL))
#define hr_wtap_rec_init(record) wtap_rec_init(record, 1514)
#define hr_wtap_read(reader, record, buffer, error, info, offset)                                  \
    ((void)(buffer), wtap_read(reader, record, error, info, offset))
#define hr_wtap_dump(dumper, record, buffer, error, info)                                          \
    ((void)(buffer), wtap_dump(dumper, record, error, info))
#define hr_wtap_data(record, buffer) ((void)(buffer), ws_buffer_start_ptr(&(record)->data))
#else
#define hr_ws_log_init(program) ws_log_init(program, NULL)
#define hr_wtap_rec_init(record) wtap_rec_init(record)
#define hr_wtap_read(reader, record, buffer, error, info, offset)                                  \
    wtap_read(reader, record, buffer, error, info, offset)
#define hr_wtap_dump(dumper, record, buffer, error, info)                                          \
    wtap_dump(dumper, record, ws_buffer_start_ptr(buffer), error, info)
#define hr_wtap_data(record, buffer) ((void)(record), ws_buffer_start_ptr(buffer))
#endif

#endif
