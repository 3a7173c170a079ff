// The token options that every role of an auth method has (spec/vault-api.md 7.1).
#pragma once

#include "call.h"
#include "fields.h"
#include "leasehold/base/result.h"

namespace leasehold::devvault {

/// Their fields, old names included; append to a role's own.
void add_token_fields(FieldTable& fields);
/// Changes terms by what was given. Error (Invalid): `'token_ttl' cannot be greater than 'token_max_ttl'`.
Result<void> read_token_terms(const Json& fields, TokenTerms& terms);
/// The token_* members that a role shows.
void show_token_terms(const TokenTerms& terms, Json& data);

}  // namespace leasehold::devvault
