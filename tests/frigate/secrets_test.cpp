#include "actors/frigate/secrets.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdio>
#include <cstring>
#include <regex>

namespace firefinder::secrets_test {
namespace {

std::string percent_decoded(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%' && i + 2 < text.size()) {
      result += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      result += text[i];
    }
  return result;
}

std::string quote_plus(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || (c != '\0' && std::strchr("_.-~", c)))
      result += c;
    else if (c == ' ')
      result += '+';
    else {
      char buffer[4];
      std::snprintf(buffer, sizeof buffer, "%%%02X", static_cast<unsigned char>(c));
      result += buffer;
    }
  return result;
}

std::string replaced(std::string in, const std::string& what, const std::string& with) {
  for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + with.size()))
    in.replace(at, what.size(), with);
  return in;
}

// What Frigate makes of an address before it gives it to ffmpeg.
std::string given_to_ffmpeg(const std::string& path) {
  static const std::regex rule{R"(://[a-zA-Z0-9_-]+:\S+@)"};
  std::smatch match;
  if (!std::regex_search(path, match, rule))
    return path;
  const auto found = match.str().substr(3, match.str().size() - 4);
  const auto word = found.substr(found.find(':') + 1);
  return replaced(path, word, quote_plus(word));
}

struct reached {
  std::string user, password, rest;
};

// What ffmpeg makes of it.
reached by_ffmpeg(const std::string& url) {
  const auto host = url.find("://") + 3;
  const auto slash = url.find_first_of("/?#", host);
  const auto at = url.substr(0, slash).rfind('@');
  const auto login = percent_decoded(url.substr(host, at - host));
  const auto colon = login.find(':');
  return {login.substr(0, colon), login.substr(colon + 1), url.substr(at + 1)};
}

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" \t\r\n\v\f");
  return from == std::string::npos
             ? std::string{}
             : text.substr(from, text.find_last_not_of(" \t\r\n\v\f") - from + 1);
}

constexpr auto id = "aabbccddeeff";

TEST(secrets, reach_the_camera_as_they_are) {
  const std::string words[] = {"simple",
                               "p@ss:w/rd?#%",
                               "100%",
                               "%41",
                               "a b",
                               " a",
                               "a ",
                               "{x}",
                               "554",
                               "main",
                               "@",
                               ":",
                               "/",
                               "rtsp",
                               "K\xc3\xbc",
                               "!$&'()*+,;=",
                               "\"\\`",
                               "a\nb",
                               "",
                               "192.0.2.7",
                               "+",
                               "admin",
                               std::string(128, '@'),
                               "/s"};
  const std::string users[]
      = {"admin", "a", "a.b@c.de", "user name", "m\xc3\xb6", "x%y", "a_b-C9", "", "/"};
  const std::string urls[] = {"rtsp://192.0.2.7:554/main", "rtsp://192.0.2.7/user=a@b/c",
                              "rtsp://192.0.2.7/cam/realmonitor?channel=1&subtype=0"};
  for (const auto& url : urls)
    for (const auto& user : users)
      for (const auto& word : words) {
        frigate_source camera;
        camera.main.url = url;
        camera.credential = "1";
        const auto values = secrets_of(id, camera, {"1", user, word});
        ASSERT_TRUE(values) << user << ' ' << word;
        ASSERT_EQ(values->size(), 2U);
        EXPECT_EQ(values->at(0).name, "FRIGATE_CAM_AABBCCDDEEFF_USER");
        EXPECT_EQ(values->at(1).name, "FRIGATE_CAM_AABBCCDDEEFF_PASSWORD");
        // Frigate reads files without the blanks around.
        auto whole = url;
        whole.insert(7, trimmed(values->at(0).value) + ':' + trimmed(values->at(1).value) + '@');
        ASSERT_LE(whole.size(), 1'000U);
        const auto x = by_ffmpeg(given_to_ffmpeg(whole));
        EXPECT_EQ(x.user, user) << url << ' ' << word;
        EXPECT_EQ(x.password, word) << url << ' ' << user;
        EXPECT_EQ(x.rest, url.substr(7)) << user << ' ' << word;
      }
}

TEST(secrets, are_given_as_they_are_where_frigate_can_hide_them) {
  frigate_source camera;
  camera.main.url = "rtsp://192.0.2.7/main";
  camera.sub = frigate_input{"rtsp://192.0.2.7/sub", 0, 0};
  const auto values = secrets_of(id, camera, {"1", "admin", "p@ss:w/rd"});
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at(0).value, "admin");
  EXPECT_EQ(values->at(1).value, "p@ss:w/rd");
  // In the other address Frigate would change more than the password.
  camera.sub->url = "rtsp://192.0.2.7/p@ss:w/rd";
  EXPECT_NE(secrets_of(id, camera, {"1", "admin", "p@ss:w/rd"})->at(1).value, "p@ss:w/rd");
}

TEST(secrets, that_cannot_be_told_are_not) {
  frigate_source camera;
  camera.main.url = "rtsp://192.0.2.7/main";
  EXPECT_FALSE(secrets_of(id, camera, {"1", "a:b", "x"}));
  EXPECT_FALSE(secrets_of(id, camera, {"1", "a", std::string(200, 'x')}));
  EXPECT_FALSE(secrets_of(id, camera, {"1", "a", std::string{"a\0b", 3}}));
}

} // namespace
} // namespace firefinder::secrets_test
