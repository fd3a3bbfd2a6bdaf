#include "actors/camera_detection/device_http.hpp"

#include "actors/camera_detection/device_text.hpp"
#include "actors/curl.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <list>
#include <string_view>
#include <utility>

namespace firefinder {

namespace {

constexpr std::size_t max_challenge_lines = 8;
constexpr std::size_t max_header_bytes = 1'024;
constexpr long unauthorized = 401;
// Connections that are kept for the next question.
constexpr long max_kept_connections = 64;

// One question on its way; libcurl knows its address.
struct transfer {
  device_question question;
  device_http::listener done;
  curl_list headers;
  device_answer answer;
  std::size_t bytes = 0;
  // Status of the answer whose header is being read.
  long status = 0;
  // It has asked for a log-in in a way that libcurl answers by one.
  bool challenged = false;
  bool too_much = false;
  // It would have shown the password a second time.
  bool again = false;
  bool wrong_protocol = false;
  // Last, so that it is gone before what it points to.
  curl_easy handle;

  // Counts what came; false: it is too much.
  bool count(std::size_t more) {
    if (more > max_device_answer - bytes)
      too_much = true;
    else
      bytes += more;
    return !too_much;
  }
};

bool is_rtsp(const device_question& x) { return x.protocol != device_protocol::soap; }

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* whose) {
  auto& x = *static_cast<transfer*>(whose);
  const auto bytes = size * count;
  if (!x.count(bytes))
    return 0;
  // The body of an answer that asks for a log-in is followed by another answer; libcurl
  // throws most of these away itself.
  x.answer.body.append(data, bytes);
  return bytes;
}

// Data of a stream between the answers. Nobody asked for it, so it only counts.
std::size_t take_interleaved(char*, std::size_t size, std::size_t count, void* whose) {
  auto& x = *static_cast<transfer*>(whose);
  return x.count(size * count) ? size * count : 0;
}

void begin_answer(transfer& x, std::string_view line) {
  x.answer.body.clear();
  x.wrong_protocol = !line.starts_with(is_rtsp(x.question) ? "RTSP/" : "HTTP/");
  const auto code = line.find(' ');
  x.status = 0;
  if (code != std::string_view::npos)
    for (const auto c : line.substr(code + 1, 3))
      x.status = c >= '0' && c <= '9' ? x.status * 10 + (c - '0') : 0;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* whose) {
  auto& x = *static_cast<transfer*>(whose);
  const auto bytes = size * count;
  if (!x.count(bytes))
    return 0;
  const std::string_view line{data, bytes};
  const auto colon = line.find(':');
  if (line.starts_with("HTTP/") || line.starts_with("RTSP/")) {
    begin_answer(x, line);
    return x.wrong_protocol ? 0 : bytes;
  }
  if (colon == std::string_view::npos)
    return bytes;
  const auto name = lower_case(line.substr(0, colon));
  const auto value = trimmed(line.substr(colon + 1));
  if (name == "www-authenticate" && x.status == unauthorized) {
    // Those of the first answer: the second one is about the password.
    if (!x.answer.logged_in && x.answer.challenges.size() < max_challenge_lines)
      x.answer.challenges.emplace_back(value.substr(0, max_header_bytes));
    x.challenged = true;
  } else if (name == "server") {
    x.answer.server = foreign_text(value, max_header_bytes);
  } else if (name == "public") {
    x.answer.methods = foreign_text(value, max_header_bytes);
  } else if (name == "content-base") {
    x.answer.base = foreign_text(value, max_header_bytes);
  }
  return bytes;
}

// Before every request goes out. A request that follows a challenge carries the password;
// there is one such for each question, whatever the device says: not a second one because it
// calls its own challenge stale, nor because it hung up on the first.
int before_request(void* whose, char*, char*, int, int) {
  auto& x = *static_cast<transfer*>(whose);
  const bool shows = x.question.scheme == login_scheme::basic
                     || (x.question.scheme == login_scheme::digest && x.challenged);
  if (!shows)
    return CURL_PREREQFUNC_OK;
  if (std::exchange(x.answer.logged_in, true)) {
    x.again = true;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

void allow_protocols(CURL* handle, const char* names, [[maybe_unused]] long bits) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, names);
#else
  static_cast<void>(names);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS, bits);
#endif
}

