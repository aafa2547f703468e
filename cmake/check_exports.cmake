# Fails unless the built module exports the symbols that Wireshark's loader reads, and nothing else.
#   cmake -D NM=nm -D MODULE=http_reuse.so -P check_exports.cmake
# SPDX-License-Identifier: GPL-2.0-or-later
cmake_minimum_required(VERSION 3.18)
set(required plugin_version plugin_want_major plugin_want_minor plugin_register)
set(optional plugin_describe) # read from Wireshark 4.4 on

execute_process(
  COMMAND ${NM} -D --defined-only ${MODULE}
  OUTPUT_VARIABLE lines
  RESULT_VARIABLE result)
if(result)
  message(FATAL_ERROR "nm cannot read ${MODULE}")
endif()
string(REGEX MATCHALL "[^ \n]+\n" symbols "${lines}")
list(TRANSFORM symbols STRIP)

foreach(symbol IN LISTS required)
  if(NOT symbol IN_LIST symbols)
    message(SEND_ERROR "${MODULE} does not export ${symbol}")
  endif()
endforeach()
list(REMOVE_ITEM symbols ${required} ${optional})
if(symbols)
  message(SEND_ERROR "${MODULE} exports more than the plugin symbols: ${symbols}")
endif()
