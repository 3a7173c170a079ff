# find_package(leasehold): leasehold::gotemplate and leasehold::hcl. The headers need those of
# Boost.System.
include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81)
include(${CMAKE_CURRENT_LIST_DIR}/leaseholdTargets.cmake)
set_property(TARGET leasehold::base APPEND PROPERTY INTERFACE_LINK_LIBRARIES Boost::headers)
set_property(TARGET leasehold::base APPEND PROPERTY INTERFACE_COMPILE_FEATURES cxx_std_20)
# Ours see each other's contracts through the build alone; outside, headers of base come along.
set_property(TARGET leasehold::gotemplate APPEND PROPERTY INTERFACE_LINK_LIBRARIES leasehold::base)
set_property(TARGET leasehold::hcl APPEND PROPERTY INTERFACE_LINK_LIBRARIES leasehold::base)
set(leasehold_FOUND TRUE)
