// The program that looks at streams, started by the worker as in the daemon, at real cameras
// and at servers that only look like some.

#include "actors/camera_detection/video_looks.hpp"
#include "tests/camera_detection/odd_rtsp_server.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <regex>
#include <sstream>

namespace firefinder::video_probe_test {
namespace {

using namespace std::chrono_literals;
using steady_clock = std::chrono::steady_clock;
using nlohmann::json;
using test::odd_rtsp_server;
using test::oddity;

// With everything in it that means something in an address.
constexpr auto password = "p@ss:w/%?#\"&1";

// A stream of 320x240, 15 frames a second.
json stream(const std::string& codec) {
  return {{"codec", codec}, {"width", 320}, {"height", 240}, {"fps", 15}};
}

// One whose encoder runs all the time, with a key frame every so many seconds.
json running_stream(const std::string& codec, double gop_s) {
  auto result = stream(codec);
  result["always_on"] = true;
  result["gop_s"] = gop_s;
  return result;
}

json login(const std::string& scheme) {
  return {{"scheme", scheme}, {"realm", "Login to camera"}, {"users", {{"admin", password}}}};
}

// A camera of GStreamer, with this as its stream.
class camera {
public:
  explicit camera(const json& what, const json& auth = {}) {
    json settings{{"address", "127.0.0.1"}, {"port", port_}, {"mounts", {{path, what}}}};
    if (!auth.is_null())
      settings["auth"] = auth;
    const auto file = directory_.write("settings", settings.dump());
    process_.emplace(
        std::vector<std::string>{"/usr/bin/python3", RTSP_SERVER, file.string(), events_.string()},
        test::environment{}, directory_.path() / "camera");
  }

  // False when it cannot serve, for want of what it is made of.
  [[nodiscard]] bool serves() {
    return test::poll_until(test::patience,
                            [&] {
                              return !process_->running()
                                     || process_->standard_output().find("ready")
                                            != std::string::npos;
                            })
           && process_->running();
  }

  [[nodiscard]] std::string url(const std::string& where = path) const {
    return "rtsp://127.0.0.1:" + std::to_string(port_) + where;
  }

  [[nodiscard]] int logins(bool accepted) const {
    int n = 0;
    std::istringstream lines{test::read_file(events_)};
    for (std::string line; std::getline(lines, line);) {
      const auto event = json::parse(line, nullptr, false);
      if (event.is_object() && event.at("event") == "login" && event.at("ok") == accepted)
        ++n;
    }
    return n;
  }

  [[nodiscard]] std::string error() const { return process_->standard_error(); }

