if(TARGET leasehold_gofuncs)
  leasehold_fuzz(template SOURCES template_fuzz.cc MODULES base json gotemplate gofuncs)
endif()
