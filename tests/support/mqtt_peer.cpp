#include "tests/support/mqtt_peer.hpp"

#include "tests/support/mosquitto_library.hpp"
#include "tests/support/wait.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace firefinder::test {

struct mqtt_peer::state {
  ~state() {
    stopping = true;
    if (client != nullptr)
      mosquitto_disconnect(client);
    if (thread.joinable())
      thread.join();
    if (client != nullptr)
      mosquitto_destroy(client);
  }

  // -- called by libmosquitto's thread ---------------------------------------

  static void on_connect(mosquitto*, void* self, int code, int, const mosquitto_property*) {
    auto& s = *static_cast<state*>(self);
    const std::lock_guard guard{s.mutex};
    s.connect_code = code;
    s.changed.notify_all();
  }

  static void on_publish(mosquitto*, void* self, int mid, int reason, const mosquitto_property*) {
    auto& s = *static_cast<state*>(self);
    const std::lock_guard guard{s.mutex};
    s.acknowledged.emplace(mid, reason);
    s.changed.notify_all();
  }

  static void on_subscribe(mosquitto*, void* self, int mid, int count, const int* granted,
                           const mosquitto_property*) {
    auto& s = *static_cast<state*>(self);
    const std::lock_guard guard{s.mutex};
    s.subscribed.emplace(mid, count > 0 ? granted[0] : 128);
    s.changed.notify_all();
  }

  static void on_message(mosquitto*, void* self, const mosquitto_message* m,
                         const mosquitto_property*) {
    const auto now = std::chrono::steady_clock::now();
    auto& s = *static_cast<state*>(self);
    const std::string_view payload{static_cast<const char*>(m->payload),
                                   static_cast<std::size_t>(m->payloadlen)};
    const std::lock_guard guard{s.mutex};
    s.received.push_back({m->topic, std::string{payload}, m->qos, m->retain, now});
    s.changed.notify_all();
  }

  /// Serves the connection until it ends. libmosquitto's own loop would connect
  /// again, and hide that it ended.
  void serve() {
    int code = MOSQ_ERR_SUCCESS;
    while (!stopping && code == MOSQ_ERR_SUCCESS)
      code = mosquitto_loop(client, 100, 1);
    const std::lock_guard guard{mutex};
    ended = std::string{mosquitto_strerror(code)};
    changed.notify_all();
  }

  // -- called by the test ------------------------------------------------------

  template <class Predicate>
  [[nodiscard]] bool wait(std::chrono::steady_clock::duration limit, Predicate&& predicate) {
    std::unique_lock guard{mutex};
    return changed.wait_for(guard, limit, predicate);
  }

  mosquitto* client = nullptr;
  std::thread thread;
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::condition_variable changed;
  /// Why the connection ended.
  std::optional<std::string> ended;
  std::optional<int> connect_code;
  std::map<int, int> acknowledged;
  std::map<int, int> subscribed;
  std::set<int> posted;
  std::vector<message> received;
};

