#include "tests/chaos/lasting_peer.hpp"

#include "tests/support/detections.hpp"
#include "tests/support/mosquitto_library.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/wait.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace firefinder::chaos {

namespace {

constexpr int keepalive_s = 60;
constexpr int turns_for_goodbye = 10;
constexpr auto pause_between_attempts = std::chrono::milliseconds{20};

/// A publication of ours.
struct posting {
  std::string topic;
  std::string payload;
  int qos = 1;
  bool retain = false;
};

} // namespace

struct lasting_peer::inbox {
  std::mutex mutex;
  std::vector<heard> received;
};

struct lasting_peer::client {
  client(inbox& to, const lasting_options& options) : box(to), filters(options.filters) {
    handle = mosquitto_new(options.client_id.c_str(), false, this);
    if (handle == nullptr)
      throw std::runtime_error("libmosquitto gives no client");
    mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311);
    mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_max_inflight_messages_set(handle, 1000);
    mosquitto_connect_callback_set(handle, on_connect);
    mosquitto_disconnect_callback_set(handle, on_disconnect);
    mosquitto_subscribe_callback_set(handle, on_subscribe);
    mosquitto_publish_callback_set(handle, on_publish);
    mosquitto_message_callback_set(handle, on_message);
    mosquitto_threaded_set(handle, true);
    if (!options.will_topic.empty())
      test::check_mosquitto(
          mosquitto_will_set(handle, options.will_topic.c_str(), 7, "offline", 1, true),
          "cannot set a will");
  }

  ~client() {
    stopping = true;
    mosquitto_disconnect(handle);
    if (thread.joinable())
      thread.join();
    mosquitto_destroy(handle);
  }

  client(const client&) = delete;
  client& operator=(const client&) = delete;

  void start(std::uint16_t port) {
    thread = std::thread{[this, port] {
      int code = mosquitto_connect(handle, "127.0.0.1", port, keepalive_s);
      // At the end the goodbye is still to be sent.
      for (int left = turns_for_goodbye; left > 0; left -= stopping ? 1 : 0) {
        if (code == MOSQ_ERR_SUCCESS)
          code = mosquitto_loop(handle, 50, 1);
        if (code == MOSQ_ERR_SUCCESS)
          continue;
        set_standing(false);
        if (stopping)
          return;
        std::this_thread::sleep_for(pause_between_attempts);
        code = mosquitto_reconnect(handle);
      }
    }};
  }

  // -- called by libmosquitto --------------------------------------------------------

  static void on_connect(mosquitto* m, void* self, int code) {
    auto& c = *static_cast<client*>(self);
    if (code != 0)
      return;
    if (c.filters.empty()) {
      c.set_standing(true);
      return;
    }
    // Also when the broker knows us: what it knows may be from before its loss of memory.
    std::vector<char*> names;
    for (auto& filter : c.filters)
      names.push_back(filter.data());
    mosquitto_subscribe_multiple(m, nullptr, static_cast<int>(names.size()), names.data(), 2, 0,
                                 nullptr);
  }

  static void on_disconnect(mosquitto*, void* self, int) {
    static_cast<client*>(self)->set_standing(false);
  }

  static void on_subscribe(mosquitto*, void* self, int, int, const int*) {
    static_cast<client*>(self)->set_standing(true);
  }

  static void on_publish(mosquitto*, void* self, int) {
    ++static_cast<client*>(self)->acknowledged;
  }

  static void on_message(mosquitto*, void* self, const mosquitto_message* m) {
    auto& c = *static_cast<client*>(self);
    const std::string_view payload{static_cast<const char*>(m->payload),
                                   static_cast<std::size_t>(m->payloadlen)};
    const std::lock_guard guard{c.box.mutex};
    c.box.received.push_back({m->topic, std::string{payload}, m->qos, m->retain, test::unix_now()});
  }

  // -- sending -----------------------------------------------------------------------

  // libmosquitto would send a publication before CONNECT if the two met.
  void set_standing(bool on) {
    const std::lock_guard guard{mutex};
    standing = on;
    if (on)
      for (const auto& one : std::exchange(waiting, {}))
        publish(one);
  }

  void post(posting one) {
    ++posted;
    const std::lock_guard guard{mutex};
    if (standing)
      publish(one);
    else
      waiting.push_back(std::move(one));
  }

  void publish(const posting& one) const {
    const int code = mosquitto_publish(handle, nullptr, one.topic.c_str(),
                                       static_cast<int>(one.payload.size()), one.payload.data(),
                                       one.qos, one.retain);
    // It keeps what it cannot send now.
    if (code != MOSQ_ERR_NO_CONN && code != MOSQ_ERR_CONN_LOST)
      test::check_mosquitto(code, "cannot publish");
  }

  inbox& box;
  std::vector<std::string> filters;
  mosquitto* handle = nullptr;
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::atomic<bool> standing = false;
  std::vector<posting> waiting;
  std::atomic<std::size_t> posted = 0;
  std::atomic<std::size_t> acknowledged = 0;
  std::thread thread;
};

lasting_peer::lasting_peer(std::uint16_t port, lasting_options options)
  : port_(port), options_(std::move(options)), inbox_(std::make_unique<inbox>()) {
  static const test::mosquitto_library initialised;
  connect();
}

lasting_peer::~lasting_peer() = default;

void lasting_peer::connect() {
  client_ = std::make_unique<client>(*inbox_, options_);
  client_->start(port_);
}

void lasting_peer::begin_anew() {
  client_.reset();
  connect();
}

bool lasting_peer::ready(std::chrono::steady_clock::duration limit) const {
  return test::poll_until(limit, [this] { return client_->standing.load(); });
}

void lasting_peer::post(const std::string& topic, std::string_view payload, int qos, bool retain) {
  client_->post({topic, std::string{payload}, qos, retain});
}

std::vector<heard> lasting_peer::messages(const std::string& filter) const {
  const std::lock_guard guard{inbox_->mutex};
  std::vector<heard> result;
  std::copy_if(inbox_->received.begin(), inbox_->received.end(), std::back_inserter(result),
               [&](const heard& m) { return test::topic_matches(filter, m.topic); });
  return result;
}

std::optional<heard> lasting_peer::last(const std::string& topic) const {
  const auto all = messages(topic);
  return all.empty() ? std::nullopt : std::optional{all.back()};
}

std::size_t lasting_peer::unacknowledged() const {
  const std::size_t acknowledged = client_->acknowledged;
  const std::size_t posted = client_->posted;
  return posted - std::min(posted, acknowledged);
}

void lasting_peer::leave(std::chrono::steady_clock::duration limit) {
  static_cast<void>(test::poll_until(limit, [this] { return unacknowledged() == 0; }));
  client_.reset();
}

} // namespace firefinder::chaos
