// The talk with a device, with a model of one instead of a network.

#include "actors/camera_detection/interview.hpp"

#include "actors/camera_detection/device_text.hpp"
#include "actors/camera_detection/username_token.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>

namespace firefinder::interview_test {
namespace {

constexpr unix_seconds start = 1'700'000'000;
constexpr auto address = "10.77.0.13";

camera_credential right() { return {"1", "admin", "s3cret"}; }
camera_credential wrong() { return {"2", "admin", "hunter2"}; }

std::string sdp(const std::string& more = {}) {
  return "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" + more;
}

// What stands between two words.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  if (begin == std::string::npos)
    return {};
  const auto after = begin + from.size();
  return text.substr(after, text.find(to, after) - after);
}

std::string envelope(const std::string& body) {
  return "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>" + body
         + "</s:Body></s:Envelope>";
}

enum class auth { none, token, digest, basic };

struct profile {
  std::string token;
  std::string name;
  std::string size = "<Width>1920</Width><Height>1080</Height>";
  std::string uri;
};

/// A camera, or something that is none.
struct device {
  // -- ONVIF
  bool onvif = true;
  auth onvif_auth = auth::token;
  double skew = 0;
  bool clock_needs_login = false;
  bool tells_time_faults = true;
  std::uint32_t fault_status = 400;
  std::string media = "http://192.168.1.108/onvif/media";
  bool has_services = true;
  std::vector<profile> profiles{
      {"P1", "Main Stream", "<Width>1920</Width><Height>1080</Height>",
       "rtsp://192.168.1.108:554/main?a=1&amp;b=2"},
      {"P2", "Second", "<Width>640</Width><Height>360</Height>", "rtsp://0.0.0.0/sub"}};
  std::string html;

  // -- RTSP
  bool rtsp = true;
  std::uint16_t rtsp_port = 554;
  auth rtsp_auth = auth::digest;
  std::string realm = "Front door";
  std::map<std::string, std::string> paths{{"/main?a=1&b=2", sdp()}, {"/sub", sdp()}};
  // It says that a path is unknown before it asks for a log-in.
  bool paths_first = false;
  std::uint32_t describe_status = 200;
  device_failure rtsp_failure = device_failure::none;

  // -- its accounts
  camera_credential account = right();
  std::optional<camera_credential> rtsp_account;
  int lock_after = 100;
  bool locks_by_403 = false;

  // -- what happened
  std::vector<device_question> questions;
  int failed_logins = 0;
  int logins = 0;
  bool password_in_clear = false;

  [[nodiscard]] bool locked() const { return failed_logins >= lock_after; }

  bool check(bool matches) {
    ++logins;
    const bool in = matches && !locked();
    if (!in)
      ++failed_logins;
    return in;
  }

  device_answer answer(const device_question& q, unix_seconds now) {
    questions.push_back(q);
    EXPECT_LE(questions.size(), 64U);
    EXPECT_NE(q.url.find(std::string{"://"} + address), std::string::npos) << q.url;
    EXPECT_EQ(q.url.find('@'), std::string::npos) << q.url;
    if (q.scheme == login_scheme::basic)
      password_in_clear = true;
    return q.protocol == device_protocol::soap ? soap(q, now) : describe(q);
  }

  device_answer fault(const std::string& code, const std::string& reason) const {
    device_answer x;
    x.code = fault_status;
    x.body = envelope("<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>" + code
                      + "</s:Value></s:Subcode></s:Code><s:Reason><s:Text>" + reason
                      + "</s:Text></s:Reason></s:Fault>");
    return x;
  }

  // Nothing: let in.
  std::optional<device_answer> door(const device_question& q, unix_seconds now) {
    if (onvif_auth == auth::none)
      return std::nullopt;
    if (onvif_auth == auth::token) {
      const auto user = between(q.body, "<wsse:Username>", "<");
      if (user.empty())
        return fault("ter:NotAuthorized", "Sender not Authorized");
      const auto created = between(q.body, "<wsu:Created>", "<");
      bool timely = false;
      for (int s = -5; s <= 5; ++s)
        timely = timely || created == zulu_time(now + skew + s);
      if (!timely && tells_time_faults)
        return fault("ter:NotAuthorized", "Wsse authorized time check failed.");
      const auto nonce = from_base64(between(q.body, "#Base64Binary\">", "<")).value_or("");
      const auto digest = between(q.body, "#PasswordDigest\">", "<");
      if (check(timely && user == account.user
                && digest == password_digest(nonce, created, account.password)))
        return std::nullopt;
      return locked() && locks_by_403 ? fault("ter:NotAuthorized", "The account is locked")
                                      : fault("ter:NotAuthorized", "Sender not Authorized");
    }
    return challenge(q, onvif_auth, account);
  }

