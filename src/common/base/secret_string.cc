#include "leasehold/base/secret_string.h"

#include <cstring>

namespace leasehold {

void wipe(void* bytes, std::size_t size) noexcept {
  if (size != 0) explicit_bzero(bytes, size);
}

void append(SecretBytes& out, std::string_view text) {
  if (text.empty()) return;
  const std::size_t size = out.size();
  out.resize(size + text.size());
  std::memcpy(out.data() + size, text.data(), text.size());
}

bool operator==(const SecretString& a, const SecretString& b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a.bytes_[i]) ^ static_cast<unsigned char>(b.bytes_[i]);
  }
  return difference == 0;
}

}  // namespace leasehold
