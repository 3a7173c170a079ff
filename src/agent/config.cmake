# The configuration reader, for the program's source list.
set(AGENT_CONFIG_SOURCES
  config_reader.cc config_rows.cc config_auth.cc config_env_types.cc config_listener.cc config_methods.cc config_proxy.cc config_server.cc config_state.cc
  config_template.cc config_docs.cc config_load.cc config_validate.cc notify_config.cc typed_output.cc)
