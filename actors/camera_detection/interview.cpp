#include "actors/camera_detection/interview.hpp"

#include "actors/camera_detection/challenge.hpp"
#include "actors/camera_detection/device_text.hpp"
#include "actors/camera_detection/device_url.hpp"
#include "actors/camera_detection/onvif.hpp"
#include "actors/camera_detection/rtsp_paths.hpp"
#include "actors/camera_detection/sdp.hpp"
#include "actors/camera_detection/username_token.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace firefinder {

namespace {

// Questions to one device, all in all.
constexpr int max_questions = 64;
constexpr std::size_t max_services = 4;
constexpr std::size_t max_ports = 8;
constexpr std::size_t max_name_bytes = 64;
constexpr std::size_t max_reason_bytes = 200;
constexpr std::size_t max_hint_bytes = 1'024;
constexpr std::size_t max_macs = 16;
// So many streams are described when one was: the others are as ONVIF tells them.
constexpr std::size_t max_described = 4;

constexpr std::uint32_t status_ok = 200;
constexpr std::uint32_t status_unauthorized = 401;
constexpr std::uint32_t status_forbidden = 403;
constexpr std::uint32_t status_not_found = 404;

constexpr auto needs_basic = "it shows passwords to everybody on the way (Basic), which "
                             "camera_detection.allow_basic would permit";
constexpr auto unknown_digest = "its way to log in (Digest) is one that we do not know";

// What is to be asked.
enum class task : std::uint8_t {
  clock,
  identity,
  services,
  capabilities,
  interfaces,
  profiles,
  stream_uri,
  options,
  /// Asks for nothing but the log-in prompt.
  prompt,
  /// One of the streams that ONVIF told of, or a path that is tried.
  describe,
};

bool is_soap(task x) { return x < task::options; }

onvif_call call_of(task x) {
  switch (x) {
  case task::identity:
    return onvif_call::device_information;
  case task::services:
    return onvif_call::services;
  case task::capabilities:
    return onvif_call::capabilities;
  case task::interfaces:
    return onvif_call::network_interfaces;
  case task::profiles:
    return onvif_call::profiles;
  case task::stream_uri:
    return onvif_call::stream_uri;
  default:
    return onvif_call::system_date_and_time;
  }
}

// How a log-in is shown by SOAP.
enum class soap_login : std::uint8_t { none, token, digest, basic };

// What is known of the credential at hand.
enum class standing : std::uint8_t { none, trying, proven };

// What an answer is, as far as log-ins are concerned.
enum class verdict : std::uint8_t { content, login, clock, locked, forbidden, failed };

// A question that can be put again.
struct inquiry {
  task what = task::clock;
  std::string url;
  std::string profile;
};

struct draft {
  camera_stream stream;
  bool tried = false;
  bool described = false;
};

bool says_locked(std::string_view text) {
  const auto words = lower_case(text.substr(0, 4'096));
  return (words.find("locked") != std::string::npos && words.find("unlocked") == std::string::npos)
         || words.find(">lock<") != std::string::npos;
}

bool offers(const std::vector<login_challenge>& all, std::string_view scheme) {
  return std::any_of(all.begin(), all.end(),
                     [scheme](const login_challenge& x) { return x.scheme == scheme; });
}

// Name of a stream as a key: in lower case, with `_` for spaces.
std::string key_of(std::string_view name) {
  auto key = lower_case(foreign_text(name, max_name_bytes));
  std::replace(key.begin(), key.end(), ' ', '_');
  return key;
}

bool is_any(std::string_view x, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), x) != all.end();
}

bool names_main(std::string_view key) {
  return key.starts_with("main") || is_any(key, {"high", "profile_1", "stream1"});
}

bool names_sub(std::string_view key) {
  return key.starts_with("sub") || is_any(key, {"low", "profile_2", "stream2"});
}

std::uint64_t pixels(const camera_stream& x) { return std::uint64_t{x.width} * x.height; }

// Puts the main stream first and the smaller one for it second, and names them so.
void name_streams(std::vector<draft>& all) {
  if (all.empty())
    return;
  const auto front = [&all](std::size_t place, auto better, auto named) {
    auto best = all.begin() + static_cast<std::ptrdiff_t>(place);
    const auto by_name
        = std::find_if(best, all.end(), [&](const draft& x) { return named(x.stream.name); });
    if (by_name != all.end())
      best = by_name;
    else
      for (auto x = best; x != all.end(); ++x)
        if (better(pixels(x->stream), pixels(best->stream)))
          best = x;
    std::rotate(all.begin() + static_cast<std::ptrdiff_t>(place), best, best + 1);
  };
  front(0, std::greater<>{}, names_main);
  all[0].stream.name = "main";
  if (all.size() > 1) {
    // Sizes that are not known say nothing.
    const auto smaller = [](std::uint64_t x, std::uint64_t y) { return x != 0 && x < y; };
    front(1, smaller, names_sub);
    all[1].stream.name = "sub";
  }
  std::set<std::string> taken{"main", "sub"};
  for (std::size_t i = 2; i < all.size(); ++i) {
    auto& name = all[i].stream.name;
    if (name.empty())
      name = "stream_" + std::to_string(i + 1);
    const auto wanted = name;
    for (int n = 2; !taken.insert(name).second; ++n)
      name = wanted + "_" + std::to_string(n);
  }
}

std::string why_not(const device_answer& x) {
  if (x.failure != device_failure::none)
    return x.why.empty() ? to_string(x.failure) : foreign_text(x.why, max_reason_bytes);
  return "it answers with status " + std::to_string(x.code);
}

} // namespace

