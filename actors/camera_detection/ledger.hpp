#pragma once

#include "actors/camera_detection/interview.hpp"
#include "actors/camera_detection/settings.hpp"
#include "messages/camera.hpp"
#include "messages/time.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// Whose accounts a log-in is tried at. Some cameras have other ones for each.
enum class login_service : std::uint8_t { onvif, rtsp };

/// Remembers which log-ins were tried at which device, and says which one may be tried next,
/// so that no camera locks us out: Hikvision's lock an address for 30 minutes after 5 wrong
/// passwords, others after 3, and while they do the right one is refused too. Devices are
/// named by their hardware address, or by their address while that is not known.
class login_ledger {
public:
  /// At most so many refused log-ins at a device in so long, by all protocols together.
  static constexpr std::size_t max_refused = 2;
  static constexpr timespan window = std::chrono::minutes{30};
  /// Between two log-ins at a device.
  static constexpr timespan pause = std::chrono::seconds{5};
  /// A refused password is tried again after `window`, then after twice as long, up to this.
  static constexpr timespan longest_pause = std::chrono::hours{24};
  /// Most devices that are remembered.
  static constexpr std::size_t max_devices = 4'096;

  /// `key` makes the fingerprints by which passwords are remembered; the same after a restart.
  login_ledger(std::vector<camera_credential> credentials, std::string key);

  /// What may be done about a log-in.
  struct advice {
    /// Try this one now; null: none now.
    const camera_credential* with = nullptr;
    /// Then another may be tried; `never` when only the owner can change that.
    monotonic from = never_again;
    /// How the device is, as long as none is tried.
    camera_condition why = camera_condition::auth_required;
    std::string reason;
  };
  static constexpr monotonic never_again = monotonic::max();

  /// What may be tried at this device. Of those that it has not refused the one that it took
  /// last comes first, then one that a device of the same maker took, then the owner's order.
  [[nodiscard]] advice next(const std::string& device, login_service at, monotonic now) const;

  /// A log-in is about to be tried. It counts as refused until `end` says otherwise, so that
  /// one that was cut short counts as well.
  void begin(const std::string& device, const camera_credential& with, login_service at,
             monotonic now);

  /// The log-in that was begun last at this device, by this password, was not tried after all.
  void cancel(const std::string& device, const std::string& reference, login_service at);

  /// What became of a log-in, also of one by a password that was known to be right. That this
  /// one is refused means that the device locks.
  void end(const std::string& device, const std::string& reference, login_service at,
           login_result how, monotonic now);

  /// The credential that this device's streams take, if nothing speaks against showing it now;
  /// null: there is none, it was refused since, or the device locks.
  [[nodiscard]] const camera_credential* trusted(const std::string& device, monotonic now) const;

  /// Two names are one device: what is known by `from` holds for `to` as well.
  void join(const std::string& from, const std::string& to);

  /// Tries nothing: what was tried before is not known.
  void distrust() noexcept { blind_ = true; }

  /// What was tried by a ledger with another key and the same credentials, after what this one
  /// knows, counts here as well. Tells at which devices.
  [[nodiscard]] std::vector<std::string> add(const login_ledger& later);

  /// Makes room when too many devices are remembered. Tells which are forgotten: those at which
  /// nothing was accepted and that have refused nothing lately.
  [[nodiscard]] std::vector<std::string> make_room(monotonic now);

  /// What has to outlive a restart about a device, JSON without passwords; empty: nothing.
  [[nodiscard]] std::string text_of(const std::string& device, monotonic now,
                                    unix_seconds wall) const;

  /// Takes back what `text_of` told; text that is none of ours is passed over.
  void restore(const std::string& device, std::string_view text, monotonic now, unix_seconds wall);

  /// Log-ins tried and refused since the start.
  [[nodiscard]] std::uint64_t tried() const noexcept { return tried_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
  struct refusal {
    /// Fingerprint and service.
    std::string by;
    monotonic at{};
  };
  struct record {
    /// Those that may still count, the oldest first.
    std::vector<refusal> refusals;
    /// How often each was refused in a row.
    std::map<std::string, std::uint32_t> in_a_row;
    /// Fingerprints of those that were accepted last, by service.
    std::array<std::string, 2> accepted;
    monotonic last_try = monotonic::min();
    monotonic locked_until = monotonic::min();
    std::uint32_t locks = 0;
  };

  [[nodiscard]] bool configured(const std::string& fingerprint) const;
  [[nodiscard]] const camera_credential* by_fingerprint(const std::string& fingerprint) const;
  [[nodiscard]] const std::string* fingerprint_of(const std::string& reference) const;
  std::vector<camera_credential> credentials_;
  /// Of each credential.
  std::vector<std::string> fingerprints_;
  std::map<std::string, record> records_;
  bool blind_ = false;
  std::uint64_t tried_ = 0;
  std::uint64_t refused_ = 0;
};

} // namespace firefinder
