#include "secret_store.h"

namespace leasehold::agent {

const gotemplate::Value* SecretStore::find(const gofuncs::Dependency& dependency) const {
  const auto found = records_.find(dependency.name);
  if (found == records_.end() || !found->second->value) return nullptr;
  return &*found->second->value;
}

std::pair<std::shared_ptr<SecretRecord>, bool> SecretStore::want(const gofuncs::Dependency& dependency) {
  auto& place = records_[dependency.name];
  if (place) return {place, false};
  place = std::make_shared<SecretRecord>(dependency, executor_);
  return {place, true};
}

void SecretStore::arrived(SecretRecord& record, gotemplate::Value value, std::string_view cause) {
  last_arrival_ = record.dependency.name + ": " + std::string(cause);
  record.value = std::move(value);
  ++version_;
  changed_.notify_all();
}

void SecretStore::lease_gone(const std::string& lease_id) {
  for (const auto& [name, record] : records_) {
    if (record->lease_id != lease_id) continue;
    record->gone = true;
    record->wake.notify_all();
  }
}

void SecretStore::wake_all() {
  for (const auto& [name, record] : records_) record->wake.notify_all();
}

void SecretStore::retire_all_but(const std::map<std::string, bool, std::less<>>& used) {
  for (auto record = records_.begin(); record != records_.end();) {
    if (used.count(record->first) != 0) {
      ++record;
      continue;
    }
    record->second->retired = true;
    record->second->wake.notify_all();
    record = records_.erase(record);
  }
}

}  // namespace leasehold::agent