  static constexpr auto path = "/cam/realmonitor?channel=1&subtype=0";

private:
  std::uint16_t port_ = test::free_port();
  test::temporary_directory directory_;
  std::filesystem::path events_ = directory_.path() / "events";
  std::optional<test::child_process> process_;
};

#define SERVE_OR_SKIP(camera)                                                                      \
  do {                                                                                             \
    if (!(camera).serves())                                                                        \
      GTEST_SKIP() << "no GStreamer server ('scripts/packages test' installs it): "                \
                   << (camera).error();                                                            \
  } while (false)

video_report ask(const video_query& what, const video_settings& how = {PROBE, 4}) {
  video_looks looks{how};
  std::optional<video_report> result;
  looks.look(what, [&](video_report x) { result = std::move(x); });
  EXPECT_TRUE(test::poll_until(60s, [&] {
    looks.work(20ms);
    return result.has_value();
  }));
  return result.value_or(video_report{});
}

// -- video -------------------------------------------------------------------------------

class codecs : public testing::TestWithParam<const char*> {};

TEST_P(codecs, are_video_with_their_size) {
  camera subject{stream(GetParam())};
  SERVE_OR_SKIP(subject);
  const auto x = ask({subject.url(), {}, {}, {}, 20s});
  EXPECT_EQ(x.outcome, video_outcome::video) << x.why;
  EXPECT_EQ(x.why, "");
  EXPECT_EQ(x.codec, GetParam());
  EXPECT_EQ(x.width, 320U);
  EXPECT_EQ(x.height, 240U);
  // JPEG's RTP packets do not tell it, and libavformat does not read it in the description.
  EXPECT_EQ(x.fps, x.codec == "mjpeg" ? 0 : 15);
  EXPECT_GT(x.key_frame_after_s, 0);
}

INSTANTIATE_TEST_SUITE_P(video_probe, codecs, testing::Values("h264", "h265", "mjpeg"),
                         [](const auto& x) { return std::string{x.param}; });

TEST(video_probe, waits_for_the_next_key_frame_of_an_encoder_that_runs) {
  camera subject{running_stream("h264", 4)};
  SERVE_OR_SKIP(subject);
  const auto x = ask({subject.url(), {}, {}, {}, 20s});
  EXPECT_EQ(x.outcome, video_outcome::video) << x.why;
  EXPECT_EQ(x.width, 320U);
  // What the server itself needs before it describes its stream is in it: it waits for
  // parameter sets, which come with a key frame. The second time it describes at once.
  const auto y = ask({subject.url(), {}, {}, {}, 20s});
  EXPECT_EQ(y.outcome, video_outcome::video) << y.why;
  std::cout << "a key frame each 4 s: one came after " << x.key_frame_after_s << " s, then after "
            << y.key_frame_after_s << " s\n";
}

TEST(video_probe, is_found_beside_our_own_program) {
  camera subject{stream("mjpeg")};
  SERVE_OR_SKIP(subject);
  const auto x = ask({subject.url(), {}, {}, {}, 20s}, {});
  EXPECT_EQ(x.outcome, video_outcome::video) << x.why;
}

// -- passwords ---------------------------------------------------------------------------

TEST(video_probe, logs_in) {
  for (const auto scheme : {login_scheme::digest, login_scheme::basic}) {
    const auto name = to_string(scheme);
    camera subject{stream("mjpeg"), login(name)};
    SERVE_OR_SKIP(subject);
    const auto x = ask({subject.url(), "admin", password, scheme, 20s});
    EXPECT_EQ(x.outcome, video_outcome::video) << name << ": " << x.why;
    EXPECT_EQ(subject.logins(false), 0) << name;
    EXPECT_GT(subject.logins(true), 0) << name;
  }
}

TEST(video_probe, takes_digest_where_basic_is_permitted_too) {
  const odd_rtsp_server subject{oddity::wants_digest_then_basic};
  EXPECT_EQ(ask({subject.url(), "admin", "hunter2", login_scheme::basic, 20s}).outcome,
            video_outcome::unauthorized);
  ASSERT_EQ(subject.requests().size(), 2U);
  EXPECT_NE(subject.requests()[1].find("Authorization: Digest "), std::string::npos);
}

// What a server got of whoever has hung up by now.
std::string bytes_at(const odd_rtsp_server& server) {
  EXPECT_TRUE(test::poll_until(test::patience, [&] { return !server.all_bytes().empty(); }));
  return server.all_bytes();
}

constexpr auto wants_basic
    = "it wants the password readable for everybody on the way (Basic), which "
      "camera_detection.allow_basic would permit";

// It fails where the program's own `send` is not the one that libavformat calls.
TEST(video_probe, shows_no_readable_password_to_who_wants_it_at_once) {
  const odd_rtsp_server subject{oddity::wants_basic};
  const auto begin = steady_clock::now();
  const auto x = ask({subject.url(), "admin", "hunter2", login_scheme::digest, 20s});
  EXPECT_EQ(x.outcome, video_outcome::unauthorized);
  EXPECT_EQ(x.why, wants_basic);
  // It does not wait for the answer to what was not sent.
  EXPECT_LT(steady_clock::now() - begin, 10s);
  EXPECT_EQ(bytes_at(subject).find("Authorization"), std::string::npos) << bytes_at(subject);
  EXPECT_EQ(subject.requests().size(), 1U);
}

TEST(video_probe, shows_no_readable_password_to_who_wanted_digest_before) {
  const odd_rtsp_server subject{oddity::wants_digest_then_basic};
  const auto x = ask({subject.url(), "admin", "hunter2", login_scheme::digest, 20s});
  EXPECT_EQ(x.outcome, video_outcome::unauthorized);
  const auto bytes = bytes_at(subject);
  EXPECT_NE(bytes.find("Authorization: Digest "), std::string::npos) << bytes;
  EXPECT_EQ(bytes.find("Basic"), std::string::npos) << bytes;
  EXPECT_EQ(bytes.find("hunter2"), std::string::npos) << bytes;
}

TEST(video_probe, shows_no_readable_password_while_it_plays) {
  const odd_rtsp_server subject{oddity::wants_basic_while_it_plays};
  const auto x = ask({subject.url(), "admin", "hunter2", login_scheme::digest, 20s});
  EXPECT_EQ(x.outcome, video_outcome::unauthorized);
  EXPECT_EQ(x.why, wants_basic);
  EXPECT_EQ(bytes_at(subject).find("Authorization"), std::string::npos) << bytes_at(subject);
}

TEST(video_probe, shows_a_readable_password_where_it_is_permitted) {
  const odd_rtsp_server subject{oddity::wants_basic};
  const auto x = ask({subject.url(), "admin", "hunter2", login_scheme::basic, 20s});
  EXPECT_EQ(x.outcome, video_outcome::unauthorized);
  EXPECT_EQ(x.why, "it refused the password");
  // Base64 of "admin:hunter2".
  EXPECT_NE(bytes_at(subject).find("Authorization: Basic YWRtaW46aHVudGVyMg==\r\n"),
            std::string::npos)
      << bytes_at(subject);
}

TEST(video_probe, shows_no_password_that_it_may_not_show) {
  camera subject{stream("mjpeg"), login("digest")};
  SERVE_OR_SKIP(subject);
  const auto x = ask({subject.url(), "admin", password, login_scheme::none, 20s});
  EXPECT_EQ(x.outcome, video_outcome::unauthorized);
  EXPECT_EQ(x.why, "it wants a password");
  EXPECT_EQ(subject.logins(false) + subject.logins(true), 0);
}

TEST(video_probe, shows_a_wrong_password_once) {
  camera subject{stream("mjpeg"), login("digest")};
  SERVE_OR_SKIP(subject);
  const auto x = ask({subject.url(), "admin", "hunter2", login_scheme::digest, 20s});
  EXPECT_EQ(x.outcome, video_outcome::unauthorized);
  EXPECT_EQ(x.why, "it refused the password");
  EXPECT_TRUE(test::poll_until(test::patience, [&] { return subject.logins(false) > 0; }));
  EXPECT_EQ(subject.logins(false), 1);
  EXPECT_EQ(subject.logins(true), 0);
}

TEST(video_probe, shows_no_password_when_it_has_none) {
  camera subject{stream("mjpeg"), login("digest")};
  SERVE_OR_SKIP(subject);
  const auto x = ask({subject.url(), {}, {}, {}, 20s});
  EXPECT_EQ(x.outcome, video_outcome::unauthorized);
  EXPECT_EQ(x.why, "it wants a password");
  EXPECT_EQ(subject.logins(false) + subject.logins(true), 0);
}

TEST(video_probe, takes_its_password_to_no_other_address) {
  const odd_rtsp_server harvester{oddity::mute};
  const odd_rtsp_server subject{oddity::redirects, harvester.url()};
  const auto x = ask({subject.url(), "admin", "hunter2", login_scheme::basic, 20s});
  EXPECT_EQ(x.outcome, video_outcome::not_found) << x.why;
  // It was shown to the one that it is for, who then sent us on.
  ASSERT_EQ(subject.requests().size(), 3U);
  EXPECT_NE(subject.requests()[2].find("Authorization: Basic "), std::string::npos);
  EXPECT_TRUE(harvester.requests().empty()) << harvester.requests()[0];
}

// The process of this program that we started.
std::optional<std::filesystem::path> find_probe() {
  std::error_code none;
  for (const auto& one : std::filesystem::directory_iterator{"/proc", none}) {
    const auto status = test::read_file(one.path() / "status");
    if (status.starts_with("Name:\tfirefinder-prob\n")
        && status.find("\nPPid:\t" + std::to_string(::getpid()) + "\n") != std::string::npos)
      return one.path();
  }
  return std::nullopt;
}

TEST(video_probe, shows_nobody_its_password) {
  const odd_rtsp_server subject{oddity::mute};
  video_looks looks{{PROBE, 4}};
  bool done = false;
  looks.look({subject.url(), "admin", "hunter2", login_scheme::digest, 60s},
             [&](const video_report& x) {
               EXPECT_EQ(x.why.find("hunter2"), std::string::npos);
               done = true;
             });
  // It has read the password by then.
  ASSERT_TRUE(test::poll_until(test::patience, [&] {
    looks.work(5ms);
    return !subject.requests().empty();
  }));
  const auto process = find_probe();
  ASSERT_TRUE(process);
  const auto command = test::read_file(*process / "cmdline");
  EXPECT_EQ(command, std::string{PROBE} + '\0');
  EXPECT_EQ(test::read_file(*process / "environ"), "");
  // It has nothing but what it needs.
  const auto status = test::read_file(*process / "status");
  for (const char* line : {"\nNoNewPrivs:\t1\n", "\nCapEff:\t0000000000000000\n",
                           "\nCapPrm:\t0000000000000000\n", "\nCapInh:\t0000000000000000\n"})
    EXPECT_NE(status.find(line), std::string::npos) << line << status;
  const auto limits = test::read_file(*process / "limits");
  for (const char* line :
       {"Max core file size +0 +0", "Max processes +0 +0", "Max open files +64 +64",
        "Max file size +65536 +65536", "Max cpu time +10 +10"})
    EXPECT_TRUE(std::regex_search(limits, std::regex{line})) << line << '\n' << limits;
  EXPECT_FALSE(done);
}

// -- what is no video --------------------------------------------------------------------

struct expectation {
  const char* name;
  oddity how;
  video_outcome outcome;
  const char* why;
  /// It lasts as long as it is given.
  bool lasts = false;
};

std::ostream& operator<<(std::ostream& out, const expectation& x) { return out << x.name; }

class odd : public testing::TestWithParam<expectation> {};

TEST_P(odd, is_told_within_the_deadline) {
  const auto& [name, how, outcome, why, lasts] = GetParam();
  const odd_rtsp_server subject{how};
  const auto begin = steady_clock::now();
  const auto x = ask({subject.url(), {}, {}, {}, lasts ? 1s : 20s});
  const auto took = steady_clock::now() - begin;
  EXPECT_EQ(to_string(x.outcome), to_string(outcome)) << x.why;
  EXPECT_EQ(x.why, why);
  if (lasts) {
    // It counts from the start of its process, by a clock of 10 ms.
    EXPECT_GE(took, 950ms);
  }
  EXPECT_EQ(x.width, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    video_probe, odd,
    testing::Values(
        expectation{"mute", oddity::mute, video_outcome::timeout, "it did not answer in time",
                    true},
        expectation{"closes", oddity::closes, video_outcome::no_video, "it breaks the protocol"},
        expectation{"sends_nothing", oddity::sends_nothing, video_outcome::no_video,
                    "it plays, and sends nothing", true},
        expectation{"sends_noise", oddity::sends_noise, video_outcome::no_video,
                    "its key frames cannot be decoded", true},
        expectation{"sends_no_key_frame", oddity::sends_no_key_frame, video_outcome::timeout,
                    "no key frame came in time", true},
        expectation{"stops", oddity::stops, video_outcome::no_video,
                    "it stopped before a key frame came"},
        expectation{"garbage", oddity::garbage, video_outcome::timeout, "it did not answer in time",
                    true},
        expectation{"endless", oddity::endless, video_outcome::timeout, "it did not answer in time",
                    true},
        expectation{"half_answer", oddity::half_answer, video_outcome::timeout,
                    "it did not answer in time", true},
        expectation{"no_video", oddity::no_video, video_outcome::no_video, "it has no video"},
        expectation{"unknown_codec", oddity::unknown_codec, video_outcome::no_video,
                    "its video is of a kind that is not known"},
        expectation{"fails", oddity::fails, video_outcome::no_video, "it cannot play this now"}),
    [](const auto& x) { return std::string{x.param.name}; });

TEST(video_probe, tells_what_is_not_there) {
  const auto nobody = "rtsp://127.0.0.1:" + std::to_string(test::free_port()) + "/stream";
  const auto x = ask({nobody, "admin", "hunter2", login_scheme::digest, 20s});
  EXPECT_EQ(x.outcome, video_outcome::unreachable);
  EXPECT_EQ(x.why, "nobody listens there");
  for (const char* url : {"http://127.0.0.1/", "rtsp://", "127.0.0.1/stream", "file:///etc/passwd",
                          "rtsp://user:word@127.0.0.1/"}) {
    const auto y = ask({url, "admin", "hunter2", login_scheme::digest, 20s});
    EXPECT_EQ(y.outcome, video_outcome::not_found) << url;
    EXPECT_NE(y.why, "") << url;
  }
  camera subject{stream("mjpeg")};
  SERVE_OR_SKIP(subject);
  EXPECT_EQ(ask({subject.url("/other"), {}, {}, {}, 20s}).outcome, video_outcome::not_found);
}

// -- the program by itself ---------------------------------------------------------------

test::outcome run_with_input(const std::string& input, const std::string& arguments = {}) {
  const test::temporary_directory directory;
  const auto file = directory.write("input", input);
  return test::run({"sh", "-c", "exec \"$0\" " + arguments + " <\"$1\"", PROBE, file.string()}, {},
                   test::patience);
}

TEST(video_probe, explains_itself) {
  const auto x = run_with_input("", "--help");
  EXPECT_EQ(x.state.code, 0);
  EXPECT_NE(x.output.find("standard input"), std::string::npos);
  EXPECT_EQ(run_with_input("", "rtsp://127.0.0.1/").state.code, 64);
}

// As who started it does; it may take long to load.
TEST(video_probe, counts_its_deadline_from_the_start_of_its_process) {
  const odd_rtsp_server subject{oddity::mute};
  const test::temporary_directory directory;
  const json request{{"url", subject.url()}, {"deadline_s", 0.5}};
  const auto input = directory.write("input", request.dump());
  const auto x = test::run({"sh", "-c", "sleep 1; exec \"$0\" <\"$1\"", PROBE, input.string()}, {},
                           test::patience);
  EXPECT_EQ(json::parse(x.output).at("outcome"), "timeout") << x.output;
  // It was over before it could ask.
  EXPECT_TRUE(subject.requests().empty());
}

TEST(video_probe, refuses_what_is_no_request) {
  for (const std::string& input :
       {std::string{}, std::string{"\n"}, std::string{"rubbish\n"}, std::string(100'000, 'x')}) {
    const auto x = run_with_input(input);
    EXPECT_EQ(x.state.code, 65) << input.substr(0, 20);
    EXPECT_EQ(x.output, "");
  }
  // Also without a line end.
  EXPECT_EQ(run_with_input(R"({"url": "http://h/"})").state.code, 0);
}

} // namespace
} // namespace firefinder::video_probe_test
