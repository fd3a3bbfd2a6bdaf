// Requests, and the answers that `status` and the journal read: the input is an operation, a
// line end, and a payload.

#include "actors/bridge/request.hpp"
#include "actors/consensus/explain.hpp"
#include "src/status_report.hpp"
#include "tests/fuzz/expect.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace firefinder::fuzz {
namespace {

void expect_json(const std::string& text, const char* property) {
  expect(!nlohmann::json::parse(text, nullptr, false).is_discarded(), property);
}

void run(std::string_view input) {
  const auto operation = take_line(input);
  const auto asked = parse_request(operation, input, input.size());
  expect(asked.request.has_value() == asked.error.empty(), "it is answered or refused");
  expect(asked.error.size() < 600, "a refusal is short");
  expect_json(error_response(asked.error, asked.transaction), "a refusal is JSON");
  expect_json(ok_response("{}", asked.transaction), "an answer is JSON");
  if (asked.request)
    expect_within(asked.request->query.at, 0, 1e11, "a moment is one");

  const std::string answer{input};
  for (const bool as_json : {false, true})
    for (const auto& x : {report_status(answer, as_json), report_explanation(answer, as_json)})
      expect(x.text.empty() != x.refusal.empty(), "there is a report or a refusal");

  if (const auto decision = decision_from(input)) {
    const auto line = decision_line(*decision);
    const auto again = decision_from(line);
    expect(again && decision_line(*again) == line, "what was written reads the same");
    expect(!in_words(*decision).empty(), "there are words for it");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
