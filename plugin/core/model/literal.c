/* literal.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/literal.h"

#include <string.h>

#ifdef _WIN32
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif

bool hr_ipv6_text(const char *text, size_t length, char canonical[HR_IPV6_TEXT_SIZE])
{
    char terminated[HR_IPV6_TEXT_SIZE];
    struct in6_addr address;

    if (length >= sizeof(terminated) || memchr(text, '\0', length) != NULL) {
        return false;
    }
    memcpy(terminated, text, length);
    terminated[length] = '\0';
    return inet_pton(AF_INET6, terminated, &address) == 1 &&
           inet_ntop(AF_INET6, &address, canonical, HR_IPV6_TEXT_SIZE) != NULL;
}