struct interview::conversation {
  interview_subject subject;
  device_report report;
  step state = step::ask;
  inquiry now;
  int asked = 0;

  // -- ONVIF
  std::vector<std::string> services;
  std::size_t service = 0;
  std::string media;
  soap_login soap = soap_login::none;
  // The clock was asked a second time, because the device did not like our moment.
  bool clock_again = false;
  std::optional<inquiry> after_clock;
  std::vector<draft> streams;
  std::size_t stream = 0;

  // -- RTSP
  std::vector<std::uint16_t> ports;
  std::size_t port = 0;
  login_scheme rtsp = login_scheme::digest;
  // Paths are tried, as nobody tells them.
  bool searching = false;
  std::set<std::string> tried;
  // A path was unknown to it before it asked for a log-in.
  bool tells_paths = false;
  // Looks for the smaller stream beside the one that was found.
  bool for_sub = false;
  bool prompted = false;
  std::string hints;

  // -- the log-in
  camera_credential credential;
  standing credential_is = standing::none;
  bool rtsp_accepted = false;
  inquiry proof;
  std::optional<inquiry> verified;
  std::optional<inquiry> after_prompt;
  std::string last_problem;

  explicit conversation(interview_subject x) : subject(std::move(x)) {
    add_hint(subject.manufacturer);
    for (const auto& one : subject.services)
      add_service(one);
    for (const auto one : subject.rtsp_ports)
      add_port(one);
    for (const auto& one : subject.known_streams)
      if (const auto url = parse_device_url(one.url); url && url->scheme == "rtsp")
        add_port(url->effective_port());
    if (services.empty() && ports.empty())
      add_port(554);
    if (services.empty())
      begin_port();
    else
      ask(task::clock, services[0]);
  }

  void add_hint(std::string_view text) {
    if (hints.size() < max_hint_bytes)
      hints += ' ' + foreign_text(text, 128);
  }

  // What the device says of its own address is not asked: it is where it was heard.
  std::optional<device_url> moved(std::string_view address) const {
    auto url = parse_device_url(address);
    if (url)
      url->host = subject.address;
    return url;
  }

  void add_service(std::string_view address) {
    const auto url = moved(address);
    if (!url || url->scheme == "rtsp" || services.size() == max_services)
      return;
    auto text = to_string(*url);
    if (std::find(services.begin(), services.end(), text) != services.end())
      return;
    // One that names the address it spoke from is the one that is meant for us.
    const auto told = parse_device_url(address);
    services.insert(told->host == subject.address ? services.begin() : services.end(),
                    std::move(text));
  }

  void add_port(std::uint16_t x) {
    if (x != 0 && ports.size() < max_ports
        && std::find(ports.begin(), ports.end(), x) == ports.end())
      ports.push_back(x);
  }

