# Packages by CPack, one per minor version of Wireshark, because its loader takes no other:
#   wireshark-plugin-http-reuse_VERSION+wiresharkX.Y_ARCH.deb    (where dpkg-dev and file are)
#   http-reuse-many_VERSION+wiresharkX.Y_ARCH.deb                likewise: the programs for many captures
#   http_reuse-VERSION-wiresharkX.Y-SYSTEM-ARCH.tar.gz           with install.sh
# They are reproducible: the same source gives the same bytes, wherever and whenever it is built
# by the same tools. Their time is the newest date in CHANGELOG.md, unless SOURCE_DATE_EPOCH says
# another.
# SPDX-License-Identifier: GPL-2.0-or-later
include(GNUInstallDirs)

# ---- the time ------------------------------------------------------------------------------------

# Seconds since 1970 of the start of the day @year-@month-@day: the year is counted from March.
function(hr_epoch_of_day result year month day)
  math(EXPR _months "(${month} + 9) % 12")
  math(EXPR _years "${year} - ${_months} / 10")
  math(EXPR _days "365 * ${_years} + ${_years} / 4 - ${_years} / 100 + ${_years} / 400 \
    + (${_months} * 306 + 5) / 10 + ${day} - 1 - 719468")
  math(EXPR _seconds "${_days} * 86400")
  set(${result} ${_seconds} PARENT_SCOPE)
endfunction()

# ## 1.2.3 (2026-11-21), or (unreleased) on top.
set(_changelog ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_changelog})
file(STRINGS ${_changelog} _versions REGEX "^## ")
list(GET _versions 0 _newest)
string(REPLACE "." "[.]" _version_regex ${PROJECT_VERSION})
if(NOT _newest MATCHES "^## ${_version_regex} [(]")
  message(FATAL_ERROR "CHANGELOG.md begins with '${_newest}', and this is ${PROJECT_VERSION}")
endif()
set(_epoch 315619200) # the second day of 1980: what no archive format objects to
if("${_versions}" MATCHES "[(]([0-9][0-9][0-9][0-9])-0?([0-9]+)-0?([0-9]+)[)]")
  hr_epoch_of_day(_epoch ${CMAKE_MATCH_1} ${CMAKE_MATCH_2} ${CMAKE_MATCH_3})
endif()

# ---- what is in them beside the plugin -----------------------------------------------------------

include(${CMAKE_CURRENT_LIST_DIR}/packaging_texts.cmake)
set(_profile ${PROJECT_SOURCE_DIR}/plugin/profile)
set(_man_page ${PROJECT_BINARY_DIR}/plugin/http_reuse.4)
set(_package wireshark-plugin-http-reuse)
set(_many http-reuse-many)
set(_minor "${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION}")
set(_contact "The http_reuse maintainers <http-reuse@packages.invalid>")
set(_texts ${PROJECT_BINARY_DIR}/package_texts)
hr_package_texts(${_texts})

# `cmake --install` for all users puts the profile and the man page beside the plugin.
if(UNIX AND NOT APPLE AND HTTP_REUSE_INSTALL STREQUAL "system")
  install(DIRECTORY ${_profile}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/wireshark/profiles
    COMPONENT plugin)
  if(GZIP)
    string(APPEND _man_page .gz)
  endif()
  install(FILES ${_man_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man4 COMPONENT plugin)
endif()

# The .debs only: what Debian wants of each.
function(hr_debian_documents package component)
  set(_debian ${PROJECT_BINARY_DIR}/debian/${package})
  set(_folder ${CMAKE_INSTALL_DATADIR}/doc/${package})
  hr_debian_changelog(${_debian}/changelog ${package} "${PROJECT_VERSION}+wireshark${_minor}"
    "${_contact}" ${_epoch})
  if(GZIP)
    execute_process(COMMAND ${GZIP} -9nf ${_debian}/changelog)
    install(FILES ${_debian}/changelog.gz DESTINATION ${_folder}
      COMPONENT ${component} EXCLUDE_FROM_ALL)
  endif()
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/debian_copyright DESTINATION ${_folder}
    RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()
hr_debian_documents(${_package} documentation)
hr_debian_documents(${_many} many_documentation)
install(DIRECTORY ${_texts}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${_package}
  COMPONENT documentation EXCLUDE_FROM_ALL)

# One page for the three programs.
if(GZIP)
  set(_pages ${PROJECT_BINARY_DIR}/man1)
  file(REMOVE_RECURSE ${_pages})
  file(COPY ${PROJECT_SOURCE_DIR}/plugin/many/${_many}.1 DESTINATION ${_pages})
  execute_process(COMMAND ${GZIP} -9nf ${_pages}/${_many}.1)
  foreach(_program IN ITEMS http_reuse_cut http_reuse_judge)
    file(CREATE_LINK ${_many}.1.gz ${_pages}/${_program}.1.gz SYMBOLIC)
  endforeach()
  install(DIRECTORY ${_pages}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
    COMPONENT many_documentation EXCLUDE_FROM_ALL)
endif()

# The .tar.gz only: everything in one folder.
install(TARGETS http_reuse LIBRARY DESTINATION . COMPONENT archive EXCLUDE_FROM_ALL)
install(PROGRAMS ${PROJECT_BINARY_DIR}/plugin/install.sh DESTINATION .
  COMPONENT archive EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_BINARY_DIR}/plugin/http_reuse.4 ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION .
  COMPONENT archive EXCLUDE_FROM_ALL)
