// A JSON patch engine over Boost.JSON with the rules, and the leniency, of evanphx/json-patch
// (spec/injector.md 18.2). Depth and copied volume are bounded: the patch comes from a tenant.
#include "json_patch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include "container_schema.h"
#include "json_members.h"
#include "json_syntax.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

namespace bj = boost::json;

struct Parsed {
  bj::value value;
  std::string error;  ///< "" = fine
};

Parsed parse_json(std::string_view text, bj::storage_ptr storage) {
  bj::parse_options options;
  options.max_depth = limits::kJsonDepthMax;
  options.allow_invalid_utf8 = true;
  bj::parser parser(storage, options);
  boost::system::error_code error;
  parser.write(text.data(), text.size(), error);
  if (!error) return {parser.release(), ""};
  const std::string text_of_go = json_syntax_error(text);
  return {nullptr, text_of_go.empty() ? "invalid JSON: " + error.message() : text_of_go};
}

/// What a copy of the tree costs in memory, in bytes; counting ends at limit.
std::size_t copied_bytes(const bj::value& value, std::size_t limit) {
  std::size_t bytes = sizeof(bj::value);
  if (value.is_string()) {
    bytes += value.get_string().size();
  } else if (value.is_array()) {
    for (const bj::value& item : value.get_array()) {
      if (bytes >= limit) break;
      bytes += copied_bytes(item, limit - bytes);
    }
  } else if (value.is_object()) {
    for (const auto& [name, item] : value.get_object()) {
      if (bytes >= limit) break;
      bytes += name.size() + copied_bytes(item, limit - bytes);
    }
  }
  return bytes;
}

std::size_t depth_of(const bj::value& value) {
  std::size_t deepest = 0;
  if (value.is_array()) {
    for (const bj::value& item : value.get_array()) deepest = std::max(deepest, depth_of(item));
  } else if (value.is_object()) {
    for (const auto& [name, item] : value.get_object()) deepest = std::max(deepest, depth_of(item));
  }
  return deepest + 1;
}

/// `go vet` would not let it pass, but it is what the user of the original sees.
Refusal failed(std::string text) {
  return refuse("failed to apply JSON patch: " + std::move(text));
}

struct Target {
  bj::value* parent = nullptr;
  std::string key;
  std::size_t depth = 0;
};

/// An index into an array of that size; what is beyond, or no number, is an error text.
struct Index {
  std::size_t at = 0;
  std::string error;
  bool is_number = true;
};

Index array_index(const std::string& key, std::size_t size) {
  std::string_view digits = key;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (code != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
    return {0, "strconv.Atoi: parsing " + go_quote(key) + ": invalid syntax", false};
  }
  const auto count = static_cast<std::int64_t>(size);
  if (number < 0) number += count;
  if (number < 0 || number >= count) {
    return {0, "Unable to access invalid index: " + key + ": invalid index referenced", true};
  }
  return {static_cast<std::size_t>(number), "", true};
}

bj::value* child(bj::value& parent, const std::string& key) {
  if (parent.is_object()) return parent.get_object().if_contains(key);
  if (!parent.is_array()) return nullptr;
  const Index index = array_index(key, parent.get_array().size());
  return index.error.empty() ? &parent.get_array()[index.at] : nullptr;
}

std::string decode_key(std::string_view part) {
  // "~1" before "~0", in one pass: ~01 is ~1.
  std::string key;
  for (std::size_t at = 0; at < part.size(); ++at) {
    if (part[at] == '~' && at + 1 < part.size() && (part[at + 1] == '0' || part[at + 1] == '1')) {
      key += part[++at] == '1' ? '/' : '~';
    } else {
      key += part[at];
    }
  }
  return key;
}

