# Random templates against the real consul-template, on machines that have it.
find_program(CONSUL_TEMPLATE consul-template)
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND LEASEHOLD_TEST_SCOPE STREQUAL "all" AND TARGET leasehold_gofuncs AND CONSUL_TEMPLATE)
  add_test(NAME difftest-templates
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/difftest_templates.py -count 300)
  set_tests_properties(difftest-templates PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^SKIP "
    ENVIRONMENT "LEASEHOLD_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
endif()
