#include "src/discover/report.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace firefinder::discover {

namespace {

using json = nlohmann::ordered_json;

// -- texts --------------------------------------------------------------------------------

// Length in bytes of the well-formed UTF-8 character at `at`, and what it is; 0: there is none.
std::pair<std::size_t, char32_t> character(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(at);
  if (first < 0x80)
    return {1, first};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xc2 || first > 0xf4 || at + length > text.size())
    return {0, 0};
  char32_t result = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0U) != 0x80U)
      return {0, 0};
    result = (result << 6U) | (byte(at + i) & 0x3fU);
  }
  const bool is_surrogate = result >= 0xd800 && result < 0xe000;
  return result < least[length] || result > 0x10ffff || is_surrogate
             ? std::pair{std::size_t{0}, char32_t{0}}
             : std::pair{length, result};
}

// Moves the cursor, or turns the direction of writing.
bool steers(char32_t x) {
  return x < 0x20 || (x >= 0x7f && x < 0xa0) || (x >= 0x200b && x < 0x2010)
         || (x >= 0x2028 && x < 0x202f) || (x >= 0x2060 && x < 0x2070) || x == 0xfeff;
}

std::string printable(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto [length, x] = character(text, at);
    if (length == 0 || steers(x))
      result += '?';
    else
      result.append(text, at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return result;
}

// Columns of a printable text.
std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string joined(const std::vector<std::string>& all) {
  std::string result;
  for (const auto& x : all)
    result += (result.empty() ? "" : ", ") + x;
  return result;
}

std::string plural(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// -- cameras ------------------------------------------------------------------------------

std::string called(const camera_facts& x) {
  if (!x.name.empty())
    return x.name;
  return x.manufacturer + (x.manufacturer.empty() || x.model.empty() ? "" : " ") + x.model;
}

std::string streams_of(const camera_facts& x) {
  std::vector<std::string> all;
  for (const auto& stream : x.streams) {
    auto text = stream.name;
    if (stream.width != 0)
      text += fmt::format(" {}x{}", stream.width, stream.height);
    if (!stream.codec.empty())
      text += ' ' + stream.codec;
    all.push_back(std::move(text));
  }
  return joined(all);
}

const char* words(camera_condition x) {
  switch (x) {
  case camera_condition::found:
    return "not looked at";
  case camera_condition::online:
    return "online";
  case camera_condition::stream_error:
    return "no video";
  case camera_condition::auth_required:
    return "wants a password";
  case camera_condition::auth_failed:
    return "password refused";
  case camera_condition::auth_locked:
    return "locked";
  case camera_condition::offline:
    return "offline";
  }
  return "";
}

constexpr std::size_t column_count = 6;
using row = std::array<std::string, column_count>;

row row_of(const camera_facts& x) {
  return {printable(x.mac.empty() ? x.id : x.mac),
          printable(x.address),
          printable(called(x)),
          printable(joined(x.methods)),
          printable(streams_of(x)),
          words(x.condition) + (x.reason.empty() ? "" : ": " + printable(x.reason))};
}

std::uint32_t number_of(const std::string& address) {
  in_addr parsed{};
  return inet_pton(AF_INET, address.c_str(), &parsed) == 1 ? ntohl(parsed.s_addr) : 0;
}

// -- what was not looked at ---------------------------------------------------------------

struct way {
  const char* name;
  const char* what;
  const char* how;
};

constexpr std::array<way, 5> ways{{
    {"onvif", "ONVIF cameras (WS-Discovery)", "ONVIF_ENABLED=true"},
    {"mdns", "cameras that announce themselves by mDNS", "MDNS_ENABLED=true"},
    {"network_scan", "every address of the network", "--scan, or NETWORK_SCAN_ENABLED=true"},
    {"rtsp_port_scan", "the RTSP ports of hosts", "RTSP_PORT_SCAN_ENABLED=true"},
    {"arp", "hardware addresses", "camera detection needs CAP_NET_RAW"},
}};

std::string left_out(const std::map<std::string, std::string>& methods) {
  std::string result;
  for (const auto& [name, how] : methods) {
    if (how == "on")
      continue;
    const auto* known = std::find_if(ways.begin(), ways.end(),
                                     [&name = name](const way& x) { return x.name == name; });
    const auto what = known == ways.end() ? printable(name) : std::string{known->what};
    if (how != "off")
      result += fmt::format("not looked at: {}: {}\n", what, printable(how));
    else
      result += fmt::format("not looked at: {}{}\n", what,
                            known == ways.end() ? std::string{}
                                                : fmt::format(" (switched off: {})", known->how));
  }
  return result;
}

std::string conditions(const std::vector<camera_facts>& cameras) {
  std::string result;
  for (const auto x :
       {camera_condition::online, camera_condition::stream_error, camera_condition::auth_required,
        camera_condition::auth_failed, camera_condition::auth_locked, camera_condition::offline,
        camera_condition::found}) {
    const auto count = std::count_if(cameras.begin(), cameras.end(),
                                     [x](const camera_facts& y) { return y.condition == x; });
    if (count != 0)
      result += fmt::format("{}{} {}", result.empty() ? "" : ", ", count,
                            x == camera_condition::auth_required && count != 1 ? "want a password"
                                                                               : words(x));
  }
  return result;
}

} // namespace

std::string shortened(const std::string& text, std::size_t width) {
  if (width == 0 || columns(text) <= width)
    return text;
  std::size_t end = 0;
  for (std::size_t used = 0; used + 1 < width; ++used)
    do
      ++end;
    while (end < text.size() && (text[end] & 0xc0) == 0x80);
  return text.substr(0, end) + "…";
}

std::string table(std::vector<camera_facts> cameras, std::size_t width) {
  if (cameras.empty())
    return {};
  std::stable_sort(cameras.begin(), cameras.end(), [](const auto& a, const auto& b) {
    return std::pair{number_of(a.address), a.id} < std::pair{number_of(b.address), b.id};
  });
  std::vector<row> rows{{"ID", "ADDRESS", "NAME", "FOUND BY", "STREAMS", "CONDITION"}};
  for (const auto& x : cameras)
    rows.push_back(row_of(x));
  std::array<std::size_t, column_count> widths{};
  for (const auto& x : rows)
    for (std::size_t i = 0; i < column_count; ++i)
      widths[i] = std::max(widths[i], columns(x[i]));
  // A hardware address and an IPv4 address are of no use when they are shortened.
  constexpr std::array<std::size_t, column_count> least{17, 15, 8, 8, 8, 8};
  constexpr std::size_t gap = 2;
  const auto total = [&widths] {
    return std::accumulate(widths.begin(), widths.end(), gap * (column_count - 1));
  };
  while (width != 0 && total() > width) {
    std::size_t widest = column_count;
    for (std::size_t i = 0; i < column_count; ++i)
      if (widths[i] > least[i] && (widest == column_count || widths[i] > widths[widest]))
        widest = i;
    if (widest == column_count)
      break;
    --widths[widest];
  }
  std::string result;
  for (const auto& x : rows) {
    std::string line;
    for (std::size_t i = 0; i < column_count; ++i) {
      const auto text = shortened(x[i], widths[i]);
      line += text + std::string(widths[i] - columns(text) + gap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  }
  return result;
}

std::string summary(const search_result& found, const circumstances& how) {
  std::string result;
  if (found.cameras.empty())
    result = fmt::format("no camera found in {:.1f} s\n", found.took_s);
  else
    result = fmt::format("{} in {:.1f} s: {}\n", plural(found.cameras.size(), "camera", "cameras"),
                         found.took_s, conditions(found.cameras));
  if (!how.complete)
    result += "the time was over before every device was asked: --timeout gives it more\n";
  for (const bool trouble : {true, false})
    for (const auto& x : found.problems)
      if (x.trouble == trouble)
        result
            += fmt::format("{} {}{}{}: {}\n", trouble ? '!' : '-', printable(x.code),
                           x.subject.empty() ? "" : " ", printable(x.subject), printable(x.text));
  const auto locked_out = static_cast<std::size_t>(
      std::count_if(found.cameras.begin(), found.cameras.end(), [](const camera_facts& x) {
        return x.condition == camera_condition::auth_required;
      }));
  if (locked_out != 0)
    result += fmt::format(
        "not looked at: what {}: {}\n",
        locked_out == 1 ? "1 camera shows that wants a password"
                        : fmt::format("{} cameras show that want a password", locked_out),
        how.no_login.empty() ? "none of the configured ones is for them" : how.no_login);
  return result + left_out(found.methods);
}

std::string as_json(const search_result& found, const circumstances& how,
                    const std::function<std::string(const camera_facts&)>& payload) {
  auto cameras = json::array();
  for (const auto& x : found.cameras)
    if (auto told = json::parse(payload(x), nullptr, false); !told.is_discarded())
      cameras.push_back(std::move(told));
  auto problems = json::array();
  for (const auto& x : found.problems) {
    json told{{"code", x.code},
              {"severity", x.trouble ? "trouble" : "notice"},
              {"since", x.since > 0 ? json(x.since) : json()},
              {"text", x.text}};
    if (!x.subject.empty())
      told["subject"] = x.subject;
    problems.push_back(std::move(told));
  }
  const json result{{"cameras", std::move(cameras)},
                    {"methods", found.methods},
                    {"problems", std::move(problems)},
                    {"took_s", std::round(found.took_s * 1000) / 1000},
                    {"complete", how.complete}};
  return result.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

std::string progress_line(const search_progress& x, double elapsed_s) {
  std::string result = x.finished        ? "asking the devices that were found"
                       : x.doing.empty() ? "searching"
                                         : printable(x.doing);
  if (x.addresses != 0)
    result += fmt::format(", {} of {} addresses", x.asked, x.addresses);
  if (x.hosts != 0)
    result += fmt::format(", {}", plural(x.hosts, "host", "hosts"));
  return result + fmt::format(", {:.0f} s", elapsed_s);
}

} // namespace firefinder::discover
