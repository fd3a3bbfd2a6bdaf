#include "actors/web/http_server.hpp"

#include "actors/web/file_descriptor.hpp"
#include "actors/web/gatekeeper.hpp"
#include "actors/web/http_status.hpp"
#include "actors/web/page.hpp"
#include "actors/web/peer_address.hpp"
#include "actors/web/places.hpp"
#include "actors/web/readiness.hpp"
#include "actors/web/request.hpp"
#include "messages/log.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>
#include <httplib.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

namespace firefinder {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A request comes within this, and a client asks again on the same connection.
constexpr seconds request_time{10};
constexpr seconds next_request_time{5};
constexpr int max_requests = 100;

// A client that takes nothing for so long is cut off.
constexpr seconds send_time{30};

// Request line, headers and body.
constexpr std::size_t max_request_bytes = std::size_t{64} * 1024;

// Longer than the web actor waits for others.
constexpr timespan answer_deadline = seconds{2};
constexpr timespan metrics_deadline = seconds{3};
constexpr timespan alive_deadline = seconds{6};

constexpr timespan keep_alive_pause = seconds{15};

constexpr std::chrono::hours crowd_pause{1};

// After a connection that could not be accepted.
constexpr milliseconds accept_pause{200};

constexpr const char* json_type = "application/json";

const httplib::Headers& security_headers() {
  static const httplib::Headers result{
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
       "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
       "frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
  };
  return result;
}

timespan deadline_of(const std::string& path) {
  if (path == "/healthz")
    return alive_deadline;
  return path == "/metrics" ? metrics_deadline : answer_deadline;
}

void signal(const file_descriptor& event) {
  const std::uint64_t one = 1;
  // An event counter takes it until it is at its end.
  static_cast<void>(!::write(event.get(), &one, sizeof one));
}

std::pair<std::string, int> name_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&address);
    ::inet_ntop(AF_INET6, &in->sin6_addr, text.data(), text.size());
    return {text.data(), ntohs(in->sin6_port)};
  }
  const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
  ::inet_ntop(AF_INET, &in->sin_addr, text.data(), text.size());
  return {text.data(), ntohs(in->sin_port)};
}

// One connection for httplib. Nothing in it waits longer than it must, and nothing waits when the
// server ends.
class socket_stream : public httplib::Stream {
public:
  socket_stream(int fd, int stop) : fd_(fd), stop_(stop) {}

  /// Whether another request comes.
  [[nodiscard]] bool next(seconds within) {
    budget_ = max_request_bytes;
    const bool there = begin_ < end_ || wait_for(fd_, POLLIN, stop_, clock::now() + within);
    until_ = clock::now() + request_time;
    return there;
  }

  /// The request was too long or too slow: what follows on the connection has no meaning.
  [[nodiscard]] bool is_broken() const noexcept { return broken_; }

  [[nodiscard]] bool is_readable() const override {
    return begin_ < end_ || wait_for(fd_, POLLIN, stop_, until_);
  }

  [[nodiscard]] bool is_writable() const override {
    return wait_for(fd_, POLLOUT, stop_, clock::now() + send_time);
  }

  ssize_t read(char* to, std::size_t size) override {
    if (begin_ == end_ && !fill())
      return -1;
    const auto n = std::min({size, end_ - begin_, budget_});
    std::memcpy(to, buffer_.data() + begin_, n);
    begin_ += n;
    budget_ -= n;
    broken_ = broken_ || n == 0;
    return broken_ ? -1 : static_cast<ssize_t>(n);
  }

  ssize_t write(const char* from, std::size_t size) override {
    for (;;) {
      const auto n = ::send(fd_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n >= 0)
        return n;
      if (errno == EINTR)
        continue;
      if ((errno != EAGAIN && errno != EWOULDBLOCK) || !is_writable())
        return -1;
    }
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    tell(::getpeername, ip, port);
  }

  void get_local_ip_and_port(std::string& ip, int& port) const override {
    tell(::getsockname, ip, port);
  }

