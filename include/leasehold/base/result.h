// Errors as values. Every call that can fail returns Result<T>; the caller switches on Error::kind,
// which says what can be done, and shows Error::message, which says what happened and what to do.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace leasehold {

/// What the caller can do about an error; nothing finer, since every retry switches on it.
enum class ErrorKind {
  Transient,  ///< the same call may succeed later: network, 5xx, 429
  Denied,     ///< the credential was understood and refused: 401, 403
  NotFound,   ///< the thing does not exist (any more): 404, dead lease
  Invalid,    ///< the input or configuration is wrong; trying again is useless
  Cancelled,  ///< we are shutting down
};

/// Lower-case name of the kind, for logs.
std::string_view to_string(ErrorKind kind);

/// Never carries a secret: names, positions and counts only.
struct Error {
  ErrorKind kind = ErrorKind::Invalid;
  std::string message;

  /// Adds context going up, the verb first: `renew lease: connection refused`.
  [[nodiscard]] Error in(std::string_view what) const;
};

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

inline Error invalid(std::string message) { return {ErrorKind::Invalid, std::move(message)}; }
inline Error transient(std::string message) { return {ErrorKind::Transient, std::move(message)}; }
inline Error denied(std::string message) { return {ErrorKind::Denied, std::move(message)}; }
inline Error not_found(std::string message) { return {ErrorKind::NotFound, std::move(message)}; }
inline Error cancelled(std::string message) { return {ErrorKind::Cancelled, std::move(message)}; }

/// Prints the place and aborts. Use LH_ASSERT.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace leasehold

/// For our own mistakes only, never for input. Stays on in release.
#define LH_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::leasehold::assertion_failed(#condition, __FILE__, __LINE__))
