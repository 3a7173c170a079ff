find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND LEASEHOLD_TEST_SCOPE STREQUAL "all")
  add_test(NAME tidy COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/tidy.py)
  add_test(NAME tidy_checks COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/tidy_test.py)
  add_test(NAME tidy_headers COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/tidy.py --headers)
  add_test(NAME tidy_scripts COMMAND ${CMAKE_CURRENT_LIST_DIR}/scripts_test.sh)
  set_tests_properties(tidy tidy_checks tidy_headers tidy_scripts PROPERTIES
    TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^SKIP " ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endif()
