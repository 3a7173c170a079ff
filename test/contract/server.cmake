# What the agent asks of a server: ours here, a real one with VAULT_BIN=/path/to/bao in the environment.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND LEASEHOLD_TEST_SCOPE STREQUAL "all" AND TARGET leasehold-devvault)
  add_test(NAME contract COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/contract_test.py $<TARGET_FILE:leasehold-devvault>)
  set_tests_properties(contract PROPERTIES TIMEOUT 400 SKIP_REGULAR_EXPRESSION "^SKIP "
    ENVIRONMENT "LEASEHOLD_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1;PYTHONPATH=${CMAKE_SOURCE_DIR}/test/integration")
endif()
