#include "src/replay/plot.hpp"

#include "actors/consensus/explain.hpp"
#include "messages/dumped.hpp"
#include "src/replay/summary.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <string_view>

namespace firefinder::replay {

namespace {

// All lengths in pixels.
constexpr double width = 1'200;
constexpr double left = 70;
constexpr double right = 20;
constexpr double head = 70;
constexpr double area_height = 90;
constexpr double strip_height = 40;
constexpr double gap = 6;
// Above, between and below the panels of two cameras.
constexpr double margin = 39;
constexpr double line_height = 15;
// Characters of a line of text at that width, plain and bold.
constexpr std::size_t line_length = 165;
constexpr std::size_t bold_line_length = 140;

constexpr auto style = R"(<style>
svg{background:#fff;color:#222;font:12px sans-serif}
text{fill:currentColor}.faint{opacity:.65}.name{font-weight:bold}
.frame{fill:none;stroke:currentColor;stroke-opacity:.3}
.accepted{fill:#c2410c}.dropped{fill:none;stroke:#64748b}
.growth{fill:none;stroke:#1d4ed8;stroke-width:1.5}
.needed{stroke:#1d4ed8;stroke-dasharray:5 4;stroke-opacity:.7}
.agrees{fill:#16a34a;fill-opacity:.2}.pause{fill:#64748b;fill-opacity:.15}
.trigger{stroke:#dc2626;stroke-width:2}.fire{fill:#dc2626;font-weight:bold}
@media (prefers-color-scheme:dark){
svg{background:#16181d;color:#e5e7eb}
.accepted{fill:#fb923c}.dropped{stroke:#94a3b8}
.growth,.needed{stroke:#60a5fa}.agrees{fill:#4ade80}.pause{fill:#94a3b8}
.trigger{stroke:#f87171}.fire{fill:#f87171}}
</style>
)";

// Text as XML takes it; what no XML may hold becomes a question mark.
std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else if (static_cast<unsigned char>(c) < 0x20)
      result += '?';
    else if (text.substr(i, 2) == "\xef\xbf" && i + 2 < text.size()
             && (text[i + 2] == '\xbe' || text[i + 2] == '\xbf')) {
      // U+FFFE and U+FFFF
      result += '?';
      i += 2;
    } else
      result += c;
  }
  return result;
}

// Lines of at most so many bytes, broken at blanks where there are some.
std::vector<std::string> wrapped(std::string text, std::size_t length) {
  std::vector<std::string> result;
  while (text.size() > length) {
    auto end = text.rfind(' ', length);
    if (end == std::string::npos || end < length / 2)
      end = length;
    // Not within a character.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80)
      --end;
    result.push_back(text.substr(0, end));
    text.erase(0, text[end] == ' ' ? end + 1 : end);
  }
  result.push_back(std::move(text));
  return result;
}

std::string text_at(double x, double y, std::string_view css, std::string_view anchor,
                    std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n",
                     x, y, css, anchor, escaped(text));
}

std::string rectangle(double x, double y, double w, double h, std::string_view css,
                      std::string_view title = {}) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
                     "class=\"{}\">{}</rect>\n",
                     x, y, std::max(w, 0.5), h, css,
                     title.empty() ? "" : fmt::format("<title>{}</title>", escaped(title)));
}

// The distance of ticks, in seconds, that gives about eight of them.
double tick_step(double span) {
  constexpr std::array steps{1.0,     2.0,     5.0,      10.0,     15.0,     30.0,
                             60.0,    120.0,   300.0,    600.0,    900.0,    1'800.0,
                             3'600.0, 7'200.0, 10'800.0, 21'600.0, 43'200.0, 86'400.0};
  for (const auto step : steps)
    if (span / step <= 9)
      return step;
  return std::ceil(span / 9 / 86'400) * 86'400;
}

std::string tick_label(double t, double step) {
  const auto moment = fmt::gmtime(static_cast<std::time_t>(t));
  if (step >= 86'400)
    return fmt::format("{:%m-%d}", moment);
  return step >= 60 ? fmt::format("{:%H:%M}", moment) : fmt::format("{:%H:%M:%S}", moment);
}

// As UTF-8; bytes that are not become U+FFFD.
std::string valid(const std::string& text) {
  using nlohmann::json;
  return json::parse(dumped(json(text))).get<std::string>();
}

} // namespace

plot::plot(double cooldown_s, const std::string& title)
  : cooldown_s_(cooldown_s), title_(valid(title)) {}

void plot::extend(double t) {
  if (!first_)
    first_ = t;
  last_ = std::max(last_, t);
}

void plot::follow(camera& c, double t, bool agrees) {
  if (agrees && !c.agrees)
    c.agreed.emplace_back(t, t);
  if (c.agrees)
    c.agreed.back().second = t;
  c.agrees = agrees;
}

void plot::add(const sample_trace& what) {
  extend(what.t);
  if (what.camera.empty())
    return;
  auto& c = cameras_[what.camera];
  follow(c, what.t, what.standing.agrees);
  c.growth.take(what.standing.growth, what.standing.growth_needed);
  c.evidence.take(what.standing.evidence, what.standing.evidence_needed);
  by_evidence_ = by_evidence_ || what.standing.evidence_needed > 0;
  c.largest_area = std::max(c.largest_area, what.area);
  // A frame without anything in it is no point in the picture.
  if (what.area <= 0 && what.dropped.empty())
    return;
  if (c.seen++ % c.stride != 0)
    return;
  c.samples.push_back({what.t, what.area, what.confidence, what.standing.growth,
                       what.standing.evidence, what.dropped});
  if (c.samples.size() < 2 * max_samples)
    return;
  std::vector<sample> half;
  for (std::size_t i = 0; i < c.samples.size(); i += 2)
    half.push_back(std::move(c.samples[i]));
  c.samples = std::move(half);
  c.stride *= 2;
}

void plot::add(const decision_record& what) {
  extend(what.t);
  ++decisions_;
  for (const auto& [id, standing] : what.cameras)
    if (const auto known = cameras_.find(id); known != cameras_.end())
      follow(known->second, what.t, standing.agrees);
  // While it is the same fire, every detection begins the pause anew.
  if (same_fire_)
    pauses_.back().second = std::max(pauses_.back().second, what.t + cooldown_s_);
  if (what.triggers())
    pauses_.emplace_back(what.t, what.t + cooldown_s_);
  same_fire_ = what.reason == decision_reason::same_fire && !pauses_.empty();
  if (what.triggers())
    triggers_.push_back(what);
  else if (holds_.size() < max_decisions)
    holds_.emplace_back(what.t, in_words(what));
}

double plot::x_of(double t) const {
  const auto span = std::max(1e-3, last_ - first_.value_or(0));
  return left + (t - first_.value_or(0)) / span * (width - left - right);
}

double plot::panel_height() const noexcept {
  return area_height + gap + strip_height + (by_evidence_ ? gap + strip_height : 0) + margin;
}

std::string plot::samples_of(const camera& c, double top) const {
  std::string result;
  for (const auto& x : c.samples) {
    const auto share = c.largest_area > 0 ? x.area / c.largest_area : 0;
    auto title = fmt::format("{}, {:.3f} % of the frame, confidence {:.2f}", moment_text(x.t),
                             x.area * 100, x.confidence);
    if (!x.dropped.empty())
      title = x.dropped + ": " + title;
    result += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" class=\"{}\"><title>{}</title></circle>\n",
        x_of(x.t), top + area_height * (1 - share), x.dropped.empty() ? "accepted" : "dropped",
        escaped(title));
  }
  return result;
}

std::string plot::strip_of(const camera& c, const strip& what, double top) const {
  const auto largest = std::max({what.largest, what.needed, 1.0}) * 1.05;
  const auto y_of = [&](double value) { return top + strip_height * (1 - value / largest); };
  std::string result
      = rectangle(left, top, width - left - right, strip_height, "frame")
        + text_at(left - 6, top + strip_height, "faint", "end", fmt::format("0{}", what.unit))
        + text_at(left - 6, top + 10, "faint", "end", fmt::format("{:.2f}{}", largest, what.unit));
  if (what.needed > 0)
    result += fmt::format("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" "
                          "class=\"needed\"><title>{:.2f}{} needed</title></line>\n",
                          left, width - right, y_of(what.needed), y_of(what.needed), what.needed,
                          what.unit);
  std::string points;
  const auto end_line = [&] {
    if (!points.empty())
      result += fmt::format("<polyline points=\"{}\" class=\"growth\"/>\n", points);
    points.clear();
  };
  for (const auto& x : c.samples) {
    if (x.*what.value > 0)
      points += fmt::format("{:.1f},{:.1f} ", x_of(x.t), y_of(x.*what.value));
    else
      end_line();
  }
  end_line();
  return result;
}

std::string plot::drawn(const std::string& id, const camera& c, double top) const {
  auto count = fmt::format("{} detections", c.seen);
  if (c.stride > 1)
    count += fmt::format(", every {}th is drawn", c.stride);
  std::string result = text_at(left, top - 5, "name", "start", id)
                       + text_at(width - right, top - 5, "faint", "end", count);
  const auto growth_top = top + area_height + gap;
  const auto height = panel_height() - margin;
  for (const auto& [begin, end] : c.agreed) {
    const auto until = c.agrees && &c.agreed.back().second == &end ? last_ : end;
    result += rectangle(x_of(begin), top, x_of(until) - x_of(begin), height, "agrees",
                        id + " agrees, " + moment_text(begin) + " to " + moment_text(until));
  }
  result += rectangle(left, top, width - left - right, area_height, "frame")
            + text_at(left - 6, top + area_height, "faint", "end", "0 %")
            + text_at(left - 6, top + 10, "faint", "end",
                      fmt::format("{:.3g} %", c.largest_area * 100));
  result += strip_of(c, c.growth, growth_top);
  if (by_evidence_)
    result += strip_of(c, c.evidence, growth_top + strip_height + gap);
  return result + samples_of(c, top);
}

std::string plot::axis(double top, double height) const {
  std::string result;
  if (!first_)
    return result;
  const auto step = tick_step(last_ - *first_);
  for (auto t = std::ceil(*first_ / step) * step; t <= last_; t += step)
    result += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" "
                          "class=\"frame\"/>\n",
                          x_of(t), top, top + height)
              + text_at(x_of(t), top + height + 14, "faint", "middle", tick_label(t, step));
  return result;
}

std::string plot::pauses(double top, double height) const {
  std::string result;
  for (const auto& [begin, end] : pauses_)
    result += rectangle(x_of(begin), top, x_of(std::min(end, last_)) - x_of(begin), height, "pause",
                        "pause after the trigger until " + moment_text(end));
  return result;
}

std::string plot::trigger_lines(double top, double height) const {
  std::string result;
  for (const auto& x : triggers_)
    result += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" "
                          "class=\"trigger\"><title>trigger {3}</title></line>\n",
                          x_of(x.t), top - 18, top + height,
                          escaped(x.trigger_id + ' ' + moment_text(x.t)));
  return result;
}

std::string plot::svg() const {
  const auto panels = std::min(cameras_.size(), max_cameras);
  const auto body = panel_height() * static_cast<double>(std::max<std::size_t>(panels, 1));
  std::string inside = pauses(head, body - 30) + axis(head, body - 30);
  auto top = head;
  std::size_t drawn_cameras = 0;
  for (const auto& [id, c] : cameras_) {
    if (drawn_cameras++ == panels)
      break;
    inside += drawn(id, c, top + 4);
    top += panel_height();
  }
  inside += trigger_lines(head, body - 30);

  std::vector<std::pair<double, std::string>> told;
  for (const auto& x : triggers_)
    if (told.size() < max_decisions)
      told.emplace_back(x.t, "TRIGGER " + x.trigger_id + ": " + in_words(x));
  for (const auto& x : holds_)
    if (told.size() < max_decisions)
      told.push_back(x);
  std::stable_sort(told.begin(), told.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  auto y = head + body + 25;
  const auto tell = [&](const std::string& line, const char* css) {
    inside += text_at(left, y, css, "start", line);
    y += line_height;
  };
  if (told.empty())
    tell("Nothing was decided.", "faint");
  for (const auto& [t, words] : told) {
    const bool bold = words.starts_with("TRIGGER");
    for (const auto& line :
         wrapped(moment_text(t) + "  " + words, bold ? bold_line_length : line_length))
      tell(line, bold ? "fire" : "");
  }
  if (decisions_ > told.size())
    tell(fmt::format("and {} decisions more", decisions_ - told.size()), "faint");
  if (cameras_.size() > panels)
    tell(fmt::format("and {} cameras more", cameras_.size() - panels), "faint");

  const auto height = y + 10;
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
                     "width=\"{0:.0f}\" height=\"{1:.0f}\">\n<title>{2}</title>\n",
                     width, height, escaped(title_))
         + style + text_at(left, 20, "name", "start", title_)
         + text_at(left, 38, "faint", "start",
                   first_ ? fmt::format("{} to {}. Above: area of each box, filled where it "
                                        "counts; below: growth{}, dashed what is needed.",
                                        moment_text(*first_), moment_text(last_),
                                        by_evidence_ ? ", then what it gathers by staying" : "")
                          : std::string{"no detections"})
         + text_at(width - right, 20, "faint", "end",
                   fmt::format("{} triggers; green: agrees, grey: pause", triggers_.size()))
         + inside + "</svg>\n";
}

std::string plot::html() const {
  return fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
                     "<meta name=\"color-scheme\" content=\"light dark\"/><title>{}</title>"
                     "<style>body{{margin:0}}svg{{max-width:100%;height:auto}}</style></head>\n"
                     "<body>\n{}</body></html>\n",
                     escaped(title_), svg());
}

} // namespace firefinder::replay
