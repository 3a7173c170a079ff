leasehold_test(fixed_shell_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/fixed_shell_test.cc
  PARTS leasehold-agent MODULES flags base)
