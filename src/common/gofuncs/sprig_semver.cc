// Sprig's semantic versions: the value with its methods, and the comparison (spec 12.8).
#include <memory>
#include <string>

#include "context.h"
#include "semver.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kString;
using gotemplate::kUint64;
using gotemplate::Type;

extern const Type kVersion;
extern const Type kVersionPointer;

const Version& version_of(const Value& value) { return value.as<Version>(); }

Value version_value(Version version, const Type& type) {
  return Value::native(type, std::make_shared<Version>(std::move(version)));
}

Result<Value> major(Call& call) { return Value::unsigned_integer(version_of(call[0]).major); }
Result<Value> minor(Call& call) { return Value::unsigned_integer(version_of(call[0]).minor); }
Result<Value> patch(Call& call) { return Value::unsigned_integer(version_of(call[0]).patch); }
Result<Value> prerelease(Call& call) { return Value::string(version_of(call[0]).prerelease); }
Result<Value> metadata(Call& call) { return Value::string(version_of(call[0]).metadata); }
Result<Value> original(Call& call) { return Value::string(version_of(call[0]).original); }
Result<Value> text(Call& call) { return Value::string(version_of(call[0]).text()); }

Result<int> order(Call& call) {
  if (call[1].is_nil()) return invalid("runtime error: invalid memory address or nil pointer dereference");
  return compare_versions(version_of(call[0]), version_of(call[1]));
}

template <class Test>
Result<Value> test_order(Call& call, Test test) {
  auto result = order(call);
  if (!result) return result.error();
  return Value::boolean(test(*result));
}

Result<Value> compare(Call& call) {
  auto result = order(call);
  if (!result) return result.error();
  return Value::integer(*result < 0 ? -1 : (*result > 0 ? 1 : 0));
}
Result<Value> less(Call& call) { return test_order(call, [](int o) { return o < 0; }); }
Result<Value> less_equal(Call& call) { return test_order(call, [](int o) { return o <= 0; }); }
Result<Value> greater(Call& call) { return test_order(call, [](int o) { return o > 0; }); }
Result<Value> greater_equal(Call& call) { return test_order(call, [](int o) { return o >= 0; }); }
Result<Value> equal(Call& call) { return test_order(call, [](int o) { return o == 0; }); }

Value next_version(Version version) {
  const bool marked = version.original.starts_with('v');
  version.prerelease.clear();
  version.metadata.clear();
  version.original = (marked ? "v" : "") + version.text();
  return version_value(std::move(version), kVersion);
}

Result<Value> inc_major(Call& call) {
  Version version = version_of(call[0]);
  ++version.major;
  version.minor = version.patch = 0;
  return next_version(std::move(version));
}

Result<Value> inc_minor(Call& call) {
  Version version = version_of(call[0]);
  ++version.minor;
  version.patch = 0;
  return next_version(std::move(version));
}

Result<Value> inc_patch(Call& call) {
  Version version = version_of(call[0]);
  if (version.prerelease.empty()) ++version.patch;  // a prerelease becomes its release
  return next_version(std::move(version));
}

Result<Value> set_prerelease(Call& call) {
  Version version = version_of(call[0]);
  if (!call.text(1).empty()) {
    if (auto done = check_prerelease(call.text(1)); !done) return done.error();
  }
  version.prerelease = call.text(1);
  version.original = (version.original.starts_with('v') ? "v" : "") + version.text();
  return version_value(std::move(version), kVersion);
}

Result<Value> set_metadata(Call& call) {
  Version version = version_of(call[0]);
  if (!call.text(1).empty()) {
    if (auto done = check_metadata(call.text(1)); !done) return done.error();
  }
  version.metadata = call.text(1);
  version.original = (version.original.starts_with('v') ? "v" : "") + version.text();
  return version_value(std::move(version), kVersion);
}

std::string version_text(const Value& value) { return version_of(value).text(); }

// clang-format off
constexpr Function kMethods[] = {
    {"Major",            {},                     false, &major,          ""},
    {"Minor",            {},                     false, &minor,          ""},
    {"Patch",            {},                     false, &patch,          ""},
    {"Prerelease",       {},                     false, &prerelease,     ""},
    {"Metadata",         {},                     false, &metadata,       ""},
    {"Original",         {},                     false, &original,       "as it was written"},
    {"String",           {},                     false, &text,           "normalised"},
    {"Compare",          types<kVersionPointer>, false, &compare,        "-1, 0 or 1"},
    {"LessThan",         types<kVersionPointer>, false, &less,           ""},
    {"LessThanEqual",    types<kVersionPointer>, false, &less_equal,     ""},
    {"GreaterThan",      types<kVersionPointer>, false, &greater,        ""},
    {"GreaterThanEqual", types<kVersionPointer>, false, &greater_equal,  ""},
    {"Equal",            types<kVersionPointer>, false, &equal,          ""},
    {"IncMajor",         {},                     false, &inc_major,      ""},
    {"IncMinor",         {},                     false, &inc_minor,      ""},
    {"IncPatch",         {},                     false, &inc_patch,      ""},
    {"SetPrerelease",    types<kString>,         false, &set_prerelease, ""},
    {"SetMetadata",      types<kString>,         false, &set_metadata,   ""},
};
// clang-format on

constinit const Type kVersion{
    .kind = Kind::Struct, .name = "semver.Version", .methods = kMethods, .text = &version_text};
constinit const Type kVersionPointer{.kind = Kind::Pointer, .name = "*semver.Version", .element = &kVersion};

Result<Value> semver(Call& call) {
  auto version = parse_version(call.text(0));
  if (!version) return version.error();
  return version_value(*std::move(version), kVersionPointer);
}

Result<Value> semver_compare(Call& call) {
  // The constraint is looked at first.
  auto unused = satisfies(call.text(0), Version());
  if (!unused) return unused.error();
  auto version = parse_version(call.text(1));
  if (!version) return version.error();
  auto fits = satisfies(call.text(0), *version);
  if (!fits) return fits.error();
  return Value::boolean(*fits);
}

constexpr Function kSprigSemver[] = {
    {"sprig_semver", types<kString>, false, &semver, "a semantic version"},
    {"sprig_semverCompare", types<kString, kString>, false, &semver_compare, "whether a version fits a constraint"},
};

}  // namespace

std::span<const Function> sprig_semver() { return kSprigSemver; }

}  // namespace leasehold::gofuncs
