if(TARGET leasehold-devvault_parts)
  leasehold_fuzz(policy SOURCES policy_fuzz.cc PARTS leasehold-devvault MODULES base hcl LIBS Threads::Threads)
endif()
