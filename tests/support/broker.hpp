#pragma once

#include "tests/support/certificates.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace firefinder::test {

/// The TLS side of a broker's listener.
struct broker_tls {
  certificate server;
  /// Authority of the clients' certificates; empty: none is asked for.
  std::filesystem::path client_authority{};
};

/// How to run a broker.
struct broker_options {
  std::optional<broker_tls> tls{};
  /// User to password; empty: everybody may connect.
  std::map<std::string, std::string> users{};
  /// Retained messages and sessions survive a restart.
  bool persistence = false;
  /// Whether every packet is written to its log, which takes time.
  bool logs_packets = true;
  /// It queues for a slow reader what mosquitto queues by default, 1000 messages. Otherwise it
  /// queues more than any test sends.
  bool default_limits = false;
  /// Further lines for mosquitto's configuration, such as "max_connections 1".
  std::string further{};
};

/// A mosquitto of our own on a free port of the loopback interface.
class broker {
public:
  /// Starts it and waits until it serves.
  explicit broker(broker_options options = {});

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Starts it again, on the same port.
  void start();

  /// Ends it in order: SIGTERM, so that persistence is written.
  void stop();

  /// stop() and start().
  void restart();

  /// Ends it at once.
  void kill();

  /// Halts it: it keeps its connections and accepts new ones (the kernel does),
  /// but says nothing any more.
  void freeze() const noexcept;
  void thaw() const noexcept;

  /// Replaces the users and has them read.
  void set_users(std::map<std::string, std::string> users);

  /// What it has written to its log, every packet included unless told otherwise.
  [[nodiscard]] std::string log() const;

  /// Runs mosquitto's log for a text; handy with poll_until.
  [[nodiscard]] bool logged(const std::string& text) const;

private:
  void write_configuration() const;
  void write_users() const;

  broker_options options_;
  temporary_directory directory_;
  std::uint16_t port_;
  int starts_ = 0;
  std::unique_ptr<child_process> process_;
};

} // namespace firefinder::test
