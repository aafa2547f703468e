# Run by CPack on each package that it made, and packs it again, since CPack's own depends on more
# than the source: the order of files in an archive and the installed size in a .deb are those of
# the file system, the modes of folders follow the umask.
# Where tar is not GNU's (macOS, Windows), CPack's own archive stays.
# SPDX-License-Identifier: GPL-2.0-or-later

function(hr_run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE _status OUTPUT_QUIET ERROR_VARIABLE _error)
  if(NOT _status EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${_status} ${_error}")
  endif()
endfunction()

function(hr_make_folders_public folder)
  file(GLOB_RECURSE _folders LIST_DIRECTORIES true "${folder}/*")
  list(APPEND _folders "${folder}")
  foreach(_folder IN LISTS _folders)
    if(IS_DIRECTORY "${_folder}")
      file(CHMOD "${_folder}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
        GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    endif()
  endforeach()
endfunction()

function(hr_repack_archive archive folder)
  execute_process(COMMAND tar --version OUTPUT_VARIABLE _version ERROR_QUIET)
  if(NOT _version MATCHES "GNU tar")
    message(STATUS "tar is not GNU's: the order of files in ${archive} is not reproducible")
    return()
  endif()
  hr_run(tar -C "${folder}" -xpf "${archive}")
  hr_make_folders_public("${folder}")
  file(GLOB _top RELATIVE "${folder}" "${folder}/*")
  hr_run(tar -C "${folder}" -cf "${folder}.tar" --sort=name --format=gnu
    --owner=root:0 --group=root:0 "--mtime=@$ENV{SOURCE_DATE_EPOCH}" ${_top})
  hr_run(gzip --no-name --best --force "${folder}.tar")
  file(RENAME "${folder}.tar.gz" "${archive}")
endfunction()

# Installed-Size as Debian's policy has it: files in KiB, each rounded up, and 1 for all else.
function(hr_set_installed_size folder)
  set(_size 0)
  file(GLOB_RECURSE _entries LIST_DIRECTORIES true "${folder}/usr/*")
  foreach(_entry IN LISTS _entries)
    set(_bytes 1)
    if(NOT IS_DIRECTORY "${_entry}")
      file(SIZE "${_entry}" _bytes)
    endif()
    math(EXPR _size "${_size} + (${_bytes} + 1023) / 1024")
  endforeach()
  file(READ "${folder}/DEBIAN/control" _control)
  string(REGEX REPLACE "Installed-Size: [0-9]+" "Installed-Size: ${_size}" _control "${_control}")
  file(WRITE "${folder}/DEBIAN/control" "${_control}")
endfunction()

function(hr_repack_deb deb folder)
  hr_run(dpkg-deb --raw-extract "${deb}" "${folder}")
  hr_make_folders_public("${folder}")
  hr_set_installed_size("${folder}")
  # One thread, since the number of threads changes what xz writes.
  hr_run(dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "${folder}" "${deb}")
endfunction()

foreach(_package IN LISTS CPACK_PACKAGE_FILES)
  set(_folder "${_package}.repacked")
  file(REMOVE_RECURSE "${_folder}")
  file(MAKE_DIRECTORY "${_folder}")
  if(CPACK_GENERATOR STREQUAL "DEB")
    hr_repack_deb("${_package}" "${_folder}")
  elseif(CPACK_GENERATOR STREQUAL "TGZ")
    hr_repack_archive("${_package}" "${_folder}")
  endif()
  file(REMOVE_RECURSE "${_folder}")
endforeach()
