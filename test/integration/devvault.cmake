# The development server as a process, with a real PostgreSQL.
if(TARGET leasehold-devvault AND LEASEHOLD_TEST_SCOPE STREQUAL "all")
  find_package(Python3 COMPONENTS Interpreter REQUIRED)
  foreach(test replay kube database listener)
    add_test(NAME integration-devvault-${test}
      COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/devvault_${test}.py $<TARGET_FILE:leasehold-devvault>)
    set_tests_properties(integration-devvault-${test} PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^SKIP ")
  endforeach()
endif()
