# hr_warnings(TARGET): the warnings under which all C code here compiles. Headers of Wireshark
# and GLib come from imported targets, so they are system headers and stay silent.
# SPDX-License-Identifier: GPL-2.0-or-later
include(CheckCCompilerFlag)
set(CMAKE_REQUIRED_QUIET ON) # 20 flags: their checks are no news

set(_hr_warnings)
if(MSVC)
  set(_hr_warnings /W4 /external:W0 /external:anglebrackets)
  set(_hr_werror /WX)
else()
  set(_hr_werror -Werror)
  foreach(_flag IN ITEMS
      -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
      -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef
      -Wvla -Wdate-time -Wduplicated-cond -Wduplicated-branches -Wlogical-op
      -Wnull-dereference -Wimplicit-fallthrough)
    string(MAKE_C_IDENTIFIER "HAVE${_flag}" _have)
    check_c_compiler_flag(${_flag} ${_have})
    if(${_have})
      list(APPEND _hr_warnings ${_flag})
    endif()
  endforeach()
endif()

# __FILE__ and debug information hold paths from the source folder on, so that the same source
# gives the same bytes wherever it lies.
set(_hr_prefix_map)
check_c_compiler_flag(-ffile-prefix-map=a=b HAVE_FILE_PREFIX_MAP)
if(HAVE_FILE_PREFIX_MAP)
  set(_hr_prefix_map "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
endif()

function(hr_warnings target)
  target_compile_options(${target} PRIVATE ${_hr_warnings} ${_hr_prefix_map})
  if(HTTP_REUSE_WERROR)
    target_compile_options(${target} PRIVATE ${_hr_werror})
  endif()
endfunction()
