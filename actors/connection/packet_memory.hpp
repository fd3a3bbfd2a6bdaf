#pragma once

#include "actors/connection/client.hpp"
#include "actors/connection/packets.hpp"

#include <mqtt/iclient_persistence.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// paho's memory of what is under way. The packets of a QoS 2 handshake are written through
/// to a folder. paho calls it under its own lock,
/// mostly on its own threads; nobody else touches it after the construction.
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

  packet_folder folder_;
  end_listener ended_;
  std::function<void(const std::string&)> complaint_;
  std::map<std::string, std::string> packets_;
  /// Packet identifiers of which the broker has the PUBLISH.
  std::set<std::string> released_;
  /// Ticket of each restored PUBLISH by its key.
  std::map<std::string, std::uint64_t> tickets_;
  std::vector<resumed_publication> resumed_;
  bool has_orphans_ = false;
};

} // namespace firefinder
