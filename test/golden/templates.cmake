if(TARGET leasehold_gofuncs)
  leasehold_tool(golden-templates
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/golden_templates.cc ${CMAKE_CURRENT_LIST_DIR}/templates_case.cc
    MODULES base json gotemplate gofuncs LIBS re2)
  if(LEASEHOLD_TEST_SCOPE STREQUAL "all")
    add_test(NAME golden-templates COMMAND golden-templates ${CMAKE_CURRENT_LIST_DIR}/templates)
    set_tests_properties(golden-templates PROPERTIES TIMEOUT 300)
  endif()
endif()
