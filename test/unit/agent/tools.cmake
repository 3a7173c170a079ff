leasehold_test(agent_tools_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/render_once_test.cc
  PARTS leasehold-agent MODULES yaml gotemplate gofuncs base)