/// compat: what stands before the first slash is ignored, golden/injector/json-patch-*.json
Target find_target(bj::value& document, std::string_view path) {
  const std::vector<std::string> parts = split(path, '/');
  if (parts.size() < 2) return {};
  bj::value* parent = &document;
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
    parent = child(*parent, decode_key(parts[i]));
    if (parent == nullptr || (!parent->is_object() && !parent->is_array())) return {};
  }
  if (!parent->is_object() && !parent->is_array()) return {};
  return {parent, decode_key(parts.back()), parts.size()};
}

/// "" or what went wrong.
std::string insert(const Target& target, const bj::value& value) {
  if (target.parent->is_object()) {
    target.parent->get_object()[target.key] = value;
    return {};
  }
  bj::array& array = target.parent->get_array();
  if (target.key == "-") {
    array.push_back(value);
    return {};
  }
  const Index index = array_index(target.key, array.size() + 1);
  if (!index.error.empty()) {
    return (index.is_number ? "" : "value was not a proper array index: '" + target.key + "': ") +
           index.error;
  }
  array.insert(array.begin() + static_cast<std::ptrdiff_t>(index.at), value);
  return {};
}

std::string erase(const Target& target) {
  if (target.parent->is_object()) {
    if (target.parent->get_object().erase(target.key) > 0) return {};
    return "Unable to remove nonexistent key: " + target.key + ": missing value";
  }
  bj::array& array = target.parent->get_array();
  const Index index = array_index(target.key, array.size());
  if (!index.error.empty()) return index.error;
  array.erase(array.begin() + static_cast<std::ptrdiff_t>(index.at));
  return {};
}

/// What stands there; a member that is not there is null, as for Go's maps.
struct Found {
  const bj::value* value = nullptr;  ///< nullptr = null
  std::string error;                 ///< of an array's index; "" = none
};

Found look_up(const Target& target) {
  if (target.parent->is_object()) return {target.parent->get_object().if_contains(target.key), ""};
  const bj::array& array = target.parent->get_array();
  Index index = array_index(target.key, array.size());
  if (!index.error.empty()) return {nullptr, std::move(index.error)};
  return {&array[index.at], ""};
}

/// One operation as it stands in the patch.
struct Operation {
  std::string kind = "unknown";
  std::optional<std::string> path;
  std::optional<std::string> from;
  std::string from_error;            ///< why there is none
  const bj::value* value = nullptr;  ///< nullptr = absent
};

Operation read_operation(const bj::value& item) {
  Operation operation;
  if (!item.is_object()) return operation;
  const bj::object& object = item.get_object();
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const bj::value* member = object.if_contains(name);
    if (member == nullptr || !member->is_string()) return std::nullopt;
    return std::string(std::string_view(member->get_string()));
  };
  operation.kind = text("op").value_or("unknown");
  operation.path = text("path");
  operation.from = text("from");
  const bj::value* from = object.if_contains("from");
  if (from == nullptr) {
    operation.from_error = "operation, missing from field: missing value";
  } else if (from->is_null()) {
    operation.from = "";
  } else if (!operation.from) {
    operation.from_error =
        "json: cannot unmarshal " + std::string(kind_of(*from)) + " into Go value of type string";
  }
  operation.value = object.if_contains("value");
  return operation;
}

class Engine {
 public:
  explicit Engine(bj::value& document) : document_(document) {}

  Outcome<void> apply(const Operation& operation) {
    struct Row {
      std::string_view kind;
      Outcome<void> (Engine::*apply)(const Operation&, const std::string&);
    };
    static constexpr std::array kKinds{
        Row{"add", &Engine::add},         Row{"remove", &Engine::remove},
        Row{"replace", &Engine::replace}, Row{"move", &Engine::move},
        Row{"copy", &Engine::copy},       Row{"test", &Engine::test}};
    for (const Row& row : kKinds) {
      if (row.kind != operation.kind) continue;
      if (!operation.path) return pathless(operation);
      return (this->*row.apply)(operation, *operation.path);
    }
    return failed("Unexpected kind: " + operation.kind);
  }

