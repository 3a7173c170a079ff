// What `read`, `kv get`, `status` and the token commands print: words and columns of the program that we
// replace, because scripts cut them apart. Pure; the answer comes in, the text goes out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::agent {

/// Raw: the server's answer as it came.
enum class OutputFormat { Table, Json, Yaml, Raw };
/// Error (Invalid): `Invalid output format: xml`.
Result<OutputFormat> parse_output_format(std::string_view text);

struct OutputSettings {
  OutputFormat format = OutputFormat::Table;
  std::string field;  ///< this value alone; "" = everything
};

using TableRows = std::vector<std::pair<std::string, std::string>>;
/// `Key    Value`, `---    -----`, then the rows, values below each other; an empty value shows as n/a.
/// Every line with its line feed.
std::string key_value_table(const TableRows& rows);

/// `720h`, `1h30m`, `59m59s`, `0s`: without the zeros that Go prints at the end.
std::string short_duration(std::int64_t seconds);

/// The rows of a map as data of a secret: sorted by key, durations for keys such as ttl, Go's %v for the
/// rest.
TableRows data_rows(const gotemplate::Value& data);

/// One answer with Vault's envelope. settings.field names a key of `data`, or what the table has above it
/// (token, lease_id, refresh_interval, ...).
/// Error (Invalid): `Field "x" not present in secret`. Without a field the text ends with a line feed; a
/// field comes bare.
Result<std::string> show_secret(const gotemplate::Value& secret, const OutputSettings& settings);

/// An answer of KV: version 2 has its path and metadata above the data, version 1 the data alone.
struct KvPlace {
  bool version2 = false;
  std::string path;  ///< as it was asked for: secret/data/app
};
/// Errors as show_secret().
Result<std::string> show_kv(const gotemplate::Value& secret, const KvPlace& place, const OutputSettings& settings);

/// sys/seal-status and sys/leader. leader: no value when it could not be asked.
/// Errors as show_secret().
Result<std::string> show_status(const gotemplate::Value& seal, const gotemplate::Value& leader,
                                const OutputSettings& settings);

/// `WARNING! The following warnings were returned from Vault:` and the warnings; "" without any.
std::string warnings_text(const gotemplate::Value& secret);

}  // namespace leasehold::agent
