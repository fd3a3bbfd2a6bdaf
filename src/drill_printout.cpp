#include "src/drill_printout.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> words{{
    {"asked", "the decision of the house answers"},
    {"published", "the broker has taken the first marked detections"},
    {"heard", "the first of them has come back"},
    {"verified", "enough virtual cameras agree"},
    {"decided", "it is decided to trigger"},
    {"stored", "the trigger is on disk"},
    {"acknowledged", "the broker has acknowledged it"},
    {"returned", "it has come back from the broker"},
    {"live", "the broker has acknowledged it on fire/trigger"},
}};

std::string_view words_of(std::string_view step) {
  const auto* found
      = std::ranges::find(words, step, &std::pair<std::string_view, std::string_view>::first);
  return found == words.end() ? std::string_view{} : found->second;
}

const json& member(const json& object, const char* name) {
  static const json none;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : none;
}

std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return text;
}

std::string text(const json& x) {
  return x.is_string() ? printable(x.get<std::string>()) : std::string{};
}

double number(const json& x) { return x.is_number() ? x.get<double>() : 0; }

std::string laid_out(const json& data) {
  const bool passed = member(data, "passed") == true;
  const auto live = member(data, "live") == true;
  auto result = fmt::format("drill {}{} in {:.2f} s, {:.0f} virtual cameras\n",
                            live ? "(LIVE) " : "", passed ? "PASSED" : "FAILED",
                            number(member(data, "delay_s")), number(member(data, "cameras")));
  for (const auto& x : member(data, "steps")) {
    const auto step = text(member(x, "step"));
    result += fmt::format("  {:8.3f} s  {:<13} {}\n", number(member(x, "after_s")), step,
                          words_of(step));
  }
  if (!passed) {
    const auto step = text(member(data, "failed_step"));
    result += fmt::format("         !    {:<13} not reached: {}\n", step, words_of(step));
    result += text(member(data, "reason")) + '\n';
  }
  for (const auto& x : member(data, "warnings"))
    result += "warning: " + text(x) + '\n';
  return result;
}

} // namespace

drill_printout print_drill(const std::string& response, bool as_json) {
  drill_printout result;
  const auto answer = json::parse(response, nullptr, false);
  const auto& data = member(answer, "data");
  if (text(member(answer, "status")) != "ok" || !data.is_object()) {
    result.refusal = text(member(answer, "error"));
    if (result.refusal.empty())
      result.refusal = "the answer is not one that this version understands";
    return result;
  }
  result.passed = member(data, "passed") == true;
  result.text
      = as_json ? data.dump(2, ' ', false, json::error_handler_t::replace) + '\n' : laid_out(data);
  return result;
}

} // namespace firefinder
