#pragma once

// Questions that come by HTTP, and what is told to those who read a stream of events.

#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace firefinder {

/// What an HTTP request has shown of the token. The token itself is in no message.
enum class shown_token : std::uint8_t {
  none,
  wrong,
  right,
};

[[nodiscard]] inline std::string to_string(shown_token x) {
  switch (x) {
  case shown_token::none:
    return "none";
  case shown_token::wrong:
    return "wrong";
  case shown_token::right:
    return "right";
  }
  return "invalid";
}

/// An HTTP request (RFC 9110) that the server does not answer by itself.
struct web_question {
  /// `GET` or `POST`; `HEAD` is asked as `GET`.
  std::string method;
  /// Decoded, such as `/api/state`, and the parameters behind it.
  std::string path;
  std::map<std::string, std::string> query;
  std::string body;
  /// Its header `Content-Type`.
  std::string content_type;
  /// Who asks: an IP address.
  std::string address;
  shown_token token = shown_token::none;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_question& x) {
  return f(caf::meta::type_name("web_question"), x.method, x.path, x.query, x.body, x.content_type,
           x.address, x.token);
}

/// The answer to one.
struct web_answer {
  /// HTTP's status code.
  std::uint16_t status = 200;
  /// Media type of the body.
  std::string type = "application/json";
  std::string body;
  /// Instead of a body a stream of events follows, for which the asker is to listen.
  bool stream = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_answer& x) {
  return f(caf::meta::type_name("web_answer"), x.status, x.type, x.body, x.stream);
}

/// One event of a stream: its name and its data, a line of JSON.
struct web_event {
  std::string name;
  std::string data;

  friend bool operator==(const web_event&, const web_event&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_event& x) {
  return f(caf::meta::type_name("web_event"), x.name, x.data);
}

/// What has happened since the last such message. Until it is confirmed by `web_credit` no other
/// follows.
struct web_events {
  std::vector<web_event> all;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_events& x) {
  return f(caf::meta::type_name("web_events"), x.all);
}

/// The events told last have gone out; more may follow.
struct web_credit {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_credit&) {
  return f(caf::meta::type_name("web_credit"));
}

/// How the HTTP server is.
struct web_serving {
  /// Where it serves, such as `http://127.0.0.1:8088/`; empty: it does not.
  std::string url;
  /// Why it does not, for people.
  std::string problem;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_serving& x) {
  return f(caf::meta::type_name("web_serving"), x.url, x.problem);
}

/// How the web actor is.
struct web_figures {
  /// Why nothing is served, for people, and since when on the wall clock; empty: it is.
  std::string problem;
  unix_seconds since = 0;
  /// Streams of events that are open.
  std::uint64_t streams = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_figures& x) {
  return f(caf::meta::type_name("web_figures"), x.problem, x.since, x.streams);
}

} // namespace firefinder
