if(TARGET leasehold_gofuncs)
  leasehold_test(agent_simulation_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/agent_simulation_test.cc
    PARTS leasehold-agent MODULES vault http tls runtime json log base)
endif()
