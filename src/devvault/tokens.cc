// Trees and the queue of ends.
#include "tokens.h"

#include "crypto.h"
#include "leasehold/base/encoding.h"

namespace leasehold::devvault {

std::string new_token_id(bool batch) {
  return batch ? "b." + base64url_encode(crypto::random_bytes(96)) : "s." + crypto::random_alphanumeric(24);
}

std::string new_accessor() { return crypto::random_alphanumeric(24); }

void Tokens::add(TokenPtr token) {
  if (const auto parent = by_id_.find(token->parent); parent != by_id_.end()) {
    parent->second->children.insert(token->id);
  }
  if (!token->accessor.empty()) {
    by_accessor_[token->accessor] = token;
  }
  by_id_[token->id] = token;
  reschedule(*token);
}

TokenPtr Tokens::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

TokenPtr Tokens::by_accessor(const std::string& accessor) const {
  const auto found = by_accessor_.find(accessor);
  return found == by_accessor_.end() ? nullptr : found->second;
}

std::vector<TokenPtr> Tokens::take_tree(const std::string& id, bool orphan_children) {
  std::vector<TokenPtr> taken;
  const TokenPtr top = find(id);
  if (!top) {
    return taken;
  }
  if (const auto parent = by_id_.find(top->parent); parent != by_id_.end()) {
    parent->second->children.erase(id);
  }
  taken.push_back(top);
  for (std::size_t i = 0; i < taken.size(); ++i) {  // taken grows as children are found
    const TokenPtr token = taken[i];
    for (const std::string& child_id : token->children) {
      const TokenPtr child = find(child_id);
      if (!child) {
        continue;
      }
      if (orphan_children) {
        child->parent.clear();
        child->orphan = true;
      } else {
        taken.push_back(child);
      }
    }
  }
  for (const TokenPtr& token : taken) {
    by_id_.erase(token->id);
    by_accessor_.erase(token->accessor);
    unschedule(token->id);
  }
  return taken;
}

std::vector<std::string> Tokens::accessors() const {
  std::vector<std::string> accessors;
  for (const auto& [accessor, token] : by_accessor_) {
    accessors.push_back(accessor);
  }
  return accessors;
}

std::vector<std::string> Tokens::of_mount(const std::string& mount_uuid) const {
  std::vector<std::string> ids;
  for (const auto& [id, token] : by_id_) {
    if (token->mount_uuid == mount_uuid) {
      ids.push_back(id);
    }
  }
  return ids;
}

std::vector<std::string> Tokens::expired(WallTime now) const {
  std::vector<std::string> ids;
  for (const auto& [end, id] : ends_) {
    if (end > now) {
      break;
    }
    ids.push_back(id);
  }
  return ids;
}

std::optional<WallTime> Tokens::next_expiry() const {
  return ends_.empty() ? std::nullopt : std::optional(ends_.begin()->first);
}

void Tokens::reschedule(const Token& token) {
  unschedule(token.id);
  if (token.expires) {
    ends_.emplace(*token.expires, token.id);
    end_of_[token.id] = *token.expires;
  }
}

void Tokens::unschedule(const std::string& id) {
  if (const auto found = end_of_.find(id); found != end_of_.end()) {
    ends_.erase({found->second, id});
    end_of_.erase(found);
  }
}

}  // namespace leasehold::devvault
