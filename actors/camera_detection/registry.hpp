#pragma once

#include "actors/camera_detection/interview.hpp"
#include "messages/camera.hpp"
#include "messages/device.hpp"
#include "messages/search.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// What follows from something that was heard.
struct registry_changes {
  /// Cameras that are new or differ from what was told of them.
  std::set<std::string> changed;
  /// Those among them that are at another address than before.
  std::set<std::string> moved;
  /// Ids that are no longer in use, and what they are called instead.
  std::vector<camera_removed> removed;
  /// Addresses at which somebody has to be asked what he is.
  std::set<std::string> to_ask;
  /// Cameras that have to be looked after now.
  std::set<std::string> to_check;

  void add(registry_changes other);
};

/// All devices that were found, and which of them are cameras. One camera is one entry,
/// however many ways lead to it: it is known by its hardware address, by the further hardware
/// addresses that it tells, by its ONVIF endpoint, and by its serial number.
class camera_registry {
public:
  /// A device that is no camera is asked again after this.
  static constexpr timespan ask_again = std::chrono::hours{1};
  /// A camera does not go back to an address that it left so lately.
  static constexpr timespan settling = std::chrono::minutes{1};
  /// How long two devices that answered for one address are in dispute about it.
  static constexpr timespan dispute_span = std::chrono::hours{1};
  /// Most devices that are remembered.
  static constexpr std::size_t max_devices = 4'096;

  explicit camera_registry(const camera_detection_settings& settings)
    : canonical_(settings.canonical), shown_(settings.names) {}

  /// Something was found.
  [[nodiscard]] registry_changes hear(const finding& what, monotonic now);

  /// Whom to ask at this address. None: nobody is known there.
  [[nodiscard]] std::optional<interview_subject> subject(const std::string& address) const;

  /// By what the ledger of log-ins knows the device at this address.
  [[nodiscard]] std::string device_at(const std::string& address) const;

  /// The device at this address told this, with this credential (`camera_facts::credential`).
  /// `both_answer`: and somebody answers where it is known to be (`would_move`).
  [[nodiscard]] registry_changes learn(const std::string& address, const device_report& told,
                                       const std::string& credential, bool both_answer,
                                       monotonic now, unix_seconds wall);

  /// Where the camera that told this is known to be and to answer, if that is another address:
  /// whether it still answers there tells whether it has moved.
  [[nodiscard]] std::optional<std::string> would_move(const std::string& address,
                                                      const device_report& told) const;

  /// What a look at the first stream of a camera brought.
  [[nodiscard]] registry_changes watch(const std::string& id, const video_report& seen,
                                       unix_seconds wall);

  /// A look after a camera found it so.
  [[nodiscard]] registry_changes check(const std::string& id, camera_condition condition,
                                       const std::string& reason, unix_seconds wall);

  /// A look after a camera failed, which may mean nothing yet.
  void miss(const std::string& id);

  /// Takes up a camera of an earlier process. False: there is no room.
  bool restore(const camera_facts& facts);

  /// Drops a camera.
  [[nodiscard]] registry_changes forget(const std::string& id);

  /// A camera by its id or an alias; null: there is none. Valid until the next change.
  [[nodiscard]] const camera_facts* find(const std::string& id) const;

  /// The camera at this address; null: there is none.
  [[nodiscard]] const camera_facts* at_address(const std::string& address) const;

  /// Whether another device has the address of this camera now: nothing may be asked there in
  /// its name.
  [[nodiscard]] bool displaced(const std::string& id) const;

  /// Whether nothing is known of the device at this address but a port that takes connections.
  [[nodiscard]] bool is_new_by_port(const std::string& address) const;

  /// The camera that Frigate with this prefix calls so.
  [[nodiscard]] const camera_facts* named(const std::string& name, const std::string& prefix) const;

  /// All cameras by id.
  [[nodiscard]] std::map<std::string, camera_facts> all() const;

  [[nodiscard]] std::size_t size() const noexcept { return cameras_.size(); }

  /// Addresses for which two hardware addresses answer, and these.
  struct dispute {
    std::string one;
    std::string other;
    monotonic at{};
  };
  [[nodiscard]] const std::map<std::string, dispute>& disputes() const noexcept {
    return disputes_;
  }

  /// Whether more cameras were found than there is room for.
  [[nodiscard]] bool full() const noexcept { return full_; }

private:
  /// A device at an address.
  struct device {
    std::vector<std::string> services;
    std::vector<std::uint16_t> ports;
    std::string path;
    std::string endpoint;
    std::string name;
    std::string hardware;
    std::vector<std::string> methods;
    /// By ARP; empty: not known, or not on our segment.
    std::string mac;
    monotonic asked = monotonic::min();
    /// The camera that it is.
    std::string camera;
    monotonic heard{};
  };

  struct camera {
    camera_facts facts;
    /// Its id comes from an ARP answer of its own.
    bool seen_on_segment = false;
    /// Hardware addresses that it tells, and its endpoint.
    std::set<std::string> told;
    std::string endpoint;
    monotonic moved_at = monotonic::min();
    /// Somebody else has its address now.
    bool displaced = false;
  };

  device& at(const std::string& address, monotonic now);
  registry_changes hear_neighbour(const finding& what, monotonic now);
  [[nodiscard]] std::string identify(const device& where, const device_report& told,
                                     const std::string& address) const;
  [[nodiscard]] std::string match(const device& where, const device_report& told,
                                  const std::string& address) const;
  [[nodiscard]] std::string mac_of(const device& x) const;
  registry_changes rename(std::string from, std::string to);
  void move(camera& x, const std::string& address, monotonic now);
  [[nodiscard]] std::string name_of(const camera& x, const device& where) const;
  [[nodiscard]] std::string resolve(const std::string& id) const;
  void index(const camera& x);

  std::function<std::string(const std::string&, const std::string&)> canonical_;
  std::map<std::string, std::string> shown_;
  std::map<std::string, device> devices_;
  std::map<std::string, camera> cameras_;
  /// Alias to id.
  std::map<std::string, std::string> aliases_;
  std::map<std::string, dispute> disputes_;
  /// Hardware addresses that speak for several devices.
  std::set<std::string> shared_;
  bool full_ = false;
};

/// `AA:BB:CC:DD:EE:FF` of 12 hex digits.
[[nodiscard]] std::string shown_mac(std::string_view digits);

/// Whether `id` is 12 lower-case hex digits.
[[nodiscard]] bool is_mac(std::string_view id);

/// Whether a password may be shown to this IPv4 address at all: it is private (RFC 1918),
/// link-local (RFC 3927), shared by a carrier or a virtual private network (RFC 6598), or
/// this machine.
[[nodiscard]] bool is_private_address(std::string_view text);

} // namespace firefinder
