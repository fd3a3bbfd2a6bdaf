#include "src/status.hpp"

#include "messages/dumped.hpp"
#include "src/exit_codes.hpp"
#include "src/question.hpp"
#include "src/status_report.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace firefinder {

namespace {

question question_of(const configuration::settings& settings, const status_options& asked) {
  auto payload = nlohmann::json::object();
  if (asked.camera)
    payload["camera"] = *asked.camera;
  if (asked.at)
    payload["at"] = *asked.at < 0 ? system_wall_clock() + *asked.at : *asked.at;
  auto result = make_question(settings, "status", asked.explains() ? "explain" : "status",
                              dumped(payload), asked.timeout_s);
  result.if_too_long = "Ask for one camera by --explain";
  return result;
}

} // namespace

int ask_status(const configuration::settings& settings, const status_options& asked) {
  const auto what = question_of(settings, asked);
  const auto got = ask(what, asked.timeout_s);
  if (!got.answer) {
    std::cerr << "firefinder: " << got.why_not << '\n';
    return exit_code::unreachable;
  }
  const auto report = asked.explains() ? report_explanation(*got.answer, asked.json)
                                       : report_status(*got.answer, asked.json);
  std::cout << report.text;
  if (!report.refusal.empty())
    std::cerr << "firefinder: " << report.refusal << '\n';
  return report.degraded || !report.refusal.empty() ? exit_code::degraded : exit_code::success;
}

} // namespace firefinder
