# Fails where a word of the product is not in any unit test: each token of the enumerations in
# types.c has to be asserted as a text, each finding of findings.h to be looked for.
#   cmake -DCORE=plugin/core -DTESTS=tests/unit -P check_words.cmake
# SPDX-License-Identifier: GPL-2.0-or-later

file(GLOB _tests ${TESTS}/test_*.c)
set(_texts "")
foreach(_file IN LISTS _tests)
  file(READ ${_file} _text)
  string(APPEND _texts "${_text}")
endforeach()

set(_missing "")
file(READ ${CORE}/model/types.c _types)
string(REGEX MATCHALL "\"[a-z0-9./-]+\"" _tokens "${_types}")
list(REMOVE_DUPLICATES _tokens)
list(REMOVE_ITEM _tokens "\"core/model/types.h\"" "\"core/model/settings.h\"")
foreach(_token IN LISTS _tokens)
  string(FIND "${_texts}" "${_token}" _at)
  if(_at EQUAL -1)
    list(APPEND _missing ${_token})
  endif()
endforeach()

# The summary belongs to no packet: the presenters add it.
file(READ ${CORE}/result/findings.h _findings)
string(REGEX MATCHALL "HR_FINDING_[A-Z_]+" _codes "${_findings}")
list(REMOVE_DUPLICATES _codes)
list(REMOVE_ITEM _codes HR_FINDING_COUNT HR_FINDING_SUMMARY)
foreach(_code IN LISTS _codes)
  string(REGEX MATCH "(found|found_once_at)\\(t, ${_code}[,)]" _at "${_texts}")
  if(NOT _at)
    list(APPEND _missing ${_code})
  endif()
endforeach()

list(LENGTH _tokens _token_count)
list(LENGTH _codes _code_count)
if(_token_count LESS 40 OR _code_count LESS 15)
  message(FATAL_ERROR "found only ${_token_count} tokens and ${_code_count} findings: "
                      "did their files change?")
elseif(_missing)
  message(FATAL_ERROR "no unit test asserts: ${_missing}")
endif()
message(STATUS "${_token_count} tokens and ${_code_count} findings are asserted")
