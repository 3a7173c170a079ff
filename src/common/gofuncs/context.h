// What the functions of one rendering share: the data source, the lists of dependencies, scratch and
// the edges of the host.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/gofuncs/render.h"
#include "leasehold/gotemplate/function.h"

namespace leasehold::gofuncs {

using gotemplate::Call;
using gotemplate::Function;
using gotemplate::Items;
using gotemplate::Kind;
using gotemplate::types;
using gotemplate::Value;

class RenderContext final : public gotemplate::Context {
 public:
  RenderContext(const TemplateOptions& options, const Host& host, const DataSource& data, Pass& pass,
                bool copy_data)
      : options_(options), host_(host), data_(data), pass_(pass), copy_data_(copy_data) {}

  /// Notes the dependency as used, and as missing when the answer is null.
  const Value* look_up(Dependency dependency);

  [[nodiscard]] const TemplateOptions& options() const { return options_; }
  [[nodiscard]] const Host& host() const { return host_; }
  [[nodiscard]] std::chrono::system_clock::time_point now() const {
    return host_.now ? host_.now() : std::chrono::system_clock::time_point();
  }
  [[nodiscard]] std::optional<std::string> environment(std::string_view name) const {
    return host_.environment ? host_.environment(name) : std::nullopt;
  }
  /// The store of `scratch`, made at first use.
  const Value& scratch();
  /// Values that were handed out, for redaction.
  [[nodiscard]] const std::vector<Value>& seen() const { return seen_; }

 private:
  const TemplateOptions& options_;
  const Host& host_;
  const DataSource& data_;
  Pass& pass_;
  bool copy_data_;  ///< the template changes maps: keep the caller's data as they are
  Value scratch_;
  std::vector<std::pair<std::string, std::unique_ptr<Value>>> copies_;
  std::vector<Value> seen_;
};

inline RenderContext& context_of(Call& call) { return static_cast<RenderContext&>(call.context); }

// The tables, one per subject (tables.cc puts them together). sprig_clock and sprig_random hold what
// the hermetic set leaves out.
std::span<const Function> vault_functions();
std::span<const Function> host_functions();
std::span<const Function> text_functions();
std::span<const Function> encoding_functions();
std::span<const Function> parsing_functions();
std::span<const Function> collection_functions();
std::span<const Function> math_functions();
std::span<const Function> service_functions();
std::span<const Function> side_effect_functions();
std::span<const Function> sockaddr_functions();
std::span<const Function> sprig_strings();
std::span<const Function> sprig_semver();
std::span<const Function> sprig_dates();
std::span<const Function> sprig_clock();
std::span<const Function> sprig_random();
std::span<const Function> sprig_crypto();
std::span<const Function> sprig_certificates();
std::span<const Function> sprig_lists();
std::span<const Function> sprig_dicts();
std::span<const Function> sprig_values();
std::span<const Function> sprig_math();
std::span<const Function> sprig_regex();
std::span<const Function> sprig_paths();

}  // namespace leasehold::gofuncs