  [[nodiscard]] socket_t socket() const override { return fd_; }

private:
  bool fill() {
    begin_ = end_ = 0;
    while (wait_for(fd_, POLLIN, stop_, until_)) {
      const auto n = ::recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (n > 0) {
        end_ = static_cast<std::size_t>(n);
        return true;
      }
      if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
        break;
    }
    broken_ = true;
    return false;
  }

  template <class F>
  void tell(F&& ask, std::string& ip, int& port) const {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (ask(fd_, reinterpret_cast<sockaddr*>(&address), &length) == 0)
      std::tie(ip, port) = name_of(address);
  }

  int fd_;
  int stop_;
  clock::time_point until_{};
  std::size_t budget_ = 0;
  bool broken_ = false;
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// What the thread of a connection has while it serves it.
struct connection {
  caf::scoped_actor self;
  /// What is left of a request was not read, so no other can follow.
  bool ends = false;
};

// httplib's handlers are told the request alone, and run on its connection's thread.
thread_local connection* current = nullptr;

void refuse(httplib::Response& res, int code, std::string_view why) {
  res.status = code;
  res.set_header("Cache-Control", "no-store");
  res.set_content(error_body(why), json_type);
}

std::string text_of(const web_events& news) {
  std::string result;
  for (const auto& x : news.all)
    result += fmt::format("event: {}\ndata: {}\n\n", x.name, x.data);
  return result;
}

// Tells of events until the client, the server or the web actor ends.
void tell_events(connection& here, const web_actor& whom, httplib::DataSink& sink) {
  const auto send
      = [&sink](const std::string& text) { return sink.write(text.data(), text.size()); };
  here.ends = true;
  bool more = send("retry: 2000\n\n");
  here.self->monitor(whom);
  while (more)
    here.self->receive(
        [&](const web_events& news) {
          more = send(text_of(news));
          here.self->send(whom, web_credit{});
        },
        [&](const caf::down_msg&) { more = false; },
        caf::after(keep_alive_pause) >> [&] { more = send(": keep-alive\n\n"); });
}

} // namespace

