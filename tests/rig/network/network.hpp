#pragma once

#include "tests/support/child_process.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace firefinder::test {

/// The networks of a rig. This process and all that it starts are `daemon_a` in the first and
/// `daemon_b` in the second one.
inline constexpr const char* daemon_a = "10.77.0.2";
inline constexpr const char* daemon_b = "10.88.0.2";
/// The far segment is behind a router.
enum class segment { a, b, far };

/// A program that runs on a host of the rig.
class server {
public:
  /// `serves` tells from the process whether it serves by now.
  server(std::vector<std::string> argv, std::filesystem::path log, std::filesystem::path events,
         std::function<bool(child_process&)> serves);

  [[nodiscard]] child_process& process() noexcept { return process_; }

  /// Waits until it serves; throws when it does not.
  void await();

  /// What happened to it so far; only events of this kind, unless it is empty.
  [[nodiscard]] std::vector<nlohmann::json> events(const std::string& kind = {}) const;

  /// Log-ins that it refused so far.
  [[nodiscard]] std::size_t refused_logins() const;

private:
  std::filesystem::path events_;
  std::function<bool(child_process&)> serves_;
  child_process process_;
};

/// Where a host is.
struct host_options {
  /// At most 12 letters and digits.
  std::string name;
  /// `02:77:00:00:00:11`.
  std::string mac;
  /// `10.77.0.11`; empty: it has none.
  std::string address{};
  segment where = segment::a;
};

/// A machine in the rig: a network namespace with one interface, eth0.
class network_host {
public:
  network_host(host_options options, std::filesystem::path directory);

  /// Its hardware address as 12 hex digits: the id of a camera.
  [[nodiscard]] std::string id() const;
  /// The same as `AA:BB:CC:DD:EE:FF`.
  [[nodiscard]] std::string mac() const;
  [[nodiscard]] const std::string& address() const noexcept { return options_.address; }

  /// Start a server; none waits until it serves, camera_network::await does.
  /// The settings are those that each of the programs explains.
  server& rtsp(const nlohmann::json& settings);
  server& onvif(const nlohmann::json& settings);
  server& odd(const nlohmann::json& settings);
  /// Announces an RTSP service by avahi; `path` empty: without one.
  server& mdns(const std::string& name, int port, const std::string& path);
  /// A computer in the eyes of WS-Discovery.
  server& wsdd();
  /// Gives the host with this hardware address this address.
  server& dhcp(const std::string& mac, const std::string& address);
  /// Ends a server that was started here.
  void end(server& one);

  /// Asks the DHCP server for its address, and takes it.
  void take_lease();

  /// Takes another address, in place of all that it has, and says so by ARP.
  void move(const std::string& address);
  /// Says by ARP where it is.
  void announce() const;
  /// Has these addresses as well.
  void add_addresses(const std::vector<std::string>& addresses);
  /// Has so many further interfaces, of which each looks like a host of its own: 10.77.0.20 with
  /// the hardware address 02:77:00:00:01:00 and on.
  void add_neighbours(int count);
  /// Makes it a router to the far segment, with this address there.
  void route_to_far(const std::string& mac, const std::string& address);
  /// Such as "default via 10.99.0.1".
  void add_route(const std::string& route);
  /// The cable is out, and in again.
  void pull();
  void plug();

  /// Waits until all its servers serve.
  void await();

private:
  server& start(std::vector<std::string> argv, std::function<bool(child_process&)> serves,
                std::filesystem::path events = {});
  server& start_script(const std::string& script, const nlohmann::json& settings);

  host_options options_;
  std::filesystem::path directory_;
  std::size_t started_ = 0;
  std::vector<std::unique_ptr<server>> servers_;
};

/// A network of our own: a switch with two segments, and hosts at them. It lives below a network
/// namespace and a mount namespace that the calling thread enters for the life of this object,
/// together with everything that it starts meanwhile: a broker, a daemon, a client at the
/// loopback interface there. So nothing of it shows on the machine, two of them never meet, and
/// the kernel clears it away with the last of its processes, however that ends.
class camera_network {
public:
  /// Why there can be none on this machine; empty: there can.
  [[nodiscard]] static std::string obstacle();

  camera_network();
  ~camera_network();
  camera_network(const camera_network&) = delete;
  camera_network& operator=(const camera_network&) = delete;

  network_host& add(host_options options);

  /// Waits until every server of every host serves.
  void await();

  /// Gives the daemon's machine a further address, such as "10.96.0.2/20", in segment b.
  static void add_own_address(const std::string& address_and_prefix);
  /// And a route, such as "10.99.0.0/24 via 10.77.0.1".
  static void add_own_route(const std::string& route);

  /// Entries of the kernel's neighbour table as `ip -json` gives them.
  [[nodiscard]] static nlohmann::json neighbours();

  /// A directory that lasts as long as this network.
  [[nodiscard]] const std::filesystem::path& directory() const noexcept {
    return directory_.path();
  }

private:
  temporary_directory directory_;
  descriptor outside_;
  std::vector<std::unique_ptr<network_host>> hosts_;
};

/// Does something in the network namespace of a host, in a thread of its own.
void on_host(const std::string& name, const std::function<void()>& what);

} // namespace firefinder::test