 private:
  /// compat: only move looks at from first, and says more about the path.
  static Outcome<void> pathless(const Operation& operation) {
    const bool is_move = operation.kind == "move";
    if (is_move && !operation.from) return undecodable_from(operation);
    return failed(operation.kind + " operation failed to decode path: " +
                  (is_move ? "operation missing path field: " : "") + "missing value");
  }
  static Refusal undecodable_from(const Operation& operation) {
    return failed(operation.kind + " operation failed to decode from: " + operation.from_error);
  }

  Outcome<void> add(const Operation& operation, const std::string& path) {
    const Target target = find_target(document_, path);
    if (target.parent == nullptr) {
      return failed("add operation does not apply: doc is missing path: \"" + path +
                    "\": missing value");
    }
    const bj::value null(nullptr);
    return put(target, operation.value == nullptr ? null : *operation.value,
               "error in add for path: '" + path + "': ");
  }

  Outcome<void> remove(const Operation& /*operation*/, const std::string& path) {
    const Target target = find_target(document_, path);
    if (target.parent == nullptr) {
      return failed("remove operation does not apply: doc is missing path: \"" + path +
                    "\": missing value");
    }
    if (auto problem = erase(target); !problem.empty()) {
      return failed("error in remove for path: '" + path + "': " + problem);
    }
    return {};
  }

  Outcome<void> replace(const Operation& operation, const std::string& path) {
    if (path.empty()) return replace_all(operation);
    const Target target = find_target(document_, path);
    if (target.parent == nullptr) {
      return failed("replace operation does not apply: doc is missing path: " + path +
                    ": missing value");
    }
    bj::value* old = child(*target.parent, target.key);
    if (old == nullptr && target.parent->is_array()) {
      return failed("replace operation does not apply: doc is missing key: " + path +
                    ": missing value");
    }
    const bj::value null(nullptr);
    const bj::value& value = operation.value == nullptr ? null : *operation.value;
    if (auto room = check_depth(target, value); !room) return room;
    // compat: a member that is not there is set,
    // golden/injector/json-patch-replace-missing-key-works.json
    if (old == nullptr) {
      target.parent->get_object()[target.key] = value;
    } else {
      *old = value;
    }
    return {};
  }

  Outcome<void> replace_all(const Operation& operation) {
    if (operation.value == nullptr ||
        (!operation.value->is_object() && !operation.value->is_array())) {
      return failed("replace operation value must be object or array: %!w(<nil>)");
    }
    document_ = *operation.value;
    return {};
  }

  Outcome<void> move(const Operation& operation, const std::string& path) {
    const auto source = find_source(operation);
    if (!source) return source.error();
    const Found found = look_up(*source);
    const std::string start = "error in move for path: '" + source->key + "': ";
    if (!found.error.empty()) return failed(start + found.error);
    const auto value = copy_of(found);
    if (!value) return value.error();
    if (auto problem = erase(*source); !problem.empty()) return failed(start + problem);
    return arrive("move", "error in move for path: '" + path + "': ", path, *value);
  }

  Outcome<void> copy(const Operation& operation, const std::string& path) {
    const auto source = find_source(operation);
    if (!source) return source.error();
    const Found found = look_up(*source);
    if (!found.error.empty()) {
      return failed("error in copy for from: '" + *operation.from + "': " + found.error);
    }
    const auto value = copy_of(found);
    if (!value) return value.error();
    return arrive("copy", "error while adding value during copy: ", path, *value);
  }

  Outcome<Target> find_source(const Operation& operation) {
    if (!operation.from) return undecodable_from(operation);
    Target source = find_target(document_, *operation.from);
    if (source.parent != nullptr) return source;
    return failed(operation.kind + " operation does not apply: doc is missing from path: " +
                  *operation.from + ": missing value");
  }

