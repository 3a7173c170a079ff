if(TARGET leasehold-agent_parts)
  leasehold_fuzz(manifest SOURCES ${CMAKE_CURRENT_LIST_DIR}/manifest_fuzz.cc MODULES base yaml gotemplate gofuncs PARTS leasehold-agent)
endif()