  // By HTTP or RTSP itself.
  std::optional<device_answer> challenge(const device_question& q, auth wanted,
                                         const camera_credential& who) {
    const bool shown = (wanted == auth::digest && q.scheme == login_scheme::digest)
                       || q.scheme == login_scheme::basic;
    device_answer x;
    x.code = 401;
    x.logged_in = shown;
    x.challenges = {wanted == auth::digest ? "Digest realm=\"" + realm + "\", nonce=\"1\""
                                           : "Basic realm=\"" + realm + "\""};
    if (!shown)
      return x;
    if (check(q.user == who.user && q.password == who.password))
      return std::nullopt;
    if (locked() && locks_by_403)
      x.code = 403;
    return x;
  }

  device_answer soap(const device_question& q, unix_seconds now) {
    device_answer x;
    if (!onvif) {
      x.code = html.empty() ? 404 : 200;
      x.body = html;
      return x;
    }
    x.code = 200;
    const auto call = q.action.substr(q.action.rfind('/') + 1);
    if (call == "GetSystemDateAndTime" && !clock_needs_login) {
      const auto told = zulu_time(now + skew);
      const auto part = [&told](std::size_t from, std::size_t n) {
        return std::to_string(std::stoi(told.substr(from, n)));
      };
      x.body = envelope(
          "<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime><Time><Hour>" + part(11, 2)
          + "</Hour><Minute>" + part(14, 2) + "</Minute><Second>" + part(17, 2)
          + "</Second></Time><Date><Year>" + part(0, 4) + "</Year><Month>" + part(5, 2)
          + "</Month><Day>" + part(8, 2)
          + "</Day></Date></UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>");
      return x;
    }
    if (auto closed = door(q, now))
      return *closed;
    x.logged_in = q.scheme != login_scheme::none;
    if (call == "GetDeviceInformation") {
      x.body = envelope(
          "<GetDeviceInformationResponse><Manufacturer>Acme</Manufacturer><Model>One</Model>"
          "<FirmwareVersion>1.2</FirmwareVersion><SerialNumber>77</SerialNumber>"
          "</GetDeviceInformationResponse>");
    } else if (call == "GetServices" && has_services) {
      x.body = envelope("<GetServicesResponse><Service><Namespace>http://www.onvif.org/ver10/media/"
                        "wsdl</Namespace>"
                        "<XAddr>"
                        + media + "</XAddr></Service></GetServicesResponse>");
    } else if (call == "GetCapabilities") {
      x.body = envelope("<GetCapabilitiesResponse><Capabilities><Media><XAddr>" + media
                        + "</XAddr></Media></Capabilities></GetCapabilitiesResponse>");
    } else if (call == "GetNetworkInterfaces") {
      x.body = envelope(
          "<GetNetworkInterfacesResponse><NetworkInterfaces><Info><HwAddress>02:77:00:00:00:13"
          "</HwAddress></Info></NetworkInterfaces></GetNetworkInterfacesResponse>");
    } else if (call == "GetProfiles") {
      std::string all;
      for (const auto& one : profiles)
        all += "<Profiles token=\"" + one.token + "\"><Name>" + one.name
               + "</Name><VideoEncoderConfiguration><Encoding>H264</Encoding><Resolution>"
               + one.size + "</Resolution></VideoEncoderConfiguration></Profiles>";
      x.body = envelope("<GetProfilesResponse>" + all + "</GetProfilesResponse>");
    } else if (call == "GetStreamUri") {
      const auto token = between(q.body, "<ProfileToken>", "<");
      for (const auto& one : profiles)
        if (one.token == token)
          x.body = envelope("<GetStreamUriResponse><MediaUri><Uri>" + one.uri
                            + "</Uri></MediaUri></GetStreamUriResponse>");
    } else {
      return fault("ter:ActionNotSupported", "Optional action not implemented");
    }
    return x;
  }

