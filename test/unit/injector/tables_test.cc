// Settings, quantities, the JSON patch engine and the tables behind the documentation.
#include <fstream>
#include <set>
#include <sstream>

#include "annotations.h"
#include "harness.h"
#include "json_patch.h"
#include "json_text.h"
#include "leasehold/json/writer.h"
#include "quantity.h"
#include "reference.h"

namespace leasehold::injector::test {
namespace {

TEST(SettingsTest, EnvironmentOverFlagOverDefault) {
  const Texts address = {{"AGENT_INJECT_VAULT_ADDR", "http://env"}};
  EXPECT_EQ(resolve(address)->cpu_limit, "500m");
  EXPECT_EQ(resolve(address, {"-cpu-limit=1"})->cpu_limit, "1");
  EXPECT_EQ(resolve(address, {"-cpu-limit="})->cpu_limit, "");
  EXPECT_EQ(resolve(address, {"-vault-address=http://flag"})->vault_address, "http://env");

  Texts both = address;
  both["AGENT_INJECT_CPU_LIMIT"] = "2";
  EXPECT_EQ(resolve(both, {"-cpu-limit=1"})->cpu_limit, "2");
  both["AGENT_INJECT_CPU_LIMIT"] = "";  // an empty variable never overrides
  EXPECT_EQ(resolve(both, {"-cpu-limit=1"})->cpu_limit, "1");
}

TEST(SettingsTest, DoubledAndBareNames) {
  Texts environment = {{"AGENT_INJECT_VAULT_ADDR", "http://v"},
                       {"AGENT_INJECT_CPU_LIMIT", "1"},
                       {"AGENT_INJECT_AGENT_INJECT_CPU_LIMIT", "2"},
                       {"TLS_CERT_FILE", "/bare"}};
  EXPECT_EQ(resolve(environment)->cpu_limit, "2");
  EXPECT_EQ(resolve(environment)->tls_cert_file, "/bare");
  environment["AGENT_INJECT_TLS_CERT_FILE"] = "";  // set but empty blocks the bare name
  EXPECT_EQ(resolve(environment)->tls_cert_file, "");
}

TEST(SettingsTest, BadValuesAreNamed) {
  const struct {
    Texts environment;
    const char* text;
  } rows[] = {
      {{}, "No Vault service configured"},
      {{{"AGENT_INJECT_VAULT_ADDR", "v"}, {"AGENT_INJECT_DEFAULT_TEMPLATE", "yaml"}},
       "Invalid default flag type: yaml"},
      {{{"AGENT_INJECT_VAULT_ADDR", "v"},
        {"AGENT_INJECT_TEMPLATE_MAX_CONNECTIONS_PER_HOST", "foo"}},
       "Error parsing environment variables: strconv.ParseInt: parsing \"foo\": invalid syntax"},
      {{{"AGENT_INJECT_VAULT_ADDR", "v"}, {"AGENT_INJECT_TEMPLATE_LEASE_RENEWAL_THRESHOLD", "foo"}},
       "Error parsing environment variables: strconv.ParseFloat: parsing \"foo\": invalid syntax"},
      {{{"AGENT_INJECT_VAULT_ADDR", "v"}, {"AGENT_INJECT_AUTH_MAX_BACKOFF", "foo"}},
       "Error parsing environment variables: time: invalid duration \"foo\""},
  };
  for (const auto& row : rows) {
    const auto settings = resolve(row.environment);
    ASSERT_FALSE(settings) << row.text;
    EXPECT_NE(settings.error().message.find(row.text), std::string::npos)
        << settings.error().message;
  }
}

TEST(SettingsTest, CaBytesAreDecodedWhenTheyAreBase64) {
  const std::string pem = "-----BEGIN CERTIFICATE-----\nx\n";
  for (const std::string& text : {pem, base64_encode(pem)}) {
    EXPECT_EQ(resolve({{"AGENT_INJECT_VAULT_ADDR", "v"}, {"AGENT_INJECT_VAULT_CACERT_BYTES", text}})
                  ->ca_cert_bytes,
              pem);
  }
}

TEST(QuantityTest, Rows) {
  // Beyond test/golden/injector/tables/quantity.json.
  const std::string many(900, '9');
  const std::pair<std::string, std::string> rows[] = {
      {"0.5", "500m"},
      {"1024Mi", "1Gi"},
      {"1.5Gi", "1536Mi"},
      {"-1.5Gi", "-1536Mi"},
      {"1e-9", "1e-9"},
      {"1e-10", "1e-9"},
      {"-1e-10", "-1e-9"},
      {"0.0000000019", "2n"},
      {"0.9999999999", "1"},
      {many, many},
      {many + "Ki", "9223372036854775807"},
      {"1e2147483646", "1e2147483646"},
      {"0e5", "0"},
      {"Gi", "0"},
      {"+", "0"},
      {".", "0"},
      {"1E", "1E"},
      {"999E", "999E"},
  };
  for (const auto& [text, want] : rows) {
    const auto got = canonical_quantity(text);
    ASSERT_TRUE(got) << text.substr(0, 40);
    EXPECT_EQ(*got, want) << text.substr(0, 40);
  }
}

TEST(QuantityTest, Errors) {
  const std::pair<std::string, std::string> rows[] = {
      {"", "quantities must match"},
      {" 1", "quantities must match"},
      {"1Gi ", "quantities must match"},
      {"1..2", "quantities must match"},
      {"1Gb", "quantities must match"},
      {"--1", "suffix"},
      {"1mi", "suffix"},
      {"1K", "suffix"},
      {"1e", "suffix"},
      {"1e++1", "quantities must match"},
      {"1e99999999999999999999", "suffix"},
      {std::string(2000, '1'), "quantities"},
  };
  for (const auto& [text, want] : rows) {
    const auto got = canonical_quantity(text);
    ASSERT_FALSE(got) << text.substr(0, 40);
    EXPECT_NE(got.error().message.find(want), std::string::npos)
        << text.substr(0, 40) << got.error().message;
  }
}

TEST(JsonTextTest, Base64OfEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    std::string out = "x";
    append_base64(out, bytes);
    EXPECT_EQ(out, "x" + base64_encode(bytes));
    bytes += static_cast<char>(i * 37);
  }
}

TEST(JsonTextTest, StringsAreEscapedAsGoDoes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& text :
       {std::string(), all, std::string("caf\xC3\xA9 \xE2\x80\xA8<b>&\"\\\n")}) {
    std::string out;
    append_string(out, text);
    EXPECT_EQ(out, json::quoted(text));
  }
}

