# Random pods against the real vault-k8s, on machines that have it.
find_program(VAULT_K8S vault-k8s)
find_program(UNSHARE unshare)
find_package(Python3 COMPONENTS Interpreter)
execute_process(COMMAND id -u OUTPUT_VARIABLE user OUTPUT_STRIP_TRAILING_WHITESPACE)
if(Python3_FOUND AND LEASEHOLD_TEST_SCOPE STREQUAL "all" AND TARGET leasehold-injector AND VAULT_K8S AND UNSHARE AND user STREQUAL "0")
  add_test(NAME difftest-injector
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/difftest_injector.py $<TARGET_FILE:leasehold-injector> ${VAULT_K8S} -seconds 40 -seed 1)
  set_tests_properties(difftest-injector PROPERTIES TIMEOUT 180)
endif()