  std::string rtsp_url(const std::string& path) const {
    const auto number = ports[port];
    return to_string(
        device_url{"rtsp", subject.address, number == 554 ? std::uint16_t{0} : number, path});
  }

  void ask(task what, std::string url, std::string profile = {}) {
    if (asked >= max_questions) {
      last_problem = "it was asked too much";
      finish();
      return;
    }
    state = step::ask;
    now = {what, std::move(url), std::move(profile)};
  }

  void ask_again(const inquiry& x) { ask(x.what, x.url, x.profile); }

  // -- the questions and answers ----------------------------------------------------------

  [[nodiscard]] device_question question(unix_seconds moment, const std::string& nonce) const {
    device_question x;
    if (state != step::ask)
      return x;
    x.url = now.url;
    x.deadline = subject.deadline;
    const bool shown = credential_is != standing::none;
    if (!is_soap(now.what)) {
      x.protocol = now.what == task::options ? device_protocol::rtsp_options
                                             : device_protocol::rtsp_describe;
      if (shown && now.what == task::describe)
        x.scheme = rtsp;
    } else {
      const auto call = call_of(now.what);
      x.protocol = device_protocol::soap;
      x.action = onvif_action(call);
      const bool signs = shown && now.what != task::clock;
      const bool token = signs && soap == soap_login::token;
      x.body = onvif_request(call,
                             token ? username_token(credential.user, credential.password, nonce,
                                                    moment + report.clock_ahead_s)
                                   : std::string{},
                             now.profile);
      if (signs && soap == soap_login::digest)
        x.scheme = login_scheme::digest;
      if (signs && soap == soap_login::basic)
        x.scheme = login_scheme::basic;
    }
    if (x.scheme != login_scheme::none) {
      x.user = credential.user;
      x.password = credential.password;
    }
    return x;
  }

  // Whether the question at hand showed the credential.
  [[nodiscard]] bool showed_it(const device_answer& x) const {
    if (credential_is == standing::none || now.what == task::clock)
      return false;
    return is_soap(now.what) && soap == soap_login::token ? true : x.logged_in;
  }

  [[nodiscard]] verdict judge(const device_answer& x, const onvif_message& message) const {
    if (x.failure != device_failure::none)
      return verdict::failed;
    if (is_soap(now.what))
      if (const auto fault = message.fault()) {
        if (fault->locked)
          return verdict::locked;
        if (fault->clock)
          return verdict::clock;
        return fault->authorization ? verdict::login : verdict::content;
      }
    if (x.code == status_unauthorized)
      return says_locked(x.body) ? verdict::locked : verdict::login;
    if (x.code == status_forbidden)
      return says_locked(x.body) ? verdict::locked : verdict::forbidden;
    return verdict::content;
  }

  std::optional<login_result> answer(const device_answer& x, unix_seconds moment) {
    if (state != step::ask)
      return std::nullopt;
    ++asked;
    if (x.code != 0 && x.failure != device_failure::too_large)
      report.answered = true;
    const onvif_message message{is_soap(now.what) && x.failure == device_failure::none
                                    ? std::string_view{x.body}
                                    : std::string_view{}};
    if (!is_soap(now.what) && x.failure == device_failure::none) {
      report.rtsp = true;
      add_hint(x.server);
    }
    const auto challenges = challenges_in(x.challenges);
    hear_realm(challenges);
    const auto what = judge(x, message);
    if (now.what == task::clock) {
      on_clock(x, message, challenges, moment);
      return std::nullopt;
    }
    if (now.what == task::options) {
      if (x.failure == device_failure::none)
        next_path();
      else
        on_no_rtsp(x);
      return std::nullopt;
    }
    if (now.what == task::prompt) {
      now = *std::exchange(after_prompt, std::nullopt);
      state = step::log_in;
      return std::nullopt;
    }
    if (verified)
      return on_verified(what);
    switch (what) {
    case verdict::login:
      return on_login(x, message, challenges);
    case verdict::clock:
      return on_time_refused(message);
    case verdict::locked:
      return on_locked(showed_it(x));
    case verdict::forbidden:
      if (credential_is == standing::trying && showed_it(x))
        return on_locked(true);
      break;
    case verdict::failed:
    case verdict::content:
      break;
    }
    std::optional<login_result> result;
    if (credential_is == standing::trying && showed_it(x)) {
      if (!proves(x, message)) {
        // Whether it liked the password is not known, and trying again might cost a log-in.
        last_problem = "asked with a password, " + why_not(x);
        finish();
        return std::nullopt;
      }
      credential_is = standing::proven;
      proof = now;
      result = login_result::accepted;
    }
    if (!is_soap(now.what) && credential_is == standing::proven && x.logged_in)
      rtsp_accepted = true;
    take(x, message);
    return result;
  }

