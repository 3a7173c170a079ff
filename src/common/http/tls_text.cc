#include "tls_text.h"

#include <algorithm>
#include <chrono>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::http {
namespace {

struct Row {
  int code;
  std::string_view text;
};

// crypto/tls alert.go, by the number of the alert. OpenSSL reports a received one as 1000 + number.
constexpr int kAlertBase = SSL_AD_REASON_OFFSET;
constexpr Row kAlerts[] = {
    {10, "unexpected message"},
    {20, "bad record MAC"},
    {22, "record overflow"},
    {40, "handshake failure"},
    {42, "bad certificate"},
    {43, "unsupported certificate"},
    {44, "revoked certificate"},
    {45, "expired certificate"},
    {46, "unknown certificate"},
    {47, "illegal parameter"},
    {48, "unknown certificate authority"},
    {49, "access denied"},
    {50, "error decoding message"},
    {51, "error decrypting message"},
    {70, "protocol version not supported"},
    {71, "insufficient security level"},
    {80, "internal error"},
    {86, "inappropriate fallback"},
    {90, "user canceled"},
    {109, "missing extension"},
    {110, "unsupported extension"},
    {112, "unrecognized name"},
    {116, "certificate required"},
    {120, "no application protocol"},
};

// Our own side's refusals, by OpenSSL's reason, in Go's words.
constexpr Row kReasons[] = {
    {SSL_R_NO_SHARED_CIPHER, "tls: no cipher suite supported by both client and server"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "tls: client offered only unsupported versions"},
    {SSL_R_VERSION_TOO_LOW, "tls: client offered only unsupported versions"},
    {SSL_R_WRONG_VERSION_NUMBER, "tls: first record does not look like a TLS handshake"},
    {SSL_R_HTTP_REQUEST, "tls: first record does not look like a TLS handshake"},
    {SSL_R_UNEXPECTED_MESSAGE, "tls: first record does not look like a TLS handshake"},
};

const Row* find(const Row* begin, const Row* end, int code) {
  const Row* row = std::find_if(begin, end, [code](const Row& r) { return r.code == code; });
  return row == end ? nullptr : row;
}

std::string reason_text(unsigned long failure) {
  const int reason = ERR_GET_REASON(failure);
  if (const Row* row = find(std::begin(kAlerts), std::end(kAlerts), reason - kAlertBase)) {
    return "remote error: tls: " + std::string(row->text);
  }
  if (const Row* row = find(std::begin(kReasons), std::end(kReasons), reason)) {
    return std::string(row->text);
  }
  // The program runs without OpenSSL's tables of texts; now one is needed.
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  const char* text = ERR_reason_error_string(failure);
  return "tls: " + (text != nullptr ? std::string(text) : "error " + std::to_string(failure));
}

std::string time_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  return format_rfc3339_nano(std::chrono::system_clock::from_time_t(timegm(&parts)));
}

std::string validity_text(const X509* certificate) {
  std::string text = "x509: certificate has expired or is not yet valid: current time ";
  const auto now = std::chrono::system_clock::now();
  text += format_rfc3339_nano(std::chrono::floor<std::chrono::seconds>(now));
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  const bool ended = X509_cmp_current_time(end) < 0;
  text += ended ? " is after " : " is before ";
  return text + time_text(ended ? end : X509_get0_notBefore(certificate));
}

/// Names (or addresses) that the certificate is valid for, joined by ", ".
std::string alternative_names(const X509* certificate, bool addresses) {
  std::vector<std::string> found;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == (addresses ? GEN_IPADD : GEN_DNS)) {
      const ASN1_STRING* bytes = addresses ? name->d.iPAddress : name->d.dNSName;
      const auto* data = ASN1_STRING_get0_data(bytes);
      const auto size = static_cast<std::size_t>(ASN1_STRING_length(bytes));
      if (!addresses) {
        found.emplace_back(data, data + size);
      } else if (size == 4) {
        boost::asio::ip::address_v4::bytes_type v4{};
        std::copy_n(data, size, v4.begin());
        found.push_back(boost::asio::ip::address_v4(v4).to_string());
      } else if (size == 16) {
        boost::asio::ip::address_v6::bytes_type v6{};
        std::copy_n(data, size, v6.begin());
        found.push_back(boost::asio::ip::address_v6(v6).to_string());
      }
    }
  }
  GENERAL_NAMES_free(names);
  return join(found, ", ");
}

std::string mismatch_text(const X509* certificate, const std::string& peer, bool is_address) {
  const std::string names =
      certificate == nullptr ? "" : alternative_names(certificate, is_address);
  if (!names.empty()) return "x509: certificate is valid for " + names + ", not " + peer;
  if (is_address) {
    return "x509: cannot validate certificate for " + peer +
           " because it doesn't contain any IP SANs";
  }
  return "x509: certificate is not valid for any names, but wanted to match " + peer;
}

std::string certificate_text(long verdict, const X509* certificate, const std::string& peer) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return certificate != nullptr ? validity_text(certificate) : "x509: certificate has expired";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return mismatch_text(certificate, peer, verdict == X509_V_ERR_IP_ADDRESS_MISMATCH);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // another CA of the same name
      return "x509: certificate signed by unknown authority";
    default:
      return std::string("x509: ") + X509_verify_cert_error_string(verdict);
  }
}

std::string_view advice(long verdict) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return " (renew the server's certificate, or check this machine's clock)";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return " (use an address that the certificate names, or set tls_server_name / "
             "VAULT_TLS_SERVER_NAME)";
    default:
      return " (set ca_cert / VAULT_CACERT to the file of the CA that signed it; for tests only: "
             "tls_skip_verify / VAULT_SKIP_VERIFY)";
  }
}

}  // namespace

std::string describe(error_code error) {
  if (error == net::error::eof) return "EOF";
  if (error == net::error::operation_aborted) return "operation was canceled";
  std::string text = error.message();
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

Error describe_client_tls(const Stream& stream, const std::string& peer) {
  const int reason = ERR_GET_REASON(stream.tls_failure());
  const long verdict = SSL_get_verify_result(stream.native_tls());
  if (verdict != X509_V_OK && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return invalid("tls: failed to verify certificate: " +
                   certificate_text(verdict, stream.refused_certificate(), peer) +
                   std::string(advice(verdict)));
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
    return invalid(
        "http: server gave HTTP response to HTTPS client (does the address want http://?)");
  }
  const std::string text = reason_text(stream.tls_failure());
  return reason == kAlertBase + SSL_AD_INTERNAL_ERROR ? transient(text) : invalid(text);
}

std::string describe_server_tls(const Stream& stream, error_code error) {
  if (error != boost::system::errc::protocol_error || stream.tls_failure() == 0) {
    return describe(error);
  }
  return reason_text(stream.tls_failure());
}

}  // namespace leasehold::http
