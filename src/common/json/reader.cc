// Boost.JSON's basic_parser behind json::Visitor: it alone hands out the text of numbers.
#include "leasehold/json/reader.h"

#include <string>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>

#include "leasehold/base/limits.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::json {
namespace {

namespace bj = boost::json;

/// Strings, keys and numbers may arrive in parts; they are put together here, in memory that is
/// wiped, since values of Vault answers pass through it.
class Adapter {
 public:
  constexpr static std::size_t max_object_size = static_cast<std::size_t>(-1);
  constexpr static std::size_t max_array_size = static_cast<std::size_t>(-1);
  constexpr static std::size_t max_key_size = static_cast<std::size_t>(-1);
  constexpr static std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit Adapter(Visitor* visitor) : visitor_(visitor) {}

  using Code = boost::system::error_code;
  bool on_document_begin(Code& /*error*/) { return true; }
  bool on_document_end(Code& /*error*/) { return true; }
  bool on_object_begin(Code& error) { return check(visitor_->begin_object(), error); }
  bool on_object_end(std::size_t /*count*/, Code& error) { return check(visitor_->end_object(), error); }
  bool on_array_begin(Code& error) { return check(visitor_->begin_array(), error); }
  bool on_array_end(std::size_t /*count*/, Code& error) { return check(visitor_->end_array(), error); }
  bool on_key_part(bj::string_view part, std::size_t /*size*/, Code& /*error*/) { return keep(part); }
  bool on_key(bj::string_view part, std::size_t /*size*/, Code& error) {
    return check(visitor_->key(whole(part)), error);
  }
  bool on_string_part(bj::string_view part, std::size_t /*size*/, Code& /*error*/) { return keep(part); }
  bool on_string(bj::string_view part, std::size_t /*size*/, Code& error) {
    return check(visitor_->string(whole(part)), error);
  }
  bool on_number_part(bj::string_view part, Code& /*error*/) { return keep(part); }
  bool on_int64(std::int64_t /*value*/, bj::string_view text, Code& error) { return on_number(text, error); }
  bool on_uint64(std::uint64_t /*value*/, bj::string_view text, Code& error) { return on_number(text, error); }
  bool on_double(double /*value*/, bj::string_view text, Code& error) { return on_number(text, error); }
  bool on_bool(bool value, Code& error) { return check(visitor_->boolean(value), error); }
  bool on_null(Code& error) { return check(visitor_->null_value(), error); }
  bool on_comment_part(bj::string_view /*part*/, Code& /*error*/) { return true; }
  bool on_comment(bj::string_view /*part*/, Code& /*error*/) { return true; }

 private:
  bool on_number(bj::string_view text, Code& error) { return check(visitor_->number(whole(text)), error); }

  bool keep(bj::string_view part) {
    append(parts_, part);
    return true;
  }

  std::string_view whole(bj::string_view last) {
    finished_.clear();
    if (parts_.empty()) return {last.data(), last.size()};
    keep(last);
    finished_.swap(parts_);
    return {finished_.data(), finished_.size()};
  }

  static bool check(bool go_on, Code& error) {
    if (!go_on) error = bj::error::exception;
    return go_on;
  }

  Visitor* visitor_;
  SecretBytes parts_;
  SecretBytes finished_;
};

}  // namespace

Result<void> read(std::string_view text, Visitor& visitor) {
  bj::parse_options options;
  options.max_depth = limits::kJsonDepthMax;
  options.allow_invalid_utf8 = true;  // Go replaces bad bytes; refusing them would lose a secret
  bj::basic_parser<Adapter> parser(options, &visitor);
  boost::system::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (error == bj::error::exception) return invalid("JSON: stopped at byte " + std::to_string(used));
  if (error) {
    return invalid("JSON: " + error.message() + " at byte " + std::to_string(used));
  }
  const auto rest = text.substr(used).find_first_not_of(" \t\r\n");
  if (rest != std::string_view::npos) {
    return invalid("JSON: extra data at byte " + std::to_string(used + rest));
  }
  return {};
}

}  // namespace leasehold::json
