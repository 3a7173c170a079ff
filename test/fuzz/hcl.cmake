if(TARGET leasehold_hcl)
  leasehold_fuzz(hcl SOURCES hcl_fuzz.cc MODULES hcl base)
endif()
