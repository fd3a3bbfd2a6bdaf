#include "actors/web/metrics.hpp"

#include "messages/histogram.hpp"
#include "messages/text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>
#include <vector>

namespace firefinder {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using labels = std::vector<ClientMetric::Label>;

// Longest value of a label, in characters.
constexpr std::size_t max_label = 200;

// The families in the order in which they were begun.
class page {
public:
  void begin(const char* name, MetricType type, const char* help) {
    families_.push_back({name, help, type, {}});
  }

  void add(double value, labels what = {}) {
    auto& family = families_.back();
    ClientMetric metric;
    metric.label = std::move(what);
    if (family.type == MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
  }

  void gauge(const char* name, const char* help, double value) {
    begin(name, MetricType::Gauge, help);
    add(value);
  }

  void counter(const char* name, const char* help, double value) {
    begin(name, MetricType::Counter, help);
    add(value);
  }

  void histogram(const char* name, const char* help, const duration_histogram& x) {
    begin(name, MetricType::Histogram, help);
    ClientMetric metric;
    auto& to = metric.histogram;
    for (std::size_t i = 0; i <= duration_bounds.size(); ++i) {
      to.sample_count += i < x.counts.size() ? x.counts[i] : 0;
      const auto bound = i < duration_bounds.size() ? duration_bounds[i]
                                                    : std::numeric_limits<double>::infinity();
      to.bucket.push_back({to.sample_count, bound});
    }
    to.sample_sum = x.sum_s;
    families_.back().metric.push_back(std::move(metric));
  }

  [[nodiscard]] std::string text() {
    // A family without a member is none.
    std::erase_if(families_, [](const MetricFamily& x) { return x.metric.empty(); });
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families_);
    return out.str();
  }

private:
  std::vector<MetricFamily> families_;
};

double as_double(std::uint64_t x) { return static_cast<double>(x); }

labels one(const char* name, const std::string& value) {
  return {{name, shown_text(value, max_label)}};
}

void add_cameras(page& to, const picture& house, unix_seconds now) {
  const auto cameras = house.known_cameras();
  const auto count = [&](auto&& predicate) {
    return static_cast<double>(std::ranges::count_if(cameras, predicate));
  };
  to.begin("firefinder_cameras", MetricType::Gauge, "Cameras, by what they do.");
  to.add(count([](const known_camera& x) { return x.online; }), one("state", "online"));
  to.add(count([](const known_camera& x) { return !x.online; }), one("state", "offline"));
  to.add(house.house().cameras_detecting, one("state", "detecting"));
  to.add(count([](const known_camera& x) { return x.agrees; }), one("state", "agreeing"));
  to.add(count([](const known_camera& x) { return !x.enabled; }), one("state", "disabled"));
  const auto told = std::min(cameras.size(), max_cameras_one_by_one);
  to.gauge("firefinder_cameras_untold", "Cameras that are not told of one by one.",
           as_double(cameras.size() - told));
  const auto each = [&](const char* name, MetricType type, const char* help, auto&& value) {
    to.begin(name, type, help);
    for (std::size_t i = 0; i < told; ++i)
      to.add(value(cameras[i]), one("camera", cameras[i].key));
  };
  each("firefinder_camera_online", MetricType::Gauge, "Whether the camera is online.",
       [](const known_camera& x) { return x.online ? 1.0 : 0.0; });
  each("firefinder_camera_blind_seconds", MetricType::Gauge,
       "How long the camera has been silent; 0: it is online, or nobody waits for it.",
       [now](const known_camera& x) {
         return x.blind_since > 0 ? std::max(0.0, now - x.blind_since) : 0.0;
       });
  each("firefinder_camera_detections_total", MetricType::Counter,
       "Detections of the camera that counted.",
       [](const known_camera& x) { return as_double(x.detections); });
}

void add_link(page& to, const link_figures& x) {
  to.counter("firefinder_messages_received_total", "Messages from the broker.",
             as_double(x.received));
  to.counter("firefinder_messages_shed_total",
             "Messages from the broker that were turned away because too many were under way.",
             as_double(x.shed));
  to.gauge("firefinder_durable_pending",
           "Publications that are kept until the broker has acknowledged them.",
           as_double(x.durable_pending));
  to.begin("firefinder_publications_dropped_total", MetricType::Counter,
           "Publications that were dropped, by reason.");
  to.add(as_double(x.dropped_live), one("reason", "link_down"));
}

void add_consensus(page& to, const consensus_figures& x) {
  to.counter("firefinder_detections_accepted_total", "Detections that counted.",
             as_double(x.trackers.accepted));
  to.begin("firefinder_detections_dropped_total", MetricType::Counter,
           "Detections and messages that did not count, by reason.");
  for (const auto& [reason, count] : x.trackers.dropped)
    to.add(as_double(count), one("reason", reason));
  to.begin("firefinder_decisions_total", MetricType::Counter,
           "Decisions, also those not to trigger, by reason.");
  for (const auto& [reason, count] : x.decisions)
    to.add(as_double(count), one("reason", reason));
  to.begin("firefinder_triggers_total", MetricType::Counter, "Triggers, by what became of them.");
  to.add(as_double(x.triggers_decided), one("outcome", "decided"));
  to.add(as_double(x.triggers_delivered), one("outcome", "delivered"));
  to.add(as_double(x.triggers_missed), one("outcome", "expired"));
  to.gauge("firefinder_triggers_pending", "Triggers that the broker has not acknowledged.",
           as_double(x.triggers_pending));
  to.histogram("firefinder_trigger_delivery_seconds",
               "From the decision of a trigger until the broker has acknowledged it.",
               x.deliveries);
}

void add_store(page& to, const std::optional<store_figures>& x) {
  to.gauge("firefinder_store_up", "Whether the store answers and can write.",
           x && x->problem.empty() ? 1 : 0);
  if (!x)
    return;
  to.gauge("firefinder_store_bytes", "Size of the store's files.", as_double(x->bytes));
  to.histogram("firefinder_store_write_seconds", "How long writes to the store take.", x->writes);
}

void add_mailboxes(page& to, const scraped_figures& x) {
  to.begin("firefinder_mailbox_messages", MetricType::Gauge, "Messages that wait for an actor.");
  if (x.link)
    to.add(as_double(x.link->mailbox), one("actor", "connection"));
  if (x.consensus)
    to.add(as_double(x.consensus->mailbox), one("actor", "consensus"));
  if (x.store)
    to.add(as_double(x.store->mailbox), one("actor", "store"));
  to.add(as_double(x.mailbox), one("actor", "web"));
}

void add_problems(page& to, const picture& house) {
  const auto all = house.problems();
  const auto troubles = std::ranges::count_if(all, &problem::trouble);
  to.begin("firefinder_problems", MetricType::Gauge,
           "What is wrong (trouble: an alarm may be lost) or worth knowing (notice).");
  to.add(static_cast<double>(troubles), one("severity", "trouble"));
  to.add(static_cast<double>(std::ssize(all) - troubles), one("severity", "notice"));
}

} // namespace