constexpr const char* kContainer =
    R"({"name":"c","image":"i","command":["a","b"],"resources":{},"securityContext":{"runAsUser":0}})";

TEST(JsonPatchTest, Results) {
  const struct {
    const char* patch;
    const char* pointer;
    Json want;
  } rows[] = {
      {"null", "/name", "c"},
      {"[]", "/name", "c"},
      {R"([{"op":"add","path":"/tty","value":true}])", "/tty", true},
      {R"([{"op":"add","path":"junk/image","value":"x"}])", "/image", "x"},
      {R"([{"op":"add","path":"/command/-","value":"c"}])", "/command/2", "c"},
      {R"([{"op":"add","path":"/command/0","value":"c"}])", "/command/0", "c"},
      {R"([{"op":"add","path":"/command/-1","value":"c"}])", "/command/2", "c"},
      {R"([{"op":"add","path":"/image"}])", "/image", nullptr},
      {R"([{"op":"remove","path":"/command/-1"}])", "/command", Json::array({"a"})},
      {R"([{"op":"replace","path":"/workingDir","value":"/x"}])", "/workingDir", "/x"},
      {R"([{"op":"replace","path":"","value":{"name":"n"}}])", "",
       Json{{"name", "n"}, {"resources", Json::object()}}},
      {R"([{"op":"move","from":"/image","path":"/workingDir"}])", "/workingDir", "i"},
      {R"([{"op":"copy","from":"/command/1","path":"/image"}])", "/image", "b"},
      {R"([{"op":"test","path":"/name","value":"c"},{"op":"test","path":"/nope"}])", "/name", "c"},
      {R"([{"op":"add","path":"/unknown","value":1}])", "/unknown", nullptr},
      {R"([{"op":"add","path":"/resources/limits","value":{"a~/b":"1024Mi","cpu":0.25}}])",
       "/resources/limits", Json{{"a~/b", "1Gi"}, {"cpu", "250m"}}},
      {R"([{"op":"add","path":"/livenessProbe","value":{"grpc":{"port":1}}}])",
       "/livenessProbe/grpc", Json{{"port", 1}, {"service", nullptr}}},
      {R"([{"op":"add","path":"/env","value":[{"name":"x","value":""},{"name":"y","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}}]}])",
       "/env/1/valueFrom/resourceFieldRef/divisor", "0"},
  };
  for (const auto& row : rows) {
    EXPECT_FALSE(json_patch_syntax(row.patch)) << row.patch;
    const auto got = patch_container(kContainer, row.patch);
    ASSERT_TRUE(got) << row.patch << ": " << got.error().message;
    const Json result = Json::parse(*got);
    const Json::json_pointer pointer(row.pointer);
    EXPECT_EQ(result.contains(pointer) ? result[pointer] : Json(), row.want)
        << row.patch << ": " << *got;
    EXPECT_EQ(result.contains("securityContext"), std::string(row.pointer) != "")
        << "explicit zeros survive";
  }
}

