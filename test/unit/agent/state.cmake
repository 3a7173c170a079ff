leasehold_test(agent_operations_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/notify_test.cc ${CMAKE_CURRENT_LIST_DIR}/state_data_test.cc
    ${CMAKE_CURRENT_LIST_DIR}/telling_test.cc ${CMAKE_CURRENT_LIST_DIR}/typed_output_test.cc
  PARTS leasehold-agent MODULES vault http tls runtime metrics json log base)
find_package(nlohmann_json REQUIRED)
leasehold_test(pod_events_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/pod_events_test.cc
  PARTS leasehold-agent MODULES vault kube http tls runtime metrics json log base
  LIBS nlohmann_json::nlohmann_json OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
leasehold_test(agent_crash_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/crash_simulation_test.cc
  PARTS leasehold-agent MODULES vault http tls runtime metrics json log base)
# A state is written at every change, and synced: a memory file system, as in a pod, saves a minute.
if(TARGET agent_crash_test AND EXISTS /dev/shm)
  set_tests_properties(agent_crash_test PROPERTIES ENVIRONMENT "TMPDIR=/dev/shm")
endif()
