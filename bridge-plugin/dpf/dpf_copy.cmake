# Copies Debian's DPF into the build tree and applies our patch, once for each version of both.
#   grym_prepare_dpf(OUT)  ->  OUT = folder of the patched copy
set(GRYM_DPF_SOURCE "/usr/share/dpf" CACHE PATH "where the package dpf-source put DPF")
set(GRYM_DPF_VERSION "1.6")

function(grym_dpf_package_version OUT)
  execute_process(COMMAND dpkg-query --show "--showformat=\${Version}" dpf-source
    OUTPUT_VARIABLE version ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(version "unknown")
  endif()
  set(${OUT} "${version}" PARENT_SCOPE)
endfunction()

function(grym_prepare_dpf OUT)
  set(patch_file "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/host-transport.patch")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${patch_file}")
  if(NOT EXISTS "${GRYM_DPF_SOURCE}/cmake/DPF-plugin.cmake")
    message(FATAL_ERROR "The plugin is built from DPF, which is not in ${GRYM_DPF_SOURCE}. Install it: apt-get install dpf-source")
  endif()
  grym_dpf_package_version(version)
  if(NOT version STREQUAL "unknown" AND NOT version MATCHES "^1\\.6([^0-9].*)?$")
    message(FATAL_ERROR "The plugin's patch is for DPF ${GRYM_DPF_VERSION}, but dpf-source ${version} is installed. "
      "Install dpf-source ${GRYM_DPF_VERSION}, or name a folder with it: -DGRYM_DPF_SOURCE=/path/to/dpf")
  endif()
  find_program(GRYM_PATCH_PROGRAM patch REQUIRED)

  set(copy "${CMAKE_BINARY_DIR}/dpf-patched")
  file(SHA256 "${patch_file}" patch_hash)
  set(stamp "${version} ${GRYM_DPF_SOURCE} ${patch_hash}")
  set(present "")
  if(EXISTS "${copy}/.grym-stamp")
    file(READ "${copy}/.grym-stamp" present)
  endif()
  if(NOT present STREQUAL stamp)
    file(REMOVE_RECURSE "${copy}")
    file(COPY "${GRYM_DPF_SOURCE}/CMakeLists.txt" "${GRYM_DPF_SOURCE}/LICENSE" "${GRYM_DPF_SOURCE}/cmake"
      "${GRYM_DPF_SOURCE}/distrho" "${GRYM_DPF_SOURCE}/utils" DESTINATION "${copy}")
    execute_process(COMMAND "${GRYM_PATCH_PROGRAM}" --strip=1 --fuzz=0 --batch --quiet "--input=${patch_file}"
      WORKING_DIRECTORY "${copy}" RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
    if(failed)
      message(FATAL_ERROR "The patch does not fit the DPF in ${GRYM_DPF_SOURCE} (dpf-source ${version}); it is for DPF ${GRYM_DPF_VERSION}.\n${said}")
    endif()
    file(WRITE "${copy}/.grym-stamp" "${stamp}")
  endif()
  set(${OUT} "${copy}" PARENT_SCOPE)
endfunction()