install(DIRECTORY ${_texts}/ ${_profile} DESTINATION . COMPONENT archive EXCLUDE_FROM_ALL)

# ---- CPack ---------------------------------------------------------------------------------------

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME http_reuse)
set(CPACK_PACKAGE_VENDOR "The http_reuse maintainers")
set(CPACK_PACKAGE_CONTACT "${_contact}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Wireshark plugin: were HTTP connections reused, and why not")
set(CPACK_PACKAGE_DESCRIPTION
"Says for every HTTP request in a capture whether it ran on a new or a reused
connection, and why a connection was opened or closed. Adds fields, expert
infos, reports and NDJSON to Wireshark, tshark and sharkd ${_minor}.")
string(TOLOWER "${CMAKE_SYSTEM_NAME}" _system)
set(CPACK_PACKAGE_FILE_NAME
  "http_reuse-${PROJECT_VERSION}-wireshark${_minor}-${_system}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
# An absolute folder would be written to while packaging.
set(CPACK_ERROR_ON_ABSOLUTE_INSTALL_DESTINATION ON)

find_program(DPKG_QUERY dpkg-query)
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
find_program(FILE_COMMAND file) # CPack's own need
mark_as_advanced(DPKG_QUERY DPKG_SHLIBDEPS FILE_COMMAND)
if(DPKG_QUERY AND DPKG_SHLIBDEPS AND FILE_COMMAND)
  # The package of the library is named after its soname, and sometimes has more to it (t64).
  get_target_property(_library epan LOCATION)
  get_filename_component(_library "${_library}" REALPATH)
  execute_process(
    COMMAND ${DPKG_QUERY} --search ${_library}
    OUTPUT_VARIABLE _owner ERROR_QUIET)
  if(_owner MATCHES "^([^:]+):")
    set(_owner ${CMAKE_MATCH_1})
    math(EXPR _next "${Wireshark_MINOR_VERSION} + 1")
    list(APPEND CPACK_GENERATOR DEB)
    set(CPACK_DEBIAN_PLUGIN_PACKAGE_DEPENDS
      "${_owner} (>= ${_minor}), ${_owner} (<< ${Wireshark_MAJOR_VERSION}.${_next})")
    # Logs of another version of the plugin are refused.
    set(CPACK_DEBIAN_MANY_PACKAGE_DEPENDS
      "${_package} (= ${PROJECT_VERSION}+wireshark${_minor}), tshark, python3, python3-distributed")
  else()
    message(STATUS "No .deb: ${_library} is of no package")
  endif()
endif()
# A package each of plugin and many, whose components are in CPACK_COMPONENTS_ALL for .debs only.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENT_PLUGIN_GROUP plugin)
set(CPACK_COMPONENT_DOCUMENTATION_GROUP plugin)
set(CPACK_COMPONENT_MANY_GROUP many)
set(CPACK_COMPONENT_MANY_DOCUMENTATION_GROUP many)
# Their first lines are the summaries.
set(CPACK_DEBIAN_PLUGIN_DESCRIPTION
  "${CPACK_PACKAGE_DESCRIPTION_SUMMARY}\n${CPACK_PACKAGE_DESCRIPTION}")
set(CPACK_DEBIAN_MANY_DESCRIPTION
"HTTP connection reuse in many captures, in parallel
Says of a ring of captures, or of those of many hosts, what the plugin
http_reuse says of one: cuts them into pieces, has tshark dissect these side
by side on Dask, and judges once.")
set(CPACK_DEBIAN_PLUGIN_PACKAGE_NAME ${_package})
set(CPACK_DEBIAN_MANY_PACKAGE_NAME ${_many})
# Of two builds of one version, that for the newer Wireshark is the newer package.
set(CPACK_DEBIAN_PACKAGE_VERSION "${PROJECT_VERSION}+wireshark${_minor}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PLUGIN_PACKAGE_ENHANCES "wireshark, tshark")
set(CPACK_DEBIAN_PLUGIN_PACKAGE_RECOMMENDS "tshark | wireshark")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

configure_file(${PROJECT_SOURCE_DIR}/cmake/packaging_generator.cmake.in
  ${PROJECT_BINARY_DIR}/packaging_generator.cmake @ONLY)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_BINARY_DIR}/packaging_generator.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/packaging_repack.cmake)
include(CPack)
