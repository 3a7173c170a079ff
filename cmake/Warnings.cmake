# Warnings are errors. Not -Wnull-dereference: it fires inside Boost at -O2.
add_library(leasehold_warnings INTERFACE)
target_compile_options(leasehold_warnings INTERFACE
  -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough
  -Wextra-semi -Wundef)
