#include "actors/web/http_server.hpp"

#include "actors/file_descriptor.hpp"
#include "actors/web/answer_head.hpp"
#include "actors/web/courier.hpp"
#include "actors/web/event_counter.hpp"
#include "actors/web/gatekeeper.hpp"
#include "actors/web/http_status.hpp"
#include "actors/web/page.hpp"
#include "actors/web/peer_address.hpp"
#include "actors/web/places.hpp"
#include "actors/web/request.hpp"
#include "actors/web/request_reader.hpp"
#include "messages/log.hpp"

#include <caf/blocking_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <system_error>
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

// Whoever may still send has so long to see the last answer: a connection that is closed before all
// of it was read can take the answer with it (RFC 9112, section 9.6).
constexpr seconds linger_time{1};

// Request line, headers and body.
constexpr std::size_t max_request_bytes = std::size_t{64} * 1024;

// Room that a connection keeps for what it sends next.
constexpr std::size_t kept_bytes = std::size_t{16} * 1024;

// Longer than the web actor waits for others.
constexpr timespan answer_deadline = seconds{2};
constexpr timespan metrics_deadline = seconds{3};
constexpr timespan alive_deadline = seconds{6};

constexpr seconds keep_alive_pause{15};

constexpr std::chrono::hours crowd_pause{1};

// After a connection that could not be accepted.
constexpr milliseconds accept_pause{200};

// Those who wait for a place.
constexpr int backlog = 64;

constexpr const char* json_type = "application/json";

timespan deadline_of(const std::string& path) {
  if (path == "/healthz")
    return alive_deadline;
  return path == "/metrics" ? metrics_deadline : answer_deadline;
}

std::string name_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&address);
    ::inet_ntop(AF_INET6, &in->sin6_addr, text.data(), text.size());
  } else {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
    ::inet_ntop(AF_INET, &in->sin_addr, text.data(), text.size());
  }
  return text.data();
}

std::string own_name_of(int fd) {
  sockaddr_storage at{};
  socklen_t length = sizeof at;
  // A connection that has ended meanwhile knows no address any more.
  static_cast<void>(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &length));
  return name_of(at);
}

void set_option(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// Listens at one address; errno says why not.
file_descriptor listen_at(const addrinfo& where) {
  file_descriptor fd{
      ::socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, where.ai_protocol)};
  if (!fd)
    return fd;
  // A second server must fail, and not share our connections.
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  // All addresses are those of IPv4 too.
  if (where.ai_family == AF_INET6)
    set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(fd.get(), where.ai_addr, where.ai_addrlen) != 0 || ::listen(fd.get(), backlog) != 0)
    return {};
  return fd;
}

file_descriptor listen_at(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  errno = 0;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{found, &::freeaddrinfo};
  for (const auto* x = all.get(); x != nullptr; x = x->ai_next)
    if (auto fd = listen_at(*x))
      return fd;
  return {};
}

int port_of(int fd) {
  sockaddr_storage at{};
  socklen_t length = sizeof at;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &length) != 0)
    return -1;
  return ntohs(at.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&at)->sin6_port
                                        : reinterpret_cast<const sockaddr_in*>(&at)->sin_port);
}

// What a request is answered.
struct answer {
  std::uint16_t status = http_status::ok;
  std::string type;
  std::string body;
  /// Of the page, instead of the body.
  std::string_view file;
  /// Further headers.
  std::string headers;
  /// How long it is stays unsaid.
  bool is_endless = false;
};

answer refused(std::uint16_t status, std::string_view why) {
  return {status, json_type, error_body(why), {}, "Cache-Control: no-store\r\n", false};
}

std::string text_of(const web_events& news) {
  std::string result;
  for (const auto& x : news.all)
    result += fmt::format("event: {}\ndata: {}\n\n", x.name, x.data);
  return result;
}

// One connection, and how far it is.
struct connection {
  enum class phase : std::uint8_t {
    /// A request is read.
    reads,
    /// The web actor is asked.
    asks,
    /// An answer is on its way.
    answers,
    /// Events are told.
    follows,
    /// It was answered for the last time.
    lingers,
    gone,
  };

  connection(file_descriptor socket, std::string whose)
    : fd(std::move(socket)), address(std::move(whose)) {}

  [[nodiscard]] bool has_unsent() const noexcept { return sent < out.size() + file.size(); }

