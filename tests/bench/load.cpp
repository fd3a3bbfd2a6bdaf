#include "tests/bench/load.hpp"

#include "tests/support/detections.hpp"
#include "tests/support/mqtt_wire.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>

namespace firefinder::test {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// Stand for what changes; each is as long as what takes its place.
constexpr std::string_view some_camera = "cam-00000";
constexpr std::string_view some_moment = "1234567890.123456";
constexpr double some_moment_value = 1234567890.123456;
constexpr std::string_view direct_edge = "0.5777";
constexpr std::string_view frigate_edge = "777";

constexpr std::size_t direct_bytes = 200;
constexpr std::size_t frigate_bytes = 2'000;

// At quality of service 1.
constexpr std::uint64_t window = 1'000;
constexpr std::uint64_t puback_bytes = 4;

// Sent at once at most.
constexpr std::uint64_t batch = 128;

constexpr auto patience = 20'000;

void put_digits(char* to, std::size_t width, std::uint64_t value) {
  for (auto i = width; i > 0; --i, value /= 10)
    to[i - 1] = static_cast<char>('0' + value % 10);
}

std::vector<std::size_t> places(const std::string& text, std::string_view of) {
  std::vector<std::size_t> result;
  for (std::size_t at = 0; (at = text.find(of, at)) != std::string::npos; at += of.size())
    result.push_back(at);
  return result;
}

std::string direct_payload(const std::string& label) {
  nlohmann::ordered_json one{{"camera_id", some_camera},
                             {"object_id", "1"},
                             {"label", label},
                             {"confidence", 0.9},
                             {"bbox", {0.4312, 0.3512, 0.5777, 0.6512}},
                             {"timestamp", some_moment_value},
                             {"model", ""}};
  one["model"] = std::string(direct_bytes - one.dump().size(), 'm');
  return one.dump();
}

std::string frigate_payload(const std::string& label) {
  auto one = frigate_event("update", std::string{some_camera}, label,
                           "1732212000.125-" + std::string{some_camera} + label, 0.05,
                           some_moment_value);
  for (const auto* part : {"before", "after"}) {
    one[part]["start_time"] = 1732212000.125;
    one[part]["box"] = {500, 300, 777, 420};
    one[part]["path_data"] = nlohmann::json::array();
  }
  const nlohmann::json step = nlohmann::json::array({{0.4315, 0.7241}, 1732212000.125});
  const auto length = step.dump().size() + 1;
  for (auto size = one.dump().size(); size + 2 * length <= frigate_bytes; size += 2 * length)
    for (const auto* part : {"before", "after"})
      one[part]["path_data"].push_back(step);
  return one.dump();
}

std::int64_t now_in_microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

} // namespace

std::string load_camera(std::size_t camera) {
  std::string result{some_camera};
  put_digits(result.data() + 4, 5, camera);
  return result;
}

// -- one message -------------------------------------------------------------------------

message_template::message_template(sender from, int qos, const std::string& label) {
  const bool direct = from == sender::direct;
  const auto payload = direct ? direct_payload(label) : frigate_payload(label);
  const auto topic
      = direct ? "fire/detection/" + std::string{some_camera} : std::string{"frigate/events"};
  payload_bytes_ = payload.size();
  topic_bytes_ = topic.size();
  bytes_ = wire::encode(wire::publish_packet(topic, payload, qos, false, 1));
  cameras_ = places(bytes_, some_camera);
  moments_ = places(bytes_, some_moment);
  const auto edge = direct ? direct_edge : frigate_edge;
  for (const auto at : places(bytes_, edge))
    digits_.push_back(at + edge.size() - 1);
  if (cameras_.empty() || moments_.empty() || digits_.empty())
    throw std::logic_error("a message of the load lacks what should change in it");
  if (qos > 0)
    id_ = bytes_.size() - payload_bytes_ - 2;
}

void message_template::fill(std::size_t camera, std::int64_t moment, std::uint16_t id) {
  for (const auto at : cameras_)
    put_digits(bytes_.data() + at + 4, 5, camera);
  for (const auto at : moments_) {
    put_digits(bytes_.data() + at, 10, static_cast<std::uint64_t>(moment / 1'000'000));
    put_digits(bytes_.data() + at + 11, 6, static_cast<std::uint64_t>(moment % 1'000'000));
  }
  // A prime number of steps: it differs from one message of a camera to its next one.
  const auto digit = static_cast<char>('1' + count_++ / 2 % 7);
  for (const auto at : digits_)
    bytes_[at] = digit;
  if (id_ != 0) {
    bytes_[id_] = static_cast<char>(id >> 8U);
    bytes_[id_ + 1] = static_cast<char>(id & 0xffU);
  }
}

void message_template::encode(std::string& out, std::size_t camera, std::int64_t moment,
                              std::uint16_t id) {
  fill(camera, moment, id);
  out += bytes_;
}

std::string message_template::payload(std::size_t camera, std::int64_t moment) {
  fill(camera, moment, 1);
  return bytes_.substr(bytes_.size() - payload_bytes_);
}

std::string message_template::topic(std::size_t camera) {
  fill(camera, 0, 1);
  const auto end = bytes_.size() - payload_bytes_ - (id_ != 0 ? 2 : 0);
  return bytes_.substr(end - topic_bytes_, topic_bytes_);
}