  Outcome<bj::value> copy_of(const Found& found) {
    if (found.value == nullptr) return bj::value(nullptr);
    // Before it is copied: the memory of a review is freed at its end only.
    copied_bytes_ += copied_bytes(*found.value, limits::kJsonPatchCopiedBytesMax);
    if (copied_bytes_ > limits::kJsonPatchCopiedBytesMax) {
      return failed("the copy and move operations copy more than " +
                    std::to_string(limits::kJsonPatchCopiedBytesMax >> 20) + " MiB");
    }
    return bj::value(*found.value);
  }

  Outcome<void> arrive(const std::string& kind, const std::string& problem_start,
                       const std::string& path, const bj::value& value) {
    const Target target = find_target(document_, path);
    if (target.parent == nullptr) {
      return failed(kind + " operation does not apply: doc is missing destination path: " + path +
                    ": missing value");
    }
    return put(target, value, problem_start);
  }

  Outcome<void> put(const Target& target, const bj::value& value,
                    const std::string& problem_start) {
    if (auto room = check_depth(target, value); !room) return room;
    if (auto problem = insert(target, value); !problem.empty()) {
      return failed(problem_start + problem);
    }
    return {};
  }

  Outcome<void> test(const Operation& operation, const std::string& path) {
    const bj::value* found = &document_;
    if (!path.empty()) {
      const Target target = find_target(document_, path);
      if (target.parent == nullptr) {
        return failed("test operation does not apply: is missing path: " + path +
                      ": missing value");
      }
      const Found looked = look_up(target);
      if (!looked.error.empty()) {
        return failed("error in test for path: '" + path + "': " + looked.error);
      }
      found = looked.value;
    }
    const bj::value null(nullptr);
    const bj::value& want = operation.value == nullptr ? null : *operation.value;
    if ((found == nullptr ? null : *found) == want) return {};
    return failed("testing value " + path + " failed: test failed");
  }

  /// A document too deep would overflow the stack when it is walked or freed.
  static Outcome<void> check_depth(const Target& target, const bj::value& value) {
    if (target.depth + depth_of(value) <= limits::kJsonDepthMax) return {};
    return failed("the result is nested more than " + std::to_string(limits::kJsonDepthMax) +
                  " levels deep");
  }

  bj::value& document_;
  std::size_t copied_bytes_ = 0;
};

}  // namespace

std::optional<std::string> json_patch_syntax(std::string_view text) {
  bj::monotonic_resource memory;
  const Parsed parsed = parse_json(text, &memory);
  if (!parsed.error.empty()) return parsed.error;
  if (parsed.value.is_null()) return std::nullopt;
  if (!parsed.value.is_array()) {
    return "json: cannot unmarshal " + std::string(kind_of(parsed.value)) +
           " into Go value of type jsonpatch.Patch";
  }
  for (const bj::value& item : parsed.value.get_array()) {
    if (!item.is_object() && !item.is_null()) {
      return "json: cannot unmarshal " + std::string(kind_of(item)) +
             " into Go value of type jsonpatch.Operation";
    }
  }
  return std::nullopt;
}

Outcome<std::string> patch_container(std::string_view container, std::string_view patch) {
  bj::monotonic_resource memory;
  Parsed document = parse_json(container, &memory);
  const Parsed operations = parse_json(patch, &memory);
  if (!document.error.empty() || !operations.error.empty())
    return failed(document.error + operations.error);
  if (operations.value.is_array()) {
    const std::size_t count = operations.value.get_array().size();
    if (count > limits::kJsonPatchOperationsMax) {
      return failed("the patch has " + std::to_string(count) + " operations, at most " +
                    std::to_string(limits::kJsonPatchOperationsMax) + " are taken");
    }
    Engine engine(document.value);
    for (const bj::value& item : operations.value.get_array()) {
      if (auto done = engine.apply(read_operation(item)); !done) return done.error();
    }
  }
  std::string out;
  if (auto done = append_container(out, document.value); !done) return done.error();
  return out;
}

}  // namespace leasehold::injector
