#include "actors/connection/intake.hpp"

#include "messages/shard.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace firefinder {

namespace {

// As far as a name is searched for: Frigate's events name their camera within the first
// hundred bytes of the first object.
constexpr std::size_t search_span = 512;

// What is minor finds room up to this part of it. A flood of anything else keeps more
// than that under way.
constexpr std::size_t minor_part = 4;

// Fewer than this are not worth a look.
constexpr std::size_t least_to_sweep = 256;

// Between two looks while there is no room: a look goes over all that is under way.
constexpr timespan sweep_pause = std::chrono::milliseconds{5};

constexpr timespan report_pause = std::chrono::seconds{1};

constexpr std::string_view detections = "fire/detection/";

// A camera's own topic says who it is, and what its payloads say does not matter.
std::uint64_t source_of(std::string_view topic, std::string_view payload) noexcept {
  const auto hash = fnv1a(topic);
  if (topic.find(detections) != std::string_view::npos)
    return hash;
  const auto camera = camera_near_the_beginning(payload);
  return camera.empty() ? hash : hash * 31 + fnv1a(camera);
}

} // namespace

std::string_view camera_near_the_beginning(std::string_view payload) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  constexpr std::array<std::string_view, 2> keys{R"("camera")", R"("camera_id")"};
  const auto text = payload.substr(0, search_span);
  const auto is_at = [&text](std::size_t at, char c) { return at < text.size() && text[at] == c; };
  for (std::size_t at = 0; (at = text.find("\"camera", at)) != std::string_view::npos; ++at)
    for (const auto key : keys) {
      if (!text.substr(at).starts_with(key))
        continue;
      auto next = text.find_first_not_of(blanks, at + key.size());
      if (!is_at(next, ':'))
        continue;
      next = text.find_first_not_of(blanks, next + 1);
      if (!is_at(next, '"'))
        continue;
      const auto end = text.find('"', next + 1);
      if (end != std::string_view::npos)
        return text.substr(next + 1, end - next - 1);
    }
  return {};
}

bool is_minor(std::string_view topic) noexcept {
  // A camera may have any name.
  if (topic.find(detections) != std::string_view::npos)
    return false;
  constexpr std::array<std::string_view, 4> endings{"system/camera_telemetry", "system/telemetry",
                                                    "/stats", "/available"};
  return std::any_of(endings.begin(), endings.end(),
                     [topic](std::string_view x) { return topic.ends_with(x); });
}

receipt intake::admit(std::string_view topic, std::string_view payload, monotonic now) {
  if (under_way_.size() >= sweep_at_)
    sweep(now);
  const auto size = topic.size() + payload.size();
  const auto source = source_of(topic, payload);
  if (used_up_to_.size() >= forget_at_)
    forget_the_slow(now);
  auto& used_up_to = used_up_to_.try_emplace(source, now).first->second;
  used_up_to = std::max(used_up_to, now);
  if (used_up_to - now > limits_.ahead)
    return shed(size);
  const auto minor = is_minor(topic);
  bool room = has_room(source, size, minor);
  if (!room && (!swept_ || now - *swept_ >= sweep_pause)) {
    sweep(now);
    room = has_room(source, size, minor);
  }
  if (!room)
    return shed(size);
  const auto worth = std::max(1.0, static_cast<double>(size) / bytes_of_one);
  if (now >= backlog_until_)
    used_up_to += std::chrono::duration_cast<timespan>(
        std::chrono::duration<double>{worth / limits_.source_rate});
  auto& holder = *sources_.try_emplace(source).first;
  ++holder.second.messages;
  holder.second.bytes += size;
  bytes_ += size;
  under_way_.push_back({std::make_shared<const under_way>(), size, &holder});
  return under_way_.back().held;
}

receipt intake::shed(std::size_t size) {
  ++shed_.messages;
  shed_.bytes += size;
  return nullptr;
}

bool intake::has_room(std::uint64_t source, std::size_t size, bool minor) const {
  const auto part = minor ? minor_part : 1;
  const auto most_messages = limits_.messages / part;
  const auto most_bytes = limits_.bytes / part;
  if (under_way_.size() >= most_messages || bytes_ + size > most_bytes)
    return false;
  const auto found = sources_.find(source);
  if (found == sources_.end())
    return true;
  const auto& [messages, bytes] = found->second;
  return messages < most_messages - under_way_.size() && bytes < most_bytes - bytes_;
}

void intake::sweep(monotonic now) {
  std::erase_if(under_way_, [this](const entry& x) {
    // Whoever holds the last copy is this list.
    if (x.held.use_count() > 1)
      return false;
    bytes_ -= x.bytes;
    auto& [source, held] = *x.source;
    held.bytes -= x.bytes;
    if (--held.messages == 0)
      sources_.erase(source);
    return true;
  });
  // In proportion to what is left, so that a look costs each message the same.
  sweep_at_ = std::max(least_to_sweep, 2 * under_way_.size());
  swept_ = now;
}

void intake::forget_the_slow(monotonic now) {
  std::erase_if(used_up_to_, [now](const auto& x) { return x.second <= now; });
  forget_at_ = std::max(least_to_sweep, 2 * used_up_to_.size());
}

std::optional<shed_count> intake::report(monotonic now) {
  if (shed_.messages == 0 || (told_ && now - *told_ < report_pause))
    return std::nullopt;
  told_ = now;
  return std::exchange(shed_, {});
}

} // namespace firefinder