// -- the client --------------------------------------------------------------------------

load::load(std::uint16_t port, load_options options)
  : options_(std::move(options)), socket_(connect_to(port)) {
  if (!socket_)
    throw std::runtime_error("the load cannot connect");
  for (const auto* label : {"fire", "person", "car"})
    templates_.emplace_back(options_.from, options_.qos, label);
  connect();
  thread_ = std::thread{[this] {
    try {
      run();
    } catch (const std::exception& e) {
      failure_ = e.what();
    }
  }};
}

load::~load() {
  stopping_ = true;
  if (thread_.joinable())
    thread_.join();
}

void load::stop() {
  stopping_ = true;
  finish();
}

void load::finish() {
  if (thread_.joinable())
    thread_.join();
  if (!failure_.empty())
    throw std::runtime_error("the load: " + failure_);
}

void load::connect() {
  using namespace std::string_literals;
  // MQTT 3.1.1, section 3.1: clean session, no keep-alive.
  const auto name = "load-" + std::to_string(::getpid()) + '-' + std::to_string(socket_.get());
  auto hello = wire::encode({wire::packet_type::connect, 0,
                             "\0\4MQTT\4\2\0\0\0"s + static_cast<char>(name.size()) + name});
  send(hello);
  std::string answer;
  while (answer.size() < 4) {
    char bytes[4];
    if (!wait_for_socket(POLLIN, patience))
      throw std::runtime_error("the broker does not answer the load");
    const auto n = ::recv(socket_.get(), bytes, sizeof bytes - answer.size(), 0);
    if (n <= 0)
      throw std::runtime_error("the broker refuses the load");
    answer.append(bytes, static_cast<std::size_t>(n));
  }
  if (answer != "\x20\2\0\0"s)
    throw std::runtime_error("the broker refuses the load");
}

bool load::wait_for_socket(short events, int milliseconds) const {
  pollfd waiting{socket_.get(), events, 0};
  return ::poll(&waiting, 1, milliseconds) == 1;
}

void load::take_acknowledgements() {
  char bytes[16'384];
  for (;;) {
    const auto n = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (n == 0)
      throw std::runtime_error("the broker has closed the connection");
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR)
        throw_errno("receiving");
      return;
    }
    // Nothing else comes to a client without subscriptions and pings.
    acknowledged_bytes_ += static_cast<std::uint64_t>(n);
  }
}

void load::send(std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto n
        = ::send(socket_.get(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      at += static_cast<std::size_t>(n);
      continue;
    }
    if (errno != EAGAIN && errno != EINTR)
      throw_errno("sending");
    if (!wait_for_socket(POLLOUT, patience))
      throw std::runtime_error("the broker takes nothing any more");
    // Unread acknowledgements would stop the broker.
    if (options_.qos > 0 && sent_ > 0)
      take_acknowledgements();
  }
  bytes.clear();
}

std::uint64_t load::due(steady_clock::time_point begin) const {
  const std::uint64_t sent = sent_;
  auto result = batch;
  const auto limit = [&result](std::uint64_t most, std::uint64_t had) {
    result = std::min(result, most > had ? most - had : 0);
  };
  if (options_.rate > 0) {
    const std::chrono::duration<double> passed = steady_clock::now() - begin;
    limit(static_cast<std::uint64_t>(passed.count() * options_.rate), sent);
  }
  if (options_.messages > 0)
    limit(options_.messages, sent);
  if (options_.received)
    limit(options_.received() + options_.most_ahead, sent);
  if (options_.qos > 0)
    limit(acknowledged_bytes_ / puback_bytes + window, sent);
  return result;
}

void load::run() {
  const auto begin = steady_clock::now();
  std::string out;
  std::int64_t moment = 0;
  std::uint64_t sent = 0;
  while (!stopping_ && (options_.messages == 0 || sent < options_.messages)) {
    if (options_.qos > 0)
      take_acknowledgements();
    const auto n = due(begin);
    if (n == 0) {
      std::this_thread::sleep_for(options_.rate > 0 ? 500us : 50us);
      continue;
    }
    moment = std::max(moment, now_in_microseconds());
    for (std::uint64_t i = 0; i < n; ++i, ++sent) {
      const auto round = sent / options_.cameras;
      const auto camera = sent % options_.cameras;
      // Spread over cameras and over time, the same in every run.
      const auto lot = (round * 37 + camera * 61) % 100;
      const std::size_t which = lot >= options_.others_percent ? 0 : 1 + lot % 2;
      templates_[which].encode(out, camera, moment++,
                               static_cast<std::uint16_t>(1 + sent % 65'535));
    }
    send(out);
    sent_ = sent;
  }
  const auto deadline = steady_clock::now() + std::chrono::milliseconds{patience};
  while (options_.qos > 0 && acknowledged_bytes_ < sent * puback_bytes) {
    if (steady_clock::now() > deadline)
      throw std::runtime_error("the broker does not acknowledge");
    static_cast<void>(wait_for_socket(POLLIN, 100));
    take_acknowledgements();
  }
}

} // namespace firefinder::test
