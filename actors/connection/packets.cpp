#include "actors/connection/packets.hpp"

#include "actors/file_descriptor.hpp"
#include "messages/shard.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace firefinder {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view done_ending = ".done";
constexpr std::string_view new_ending = ".new";

// 16 hexadecimal digits before the packet tell whether all of it is there.
constexpr std::size_t mark_size = 16;

std::string mark(std::string_view bytes) { return fmt::format("{:016x}", fnv1a(bytes)); }

ssize_t read_some(const file_descriptor& from, char* to, std::size_t size) {
  ssize_t count = -1;
  do {
    count = ::read(from.get(), to, size);
  } while (count < 0 && errno == EINTR);
  return count;
}

bool synchronise(const file_descriptor& what) { return ::fsync(what.get()) == 0; }

status failure(const std::string& path) {
  return status::failure(
      fmt::format("{}: {}", path, std::error_code{errno, std::generic_category()}.message()));
}

// Takes `count` bytes from the front.
std::optional<std::string_view> take(std::string_view& from, std::size_t count) {
  if (from.size() < count)
    return std::nullopt;
  const auto result = from.substr(0, count);
  from.remove_prefix(count);
  return result;
}

// Variable byte integer, section 2.2.3 (3.1.1) and 1.5.5 (5).
std::optional<std::size_t> take_length(std::string_view& from) {
  std::size_t result = 0;
  for (int shift = 0; shift < 28; shift += 7) {
    const auto next = take(from, 1);
    if (!next)
      return std::nullopt;
    const auto byte = static_cast<unsigned char>(next->front());
    result |= static_cast<std::size_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0)
      return result;
  }
  return std::nullopt;
}

// None when it cannot be read; a stream would throw where the disk fails.
std::optional<std::string> content_of(const fs::path& path) {
  const file_descriptor in{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!in)
    return std::nullopt;
  std::string result;
  std::array<char, 4096> part{};
  for (;;) {
    const auto count = read_some(in, part.data(), part.size());
    if (count < 0)
      return std::nullopt;
    if (count == 0)
      return result;
    result.append(part.data(), static_cast<std::size_t>(count));
  }
}

// The regular files of a folder; those that cannot be listed are left out.
std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> result;
  std::error_code failed;
  for (fs::directory_iterator it{folder, failed}, end; !failed && it != end; it.increment(failed))
    if (std::error_code unknown; it->is_regular_file(unknown))
      result.push_back(it->path());
  return result;
}

bool is_whole(const fs::path& path, const std::string& content) {
  return !path.filename().string().ends_with(new_ending) && content.size() >= mark_size
         && mark(std::string_view{content}.substr(mark_size)) == content.substr(0, mark_size);
}

} // namespace

std::optional<publish_content> parse_publish(std::string_view packet, bool version_5) {
  constexpr unsigned publish_type = 3;
  const auto first = take(packet, 1);
  if (!first)
    return std::nullopt;
  const auto header = static_cast<unsigned char>(first->front());
  publish_content result;
  result.qos = static_cast<std::uint8_t>((header >> 1U) & 3U);
  const auto length = take_length(packet);
  if (header >> 4U != publish_type || !length || *length != packet.size())
    return std::nullopt;
  const auto size = take(packet, 2);
  if (!size)
    return std::nullopt;
  const auto topic
      = take(packet, (static_cast<std::size_t>(static_cast<unsigned char>((*size)[0])) << 8U)
                         + static_cast<unsigned char>((*size)[1]));
  if (!topic || (result.qos > 0 && !take(packet, 2)))
    return std::nullopt;
  if (version_5) {
    const auto properties = take_length(packet);
    if (!properties || !take(packet, *properties))
      return std::nullopt;
  }
  result.topic = *topic;
  result.payload = packet;
  return result;
}

bool carries(const kept_packet& packet, std::string_view topic, std::string_view payload) {
  const auto content = parse_publish(packet.bytes, packet.key.starts_with("s5-"));
  return content && content->topic == topic && content->payload == payload;
}

std::string packet_folder::file(const std::string& key, bool done) const {
  return fmt::format("{}/{}{}", path_, key, done ? done_ending : std::string_view{});
}

void packet_folder::prepare() const {
  std::error_code failed;
  fs::create_directories(path_, failed);
  for (const auto& path : files_in(path_))
    if (const auto content = content_of(path); content && !is_whole(path, *content))
      fs::remove(path, failed);
}

std::vector<kept_packet> packet_folder::read() const {
  std::vector<kept_packet> result;
  for (const auto& path : files_in(path_)) {
    const auto content = content_of(path);
    if (!content || !is_whole(path, *content))
      continue;
    auto name = path.filename().string();
    kept_packet packet;
    packet.done = name.ends_with(done_ending);
    if (packet.done)
      name.resize(name.size() - done_ending.size());
    packet.key = std::move(name);
    packet.bytes = content->substr(mark_size);
    result.push_back(std::move(packet));
  }
  return result;
}

status packet_folder::write(const std::string& key, std::string_view bytes) const {
  const auto target = file(key, false);
  const auto fresh = target + std::string{new_ending};
  {
    const file_descriptor out{
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR)};
    if (!out || !write_all(out, mark(bytes)) || !write_all(out, bytes) || !synchronise(out))
      return failure(fresh);
  }
  if (::rename(fresh.c_str(), target.c_str()) != 0)
    return failure(target);
  const file_descriptor folder{::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || !synchronise(folder))
    return failure(path_);
  return {};
}

bool packet_folder::finish(const std::string& key) const {
  return ::rename(file(key, false).c_str(), file(key, true).c_str()) == 0;
}

void packet_folder::remove(const kept_packet& packet) const {
  ::unlink(file(packet.key, packet.done).c_str());
}

} // namespace firefinder
