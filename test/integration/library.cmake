# The installed package, used from outside by another compiler. Sanitizers cannot be linked there: in
# scripts/test.sh the release build is tried.
if(LEASEHOLD_FLAVOR MATCHES "^(dev|release)$" AND LEASEHOLD_TEST_SCOPE STREQUAL "all")
  add_test(NAME library COMMAND ${CMAKE_SOURCE_DIR}/scripts/check-library.sh ${CMAKE_BINARY_DIR})
  set_tests_properties(library PROPERTIES TIMEOUT 300)
endif()
