# The package leasehold: what other projects can use on its own, leasehold::gotemplate and
# leasehold::hcl, with what they need. `cmake --install BUILD --component library --prefix P`;
# see docs/library.md. scripts/check-library.sh tries the result.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(installed GLOBAL PROPERTY leasehold_installed)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/leasehold)
install(TARGETS ${installed} EXPORT leasehold
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT leasehold NAMESPACE leasehold:: FILE leaseholdTargets.cmake
  DESTINATION ${package_folder} COMPONENT library)

# All of the contracts of gotemplate and hcl, and what these include.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/leasehold/gotemplate ${CMAKE_SOURCE_DIR}/include/leasehold/hcl
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/leasehold COMPONENT library FILES_MATCHING PATTERN *.h)
install(FILES
  ${CMAKE_SOURCE_DIR}/include/leasehold/base/result.h ${CMAKE_SOURCE_DIR}/include/leasehold/base/secret_string.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/leasehold/base COMPONENT library)

configure_file(${CMAKE_SOURCE_DIR}/cmake/leaseholdConfig.cmake ${CMAKE_BINARY_DIR}/leaseholdConfig.cmake COPYONLY)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/leaseholdConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/leaseholdConfig.cmake ${CMAKE_BINARY_DIR}/leaseholdConfigVersion.cmake
  DESTINATION ${package_folder} COMPONENT library)
