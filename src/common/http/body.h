// Takes the body out of a message's bytes: by length, by chunks, or until the connection ends.
// Pure. Not Beast's own: its chunk parser asserts on bytes that a peer chooses (a body of no chunks
// whose end comes byte by byte), which would let anybody end the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "leasehold/base/secret_string.h"

namespace leasehold::http {

enum class Progress { NeedMore, Complete, HeaderTooLarge, BodyTooLarge, Malformed };

struct Fed {
  Progress progress;
  std::size_t used;  ///< bytes that need not be given again
};

enum class Framing { Length, Chunked, UntilEnd };

class BodyReader {
 public:
  /// length: for Framing::Length. trailer_bytes_max bounds what chunking adds after the body.
  BodyReader(Framing framing, std::uint64_t length, std::size_t bytes_max,
             std::size_t trailer_bytes_max);
  /// Uses all bytes up to the end of the message.
  Fed feed(std::string_view bytes);
  /// The connection ended.
  [[nodiscard]] Progress feed_end() const;
  /// What has come since the last take(); only that counts against bytes_max.
  SecretBytes take() { return std::exchange(bytes_, SecretBytes()); }

 private:
  enum class At {
    Size,
    Extension,
    SizeEnd,
    Data,
    DataCr,
    DataLf,
    Trailer,
    TrailerLine,
    TrailerEnd,
    End,
    Done
  };

  Progress take_data(std::string_view& bytes);
  Progress take_mark(char c);
  Progress take_size(char c);
  Progress start_chunk();

  Framing framing_;
  At at_;
  std::uint64_t left_;  ///< of the length or of the chunk
  std::size_t bytes_max_;
  std::size_t marks_left_;  ///< bytes that a chunk's size line or the trailer may still have
  std::size_t trailer_bytes_max_;
  int digits_ = 0;
  SecretBytes bytes_;
};

}  // namespace leasehold::http
