if(TARGET leasehold-injector)
  leasehold_fuzz(offline SOURCES offline_fuzz.cc MODULES base flags PARTS leasehold-injector)
endif()