TEST(JsonPatchTest, Errors) {
  const std::pair<const char*, const char*> rows[] = {
      {R"([{"op":"frob","path":"/x"}])", "Unexpected kind: frob"},
      {R"([{"path":"/x"}])", "Unexpected kind: unknown"},
      {"[null]", "Unexpected kind: unknown"},
      {R"([{"op":"add"}])", "add operation failed to decode path: missing value"},
      {R"([{"op":"add","path":"x"}])",
       "add operation does not apply: doc is missing path: \"x\": missing value"},
      {R"([{"op":"add","path":"/a/b"}])",
       "add operation does not apply: doc is missing path: \"/a/b\": missing value"},
      {R"([{"op":"add","path":"/name/b"}])", "doc is missing path: \"/name/b\": missing value"},
      {R"([{"op":"add","path":"/command/99"}])",
       "error in add for path: '/command/99': Unable to access invalid index: 99: invalid index "
       "referenced"},
      {R"([{"op":"add","path":"/command/x"}])",
       "error in add for path: '/command/x': value was not a proper array index: 'x': "
       "strconv.Atoi: parsing \"x\": invalid syntax"},
      {R"([{"op":"remove","path":"/nope"}])",
       "error in remove for path: '/nope': Unable to remove nonexistent key: nope: missing value"},
      {R"([{"op":"replace","path":"/a/b"}])",
       "replace operation does not apply: doc is missing path: /a/b: missing value"},
      {R"([{"op":"replace","path":"/command/9"}])",
       "replace operation does not apply: doc is missing key: /command/9: missing value"},
      {R"([{"op":"replace","path":""}])",
       "replace operation value must be object or array: %!w(<nil>)"},
      {R"([{"op":"test","path":"/name","value":"d"}])", "testing value /name failed: test failed"},
      {R"([{"op":"move","from":"/a/b","path":"/c"}])",
       "doc is missing from path: /a/b: missing value"},
      {R"([{"op":"copy","from":"/name","path":"/a/b"}])",
       "doc is missing destination path: /a/b: missing value"},
      {R"([{"op":"replace","path":"/image","value":5}])",
       "json: cannot unmarshal number into Go struct field Container.image of type string"},
      {R"([{"op":"replace","path":"/resources","value":{"limits":{"cpu":"x"}}}])",
       "quantities must match"},
      {R"([{"op":"replace","path":"","value":[1]}])", "cannot unmarshal array"},
  };
  for (const auto& [patch, want] : rows) {
    const auto got = patch_container(kContainer, patch);
    ASSERT_FALSE(got) << patch << ": " << *got;
    EXPECT_NE(got.error().message.find(want), std::string::npos)
        << patch << ": " << got.error().message;
  }
  for (const char* text : {"{}", "[1]", "[", "nul", "\"x\"", "[] x"})
    EXPECT_TRUE(json_patch_syntax(text)) << text;
}