  // Whether this answer, which does not speak of log-ins, is one that only the right
  // password gets.
  [[nodiscard]] bool proves(const device_answer& x, const onvif_message& message) const {
    if (x.failure != device_failure::none)
      return false;
    if (is_soap(now.what))
      return message.valid();
    return x.code / 100 == 2 || x.code / 100 == 4;
  }

  void hear_realm(const std::vector<login_challenge>& challenges) {
    for (const auto& one : challenges) {
      if (one.realm.empty())
        continue;
      if (report.realm.empty())
        report.realm = one.realm;
      add_hint(one.realm);
      const auto facts = facts_in_realm(one.realm);
      add_mac(facts.mac);
      if (report.serial_number.empty())
        report.serial_number = facts.serial_number;
      return;
    }
  }

  void add_mac(const std::string& mac) {
    auto& all = report.macs;
    if (!mac.empty() && all.size() < max_macs
        && std::find(all.begin(), all.end(), mac) == all.end())
      all.push_back(mac);
  }

  // -- the log-in ---------------------------------------------------------------------------

  std::optional<login_result> on_login(const device_answer& x, const onvif_message& message,
                                       const std::vector<login_challenge>& challenges) {
    const bool was_shown = showed_it(x);
    if (was_shown && credential_is == standing::proven) {
      // Either this alone is not for us, or the device has closed the door. What was
      // answered before tells.
      verified = now;
      ask_again(proof);
      return std::nullopt;
    }
    if (was_shown) {
      credential_is = standing::none;
      state = step::log_in;
      return login_result::refused;
    }
    if (!choose_scheme(message, challenges))
      return std::nullopt;
    if (credential_is != standing::none) {
      // It has not seen it yet: this protocol did not ask for one so far.
      ask_again(now);
      return std::nullopt;
    }
    if (is_soap(now.what) && report.realm.empty() && !prompted && !ports.empty()) {
      // Its RTSP prompt may tell what it is, and so which password is for it.
      prompted = true;
      after_prompt = now;
      ask(task::prompt, rtsp_url(best_path().value_or("/")));
      return std::nullopt;
    }
    if (searching && !tells_paths && !for_sub) {
      // Any path would have got this answer: the log-in goes to the likeliest.
      tried.erase(path_of(now.url));
      if (const auto path = best_path()) {
        tried.insert(*path);
        now.url = rtsp_url(*path);
      }
    }
    state = step::log_in;
    return std::nullopt;
  }

  static std::string path_of(const std::string& url) {
    const auto parts = parse_device_url(url);
    return parts ? parts->path : std::string{};
  }

  // By what it offers; false: by nothing that we may use, and the talk went on elsewhere.
  bool choose_scheme(const onvif_message& message, const std::vector<login_challenge>& challenges) {
    const bool digest = offers(challenges, "digest");
    const bool basic = offers(challenges, "basic");
    // It had the chance to be shown the credential by Digest, and the client knew no way.
    const bool had = credential_is != standing::none;
    if (is_soap(now.what)) {
      const auto before = soap;
      if (digest)
        soap = soap_login::digest;
      else if (basic && !message.valid())
        soap = soap_login::basic;
      else
        soap = soap_login::token;
      if (had && soap == before) {
        fail(camera_condition::auth_required, unknown_digest);
        finish();
        return false;
      }
      if (soap != soap_login::basic || subject.allow_basic)
        return true;
      fail(camera_condition::auth_required, needs_basic);
      if (!searching && !ports.empty())
        begin_port();
      else
        finish();
      return false;
    }
    if (digest && !had) {
      rtsp = login_scheme::digest;
      return true;
    }
    if (basic && !digest && subject.allow_basic && (!had || rtsp != login_scheme::basic)) {
      rtsp = login_scheme::basic;
      return true;
    }
    fail(camera_condition::auth_required, digest  ? unknown_digest
                                          : basic ? needs_basic
                                                  : "it offers no way to log in that we know");
    finish();
    return false;
  }

