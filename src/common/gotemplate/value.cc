// Types of the language and the shared containers behind Value (spec "templates" section 2).
#include "leasehold/gotemplate/value.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/gotemplate/function.h"
#include "number_methods.h"

namespace leasehold::gotemplate {

constinit const Type kAny{.kind = Kind::Interface, .name = "interface {}"};
constinit const Type kRaw{.kind = Kind::Raw, .name = "reflect.Value"};
constinit const Type kBool{.kind = Kind::Bool, .name = "bool"};
constinit const Type kInt{.kind = Kind::Int, .name = "int"};
constinit const Type kInt64{.kind = Kind::Int, .name = "int64"};
constinit const Type kUint8{.kind = Kind::Uint, .name = "uint8"};
constinit const Type kUint32{.kind = Kind::Uint, .name = "uint32"};
constinit const Type kUint64{.kind = Kind::Uint, .name = "uint64"};
constinit const Type kFloat64{.kind = Kind::Float, .name = "float64"};
constinit const Type kComplex128{.kind = Kind::Complex, .name = "complex128"};
constinit const Type kString{.kind = Kind::String, .name = "string"};
constinit const Type kNumber{.kind = Kind::String, .name = "json.Number", .methods = kNumberMethods};
constinit const Type kAnyList{.kind = Kind::List, .name = "[]interface {}", .element = &kAny};
constinit const Type kStringList{.kind = Kind::List, .name = "[]string", .element = &kString};
constinit const Type kIntList{.kind = Kind::List, .name = "[]int", .element = &kInt};
constinit const Type kListList{.kind = Kind::List, .name = "[][]interface {}", .element = &kAnyList};
constinit const Type kAnyMap{
    .kind = Kind::Map, .name = "map[string]interface {}", .key = &kString, .element = &kAny};
constinit const Type kStringMap{
    .kind = Kind::Map, .name = "map[string]string", .key = &kString, .element = &kString};
constinit const Type kAnyKeyMap{
    .kind = Kind::Map, .name = "map[interface {}]interface {}", .key = &kAny, .element = &kAny};
constinit const Type kChannel{.kind = Kind::Channel, .name = "<-chan int64", .element = &kInt64};

namespace {

/// Nested deeper than this is a ring or a mistake; comparisons and copies stop there.
constexpr int kDepthMax = 1000;
/// Containers that hold each other several times are a small graph but an endless tree.
constexpr int kComparisonsMax = 10'000'000;

/// Groups of keys of different types, in the order in which we print them.
int key_group(Kind kind) {
  switch (kind) {
    case Kind::Invalid:
      return 0;
    case Kind::Int:
    case Kind::Uint:
    case Kind::Float:
      return 1;
    case Kind::String:
      return 2;
    case Kind::Bool:
      return 3;
    default:
      return 4;
  }
}

bool key_less(const std::pair<Value, Value>& entry, const Value& key) {
  return compare_keys(entry.first, key) < 0;
}

bool text_key_less(const std::pair<Value, Value>& entry, std::string_view key) {
  if (entry.first.kind() == Kind::String) return entry.first.as_text() < key;
  return key_group(entry.first.kind()) < key_group(Kind::String);
}

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

double as_real(const Value& value) {
  switch (value.kind()) {
    case Kind::Int:
      return static_cast<double>(value.as_int());
    case Kind::Uint:
      return static_cast<double>(value.as_uint());
    default:
      return value.as_float();
  }
}

}  // namespace

Value Value::boolean(bool value) {
  Value result;
  result.type_ = &kBool;
  result.scalar_.natural = 0;
  result.scalar_.truth = value;
  return result;
}

Value Value::integer(std::int64_t value, const Type& type) {
  Value result;
  result.type_ = &type;
  result.scalar_.integer = value;
  return result;
}

Value Value::unsigned_integer(std::uint64_t value, const Type& type) {
  Value result;
  result.type_ = &type;
  result.scalar_.natural = value;
  return result;
}

Value Value::floating(double value) {
  Value result;
  result.type_ = &kFloat64;
  result.scalar_.real = value;
  return result;
}

Value Value::complex(std::complex<double> value) {
  Value result;
  result.type_ = &kComplex128;
  result.node_ = std::make_shared<std::complex<double>>(value);
  return result;
}

Value Value::string(std::string_view text, const Type& type) {
  Value result;
  result.type_ = &type;
  result.scalar_.length = text.size();
  if (!text.empty()) {
    // One block for count and bytes, wiped as a whole.
    auto bytes = std::allocate_shared_for_overwrite<char[]>(WipingAllocator<char>(), text.size());
    std::memcpy(bytes.get(), text.data(), text.size());
    result.node_ = std::move(bytes);
  }
  return result;
}

Value Value::list(Items items, const Type& type) {
  Value result;
  result.type_ = &type;
  result.node_ = std::make_shared<Items>(std::move(items));
  return result;
}

Value Value::strings(const std::vector<std::string>& items) {
  Items values;
  values.reserve(items.size());
  for (const std::string& item : items) values.push_back(string(item));
  return list(std::move(values), kStringList);
}

Value Value::map(const Type& type) {
  Value result;
  result.type_ = &type;
  result.node_ = std::make_shared<Entries>();
  return result;
}

Value Value::channel(std::int64_t from, std::int64_t end) {
  return native(kChannel, std::make_shared<Channel>(Channel{.next = from, .end = end}));
}

Value Value::record(const Type& type, Items fields) {
  return native(type, std::make_shared<Items>(std::move(fields)));
}

Value Value::native(const Type& type, std::shared_ptr<void> object) {
  Value result;
  result.type_ = &type;
  result.node_ = std::move(object);
  return result;
}

Value Value::nil(const Type& type) {
  Value result;
  result.type_ = &type;
  return result;
}

Value Value::zero(const Type& type) {
  if (type.kind == Kind::Interface || type.kind == Kind::Raw) return {};
  if (type.kind == Kind::Complex) return complex({0, 0});
  return nil(type);
}

std::string_view Value::type_name() const { return type_ == nullptr ? "<nil>" : type_->name; }

std::string_view Value::static_type_name() const { return boxed_ ? kAny.name : type_name(); }

bool Value::is_nil() const {
  switch (kind()) {
    case Kind::Invalid:
      return true;
    case Kind::List:
    case Kind::Map:
    case Kind::Pointer:
    case Kind::Channel:
      return node_ == nullptr;
    default:
      return false;
  }
}

Value Value::pointed() const {
  if (kind() != Kind::Pointer) return *this;
  Value result = *this;
  result.type_ = type_->element;
  return result;
}

std::complex<double> Value::as_complex() const {
  return *static_cast<const std::complex<double>*>(node_.get());
}

std::string_view Value::as_text() const {
  if (node_ == nullptr) return "";  // never a null pointer: C libraries dislike those
  return {static_cast<const char*>(node_.get()), scalar_.length};
}

const Items& Value::items() const {
  static const Items kNone;
  return node_ == nullptr ? kNone : *static_cast<const Items*>(node_.get());
}

Items& Value::mutable_items() {
  LH_ASSERT(node_ != nullptr);
  return *static_cast<Items*>(node_.get());
}

const Entries& Value::entries() const {
  static const Entries kNone;
  return node_ == nullptr ? kNone : *static_cast<const Entries*>(node_.get());
}

const Value* Value::find(std::string_view key) const {
  const Entries& all = entries();
  const auto place = std::lower_bound(all.begin(), all.end(), key, text_key_less);
  if (place == all.end() || place->first.kind() != Kind::String || place->first.as_text() != key) {
    return nullptr;
  }
  return &place->second;
}

const Value* Value::find(const Value& key) const {
  const Entries& all = entries();
  const auto place = std::lower_bound(all.begin(), all.end(), key, key_less);
  if (place == all.end() || compare_keys(place->first, key) != 0) return nullptr;
  return &place->second;
}

void Value::set(const Value& key, Value value) const {
  LH_ASSERT(node_ != nullptr);
  Entries& all = *static_cast<Entries*>(node_.get());
  const auto place = std::lower_bound(all.begin(), all.end(), key, key_less);
  if (place != all.end() && compare_keys(place->first, key) == 0) {
    place->second = value.as_boxed(false);
  } else {
    all.emplace(place, key.as_boxed(false), value.as_boxed(false));
  }
}

void Value::erase(std::string_view key) const {
  if (node_ == nullptr) return;
  Entries& all = *static_cast<Entries*>(node_.get());
  const auto place = std::lower_bound(all.begin(), all.end(), key, text_key_less);
  if (place != all.end() && place->first.kind() == Kind::String && place->first.as_text() == key) {
    all.erase(place);
  }
}

std::size_t Value::length() const {
  switch (kind()) {
    case Kind::String:
      return scalar_.length;
    case Kind::List:
      return items().size();
    case Kind::Map:
      return entries().size();
    default:
      return 0;
  }
}

bool is_true(const Value& value) {
  switch (value.kind()) {
    case Kind::Bool:
      return value.as_bool();
    case Kind::Int:
    case Kind::Uint:
      return value.as_uint() != 0;
    case Kind::Float:
      return value.as_float() != 0;
    case Kind::Complex:
      return value.as_complex() != std::complex<double>(0, 0);
    case Kind::String:
    case Kind::List:
    case Kind::Map:
      return value.length() > 0;
    case Kind::Channel:
    case Kind::Pointer:
      return !value.is_nil();
    case Kind::Struct:
      return true;
    default:
      return false;
  }
}

namespace {

bool deep_equal_at(const Value& a, const Value& b, int depth, int& left) {
  if (a.type() != b.type() || depth > kDepthMax || --left < 0) return false;
  switch (a.kind()) {
    case Kind::Invalid:
      return true;
    case Kind::Bool:
    case Kind::Int:
    case Kind::Uint:
      return a.as_uint() == b.as_uint();
    case Kind::Float:
      return a.as_float() == b.as_float();
    case Kind::Complex:
      return a.as_complex() == b.as_complex();
    case Kind::String:
      return a.as_text() == b.as_text();
    case Kind::List:
      return a.is_nil() == b.is_nil() &&
             std::ranges::equal(a.items(), b.items(), [depth, &left](const Value& x, const Value& y) {
               return deep_equal_at(x, y, depth + 1, left);
             });
    case Kind::Map:
      return a.is_nil() == b.is_nil() &&
             std::ranges::equal(a.entries(), b.entries(), [depth, &left](const auto& x, const auto& y) {
               return compare_keys(x.first, y.first) == 0 &&
                      deep_equal_at(x.second, y.second, depth + 1, left);
             });
    default:
      return a.identity() == b.identity();
  }
}

using Seen = std::unordered_set<const void*>;

bool reaches_at(const Value& value, const Value& container, int depth, Seen& seen) {
  if (depth > kDepthMax) return true;  // refused like a ring: nothing could print it either
  if (value.kind() != Kind::List && value.kind() != Kind::Map) return false;
  if (value.identity() == nullptr) return false;
  if (depth > 1 && !seen.insert(value.identity()).second) return false;
  const auto below = [&container, depth, &seen](const Value& item) {
    return reaches_at(item, container, depth + 1, seen);
  };
  switch (value.kind()) {
    case Kind::List:
      return value.identity() == container.identity() || std::ranges::any_of(value.items(), below);
    case Kind::Map:
      return value.identity() == container.identity() ||
             std::ranges::any_of(value.entries(),
                                 [&below](const auto& entry) { return below(entry.second); });
    default:
      return false;
  }
}

}  // namespace

bool deep_equal(const Value& a, const Value& b) {
  int left = kComparisonsMax;
  return deep_equal_at(a, b, 0, left);
}

bool reaches(const Value& value, const Value& container) {
  Seen seen;
  return reaches_at(value, container, 0, seen);
}

int compare_keys(const Value& a, const Value& b) {
  const int group = key_group(a.kind());
  if (group != key_group(b.kind())) return group - key_group(b.kind());
  switch (a.kind()) {
    case Kind::Invalid:
      return 0;
    case Kind::Bool:
      return three_way(a.as_bool(), b.as_bool());
    case Kind::String:
      return three_way(a.as_text(), b.as_text());
    case Kind::Int:
    case Kind::Uint:
    case Kind::Float:
      if (a.type() != b.type()) {
        const int order = three_way(as_real(a), as_real(b));
        return order != 0 ? order : three_way(a.type_name(), b.type_name());
      }
      if (a.kind() == Kind::Int) return three_way(a.as_int(), b.as_int());
      if (a.kind() == Kind::Uint) return three_way(a.as_uint(), b.as_uint());
      return three_way(a.as_float(), b.as_float());
    default:
      return three_way(a.identity(), b.identity());
  }
}

namespace {

/// What is shared inside the original is shared inside the copy, so that the copy is no larger.
using Copies = std::unordered_map<const void*, Value>;

Value deep_copy_at(const Value& value, Copies& copies) {
  if (value.is_nil() || (value.kind() != Kind::List && value.kind() != Kind::Map)) return value;
  const bool several = value.shared();
  if (several) {
    if (const auto known = copies.find(value.identity()); known != copies.end()) return known->second;
  }
  Value copy;
  if (value.kind() == Kind::List) {
    Items items;
    items.reserve(value.items().size());
    for (const Value& item : value.items()) items.push_back(deep_copy_at(item, copies));
    copy = Value::list(std::move(items), *value.type());
  } else {
    copy = Value::map(*value.type());
    for (const auto& [key, item] : value.entries()) copy.set(key, deep_copy_at(item, copies));
  }
  if (several) copies.emplace(value.identity(), copy);
  return copy;
}

}  // namespace

Value deep_copy(const Value& value) {
  Copies copies;
  return deep_copy_at(value, copies);
}

}  // namespace leasehold::gotemplate
