# Fails where plugin/doc/reference.md is not what the source's tables say.
#   cmake -DREFERENCE=PROGRAM -DPAGE=plugin/doc/reference.md -DMADE=FILE -P check_reference.cmake
# SPDX-License-Identifier: GPL-2.0-or-later

execute_process(COMMAND ${REFERENCE} markdown ${MADE} RESULT_VARIABLE _status)
if(NOT _status EQUAL 0)
  message(FATAL_ERROR "${REFERENCE} failed")
endif()
file(READ ${MADE} _made)
file(READ ${PAGE} _page)
if(NOT _made STREQUAL _page)
  message(FATAL_ERROR
    "${PAGE} and the source differ; write it anew: cmake --build BUILD --target manual")
endif()
