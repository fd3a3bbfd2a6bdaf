#pragma once

#include "actors/connection/client.hpp"
#include "actors/connection/packets.hpp"

#include <mqtt/iclient_persistence.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// paho's memory of what is under way. The packets of a QoS 2 handshake are written through
/// to a folder. paho calls it under two locks: for commands that it has queued, on the thread
/// that publishes, under one; for packets, on threads of its own, under the other. What the
/// one guards and what the other guards is therefore kept apart here.
class packet_memory final : public mqtt::iclient_persistence {
public:
  /// Hears the ticket of a restored publication when its handshake has ended, and whether
  /// the broker has taken it.
  using end_listener = std::function<void(std::uint64_t ticket, bool taken)>;

  /// `complaint` hears what could not be written.
  packet_memory(const client_options& options, end_listener ended,
                std::function<void(const std::string&)> complaint);

  /// The publications that were found, under the tickets of `client_options::held`.
  [[nodiscard]] const std::vector<resumed_publication>& resumed() const noexcept {
    return resumed_;
  }

  /// Something was found that nobody waits for any more: an alarm that expired, say. It
  /// must not be completed.
  [[nodiscard]] bool has_orphans() const noexcept { return has_orphans_; }

  /// paho has read what it restores. From here on its asking for the keys begins the end
  /// of a session.
  void restored() noexcept { restored_ = true; }

  /// The broker has begun a session: what was found and nobody waits for can no longer be
  /// completed.
  void forget_orphans();

  /// Tells nothing any more.
  void fall_silent();

  // -- called by paho --------------------------------------------------------------

  void open(const std::string& client, const std::string& server) override;
  void close() override;
  void clear() override;
  bool contains_key(const std::string& key) override;
  [[nodiscard]] mqtt::string_collection keys() const override;
  void put(const std::string& key, const std::vector<mqtt::string_view>& parts) override;
  [[nodiscard]] std::string get(const std::string& key) const override;
  void remove(const std::string& key) override;

private:
  void restore(const client_options& options);
  [[nodiscard]] std::map<std::string, std::string>& map_of(std::string_view key);

  packet_folder folder_;
  end_listener ended_;
  std::function<void(const std::string&)> complaint_;
  std::map<std::string, std::string> commands_;
  std::map<std::string, std::string> packets_;
  /// Packet identifiers of which the broker has the PUBLISH.
  std::set<std::string> released_;
  /// Ticket of each restored PUBLISH by its key.
  std::map<std::string, std::uint64_t> tickets_;
  std::vector<resumed_publication> resumed_;
  bool has_orphans_ = false;
  std::vector<kept_packet> orphans_;
  bool restored_ = false;
  /// paho clears away an old session: what it removes is not delivered.
  mutable bool wiping_ = false;
};

} // namespace firefinder
