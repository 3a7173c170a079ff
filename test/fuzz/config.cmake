if(TARGET leasehold-agent_parts)
  leasehold_fuzz(config SOURCES config_fuzz.cc MODULES base PARTS leasehold-agent)
endif()