  file_descriptor fd;
  std::string address;
  phase is = phase::reads;
  /// When something is to be done about it although nothing happens.
  clock::time_point until = clock::now() + request_time;
  request_reader reader{max_web_body, max_request_bytes};
  int requests = 0;
  /// The client sends no more.
  bool is_half_closed = false;
  /// No other request follows.
  bool ends = false;
  /// What is to be sent, and how much of it was.
  std::string out;
  std::string_view file;
  std::size_t sent = 0;
  /// Who carries the question, and its number; 0: nothing is awaited.
  courier_actor courier;
  std::uint64_t question = 0;
  /// The courier waits until the events have gone out.
  bool owes_credit = false;
};

using phase = connection::phase;

} // namespace

class http_server::implementation {
public:
  implementation(const web_settings& settings, caf::actor_system& system, web_actor whom)
    : settings_(settings), system_(system), whom_(std::move(whom)),
      news_(std::make_shared<const event_counter>()) {}

  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  ~implementation() {
    if (!loop_)
      return;
    stop_.raise();
    caf::scoped_actor self{system_};
    self->wait_for(loop_);
  }

  [[nodiscard]] status start(std::string& url) {
    if (!stop_ || !*news_)
      return status::failure(std::strerror(errno));
    listener_ = listen_at(settings_.host, settings_.port);
    const auto bracketed = settings_.host.find(':') == std::string::npos
                               ? settings_.host
                               : '[' + settings_.host + ']';
    if (!listener_)
      return status::failure(fmt::format(
          "cannot listen at {}:{} ({}); stop what does, or set web.listen to another address or "
          "off",
          bracketed, settings_.port, errno == 0 ? "no such address" : std::strerror(errno)));
    try {
      loop_ = system_.spawn<caf::detached>(
          [](caf::blocking_actor* self, implementation* server) { server->run(self); }, this);
    } catch (const std::system_error& fault) {
      // CAF has counted the thread already, and would wait for its end.
      system_.dec_detached_threads();
      return status::failure(fmt::format("no thread can be started ({})", fault.code().message()));
    }
    url = fmt::format("http://{}:{}/", bracketed, port_of(listener_.get()));
    return {};
  }

private:
  // -- the loop --------------------------------------------------------------------------

  void run(caf::blocking_actor* self) {
    self_ = self;
    while (!stops()) {
      try {
        step();
      } catch (const std::exception& fault) {
        tell_of(fault);
        static_cast<void>(stops(accept_pause));
      }
    }
    for (auto& x : connections_)
      if (x)
        drop(*x);
  }

  [[nodiscard]] bool stops(milliseconds within = milliseconds{0}) const {
    pollfd stop{stop_.get(), POLLIN, 0};
    return ::poll(&stop, 1, static_cast<int>(within.count())) > 0;
  }

  static void tell_of(const std::exception& fault) {
    FF_LOG("web", error, "a connection ended by an exception: {}", fault.what());
  }

  // Waits for what comes next, and does what it asks for.
  void step() {
    // What is not to be waited for has no descriptor.
    std::array<pollfd, places::count + 3> all{};
    all.fill({-1, 0, 0});
    auto& news = all[places::count];
    auto& next = all[places::count + 1];
    news = {news_->get(), POLLIN, 0};
    all[places::count + 2] = {stop_.get(), POLLIN, 0};
    auto until = clock::now() + std::chrono::hours{1};
    // Whoever finds no place waits in the system's queue.
    if (const auto place = places_.find()) {
      if (clock::now() >= accepts_from_)
        next = {listener_.get(), POLLIN, 0};
      else
        until = accepts_from_;
    }
    for (std::size_t i = 0; i < places::count; ++i)
      if (const auto& x = connections_.at(i)) {
        const bool reads = x->is == phase::reads || x->is == phase::lingers;
        // Who follows events and sends the end of the connection is gone.
        const bool may_leave = x->is == phase::follows && !x->is_half_closed;
        const int events = (x->has_unsent() ? POLLOUT
                            : reads         ? POLLIN
                                            : 0)
                           | (may_leave ? POLLRDHUP : 0);
        all.at(i) = {x->fd.get(), static_cast<short>(events), 0};
        until = std::min(until, x->until);
      }
    const auto left = std::chrono::ceil<milliseconds>(until - clock::now());
    if (::poll(all.data(), all.size(), static_cast<int>(std::max(left, milliseconds{0}).count()))
        < 0)
      return;
    if (news.revents != 0)
      hear();
    for (std::size_t i = 0; i < places::count; ++i) {
      const auto happened = all.at(i).revents;
      if (const auto& x = connections_.at(i); x && all.at(i).fd >= 0)
        attend(static_cast<std::uint8_t>(i), [&] {
          if (happened != 0)
            on_ready(*x, happened);
          else if (clock::now() >= x->until)
            on_late(*x);
        });
    }
    if (next.revents != 0)
      accept();
  }