  std::optional<login_result> on_time_refused(const onvif_message& message) {
    if (clock_again || credential_is == standing::none) {
      fail(camera_condition::auth_required,
           "its clock refuses our log-in: " + message.fault().value_or(onvif_fault{}).reason);
      finish();
      return std::nullopt;
    }
    clock_again = true;
    after_clock = now;
    ask(task::clock, services[service]);
    return std::nullopt;
  }

  std::optional<login_result> on_locked(bool was_shown) {
    fail(camera_condition::auth_locked, "it takes no log-in for a while");
    finish();
    return was_shown ? std::optional{login_result::locked} : std::nullopt;
  }

  // What was answered before was asked again, after a refusal.
  std::optional<login_result> on_verified(verdict what) {
    const auto refused = *std::exchange(verified, std::nullopt);
    if (what == verdict::login || what == verdict::locked || what == verdict::forbidden)
      return on_locked(true);
    now = refused;
    if (what == verdict::content && !is_soap(now.what) && !rtsp_accepted && is_soap(proof.what)) {
      // Its RTSP server has accounts of its own.
      credential_is = standing::none;
      state = step::log_in;
      return login_result::refused;
    }
    last_problem = "it takes the password, and not for this";
    device_answer nothing;
    nothing.code = status_unauthorized;
    if (searching)
      // Another path might cost another log-in.
      finish();
    else
      take(nothing, onvif_message{{}});
    return std::nullopt;
  }

  void log_in(const camera_credential& with) {
    if (state != step::log_in)
      return;
    if (asked >= max_questions) {
      fail(camera_condition::auth_failed, "it refuses every password");
      finish();
      return;
    }
    credential = with;
    credential_is = standing::trying;
    state = step::ask;
  }

  // -- ONVIF --------------------------------------------------------------------------------

  void on_clock(const device_answer& x, const onvif_message& message,
                const std::vector<login_challenge>& challenges, unix_seconds moment) {
    const auto fault = message.fault();
    const bool wants_login = x.failure == device_failure::none
                             && (x.code == status_unauthorized || (fault && fault->authorization));
    if (const auto told = message.clock()) {
      report.clock_ahead_s = *told - (moment - to_seconds(x.took) / 2);
    }
    if (after_clock) {
      ask_again(*std::exchange(after_clock, std::nullopt));
      return;
    }
    if (message.clock() || fault || (wants_login && (message.valid() || !challenges.empty()))) {
      report.onvif = true;
      ask(task::identity, services[service]);
      return;
    }
    last_problem = x.failure != device_failure::none ? why_not(x) : "it speaks no ONVIF";
    if (++service < services.size())
      ask(task::clock, services[service]);
    else if (!ports.empty())
      begin_port();
    else
      finish();
  }

  void take(const device_answer& x, const onvif_message& message) {
    switch (now.what) {
    case task::identity:
      if (const auto told = message.identity())
        take_identity(*told);
      ask(task::services, services[service]);
      return;
    case task::services:
    case task::capabilities:
      take_service(message.media_service());
      return;
    case task::interfaces:
      if (const auto told = message.hardware_addresses())
        for (const auto& one : *told)
          add_mac(one);
      ask(task::profiles, media);
      return;
    case task::profiles:
      take_profiles(x, message);
      return;
    case task::stream_uri:
      take_stream_uri(message.stream_uri());
      return;
    case task::describe:
      if (searching)
        take_path(x);
      else
        take_stream(x);
      return;
    case task::clock:
    case task::options:
    case task::prompt:
      return;
    }
  }

  void take_identity(const onvif_identity& x) {
    report.manufacturer = x.manufacturer;
    report.model = x.model;
    report.firmware_version = x.firmware_version;
    if (!x.serial_number.empty())
      report.serial_number = x.serial_number;
    add_hint(x.manufacturer);
  }

