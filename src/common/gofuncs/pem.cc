// pkiCert's value: PEM blocks sorted into certificate, key and issuers (spec 10.1).
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/x509v3.h>

#include "context.h"
#include "json_input.h"
#include "leasehold/base/encoding.h"
#include "leasehold/gofuncs/render.h"
#include "secret.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kString;
using gotemplate::kStringList;

constexpr gotemplate::Field kPemFields[] = {
    {"Cert", &kString}, {"Key", &kString}, {"CA", &kString}, {"CAChain", &kStringList}};

Result<Value> pem_data(Call& call) { return call[0]; }

Result<Value> pem_chain_contains(Call& call) {
  for (const Value& certificate : call[0].fields()[3].items()) {
    if (certificate.as_text() == call.text(1)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Result<Value> pem_equals(Call& call) {
  bool same = true;
  for (std::size_t index = 0; index < call[0].fields().size(); ++index) {
    same = same && gotemplate::deep_equal(call[0].fields()[index], call[1].fields()[index]);
  }
  return Value::boolean(same);
}

constexpr Function kPemMethods[] = {
    {"Data", {}, false, &pem_data, "itself"},
    {"CaChainContains", types<kString>, false, &pem_chain_contains, "whether the chain has a certificate"},
    {"Equals", types<kPemEncoded>, false, &pem_equals, "whether all parts are equal"},
};

struct Block {
  std::string type;
  std::string bytes;  ///< DER
  std::string text;   ///< encoded anew
};

std::string encode_block(const std::string& type, const std::string& bytes) {
  const std::string text = base64_encode(bytes);
  std::string out = "-----BEGIN " + type + "-----\n";
  for (std::size_t index = 0; index < text.size(); index += 64) out += text.substr(index, 64) + "\n";
  return out + "-----END " + type + "-----\n";
}

std::vector<Block> read_blocks(std::string_view text) {
  static constexpr std::string_view kBegin = "-----BEGIN ";
  static constexpr std::string_view kDashes = "-----";
  std::vector<Block> blocks;
  for (;;) {  // ends when there is no further block
    const std::size_t begin = text.find(kBegin);
    if (begin == std::string_view::npos) return blocks;
    text.remove_prefix(begin + kBegin.size());
    const std::size_t end_of_type = text.find(kDashes);
    if (end_of_type == std::string_view::npos) return blocks;
    Block block;
    block.type = text.substr(0, end_of_type);
    const std::size_t end = text.find("-----END " + block.type + "-----");
    if (end == std::string_view::npos) continue;
    std::string body;
    for (const char c : text.substr(end_of_type + kDashes.size(), end - end_of_type - kDashes.size())) {
      if (c != ' ' && c != '\t') body.push_back(c);
    }
    text.remove_prefix(end);
    auto bytes = base64_decode(body);
    if (!bytes) continue;
    block.bytes = *std::move(bytes);
    block.text = encode_block(block.type, block.bytes);
    blocks.push_back(std::move(block));
  }
}

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

using CertificatePtr = std::unique_ptr<X509, FreeCertificate>;

CertificatePtr read_certificate(const std::string& bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  return CertificatePtr(d2i_X509(nullptr, &data, static_cast<long>(bytes.size())));
}

/// Whether a certificate may sign others; nothing when it cannot be read.
bool is_authority(const std::string& bytes) {
  const CertificatePtr certificate = read_certificate(bytes);
  return certificate != nullptr && (X509_get_extension_flags(certificate.get()) & EXFLAG_CA) != 0 &&
         X509_check_ca(certificate.get()) == 1;
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

void append_texts(const Value& value, std::string& out) {
  if (value.is(kString)) {
    out += std::string(value.as_text()) + "\n";
  } else if (value.kind() == Kind::List) {
    for (const Value& item : value.items()) append_texts(item, out);
  }
}

}  // namespace

constinit const gotemplate::Type kPemEncoded{
    .kind = Kind::Struct, .name = "dependency.PemEncoded", .fields = kPemFields, .methods = kPemMethods};

Result<Value> parse_pem(std::string_view text) {
  std::string certificate;
  std::string key;
  std::string authority;
  std::vector<std::string> chain;
  for (const Block& block : read_blocks(text)) {
    if (block.type.ends_with("PRIVATE KEY")) {
      key = block.text;
    } else if (block.type == "CERTIFICATE" && is_authority(block.bytes)) {
      if (authority.empty()) authority = block.text;
      bool known = false;
      for (const std::string& other : chain) known = known || other == block.text;
      if (!known) chain.push_back(block.text);
    } else if (block.type == "CERTIFICATE") {
      certificate = block.text;
    }
  }
  return Value::record(kPemEncoded, {Value::string(certificate), Value::string(key), Value::string(authority),
                                     chain.empty() ? Value::nil(kStringList) : Value::strings(chain)});
}

std::optional<CertificateLife> certificate_life(const Value& value) {
  if (!value.is(kPemEncoded)) return std::nullopt;
  const auto blocks = read_blocks(value.fields()[0].as_text());
  if (blocks.empty()) return std::nullopt;
  const CertificatePtr certificate = read_certificate(blocks[0].bytes);
  if (!certificate) return std::nullopt;
  return CertificateLife{time_of(X509_get0_notBefore(certificate.get())), time_of(X509_get0_notAfter(certificate.get()))};
}

Result<Value> parse_pki(std::string_view body) {
  auto parsed = parse_json(body, JsonNumbers::AsText);
  const Value* data = parsed && parsed->kind() == Kind::Map ? parsed->find("data") : nullptr;
  if (data == nullptr) return invalid("parse certificate: the answer has no data");
  std::string text;
  for (const auto& [key, value] : data->entries()) append_texts(value, text);
  return parse_pem(text);
}

}  // namespace leasehold::gofuncs
