// Subscribes and counts, nothing else: what a library and the broker leave of a machine before
// anything is done with a message.
//
//   firefinder_null_subscriber --library paho|mosquitto --port N --state FILE [--qos N] FILTER...
//
// FILE holds a `subscriber_state`. It runs until it is ended by a signal.

#include "tests/bench/counter.hpp"
#include "tests/support/mosquitto_library.hpp"

#include <mqtt/async_client.h>
#include <mqtt_protocol.h>

#include <charconv>
#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace firefinder::test {
namespace {

struct options {
  std::string library;
  std::string state;
  int port = 0;
  int qos = 1;
  std::vector<std::string> filters;
};

// Options as in actors/connection/paho_client.cpp.
[[noreturn]] void run_paho(const options& asked, const mapped_state& state) {
  mqtt::create_options creation{MQTTVERSION_5};
  creation.set_max_buffered_messages(65'535);
  mqtt::async_client client{"tcp://127.0.0.1:" + std::to_string(asked.port), "", creation, nullptr};
  client.set_message_callback([&state](const mqtt::const_message_ptr&) {
    state->received.fetch_add(1, std::memory_order_relaxed);
  });
  mqtt::connect_options how;
  how.set_mqtt_version(MQTTVERSION_5);
  how.set_clean_start(true);
  how.set_keep_alive_interval(std::chrono::seconds{30});
  how.set_max_inflight(100);
  client.connect(how)->wait();
  for (const auto& filter : asked.filters)
    client.subscribe(filter, asked.qos)->wait();
  state->ready = true;
  for (;;)
    ::pause();
}

struct destroys {
  void operator()(mosquitto* client) const noexcept { mosquitto_destroy(client); }
};

void run_mosquitto(const options& asked, mapped_state& state) {
  const mosquitto_library library;
  const std::unique_ptr<mosquitto, destroys> client{mosquitto_new(nullptr, true, &state)};
  if (!client)
    throw std::runtime_error("no memory for a client");
  mosquitto_int_option(client.get(), MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  mosquitto_message_callback_set(client.get(), [](mosquitto*, void* to, const mosquitto_message*) {
    (*static_cast<mapped_state*>(to))->received.fetch_add(1, std::memory_order_relaxed);
  });
  mosquitto_subscribe_callback_set(client.get(), [](mosquitto*, void* to, int, int, const int*) {
    (*static_cast<mapped_state*>(to))->ready = true;
  });
  check_mosquitto(mosquitto_connect(client.get(), "127.0.0.1", asked.port, 30), "connecting");
  // All in one packet, so that one answer says that all stand.
  std::vector<char*> filters;
  for (const auto& filter : asked.filters)
    filters.push_back(const_cast<char*>(filter.c_str()));
  check_mosquitto(mosquitto_subscribe_multiple(client.get(), nullptr,
                                               static_cast<int>(filters.size()), filters.data(),
                                               asked.qos, 0, nullptr),
                  "subscribing");
  check_mosquitto(mosquitto_loop_forever(client.get(), 1000, 1), "the connection");
}

int number(std::string_view text) {
  int value = -1;
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end || value < 0)
    throw std::invalid_argument("not a number: " + std::string{text});
  return value;
}

options read(int argc, char** argv) {
  options result;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name{argv[i]};
    if (!name.starts_with("--")) {
      result.filters.emplace_back(name);
      continue;
    }
    if (++i == argc)
      throw std::invalid_argument(std::string{name} + " needs a value");
    const std::string value{argv[i]};
    if (name == "--library")
      result.library = value;
    else if (name == "--port")
      result.port = number(value);
    else if (name == "--qos")
      result.qos = number(value);
    else if (name == "--state")
      result.state = value;
    else
      throw std::invalid_argument("there is no option " + std::string{name});
  }
  if ((result.library != "paho" && result.library != "mosquitto") || result.state.empty()
      || result.port == 0 || result.filters.empty())
    throw std::invalid_argument("--library paho|mosquitto --port N --state FILE [--qos N] "
                                "FILTER...");
  return result;
}

} // namespace
} // namespace firefinder::test

int main(int argc, char** argv) {
  using namespace firefinder::test;
  try {
    const auto asked = read(argc, argv);
    mapped_state state{asked.state};
    if (asked.library == "paho")
      run_paho(asked, state);
    run_mosquitto(asked, state);
  } catch (const std::invalid_argument& e) {
    std::cerr << argv[0] << ": " << e.what() << '\n';
    return 64;
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << e.what() << '\n';
    return 1;
  }
}
