if(TARGET leasehold-injector)
  leasehold_fuzz(review SOURCES review_fuzz.cc MODULES base PARTS leasehold-injector)
endif()
