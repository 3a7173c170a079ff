// The values that templates compute with: Go's kinds and type names, since both show in error texts,
// in printf "%T" and in the checks of arguments. Truth: spec "templates" section 2.
//
// Copying a Value copies a pointer; lists, maps and records are shared, as in Go, so a function
// that changes a map changes it for everybody who holds it. Text lives in memory that is wiped when
// its last holder goes.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::gotemplate {

enum class Kind : std::uint8_t {
  Invalid,  ///< no value at all
  Bool,
  Int,   ///< all signed widths
  Uint,  ///< all unsigned widths
  Float,
  Complex,
  String,  ///< also json.Number
  List,
  Map,
  Channel,
  Struct,
  Pointer,    ///< always to a struct
  Interface,  ///< only as element or parameter type: any value
  Raw,        ///< only as parameter type: any value, boxed ones stay boxed
};

class Value;
struct Function;
struct Type;

/// One exported or hidden member of a struct. Hidden ones exist for printing and error texts.
struct Field {
  std::string_view name;
  const Type* type;
  bool exported = true;
};

/// Describes a Go type. All Types are constants with static storage; two values have the same type
/// exactly when their Type pointers are equal.
struct Type {
  Kind kind;
  std::string_view name;                    ///< as Go prints it: `map[string]interface {}`
  const Type* key = nullptr;                ///< maps
  const Type* element = nullptr;            ///< lists, maps, channels, pointers
  std::span<const Field> fields = {};       ///< structs: the members, in order
  std::span<const Function> methods = {};   ///< structs and scalars; pointers use their element's
  std::string (*text)(const Value&) = nullptr;  ///< Go's String(), if the type has it
};

extern const Type kAny, kRaw, kBool, kInt, kInt64, kUint8, kUint32, kUint64, kFloat64, kComplex128;
extern const Type kString, kNumber;
extern const Type kAnyList, kStringList, kIntList, kListList;
extern const Type kAnyMap, kStringMap, kAnyKeyMap;
extern const Type kChannel;

/// Elements of a list, in order. Those of kAnyList may be invalid (nil).
using Items = std::vector<Value>;
/// Entries sorted by key in the order in which Go ranges over a map.
using Entries = std::vector<std::pair<Value, Value>>;

/// A channel of int64: the numbers from next to end-1 that are still to come.
struct Channel {
  std::int64_t next = 0;
  std::int64_t end = 0;
};

/// One datum with its type, or no value. 40 bytes; copies share containers and text.
class Value {
 public:
  Value() = default;

  static Value boolean(bool value);
  static Value integer(std::int64_t value, const Type& type = kInt);
  static Value unsigned_integer(std::uint64_t value, const Type& type = kUint64);
  static Value floating(double value);
  static Value complex(std::complex<double> value);
  static Value string(std::string_view text, const Type& type = kString);
  /// json.Number: kind String, prints as it was written.
  static Value number(std::string_view literal) { return string(literal, kNumber); }
  static Value list(Items items, const Type& type = kAnyList);
  static Value strings(const std::vector<std::string>& items);
  /// An empty map; fill it with set().
  static Value map(const Type& type = kAnyMap);
  static Value channel(std::int64_t from, std::int64_t end);
  /// A struct, or a pointer to one, whose members are fields.
  static Value record(const Type& type, Items fields);
  /// A struct or pointer whose content only its own functions know.
  static Value native(const Type& type, std::shared_ptr<void> object);
  /// The nil list, map or pointer of a type.
  static Value nil(const Type& type);
  /// What Go's zero value of type is: "" , 0, nil, or no value for interfaces.
  static Value zero(const Type& type);

  [[nodiscard]] Kind kind() const { return type_ == nullptr ? Kind::Invalid : type_->kind; }
  [[nodiscard]] bool valid() const { return type_ != nullptr; }
  /// The dynamic type; null when invalid.
  [[nodiscard]] const Type* type() const { return type_; }
  [[nodiscard]] bool is(const Type& type) const { return type_ == &type; }
  /// Name for %T: `<nil>` when invalid.
  [[nodiscard]] std::string_view type_name() const;
  /// The static type's name: `interface {}` when boxed.
  [[nodiscard]] std::string_view static_type_name() const;

  /// True when the value was read out of a container of interfaces (spec 2, "boxed").
  [[nodiscard]] bool boxed() const { return boxed_; }
  [[nodiscard]] Value as_boxed(bool boxed = true) const& {
    Value result = *this;
    result.boxed_ = boxed;
    return result;
  }
  [[nodiscard]] Value as_boxed(bool boxed = true) && {
    boxed_ = boxed;
    return std::move(*this);
  }
  /// True for invalid values and for nil lists, maps and pointers.
  [[nodiscard]] bool is_nil() const;
  /// The struct that a pointer points to.
  [[nodiscard]] Value pointed() const;

  // REQUIRES: the kind in the name.
  [[nodiscard]] bool as_bool() const { return scalar_.truth; }
  [[nodiscard]] std::int64_t as_int() const { return scalar_.integer; }
  [[nodiscard]] std::uint64_t as_uint() const { return scalar_.natural; }
  [[nodiscard]] double as_float() const { return scalar_.real; }
  [[nodiscard]] std::complex<double> as_complex() const;
  /// The bytes live as long as any copy of this value.
  [[nodiscard]] std::string_view as_text() const;
  /// Empty for the nil list.
  [[nodiscard]] const Items& items() const;
  [[nodiscard]] Items& mutable_items();
  [[nodiscard]] const Entries& entries() const;
  [[nodiscard]] Channel& as_channel() const { return *static_cast<Channel*>(node_.get()); }
  [[nodiscard]] const Items& fields() const { return *static_cast<const Items*>(node_.get()); }
  template <class T>
  [[nodiscard]] T& as() const {
    return *static_cast<T*>(node_.get());
  }
  /// True when another value holds the same content.
  [[nodiscard]] bool shared() const { return node_.use_count() > 1; }
  /// Address of the shared content, for identity.
  [[nodiscard]] const void* identity() const { return node_.get(); }

  /// The entry of a map, or null. The pointer lives until the map changes.
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] const Value* find(const Value& key) const;
  /// Adds or replaces an entry of this map, for everybody who shares it. REQUIRES: not nil.
  void set(const Value& key, Value value) const;
  void set(std::string_view key, Value value) const { set(string(key), std::move(value)); }
  void erase(std::string_view key) const;

  /// len() of strings, lists, maps; 0 for others.
  [[nodiscard]] std::size_t length() const;

 private:
  const Type* type_ = nullptr;
  bool boxed_ = false;
  union Scalar {
    bool truth;
    std::int64_t integer;
    std::uint64_t natural;
    double real;
    std::size_t length;
  } scalar_{.natural = 0};
  std::shared_ptr<void> node_;
};

/// Go's template truth (spec 2.1).
bool is_true(const Value& value);
/// reflect.DeepEqual: same types, equal content.
bool deep_equal(const Value& a, const Value& b);
/// Order of map keys: nil, numbers, strings bytewise, bools. Negative, zero or positive.
int compare_keys(const Value& a, const Value& b);
/// True when container is reachable from value, so that storing value in it would make a ring.
bool reaches(const Value& value, const Value& container);
/// A copy that shares no container with the original.
Value deep_copy(const Value& value);

}  // namespace leasehold::gotemplate
