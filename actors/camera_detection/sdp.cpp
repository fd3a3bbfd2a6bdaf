#include "actors/camera_detection/sdp.hpp"

#include "actors/camera_detection/device_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace firefinder {

namespace {

constexpr std::size_t max_codec_bytes = 16;
constexpr std::size_t max_control_bytes = 1'024;
constexpr std::uint32_t max_side = 65'535;
constexpr double max_fps = 1'000;
// A parameter set has some dozen bytes.
constexpr std::size_t max_parameter_set = 1'024;

std::string_view take_until(std::string_view& rest, char end) {
  const auto found = rest.find(end);
  const auto part = rest.substr(0, found);
  rest.remove_prefix(found == std::string_view::npos ? rest.size() : found + 1);
  return part;
}

std::uint32_t side_in(std::string_view text) {
  text = trimmed(text);
  std::uint32_t x = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), x);
  return fault == std::errc{} && x <= max_side ? x : 0;
}

double rate_in(std::string_view text) {
  text = trimmed(text);
  double x = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), x);
  return fault == std::errc{} && std::isfinite(x) && x > 0 && x <= max_fps ? x : 0;
}

void set_size(described_video& x, std::uint32_t width, std::uint32_t height) {
  if (width == 0 || height == 0)
    return;
  x.width = width;
  x.height = height;
}

// Payload types that need no words (RFC 3551, table 5).
std::string_view well_known(std::string_view format) {
  if (format == "26")
    return "jpeg";
  if (format == "31")
    return "h261";
  if (format == "32")
    return "mpv";
  if (format == "34")
    return "h263";
  return {};
}

// Reads bits, the highest first; past the end all are 0 and it says so.
class bit_reader {
public:
  explicit bit_reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool good() const noexcept { return good_; }

  std::uint32_t bit() {
    const auto byte = position_ / 8;
    if (byte >= bytes_.size()) {
      good_ = false;
      return 0;
    }
    const auto shift = 7 - position_++ % 8;
    return static_cast<unsigned char>(bytes_[byte]) >> shift & 1U;
  }

  std::uint32_t bits(unsigned count) {
    std::uint32_t x = 0;
    while (count-- > 0)
      x = x << 1 | bit();
    return x;
  }

  // Exp-Golomb code ue(v) (Rec. ITU-T H.264, section 9.1).
  std::uint32_t number() {
    unsigned zeros = 0;
    while (good_ && bit() == 0)
      ++zeros;
    if (zeros > 31) {
      good_ = false;
      return 0;
    }
    return (1U << zeros) - 1 + bits(zeros);
  }

private:
  std::string_view bytes_;
  std::size_t position_ = 0;
  bool good_ = true;
};

// Takes out the bytes that keep start codes from arising (section 7.4.1.1).
std::string without_emulation(std::string_view bytes) {
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool guard = i >= 2 && bytes[i] == 3 && bytes[i - 1] == 0 && bytes[i - 2] == 0;
    if (!guard)
      result += bytes[i];
  }
  return result;
}

void skip_scaling_list(bit_reader& in, unsigned size) {
  std::int64_t last = 8;
  std::int64_t next = 8;
  for (unsigned i = 0; i < size && in.good(); ++i) {
    if (next != 0) {
      const std::int64_t code = in.number();
      const auto delta = code % 2 == 0 ? -(code / 2) : (code + 1) / 2;
      next = (last + delta + 256) % 256;
    }
    last = next == 0 ? last : next;
  }
}

// What only the higher profiles have; the number is chroma_format_idc.
std::uint32_t read_high_profile(bit_reader& in) {
  const auto chroma = in.number();
  if (chroma == 3)
    in.bit();
  in.number();
  in.number();
  in.bit();
  if (in.bit() != 0)
    for (unsigned i = 0; i < (chroma == 3 ? 12U : 8U); ++i)
      if (in.bit() != 0)
        skip_scaling_list(in, i < 6 ? 16 : 64);
  return chroma;
}

bool is_high_profile(std::uint32_t profile) {
  constexpr std::array<std::uint32_t, 13> high{100, 110, 122, 244, 44,  83, 86,
                                               118, 128, 138, 139, 134, 135};
  for (const auto x : high)
    if (x == profile)
      return true;
  return false;
}

void skip_order_count(bit_reader& in) {
  const auto type = in.number();
  if (type == 0) {
    in.number();
  } else if (type == 1) {
    in.bit();
    in.number();
    in.number();
    const auto cycle = in.number();
    if (cycle > 255)
      return;
    for (std::uint32_t i = 0; i < cycle; ++i)
      in.number();
  }
}

