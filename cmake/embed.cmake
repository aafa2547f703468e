# Writes a C file that defines character arrays with the text of files, each ended by a 0:
#   cmake -D OUTPUT=FILE.c -D INCLUDE=HEADER "-D ARRAYS=NAME=FILE[,FILE]...;..." -P cmake/embed.cmake
# Several files of one array follow each other.
# SPDX-License-Identifier: GPL-2.0-or-later
cmake_minimum_required(VERSION 3.18)

set(_c "/* Made by cmake/embed.cmake. */\n#include \"${INCLUDE}\"\n")
foreach(_array IN LISTS ARRAYS)
  string(REGEX MATCH "^([a-z_]+)=(.*)$" _ "${_array}")
  set(_name ${CMAKE_MATCH_1})
  string(REPLACE "," ";" _files "${CMAKE_MATCH_2}")
  string(APPEND _c "\nconst char ${_name}[] = {\n")
  foreach(_file IN LISTS _files)
    file(READ ${_file} _hex HEX)
    # Characters, and not numbers: bytes above 0x7f fit no signed char.
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," _hex "${_hex}")
    string(REGEX REPLACE "('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)"
      "\\1\\2\\3\\4\\5\\6\\7\\8\n" _hex "${_hex}")
    string(APPEND _c "${_hex}\n")
  endforeach()
  string(APPEND _c "'\\0'};\n")
endforeach()
file(WRITE ${OUTPUT} "${_c}")
