# What makes the static programs of the release small, besides their own flags:
# - The C libraries among the archives carry unwind tables, which serve exceptions alone, and no
#   exception goes through C here: callbacks that C calls throw none. 0.5 MB.
# - left_out.cc takes the place of tables that would bring all of a library along. 0.3 MB.
# - Relative relocations are packed as RELR, which glibc understands since 2.36. 0.7 MB.

# leasehold_strip_unwind_tables(OUT archive...): copies without unwind tables; OUT is their folder.
function(leasehold_strip_unwind_tables out)
  set(folder ${CMAKE_BINARY_DIR}/archives)
  file(MAKE_DIRECTORY ${folder})
  find_program(LEASEHOLD_OBJCOPY NAMES llvm-objcopy-19 llvm-objcopy REQUIRED)
  foreach(archive ${ARGN})
    get_filename_component(name ${archive} NAME)
    if(NOT EXISTS ${folder}/${name} OR ${archive} IS_NEWER_THAN ${folder}/${name})
      execute_process(COMMAND_ERROR_IS_FATAL ANY
        COMMAND ${LEASEHOLD_OBJCOPY} --remove-section .eh_frame --remove-section .rela.eh_frame ${archive} ${folder}/${name})
    endif()
  endforeach()
  set(${out} ${folder} PARENT_SCOPE)
endfunction()

if(LEASEHOLD_FLAVOR STREQUAL "release")
  # By name among archives alone: find_library would take the shared ones.
  foreach(library crypt yaml)
    find_library(LEASEHOLD_ARCHIVE_${library} NAMES lib${library}.a REQUIRED)
    list(APPEND archives ${LEASEHOLD_ARCHIVE_${library}})
  endforeach()
  foreach(target OpenSSL::SSL OpenSSL::Crypto)
    get_target_property(archive ${target} IMPORTED_LOCATION)
    leasehold_strip_unwind_tables(LEASEHOLD_ARCHIVES ${archive})
    get_filename_component(name ${archive} NAME)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${LEASEHOLD_ARCHIVES}/${name})
  endforeach()
  leasehold_strip_unwind_tables(LEASEHOLD_ARCHIVES ${archives})
  add_library(leasehold_left_out OBJECT ${CMAKE_SOURCE_DIR}/src/common/static_programs/left_out.cc)
  target_link_libraries(leasehold_left_out PRIVATE leasehold_warnings leasehold_flavor OpenSSL::Crypto)
  target_compile_options(leasehold_left_out PRIVATE -Oz)
endif()

# leasehold_make_static(PROGRAM): links it as a static, position-independent program.
function(leasehold_make_static program)
  target_link_libraries(${program} PRIVATE leasehold_left_out)
  # As an option: a link directory would go into the program as a run path.
  target_link_options(${program} PRIVATE -L${LEASEHOLD_ARCHIVES} -static-pie -Wl,--pack-dyn-relocs=relr -Wl,-O2)
endfunction()
