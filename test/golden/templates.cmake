if(TARGET leasehold_gofuncs)
  leasehold_tool(golden-templates
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/golden_templates.cc ${CMAKE_CURRENT_LIST_DIR}/templates_case.cc
    MODULES base json gotemplate gofuncs LIBS re2)
  leasehold_bench(templates-bench SOURCES ${CMAKE_SOURCE_DIR}/bench/templates_bench.cc MODULES base json gotemplate gofuncs)
  leasehold_tool(templates-canary
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/templates_canary.cc ${CMAKE_CURRENT_LIST_DIR}/templates_case.cc
    MODULES base json gotemplate gofuncs LIBS re2)
  if(LEASEHOLD_TEST_SCOPE STREQUAL "all")
    add_test(NAME golden-templates COMMAND golden-templates ${CMAKE_CURRENT_LIST_DIR}/templates)
    add_test(NAME templates-canary COMMAND templates-canary ${CMAKE_CURRENT_LIST_DIR}/templates)
    set_tests_properties(golden-templates PROPERTIES TIMEOUT 300)
  endif()
endif()
