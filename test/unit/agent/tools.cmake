leasehold_test(agent_tools_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/render_once_test.cc ${CMAKE_CURRENT_LIST_DIR}/lint_test.cc
  PARTS leasehold-agent MODULES hcl yaml gotemplate gofuncs base)
leasehold_tool(lint-docs SOURCES ${CMAKE_CURRENT_LIST_DIR}/lint_docs_tool.cc PARTS leasehold-agent MODULES base)
