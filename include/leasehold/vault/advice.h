// What a user should do about an answer: the likely causes, in the words of who set it up.
#pragma once

#include <string>
#include <string_view>

#include "leasehold/vault/answer.h"

namespace leasehold::vault {

/// One sentence, "" when there is nothing useful to say. Pure; a table inside.
/// @param operation login, read, write, list or renew
/// @param path the request's path without /v1/
std::string advice(std::string_view operation, std::string_view path, const Answer& answer);

/// The text of a failed request in one line, without the request: `400: invalid role name "app"`. Any other
/// text with its line ends as blanks.
std::string cause_of(std::string_view failure);

}  // namespace leasehold::vault
