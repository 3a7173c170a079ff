// libyaml's events, written as JSON one after the other.
#include "yaml_body.h"

#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <vector>

#include <yaml.h>

#include "json_text.h"
#include "leasehold/base/limits.h"

namespace leasehold::injector {
namespace {

struct EventGuard {
  yaml_event_t event{};
  EventGuard() = default;
  EventGuard(const EventGuard&) = delete;
  EventGuard& operator=(const EventGuard&) = delete;
  ~EventGuard() { yaml_event_delete(&event); }
};

std::string_view scalar_text(const yaml_event_t& event) {
  const auto* bytes = static_cast<const void*>(event.data.scalar.value);
  return {static_cast<const char*>(bytes), event.data.scalar.length};
}

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  for (const auto word : words) {
    if (text == word) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 5> kNulls = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 11> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                    "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalse = {"n",     "N",     "no",  "No",  "NO", "false",
                                                     "False", "FALSE", "off", "Off", "OFF"};

/// The number as JSON would spell it, or "".
std::string number_text(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t whole = 0;
  const auto* end = digits.data() + digits.size();
  if (const auto [at, error] = std::from_chars(digits.data(), end, whole);
      error == std::errc() && at == end) {
    return std::to_string(whole);
  }
  double number = 0;
  const auto [at, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || at != end || !std::isfinite(number)) return {};
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
}

/// Writes JSON while it walks the events; keeps what it is in: 'k' and 'v' for a mapping before a
/// key and before a value, 's' for a sequence.
class Writer {
 public:
  Result<void> put(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_ALIAS_EVENT:
        return invalid("YAML aliases are not accepted in a review");
      case YAML_SCALAR_EVENT:
        return put_scalar(event);
      case YAML_MAPPING_START_EVENT:
        return open('{', 'k');
      case YAML_SEQUENCE_START_EVENT:
        return open('[', 's');
      case YAML_MAPPING_END_EVENT:
        return close('}');
      case YAML_SEQUENCE_END_EVENT:
        return close(']');
      default:
        return {};
    }
  }
  [[nodiscard]] std::string take() { return out_.take(); }

 private:
  Result<void> open(char bracket, char state) {
    if (at_key()) return invalid("YAML keys must be scalars");
    if (states_.size() >= limits::kJsonDepthMax) return invalid("YAML is nested too deep");
    out_.open(bracket);
    states_.push_back(state);
    return {};
  }

  Result<void> close(char bracket) {
    out_.close(bracket);
    states_.pop_back();
    after_value();
    return {};
  }

  Result<void> put_scalar(const yaml_event_t& event) {
    const std::string_view text = scalar_text(event);
    if (at_key()) {
      out_.quoted_key(text);
      states_.back() = 'v';
      return {};
    }
    const bool plain =
        event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && event.data.scalar.tag == nullptr;
    const std::string number = plain ? number_text(text) : std::string();
    if (plain && one_of(text, kNulls)) {
      out_.raw("null");
    } else if (plain && (one_of(text, kTrue) || one_of(text, kFalse))) {
      out_.boolean(one_of(text, kTrue));
    } else if (!number.empty()) {
      out_.raw(number);
    } else {
      out_.string(text);
    }
    after_value();
    return {};
  }

  [[nodiscard]] bool at_key() const { return !states_.empty() && states_.back() == 'k'; }
  void after_value() {
    if (!states_.empty() && states_.back() == 'v') states_.back() = 'k';
  }

  JsonText out_;
  std::vector<char> states_;
};

}  // namespace

Result<std::string> yaml_to_json(std::string_view text) {
  yaml_parser_t parser;
  if (yaml_parser_initialize(&parser) == 0) return invalid("no memory for a YAML parser");
  const std::unique_ptr<yaml_parser_t, void (*)(yaml_parser_t*)> owner(&parser, yaml_parser_delete);
  const auto* bytes = static_cast<const void*>(text.data());
  yaml_parser_set_input_string(&parser, static_cast<const unsigned char*>(bytes), text.size());
  Writer writer;
  for (;;) {  // bounded by the text: each event consumes some of it
    EventGuard guard;
    if (yaml_parser_parse(&parser, &guard.event) == 0) {
      return invalid("neither JSON nor YAML, line " + std::to_string(parser.problem_mark.line + 1));
    }
    if (guard.event.type == YAML_STREAM_END_EVENT || guard.event.type == YAML_DOCUMENT_END_EVENT)
      break;
    if (auto done = writer.put(guard.event); !done) return done.error();
  }
  return writer.take();
}

}  // namespace leasehold::injector
