// Plays a recording of detections to a broker in real time, shows what each camera
// saw, and judges what Firefinder made of it.
//
//   rig_player RECORDING --port 1883 [--speed 2] [--triggers 1] [--no-color] [--ascii]
//
// Exit code: 0 when exactly as many triggers arrived as expected, 1 when not, 2 when
// the recording could not be played, 64 when the command line makes no sense.

#include "tests/rig/chart.hpp"
#include "tests/rig/evidence.hpp"
#include "tests/rig/recording.hpp"
#include "tests/support/mqtt_peer.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace firefinder::rig {

namespace {

using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

constexpr auto trigger_topic = "fire/trigger";
constexpr auto presence_topic = "system/fire_consensus/lwt";

struct options {
  std::string recording;
  std::uint16_t port = 1883;
  double speed = 1;
  std::size_t triggers = 1;
  /// How long to wait for the daemon's `online`.
  double patience_s = 20;
  /// How long to wait for a trigger too many.
  double settle_s = 2;
  bool no_color = false;
  bool ascii = false;
};

bool is_set(const char* variable) {
  const auto* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

/// Whether the locale names a character set other than UTF-8.
bool locale_lacks_unicode() {
  for (const auto* variable : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (is_set(variable)) {
      const std::string_view value = std::getenv(variable);
      return value.find('.') != value.npos && value.find("UTF-8") == value.npos
             && value.find("utf8") == value.npos;
    }
  return false;
}

/// Whether the output is a terminal on which a picture of this height can be redrawn.
bool can_redraw(std::size_t height) {
  winsize size{};
  return isatty(STDOUT_FILENO) == 1 && is_set("TERM")
         && std::string_view{std::getenv("TERM")} != "dumb"
         && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 80
         && size.ws_row > height + 1;
}

style terminal_style(const options& opts) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  return {.color = terminal && !opts.no_color && !is_set("NO_COLOR"),
          .ascii = opts.ascii || locale_lacks_unicode()};
}

/// What came of a recording.
struct result {
  /// Payloads on the trigger's topic with their moments in the recording.
  std::vector<trigger> triggers;
  /// A trigger was left with the broker, for whoever subscribes next.
  bool retained = false;
};

class player {
public:
  player(const options& opts, std::vector<recorded_message> messages)
    : opts_{opts}, messages_{std::move(messages)}, cameras_{cameras_of(messages_)},
      look_{terminal_style(opts)},
      live_{can_redraw(draw(cameras_, {.duration = duration()}, look_).size())}, peer_{opts.port} {
    peer_.subscribe("system/#");
    peer_.subscribe(trigger_topic);
  }

  /// Waits until the daemon says `online`.
  [[nodiscard]] bool wait_for_daemon() {
    return peer_
        .wait_for(presence_topic, std::string{"online"},
                  std::chrono::duration_cast<clock::duration>(seconds{opts_.patience_s}))
        .has_value();
  }

  /// Plays everything and returns what came of it.
  result play() {
    fmt::print("{} cameras, {} messages, {:.1f} s{}\n\n", cameras_.size(), messages_.size(),
               duration(),
               opts_.speed == 1 ? "" : fmt::format(", {:g} times as fast", opts_.speed));
    const auto first = messages_.front().t;
    const seconds wall = std::chrono::system_clock::now().time_since_epoch();
    start_ = clock::now();
    for (const auto& message : messages_) {
      pause_until(message.t - first);
      auto payload = message.payload;
      restamp(payload, wall.count() + (message.t - first) / opts_.speed - message.t);
      sent_.push_back(now());
      peer_.post(message.topic, payload_bytes(payload),
                 {.qos = message.qos, .retain = message.retain});
    }
    peer_.flush();
    pause_until(duration());
    std::this_thread::sleep_for(seconds{opts_.settle_s});
    show(duration());
    if (!live_) {
      fmt::print("\n");
      print_lines(picture(duration()));
    }
    return {.triggers = triggers(), .retained = !test::retained(opts_.port, trigger_topic).empty()};
  }

  [[nodiscard]] const style& look() const noexcept { return look_; }
  [[nodiscard]] const std::vector<camera_track>& cameras() const noexcept { return cameras_; }

private:
  [[nodiscard]] double duration() const { return messages_.back().t - messages_.front().t; }

  /// Seconds of the recording played so far.
  [[nodiscard]] double now() const { return moment(clock::now()); }

  [[nodiscard]] double moment(clock::time_point at) const {
    return seconds{at - start_}.count() * opts_.speed;
  }

  /// Waits until a moment of the recording and shows what happens meanwhile.
  void pause_until(double at) {
    for (;;) {
      show(std::min(now(), at));
      const auto left = (at - now()) / opts_.speed;
      if (left <= 0)
        return;
      std::this_thread::sleep_for(seconds{std::min(left, 0.1)});
    }
  }

  [[nodiscard]] std::vector<trigger> triggers() const {
    std::vector<trigger> found;
    for (const auto& message : peer_.messages(trigger_topic)) {
      const auto at = moment(message.arrived);
      const auto cause = std::ranges::upper_bound(sent_, at);
      const auto delay = cause == sent_.begin() ? 0 : (at - *(cause - 1)) / opts_.speed;
      found.push_back({.at = at, .after_s = delay, .qos = message.qos, .payload = message.payload});
    }
    return found;
  }

  [[nodiscard]] std::vector<std::string> picture(double at) const {
    const auto all = triggers();
    return draw(cameras_,
                {.duration = duration(),
                 .now = at,
                 .trigger_at = all.empty() ? std::nullopt : std::optional{all.front().at}},
                look_);
  }

  /// Redraws the picture, or tells the events since the last call.
  void show(double at) {
    if (live_)
      redraw(at);
    else
      tell(at);
  }

  void redraw(double at) {
    if (drawn_ > 0)
      fmt::print("\x1b[{}A", drawn_);
    const auto lines = picture(at);
    for (const auto& line : lines)
      fmt::print("\x1b[2K{}\n", line);
    drawn_ = lines.size();
    std::fflush(stdout);
  }

  void tell(double at) {
    for (const auto& camera : cameras_) {
      for (const auto& x : camera.frames)
        if (counts(x)) {
          tell_once(x.at, at, "{}: first sighting, {:.2f} % of the frame, confidence {:.2f}",
                    camera.id, *x.area * 100, x.confidence);
          break;
        }
      if (const auto grown = verified_at(camera.frames))
        tell_once(*grown, at, "{}: has grown {:.1f}x", camera.id, growth_ratio);
    }
    for (const auto& trigger : triggers())
      tell_once(trigger.at, at, "{}", trigger_topic);
    told_ = at;
  }

  /// Tells an event if its moment lies between the last call of tell() and this one.
  template <class... Ts>
  void tell_once(double moment, double at, fmt::format_string<Ts...> text, Ts&&... args) const {
    if (moment <= told_ || moment > at)
      return;
    fmt::print("{:6.2f} s  {}\n", moment, fmt::format(text, std::forward<Ts>(args)...));
    std::fflush(stdout);
  }

  static void print_lines(const std::vector<std::string>& lines) {
    for (const auto& line : lines)
      fmt::print("{}\n", line);
  }

  options opts_;
  std::vector<recorded_message> messages_;
  std::vector<camera_track> cameras_;
  style look_;
  bool live_;
  test::mqtt_peer peer_;
  clock::time_point start_;
  /// When each message was sent, in seconds of the recording.
  std::vector<double> sent_;
  std::size_t drawn_ = 0;
  double told_ = -1;
};

int judge(const options& opts, const result& outcome) {
  if (outcome.retained) {
    fmt::print("FAILED: the broker retained {}: every new subscriber would start a pump\n",
               trigger_topic);
    return 1;
  }
  if (outcome.triggers.size() != opts.triggers) {
    fmt::print("FAILED: {} triggers arrived, {} expected\n", outcome.triggers.size(),
               opts.triggers);
    return 1;
  }
  fmt::print("OK: {}\n", opts.triggers == 1 ? "exactly one trigger arrived"
                                            : fmt::format("{} triggers arrived", opts.triggers));
  return 0;
}

int run(const options& opts) {
  std::ifstream file{opts.recording};
  auto messages = read_recording(file);
  if (messages.empty())
    throw std::runtime_error{opts.recording + " holds no messages"};
  player machine{opts, std::move(messages)};
  if (!machine.wait_for_daemon())
    throw std::runtime_error{fmt::format("no 'online' on {} within {:g} s: is the daemon running?",
                                         presence_topic, opts.patience_s)};
  const auto outcome = machine.play();
  fmt::print("\n");
  for (const auto& trigger : outcome.triggers) {
    for (const auto& line : describe(trigger, machine.cameras(), machine.look()))
      fmt::print("{}\n", line);
    fmt::print("\n");
  }
  return judge(opts, outcome);
}

} // namespace

} // namespace firefinder::rig

int main(int argc, char** argv) {
  using namespace firefinder::rig;
  options opts;
  CLI::App app{"Plays a recording of detections to a broker and shows what came of it."};
  app.add_option("recording", opts.recording, "JSON Lines file")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--port", opts.port, "Port of the broker on the loopback interface");
  app.add_option("--speed", opts.speed, "Times real time")->check(CLI::Range(0.01, 100.0));
  app.add_option("--triggers", opts.triggers, "How many triggers should come");
  app.add_option("--wait", opts.patience_s, "Longest wait for the daemon, in seconds");
  app.add_option("--settle", opts.settle_s, "Wait for a trigger too many, in seconds");
  app.add_flag("--no-color", opts.no_color, "No colours (also: NO_COLOR in the environment)");
  app.add_flag("--ascii", opts.ascii, "No Unicode characters");
  try {
    app.parse(argc, argv);
    return run(opts);
  } catch (const CLI::ParseError& x) {
    return app.exit(x) == 0 ? 0 : 64;
  } catch (const std::exception& x) {
    std::cerr << "rig_player: " << x.what() << '\n';
    return 2;
  }
}
