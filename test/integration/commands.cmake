# The commands for people and scripts, flags, signals and channels of the agent as a process.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND LEASEHOLD_TEST_SCOPE STREQUAL "all" AND TARGET leasehold-agent AND TARGET leasehold-devvault)
  add_test(NAME agent_commands COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/agent_commands_test.py)
  add_test(NAME agent_connection COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/agent_connection_test.py)
  add_test(NAME agent_process COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/agent_process_test.py)
  add_test(NAME kubernetes_example COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/kubernetes_example_test.py)
  set_tests_properties(agent_commands agent_connection agent_process kubernetes_example PROPERTIES TIMEOUT 300
    ENVIRONMENT "LEASEHOLD_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
endif()
