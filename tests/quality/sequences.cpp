#include "tests/quality/sequences.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace firefinder::quality {

namespace {

/// Rows of a CSV file whose fields hold neither quotes nor commas, by column name.
class table {
public:
  explicit table(const std::filesystem::path& path) : name_(path.string()), in_(path) {
    std::string line;
    if (!std::getline(in_, line))
      throw std::runtime_error("cannot read " + name_);
    split(line);
    for (std::size_t i = 0; i < fields_.size(); ++i)
      columns_[fields_[i]] = i;
  }

  bool next() {
    std::string line;
    if (!std::getline(in_, line))
      return false;
    split(line);
    if (fields_.size() != columns_.size())
      throw std::runtime_error(name_ + ": a row has not the columns of the header: " + line);
    return true;
  }

  [[nodiscard]] const std::string& text(const std::string& column) const {
    const auto i = columns_.find(column);
    if (i == columns_.end())
      throw std::runtime_error(name_ + " has no column " + column);
    return fields_.at(i->second);
  }

  [[nodiscard]] double number(const std::string& column) const {
    const auto& field = text(column);
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc{} || end != field.data() + field.size())
      throw std::runtime_error(name_ + ": no number in column " + column + ": " + field);
    return value;
  }

private:
  void split(std::string_view line) {
    fields_.clear();
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    for (;;) {
      const auto comma = line.find(',');
      fields_.emplace_back(line.substr(0, comma));
      if (comma == std::string_view::npos)
        return;
      line.remove_prefix(comma + 1);
    }
  }

  std::string name_;
  std::ifstream in_;
  std::map<std::string, std::size_t> columns_;
  std::vector<std::string> fields_;
};

/// Local time is taken as if it were UTC: only differences matter.
double unix_time(const std::string& iso) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (std::sscanf(iso.c_str(), "%d-%u-%uT%d:%d:%d", &year, &month, &day, &hour, &minute, &second)
      != 6)
    throw std::runtime_error("no time: " + iso);
  const std::chrono::sys_days date
      = std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
  return static_cast<double>(date.time_since_epoch().count()) * 86400 + hour * 3600 + minute * 60
         + second;
}

/// The last element, which is made when its name is another.
template <class T>
T& named(std::vector<T>& list, std::string T::*name, const std::string& value) {
  const auto i
      = std::find_if(list.begin(), list.end(), [&](const T& x) { return x.*name == value; });
  if (i != list.end())
    return *i;
  list.emplace_back();
  list.back().*name = value;
  return list.back();
}

} // namespace

double overlap(const box& a, const box& b) noexcept {
  const double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const double height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  if (width <= 0 || height <= 0)
    return 0;
  const double both = width * height;
  return both / (a.area() + b.area() - both);
}

std::vector<scene> read_figlib(const std::filesystem::path& csv, double confidence) {
  std::vector<scene> result;
  for (table rows{csv}; rows.next();) {
    auto& event = named(result, &scene::name, rows.text("event"));
    auto& camera = named(event.cameras, &sequence::camera, rows.text("camera"));
    event.label = truth::fire;
    frame x{rows.number("unix_time"), {}};
    const double ignition = x.t - rows.number("offset_s");
    event.ignition = event.ignition == 0 ? ignition : std::min(event.ignition, ignition);
    if (!rows.text("x1").empty())
      x.boxes.push_back(
          {rows.number("x1"), rows.number("y1"), rows.number("x2"), rows.number("y2"), confidence});
    camera.frames.push_back(std::move(x));
  }
  for (auto& event : result)
    for (auto& camera : event.cameras) {
      std::stable_sort(camera.frames.begin(), camera.frames.end(),
                       [](const frame& a, const frame& b) { return a.t < b.t; });
      double right = 0;
      for (const auto& f : camera.frames)
        for (const auto& b : f.boxes)
          right = std::max(right, b.x2);
      // The source does not tell the size of its frames: older cameras have 2048 x 1536.
      const double width = right <= 2048 ? 2048 : 3072;
      const double height = right <= 2048 ? 1536 : 2048;
      for (auto& f : camera.frames)
        for (auto& b : f.boxes)
          b = {b.x1 / width, b.y1 / height, b.x2 / width, b.y2 / height, b.confidence};
    }
  return result;
}

std::vector<scene> read_detector(const std::filesystem::path& csv) {
  std::vector<scene> result;
  std::map<std::string, std::size_t> known;
  for (table rows{csv}; rows.next();) {
    const auto [i, is_new] = known.try_emplace(rows.text("seq_id"), result.size());
    if (is_new)
      result.push_back({rows.text("seq_id"), truth::unknown, 0, {{rows.text("camera"), {}}}});
    auto& x = result[i->second];
    if (rows.text("truth") == "1")
      x.label = truth::fire;
    else if (rows.text("truth") == "0" && x.label == truth::unknown)
      x.label = truth::no_fire;
    auto& frames = x.cameras.front().frames;
    const double t = unix_time(rows.text("time"));
    if (frames.empty() || frames.back().t != t)
      frames.push_back({t, {}});
    if (!rows.text("x1").empty())
      frames.back().boxes.push_back({rows.number("x1"), rows.number("y1"), rows.number("x2"),
                                     rows.number("y2"), rows.number("conf")});
  }
  return result;
}

std::vector<scene> single_cameras(const std::vector<scene>& scenes) {
  std::vector<scene> result;
  for (const auto& s : scenes)
    for (const auto& c : s.cameras)
      result.push_back({s.name + '/' + c.camera, s.label, s.ignition, {c}});
  return result;
}

std::vector<scene> seen_by_two(const std::vector<scene>& scenes) {
  std::vector<scene> result;
  for (const auto& s : scenes)
    if (std::count_if(s.cameras.begin(), s.cameras.end(),
                      [](const sequence& c) { return first_box(c) < c.frames.size(); })
        >= 2)
      result.push_back(s);
  return result;
}

std::size_t first_box(const sequence& x) {
  return static_cast<std::size_t>(std::find_if(x.frames.begin(), x.frames.end(),
                                               [](const frame& f) { return !f.boxes.empty(); })
                                  - x.frames.begin());
}

} // namespace firefinder::quality
