if(TARGET leasehold-devvault_parts)
  leasehold_fuzz(devvault_request SOURCES devvault_request_fuzz.cc PARTS leasehold-devvault
    MODULES base json log hcl runtime http LIBS Threads::Threads)
endif()
