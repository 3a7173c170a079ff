#include "leasehold/runtime/memory.h"

#include <malloc.h>

namespace leasehold::runtime {

void return_free_memory() noexcept {
  ::malloc_trim(0);
}

}  // namespace leasehold::runtime
