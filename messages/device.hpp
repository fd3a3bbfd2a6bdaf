#pragma once

// Questions to a device in the network, and what it answered. They may hold passwords, and
// answers may hold what a device makes of them: `inspect` leaves both out, because messages
// can be written to a log.

#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder {

/// By which protocol a device is asked.
enum class device_protocol : std::uint8_t {
  /// HTTP POST of a SOAP envelope.
  soap,
  rtsp_options,
  rtsp_describe,
};

[[nodiscard]] inline std::string to_string(device_protocol x) {
  switch (x) {
  case device_protocol::soap:
    return "soap";
  case device_protocol::rtsp_options:
    return "rtsp_options";
  case device_protocol::rtsp_describe:
    return "rtsp_describe";
  }
  return "invalid";
}

/// How a password may be shown to a device by HTTP or RTSP itself.
enum class login_scheme : std::uint8_t {
  /// Not at all.
  none,
  digest,
  /// As it is, readable for everybody on the way.
  basic,
};

[[nodiscard]] inline std::string to_string(login_scheme x) {
  switch (x) {
  case login_scheme::none:
    return "none";
  case login_scheme::digest:
    return "digest";
  case login_scheme::basic:
    return "basic";
  }
  return "invalid";
}

/// One question to one device. At most one log-in is tried for it.
struct device_question {
  device_protocol protocol = device_protocol::soap;
  /// `http://…`, `https://…` or `rtsp://…`, without user and password.
  std::string url;
  /// SOAP: the envelope, and the action that it asks for.
  std::string body;
  std::string action;
  login_scheme scheme = login_scheme::none;
  std::string user;
  std::string password;
  /// For the whole of it.
  timespan deadline = std::chrono::seconds{5};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, device_question& x) {
  return f(caf::meta::type_name("device_question"), x.protocol, x.url, x.scheme, x.deadline);
}

/// Why there is no answer.
enum class device_failure : std::uint8_t {
  none,
  /// Nobody is there: no route, no answer to ARP.
  unreachable,
  /// Somebody is, and takes no connections at this port.
  refused,
  /// It took longer than the deadline.
  timeout,
  /// More than `max_device_answer` bytes.
  too_large,
  /// It does not speak this protocol, or breaks it.
  protocol,
};

[[nodiscard]] inline std::string to_string(device_failure x) {
  switch (x) {
  case device_failure::none:
    return "none";
  case device_failure::unreachable:
    return "unreachable";
  case device_failure::refused:
    return "refused";
  case device_failure::timeout:
    return "timeout";
  case device_failure::too_large:
    return "too_large";
  case device_failure::protocol:
    return "protocol";
  }
  return "invalid";
}

/// Most bytes of an answer, header lines included.
inline constexpr std::size_t max_device_answer = std::size_t{256} * 1024;

/// What a device answered.
struct device_answer {
  device_failure failure = device_failure::none;
  /// For people, when there is none; without the address.
  std::string why;
  /// Status of HTTP or RTSP, such as 200; 0: none came.
  std::uint32_t code = 0;
  std::string body;
  /// What follows `WWW-Authenticate:` in the first answer that has it, a line each.
  std::vector<std::string> challenges;
  /// What follows `Server:`, `Public:` and `Content-Base:`; empty: none.
  std::string server;
  std::string methods;
  std::string base;
  /// A log-in was tried, and not merely asked for.
  bool logged_in = false;
  /// How long it took.
  timespan took{0};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, device_answer& x) {
  return f(caf::meta::type_name("device_answer"), x.failure, x.why, x.code, x.server, x.logged_in,
           x.took);
}

/// Does this stream really deliver video?
struct video_query {
  /// `rtsp://…`, without user and password.
  std::string url;
  std::string user;
  std::string password;
  /// How the password may be shown; none: not at all.
  login_scheme scheme = login_scheme::digest;
  /// For the whole of it.
  timespan deadline = std::chrono::seconds{10};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, video_query& x) {
  return f(caf::meta::type_name("video_query"), x.url, x.scheme, x.deadline);
}

/// What became of a look at a stream.
enum class video_outcome : std::uint8_t {
  /// A key frame came.
  video,
  /// The stream is there and delivers nothing that could be looked at.
  no_video,
  /// Nobody answers.
  unreachable,
  /// A password is wanted, or the one given was refused.
  unauthorized,
  /// There is no such stream.
  not_found,
  /// The deadline was over.
  timeout,
  /// We have nothing to look with: the program that does it is not installed, or died.
  unable,
};

[[nodiscard]] inline std::string to_string(video_outcome x) {
  switch (x) {
  case video_outcome::video:
    return "video";
  case video_outcome::no_video:
    return "no_video";
  case video_outcome::unreachable:
    return "unreachable";
  case video_outcome::unauthorized:
    return "unauthorized";
  case video_outcome::not_found:
    return "not_found";
  case video_outcome::timeout:
    return "timeout";
  case video_outcome::unable:
    return "unable";
  }
  return "invalid";
}

/// What a look at a stream brought.
struct video_report {
  video_outcome outcome = video_outcome::unable;
  /// For people, when it is not `video`; without the address and without a password.
  std::string why;
  /// In lower case, such as `h264`; empty: not known.
  std::string codec;
  /// In pixels and frames per second; 0: not known.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  double fps = 0;
  /// When the key frame came, in seconds from the start of the look.
  double key_frame_after_s = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, video_report& x) {
  return f(caf::meta::type_name("video_report"), x.outcome, x.why, x.codec, x.width, x.height,
           x.fps, x.key_frame_after_s);
}

} // namespace firefinder