  void take_service(const std::optional<std::string>& told) {
    const auto url = told ? moved(*told) : std::nullopt;
    if (url && url->scheme != "rtsp") {
      media = to_string(*url);
    } else if (now.what == task::services) {
      ask(task::capabilities, services[service]);
      return;
    } else {
      // Many have one address for everything.
      media = services[service];
    }
    ask(task::interfaces, services[service]);
  }

  void take_profiles(const device_answer& x, const onvif_message& message) {
    const auto told = message.profiles();
    if (!told && media != services[service]) {
      media = services[service];
      ask(task::profiles, media);
      return;
    }
    for (const auto& one : told.value_or(std::vector<onvif_profile>{})) {
      if (one.token.empty() || !one.video)
        continue;
      auto& added = streams.emplace_back().stream;
      added.name = key_of(one.name);
      added.profile = one.token;
      added.codec = one.codec;
      added.width = one.width;
      added.height = one.height;
      added.fps = one.fps;
    }
    if (!told) {
      const auto fault = message.fault();
      last_problem = "it tells no media profiles: " + (fault ? fault->reason : why_not(x));
    } else if (streams.empty()) {
      last_problem = "none of its media profiles has video";
    }
    stream = 0;
    next_stream_uri();
  }

  void next_stream_uri() {
    if (stream < streams.size()) {
      ask(task::stream_uri, media, streams[stream].stream.profile);
      return;
    }
    begin_describe();
  }

  void take_stream_uri(const std::optional<std::string>& told) {
    if (const auto url = told ? moved(*told) : std::nullopt; url && url->scheme == "rtsp")
      streams[stream].stream.url = to_string(*url);
    ++stream;
    next_stream_uri();
  }

  void begin_describe() {
    // Profiles may share a stream; those without one are of no use.
    std::set<std::string> seen;
    const auto useless
        = [&](const draft& x) { return x.stream.url.empty() || !seen.insert(x.stream.url).second; };
    const bool had_profiles = !streams.empty();
    streams.erase(std::remove_if(streams.begin(), streams.end(), useless), streams.end());
    if (streams.empty()) {
      if (had_profiles)
        last_problem = "it tells no addresses of streams";
      if (!ports.empty())
        begin_port();
      else
        finish();
      return;
    }
    name_streams(streams);
    stream = 0;
    ask(task::describe, streams[0].stream.url);
  }

  void take_stream(const device_answer& x) {
    auto& at = streams[stream];
    at.tried = true;
    const auto video = described(x);
    if (video) {
      at.described = true;
      merge(at.stream, *video);
    }
    ++stream;
    const bool any
        = std::any_of(streams.begin(), streams.end(), [](const draft& d) { return d.described; });
    if (stream < streams.size() && (!any || stream < max_described))
      ask(task::describe, streams[stream].stream.url);
    else
      finish();
  }

  // The video of the answer to a DESCRIBE; notes why there is none.
  std::optional<described_video> described(const device_answer& x) {
    if (x.failure != device_failure::none || x.code != status_ok) {
      if (x.code != status_unauthorized)
        last_problem = why_not(x);
      return std::nullopt;
    }
    auto video = video_in(x.body);
    if (!video)
      last_problem = "what it offers there is no video";
    return video;
  }

  // The description is nearer to what is really sent than the profile.
  static void merge(camera_stream& at, const described_video& video) {
    if (!video.codec.empty())
      at.codec = video.codec;
    if (video.width != 0) {
      at.width = video.width;
      at.height = video.height;
    }
    if (at.fps == 0)
      at.fps = video.fps;
  }

  // -- RTSP without ONVIF -------------------------------------------------------------------

  void begin_port() {
    searching = true;
    if (port < ports.size())
      ask(task::options, rtsp_url("/"));
    else
      finish();
  }

  void on_no_rtsp(const device_answer& x) {
    last_problem
        = x.failure == device_failure::protocol ? "what listens there speaks no RTSP" : why_not(x);
    ++port;
    begin_port();
  }

