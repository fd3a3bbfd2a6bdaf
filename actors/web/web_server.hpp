#pragma once

#include "actors/web/http_server.hpp"
#include "actors/web/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace firefinder {

/// Between two attempts to listen where somebody else does.
inline constexpr timespan listen_pause = std::chrono::seconds{30};

/// State of the web server: sole owner of the HTTP server. An address that cannot be had is
/// reported and tried again; an alarm needs no page.
class web_server_state {
public:
  static inline const char* name = "web_server";

  explicit web_server_state(web_server_actor::stateful_pointer<web_server_state> self)
    : self_(self) {}

  web_server_actor::behavior_type make_behavior(web_settings settings);

private:
  void serve();

  web_server_actor::stateful_pointer<web_server_state> self_;
  web_settings settings_;
  std::optional<web_actor> whom_;
  std::unique_ptr<http_server> server_;
  std::string problem_;
};

/// Behaviour of the web server. Spawn it detached: its end waits for the server's thread.
web_server_actor::behavior_type
web_server(web_server_actor::stateful_pointer<web_server_state> self, web_settings settings);

} // namespace firefinder
