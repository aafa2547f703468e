# Fails where the event log does not know something of event.h: each function that tells a fact of
# a connection has to be a row of events/table.h and to be recorded; each field of each structure
# has to be in events/fields.h.
#   cmake -DPLUGIN=plugin -P check_events.cmake
# SPDX-License-Identifier: GPL-2.0-or-later

# A C file without its comments.
function(read_code result file)
  file(READ ${PLUGIN}/${file} _text)
  string(REGEX REPLACE "/[*]([^*]|[*]+[^*/])*[*]+/" "" _text "${_text}")
  string(REPLACE ";" "@" _text "${_text}") # no list
  set(${result} "${_text}" PARENT_SCOPE)
endfunction()

read_code(_events core/model/event.h)
read_code(_protocols core/model/protocols.h)
read_code(_table events/table.h)
read_code(_recorded events/recorded.h)
read_code(_fields events/fields.h)
set(_missing "")

# ---- functions: those that are given a connection to change --------------------------------------

string(REGEX MATCHALL "(hr_[a-z0-9_]+)[(][^)]*[)]@" _functions "${_events}")
set(_function_count 0)
foreach(_function IN LISTS _functions)
  string(REGEX MATCH "^hr_[a-z0-9_]+" _name "${_function}")
  # This one only asks.
  if(NOT _function MATCHES "[(, \n]hr_connection [*]" OR
     _function MATCHES "const hr_connection [*]" OR
     _name STREQUAL "hr_connection_innermost")
    continue()
  endif()
  math(EXPR _function_count "${_function_count} + 1")
  if(NOT _table MATCHES "[ ]${_name}, ")
    list(APPEND _missing "${_name} in events/table.h")
  endif()
  if(NOT _recorded MATCHES "#define ${_name} ${_name}_recorded\n")
    list(APPEND _missing "${_name} in events/recorded.h")
  endif()
endforeach()

# ---- fields --------------------------------------------------------------------------------------

set(_field_count 0)
function(check_fields text)
  string(REGEX MATCHALL "typedef struct {[^}]*} hr_[a-z0-9_]+" _structures "${text}")
  foreach(_structure IN LISTS _structures)
    string(REGEX MATCH "hr_[a-z0-9_]+$" _type "${_structure}")
    # The function that is given one: to the first line that begins with a brace.
    string(REGEX MATCH "${_type} [*][a-z]+[)]\n{(\n[^}\n][^\n]*|\n)*" _code "${_fields}")
    string(REGEX MATCHALL "[a-z_0-9]+(, [a-z_0-9]+)*([[][^]]*[]])?@" _members "${_structure}")
    foreach(_member IN LISTS _members)
      string(REGEX REPLACE "[[].*" "" _member "${_member}")
      string(REGEX MATCHALL "[a-z_0-9]+" _names "${_member}")
      foreach(_name IN LISTS _names)
        math(EXPR _field_count "${_field_count} + 1")
        if(NOT _code MATCHES "->${_name}[^a-z_0-9]")
          list(APPEND _missing "${_name} of ${_type} in events/fields.h")
        endif()
      endforeach()
    endforeach()
  endforeach()
  set(_missing "${_missing}" PARENT_SCOPE)
  set(_field_count ${_field_count} PARENT_SCOPE)
endfunction()

# A slice has its own code.
string(REGEX REPLACE "typedef struct {[^}]*} hr_slice" "" _events "${_events}")
check_fields("${_events}")
# Of what a model keeps, this is also what messages say.
string(REGEX MATCH "typedef struct {[^}]*} hr_http1_persistence" _persistence "${_protocols}")
check_fields("${_persistence}")

if(_function_count LESS 30 OR _field_count LESS 70)
  message(FATAL_ERROR "found only ${_function_count} events and ${_field_count} fields: "
                      "did their files change?")
elseif(_missing)
  list(JOIN _missing ", " _missing)
  message(FATAL_ERROR "the event log does not know: ${_missing}")
endif()
message(STATUS "${_function_count} events and ${_field_count} fields are in the event log")
