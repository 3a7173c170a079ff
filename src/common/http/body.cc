#include "body.h"

#include <algorithm>

namespace leasehold::http {
namespace {

// A peer that announces a huge body and sends nothing must not make us reserve it.
constexpr std::uint64_t kReserveMax = 64UL * 1024;
// A chunk's size with its extensions, which nobody uses.
constexpr std::size_t kSizeLineMax = 1024;
// More digits do not fit into 64 bits.
constexpr int kSizeDigitsMax = 15;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

BodyReader::BodyReader(Framing framing, std::uint64_t length, std::size_t bytes_max,
                       std::size_t trailer_bytes_max)
    : framing_(framing),
      at_(framing == Framing::Chunked ? At::Size : At::Data),
      left_(framing == Framing::Length ? length : 0),
      bytes_max_(bytes_max),
      marks_left_(kSizeLineMax),
      trailer_bytes_max_(trailer_bytes_max) {
  if (framing == Framing::Length) {
    bytes_.reserve(static_cast<std::size_t>(std::min(length, kReserveMax)));
    if (length == 0) at_ = At::Done;
  }
}

Fed BodyReader::feed(std::string_view bytes) {
  const std::size_t size = bytes.size();
  if (left_ > bytes_max_ - bytes_.size() && framing_ == Framing::Length) {
    return {Progress::BodyTooLarge, 0};
  }
  Progress progress = at_ == At::Done ? Progress::Complete : Progress::NeedMore;
  while (!bytes.empty() && progress == Progress::NeedMore) {
    if (at_ == At::Data) {
      progress = take_data(bytes);
    } else {
      progress = take_mark(bytes.front());
      bytes.remove_prefix(1);
    }
  }
  return {progress, size - bytes.size()};
}

Progress BodyReader::feed_end() const {
  return framing_ == Framing::UntilEnd || at_ == At::Done ? Progress::Complete
                                                          : Progress::Malformed;
}

Progress BodyReader::take_data(std::string_view& bytes) {
  const bool bounded = framing_ != Framing::UntilEnd;
  const std::size_t count =
      bounded ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()))
              : bytes.size();
  if (count > bytes_max_ - bytes_.size()) return Progress::BodyTooLarge;
  append(bytes_, bytes.substr(0, count));
  bytes.remove_prefix(count);
  if (!bounded) return Progress::NeedMore;
  left_ -= count;
  if (left_ > 0) return Progress::NeedMore;
  if (framing_ == Framing::Length) {
    at_ = At::Done;
    return Progress::Complete;
  }
  at_ = At::DataCr;
  return Progress::NeedMore;
}

/// One byte of what stands around the chunks.
Progress BodyReader::take_mark(char c) {
  if (marks_left_ == 0) return Progress::Malformed;
  --marks_left_;
  const auto expect = [&](char wanted, At next) {
    at_ = next;
    return c == wanted ? Progress::NeedMore : Progress::Malformed;
  };
  switch (at_) {
    case At::Size:
      return take_size(c);
    case At::Extension:
      if (c == '\r') at_ = At::SizeEnd;
      return c == '\n' ? Progress::Malformed : Progress::NeedMore;
    case At::SizeEnd:
      return c == '\n' ? start_chunk() : Progress::Malformed;
    case At::DataCr:
      return expect('\r', At::DataLf);
    case At::DataLf:
      marks_left_ = kSizeLineMax;
      digits_ = 0;
      return expect('\n', At::Size);
    case At::Trailer:
      at_ = c == '\r' ? At::End : At::TrailerLine;
      return c == '\n' ? Progress::Malformed : Progress::NeedMore;
    case At::TrailerLine:
      if (c == '\r') at_ = At::TrailerEnd;
      return c == '\n' ? Progress::Malformed : Progress::NeedMore;
    case At::TrailerEnd:
      return expect('\n', At::Trailer);
    case At::End:
      at_ = At::Done;
      return c == '\n' ? Progress::Complete : Progress::Malformed;
    case At::Data:
    case At::Done:
      break;
  }
  return Progress::Malformed;
}

Progress BodyReader::take_size(char c) {
  const int value = hex_value(c);
  if (value >= 0) {
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    return ++digits_ > kSizeDigitsMax ? Progress::Malformed : Progress::NeedMore;
  }
  if (digits_ == 0) return Progress::Malformed;
  if (c == '\r') {
    at_ = At::SizeEnd;
  } else if (c == ';' || c == ' ' || c == '\t') {
    at_ = At::Extension;
  } else {
    return Progress::Malformed;
  }
  return Progress::NeedMore;
}

Progress BodyReader::start_chunk() {
  if (left_ > bytes_max_ - bytes_.size()) return Progress::BodyTooLarge;
  at_ = left_ == 0 ? At::Trailer : At::Data;
  marks_left_ = left_ == 0 ? trailer_bytes_max_ : 2;  // 2: the line end behind the data
  return Progress::NeedMore;
}

}  // namespace leasehold::http
