#pragma once

#include "tests/integration/fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::test {

/// A daemon that announces to Home Assistant, and one who looks at what stands at the broker.
class home_assistant : public scene {
protected:
  /// Nothing that is published in any of these tests may start a pump unless it says so.
  void TearDown() override;

  /// With a folder for the daemon's state, and short delays after a birth.
  [[nodiscard]] environment env(environment more = {}) const;

  /// These cameras tell that they are alive.
  void alive(const std::vector<std::string>& cameras);

  /// What the broker retains on topics that match `filter`, by topic.
  [[nodiscard]] std::map<std::string, std::string> at_broker(const std::string& filter) const;

  /// Waits until the broker retains something there for which `holds`; null when it never does.
  template <class Predicate>
  nlohmann::json becomes(const std::string& topic, Predicate&& holds) const {
    nlohmann::json last;
    const bool done = poll_until(patience, [&] {
      const auto payload = retained_payload(port(), topic);
      last = payload ? nlohmann::json::parse(*payload, nullptr, false) : nlohmann::json();
      return last.is_object() && holds(last);
    });
    EXPECT_TRUE(done) << topic << ": " << last;
    return last;
  }

  /// Waits until exactly these cameras, by key, are announced.
  [[nodiscard]] bool announced(const std::vector<std::string>& cameras) const;

  /// Asks the daemon and returns its answer.
  [[nodiscard]] nlohmann::json ask(const std::string& operation,
                                   nlohmann::json request = nlohmann::json::object());

  /// Like `ask`, and expects that it was done.
  nlohmann::json done(const std::string& operation,
                      nlohmann::json request = nlohmann::json::object());

  /// Home Assistant has started.
  void birth(bool retain = false);

  std::string instance = "main";
  /// Triggers that this test asks for.
  std::size_t expected_triggers = 0;
  temporary_directory state;

private:
  int asked_ = 0;
};

} // namespace firefinder::test
