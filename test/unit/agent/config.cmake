leasehold_test(agent_config_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/config_reader_test.cc
  PARTS leasehold-agent MODULES hcl runtime base)
