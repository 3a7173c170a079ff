// Sprig's keys and certificates (spec 12.9).
#include <string>

#include "certificates.h"
#include "context.h"
#include "leasehold/base/encoding.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAnyList;
using gotemplate::kInt;
using gotemplate::kString;

constexpr gotemplate::Field kFields[] = {{"Cert", &kString}, {"Key", &kString}};
constinit const gotemplate::Type kCertificate{.kind = Kind::Struct, .name = "sprig.certificate", .fields = kFields};

Value certificate_value(const Certificate& certificate) {
  return Value::record(kCertificate, {Value::string(certificate.certificate), Value::string(certificate.key)});
}

Result<Value> private_key(Call& call) {
  const std::string key = make_private_key(call.text(0));
  return Value::string(key.empty() ? "Unknown type " + std::string(call.text(0)) : key);
}

Result<std::vector<std::string>> texts_of(const Value& list, std::string_view complaint) {
  std::vector<std::string> texts;
  for (const Value& item : list.items()) {
    if (!item.is(kString)) {
      return invalid(std::string(complaint) + ": " + gotemplate::to_text(item) + " is not a string");
    }
    texts.emplace_back(item.as_text());
  }
  return texts;
}

Result<Value> answer(const Result<Certificate>& certificate) {
  if (!certificate) return certificate.error();
  return certificate_value(*certificate);
}

Result<Value> authority(Call& call) {
  CertificateRequest request;
  request.common_name = call.text(0);
  request.days = call.integer(1);
  request.authority = true;
  if (call.count() > 2) {
    request.key = call.text(2);
    if (request.key.empty()) return invalid("parsing private key: no PEM data in input");
  }
  return answer(make_certificate(request));
}

/// name, addresses, names, days [, issuer] [, key].
Result<Value> leaf(Call& call, bool has_issuer) {
  CertificateRequest request;
  request.common_name = call.text(0);
  auto addresses = texts_of(call[1], "error parsing ip");
  if (!addresses) return addresses.error();
  request.addresses = *std::move(addresses);
  auto names = texts_of(call[2], "error processing alternate dns name");
  if (!names) return names.error();
  request.names = *std::move(names);
  request.days = call.integer(3);
  Certificate issuer;
  if (has_issuer) {
    issuer = {.certificate = std::string(call[4].fields()[0].as_text()), .key = std::string(call[4].fields()[1].as_text())};
    request.issuer = &issuer;
  }
  const std::size_t key = has_issuer ? 5 : 4;
  if (call.count() > key) {
    request.key = call.text(key);
    if (request.key.empty()) return invalid("parsing private key: no PEM data in input");
  }
  return answer(make_certificate(request));
}

Result<Value> self_signed(Call& call) { return leaf(call, false); }
Result<Value> issued(Call& call) { return leaf(call, true); }

Result<Value> custom(Call& call) {
  auto certificate = base64_decode(call.text(0));
  if (!certificate) return invalid("unable to decode base64 certificate");
  auto key = base64_decode(call.text(1));
  if (!key) return invalid("unable to decode base64 private key");
  const Certificate pair{.certificate = *certificate, .key = *key};
  if (auto done = check_pair(pair); !done) return done.error();
  return certificate_value(pair);
}

// clang-format off
constexpr Function kSprigCertificates[] = {
    {"sprig_genPrivateKey",            types<kString>,                                                 false, &private_key, "a private key: rsa, ecdsa, ed25519, dsa"},
    {"sprig_genCA",                    types<kString, kInt>,                                           false, &authority,   "a certificate authority"},
    {"sprig_genCAWithKey",             types<kString, kInt, kString>,                                  false, &authority,   "the same with a given key"},
    {"sprig_genSelfSignedCert",        types<kString, kAnyList, kAnyList, kInt>,                       false, &self_signed, "a self-signed certificate"},
    {"sprig_genSelfSignedCertWithKey", types<kString, kAnyList, kAnyList, kInt, kString>,              false, &self_signed, "the same with a given key"},
    {"sprig_genSignedCert",            types<kString, kAnyList, kAnyList, kInt, kCertificate>,         false, &issued,      "a certificate signed by an authority"},
    {"sprig_genSignedCertWithKey",     types<kString, kAnyList, kAnyList, kInt, kCertificate, kString>, false, &issued,     "the same with a given key"},
    {"sprig_buildCustomCert",          types<kString, kString>,                                        false, &custom,      "a certificate of base64 texts"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_certificates() { return kSprigCertificates; }

}  // namespace leasehold::gofuncs
