#include "tests/chaos/tally.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace firefinder::chaos {

namespace {

std::string spread(std::vector<double> values) {
  if (values.empty())
    return "none";
  std::sort(values.begin(), values.end());
  return fmt::format("{:.3f} s median, {:.3f} s longest", values[values.size() / 2], values.back());
}

std::string rows(const std::map<std::string, std::vector<std::uint64_t>>& kinds) {
  std::string text;
  for (const auto& [kind, seeds] : kinds)
    text += fmt::format("    {:<34} {:>4}   seed{} {}\n", kind, seeds.size(),
                        seeds.size() == 1 ? "" : "s", fmt::join(seeds, " "));
  return text;
}

void note(std::vector<std::uint64_t>& seeds, std::uint64_t seed) {
  if (seeds.empty() || seeds.back() != seed)
    seeds.push_back(seed);
}

} // namespace

void tally::add(const plan& p, const outcome& o) {
  ++rounds_;
  if (!o.kept_every_promise())
    ++bad_rounds_;
  delivered_ += o.delivered;
  reported_ += o.reported;
  for (const auto& [what, times] : o.injected)
    injected_[what] += times;
  latencies_.insert(latencies_.end(), o.latencies.begin(), o.latencies.end());
  if (o.stop_s > 0)
    stops_.push_back(o.stop_s);
  rounds_took_.push_back(o.took_s);
  most_memory_ = std::max(most_memory_, o.resident_bytes);
  for (const auto& f : o.findings)
    note((f.violation ? violations_ : remarks_)[f.kind], p.seed);
}

void tally::add_failure(const plan& p, const std::string& why) {
  ++rounds_;
  ++bad_rounds_;
  note(violations_["the test itself: " + why], p.seed);
}

std::string tally::table(const std::string& how_to_repeat) const {
  auto text = fmt::format("\n  rounds                {} ({} kept every promise)\n", rounds_,
                          rounds_ - bad_rounds_);
  text += "  faults injected\n";
  for (const auto& k : fault_kinds())
    if (const auto found = injected_.find(k.what); found != injected_.end())
      text += fmt::format("    {:<16} {:>5}   {}\n", k.name, found->second, k.about);
  text += fmt::format("  triggers delivered    {}\n", delivered_);
  text += fmt::format("  reported as missed    {}\n", reported_);
  text += fmt::format("  decision to delivery  {}\n", spread(latencies_));
  text += fmt::format("  SIGTERM to the end    {}\n", spread(stops_));
  text += fmt::format("  a round               {}\n", spread(rounds_took_));
  text += fmt::format("  resident at most      {} MiB\n", most_memory_ >> 20U);
  if (!remarks_.empty())
    text += "  not to be blamed on the daemon\n" + rows(remarks_);
  if (violations_.empty())
    return text + "  violations            none\n";
  text += "  VIOLATIONS\n" + rows(violations_);
  return text + fmt::format("  repeat one: {} --seed SEED --rounds 1 --verbose\n", how_to_repeat);
}

} // namespace firefinder::chaos
