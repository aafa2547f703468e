# The texts of a package: README, CHANGELOG and plugin/doc, with the links among them. What a link
# leads to that is in the source only, is told without the link. For the .deb also a changelog in
# Debian's form.
#   hr_package_texts(FOLDER)             fills FOLDER
#   hr_debian_changelog(FILE PACKAGE VERSION CONTACT EPOCH)
# SPDX-License-Identifier: GPL-2.0-or-later

function(hr_package_texts folder)
  file(REMOVE_RECURSE ${folder})
  file(GLOB _pages CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/plugin/doc/*)
  foreach(_page IN ITEMS README.md CHANGELOG.md LISTS _pages)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${_page})
    get_filename_component(_place ${folder}/${_page} DIRECTORY)
    if(_page MATCHES "[.]md$")
      file(READ ${PROJECT_SOURCE_DIR}/${_page} _text)
      set(_target "[./]*(testcaptures|tests|cmake|[.]github|plugin/[a-z]+)(/[^)]*)?|LICENSE")
      # Of the folders of the plugin only doc is in a package.
      string(REPLACE "](plugin/doc/" "](doc:" _text "${_text}")
      string(REGEX REPLACE "\\[([^]]*)\\]\\((${_target})\\)" "\\1" _text "${_text}")
      string(REPLACE "](doc:" "](plugin/doc/" _text "${_text}")
      file(WRITE ${folder}/${_page} "${_text}")
    else()
      file(COPY ${PROJECT_SOURCE_DIR}/${_page} DESTINATION ${_place})
    endif()
  endforeach()
endfunction()

function(hr_debian_changelog file package version contact epoch)
  set(_kept $ENV{SOURCE_DATE_EPOCH})
  set(ENV{SOURCE_DATE_EPOCH} ${epoch})
  string(TIMESTAMP _date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  set(ENV{SOURCE_DATE_EPOCH} ${_kept})
  file(WRITE ${file}
    "${package} (${version}) unstable; urgency=medium\n\n"
    "  * What changed is in CHANGELOG.md.\n\n"
    " -- ${contact}  ${_date}\n")
endfunction()
