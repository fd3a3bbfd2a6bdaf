#include "tests/integration/fixture.hpp"

#include <csignal>
#include <iostream>
#include <thread>

namespace firefinder::test {

// -- integration -----------------------------------------------------------------

void integration::TearDown() {
  // Some tests end it by a signal, but none by one of these.
  if (subject) {
    const auto end = subject->process().wait(std::chrono::seconds{0});
    for (const int crash : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL})
      EXPECT_FALSE(end && end->signal == crash) << "the daemon has crashed: " << *end;
    EXPECT_FALSE(subject->logged("AddressSanitizer|LeakSanitizer|runtime error:"));
  }
  if (HasFailure() && subject)
    std::cout << "-- the daemon's log --\n" << subject->log() << "-- end of the log --\n";
}

daemon& integration::start(std::uint16_t port, const environment& env) {
  subject = std::make_unique<daemon>(firefinder_binary, port, env);
  return *subject;
}

// -- scene -------------------------------------------------------------------------

void scene::TearDown() {
  integration::TearDown();
  if (HasFailure() && watcher_) {
    std::cout << "-- messages --\n";
    for (const auto& m : watcher_->messages())
      std::cout << m.topic << (m.retained ? " (retained) " : " ") << m.payload.substr(0, 400)
                << '\n';
    std::cout << "-- end of the messages --\n";
  }
}

void scene::play(environment env, scene_options options) {
  env_ = std::move(env);
  if (const auto found = env_.find("TOPIC_PREFIX"); found != env_.end() && !found->second.empty())
    prefix = found->second + (found->second.back() == '/' ? "" : "/");
  proxied_ = options.proxied || options.recorded;
  broker_ = std::make_unique<broker>(std::move(options.broker));
  proxy_ = std::make_unique<tcp_proxy>(broker_->port());
  if (options.recorded)
    proxy_->watch_upstream([this](std::size_t connection, std::string_view bytes) {
      record_.take(connection, bytes);
    });
  connect_peers();
  start_daemon();
}

void scene::connect_peers() {
  watcher_ = std::make_unique<mqtt_peer>(broker_->port());
  watcher_->subscribe("#");
  cameras_ = std::make_unique<mqtt_peer>(broker_->port());
}

void scene::start_daemon() {
  watcher_->clear();
  start(proxied_ ? proxy_->port() : broker_->port(), env_);
  expect_online();
}

void scene::start_daemon(environment env) {
  env_ = std::move(env);
  start_daemon();
}

void scene::expect_online() {
  EXPECT_EQ(missing_presence(*watcher_, prefix, "online", patience), "") << "these are not online";
  for (const std::string service : {"fire_consensus", "camera_detector"})
    EXPECT_TRUE(watcher_->wait_for(prefix + "system/" + service + "/health", patience)) << service;
}

void scene::cut_and_expect_online() {
  watcher_->clear();
  proxy_->cut();
  expect_online();
}

void scene::see(const std::vector<nlohmann::json>& detections) {
  for (const auto& one : detections)
    cameras_->post(prefix + "fire/detection/" + one.at("camera_id").get<std::string>(), one.dump());
  cameras_->flush();
}

void scene::frigate_says(const std::vector<nlohmann::json>& events) {
  for (const auto& one : events)
    cameras_->post(prefix + "frigate/events", one.dump());
  cameras_->flush();
}

std::vector<nlohmann::json> scene::triggers() const {
  std::vector<nlohmann::json> result;
  for (const auto& m : watcher_->messages(prefix + "fire/trigger")) {
    EXPECT_FALSE(m.retained) << "a trigger is retained";
    EXPECT_EQ(m.qos, 2);
    result.push_back(nlohmann::json::parse(m.payload, nullptr, false));
    EXPECT_TRUE(result.back().is_object()) << m.payload;
  }
  return result;
}

nlohmann::json scene::trigger(std::size_t n) const {
  if (!watcher_->wait_for_count(prefix + "fire/trigger", n, patience)) {
    ADD_FAILURE() << "there is no trigger number " << n;
    return nullptr;
  }
  return triggers().at(n - 1);
}

void scene::expect_nothing_but_sentinels(std::size_t number) {
  // Cameras are judged side by side, so a false alarm may take as long as a true one.
  quiet(std::chrono::milliseconds{250});
  EXPECT_TRUE(triggers().empty());
  names expected;
  for (std::size_t i = 1; i <= number; ++i) {
    expected.push_back("sentinel-" + std::to_string(i));
    see(growing_fire(expected.back()));
  }
  EXPECT_EQ(cameras_of(trigger()), expected);
}

nlohmann::json scene::health_after_cut() {
  cut_and_expect_online();
  const auto topic = prefix + "system/fire_consensus/health";
  const auto report = watcher_->wait_for(topic, patience);
  if (!report) {
    ADD_FAILURE() << "no health report after the link came back";
    return nullptr;
  }
  return nlohmann::json::parse(report->payload, nullptr, false);
}

std::vector<std::string> cameras_of(const nlohmann::json& trigger) {
  if (!trigger.is_object() || !trigger.contains("consensus_cameras"))
    return {"(no consensus_cameras)"};
  return trigger.at("consensus_cameras").get<std::vector<std::string>>();
}

void quiet(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

} // namespace firefinder::test