void take_parameters(described_video& x, std::string_view parameters) {
  while (!parameters.empty()) {
    auto value = trimmed(take_until(parameters, ';'));
    const auto name = lower_case(trimmed(take_until(value, '=')));
    if (name != "sprop-parameter-sets")
      continue;
    while (!value.empty()) {
      const auto set = trimmed(take_until(value, ','));
      if (set.size() > max_parameter_set)
        continue;
      const auto bytes = from_base64(set);
      const auto size = bytes ? picture_size_of(*bytes) : std::nullopt;
      if (size) {
        set_size(x, size->width, size->height);
        return;
      }
    }
  }
}

void take_attribute(described_video& x, std::string_view format, std::string_view attribute) {
  const auto name = lower_case(take_until(attribute, ':'));
  if (name == "control") {
    x.control = foreign_text(attribute, max_control_bytes);
    return;
  }
  if (name == "framerate" || name == "x-framerate") {
    x.fps = rate_in(attribute);
    return;
  }
  if (name == "x-dimensions") {
    const auto width = side_in(take_until(attribute, ','));
    set_size(x, width, side_in(attribute));
    return;
  }
  // The others are about one format, and name it.
  attribute = trimmed(attribute);
  if (trimmed(take_until(attribute, ' ')) != format)
    return;
  if (name == "rtpmap")
    x.codec = codec_name(take_until(attribute, '/'));
  else if (name == "framesize") {
    const auto width = side_in(take_until(attribute, '-'));
    set_size(x, width, side_in(attribute));
  } else if (name == "fmtp" && x.width == 0)
    take_parameters(x, attribute);
}

} // namespace

std::string codec_name(std::string_view foreign) {
  auto name = foreign_text(lower_case(foreign), max_codec_bytes);
  if (name == "hevc" || name == "h.265")
    return "h265";
  if (name == "avc" || name == "h.264")
    return "h264";
  if (name == "jpeg")
    return "mjpeg";
  if (name == "mp4v-es")
    return "mpeg4";
  return name;
}

std::optional<picture_size> picture_size_of(std::string_view parameter_set) {
  if (parameter_set.empty() || parameter_set.size() > max_parameter_set
      || (static_cast<unsigned char>(parameter_set[0]) & 0x1f) != 7)
    return std::nullopt;
  const auto bytes = without_emulation(parameter_set.substr(1));
  bit_reader in{bytes};
  const auto profile = in.bits(8);
  in.bits(16);
  in.number();
  std::uint32_t chroma = 1;
  if (is_high_profile(profile))
    chroma = read_high_profile(in);
  in.number();
  skip_order_count(in);
  in.number();
  in.bit();
  const auto columns = in.number();
  const auto rows = in.number();
  const auto frames_only = in.bit();
  if (frames_only == 0)
    in.bit();
  in.bit();
  std::array<std::uint64_t, 4> cut{};
  if (in.bit() != 0)
    for (auto& x : cut)
      x = in.number();
  if (!in.good() || columns > max_side / 16 || rows > max_side / 16 || chroma > 3)
    return std::nullopt;
  const std::uint64_t fields = 2 - frames_only;
  const std::uint64_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
  const std::uint64_t unit_y = (chroma == 1 ? 2 : 1) * fields;
  const std::uint64_t width = (std::uint64_t{columns} + 1) * 16;
  const std::uint64_t height = (std::uint64_t{rows} + 1) * 16 * fields;
  const auto cut_x = (cut[0] + cut[1]) * unit_x;
  const auto cut_y = (cut[2] + cut[3]) * unit_y;
  if (cut_x >= width || cut_y >= height || width > max_side || height > max_side)
    return std::nullopt;
  return picture_size{static_cast<std::uint32_t>(width - cut_x),
                      static_cast<std::uint32_t>(height - cut_y)};
}

std::optional<described_video> video_in(std::string_view description) {
  std::optional<described_video> result;
  std::string_view format;
  bool begun = false;
  while (!description.empty()) {
    const auto line = trimmed(take_until(description, '\n'));
    if (line.size() < 2 || line[1] != '=')
      continue;
    auto value = line.substr(2);
    if (line[0] == 'v')
      begun = true;
    if (line[0] == 'm') {
      if (result)
        return result;
      if (!begun || lower_case(trimmed(take_until(value, ' '))) != "video")
        continue;
      result.emplace();
      // Port and protocol stand between.
      take_until(value, ' ');
      take_until(value, ' ');
      format = trimmed(take_until(value, ' '));
      result->codec = codec_name(well_known(format));
    } else if (line[0] == 'a' && result) {
      take_attribute(*result, format, value);
    }
  }
  return result;
}

} // namespace firefinder
