// Requests and commands, as they arrive from anybody at the broker: the input is a topic below the
// base topic, a line end, and a payload.

#include "actors/bridge/request.hpp"
#include "actors/bridge/schema.hpp"
#include "tests/fuzz/expect.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace firefinder::fuzz {
namespace {

void expect_clean(const std::string& text, double most_characters) {
  // UTF-8 has at most four bytes for a character.
  expect(static_cast<double>(text.size()) <= 4 * most_characters, "a text is bounded");
  expect(std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }),
         "a text has no control characters");
}

void expect_sound(const named_order& x) {
  const auto& order = x.order;
  expect_clean(order.camera, 200);
  expect_clean(order.zone, 200);
  expect_clean(order.name, 200);
  expect_clean(order.by, 64);
  expect_clean(order.reason, 256);
  switch (order.what) {
  case order_kind::tune:
    expect(order.key == x.name, "a value has a name");
    if (order.key == "consensus_threshold") {
      expect_within(order.value, 1, 10, "a threshold is within its range");
      expect(order.value == static_cast<int>(order.value), "a threshold is whole");
    } else if (order.key == "min_confidence") {
      expect_within(order.value, 0, 1, "a confidence is within its range");
    } else if (order.key == "detection_window") {
      expect_within(order.value, 10, 300, "a window is within its range");
    } else {
      expect(order.key == "cooldown_period", "no other value is set");
      expect_within(order.value, 0, 3600, "a cooldown is within its range");
    }
    break;
  case order_kind::snooze:
    expect_within(order.value, 0, 86'400, "a snooze is within its range");
    expect(order.value > 0, "a snooze has a length");
    expect(order.camera.empty() != order.zone.empty(), "a snooze is of a camera or a zone");
    break;
  case order_kind::wake:
    expect(order.camera.empty() != order.zone.empty(), "a camera or a zone is woken");
    break;
  case order_kind::enable:
  case order_kind::announce:
  case order_kind::add_camera:
  case order_kind::remove_camera:
  case order_kind::rename_camera:
    expect(!order.camera.empty(), "it is about a camera");
    break;
  case order_kind::arm:
  case order_kind::acknowledge:
  case order_kind::reset:
    break;
  }
}

void expect_printable(const std::string& error) {
  expect(std::all_of(error.begin(), error.end(), [](char c) { return c >= ' ' && c <= '~'; }),
         "a refusal can be printed");
}

void expect_json(const std::string& text, const char* property) {
  expect(!nlohmann::json::parse(text, nullptr, false).is_discarded(), property);
}

void run(std::string_view input) {
  const std::string topic{take_line(input)};
  const auto asked = parse_request(topic, input, input.size());
  expect(asked.request.has_value() == asked.error.empty(), "it is answered or refused");
  expect(asked.error.size() < 600, "a refusal is short");
  expect_printable(asked.error);
  expect_json(error_response(asked.error, asked.transaction), "a refusal is JSON");
  expect_json(ok_response("{}", asked.transaction, topic), "an answer is JSON");
  if (asked.request) {
    expect(is_answerable(topic), "what is done can be answered");
    for (const auto& x : asked.request->orders)
      expect_sound(x);
  }
  const auto command = parse_command(topic, input, input.size());
  expect(command.order.has_value() == command.error.empty(), "it is followed or refused");
  expect(command.error.size() < 200, "a refusal is short");
  expect_printable(command.error);
  if (command.order) {
    expect(command.known, "what is followed is known");
    expect_sound(*command.order);
  }
  expect_json(merged(std::string{input}, R"({"a":1})"), "what is merged is JSON");
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
