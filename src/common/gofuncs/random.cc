#include "random.h"

#include <cstring>

#include <openssl/rand.h>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  const int done = RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
  LH_ASSERT(done == 1);
  return bytes;
}

std::uint64_t random_below(std::uint64_t bound) {
  LH_ASSERT(bound > 0);
  // Values from the incomplete last stretch would come more often: draw again.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {  // ends with probability above one half per round
    std::uint64_t number = 0;
    std::memcpy(&number, random_bytes(sizeof number).data(), sizeof number);
    if (number < limit) return number % bound;
  }
}

}  // namespace leasehold::gofuncs
