// From a template block of the configuration to what the template engine wants.
#pragma once

#include <string>
#include <string_view>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/gofuncs/render.h"

namespace leasehold::agent {

/// How logs and messages call the template: its source path, or `(dynamic)`.
std::string template_label(const TemplateBlock& block);

/// The text: contents, or the content of the source file. Error (Invalid): `failed to read
/// template: open /x: no such file or directory`.
Result<std::string> template_text(const TemplateBlock& block);

/// The block's settings with this text.
gofuncs::TemplateOptions template_options(const TemplateBlock& block, std::string text);

/// Go's `template: :3:5: executing …` (column from 0, may be missing) taken apart.
struct PlacedError {
  std::size_t line = 0;    ///< from 1; 0 = the message has no place
  std::size_t column = 0;  ///< from 1, in bytes; 0 = unknown
  std::string text;        ///< what follows the place
};
/// Accepts the errors of gofuncs::Pass, with `parse: ` or `execute: ` in front.
PlacedError place_of(std::string_view error);

}  // namespace leasehold::agent