mqtt_peer::mqtt_peer(std::uint16_t port, const peer_options& options)
  : state_(std::make_unique<state>()) {
  static const mosquitto_library initialised;
  auto& s = *state_;
  s.client = mosquitto_new(options.client_id.empty() ? nullptr : options.client_id.c_str(), true,
                           state_.get());
  if (s.client == nullptr)
    throw std::runtime_error("libmosquitto gives no client");
  mosquitto_int_option(s.client, MOSQ_OPT_PROTOCOL_VERSION,
                       options.protocol == 5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
  mosquitto_int_option(s.client, MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_int_option(s.client, MOSQ_OPT_SEND_MAXIMUM, 1000);
  mosquitto_int_option(s.client, MOSQ_OPT_RECEIVE_MAXIMUM, 1000);
  mosquitto_connect_v5_callback_set(s.client, state::on_connect);
  mosquitto_publish_v5_callback_set(s.client, state::on_publish);
  mosquitto_subscribe_v5_callback_set(s.client, state::on_subscribe);
  mosquitto_message_v5_callback_set(s.client, state::on_message);
  if (!options.username.empty())
    check_mosquitto(
        mosquitto_username_pw_set(s.client, options.username.c_str(), options.password.c_str()),
        "cannot set the password");
  if (!options.authority.empty())
    check_mosquitto(
        mosquitto_tls_set(s.client, options.authority.c_str(), nullptr, nullptr, nullptr, nullptr),
        "cannot set up TLS");
  check_mosquitto(mosquitto_connect(s.client, "127.0.0.1", port, 60), "cannot connect");
  mosquitto_threaded_set(s.client, true);
  s.thread = std::thread{[&s] { s.serve(); }};
  const bool answered
      = s.wait(patience, [&] { return s.connect_code.has_value() || s.ended.has_value(); });
  if (!answered || !s.connect_code)
    throw std::runtime_error("the broker does not answer CONNECT: " + s.ended.value_or("silence"));
  if (*s.connect_code != 0)
    throw std::runtime_error("the broker refuses CONNECT with code "
                             + std::to_string(*s.connect_code));
}

mqtt_peer::~mqtt_peer() = default;

void mqtt_peer::post(const std::string& topic, std::string_view payload,
                     const publish_options& options) {
  int mid = 0;
  check_mosquitto(mosquitto_publish(state_->client, &mid, topic.c_str(),
                                    static_cast<int>(payload.size()), payload.data(), options.qos,
                                    options.retain),
                  "cannot publish");
  const std::lock_guard guard{state_->mutex};
  state_->posted.insert(mid);
}

void mqtt_peer::flush() {
  auto& s = *state_;
  bool all = false;
  (void)s.wait(patience, [&] {
    all = std::all_of(s.posted.begin(), s.posted.end(),
                      [&](int mid) { return s.acknowledged.contains(mid); });
    return all || s.ended;
  });
  if (!all)
    throw std::runtime_error("the broker does not acknowledge what was published");
  const std::lock_guard guard{s.mutex};
  for (const int mid : s.posted) {
    // 16 says that nobody has subscribed to the topic.
    const int reason = s.acknowledged.at(mid);
    s.acknowledged.erase(mid);
    if (reason >= 128)
      throw std::runtime_error("the broker refuses a message with reason "
                               + std::to_string(reason));
  }
  s.posted.clear();
}

void mqtt_peer::publish(const std::string& topic, std::string_view payload,
                        const publish_options& options) {
  post(topic, payload, options);
  flush();
}

void mqtt_peer::subscribe(const std::string& filter, int qos) {
  auto& s = *state_;
  int mid = 0;
  check_mosquitto(mosquitto_subscribe(s.client, &mid, filter.c_str(), qos), "cannot subscribe");
  if (!s.wait(patience, [&] { return s.subscribed.contains(mid); }))
    throw std::runtime_error("the broker does not confirm the subscription of " + filter);
  const std::lock_guard guard{s.mutex};
  if (s.subscribed.at(mid) >= 128)
    throw std::runtime_error("the broker refuses the subscription of " + filter);
}

std::vector<message> mqtt_peer::messages(const std::string& filter) const {
  const std::lock_guard guard{state_->mutex};
  std::vector<message> result;
  std::copy_if(state_->received.begin(), state_->received.end(), std::back_inserter(result),
               [&](const message& m) { return topic_matches(filter, m.topic); });
  return result;
}

std::size_t mqtt_peer::count(const std::string& filter) const { return messages(filter).size(); }

std::optional<message> mqtt_peer::wait_for(const std::function<bool(const message&)>& predicate,
                                           std::chrono::steady_clock::duration limit) const {
  std::optional<message> found;
  std::size_t looked_at = 0;
  (void)state_->wait(limit, [&] {
    const auto& all = state_->received;
    for (looked_at = std::min(looked_at, all.size()); looked_at < all.size(); ++looked_at)
      if (predicate(all[looked_at])) {
        found = all[looked_at];
        return true;
      }
    return false;
  });
  return found;
}

std::optional<message> mqtt_peer::wait_for(const std::string& filter,
                                           std::chrono::steady_clock::duration limit) const {
  return wait_for([&](const message& m) { return topic_matches(filter, m.topic); }, limit);
}

std::optional<message> mqtt_peer::wait_for(const std::string& topic, const std::string& payload,
                                           std::chrono::steady_clock::duration limit) const {
  return wait_for([&](const message& m) { return m.topic == topic && m.payload == payload; },
                  limit);
}

bool mqtt_peer::wait_for_count(const std::string& filter, std::size_t n,
                               std::chrono::steady_clock::duration limit) const {
  return state_->wait(limit, [&] {
    const auto& all = state_->received;
    return static_cast<std::size_t>(
               std::count_if(all.begin(), all.end(),
                             [&](const message& m) { return topic_matches(filter, m.topic); }))
           >= n;
  });
}

bool mqtt_peer::connected() const {
  const std::lock_guard guard{state_->mutex};
  return !state_->ended;
}

void mqtt_peer::clear() {
  const std::lock_guard guard{state_->mutex};
  state_->received.clear();
}

std::vector<message> retained(std::uint16_t port, const std::string& filter,
                              const peer_options& options) {
  mqtt_peer reader{port, options};
  reader.subscribe(filter);
  // The broker sends what it retains in answer to the subscription, before
  // anything that is published later: our own message comes after all of it.
  // ('#' does not match topics that begin with a dollar sign, so nobody else sees it.)
  const std::string marker = "$firefinder-test/retained-marker";
  reader.subscribe(marker);
  reader.publish(marker, "all");
  if (!reader.wait_for(marker, patience))
    throw std::runtime_error("the broker does not deliver");
  auto all = reader.messages(filter);
  std::erase_if(all, [](const message& m) { return !m.retained; });
  return all;
}

std::optional<std::string> retained_payload(std::uint16_t port, const std::string& topic,
                                            const peer_options& options) {
  const auto all = retained(port, topic, options);
  return all.empty() ? std::nullopt : std::optional{all.front().payload};
}

bool topic_matches(const std::string& filter, const std::string& topic) {
  bool result = false;
  mosquitto_topic_matches_sub(filter.c_str(), topic.c_str(), &result);
  return result;
}

} // namespace firefinder::test
