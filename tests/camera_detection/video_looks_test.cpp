// The worker that looks at streams, with programs that are as bad as they can be.

#include "actors/camera_detection/video_prober.hpp"
#include "messages/types.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

namespace firefinder::video_looks_test {
namespace {

using namespace std::chrono_literals;
using steady_clock = std::chrono::steady_clock;

constexpr auto video
    = R"(echo '{"outcome": "video", "codec": "h264", "width": 640, "height": 480}')";

// A program of the shell.
class script {
public:
  explicit script(const std::string& body)
    : path_(directory_.write("probe", "#!/bin/sh\n" + body)) {
    ::chmod(path_.c_str(), 0700);
  }

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return directory_.path() / name;
  }
  // What the program has written to a file beside it.
  [[nodiscard]] std::string text(const std::string& name) const {
    return test::read_file(file(name));
  }
  [[nodiscard]] video_settings settings(unsigned parallel = 4) const { return {path(), parallel}; }

private:
  test::temporary_directory directory_;
  std::filesystem::path path_;
};

// So that a script finds its own directory.
const std::string here = "here=${0%/*}\n";

bool runs(const std::string& pid) {
  return !pid.empty() && std::filesystem::exists("/proc/" + std::to_string(std::atol(pid.c_str())));
}

video_query query(timespan deadline = 10s) {
  return {"rtsp://h/", "user", "hunter2", login_scheme::digest, deadline};
}

video_report ask(const video_settings& settings, const video_query& what = query()) {
  video_looks looks{settings};
  std::optional<video_report> result;
  looks.look(what, [&](video_report x) { result = std::move(x); });
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    looks.work(20ms);
    return result.has_value();
  }));
  EXPECT_TRUE(looks.idle());
  return result.value_or(video_report{});
}

TEST(video_looks, takes_an_answer) {
  const script program{video};
  const auto x = ask(program.settings());
  EXPECT_EQ(x.outcome, video_outcome::video) << x.why;
  EXPECT_EQ(x.codec, "h264");
  EXPECT_EQ(x.width, 640U);
}

// As a service has it that is to read ARP; nothing happens where this process has it not.
void raise_ambient_capability() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  ::syscall(SYS_capget, &header, sets);
  sets[0].inheritable |= 1U << CAP_NET_RAW;
  ::syscall(SYS_capset, &header, sets);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0);
}

TEST(video_looks, tell_the_program_by_its_standard_input_alone) {
  raise_ambient_capability();
  ::setenv("MQTT_PASSWORD", "hunter3", 1);
  const script program{here + R"(
    cat >"$here/input"
    echo "$#" >"$here/arguments"
    tr '\0' '\n' </proc/self/environ >"$here/environment"
    ls -l /proc/self/fd | grep -c -- '->' >"$here/files"
    grep -E 'SigBlk|SigIgn|CapAmb' /proc/self/status >"$here/status"
  )" + video};
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto action = std::signal(SIGPIPE, SIG_IGN);
  const int leaked = ::open("/dev/null", 0); // without O_CLOEXEC, as libraries open theirs
  EXPECT_EQ(ask(program.settings()).outcome, video_outcome::video);
  ::close(leaked);
  std::signal(SIGPIPE, action);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::unsetenv("MQTT_PASSWORD");
  const auto input = program.text("input");
  EXPECT_NE(input.find(R"("password":"hunter2")"), std::string::npos) << input;
  EXPECT_EQ(program.text("arguments"), "0\n");
  EXPECT_EQ(program.text("environment").find("hunter"), std::string::npos);
  // 0, 1, 2, and the directory that is listed.
  EXPECT_EQ(program.text("files"), "4\n");
  const auto status = program.text("status");
  // glibc keeps two signals above 31 to itself.
  EXPECT_TRUE(std::regex_match(status, std::regex{"SigBlk:\t0{16}\nSigIgn:\t.{8}[08]0{7}\n"
                                                  "CapAmb:\t0{16}\n"}))
      << status;
}

TEST(video_looks, say_what_is_wrong_with_the_program) {
  const std::map<std::string, std::string> bad{
      {"exit 0", "says nothing"},
      {"echo rubbish", "says what is no answer"},
      {"echo '{\"outcome\": \"great\"}'", "says what is no answer"},
      {std::string{video} + "\nexit 3", "ended with code 3"},
      {"kill -SEGV $$", "died by signal 11"},
      {std::string{video} + "\nkill -ABRT $$", "died by signal 6"},
      {"exec cat /dev/zero", "says too much"},
      {"exec yes", "says too much"},
  };
  for (const auto& [body, words] : bad) {
    const script program{body};
    const auto x = ask(program.settings());
    EXPECT_EQ(x.outcome, video_outcome::unable) << body;
    EXPECT_NE(x.why.find(words), std::string::npos) << body << ": " << x.why;
  }
}

TEST(video_looks, say_which_program_is_missing) {
  const test::temporary_directory empty;
  const auto path = (empty.path() / "firefinder-probe").string();
  const auto x = ask({path, 4});
  EXPECT_EQ(x.outcome, video_outcome::unable);
  for (const auto& word :
       {path, std::string{"libavformat-dev"}, std::string{"FIREFINDER_VIDEO_PROBE"}})
    EXPECT_NE(x.why.find(word), std::string::npos) << x.why;
  // What cannot be run is missing too.
  const auto file = empty.write("text", "no program");
  EXPECT_EQ(ask({file.string(), 4}).outcome, video_outcome::unable);
  ::chmod(file.c_str(), 0700);
  const auto y = ask({file.string(), 4});
  EXPECT_EQ(y.outcome, video_outcome::unable);
  EXPECT_NE(y.why, "");
}

