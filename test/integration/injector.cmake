# The program from outside: recorded cases over TLS, bad input, start and end.
if(TARGET leasehold-injector AND LEASEHOLD_TEST_SCOPE STREQUAL "all")
  find_package(Python3 COMPONENTS Interpreter REQUIRED)
  foreach(part golden bad-input lifecycle)
    add_test(NAME injector-${part}
      COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/injector_test.py $<TARGET_FILE:leasehold-injector> ${part})
    set_tests_properties(injector-${part} PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^SKIP ")
  endforeach()
endif()

# Two replicas and a stand-in for the API server: certificates and leadership.
if(TARGET leasehold-injector AND LEASEHOLD_TEST_SCOPE STREQUAL "all")
  foreach(story start rotation repair leader-death gone away files rights two-alone)
    add_test(NAME injector-story-${story}
      COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/injector_stories.py $<TARGET_FILE:leasehold-injector> ${story})
    set_tests_properties(injector-story-${story} PROPERTIES TIMEOUT 180 SKIP_REGULAR_EXPRESSION "^SKIP ")
  endforeach()
  add_test(NAME injector-offline
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/injector_offline_test.py $<TARGET_FILE:leasehold-injector>)
  set_tests_properties(injector-offline PROPERTIES TIMEOUT 120)
  # With the replaced program beside it, on machines that have it.
  find_program(VAULT_K8S vault-k8s)
  find_program(UNSHARE unshare)
  execute_process(COMMAND id -u OUTPUT_VARIABLE user OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(VAULT_K8S AND UNSHARE AND user STREQUAL "0")
    add_test(NAME injector-story-peer
      COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/injector_stories.py $<TARGET_FILE:leasehold-injector> peer ${VAULT_K8S})
    set_tests_properties(injector-story-peer PROPERTIES TIMEOUT 180)
  endif()
endif()
