# Recorded answers of the replaced program against our pure function: no server, no TLS.
leasehold_tool(golden-injector SOURCES injector_runner.cc MODULES base json flags PARTS leasehold-injector)
if(TARGET golden-injector)
  add_test(NAME golden-injector COMMAND golden-injector ${CMAKE_CURRENT_LIST_DIR}/injector)
  set_tests_properties(golden-injector PROPERTIES TIMEOUT 120)
endif()
