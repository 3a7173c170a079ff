// The bytes of a connection that were received and not parsed yet. Wiped as they are used, because
// answers of Vault pass through here.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "leasehold/base/secret_string.h"

namespace leasehold::http {

class ReadBuffer {
 public:
  [[nodiscard]] std::string_view bytes() const { return {store_.data() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  void consume(std::size_t count) {
    wipe(store_.data() + begin_, count);
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Makes room at the end: at least one byte. Doubles while reads fill it, from 4 KiB to at most
  /// 16 KiB (one TLS record), more only when the unparsed bytes alone need it.
  void prepare() {
    if (begin_ > 0 && end_ == store_.size()) {
      std::memmove(store_.data(), store_.data() + begin_, end_ - begin_);
      wipe(store_.data() + end_ - begin_, begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    const bool was_filled = last_read_filled_ && store_.size() < kUsual;
    if (end_ == store_.size() || was_filled) store_.resize(std::max(kFirst, store_.size() * 2));
    last_read_filled_ = false;
  }
  [[nodiscard]] char* space() { return store_.data() + end_; }
  [[nodiscard]] std::size_t space_size() const { return store_.size() - end_; }
  void commit(std::size_t count) {
    end_ += count;
    last_read_filled_ = end_ == store_.size();
  }
  /// Gives the memory back while nothing is pending.
  void release() {
    if (empty()) store_ = SecretBytes();
  }

 private:
  static constexpr std::size_t kFirst = 4096;
  static constexpr std::size_t kUsual = 16384;
  SecretBytes store_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool last_read_filled_ = false;
};

}  // namespace leasehold::http
