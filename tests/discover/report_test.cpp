#include "src/discover/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace firefinder::discover::report_test {
namespace {

using nlohmann::json;

camera_facts front() {
  camera_facts x;
  x.id = "02770000000a";
  x.mac = "02:77:00:00:00:0A";
  x.address = "10.0.0.9";
  x.name = "Front door";
  x.methods = {"onvif", "arp"};
  x.streams = {{"main", "rtsp://10.0.0.9/1", 2560, 1440, 15, "h264", {}},
               {"sub", "rtsp://10.0.0.9/2", 640, 360, 5, "", {}}};
  x.condition = camera_condition::online;
  return x;
}

camera_facts locked() {
  camera_facts x;
  x.id = "UNKNOWN-10-0-0-10";
  x.address = "10.0.0.10";
  x.manufacturer = "Acme";
  x.model = "X1";
  x.methods = {"rtsp_scan"};
  x.condition = camera_condition::auth_required;
  x.reason = "Digest, realm 'Login to 7'";
  return x;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

// Columns, of texts without characters of double width.
std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

TEST(discover_table, has_a_line_for_each_camera_by_address) {
  EXPECT_EQ(table({locked(), front()}, 0),
            "ID                 ADDRESS    NAME        FOUND BY    STREAMS                        "
            "   CONDITION\n"
            "02:77:00:00:00:0A  10.0.0.9   Front door  onvif, arp  main 2560x1440 h264, sub "
            "640x360  online\n"
            "UNKNOWN-10-0-0-10  10.0.0.10  Acme X1     rtsp_scan                                  "
            "   wants a password: Digest, realm 'Login to 7'\n");
  EXPECT_EQ(table({}, 80), "");
}

TEST(discover_table, fits_into_the_terminal) {
  auto x = front();
  x.name = std::string(200, 'n');
  auto y = front();
  for (int i = 0; i < 50; ++i)
    y.name += "ö";
  for (const std::size_t width : {100U, 120U, 150U, 300U}) {
    const auto all = lines(table({x, y, locked()}, width));
    ASSERT_EQ(all.size(), 4U);
    for (const auto& line : all)
      EXPECT_LE(columns(line), width) << line;
    EXPECT_NE(all[1].find("02:77:00:00:00:0A  10.0.0.9 "), std::string::npos)
        << "addresses stay whole";
    EXPECT_NE(all[1].find("n…"), std::string::npos) << all[1];
  }
  EXPECT_EQ(lines(table({x}, 10)).size(), 2U)
      << "where it cannot fit, it is as narrow as it may be";
}

TEST(discover_table, shows_nothing_that_steers_a_terminal) {
  auto x = front();
  x.name = "a\x1b[31m\nb\x7f\xff\xc2\x9b\xe2\x80\xae\xed\xa0\x80z\xc3";
  x.reason = "\r";
  x.streams[0].codec = "\x07";
  const auto text = table({x}, 0);
  EXPECT_EQ(lines(text).size(), 2U);
  EXPECT_NE(text.find("a?[31m?b????"), std::string::npos) << text;
  for (const char c : text)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= ' ' || c == '\n');
  EXPECT_EQ(text.find("\x9b"), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << "nor turns it around";
  EXPECT_EQ(text.find('\xff'), std::string::npos);
}

TEST(discover_summary, says_what_was_not_looked_at_and_how_to_switch_it_on) {
  search_result found;
  found.cameras = {front(), locked(), locked()};
  found.took_s = 4.24;
  found.methods = {{"onvif", "on"},
                   {"mdns", "no interface takes multicast"},
                   {"network_scan", "off"},
                   {"arp", "not permitted"}};
  found.problems = {{"ip_conflict", "10.0.0.9", false, 5, "two devices use 10.0.0.9"},
                    {"probe_missing", "", true, 5, "the probe is not installed"}};
  EXPECT_EQ(summary(found, {}),
            "3 cameras in 4.2 s: 1 online, 2 want a password\n"
            "! probe_missing: the probe is not installed\n"
            "- ip_conflict 10.0.0.9: two devices use 10.0.0.9\n"
            "not looked at: what 2 cameras show that want a password: no credentials are "
            "configured (CAMERA_CREDENTIALS)\n"
            "not looked at: hardware addresses: not permitted\n"
            "not looked at: cameras that announce themselves by mDNS: no interface takes "
            "multicast\n"
            "not looked at: every address of the network (switched off: --scan, or "
            "NETWORK_SCAN_ENABLED=true)\n");
  EXPECT_NE(summary(found, {"", true}).find("none of the configured ones is for them"),
            std::string::npos);
}

TEST(discover_summary, is_short_when_there_is_nothing_to_say) {
  search_result found;
  found.took_s = 1;
  found.methods = {{"onvif", "on"}};
  EXPECT_EQ(summary(found, {}), "no camera found in 1.0 s\n");
  found.cameras = {front()};
  EXPECT_EQ(summary(found, {}), "1 camera in 1.0 s: 1 online\n");
  EXPECT_EQ(summary(found, {"", false}),
            "1 camera in 1.0 s: 1 online\n"
            "the time was over before every device was asked: --timeout gives it more\n");
}

TEST(discover_json, is_one_object_with_the_cameras_as_they_are_published) {
  search_result found;
  found.cameras = {front(), locked()};
  found.methods = {{"onvif", "on"}};
  found.problems = {{"ip_conflict", "10.0.0.9", false, 5, "two \xff"}};
  found.took_s = 1.23456;
  const auto payload = [](const camera_facts& x) {
    return x.mac.empty() ? std::string{"rubbish"} : json{{"id", x.id}}.dump();
  };
  const auto x = json::parse(as_json(found, {}, payload));
  EXPECT_EQ(x["cameras"], json({{{"id", "02770000000a"}}}));
  EXPECT_EQ(x["methods"]["onvif"], "on");
  EXPECT_EQ(x["problems"][0]["code"], "ip_conflict");
  EXPECT_EQ(x["problems"][0]["severity"], "notice");
  EXPECT_EQ(x["problems"][0]["subject"], "10.0.0.9");
  EXPECT_EQ(x["took_s"], 1.235);
  EXPECT_EQ(x["complete"], true);
}

TEST(discover_progress, says_what_is_done_and_how_far_it_is) {
  search_progress x;
  EXPECT_EQ(progress_line(x, 0), "searching, 0 s");
  x.doing = "asking 254 addresses of 10.0.0.0/24\x1b[2J";
  x.addresses = 254;
  x.asked = 100;
  x.hosts = 1;
  EXPECT_EQ(progress_line(x, 2.4), "asking 254 addresses of 10.0.0.0/24?[2J, 100 of 254 addresses, "
                                   "1 host, 2 s");
  x.finished = true;
  EXPECT_EQ(progress_line(x, 3).substr(0, 35), "asking the devices that were found,");
}

TEST(shortened, ends_in_an_ellipsis_between_characters) {
  EXPECT_EQ(shortened("abcdef", 0), "abcdef");
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdef", 5), "abcd…");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
  EXPECT_EQ(shortened("abc", 1), "…");
}

} // namespace
} // namespace firefinder::discover::report_test
