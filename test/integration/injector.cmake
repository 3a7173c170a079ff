# The program from outside: recorded cases over TLS, bad input, start and end.
if(TARGET leasehold-injector AND LEASEHOLD_TEST_SCOPE STREQUAL "all")
  find_package(Python3 COMPONENTS Interpreter REQUIRED)
  foreach(part golden bad-input lifecycle)
    add_test(NAME injector-${part}
      COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/injector_test.py $<TARGET_FILE:leasehold-injector> ${part})
    set_tests_properties(injector-${part} PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^SKIP ")
  endforeach()
endif()
