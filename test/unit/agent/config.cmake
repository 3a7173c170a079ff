leasehold_test(agent_config_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/config_reader_test.cc ${CMAKE_CURRENT_LIST_DIR}/config_docs_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/config_types_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/config_own_keys_test.cc
  PARTS leasehold-agent MODULES hcl runtime base)
leasehold_tool(agent-config-docs SOURCES ${CMAKE_CURRENT_LIST_DIR}/config_docs_tool.cc
  PARTS leasehold-agent MODULES hcl base)
