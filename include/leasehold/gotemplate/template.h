// The engine for other programs: parse once, render many times, functions of their own, errors as
// values with their position. Everything of Go's text/template holds; of functions there are its
// builtins and what the program adds.
//
//   Functions functions;
//   functions.add("shout", [](std::string_view text) { return std::string(text) + "!"; });
//   const auto page = Template::parse("Hello {{ .name | shout }}", functions);
//   const auto text = page->render(object({{"name", "Ada"}}));
//
// A Template and the values given to it belong to one thread at a time; several at once need one each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/data.h"
#include "leasehold/gotemplate/function.h"
#include "leasehold/gotemplate/program.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gotemplate {

/// Why a text is no template, or why a rendering stopped, and where.
struct TemplateError {
  Place at;
  std::string file;    ///< the name given to parse()
  std::string reason;  ///< Go's words: `function "shout" not defined`
  std::string part;    ///< the define or block that it stands in; empty: the main text
  std::string node;    ///< source of what was being evaluated, `.user.name`; empty: an error of syntax

  /// `page.tmpl:3:7: <.user.name>: nil pointer evaluating interface {}.name`
  [[nodiscard]] std::string str() const;
};

/// What a call gave: operator bool, operator*, error().
template <class T>
class [[nodiscard]] Outcome : public boost::system::result<T, TemplateError> {
 public:
  using boost::system::result<T, TemplateError>::result;
};

/// How one parameter of an own function is asked for and read. T: bool, integers, double,
/// std::string, std::string_view, Value (anything), last also std::span<const Value> (the rest).
template <class T>
struct Parameter {
  static constexpr bool kRest = std::is_same_v<T, std::span<const Value>>;
  static constexpr bool kText = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;
  static_assert(std::is_arithmetic_v<T> || kText || kRest || std::is_same_v<T, Value>,
                "own functions take bool, integers, double, text, Value, and last std::span<const Value>");

  static const Type* type() {
    if constexpr (std::is_same_v<T, bool>) return &kBool;
    if constexpr (std::is_integral_v<T>) return &kInt;
    if constexpr (std::is_floating_point_v<T>) return &kFloat64;
    return kText ? &kString : &kAny;
  }
  /// False: the number does not fit into T.
  static bool fits(const Call& call, std::size_t index) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) return std::in_range<T>(call.integer(index));
    return kRest || index < call.count();
  }
  static T read(const Call& call, std::size_t index) {
    if constexpr (kRest) {
      return call.arguments.subspan(index);
    } else if constexpr (std::is_same_v<T, bool>) {
      return call[index].as_bool();
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(call.integer(index));
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(call[index].as_float());
    } else if constexpr (kText) {
      return T(call.text(index));
    } else {
      return call[index];
    }
  }
};

/// The parameters of a callable.
template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> {
  using Parameters = std::tuple<std::remove_cvref_t<A>...>;
};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};

/// The functions that templates may call beside Go's builtins.
class Functions {
 public:
  using Body = std::function<Result<Value>(Call& call)>;

  Functions();

  /// Adds a callable, see Parameter and to_value() for its types; returning Result<T> it can fail:
  /// `error calling NAME: ` and its message is then the reason. A later function hides an earlier one
  /// of the same name. What it throws passes through render(). name: letters, digits, `_`.
  template <class F>
  Functions& add(std::string_view name, F function) {
    using Parameters = typename Signature<std::decay_t<F>>::Parameters;
    return add_all(name, std::move(function), static_cast<Parameters*>(nullptr),
                   std::make_index_sequence<std::tuple_size_v<Parameters>>());
  }

  /// The same for a body that reads its arguments itself; they are checked against parameters first.
  /// variadic: the last parameter may be given any number of times.
  Functions& add_row(std::string_view name, std::vector<const Type*> parameters, bool variadic, Body body);

 private:
  friend class Template;
  struct Row;
  struct Rows;

  template <class F, class... P, std::size_t... I>
  Functions& add_all(std::string_view name, F function, std::tuple<P...>* /*types*/, std::index_sequence<I...>) {
    Body body = [function = std::move(function)]([[maybe_unused]] Call& call) mutable -> Result<Value> {
      if (!(Parameter<P>::fits(call, I) && ...)) return invalid("number out of range");
      return as_result(function(Parameter<P>::read(call, I)...));
    };
    return add_row(name, {Parameter<P>::type()...}, (Parameter<P>::kRest || ... || false), std::move(body));
  }

  template <class T>
  static Result<Value> as_result(const T& result) {
    return to_value(result);
  }
  template <class T>
  static Result<Value> as_result(const Result<T>& result) {
    if (!result) return result.error();
    return to_value(*result);
  }

  std::shared_ptr<Rows> rows_;
};

/// A parsed text with all templates that it defines. Copies share it.
class Template {
 public:
  struct Options {
    std::string_view name = "template";  ///< for errors: the file that the text is from
    std::string_view left_delimiter = "{{";
    std::string_view right_delimiter = "}}";
    bool error_on_missing_key = false;  ///< otherwise `<no value>`
    std::size_t statements_max = kStatementsMax;
  };

  /// The text is copied. Functions that are added later are unknown to the template.
  static Outcome<Template> parse(std::string_view text, const Functions& functions, const Options& options);
  static Outcome<Template> parse(std::string_view text, const Functions& functions = {}) {
    return parse(text, functions, Options());
  }

  /// The whole output; `.` is dot.
  Outcome<std::string> render(const Value& dot = {}) const { return render_part("", dot); }
  /// That of one {{define}} or {{block}}.
  Outcome<std::string> render_part(std::string_view part, const Value& dot = {}) const;

 private:
  struct State;
  explicit Template(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace leasehold::gotemplate
