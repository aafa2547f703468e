# Where `cmake --install` puts the plugin, by HTTP_REUSE_INSTALL:
#   system    for all users, with the Wireshark found here: its folder of plugins below its prefix
#   personal  the folder of this user, as this user's tshark names it
#   a folder  just there
# Wireshark running as root loads no personal plugins.
# SPDX-License-Identifier: GPL-2.0-or-later

# Wireshark_PLUGIN_INSTALL_DIR is absolute: CPack would leave the plugin out of an archive, and as
# root write it into the running system. Prefix and folder apart give the same place for
# `cmake --install`, and a package keeps only the folder.
if(HTTP_REUSE_INSTALL STREQUAL "system")
  if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
    set_property(CACHE CMAKE_INSTALL_PREFIX PROPERTY VALUE "${Wireshark_INSTALL_PREFIX}")
  endif()
  set(_folder "${Wireshark_PLUGIN_LIBDIR}/epan")
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
  if(_folders MATCHES "(^|\n)Personal configuration:[ \t]*([^\n]+)")
    string(STRIP "${CMAKE_MATCH_2}" _profiles)
    file(TO_CMAKE_PATH "${_profiles}/profiles" _profiles)
  endif()
elseif(IS_ABSOLUTE "${HTTP_REUSE_INSTALL}")
  set(_folder "${HTTP_REUSE_INSTALL}")
else()
  message(FATAL_ERROR
    "HTTP_REUSE_INSTALL is '${HTTP_REUSE_INSTALL}': it must be system, personal or an "
    "absolute folder")
endif()

install(TARGETS http_reuse LIBRARY DESTINATION "${_folder}" COMPONENT plugin)

# A profile that a user has already may be edited: it stays. That of all users is packaging.cmake's.
if(_profiles)
  install(CODE "
    set(_profile \"\$ENV{DESTDIR}${_profiles}/HTTP Reuse\")
    if(EXISTS \"\${_profile}\")
      message(STATUS \"Kept: \${_profile}\")
    else()
      file(INSTALL \"${PROJECT_SOURCE_DIR}/plugin/profile/HTTP Reuse\" DESTINATION
        \"${_profiles}\")
    endif()" COMPONENT plugin)
endif()

# install.sh and the profile lie beside the module, in the build as in the archive.
file(COPY ${PROJECT_SOURCE_DIR}/plugin/profile DESTINATION ${CMAKE_CURRENT_BINARY_DIR})
set(HTTP_REUSE_MODULE "http_reuse${CMAKE_SHARED_MODULE_SUFFIX}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/install.sh.in ${CMAKE_CURRENT_BINARY_DIR}/install.sh
  @ONLY FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
