#include "identity_engine.h"

namespace leasehold::devvault {

IdentityEngine::IdentityEngine(State& state) : state_(state) {
  std::vector<Route> routes;
  routes.push_back({.pattern = "entity/id/{id}",
                    .fields = {{"id", FieldType::Text},
                               {"name", FieldType::Text},
                               {"disabled", FieldType::Boolean},
                               {"policies", FieldType::TextList},
                               {"metadata", FieldType::TextMap}},
                    .read = Handler(this, &IdentityEngine::read),
                    .write = Handler(this, &IdentityEngine::write)});
  set_routes(std::move(routes));
}

Answer IdentityEngine::read(Exchange& exchange) {
  const Entity* entity = state_.identity.find(text(exchange.fields, "id"));
  if (entity == nullptr) {
    return nothing_there();
  }
  Json aliases = Json::array();
  for (const Alias& alias : entity->aliases) {
    aliases.push_back({{"mount_accessor", alias.mount_accessor}, {"name", alias.name}, {"metadata", alias.metadata}});
  }
  return with_data({{"id", entity->id},
                    {"name", entity->name},
                    {"disabled", entity->disabled},
                    {"policies", string_array(entity->policies)},
                    {"metadata", entity->metadata},
                    {"aliases", std::move(aliases)}});
}

Answer IdentityEngine::write(Exchange& exchange) {
  const Json& fields = exchange.fields;
  Entity* entity = state_.identity.find(text(fields, "id"));
  if (entity == nullptr) {
    return refused("entity not found from id");
  }
  entity->disabled = boolean(fields, "disabled", entity->disabled);
  if (has(fields, "name")) {
    entity->name = text(fields, "name");
  }
  if (has(fields, "policies")) {
    entity->policies = texts(fields, "policies");
  }
  if (has(fields, "metadata")) {
    entity->metadata = fields["metadata"].get<std::map<std::string, std::string>>();
  }
  return no_content();
}

}  // namespace leasehold::devvault
