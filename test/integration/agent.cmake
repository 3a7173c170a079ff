# The agent as a process against devvault and PostgreSQL. Python's own library, Debian's server.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND LEASEHOLD_TEST_SCOPE STREQUAL "all" AND TARGET leasehold-agent AND TARGET leasehold-devvault)
  add_test(NAME agent_bad_input COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/agent_bad_input_test.py)
  add_test(NAME agent_logins COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/agent_logins_test.py)
  add_test(NAME agent_operations COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/agent_operations_test.py)
  add_test(NAME agent_bad_answers COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/agent_bad_answers_test.py)
  set_tests_properties(agent_bad_input agent_logins agent_bad_answers agent_operations PROPERTIES TIMEOUT 600
    ENVIRONMENT "LEASEHOLD_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
  # The agent with a hook at two system calls; see test/support/moments.cc.
  leasehold_tool(agent-with-moments SOURCES ${CMAKE_SOURCE_DIR}/src/agent/main.cc ${CMAKE_SOURCE_DIR}/test/support/moments.cc
    PARTS leasehold-agent MODULES flags runtime base)
  target_compile_definitions(agent-with-moments PRIVATE LEASEHOLD_VERSION="${PROJECT_VERSION}")
  target_link_options(agent-with-moments PRIVATE -Wl,--wrap=open -Wl,--wrap=rename)
  add_test(NAME sigterm-matrix
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/sigterm_matrix_test.py $<TARGET_FILE:agent-with-moments>)
  set_tests_properties(sigterm-matrix PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^SKIP "
    ENVIRONMENT "LEASEHOLD_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
  if(TARGET leasehold-injector AND TARGET webapp)
    # The whole demo, with all secrets collected and searched for; it measures times, so it runs alone.
    add_test(NAME demo_and_canary COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/canary_test.py)
    set_tests_properties(demo_and_canary PROPERTIES TIMEOUT 600 RUN_SERIAL ON SKIP_REGULAR_EXPRESSION "^SKIP "
      ENVIRONMENT "LEASEHOLD_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
  endif()
endif()
