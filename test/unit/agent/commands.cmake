leasehold_test(agent_commands_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/secret_output_test.cc ${CMAKE_CURRENT_LIST_DIR}/generate_config_test.cc
  PARTS leasehold-agent MODULES hcl gotemplate gofuncs base)
