// The struct that `secret` returns and its parts (spec section 10).
#pragma once

#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

extern const gotemplate::Type kSecret, kSecretPointer, kSecretAuth, kSecretAuthPointer, kSecretWrap,
    kSecretWrapPointer, kPemEncoded;

/// .Data of a secret; invalid for anything else.
gotemplate::Value secret_data(const gotemplate::Value& value);

}  // namespace leasehold::gofuncs
