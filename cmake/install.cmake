# Where `cmake --install` puts the plugin, by HTTP_REUSE_INSTALL:
#   system    the folder of the Wireshark found here, for all users
#   personal  the folder of this user, as this user's tshark names it
#   a folder  just there
# Wireshark running as root loads no personal plugins.
# SPDX-License-Identifier: GPL-2.0-or-later

if(HTTP_REUSE_INSTALL STREQUAL "system")
  set(_folder "${Wireshark_PLUGIN_INSTALL_DIR}/epan")
elseif(HTTP_REUSE_INSTALL STREQUAL "personal")
  find_program(TSHARK tshark)
  if(NOT TSHARK)
    message(FATAL_ERROR
      "HTTP_REUSE_INSTALL=personal asks tshark for the folder, and there is no tshark "
      "(on Debian and Ubuntu: apt-get install tshark)")
  endif()
  execute_process(COMMAND ${TSHARK} -G folders OUTPUT_VARIABLE _folders ERROR_QUIET)
  if(NOT _folders MATCHES "(^|\n)Personal Plugins:[ \t]*([^\n]+)")
    message(FATAL_ERROR "`tshark -G folders` names no folder for personal plugins")
  endif()
  string(STRIP "${CMAKE_MATCH_2}" _folder)
  file(TO_CMAKE_PATH "${_folder}/epan" _folder)
elseif(IS_ABSOLUTE "${HTTP_REUSE_INSTALL}")
  set(_folder "${HTTP_REUSE_INSTALL}")
else()
  message(FATAL_ERROR
    "HTTP_REUSE_INSTALL is '${HTTP_REUSE_INSTALL}': it must be system, personal or an "
    "absolute folder")
endif()

install(TARGETS http_reuse LIBRARY DESTINATION "${_folder}")
