# What each preset adds to every target. One INTERFACE library, so that no flag is global.
set(LEASEHOLD_FLAVOR "dev" CACHE STRING "dev, release, asan, tsan or fuzz (set by the preset)")
add_library(leasehold_flavor INTERFACE)

if(LEASEHOLD_FLAVOR STREQUAL "dev")
  target_compile_options(leasehold_flavor INTERFACE -O1 -g)
elseif(LEASEHOLD_FLAVOR STREQUAL "release")
  # -Oz or -O2 comes from leasehold_module(): the agent is built for size, the injector for speed.
  target_compile_options(leasehold_flavor INTERFACE
    -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=3
    # Where it was built must not show: the second is what ccache makes of the first.
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=../../=
    $<IF:$<BOOL:$<TARGET_PROPERTY:LEASEHOLD_INSTALLED>>,-fPIC,-fPIE>)
  target_link_options(leasehold_flavor INTERFACE -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,--icf=safe -s)
elseif(LEASEHOLD_FLAVOR STREQUAL "asan")
  # fuzzer-no-link: the fuzz targets live in this preset as well.
  target_compile_options(leasehold_flavor INTERFACE
    -O1 -gline-tables-only -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link
    -fno-sanitize-recover=all)
  target_link_options(leasehold_flavor INTERFACE -fsanitize=address,undefined)
elseif(LEASEHOLD_FLAVOR STREQUAL "tsan")
  target_compile_options(leasehold_flavor INTERFACE -O1 -gline-tables-only -fsanitize=thread)
  target_link_options(leasehold_flavor INTERFACE -fsanitize=thread)
elseif(LEASEHOLD_FLAVOR STREQUAL "fuzz")
  target_compile_options(leasehold_flavor INTERFACE
    -O2 -gline-tables-only -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all)
  target_link_options(leasehold_flavor INTERFACE -fsanitize=address,undefined)
else()
  message(FATAL_ERROR "unknown LEASEHOLD_FLAVOR '${LEASEHOLD_FLAVOR}'")
endif()
