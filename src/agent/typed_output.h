// Files without a template: a secret's members in a format that programs read, each quoted as the format
// wants it, so that no character of a password can break the file. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::agent {

/// One format of `output = "..."`.
struct OutputFormat {
  std::string_view name;
  std::string_view help;
};
std::span<const OutputFormat> output_formats();
bool is_output_format(std::string_view name);

/// The template that hands a secret's data out as JSON.
std::string output_template(const std::string& secret_path);

/// From the JSON of a secret's data to the file. KV version 2 is unwrapped. Error (Invalid): what the
/// format cannot hold, by the names of the members and never with their values.
Result<SecretString> format_output(const OutputConfig& output, std::string_view data_json);

}  // namespace leasehold::agent