TEST(JsonPatchTest, CopiesAreBounded) {
  // Sixty doublings of an array would be 2^60 values.
  Json patch = Json::array({{{"op", "add"}, {"path", "/x"}, {"value", {1, 2}}}});
  for (int i = 0; i < 60; ++i) patch.push_back({{"op", "copy"}, {"from", "/x"}, {"path", "/x/-"}});
  const auto got = patch_container(kContainer, patch.dump());
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().message.find("copy") != std::string::npos ||
              got.error().message.find("deep") != std::string::npos)
      << got.error().message;
}

TEST(JsonPatchTest, CopiedBytesAreBounded) {
  // Few values, but long: fifteen doublings of 100 kB would be 3 GB.
  Json patch = Json::array({{{"op", "add"}, {"path", "/a"}, {"value", {std::string(100'000, 'x')}}}});
  for (int i = 0; i < 15; ++i) patch.push_back({{"op", "copy"}, {"from", "/a"}, {"path", "/a/-"}});
  auto got = patch_container(kContainer, patch.dump());
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("copy more than 8 MiB"), std::string::npos) << got.error().message;
  // A move copies as well.
  patch = Json::array({{{"op", "add"}, {"path", "/a"}, {"value", std::vector<int>(60'000)}}});
  for (int i = 0; i < 100; ++i) {
    patch.push_back({{"op", "move"}, {"from", "/a"}, {"path", "/b"}});
    patch.push_back({{"op", "move"}, {"from", "/b"}, {"path", "/a"}});
  }
  got = patch_container(kContainer, patch.dump());
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("copy more than 8 MiB"), std::string::npos) << got.error().message;
}

TEST(JsonPatchTest, OperationsAreBounded) {
  Json patch = Json::array();
  for (int i = 0; i < 1001; ++i) patch.push_back({{"op", "add"}, {"path", "/x"}, {"value", i}});
  const auto got = patch_container(kContainer, patch.dump());
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("has 1001 operations"), std::string::npos) << got.error().message;
}

TEST(JsonPatchTest, DepthIsBounded) {
  const std::string deep = std::string(600, '[') + std::string(600, ']');
  std::string path = "/x";
  for (int i = 0; i < 599; ++i) path += "/0";
  const std::string patch = "[{\"op\":\"add\",\"path\":\"/x\",\"value\":" + deep +
                            "},{\"op\":\"add\",\"path\":\"" + path + "/-\",\"value\":" + deep +
                            "}]";
  const auto got = patch_container(kContainer, patch);
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("levels deep"), std::string::npos) << got.error().message;
}

TEST(AnnotationTableTest, EveryNameOnceAndDocumented) {
  std::set<std::string_view> names;
  for (const AnnotationRow& row : annotation_rows()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
    EXPECT_NE(row.store, nullptr) << row.name;
  }
  for (const FamilyRow& row : family_rows()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
  EXPECT_EQ(names.size(), 76U) << "annotations of the replaced program, families included";
}

TEST(AnnotationTableTest, DocumentationIsUpToDate) {
  std::ifstream file(LEASEHOLD_SOURCE_DIR "/docs/annotations.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), annotations_reference())
      << "regenerate it: leasehold-injector annotations > docs/annotations.md";
}

}  // namespace
}  // namespace leasehold::injector::test