process_figures read_process_figures() {
  process_figures result;
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0) {
    const auto seconds = [](const timeval& x) {
      return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
    };
    result.cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime);
  }
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  const auto page_bytes = sysconf(_SC_PAGESIZE);
  if (std::ifstream{"/proc/self/statm"} >> size >> resident && page_bytes > 0)
    result.resident_bytes = resident * static_cast<std::uint64_t>(page_bytes);
  return result;
}

std::string metrics_text(const web_settings& settings, const picture& house,
                         const scraped_figures& x) {
  page to;
  to.begin("firefinder_info", MetricType::Gauge, "What runs; always 1.");
  to.add(1,
         {{"version", settings.version}, {"instance", shown_text(settings.instance, max_label)}});
  to.gauge("firefinder_start_time_seconds", "When the daemon started, in unix seconds.",
           settings.started_at);
  to.gauge("firefinder_link_up", "Whether there is a link to the broker.", house.is_linked());
  to.counter("firefinder_link_reconnects_total", "Links to the broker that were made again.",
             as_double(house.reconnects()));
  if (x.link)
    add_link(to, *x.link);
  add_cameras(to, house, x.now);
  to.gauge("firefinder_agreeing_cameras", "Cameras that agree; those of one witness count once.",
           house.house().agreeing);
  to.gauge("firefinder_threshold_cameras", "Cameras that must agree.", house.house().threshold);
  to.gauge("firefinder_armed", "Whether triggers are published.", house.house().armed);
  to.gauge("firefinder_alarm_active", "Whether there is an alarm that is not reset.",
           house.alarm().active);
  add_problems(to, house);
  if (x.consensus)
    add_consensus(to, *x.consensus);
  add_store(to, x.store);
  add_mailboxes(to, x);
  if (const auto& drill = house.drill()) {
    to.gauge("firefinder_drill_passed", "Whether the last drill passed.", drill->passed);
    to.gauge("firefinder_drill_time_seconds", "When the last drill began, in unix seconds.",
             drill->at);
    to.gauge("firefinder_drill_delay_seconds",
             "From the first detection of the last drill to its end.", drill->delay_s);
  }
  to.gauge("firefinder_event_streams", "Streams of events that are open.", as_double(x.streams));
  to.gauge("firefinder_scrape_unanswered", "Actors that did not answer this scrape in time.",
           x.unanswered);
  to.gauge("process_resident_memory_bytes", "Resident memory.",
           as_double(x.process.resident_bytes));
  to.counter("process_cpu_seconds_total", "Processor time used, user and system.", x.process.cpu_s);
  to.gauge("process_start_time_seconds", "When the process started, in unix seconds.",
           settings.started_at);
  return to.text();
}

} // namespace firefinder