  device_answer describe(const device_question& q) {
    device_answer x;
    const auto rest = q.url.substr(std::string{"rtsp://"}.size() + std::string{address}.size());
    const auto slash = rest.find('/');
    const auto port = slash == 0 ? 554 : std::stoi(rest.substr(1));
    const auto path = rest.substr(slash);
    if (!rtsp || port != rtsp_port) {
      x.failure = device_failure::refused;
      x.why = "it takes no connections at this port";
      return x;
    }
    if (rtsp_failure != device_failure::none) {
      x.failure = rtsp_failure;
      return x;
    }
    x.code = 200;
    if (q.protocol == device_protocol::rtsp_options)
      return x;
    if (paths_first && !paths.contains(path)) {
      x.code = 404;
      return x;
    }
    if (rtsp_auth != auth::none)
      if (auto closed = challenge(q, rtsp_auth, rtsp_account.value_or(account)))
        return *closed;
    x.logged_in = q.scheme != login_scheme::none && rtsp_auth != auth::none;
    const auto found = paths.find(path);
    x.code = found == paths.end() ? 404 : describe_status;
    if (x.code == 200)
      x.body = found->second;
    return x;
  }
};

interview_subject onvif_subject() {
  interview_subject x;
  x.address = address;
  x.services = {"http://192.168.1.108:8000/onvif/device_service"};
  return x;
}

interview_subject rtsp_subject() {
  interview_subject x;
  x.address = address;
  x.rtsp_ports = {554};
  return x;
}

/// How a talk went.
struct outcome {
  device_report report;
  std::vector<login_result> results;
  /// Prompts for a log-in, and what was known of the realm at the first.
  int prompts = 0;
  std::string realm;
};

outcome talk(device& x, interview_subject subject,
             std::vector<camera_credential> credentials = {right()}) {
  outcome result;
  interview uut{std::move(subject)};
  unix_seconds now = start;
  for (int i = 0; uut.next() != interview::step::done; ++i) {
    if (i == 200) {
      ADD_FAILURE() << "it has no end";
      break;
    }
    now += 0.1;
    if (uut.next() == interview::step::ask) {
      const auto question = uut.question(now, std::string(16, static_cast<char>('a' + i % 26)));
      auto answer = x.answer(question, now);
      if (const auto what = uut.answer(answer, now))
        result.results.push_back(*what);
      continue;
    }
    if (result.prompts++ == 0)
      result.realm = uut.report().realm;
    if (credentials.empty()) {
      uut.without_login(result.results.empty() ? camera_condition::auth_required
                                               : camera_condition::auth_failed,
                        "no password is for it");
    } else {
      uut.log_in(credentials.front());
      credentials.erase(credentials.begin());
    }
  }
  result.report = uut.report();
  return result;
}

using results = std::vector<login_result>;

// -- ONVIF ---------------------------------------------------------------------------------------

TEST(interview, of_an_onvif_camera) {
  device x;
  const auto y = talk(x, onvif_subject());
  EXPECT_EQ(y.report.condition, camera_condition::online);
  EXPECT_EQ(y.report.reason, "");
  EXPECT_TRUE(y.report.answered);
  EXPECT_TRUE(y.report.onvif);
  EXPECT_TRUE(y.report.rtsp);
  EXPECT_EQ(y.report.manufacturer, "Acme");
  EXPECT_EQ(y.report.model, "One");
  EXPECT_EQ(y.report.serial_number, "77");
  EXPECT_EQ(y.report.firmware_version, "1.2");
  EXPECT_EQ(y.report.macs, std::vector<std::string>{"027700000013"});
  ASSERT_EQ(y.report.streams.size(), 2U);
  EXPECT_EQ(y.report.streams[0], (camera_stream{"main", "rtsp://10.77.0.13:554/main?a=1&b=2", 1920,
                                                1080, 0, "h264", "P1"}));
  EXPECT_EQ(y.report.streams[1].name, "sub");
  EXPECT_EQ(y.report.streams[1].url, "rtsp://10.77.0.13/sub");
  EXPECT_EQ(y.report.streams[1].width, 640U);
  EXPECT_EQ(y.results, results{login_result::accepted});
  EXPECT_EQ(x.failed_logins, 0);
  EXPECT_EQ(y.prompts, 1);
  // Whatever it calls its own address and port.
  EXPECT_EQ(x.questions[0].url, "http://10.77.0.13:8000/onvif/device_service");
  EXPECT_LE(x.questions.size(), 12U);
}

TEST(interview, goes_by_the_clock_of_the_device) {
  for (const double skew : {-7'200.0, 43'200.0, -1'000'000'000.0}) {
    device x;
    x.skew = skew;
    x.tells_time_faults = false;
    const auto y = talk(x, onvif_subject());
    EXPECT_EQ(y.report.condition, camera_condition::online) << skew;
    EXPECT_NEAR(y.report.clock_ahead_s, skew, 1.5);
    EXPECT_EQ(x.failed_logins, 0);
  }
}

TEST(interview, looks_at_the_clock_again) {
  device x;
  interview uut{onvif_subject()};
  outcome y;
  bool jumped = false;
  for (int i = 0; i < 100 && uut.next() != interview::step::done; ++i) {
    if (uut.next() == interview::step::log_in) {
      // It is set while we wait.
      x.skew = jumped ? x.skew : 3'600;
      jumped = true;
      uut.log_in(right());
      continue;
    }
    const auto nonce = std::string(16, static_cast<char>('a' + i % 26));
    if (const auto what = uut.answer(x.answer(uut.question(start, nonce), start), start))
      y.results.push_back(*what);
  }
  EXPECT_EQ(uut.report().condition, camera_condition::online);
  EXPECT_EQ(y.results, results{login_result::accepted});
  EXPECT_EQ(x.failed_logins, 0);
}

TEST(interview, does_not_take_the_clock_for_the_password) {
  device x;
  x.skew = 9'000;
  x.clock_needs_login = true;
  const auto y = talk(x, onvif_subject());
  EXPECT_EQ(y.report.condition, camera_condition::auth_required);
  EXPECT_NE(y.report.reason.find("clock"), std::string::npos);
  EXPECT_EQ(y.results, results{});
  EXPECT_EQ(y.prompts, 1);
  // Without a clock to go by, ours may be the same.
  x.skew = 0;
  EXPECT_EQ(talk(x, onvif_subject()).report.condition, camera_condition::online);
}

TEST(interview, knows_refusals_by_any_status) {
  for (const std::uint32_t status : {200U, 400U, 401U, 500U}) {
    device x;
    x.fault_status = status;
    const auto y = talk(x, onvif_subject(), {wrong(), right()});
    EXPECT_EQ(y.results, (results{login_result::refused, login_result::accepted})) << status;
    EXPECT_EQ(y.report.condition, camera_condition::online);
    EXPECT_EQ(x.failed_logins, 1);
  }
}

TEST(interview, tries_each_credential_once) {
  device x;
  auto subject = onvif_subject();
  subject.rtsp_ports = {554};
  const auto y = talk(x, subject, {wrong(), wrong()});
  EXPECT_EQ(y.results, (results{login_result::refused, login_result::refused}));
  EXPECT_EQ(x.failed_logins, 2);
  EXPECT_EQ(x.logins, 2);
  EXPECT_EQ(y.report.condition, camera_condition::auth_failed);
  EXPECT_EQ(y.report.reason, "no password is for it");
}

TEST(interview, ends_without_a_login) {
  device x;
  const auto y = talk(x, onvif_subject(), {});
  EXPECT_EQ(y.report.condition, camera_condition::auth_required);
  EXPECT_TRUE(y.report.answered);
  EXPECT_TRUE(y.report.onvif);
  EXPECT_EQ(x.logins, 0);
  for (const auto& one : x.questions)
    EXPECT_EQ(one.password, "");
}

TEST(interview, learns_the_realm_before_a_login) {
  device x;
  x.realm = "DH_9C1463A1B2C3";
  auto subject = onvif_subject();
  subject.rtsp_ports = {554};
  const auto y = talk(x, subject);
  EXPECT_EQ(y.realm, "DH_9C1463A1B2C3");
  EXPECT_EQ(y.report.macs.at(0), "9c1463a1b2c3");
  EXPECT_EQ(y.report.condition, camera_condition::online);
}

TEST(interview, logs_in_by_http_digest) {
  device x;
  x.onvif_auth = auth::digest;
  const auto y = talk(x, onvif_subject(), {wrong(), right()});
  EXPECT_EQ(y.results, (results{login_result::refused, login_result::accepted}));
  EXPECT_EQ(y.report.condition, camera_condition::online);
  for (const auto& one : x.questions)
    EXPECT_EQ(one.body.find("UsernameToken"), std::string::npos);
  EXPECT_EQ(x.failed_logins, 1);
}

TEST(interview, shows_no_password_in_clear_unless_told) {
  for (const bool by_rtsp : {false, true}) {
    device x;
    (by_rtsp ? x.rtsp_auth : x.onvif_auth) = auth::basic;
    auto subject = by_rtsp ? rtsp_subject() : onvif_subject();
    x.paths["/stream1"] = sdp();
    const auto y = talk(x, subject);
    EXPECT_EQ(y.report.condition, camera_condition::auth_required);
    EXPECT_NE(y.report.reason.find("camera_detection.allow_basic"), std::string::npos);
    EXPECT_FALSE(x.password_in_clear);
    subject.allow_basic = true;
    const auto z = talk(x, subject);
    EXPECT_EQ(z.report.condition, camera_condition::online);
    EXPECT_EQ(z.results, results{login_result::accepted});
  }
}

TEST(interview, prefers_digest_also_where_basic_is_allowed) {
  device x;
  x.onvif_auth = auth::digest;
  auto subject = onvif_subject();
  subject.allow_basic = true;
  EXPECT_EQ(talk(x, subject).report.condition, camera_condition::online);
  EXPECT_FALSE(x.password_in_clear);
}

TEST(interview, needs_no_login_where_none_is_wanted) {
  device x;
  x.onvif_auth = auth::none;
  x.rtsp_auth = auth::none;
  const auto y = talk(x, onvif_subject());
  EXPECT_EQ(y.prompts, 0);
  EXPECT_EQ(y.report.condition, camera_condition::online);
}

TEST(interview, asks_for_a_login_when_only_rtsp_wants_one) {
  device x;
  x.onvif_auth = auth::none;
  const auto y = talk(x, onvif_subject(), {wrong(), right()});
  EXPECT_EQ(y.results, (results{login_result::refused, login_result::accepted}));
  EXPECT_EQ(y.report.condition, camera_condition::online);
  EXPECT_EQ(y.report.manufacturer, "Acme");
}

TEST(interview, sees_that_the_accounts_of_rtsp_are_others) {
  device x;
  x.rtsp_account = camera_credential{"3", "viewer", "v"};
  const auto y = talk(x, onvif_subject(), {right(), *x.rtsp_account});
  EXPECT_EQ(y.results,
            (results{login_result::accepted, login_result::refused, login_result::accepted}));
  EXPECT_EQ(y.report.condition, camera_condition::online);
  EXPECT_EQ(x.failed_logins, 1);
}

TEST(interview, sees_that_the_door_was_closed) {
  // The right one was accepted; then somebody else's failures locked us out.
  device x;
  interview uut{onvif_subject()};
  std::vector<login_result> all;
  for (int i = 0; i < 100 && uut.next() != interview::step::done; ++i) {
    if (uut.next() == interview::step::log_in) {
      uut.log_in(right());
      continue;
    }
    if (all.size() == 1)
      x.lock_after = 0;
    const auto nonce = std::string(16, static_cast<char>('a' + i % 26));
    if (const auto what = uut.answer(x.answer(uut.question(start, nonce), start), start))
      all.push_back(*what);
  }
  EXPECT_EQ(all, (results{login_result::accepted, login_result::locked}));
  EXPECT_EQ(uut.report().condition, camera_condition::auth_locked);
  EXPECT_LE(x.failed_logins, 2);
}

TEST(interview, hears_that_it_is_locked_out) {
  for (const auto kind : {auth::token, auth::digest}) {
    device x;
    x.onvif_auth = kind;
    x.lock_after = 0;
    x.locks_by_403 = true;
    const auto y = talk(x, onvif_subject(), {right(), right()});
    EXPECT_EQ(y.results, results{login_result::locked});
    EXPECT_EQ(y.report.condition, camera_condition::auth_locked);
    EXPECT_EQ(x.logins, 1);
  }
  device x;
  x.lock_after = 0;
  x.locks_by_403 = true;
  const auto y = talk(x, rtsp_subject(), {right(), right()});
  EXPECT_EQ(y.results, results{login_result::locked});
  EXPECT_EQ(y.report.condition, camera_condition::auth_locked);
}

TEST(interview, takes_addresses_of_every_kind) {
  for (const char* said :
       {"http://0.0.0.0:8000/onvif/device_service", "http://127.0.0.1:8000/onvif/device_service",
        "http://[fe80::1]:8000/onvif/device_service", "http://[]:8000/onvif/device_service",
        "http://169.254.1.1:8000/onvif/device_service"}) {
    device x;
    auto subject = onvif_subject();
    subject.services = {said};
    EXPECT_EQ(talk(x, subject).report.condition, camera_condition::online) << said;
    EXPECT_EQ(x.questions[0].url, "http://10.77.0.13:8000/onvif/device_service");
  }
}

TEST(interview, prefers_the_service_at_the_address_it_spoke_from) {
  device x;
  auto subject = onvif_subject();
  subject.services = {"http://192.168.1.108:81/a", "rubbish", "http://10.77.0.13:82/b"};
  static_cast<void>(talk(x, subject));
  EXPECT_EQ(x.questions[0].url, "http://10.77.0.13:82/b");
}

TEST(interview, does_with_capabilities_or_with_nothing) {
  device x;
  x.has_services = false;
  EXPECT_EQ(talk(x, onvif_subject()).report.condition, camera_condition::online);
  x.media = "nonsense";
  EXPECT_EQ(talk(x, onvif_subject()).report.condition, camera_condition::online);
}

TEST(interview, says_that_the_stream_is_broken) {
  device x;
  x.describe_status = 503;
  const auto y = talk(x, onvif_subject());
  EXPECT_EQ(y.report.condition, camera_condition::stream_error);
  EXPECT_NE(y.report.reason.find("503"), std::string::npos);
  EXPECT_EQ(y.report.streams.size(), 2U);
  device gone;
  gone.rtsp = false;
  const auto z = talk(gone, onvif_subject());
  EXPECT_EQ(z.report.condition, camera_condition::stream_error);
  EXPECT_NE(z.report.reason.find("no connections"), std::string::npos);
}

TEST(interview, leaves_out_a_stream_that_is_not_there) {
  device x;
  x.paths.erase("/main?a=1&b=2");
  const auto y = talk(x, onvif_subject());
  EXPECT_EQ(y.report.condition, camera_condition::online);
  ASSERT_EQ(y.report.streams.size(), 1U);
  EXPECT_EQ(y.report.streams[0].name, "main");
  EXPECT_EQ(y.report.streams[0].url, "rtsp://10.77.0.13/sub");
}

TEST(interview, names_streams) {
  device x;
  x.rtsp_auth = auth::none;
  x.profiles.clear();
  const auto add = [&x](const std::string& name, int width) {
    const auto n = std::to_string(x.profiles.size());
    x.profiles.push_back({"T" + n, name,
                          "<Width>" + std::to_string(width) + "</Width><Height>100</Height>",
                          "rtsp://x/" + n});
    x.paths["/" + n] = sdp();
  };
  add("Tiny", 100);
  add("Big One", 4'000);
  add("Big One", 2'000);
  add("Small", 50);
  x.profiles.push_back({"T9", "Again", "", "rtsp://x/1"});
  const auto y = talk(x, onvif_subject());
  std::vector<std::string> names;
  for (const auto& one : y.report.streams)
    names.push_back(one.name + " " + one.url.substr(one.url.size() - 1));
  EXPECT_EQ(names, (std::vector<std::string>{"main 1", "sub 3", "tiny 0", "big_one 2"}));
}

TEST(interview, looks_at_few_of_many_profiles) {
  device x;
  x.rtsp_auth = auth::none;
  x.profiles.clear();
  x.paths.clear();
  for (int i = 0; i < 200; ++i)
    x.profiles.push_back({"T" + std::to_string(i), "p", "", "rtsp://x/" + std::to_string(i)});
  EXPECT_EQ(talk(x, onvif_subject()).report.condition, camera_condition::stream_error);
  EXPECT_LE(x.questions.size(), 40U);
}

TEST(interview, ignores_streams_by_other_protocols) {
  device x;
  x.profiles = {{"P1", "a", "", "http://10.77.0.13/x"}, {"P2", "b", "", "file:///etc/passwd"}};
  const auto y = talk(x, onvif_subject());
  EXPECT_EQ(y.report.condition, camera_condition::stream_error);
  EXPECT_TRUE(y.report.streams.empty());
}

// -- RTSP ----------------------------------------------------------------------------------------

TEST(interview, of_a_camera_without_onvif) {
  device x;
  x.onvif = false;
  x.realm = "Login to 4K0012ABCDEF";
  x.paths = {{"/cam/realmonitor?channel=1&subtype=0", sdp("a=framerate:20\r\n")},
             {"/cam/realmonitor?channel=1&subtype=1", sdp()}};
  const auto y = talk(x, rtsp_subject(), {wrong(), right()});
  EXPECT_EQ(y.realm, "Login to 4K0012ABCDEF");
  EXPECT_EQ(y.report.serial_number, "4K0012ABCDEF");
  EXPECT_EQ(y.results, (results{login_result::refused, login_result::accepted}));
  EXPECT_EQ(y.report.condition, camera_condition::online);
  EXPECT_FALSE(y.report.onvif);
  ASSERT_EQ(y.report.streams.size(), 2U);
  EXPECT_EQ(y.report.streams[0].url, "rtsp://10.77.0.13/cam/realmonitor?channel=1&subtype=0");
  EXPECT_EQ(y.report.streams[0].fps, 20);
  EXPECT_EQ(y.report.streams[1].name, "sub");
  EXPECT_EQ(x.failed_logins, 1);
}

TEST(interview, searches_paths_only_with_a_proven_password) {
  device x;
  x.paths = {{"/live", sdp()}};
  const auto y = talk(x, rtsp_subject());
  EXPECT_EQ(y.report.condition, camera_condition::online);
  EXPECT_EQ(y.report.streams.at(0).url, "rtsp://10.77.0.13/live");
  device refusing;
  refusing.paths = {{"/live", sdp()}};
  static_cast<void>(talk(refusing, rtsp_subject(), {wrong(), wrong()}));
  EXPECT_EQ(refusing.failed_logins, 2);
  EXPECT_LE(refusing.questions.size(), 4U);
}

TEST(interview, searches_paths_of_a_server_that_tells_them) {
  device x;
  x.paths_first = true;
  x.paths = {{"/live", sdp()}};
  const auto y = talk(x, rtsp_subject());
  EXPECT_EQ(y.report.condition, camera_condition::online);
  EXPECT_EQ(x.logins, 1);
  x.rtsp_auth = auth::none;
  const auto z = talk(x, rtsp_subject());
  EXPECT_EQ(z.report.condition, camera_condition::online);
  EXPECT_EQ(z.prompts, 0);
}

TEST(interview, begins_with_what_is_known) {
  device x;
  x.rtsp_auth = auth::none;
  x.rtsp_port = 8'554;
  x.paths = {{"/mine?x=1", sdp()}, {"/mine2", sdp()}, {"/told", sdp()}};
  auto subject = rtsp_subject();
  subject.rtsp_ports = {8'554};
  subject.path = "told";
  EXPECT_EQ(talk(x, subject).report.streams.at(0).url, "rtsp://10.77.0.13:8554/told");
  subject.known_streams = {{"main", "rtsp://10.77.0.99:8554/mine?x=1", 0, 0, 0, "", ""},
                           {"sub", "rtsp://10.77.0.99:8554/mine2", 0, 0, 0, "", ""}};
  x.questions.clear();
  const auto y = talk(x, subject);
  ASSERT_EQ(y.report.streams.size(), 2U);
  EXPECT_EQ(y.report.streams[0].url, "rtsp://10.77.0.13:8554/mine?x=1");
  EXPECT_EQ(y.report.streams[1].url, "rtsp://10.77.0.13:8554/mine2");
  EXPECT_EQ(x.questions.size(), 3U);
  subject.known_streams.clear();
  subject.path.clear();
  subject.manufacturer = "Hikvision";
  x.questions.clear();
  static_cast<void>(talk(x, subject));
  EXPECT_EQ(x.questions.at(1).url, "rtsp://10.77.0.13:8554/Streaming/Channels/101");
}

TEST(interview, tries_the_likeliest_path_of_the_realm) {
  device x;
  x.realm = "AXIS_ACCC8E012345";
  x.paths = {{"/axis-media/media.amp", sdp()}};
  const auto y = talk(x, rtsp_subject());
  EXPECT_EQ(y.report.condition, camera_condition::online);
  EXPECT_EQ(y.report.macs, std::vector<std::string>{"accc8e012345"});
  EXPECT_EQ(x.questions.size(), 3U);
}

TEST(interview, goes_on_to_the_port_that_is_a_camera) {
  device x;
  x.rtsp_auth = auth::none;
  x.rtsp_port = 8'554;
  x.paths = {{"/stream1", sdp()}};
  auto subject = rtsp_subject();
  subject.rtsp_ports = {554, 88, 8'554};
  EXPECT_EQ(talk(x, subject).report.streams.at(0).url, "rtsp://10.77.0.13:8554/stream1");
}

TEST(interview, is_not_taken_in_by_what_is_no_camera) {
  device audio;
  audio.rtsp_auth = auth::none;
  audio.paths = {{"/stream1", "v=0\r\nm=audio 0 RTP/AVP 0\r\n"}};
  const auto heard = talk(audio, rtsp_subject());
  EXPECT_EQ(heard.report.condition, camera_condition::stream_error);
  EXPECT_NE(heard.report.reason, "");
  device other;
  other.rtsp_failure = device_failure::protocol;
  const auto spoken = talk(other, rtsp_subject());
  EXPECT_FALSE(spoken.report.rtsp);
  EXPECT_FALSE(spoken.report.answered);
  EXPECT_EQ(spoken.report.condition, camera_condition::offline);
  EXPECT_NE(spoken.report.reason.find("RTSP"), std::string::npos);
  device printer;
  printer.onvif = false;
  printer.rtsp = false;
  printer.html = "<html><body>Ready to print</body></html>";
  const auto printed = talk(printer, onvif_subject());
  EXPECT_FALSE(printed.report.onvif);
  EXPECT_FALSE(printed.report.rtsp);
  EXPECT_TRUE(printed.report.answered);
  EXPECT_EQ(printed.report.condition, camera_condition::stream_error);
  EXPECT_NE(printed.report.reason.find("neither"), std::string::npos);
}

TEST(interview, falls_back_on_rtsp) {
  device x;
  x.onvif = false;
  x.paths = {{"/stream1", sdp()}};
  auto subject = onvif_subject();
  subject.rtsp_ports = {554};
  EXPECT_EQ(talk(x, subject).report.condition, camera_condition::online);
  device without_profiles;
  without_profiles.profiles.clear();
  without_profiles.paths = {{"/stream1", sdp()}};
  const auto y = talk(without_profiles, subject);
  EXPECT_EQ(y.report.condition, camera_condition::online);
  EXPECT_EQ(y.report.manufacturer, "Acme");
  EXPECT_EQ(y.results, results{login_result::accepted});
}

// -- silence and rubbish
// ---------------------------------------------------------------------------

outcome talk_to(const std::function<device_answer(const device_question&)>& answers,
                interview_subject subject) {
  outcome result;
  interview uut{std::move(subject)};
  int asked = 0;
  while (uut.next() != interview::step::done && asked < 200) {
    if (uut.next() == interview::step::log_in) {
      ++result.prompts;
      uut.log_in(right());
      continue;
    }
    ++asked;
    if (const auto what = uut.answer(answers(uut.question(start, "nonce")), start))
      result.results.push_back(*what);
  }
  EXPECT_LE(asked, 64);
  EXPECT_EQ(uut.next(), interview::step::done);
  result.report = uut.report();
  return result;
}

TEST(interview, is_over_when_nobody_answers) {
  int asked = 0;
  auto subject = onvif_subject();
  subject.rtsp_ports = {554, 8'554};
  const auto y = talk_to(
      [&asked](const device_question&) {
        ++asked;
        device_answer x;
        x.failure = device_failure::timeout;
        x.why = "it takes too long to answer";
        return x;
      },
      subject);
  EXPECT_EQ(y.report.condition, camera_condition::offline);
  EXPECT_FALSE(y.report.answered);
  EXPECT_EQ(y.report.reason, "it takes too long to answer");
  EXPECT_LE(asked, 3);
}

TEST(interview, has_an_end_whatever_is_answered) {
  auto subject = onvif_subject();
  subject.rtsp_ports = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  for (const std::uint32_t code : {0U, 100U, 200U, 301U, 400U, 401U, 403U, 404U, 454U, 500U, 999U})
    for (const char* body : {"", "<", "\xff\xfe", "<s:Envelope><s:Body/></s:Envelope>",
                             "<Envelope><Body><Fault/></Body></Envelope>",
                             "<Envelope><Body><GetProfilesResponse/></Body></Envelope>",
                             "v=0\nm=video 0 RTP/AVP 96\n"})
      for (const char* challenge : {"", "Digest realm=\"x\"", "Basic", "Digest"})
        for (const bool logged_in : {false, true}) {
          const auto y = talk_to(
              [&](const device_question& q) {
                device_answer x;
                x.code = code;
                x.body = body;
                if (*challenge != '\0')
                  x.challenges = {challenge};
                x.logged_in = logged_in && q.scheme != login_scheme::none;
                return x;
              },
              subject);
          // The list of passwords has no end here.
          EXPECT_LE(y.results.size(), 64U);
          EXPECT_LE(y.report.reason.size(), 200U);
        }
}

TEST(interview, cleans_and_bounds_what_it_is_told) {
  device x;
  x.realm = std::string(5'000, 'r') + "\x1b[31m";
  x.rtsp_auth = auth::digest;
  x.profiles = {{"P1", std::string(5'000, 'n') + "\x01",
                 "<Width>99999999999</Width><Height>-1</Height>", "rtsp://x/sub"}};
  const auto y = talk(x, onvif_subject());
  EXPECT_LE(y.report.realm.size(), 128U);
  ASSERT_EQ(y.report.streams.size(), 1U);
  EXPECT_EQ(y.report.streams[0].width, 0U);
}

TEST(interview, never_tells_a_password) {
  device x;
  x.describe_status = 503;
  const auto y = talk(x, onvif_subject());
  for (const auto& one : {y.report.reason, y.report.realm, y.report.streams.at(0).url})
    EXPECT_EQ(one.find(right().password), std::string::npos);
  for (const auto& one : x.questions) {
    EXPECT_EQ(one.body.find(right().password), std::string::npos);
    EXPECT_EQ(one.url.find(right().password), std::string::npos);
  }
}

TEST(interview, does_not_try_again_what_may_have_cost_a_login) {
  device x;
  int shown = 0;
  const auto y = talk_to(
      [&](const device_question& q) {
        if (q.body.find("UsernameToken") == std::string::npos)
          return x.answer(q, start);
        ++shown;
        device_answer nothing;
        nothing.failure = device_failure::timeout;
        nothing.why = "it takes too long to answer";
        return nothing;
      },
      onvif_subject());
  EXPECT_EQ(shown, 1);
  EXPECT_EQ(y.results, results{});
  EXPECT_EQ(y.report.condition, camera_condition::stream_error);
}

} // namespace
} // namespace firefinder::interview_test