class http_server::implementation : private httplib::Server {
public:
  implementation(const web_settings& settings, caf::actor_system& system, web_actor whom)
    : settings_(settings), system_(system), whom_(std::move(whom)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
    set_default_headers(security_headers());
    set_payload_max_length(max_web_body);
    set_socket_options([](socket_t fd) {
      // A second server must fail, and not share our connections.
      const int on = 1;
      ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    set_pre_routing_handler([this](const httplib::Request& req, httplib::Response& res) {
      return answer_by_headers(req, res);
    });
    Post("/api/command",
         [this](const httplib::Request& req, httplib::Response& res) { ask(req, res); });
    set_error_handler([](const httplib::Request&, httplib::Response& res) {
      if (res.body.empty())
        refuse(res, res.status,
               res.status == http_status::too_large
                   ? fmt::format("a body has at most {} bytes", max_web_body)
                   : fmt::format("this is no request that is understood ({})", res.status));
    });
    set_exception_handler([](const httplib::Request&, httplib::Response& res, std::exception_ptr) {
      refuse(res, 500, "this cannot be answered");
    });
  }

  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  ~implementation() override {
    signal(stop_);
    if (threads_)
      threads_->shutdown();
    if (const auto fd = svr_sock_.exchange(INVALID_SOCKET); fd != INVALID_SOCKET)
      ::close(fd);
  }

  [[nodiscard]] status start(std::string& url) {
    if (!stop_ || !places_)
      return status::failure(std::strerror(errno));
    errno = 0;
    const int port = settings_.port == 0 ? bind_to_any_port(settings_.host)
                     : bind_to_port(settings_.host, settings_.port) ? settings_.port
                                                                    : -1;
    const auto bracketed = settings_.host.find(':') == std::string::npos
                               ? settings_.host
                               : '[' + settings_.host + ']';
    if (port <= 0)
      return status::failure(fmt::format(
          "cannot listen at {}:{} ({}); stop what does, or set web.listen to another address or "
          "off",
          bracketed, settings_.port, errno == 0 ? "no such address" : std::strerror(errno)));
    ::fcntl(svr_sock_, F_SETFD, FD_CLOEXEC);
    url = fmt::format("http://{}:{}/", bracketed, port);
    // One more accepts.
    threads_.emplace(places::count + 1);
    threads_->enqueue([this] { accept_all(); });
    return {};
  }

private:
  // -- connections -----------------------------------------------------------------------

  void accept_all() {
    constexpr auto for_ever = std::chrono::hours{1};
    while (!stops()) {
      // A place first, so that whoever finds none waits in the system's queue.
      const auto place = places_.find(stop_.get(), clock::now() + for_ever);
      if (!place || !wait_for(svr_sock_, POLLIN, stop_.get(), clock::now() + for_ever))
        continue;
      sockaddr_storage whose{};
      socklen_t length = sizeof whose;
      file_descriptor fd{
          ::accept4(svr_sock_, reinterpret_cast<sockaddr*>(&whose), &length, SOCK_CLOEXEC)};
      if (!fd) {
        // Most likely no descriptor is left: somebody must close one first.
        static_cast<void>(stops(accept_pause));
        continue;
      }
      sockaddr_storage at{};
      length = sizeof at;
      // A connection that has ended meanwhile knows no address any more.
      static_cast<void>(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &length));
      const auto guest = name_of(whose).first;
      if (!places_.take(*place, is_this_machine(guest, name_of(at).first) ? std::string{}
                                                                          : network_of(guest))) {
        tell_of_crowd(guest);
        continue;
      }
      // One that is gone without a word is noticed as soon as one that does not read.
      constexpr unsigned patience = std::chrono::milliseconds{send_time}.count();
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
      threads_->enqueue([this, place = *place, taken_fd = fd.release()] {
        serve(file_descriptor{taken_fd});
        places_.give_back(place);
      });
    }
  }

  void tell_of_crowd(const std::string& address) {
    const auto now = clock::now();
    if (crowd_told_ && now - *crowd_told_ < crowd_pause)
      return;
    crowd_told_ = now;
    FF_LOG(
        "web", warning,
        "a connection of {} was closed: one address, or one network of IPv6, has at most {}, and "
        "all from elsewhere together {}",
        address, places::of_one_network, places::of_other_machines);
  }

  [[nodiscard]] bool stops(milliseconds within = milliseconds{0}) const {
    pollfd stop{stop_.get(), POLLIN, 0};
    return ::poll(&stop, 1, static_cast<int>(within.count())) > 0;
  }

  void serve(file_descriptor fd) {
    try {
      answer_all(fd.get());
    } catch (const std::exception& fault) {
      FF_LOG("web", error, "a connection ended by an exception: {}", fault.what());
    }
    current = nullptr;
    ::shutdown(fd.get(), SHUT_RDWR);
  }

  void answer_all(int fd) {
    connection here{caf::scoped_actor{system_}};
    current = &here;
    socket_stream stream{fd, stop_.get()};
    bool closed = false;
    for (int i = 0; i < max_requests && !closed && !here.ends && !stream.is_broken(); ++i) {
      // Until it is understood.
      here.ends = true;
      if (!stream.next(i == 0 ? request_time : next_request_time)
          || !process_request(stream, i + 1 == max_requests, closed,
                              [](httplib::Request& req) { simplify(req); }))
        return;
    }
  }

  // Parts of a file make no sense of answers that change, and on the way to a browser that is near
  // compression only costs time.
  static void simplify(httplib::Request& req) {
    req.ranges.clear();
    req.headers.erase("Range");
    req.headers.erase("Accept-Encoding");
  }

  // -- requests --------------------------------------------------------------------------

  HandlerResponse answer_by_headers(const httplib::Request& req, httplib::Response& res) {
    const bool reads = req.method == "GET" || req.method == "HEAD";
    const bool has_body = req.has_header("Content-Length") || req.has_header("Transfer-Encoding");
    // What is left of it on the connection would be taken for the next request.
    current->ends = has_body;
    // A few bytes could become gigabytes.
    if (req.has_header("Content-Encoding")) {
      refuse(res, http_status::unsupported, "a body is taken as it is, without a Content-Encoding");
      return HandlerResponse::Handled;
    }
    if (settings_.token.empty() && !is_own_host(req.get_header_value("Host"), settings_.host)) {
      refuse(res, http_status::forbidden,
             "the header Host names another machine; ask by an address, by "
             "localhost, or set web.token");
      return HandlerResponse::Handled;
    }
    const auto* file = find_page_file(req.path);
    const auto methods = file != nullptr ? std::string_view{"GET, HEAD"} : methods_of(req.path);
    if (methods.empty()) {
      refuse(res, http_status::not_found, "there is no such path; docs/web.md lists them");
      return HandlerResponse::Handled;
    }
    if (methods == "POST" ? req.method != "POST" : !reads) {
      res.set_header("Allow", std::string{methods});
      refuse(res, http_status::not_allowed, fmt::format("this path knows {}", methods));
      return HandlerResponse::Handled;
    }
    // Its body is still to be read.
    if (methods == "POST" && has_body) {
      current->ends = false;
      return HandlerResponse::Unhandled;
    }
    if (file != nullptr)
      send_file(*file, req, res);
    else
      ask(req, res);
    return HandlerResponse::Handled;
  }

  static void send_file(const page_file& file, const httplib::Request& req,
                        httplib::Response& res) {
    res.set_header("Cache-Control", "no-cache");
    res.set_header("ETag", std::string{file.etag});
    if (req.get_header_value("If-None-Match").find(file.etag) != std::string::npos) {
      res.status = http_status::not_modified;
      return;
    }
    res.status = http_status::ok;
    res.set_content(file.content.data(), file.content.size(), std::string{file.type});
  }

  [[nodiscard]] web_question question_of(const httplib::Request& req) const {
    web_question result;
    result.method = req.method == "HEAD" ? "GET" : req.method;
    result.path = req.path;
    for (const auto& [name, value] : req.params)
      result.query.emplace(name, value);
    result.body = req.body;
    result.content_type = req.get_header_value("Content-Type");
    result.address = req.remote_addr;
    if (!settings_.token.empty())
      result.token = token_of(req.get_header_value("Authorization"), settings_.token);
    return result;
  }

  void ask(const httplib::Request& req, httplib::Response& res) {
    auto& self = current->self;
    const auto silent = [&](const caf::error&) {
      refuse(res, http_status::unavailable, "the daemon does not answer in time; try again");
    };
    web_answer answer;
    answer.status = 0;
    self->request(whom_, deadline_of(req.path), question_of(req))
        .receive([&](web_answer& x) { answer = std::move(x); }, silent);
    if (answer.status == 0)
      return;
    res.status = answer.status;
    res.set_header("Cache-Control", "no-store");
    if (answer.status == http_status::unauthorized)
      res.set_header("WWW-Authenticate", "Bearer");
    if (answer.status == http_status::too_many)
      res.set_header("Retry-After", "60");
    if (!answer.stream || req.method == "HEAD") {
      res.set_content(answer.body, answer.type);
      return;
    }
    // Whatever becomes of it: a late answer would have this connection told of events.
    current->ends = true;
    self->request(whom_, answer_deadline, listen_atom_v,
                  caf::actor_cast<event_listener>(caf::actor{self}))
        .receive(
            [&](done_atom) {
              res.set_chunked_content_provider(
                  answer.type, [this, here = current](std::size_t, httplib::DataSink& sink) {
                    tell_events(*here, whom_, sink);
                    return false;
                  });
            },
            [&](const caf::error& why) {
              if (why == caf::sec::request_timeout)
                silent(why);
              else
                refuse(res, http_status::unavailable,
                       "too many streams of events are open already");
            });
  }

  web_settings settings_;
  caf::actor_system& system_;
  web_actor whom_;
  /// Readable from the moment when everything is to end.
  file_descriptor stop_;
  places places_;
  /// When it was last told of connections that found no place.
  std::optional<clock::time_point> crowd_told_;
  std::optional<httplib::ThreadPool> threads_;
};

http_server::http_server(const web_settings& settings, caf::actor_system& system, web_actor whom)
  : implementation_(std::make_unique<implementation>(settings, system, std::move(whom))) {}

http_server::~http_server() = default;

status http_server::start() { return implementation_->start(url_); }

} // namespace firefinder