void set_login(CURL* handle, const device_question& question) {
  if (question.scheme == login_scheme::none)
    return;
  curl_easy_setopt(handle, CURLOPT_USERNAME, question.user.c_str());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, question.password.c_str());
  // CURLAUTH_ONLY: Digest begins with the whole question and not with an empty one, which
  // some devices call a bad request before they ask for a log-in.
  curl_easy_setopt(handle, CURLOPT_HTTPAUTH,
                   question.scheme == login_scheme::basic
                       ? CURLAUTH_BASIC
                       : static_cast<unsigned long>(CURLAUTH_DIGEST | CURLAUTH_ONLY));
}

void set_soap(transfer& x) {
  auto* const handle = x.handle.get();
  allow_protocols(handle, "http,https", CURLPROTO_HTTP | CURLPROTO_HTTPS);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, x.question.body.c_str());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(x.question.body.size()));
  // SOAP 1.2, part 2, section 7.1: the action is a parameter of the type.
  const auto type
      = "Content-Type: application/soap+xml; charset=utf-8; action=\"" + x.question.action + "\"";
  x.headers.reset(curl_slist_append(nullptr, type.c_str()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, x.headers.get());
  // The body may show a password, as a token that is good for once. libcurl puts a question
  // again when a connection that it kept dies under it; so this one gets a new connection.
  if (x.question.scheme == login_scheme::none) {
    curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
  }
  // A camera makes its certificate itself, for no name. The address is the one that the
  // device was heard from, and no password goes over the line in clear on account of TLS.
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
}

void set_rtsp(transfer& x) {
  auto* const handle = x.handle.get();
  allow_protocols(handle, "rtsp", CURLPROTO_RTSP);
  curl_easy_setopt(handle, CURLOPT_RTSP_REQUEST,
                   x.question.protocol == device_protocol::rtsp_options
                       ? long{CURL_RTSPREQ_OPTIONS}
                       : long{CURL_RTSPREQ_DESCRIBE});
  curl_easy_setopt(handle, CURLOPT_RTSP_STREAM_URI, x.question.url.c_str());
  curl_easy_setopt(handle, CURLOPT_INTERLEAVEFUNCTION, &take_interleaved);
  curl_easy_setopt(handle, CURLOPT_INTERLEAVEDATA, &x);
}

void prepare(transfer& x, const device_client_limits& limits) {
  x.handle.reset(curl_easy_init());
  auto* const handle = x.handle.get();
  curl_easy_setopt(handle, CURLOPT_URL, x.question.url.c_str());
  curl_easy_setopt(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &x);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &x);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &before_request);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, &x);
  const auto deadline
      = std::chrono::duration_cast<std::chrono::milliseconds>(x.question.deadline).count();
  // 0 would be no deadline at all.
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(deadline)));
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, static_cast<long>(limits.idle.count()));
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 16L * 1024);
  curl_easy_setopt(handle, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  // Signals are the business of main.
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "firefinder");
  leave_lookups_behind(handle);
  set_login(handle, x.question);
  if (is_rtsp(x.question))
    set_rtsp(x);
  else
    set_soap(x);
}

// Whether it ever got so far as to be connected.
bool was_connected(CURL* handle) {
  curl_off_t after = 0;
  curl_easy_getinfo(handle, CURLINFO_CONNECT_TIME_T, &after);
  return after > 0;
}

void set_failure(device_answer& x, device_failure what, const char* why) {
  x.failure = what;
  x.why = why;
}

