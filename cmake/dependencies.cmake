# Finds Wireshark and GLib, or says in one sentence what to install.
# Gives the targets `epan` (from Wireshark's own CMake config) and `hr_glib`.
# SPDX-License-Identifier: GPL-2.0-or-later

find_package(Wireshark CONFIG QUIET)
if(NOT Wireshark_FOUND)
  message(FATAL_ERROR
    "Wireshark's development files are missing (no WiresharkConfig.cmake found). "
    "On Debian and Ubuntu: apt-get install wireshark-dev. "
    "Elsewhere point CMAKE_PREFIX_PATH to a Wireshark that was installed with its "
    "Development component.")
endif()
if(Wireshark_VERSION VERSION_LESS 4.0)
  message(FATAL_ERROR
    "Wireshark ${Wireshark_VERSION} is too old: http_reuse needs Wireshark 4.0 or later. "
    "On Debian and Ubuntu that is wireshark-dev of Debian 12, Ubuntu 24.04 or later.")
endif()
message(STATUS "Wireshark ${Wireshark_VERSION}")

# GLib stands alone, as an imported target: the core must not see Wireshark's include path, and
# headers of imported targets are system headers, which our warnings leave alone.
add_library(hr_glib INTERFACE IMPORTED)
# What GLib deprecated after the oldest version that we build with is no news to us, and what came
# after it is not there everywhere.
set_property(TARGET hr_glib PROPERTY INTERFACE_COMPILE_DEFINITIONS
  GLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_68 GLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_68)
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(GLIB QUIET IMPORTED_TARGET glib-2.0>=2.68)
endif()
if(TARGET PkgConfig::GLIB)
  set_property(TARGET hr_glib PROPERTY INTERFACE_LINK_LIBRARIES PkgConfig::GLIB)
elseif(WIN32)
  # Without pkg-config: Wireshark's config lists GLib's folders beside its own.
  get_target_property(_includes epan INTERFACE_INCLUDE_DIRECTORIES)
  list(FILTER _includes INCLUDE REGEX "glib")
  get_target_property(_libraries epan INTERFACE_LINK_LIBRARIES)
  list(FILTER _libraries INCLUDE REGEX "glib")
  set_target_properties(hr_glib PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${_includes}" INTERFACE_LINK_LIBRARIES "${_libraries}")
else()
  message(FATAL_ERROR
    "GLib 2.68 or later is missing, or pkg-config to find it. "
    "On Debian and Ubuntu: apt-get install libglib2.0-dev pkgconf.")
endif()
