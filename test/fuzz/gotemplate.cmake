if(TARGET leasehold_gofuncs)
  leasehold_fuzz(gotemplate_parse SOURCES gotemplate_parse_fuzz.cc MODULES base json gotemplate gofuncs)
  leasehold_fuzz(gotemplate_exec SOURCES gotemplate_exec_fuzz.cc MODULES base json gotemplate gofuncs)
endif()