  // Does something about the connection at this place, which may be its last.
  template <class F>
  void attend(std::uint8_t place, F&& act) {
    auto& x = connections_.at(place);
    try {
      act();
    } catch (const std::exception& fault) {
      tell_of(fault);
      drop(*x);
    }
    if (x->is != phase::gone)
      return;
    x.reset();
    places_.give_back(place);
  }

  // What couriers have brought.
  void hear() {
    news_->clear();
    const auto with = [this](std::uint64_t number, auto&& act) {
      for (std::size_t i = 0; i < places::count; ++i)
        if (const auto& x = connections_.at(i); x && x->question == number)
          attend(static_cast<std::uint8_t>(i), [&] { act(*x); });
    };
    // Whoever is told much does not hold the others up.
    bool more = true;
    for (std::size_t i = 0; more && i < places::count; ++i)
      self_->receive(
          [&](std::uint64_t number, web_answer& brought) {
            with(number, [&](connection& x) { on_answer(x, brought); });
          },
          [&](std::uint64_t number, const web_events& brought) {
            with(number, [&](connection& x) { on_events(x, brought); });
          },
          [&](std::uint64_t number, done_atom) {
            with(number, [this](connection& x) { on_silence(x); });
          },
          caf::after(timespan{0}) >> [&more] { more = false; });
    if (more)
      news_->raise();
  }

  // -- connections -----------------------------------------------------------------------

