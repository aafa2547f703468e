# HTTP_REUSE_SANITIZE: a comma list for -fsanitize=, for everything that is built here.
#
# tshark itself is not instrumented: to load an instrumented plugin, libasan must be in the
# process first. HTTP_REUSE_PRELOAD is the library that the tests put into LD_PRELOAD of tshark.
# SPDX-License-Identifier: GPL-2.0-or-later

set(HTTP_REUSE_PRELOAD "")
if(HTTP_REUSE_SANITIZE)
  if(MSVC)
    message(FATAL_ERROR "HTTP_REUSE_SANITIZE is for GCC and Clang")
  endif()
  # Compiled in two thirds of the time: a run of tshark is mostly Wireshark's own.
  add_compile_options(
    -fsanitize=${HTTP_REUSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=${HTTP_REUSE_SANITIZE})

  if(HTTP_REUSE_SANITIZE MATCHES "address" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    execute_process(
      COMMAND ${CMAKE_C_COMPILER} -print-file-name=libasan.so
      OUTPUT_VARIABLE HTTP_REUSE_PRELOAD
      OUTPUT_STRIP_TRAILING_WHITESPACE)
    # The compiler echoes the bare name where it has no such file.
    if(NOT IS_ABSOLUTE "${HTTP_REUSE_PRELOAD}")
      message(FATAL_ERROR "The compiler has no libasan.so; on Debian it comes with gcc")
    endif()
    get_filename_component(HTTP_REUSE_PRELOAD "${HTTP_REUSE_PRELOAD}" REALPATH)
  endif()
endif()
