#include "actors/camera_detection/dns.hpp"

#include "actors/camera_detection/device_text.hpp"

#include <algorithm>
#include <array>

namespace firefinder {

namespace {

// RFC 1035 section 3.2, and RFC 2782 for SRV.
enum record_type : std::uint16_t { ptr = 12, txt = 16, srv = 33, any = 255 };
constexpr std::uint16_t internet = 1;
// The top bit of the class is the cache-flush bit (RFC 6762 section 10.2).
constexpr std::uint16_t class_mask = 0x7FFF;

constexpr std::size_t header_size = 12;
constexpr std::size_t max_label = 63;
constexpr std::size_t max_name = 255;
constexpr std::size_t max_message = 9'000;
constexpr std::size_t max_records = 512;
constexpr std::size_t max_services = 64;
constexpr std::size_t max_path = 256;

constexpr std::array<std::string_view, 3> service_labels{"_rtsp", "_tcp", "local"};

using dns_name = std::vector<std::string>;

void put(std::string& to, std::uint16_t x) {
  to += static_cast<char>(x >> 8);
  to += static_cast<char>(x & 255);
}

void put_label(std::string& to, std::string_view label) {
  to += static_cast<char>(label.size());
  to += label;
}

std::string question(std::uint16_t id, std::string_view instance, std::uint16_t type) {
  std::string result;
  put(result, id);
  // No flags, one question, and no records.
  constexpr std::array<std::uint16_t, 5> rest{0, 1, 0, 0, 0};
  for (const auto x : rest)
    put(result, x);
  if (!instance.empty())
    put_label(result, instance.substr(0, max_label));
  for (const auto label : service_labels)
    put_label(result, label);
  result += '\0';
  put(result, type);
  put(result, internet);
  return result;
}

// Reads a message; every answer is worth something only while `good`.
class reader {
public:
  explicit reader(std::string_view message) : message_(message) {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }

  std::uint8_t byte() {
    if (at_ >= message_.size()) {
      good_ = false;
      return 0;
    }
    return static_cast<std::uint8_t>(message_[at_++]);
  }

  std::uint16_t word() {
    const auto high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }

  void skip(std::size_t bytes) {
    if (bytes > message_.size() - at_)
      good_ = false;
    else
      at_ += bytes;
  }

  std::string_view text(std::size_t bytes) {
    const auto from = at_;
    skip(bytes);
    return good_ ? message_.substr(from, bytes) : std::string_view{};
  }

  // RFC 1035 section 4.1.4. A pointer leads back to before the name that it ends, so that none
  // can be followed for ever.
  dns_name name() {
    dns_name result;
    std::size_t length = 0;
    auto earliest = at_;
    std::optional<std::size_t> resume;
    while (good_) {
      const auto size = byte();
      if (size == 0)
        break;
      if (size >= 0xC0) {
        const auto target = static_cast<std::size_t>(size & 0x3F) << 8 | byte();
        if (target >= earliest)
          good_ = false;
        if (!resume)
          resume = at_;
        earliest = target;
        at_ = target;
        continue;
      }
      length += size + 1U;
      if (size > max_label || length > max_name) {
        good_ = false;
        break;
      }
      result.emplace_back(text(size));
    }
    if (resume && good_)
      at_ = *resume;
    return result;
  }

private:
  std::string_view message_;
  std::size_t at_ = 0;
  bool good_ = true;
};

// Whether these are the labels of the service itself, from `first` on.
bool is_service(const dns_name& name, std::size_t first) {
  return name.size() == first + service_labels.size()
         && std::equal(service_labels.begin(), service_labels.end(),
                       name.begin() + static_cast<std::ptrdiff_t>(first),
                       [](auto ours, const auto& theirs) { return lower_case(theirs) == ours; });
}

class collector {
public:
  // The instance of that name; nothing when it is none of this service.
  rtsp_service* find(const dns_name& name) {
    if (name.empty() || !is_service(name, 1))
      return nullptr;
    const auto key = lower_case(name.front());
    const auto at = std::find_if(found.begin(), found.end(), [&key](const rtsp_service& x) {
      return lower_case(x.instance) == key;
    });
    if (at != found.end())
      return &*at;
    if (found.size() == max_services)
      return nullptr;
    return &found.emplace_back(rtsp_service{name.front(), 0, {}});
  }

  std::vector<rtsp_service> found;
};

// A path that can stand in an RTSP address as it is (RFC 3986): anything else is none.
std::string path_of(std::string_view value) {
  const auto fits = [](char c) {
    return c > ' ' && c <= '~'
           && std::string_view{"\"<>\\^`{|}#"}.find(c) == std::string_view::npos;
  };
  if (value.empty() || value.size() >= max_path || !std::all_of(value.begin(), value.end(), fits))
    return {};
  std::string result{value};
  if (result.front() != '/')
    result.insert(result.begin(), '/');
  return result;
}

// RFC 6763 section 6: texts with their length before each. The first `path` counts.
std::string path_in(reader from, std::size_t size) {
  const auto end = from.at() + size;
  while (from.good() && from.at() < end) {
    const auto length = from.byte();
    if (length > end - from.at())
      return {};
    const auto entry = from.text(length);
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos && lower_case(entry.substr(0, equals)) == "path")
      return path_of(entry.substr(equals + 1));
  }
  return {};
}

void read_record(reader& from, collector& to) {
  const auto owner = from.name();
  const auto type = from.word();
  const auto kind = static_cast<std::uint16_t>(from.word() & class_mask);
  from.skip(4);
  const auto size = from.word();
  auto data = from;
  from.skip(size);
  if (!from.good() || kind != internet)
    return;
  if (type == ptr && is_service(owner, 0)) {
    const auto instance = data.name();
    if (data.good() && data.at() == from.at())
      static_cast<void>(to.find(instance));
  } else if (type == srv && size > 6) {
    data.skip(4);
    const auto port = data.word();
    if (auto* const x = to.find(owner); x != nullptr && x->port == 0)
      x->port = port;
  } else if (type == txt) {
    if (auto* const x = to.find(owner); x != nullptr && x->path.empty())
      x->path = path_in(data, size);
  }
}

} // namespace

std::string rtsp_question(std::uint16_t id) { return question(id, {}, ptr); }

std::string instance_question(std::uint16_t id, std::string_view instance) {
  return question(id, instance, any);
}

std::optional<std::vector<rtsp_service>> parse_rtsp_services(std::string_view message,
                                                             std::uint16_t id) {
  if (message.size() < header_size || message.size() > max_message)
    return {};
  reader from{message};
  const auto its_id = from.word();
  const auto flags = from.word();
  const auto questions = from.word();
  std::size_t records = 0;
  for (int i = 0; i < 3; ++i)
    records += from.word();
  // An answer, to an ordinary query, without an error (RFC 6762 section 18).
  const bool answers = (flags & 0x8000) != 0 && (flags & 0x780F) == 0;
  if (!answers || its_id != id || questions > max_records || records > max_records)
    return {};
  for (std::size_t i = 0; i < questions && from.good(); ++i) {
    static_cast<void>(from.name());
    from.skip(4);
  }
  collector to;
  for (std::size_t i = 0; i < records && from.good(); ++i)
    read_record(from, to);
  if (!from.good())
    return {};
  return std::move(to.found);
}

} // namespace firefinder