  // The likeliest path that was not tried yet.
  [[nodiscard]] std::optional<std::string> best_path() const {
    std::vector<std::string> all;
    for (const auto& one : subject.known_streams)
      if (const auto url = parse_device_url(one.url); url && url->scheme == "rtsp")
        all.push_back(url->path);
    if (!subject.path.empty())
      if (auto path = url_path(subject.path))
        all.push_back(std::move(*path));
    for (auto& one : known_stream_paths(hints))
      all.push_back(std::move(one.main));
    for (auto& one : all)
      if (!tried.contains(one))
        return one;
    return std::nullopt;
  }

  void next_path() {
    const auto path = best_path();
    if (!path) {
      last_problem = "none of the paths that cameras have is one of its";
      tried.clear();
      ++port;
      begin_port();
      return;
    }
    tried.insert(*path);
    ask(task::describe, rtsp_url(*path));
  }

  void take_path(const device_answer& x) {
    const auto video = described(x);
    if (video) {
      auto& added = streams.emplace_back();
      added.described = true;
      added.stream.url = now.url;
      added.stream.name = for_sub ? "sub" : "main";
      merge(added.stream, *video);
    }
    if (for_sub) {
      finish();
      return;
    }
    if (video) {
      for_sub = true;
      const auto path = sub_path();
      if (path.empty())
        finish();
      else
        ask(task::describe, rtsp_url(path));
      return;
    }
    if (x.failure != device_failure::none) {
      // Every path would take its deadline.
      ++port;
      tried.clear();
      begin_port();
      return;
    }
    if (x.code == status_not_found && !x.logged_in)
      tells_paths = true;
    next_path();
  }

  // The smaller stream beside the one that was found; empty: none is known.
  [[nodiscard]] std::string sub_path() const {
    for (const auto& one : subject.known_streams) {
      const auto url = parse_device_url(one.url);
      if (url && url->scheme == "rtsp" && !tried.contains(url->path))
        return url->path;
    }
    auto path = sub_path_of(path_of(now.url));
    return tried.contains(path) ? std::string{} : path;
  }

  // -- the end --------------------------------------------------------------------------------

  // The first reason stays: what comes after is a consequence.
  void fail(camera_condition why, std::string reason) {
    if (!report.reason.empty())
      return;
    report.condition = why;
    report.reason = std::move(reason);
  }

  void finish() {
    if (std::exchange(state, step::done) == step::done)
      return;
    const bool any
        = std::any_of(streams.begin(), streams.end(), [](const draft& x) { return x.described; });
    if (any) {
      const auto broken = [](const draft& x) { return x.tried && !x.described; };
      streams.erase(std::remove_if(streams.begin(), streams.end(), broken), streams.end());
      name_streams(streams);
      report.condition = camera_condition::online;
      report.reason.clear();
    } else if (!report.answered) {
      report.condition = camera_condition::offline;
      report.reason = last_problem;
    } else {
      if (!report.onvif && !report.rtsp)
        last_problem = "it speaks neither ONVIF nor RTSP";
      fail(camera_condition::stream_error,
           last_problem.empty() ? "it has no stream" : last_problem);
    }
    report.reason = foreign_text(report.reason, max_reason_bytes);
    for (auto& one : streams)
      if (!one.stream.url.empty())
        report.streams.push_back(std::move(one.stream));
    streams.clear();
  }
};

interview::interview(interview_subject subject)
  : conversation_(std::make_unique<conversation>(std::move(subject))) {}

interview::interview(interview&&) noexcept = default;
interview& interview::operator=(interview&&) noexcept = default;
interview::~interview() = default;

interview::step interview::next() const noexcept { return conversation_->state; }

device_question interview::question(unix_seconds now, const std::string& nonce) const {
  return conversation_->question(now, nonce);
}

std::optional<login_result> interview::answer(const device_answer& what, unix_seconds now) {
  return conversation_->answer(what, now);
}

bool interview::logs_in_by_onvif() const noexcept { return is_soap(conversation_->now.what); }

void interview::log_in(const camera_credential& with) { conversation_->log_in(with); }

void interview::without_login(camera_condition why, std::string reason) {
  auto& x = *conversation_;
  if (x.state == step::done)
    return;
  x.fail(why, std::move(reason));
  x.finish();
}

const device_report& interview::report() const noexcept { return conversation_->report; }

} // namespace firefinder