void judge(transfer& x, CURLcode result) {
  auto& answer = x.answer;
  auto* const handle = x.handle.get();
  if (x.too_much) {
    set_failure(answer, device_failure::too_large, "its answer is too long");
  } else if (x.wrong_protocol) {
    set_failure(answer, device_failure::protocol, "it speaks another protocol");
  } else if (x.again) {
    set_failure(answer, device_failure::protocol, "it wants the password again and again");
  } else if (result == CURLE_COULDNT_CONNECT) {
    long number = 0;
    curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &number);
    if (number == ECONNREFUSED)
      set_failure(answer, device_failure::refused, "it takes no connections at this port");
    else
      set_failure(answer, device_failure::unreachable, "there is no way to it");
  } else if (result == CURLE_OPERATION_TIMEDOUT) {
    if (was_connected(handle))
      set_failure(answer, device_failure::timeout, "it takes too long to answer");
    else
      set_failure(answer, device_failure::unreachable, "nobody answers there");
  } else if (result != CURLE_OK) {
    set_failure(answer, device_failure::protocol, curl_easy_strerror(result));
  }
}

} // namespace

struct device_http::handles {
  device_client_limits limits;
  // The transfers go first, and with them what libcurl knows of their memory.
  curl_multi all;
  std::list<transfer> transfers;
  std::deque<std::pair<device_question, listener>> waiting;

  ~handles() {
    for (auto& x : transfers)
      curl_multi_remove_handle(all.get(), x.handle.get());
  }

  static void fail(const listener& done, const std::string& why) {
    device_answer answer;
    set_failure(answer, device_failure::protocol, why.c_str());
    done(std::move(answer));
  }

  // There is no libcurl.
  void fail_all(const std::string& why) {
    for (const auto& x : std::exchange(waiting, {}))
      fail(x.second, why);
  }

  void start() {
    curl_multi_setopt(all.get(), CURLMOPT_MAXCONNECTS, max_kept_connections);
    while (!waiting.empty() && transfers.size() < limits.parallel) {
      auto& x = transfers.emplace_back();
      x.question = std::move(waiting.front().first);
      x.done = std::move(waiting.front().second);
      waiting.pop_front();
      prepare(x, limits);
      if (curl_multi_add_handle(all.get(), x.handle.get()) == CURLM_OK)
        continue;
      const auto done = std::move(x.done);
      transfers.pop_back();
      fail(done, "libcurl has no memory");
    }
  }

  void complete(const CURLMsg& message) {
    auto* const handle = message.easy_handle;
    const auto result = message.data.result;
    const auto x = std::find_if(transfers.begin(), transfers.end(), [handle](const transfer& one) {
      return one.handle.get() == handle;
    });
    if (x == transfers.end())
      return;
    long code = 0;
    curl_off_t took = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(handle, CURLINFO_TOTAL_TIME_T, &took);
    x->answer.code = static_cast<std::uint32_t>(std::clamp(code, 0L, 999L));
    x->answer.took = std::chrono::microseconds{took};
    judge(*x, result);
    if (x->answer.failure != device_failure::none)
      x->answer.body.clear();
    curl_multi_remove_handle(all.get(), handle);
    auto answer = std::move(x->answer);
    const auto done = std::move(x->done);
    transfers.erase(x);
    done(std::move(answer));
  }
};

device_http::device_http(const device_client_limits& limits)
  : handles_(std::make_unique<handles>()) {
  handles_->limits = limits;
}

device_http::~device_http() = default;

bool device_http::idle() const noexcept {
  return handles_->transfers.empty() && handles_->waiting.empty();
}

void device_http::ask(device_question question, listener done) {
  handles_->waiting.emplace_back(std::move(question), std::move(done));
}

bool device_http::work(std::chrono::milliseconds longest) {
  if (const auto opened = open_curl(handles_->all); !opened) {
    const bool asked = !idle();
    handles_->fail_all(opened.why());
    return asked;
  }
  handles_->start();
  auto* const all = handles_->all.get();
  int running = 0;
  curl_multi_perform(all, &running);
  int left = 0;
  auto* message = curl_multi_info_read(all, &left);
  if (message == nullptr && running != 0) {
    curl_multi_poll(all, nullptr, 0, static_cast<int>(longest.count()), nullptr);
    curl_multi_perform(all, &running);
    message = curl_multi_info_read(all, &left);
  }
  const bool answered = message != nullptr;
  for (; message != nullptr; message = curl_multi_info_read(all, &left))
    if (message->msg == CURLMSG_DONE)
      handles_->complete(*message);
  return answered;
}

void device_http::close_connections() {
  if (idle())
    handles_->all.reset();
}

} // namespace firefinder
