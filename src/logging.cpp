#include "src/logging.hpp"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>
#include <spdlog/async.h>
#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <string>

namespace firefinder {

namespace {

std::string_view view(spdlog::string_view_t text) { return {text.data(), text.size()}; }

// spdlog's patterns cannot escape a message for JSON.
class json_formatter final : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& out) override {
    using namespace std::chrono;
    const auto moment = time_point_cast<milliseconds>(event.time);
    const auto whole = floor<seconds>(moment);
    const nlohmann::ordered_json line{
        {"time",
         fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(whole)),
                     (moment - whole).count())},
        {"level", view(spdlog::level::to_string_view(event.level))},
        {"component", view(event.logger_name)},
        {"message", view(event.payload)}};
    const auto text
        = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
    out.append(text.data(), text.data() + text.size());
  }

  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>();
  }
};

// Lines that wait for a slow reader; one takes about 400 bytes.
constexpr std::size_t waiting_lines = 512;

} // namespace

void set_up_logging(const configuration::log_settings& settings) {
  spdlog::init_thread_pool(waiting_lines, 1);
  auto logger = std::make_shared<spdlog::async_logger>(
      "main", std::make_shared<spdlog::sinks::stderr_sink_mt>(), spdlog::thread_pool(),
      spdlog::async_overflow_policy::overrun_oldest);
  if (settings.format == "json")
    logger->set_formatter(std::make_unique<json_formatter>());
  else
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %n: %v");
  logger->set_level(spdlog::level::from_str(settings.level));
  spdlog::set_default_logger(std::move(logger));
}

void end_logging() { spdlog::shutdown(); }

} // namespace firefinder
