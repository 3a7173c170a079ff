if(TARGET leasehold-injector)
  leasehold_fuzz(annotations SOURCES annotations_fuzz.cc MODULES base PARTS leasehold-injector)
endif()
