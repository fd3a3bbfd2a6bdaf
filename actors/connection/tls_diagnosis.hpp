#pragma once

#include "actors/connection/settings.hpp"

#include <chrono>
#include <string>

namespace firefinder {

/// Why a TLS handshake with the broker fails, in OpenSSL's words, such as
/// "certificate has expired" or "hostname mismatch"; empty when it does not fail
/// or nothing can be said. paho tells only that it failed: its error handler is
/// called through a copy of the options that no longer exists (paho.mqtt.cpp 1.2.0).
///
/// Makes a connection of its own, says nothing on it and blocks for `limit` at the
/// most in each of its two steps, so it belongs into a detached actor.
[[nodiscard]] std::string diagnose_tls(const connection_settings& settings,
                                       std::chrono::milliseconds limit);

} // namespace firefinder
