#include "actors/camera_detection/rtsp_paths.hpp"

#include "actors/camera_detection/device_text.hpp"

#include <algorithm>
#include <array>

namespace firefinder {

namespace {

struct maker_path {
  std::string_view main;
  std::string_view sub;
  // In lower case, of the makers whose it is; separated by `|`.
  std::string_view signs;
};

// The most common first. Paths that hold a user and a password are not among them: nobody
// gave us those.
constexpr std::array<maker_path, 21> table{{
    {"/cam/realmonitor?channel=1&subtype=0", "/cam/realmonitor?channel=1&subtype=1",
     "dahua|amcrest|empiretech|lorex|dh_|login to"},
    {"/stream1", "/stream2", "tp-link|tapo"},
    {"/Streaming/Channels/101", "/Streaming/Channels/102", "hikvision|annke|ip camera("},
    {"/h264/ch1/main/av_stream", "/h264/ch1/sub/av_stream", "hikvision|annke|ip camera("},
    {"/Preview_01_main", "/Preview_01_sub", "reolink"},
    {"/h264Preview_01_main", "/h264Preview_01_sub", "reolink"},
    {"/h265Preview_01_main", "/h265Preview_01_sub", "reolink"},
    {"/axis-media/media.amp", "", "axis"},
    {"/videoMain", "/videoSub", "foscam"},
    {"/live/ch00_0", "/live/ch00_1", ""},
    {"/live/ch0", "", "unifi|ubiquiti"},
    {"/MediaInput/h264/stream_1", "/MediaInput/h264/stream_2", "panasonic|i-pro"},
    {"/11", "/12", "hipcam"},
    {"/video1", "/video2", ""},
    {"/streaming/channels/101", "/streaming/channels/102", ""},
    {"/live/0/MAIN", "/live/0/SUB", ""},
    {"/live/0/HIGH", "/live/0/LOW", ""},
    {"/stream", "", ""},
    {"/live", "", ""},
    {"/video", "", ""},
    {"/", "", ""},
}};

bool is_of(const maker_path& x, std::string_view hints) {
  auto signs = x.signs;
  while (!signs.empty()) {
    const auto end = std::min(signs.find('|'), signs.size());
    if (hints.find(signs.substr(0, end)) != std::string_view::npos)
      return true;
    signs.remove_prefix(std::min(end + 1, signs.size()));
  }
  return false;
}

} // namespace

std::vector<stream_paths> known_stream_paths(std::string_view hints) {
  const auto words = lower_case(hints);
  std::vector<stream_paths> result;
  for (const bool of_maker : {true, false})
    for (const auto& x : table)
      if (is_of(x, words) == of_maker)
        result.push_back({std::string{x.main}, std::string{x.sub}});
  return result;
}

std::string sub_path_of(std::string_view main) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [main](const maker_path& x) { return x.main == main; });
  return found == table.end() ? std::string{} : std::string{found->sub};
}

realm_facts facts_in_realm(std::string_view realm) {
  realm_facts result;
  realm = trimmed(realm);
  const auto lower = lower_case(realm);
  for (const std::string_view prefix : {"dh_", "axis_"})
    if (lower.starts_with(prefix))
      result.mac = hardware_address(lower.substr(prefix.size())).value_or("");
  constexpr std::string_view login = "login to ";
  if (lower.starts_with(login)) {
    const auto rest = trimmed(realm.substr(login.size()));
    const auto is_part = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    // Shorter or with spaces it is a name.
    if (rest.size() >= 6 && rest.size() <= 64 && std::all_of(rest.begin(), rest.end(), is_part))
      result.serial_number = rest;
  }
  return result;
}

} // namespace firefinder
