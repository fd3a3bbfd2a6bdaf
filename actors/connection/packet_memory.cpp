#include "actors/connection/packet_memory.hpp"

#include "messages/quality_of_service.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace firefinder {

namespace {

// paho's names for what it keeps: a PUBLISH and the PUBREL after it, for 3.1.1 and 5,
// each followed by the packet identifier.
struct key_prefixes {
  std::string_view publish;
  std::string_view release;
};

constexpr key_prefixes keys_of(mqtt_version version) {
  return version == mqtt_version::v5 ? key_prefixes{"s5-", "sc5-"} : key_prefixes{"s-", "sc-"};
}

bool is_publish(std::string_view key) { return key.starts_with("s-") || key.starts_with("s5-"); }
bool is_release(std::string_view key) { return key.starts_with("sc-") || key.starts_with("sc5-"); }

// The first byte of a PUBLISH is its fixed header, bits 1 and 2 the quality of service
// (section 3.3.1); only QoS 2 has a PUBREL.
bool belongs_to_handshake(std::string_view key, std::string_view bytes) {
  return is_release(key)
         || (is_publish(key) && !bytes.empty()
             && ((static_cast<unsigned char>(bytes.front()) >> 1U) & 3U) == exactly_once);
}

bool is_command(std::string_view key) { return key.starts_with("c-") || key.starts_with("c5-"); }

std::string number_of(const std::string& key) { return key.substr(key.find('-') + 1); }

std::string release_key(const std::string& publish_key) {
  return (publish_key.starts_with("s5-") ? "sc5-" : "sc-") + number_of(publish_key);
}

} // namespace

packet_memory::packet_memory(const client_options& options, end_listener ended,
                             std::function<void(const std::string&)> complaint)
  : folder_(options.settings.packets), ended_(std::move(ended)), complaint_(std::move(complaint)) {
  restore(options);
}

void packet_memory::restore(const client_options& options) {
  const auto prefixes = keys_of(options.version);
  folder_.prepare();
  const auto found = folder_.read();
  const auto holder = [&](const kept_packet& packet) -> const held_publication* {
    const auto same = std::find_if(options.held.begin(), options.held.end(), [&](const auto& x) {
      return carries(packet, x.topic, x.payload);
    });
    return same == options.held.end() ? nullptr : &*same;
  };
  for (const auto& packet : found) {
    if (!is_publish(packet.key))
      continue;
    const auto* held = holder(packet);
    if (packet.done) {
      if (held != nullptr)
        resumed_.push_back({held->ticket, true});
      else
        folder_.remove(packet);
      continue;
    }
    // Of the other version: it cannot go on in this one, and the broker must not be left
    // with half of it.
    if (!packet.key.starts_with(prefixes.publish)) {
      has_orphans_ = has_orphans_ || held != nullptr || !options.ignore_orphans;
      continue;
    }
    if (held == nullptr) {
      has_orphans_ = has_orphans_ || !options.ignore_orphans;
      continue;
    }
    packets_.emplace(packet.key, packet.bytes);
    tickets_.emplace(packet.key, held->ticket);
    resumed_.push_back({held->ticket, false});
  }
  const bool begins_clean = options.clean_start || has_orphans_;
  if (begins_clean) {
    packets_.clear();
    tickets_.clear();
    std::erase_if(resumed_, [](const auto& x) { return !x.done; });
  }
  // A PUBREL belongs to the PUBLISH with its number.
  for (const auto& packet : found) {
    if (packet.done || (!is_release(packet.key) && !is_publish(packet.key)))
      continue;
    const auto number = number_of(packet.key);
    const bool wanted = packets_.count(std::string{prefixes.publish} + number) != 0;
    if (wanted && packet.key.starts_with(prefixes.release)) {
      packets_.emplace(packet.key, packet.bytes);
      released_.insert(number);
    } else if (packets_.count(packet.key) == 0)
      orphans_.push_back(packet);
  }
}

void packet_memory::forget_orphans() {
  for (const auto& packet : std::exchange(orphans_, {}))
    folder_.remove(packet);
}

void packet_memory::fall_silent() {
  ended_ = [](std::uint64_t, bool) {};
  complaint_ = [](const std::string&) {};
}

void packet_memory::open(const std::string& /*client*/, const std::string& /*server*/) {}

void packet_memory::close() {}

// paho 1.3.12 ends a session by removing each packet; this is for versions that do not.
void packet_memory::clear() {
  for (const auto& [key, bytes] : packets_)
    if (belongs_to_handshake(key, bytes))
      folder_.remove({key, {}, false});
  packets_.clear();
  released_.clear();
  tickets_.clear();
}

std::map<std::string, std::string>& packet_memory::map_of(std::string_view key) {
  return is_command(key) ? commands_ : packets_;
}

bool packet_memory::contains_key(const std::string& key) { return map_of(key).count(key) != 0; }

// Asked when paho restores, and when the broker has no session for us and what was under
// way begins anew. Commands are never restored: they are those of this process.
mqtt::string_collection packet_memory::keys() const {
  wiping_ = restored_;
  mqtt::string_collection result;
  for (const auto& [key, bytes] : packets_)
    result.push_back(key);
  return result;
}

// paho reads back what it has put here, its queue of commands included, and ends the
// process when it is gone: everything is kept, but only the packets of a QoS 2
// handshake on disk.
void packet_memory::put(const std::string& key, const std::vector<mqtt::string_view>& parts) {
  std::string bytes;
  for (const auto& part : parts)
    bytes.append(part.data(), part.size());
  if (is_command(key)) {
    commands_.insert_or_assign(key, std::move(bytes));
    return;
  }
  wiping_ = false;
  if (is_release(key))
    released_.insert(number_of(key));
  if (belongs_to_handshake(key, bytes))
    if (const auto written = folder_.write(key, bytes); !written)
      complaint_("a restart now could repeat an alarm, its packet cannot be kept: "
                 + written.why());
  packets_.insert_or_assign(key, std::move(bytes));
}

std::string packet_memory::get(const std::string& key) const {
  const auto& from = is_command(key) ? commands_ : packets_;
  const auto found = from.find(key);
  return found == from.end() ? std::string{} : found->second;
}

void packet_memory::remove(const std::string& key) {
  const auto packet = map_of(key).extract(key);
  // The PUBREL's file goes with that of its PUBLISH, not before it: a PUBLISH alone
  // would be sent again.
  if (packet.empty() || is_release(key) || !belongs_to_handshake(key, packet.mapped()))
    return;
  const bool taken = released_.erase(number_of(key)) != 0 && !wiping_;
  // Taken, it stays as done until its end is written down elsewhere. Where that cannot
  // be, the PUBREL stays too, and the next process goes through the end once more.
  if (taken && !folder_.finish(key))
    return;
  if (!taken)
    folder_.remove({key, {}, false});
  folder_.remove({release_key(key), {}, false});
  if (const auto ticket = tickets_.extract(key); !ticket.empty() && !wiping_)
    ended_(ticket.mapped(), taken);
}

} // namespace firefinder
