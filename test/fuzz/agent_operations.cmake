if(TARGET leasehold_vault AND EXISTS ${CMAKE_SOURCE_DIR}/src/agent/state_data.cc)
  # The parsers' own sources, not the whole program.
  leasehold_fuzz(agent_state SOURCES agent_state_fuzz.cc ${CMAKE_SOURCE_DIR}/src/agent/state_data.cc
    ${CMAKE_SOURCE_DIR}/src/agent/journal.cc MODULES vault http tls runtime log json base)
  leasehold_fuzz(agent_output SOURCES agent_output_fuzz.cc ${CMAKE_SOURCE_DIR}/src/agent/typed_output.cc MODULES json base)
  foreach(target fuzz-agent_state fuzz-agent_output)
    if(TARGET ${target})
      target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src/agent)
    endif()
  endforeach()
endif()