TEST(video_looks, refuse_what_they_cannot_tell) {
  const script program{video};
  auto what = query();
  what.password = "\xff";
  EXPECT_EQ(ask(program.settings(), what).outcome, video_outcome::unable);
  what = query();
  what.url += std::string(5000, 'x');
  EXPECT_EQ(ask(program.settings(), what).outcome, video_outcome::unable);
}

TEST(video_looks, end_a_program_that_hangs) {
  for (const char* body : {"exec sleep 1000", "exec >&-\nexec sleep 1000",
                           "trap '' TERM INT\nwhile :; do sleep 1; done"}) {
    const script program{here + "echo $$ >\"$here/pid\"\n" + body};
    const auto begin = steady_clock::now();
    const auto x = ask(program.settings(), query(200ms));
    const auto took = steady_clock::now() - begin;
    EXPECT_EQ(x.outcome, video_outcome::timeout) << body;
    EXPECT_NE(x.why.find("did not end in time"), std::string::npos) << x.why;
    EXPECT_GE(took, 650ms) << body;
    EXPECT_FALSE(runs(program.text("pid"))) << body;
  }
}

// Somebody else holds its output.
TEST(video_looks, do_not_wait_for_what_a_program_leaves_behind) {
  const script program{here + std::string{video} + R"(
    echo $$ >"$here/pid"
    sleep 1000 &
    echo $! >"$here/left"
  )"};
  EXPECT_EQ(ask(program.settings()).outcome, video_outcome::video);
  const auto left = program.text("left");
  EXPECT_TRUE(runs(left));
  ::kill(std::stoi(left), SIGKILL);
}

TEST(video_looks, are_so_many_at_once) {
  const script program{here + R"(
    echo $$ >>"$here/started"
    while [ ! -e "$here/go" ]; do sleep 0.02; done
  )" + video};
  const auto started = [&] {
    const auto text = program.text("started");
    return std::count(text.begin(), text.end(), '\n');
  };
  video_looks looks{program.settings(3)};
  int done = 0;
  for (int i = 0; i < 7; ++i)
    looks.look(query(), [&done](const video_report& x) {
      EXPECT_EQ(x.outcome, video_outcome::video) << x.why;
      ++done;
    });
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    looks.work(20ms);
    return started() == 3;
  }));
  for (int i = 0; i < 5; ++i)
    looks.work(20ms);
  EXPECT_EQ(started(), 3);
  EXPECT_EQ(done, 0);
  std::ofstream{program.file("go")};
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    looks.work(20ms);
    return looks.idle();
  }));
  EXPECT_EQ(done, 7);
}

TEST(video_looks, keep_their_order) {
  const script program{video};
  // One at a time, also when none is allowed.
  video_looks looks{program.settings(0)};
  std::vector<int> done;
  for (int i = 0; i < 4; ++i)
    looks.look(query(), [&done, i](const video_report&) { done.push_back(i); });
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    looks.work(20ms);
    return looks.idle();
  }));
  EXPECT_EQ(done, (std::vector<int>{0, 1, 2, 3}));
}

TEST(video_looks, take_their_programs_with_them) {
  const script program{here + "echo $$ >>\"$here/pids\"\nexec sleep 1000"};
  std::vector<std::string> pids;
  {
    video_looks looks{program.settings()};
    for (int i = 0; i < 3; ++i)
      looks.look(query(100s), [](const video_report&) { FAIL() << "nobody hears of it"; });
    EXPECT_TRUE(test::poll_until(test::patience, [&] {
      looks.work(20ms);
      std::istringstream lines{program.text("pids")};
      pids.assign(std::istream_iterator<std::string>{lines}, {});
      return pids.size() == 3;
    }));
  }
  for (const auto& pid : pids)
    EXPECT_FALSE(runs(pid));
}

TEST(video_looks, wait_without_work) {
  const script program{"exec sleep 1000"};
  video_looks looks{program.settings()};
  looks.look(query(100s), [](const video_report&) {});
  looks.work(0ms);
  const auto cpu = std::clock();
  for (int i = 0; i < 5; ++i)
    looks.work(100ms);
  EXPECT_LT(static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC, 0.1);
}

// -- the worker --------------------------------------------------------------------------

class video_worker : public testing::Test {
protected:
  struct config : caf::actor_system_config {
    config() { register_types(*this); }
  };

  config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor self_{system_};
};

TEST_F(video_worker, answers) {
  const script good{video};
  const auto worker = system_.spawn<caf::detached>(video_prober, good.settings());
  int answers = 0;
  for (int i = 0; i < 6; ++i)
    self_->request(worker, test::patience, query())
        .receive(
            [&](const video_report& x) {
              EXPECT_EQ(x.outcome, video_outcome::video) << x.why;
              ++answers;
            },
            [&](const caf::error& why) { ADD_FAILURE() << system_.render(why); });
  EXPECT_EQ(answers, 6);
  self_->send_exit(worker, caf::exit_reason::kill);
}

TEST_F(video_worker, can_be_ended_while_it_waits_and_ends_its_programs) {
  for (const auto reason : {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    const script program{here + "echo $$ >\"$here/pid\"\nexec sleep 1000"};
    const auto worker = system_.spawn<caf::detached>(video_prober, program.settings());
    self_->send(worker, query(100s));
    ASSERT_TRUE(test::poll_until(test::patience, [&] { return runs(program.text("pid")); }));
    self_->monitor(worker);
    self_->send_exit(worker, reason);
    self_->receive([&](const caf::down_msg& x) { EXPECT_EQ(x.reason, caf::error{reason}); },
                   caf::after(test::patience) >> [] { ADD_FAILURE() << "it still runs"; });
    EXPECT_TRUE(test::poll_until(test::patience, [&] { return !runs(program.text("pid")); }));
  }
}

} // namespace
} // namespace firefinder::video_looks_test
