#include "leasehold/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace leasehold {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Transient:
      return "transient";
    case ErrorKind::Denied:
      return "denied";
    case ErrorKind::NotFound:
      return "not found";
    case ErrorKind::Invalid:
      return "invalid";
    case ErrorKind::Cancelled:
      return "cancelled";
  }
  return "unknown";
}

Error Error::in(std::string_view what) const {
  return {kind, std::string(what) + ": " + message};
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: this should not happen: %s\n", file, line, condition);
  std::abort();
}

}  // namespace leasehold
