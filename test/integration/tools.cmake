# render and lint as programs: exit statuses, channels, files of every kind.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND LEASEHOLD_TEST_SCOPE STREQUAL "all" AND TARGET leasehold-agent AND TARGET leasehold-devvault)
  add_test(NAME agent_tools_programs COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/tools_test.py)
  set_tests_properties(agent_tools_programs PROPERTIES TIMEOUT 300
    ENVIRONMENT "LEASEHOLD_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
endif()
