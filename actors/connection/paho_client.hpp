#pragma once

#include "actors/connection/client.hpp"

namespace firefinder {

/// Makes a client over paho.mqtt.cpp. The reason for how it is used stands in
/// docs/actors/connection.md.
[[nodiscard]] std::unique_ptr<mqtt_client> make_paho_client(const client_options& options,
                                                            const client_listener& events);

} // namespace firefinder
