if(TARGET leasehold_gofuncs)
  leasehold_test(agent_simulation_test
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/agent_simulation_test.cc ${CMAKE_CURRENT_LIST_DIR}/agent_parity_test.cc
      ${CMAKE_CURRENT_LIST_DIR}/agent_certificates_test.cc
    PARTS leasehold-agent MODULES vault http tls runtime metrics json log base LIBS OpenSSL::Crypto)
  # 24 hours of each scenario; LEASEHOLD_SEED and LEASEHOLD_HOURS choose others.
  leasehold_test(agent_day_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/agent_day_test.cc
    PARTS leasehold-agent MODULES vault http tls runtime metrics json log base TIMEOUT 600)
  # All orders of events in a pod's life; LEASEHOLD_DEPTH chooses how long (docs/adr/0003).
  leasehold_test(agent-explorer SOURCES ${CMAKE_CURRENT_LIST_DIR}/agent_explorer_test.cc
    PARTS leasehold-agent MODULES vault http tls runtime metrics json log base TIMEOUT 600)
  if(TARGET agent-explorer AND EXISTS /dev/shm)  # as for agent_crash_test
    set_tests_properties(agent-explorer PROPERTIES ENVIRONMENT "TMPDIR=/dev/shm")
  endif()
  leasehold_test(io-failures
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/io_failures_test.cc ${CMAKE_SOURCE_DIR}/test/support/failing_calls.cc
    PARTS leasehold-agent MODULES vault http tls runtime metrics json log base)
  if(TARGET io-failures)
    foreach(call open read write close fsync fchmod fchown fstat stat lstat mkdir rename unlink link posix_spawnp waitpid syscall)
      target_link_options(io-failures PRIVATE -Wl,--wrap=${call})
    endforeach()
  endif()
endif()
