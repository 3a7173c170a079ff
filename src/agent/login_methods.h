// What the methods share: their settings, and the makers of those that have files of their own.
// check_method() has checked every setting before a method is made.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "leasehold/base/scalars.h"
#include "login_method.h"

namespace leasehold::agent {

/// <mount>/login.
std::string login_path(const MethodConfig& config);
std::string text_setting(const MethodConfig& config, std::string_view key, std::string_view fallback = "");
bool flag_setting(const MethodConfig& config, std::string_view key, bool fallback);
/// Zero and less count as not given.
std::chrono::nanoseconds duration_setting(const MethodConfig& config, std::string_view key,
                                          std::chrono::nanoseconds fallback);

std::unique_ptr<LoginMethod> make_jwt(const MethodConfig& config, const log::Logger& log);
std::unique_ptr<LoginMethod> make_approle(const MethodConfig& config, const log::Logger& log);
/// ldap and userpass.
std::unique_ptr<LoginMethod> make_password_login(const MethodConfig& config, const log::Logger& log);

}  // namespace leasehold::agent