  void accept() {
    const auto place = places_.find();
    sockaddr_storage whose{};
    socklen_t length = sizeof whose;
    if (!place)
      return;
    file_descriptor fd{::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&whose), &length,
                                 SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd) {
      // Where nothing is left for another one, somebody must end first.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        accepts_from_ = clock::now() + accept_pause;
      return;
    }
    auto guest = name_of(whose);
    auto taken = std::make_unique<connection>(std::move(fd), guest);
    if (!places_.take(*place, is_this_machine(guest, own_name_of(taken->fd.get()))
                                  ? std::string{}
                                  : network_of(guest))) {
      tell_of_crowd(guest);
      return;
    }
    // One that is gone without a word is noticed as soon as one that does not read.
    set_option(taken->fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT,
               static_cast<int>(milliseconds{send_time}.count()));
    // An event is small and follows another: it does not wait until that is confirmed.
    set_option(taken->fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    connections_.at(*place) = std::move(taken);
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

  static void drop(connection& x) {
    x.is = phase::gone;
    dismiss(x);
  }

  static void dismiss(connection& x) {
    if (x.courier)
      caf::anon_send_exit(x.courier, caf::exit_reason::user_shutdown);
    x.courier = nullptr;
    x.question = 0;
  }

  void on_ready(connection& x, short happened) {
    if ((happened & POLLRDHUP) != 0)
      drop(x);
    else if (x.has_unsent())
      go_on(x);
    else if (x.is == phase::reads || x.is == phase::lingers)
      receive(x);
    else if ((happened & (POLLERR | POLLHUP | POLLNVAL)) != 0)
      drop(x);
  }

  void on_late(connection& x) {
    switch (x.is) {
    case phase::reads:
      if (x.reader.has_begun() && !x.has_unsent()) {
        x.ends = true;
        send(x, refused(http_status::timeout,
                        fmt::format("a request comes within {} s", request_time.count())));
        go_on(x);
      } else {
        drop(x);
      }
      break;
    case phase::asks:
      on_silence(x);
      break;
    case phase::follows:
      if (x.has_unsent()) {
        drop(x);
      } else {
        send_event(x, ": keep-alive\n\n");
        go_on(x);
      }
      break;
    default:
      drop(x);
      break;
    }
  }

  void receive(connection& x) {
    std::array<char, 4096> buffer;
    const auto n = ::recv(x.fd.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && would_wait())
      return;
    if (n < 0 || (n == 0 && x.is == phase::lingers)) {
      drop(x);
      return;
    }
    if (x.is == phase::lingers) {
      // Also whoever never stops.
      if (clock::now() >= x.until)
        drop(x);
      return;
    }
    if (n == 0)
      x.is_half_closed = true;
    else if (!x.reader.has_begun())
      x.until = clock::now() + request_time;
    x.reader.take({buffer.data(), static_cast<std::size_t>(n)});
    go_on(x);
  }

  // Whether all of it is with the system now; otherwise it waits, or is gone.
  static bool flush(connection& x) {
    while (x.has_unsent()) {
      const auto in_file = std::max(x.sent, x.out.size()) - x.out.size();
      const auto in_out = std::min(x.sent, x.out.size());
      std::array<iovec, 2> parts{
          iovec{x.out.data() + in_out, x.out.size() - in_out},
          // It is only read.
          iovec{const_cast<char*>(x.file.data()) + in_file, x.file.size() - in_file}};
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = parts.size();
      const auto n = ::sendmsg(x.fd.get(), &message, MSG_NOSIGNAL);
      if (n >= 0) {
        x.sent += static_cast<std::size_t>(n);
        if (x.is != phase::reads)
          x.until = clock::now() + send_time;
      } else if (errno != EINTR) {
        if (!would_wait())
          drop(x);
        return false;
      }
    }
    // The first event of a stream tells of the whole house; those that follow are small.
    if (x.out.capacity() > kept_bytes)
      x.out = {};
    else
      x.out.clear();
    x.file = {};
    x.sent = 0;
    return true;
  }

  // Goes on with a connection until it must wait.
  void go_on(connection& x) {
    while (flush(x))
      switch (x.is) {
      case phase::reads:
        if (!read(x))
          return;
        break;
      case phase::answers:
        if (x.ends) {
          if (x.reader.is_at_end() && !x.reader.head().persists) {
            drop(x);
            return;
          }
          ::shutdown(x.fd.get(), SHUT_WR);
          x.is = phase::lingers;
          x.until = clock::now() + linger_time;
          return;
        }
        x.reader.next();
        x.is = phase::reads;
        x.until = clock::now() + (x.reader.has_begun() ? request_time : next_request_time);
        break;
      case phase::follows:
        x.until = clock::now() + keep_alive_pause;
        if (std::exchange(x.owes_credit, false))
          self_->send(x.courier, web_credit{});
        return;
      default:
        return;
      }
  }

  // -- requests --------------------------------------------------------------------------

  // Whether there is something else to be done now than to wait for more of the request.
  bool read(connection& x) {
    switch (x.reader.go_on()) {
    case request_reader::progress::needs_more:
      if (!x.is_half_closed)
        return false;
      if (!x.reader.has_begun()) {
        drop(x);
        return false;
      }
      x.ends = true;
      send(x, refused(http_status::bad_request, "the request ends before its end"));
      return true;
    case request_reader::progress::has_head:
      on_head(x);
      return true;
    case request_reader::progress::is_whole:
      ask(x);
      return true;
    case request_reader::progress::is_refused:
      x.ends = true;
      send(x, refused(x.reader.status(), x.reader.why()));
      return true;
    }
    return false;
  }

  void on_head(connection& x) {
    const auto& head = x.reader.head();
    const bool persists = head.persists && ++x.requests < max_requests;
    // What is left of a body on the connection would be taken for the next request.
    x.ends = !persists || head.has_body;
    // A few bytes could become gigabytes.
    if (head.has_encoding) {
      send(x, refused(http_status::unsupported,
                      "a body is taken as it is, without a Content-Encoding"));
      return;
    }
    if (settings_.token.empty() && !is_own_host(head.host, settings_.host)) {
      send(x, refused(http_status::forbidden,
                      "the header Host names another machine; ask by an address, by "
                      "localhost, or set web.token"));
      return;
    }
    const auto* file = find_page_file(head.path);
    const auto methods = file != nullptr ? std::string_view{"GET, HEAD"} : methods_of(head.path);
    if (methods.empty()) {
      send(x, refused(http_status::not_found, "there is no such path; docs/web.md lists them"));
      return;
    }
    const bool reads = head.method == "GET" || head.method == "HEAD";
    if (methods == "POST" ? head.method != "POST" : !reads) {
      auto result = refused(http_status::not_allowed, fmt::format("this path knows {}", methods));
      result.headers += fmt::format("Allow: {}\r\n", methods);
      send(x, result);
      return;
    }
    if (file != nullptr) {
      send_file(x, *file);
    } else if (methods == "POST" && head.has_body) {
      x.ends = !persists;
      if (head.expects_continue && !x.reader.has_unread())
        x.out = "HTTP/1.1 100 Continue\r\n\r\n";
    } else {
      ask(x);
    }
  }

  static void send_file(connection& x, const page_file& file) {
    answer result;
    result.headers = fmt::format("Cache-Control: no-cache\r\nETag: {}\r\n", file.etag);
    if (x.reader.head().if_none_match.find(file.etag) != std::string::npos) {
      result.status = http_status::not_modified;
    } else {
      result.type = file.type;
      result.file = file.content;
    }
    send(x, result);
  }

  static void send(connection& x, const answer& what) {
    const bool is_bare = x.reader.head().method == "HEAD";
    answer_head head;
    head.status = what.status;
    head.type = what.type;
    // Of what has not changed only that is told (RFC 9110, section 15.4.5).
    if (what.status != http_status::not_modified && !what.is_endless)
      head.length = what.file.size() + what.body.size();
    head.persists = !x.ends;
    head.headers = what.headers;
    x.out = text_of(head, std::time(nullptr));
    if (!is_bare) {
      x.out += what.body;
      x.file = what.file;
    }
    x.sent = 0;
    x.is = phase::answers;
    x.until = clock::now() + send_time;
  }

  // -- questions to the web actor -----------------------------------------------------------

  [[nodiscard]] web_question question_of(const connection& x) const {
    const auto& head = x.reader.head();
    web_question result;
    result.method = head.method == "HEAD" ? "GET" : head.method;
    result.path = head.path;
    result.query = head.query;
    result.body = x.reader.body();
    result.content_type = head.content_type;
    result.address = x.address;
    if (!settings_.token.empty())
      result.token = token_of(head.authorization, settings_.token);
    return result;
  }

  void ask(connection& x) {
    const auto within = deadline_of(x.reader.head().path);
    courier_errand errand;
    errand.whom = whom_;
    errand.server = caf::actor_cast<answer_listener>(caf::actor{self_});
    errand.news = news_;
    errand.number = ++last_question_;
    errand.within = within;
    errand.follows = x.reader.head().method != "HEAD";
    x.courier = system_.spawn(courier, std::move(errand), question_of(x));
    x.question = last_question_;
    x.is = phase::asks;
    // Longer than it takes the courier to be told that nobody answers.
    x.until
        = clock::now() + std::chrono::ceil<clock::duration>(within + follow_deadline + seconds{1});
  }

  void on_answer(connection& x, web_answer& brought) {
    if (x.is != phase::asks)
      return;
    answer result;
    result.status = brought.status;
    result.type = std::move(brought.type);
    result.body = std::move(brought.body);
    result.headers = "Cache-Control: no-store\r\n";
    if (brought.status == http_status::unauthorized)
      result.headers += "WWW-Authenticate: Bearer\r\n";
    if (brought.status == http_status::too_many)
      result.headers += "Retry-After: 60\r\n";
    result.is_endless = brought.stream;
    if (brought.stream && x.reader.head().method != "HEAD") {
      begin_stream(x, result);
    } else {
      dismiss(x);
      send(x, result);
    }
    go_on(x);
  }

  void on_silence(connection& x) {
    if (x.is != phase::asks) {
      drop(x);
      return;
    }
    dismiss(x);
    send(x, refused(http_status::unavailable, "the daemon does not answer in time; try again"));
    go_on(x);
  }

  // -- streams of events ------------------------------------------------------------------

  static void begin_stream(connection& x, const answer& what) {
    x.ends = true;
    answer_head head;
    head.type = what.type;
    head.has_chunks = !x.reader.head().is_old;
    head.persists = false;
    head.headers = what.headers;
    x.out = text_of(head, std::time(nullptr));
    x.is = phase::follows;
    x.until = clock::now() + send_time;
    send_event(x, "retry: 2000\n\n");
  }

  static void send_event(connection& x, std::string_view text) {
    if (!x.has_unsent())
      x.until = clock::now() + send_time;
    if (x.reader.head().is_old)
      x.out += text;
    else
      x.out += chunk_of(text);
  }

  void on_events(connection& x, const web_events& news) {
    if (x.is != phase::follows)
      return;
    send_event(x, text_of(news));
    x.owes_credit = true;
    go_on(x);
  }

  web_settings settings_;
  caf::actor_system& system_;
  web_actor whom_;
  /// Readable from the moment when everything is to end.
  event_counter stop_;
  /// Readable when couriers have brought something. They may live a little longer than the server.
  std::shared_ptr<const event_counter> news_;
  file_descriptor listener_;
  /// Owns what follows, on its own thread.
  caf::actor loop_;
  caf::blocking_actor* self_ = nullptr;
  places places_;
  std::array<std::unique_ptr<connection>, places::count> connections_;
  std::uint64_t last_question_ = 0;
  clock::time_point accepts_from_{};
  /// When it was last told of connections that found no place.
  std::optional<clock::time_point> crowd_told_;
};

http_server::http_server(const web_settings& settings, caf::actor_system& system, web_actor whom)
  : implementation_(std::make_unique<implementation>(settings, system, std::move(whom))) {}

http_server::~http_server() = default;

status http_server::start() { return implementation_->start(url_); }

} // namespace firefinder
