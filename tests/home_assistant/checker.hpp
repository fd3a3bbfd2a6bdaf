#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace firefinder::test {

/// The validation table of the Home Assistant that we are made for.
[[nodiscard]] std::filesystem::path home_assistant_table();

/// How grave a finding is: Home Assistant refuses it or it is our fault, or it is only bad style.
enum class severity { error, warning };

/// Something that is wrong with what was published.
struct finding {
  severity how = severity::error;
  /// Which rule is broken, in words; the same words for every breach of it.
  std::string rule;
  std::string topic;
  /// What is wrong there.
  std::string what;
};

/// On one line, for people.
[[nodiscard]] std::string to_string(const finding& x);
std::ostream& operator<<(std::ostream& out, const finding& x);

/// One line for each.
[[nodiscard]] std::string to_string(const std::vector<finding>& all);

/// A message as the daemon published it, topics as on the wire.
struct published_message {
  std::string topic;
  std::string payload;
  int qos = 1;
  bool retain = false;
  /// Message expiry interval in seconds; none: it has none.
  std::optional<std::uint32_t> expiry{};
  /// When, counted from any moment; none: not known, and pacing is not judged.
  std::optional<std::chrono::milliseconds> at{};
};

/// What a checker has to know of the daemon.
struct checker_settings {
  std::string discovery_prefix = "homeassistant";
  /// Our own topics begin so; with what the configuration puts before all topics, if anything.
  std::string base_topic = "firefinder";
  /// And so do those that the form `argusai` has beside its own.
  std::string own_topic = "firefinder";
  /// As on the wire.
  std::string trigger_topic = "fire/trigger";
  /// Where the daemon tells whether it is there; empty: `<base_topic>/bridge/state`.
  std::string presence_topic{};
  std::string online = "online";
  std::string offline = "offline";
  /// The form `argusai`: documents with the key `object_id`, names that repeat that of the device,
  /// and templates of the other forms that `render` knows.
  bool compat = false;
};

/// Judges what a daemon published, as Home Assistant would take it and by our own rules. It is
/// fed in the order of a run, and of several runs one after the other; `findings` judges the
/// whole. Thus unique ids are compared over runs, and counters over the samples.
///
/// What it does not know it does not judge: without `connected` no order, without `subscribed` no
/// command topics.
class checker {
public:
  explicit checker(checker_settings settings = {},
                   const std::filesystem::path& table = home_assistant_table());

  /// A filter that the daemon subscribes to.
  void subscribed(const std::string& filter);

  /// A connection begins, with this will.
  void connected(const std::optional<published_message>& will = std::nullopt);

  void published(const published_message& message);

  /// A new day begins: from now on counters may be smaller once.
  void counters_may_restart();

  /// Everything that is wrong so far, each finding once.
  [[nodiscard]] std::vector<finding> findings() const;

private:
  struct entry {
    enum class kind { message, connected, restart } what = kind::message;
    /// Or the will of a connection.
    std::optional<published_message> message;
  };

  checker_settings settings_;
  std::filesystem::path table_;
  std::vector<std::string> filters_;
  std::vector<entry> entries_;
};

} // namespace firefinder::test
