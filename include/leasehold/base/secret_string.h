// Bytes that must not leak: wiped when freed, never copied by accident, never formatted or logged.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold {

/// Overwrites with zeros in a way that the optimiser keeps. bytes may be null when size is 0.
void wipe(void* bytes, std::size_t size) noexcept;

/// std::allocator that wipes what it frees. A vector with it, not a std::string: a short string
/// lives inside the object, where no allocator sees it.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  explicit(false) WipingAllocator(const WipingAllocator<U>& /*other*/) noexcept {}
  /// resize() leaves new elements as they are: they are about to be overwritten.
  template <class U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* block, std::size_t count) noexcept {
    wipe(block, count * sizeof(T));
    std::allocator<T>().deallocate(block, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

/// A growing buffer of secret bytes, for parsers and sockets.
/// resize() does not fill what it adds.
using SecretBytes = std::vector<char, WipingAllocator<char>>;

/// In one copy; std::vector::insert goes byte by byte where the allocator is not std::allocator.
/// text must not lie in out.
void append(SecretBytes& out, std::string_view text);

/// A token, password, JWT, private key, rendered file or raw answer of Vault. Move-only; there is
/// no operator<< and no formatter, so logging one does not compile.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string_view text) { leasehold::append(bytes_, text); }
  explicit SecretString(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  SecretString(SecretString&&) noexcept = default;
  SecretString& operator=(SecretString&&) noexcept = default;
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;
  ~SecretString() = default;

  /// The only way to the bytes. Each use should say why it is needed. The view lives as long as
  /// this object is neither moved from, appended to nor destroyed.
  [[nodiscard]] std::string_view expose() const { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] SecretString clone() const { return SecretString(expose()); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  void append(std::string_view text) { leasehold::append(bytes_, text); }
  void clear() { bytes_ = SecretBytes(); }
  /// Takes the buffer out, e.g. to hand it to a socket.
  [[nodiscard]] SecretBytes release() { return std::exchange(bytes_, SecretBytes()); }

  /// Constant time in the content; the length is not secret.
  friend bool operator==(const SecretString& a, const SecretString& b) noexcept;

 private:
  SecretBytes bytes_;
};

}  // namespace leasehold
