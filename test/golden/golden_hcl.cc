// golden-hcl PATH...: decodes each document as a generic map and compares it, or the error, with
// what hashicorp/hcl v1 made of it (test/golden/hcl/README.md).
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "case_files.h"
#include "leasehold/base/encoding.h"
#include "leasehold/hcl/parser.h"
#include "leasehold/hcl/value.h"

namespace {

using leasehold::golden::Score;
using Json = nlohmann::json;
namespace hcl = leasehold::hcl;

leasehold::Result<hcl::Map> decode(const std::string& text, hcl::RepeatedKeys repeated_keys) {
  const auto document = hcl::parse(text, {.repeated_keys = repeated_keys});
  if (!document) return document.error();
  return hcl::decode(*document);
}

/// The bytes of the string at a JSON pointer; objects may hide in lists of one map.
std::string bytes_at(const hcl::Map& map, const std::string& pointer) {
  const std::size_t slash = pointer.find('/', 1);
  const auto found = map.find(pointer.substr(1, slash == std::string::npos ? slash : slash - 1));
  if (found == map.end()) return "(missing)";
  if (const auto* text = std::get_if<std::string>(&found->second.data)) return *text;
  if (const auto* blocks = std::get_if<hcl::Blocks>(&found->second.data)) {
    const std::size_t next = pointer.find('/', slash + 1);
    return next == std::string::npos ? "(not a string)" : bytes_at(blocks->maps.front(), pointer.substr(next));
  }
  return "(not a string)";
}

std::string difference(const Json& expected, const leasehold::Result<hcl::Map>& got) {
  const auto both = [](const std::string& want, const std::string& have) {
    return "  want: " + want + "\n  got:  " + have;
  };
  if (expected.contains("error")) {
    const std::string want = expected.at("error");
    if (got) return both("error " + want, hcl::to_json(*got));
    return got.error().message == want ? "" : both("error " + want, "error " + got.error().message);
  }
  if (!got) return both(expected.at("json").dump(), "error " + got.error().message);
  const Json have = Json::parse(hcl::to_json(*got));
  // dump() tells 1 from 1.0, operator== does not
  if (have.dump() != expected.at("json").dump()) return both(expected.at("json").dump(), have.dump());
  const Json raw = expected.value("raw_hex", Json::object());
  for (const auto& [pointer, hex] : raw.items()) {
    const std::string bytes = leasehold::hex_encode(bytes_at(*got, pointer));
    if (bytes != hex.get<std::string>()) return both(hex, bytes);
  }
  return "";
}

std::string check(const Json& golden) {
  std::string text = golden.value("hcl", "");
  if (golden.contains("hcl_hex")) {
    const auto bytes = leasehold::hex_decode(golden.at("hcl_hex").get<std::string>());
    if (!bytes) return "  bad hcl_hex";
    text = *bytes;
  }
  std::string found = difference(golden, decode(text, hcl::RepeatedKeys::Merge));
  if (!found.empty()) return found;
  Json strict = golden;
  if (golden.contains("strict_error")) strict["error"] = golden.at("strict_error");
  found = difference(strict, decode(text, hcl::RepeatedKeys::Refuse));
  return found.empty() ? "" : "  when repeated attributes are refused:\n" + found;
}

}  // namespace

int main(int argc, char** argv) {
  Score score;
  for (const auto& file : leasehold::golden::case_files({argv + 1, argv + argc}, score.failed)) {
    try {
      const std::string found = check(Json::parse(leasehold::golden::read_text(file)));
      if (found.empty()) {
        score.pass();
      } else {
        score.fail(file.stem(), found);
      }
    } catch (const Json::exception& error) {
      score.fail(file.stem(), std::string("  not a case: ") + error.what());
    }
  }
  return score.finish();
}
