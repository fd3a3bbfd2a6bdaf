#include "tests/camera_detection/odd_rtsp_server.hpp"

#include "tests/support/net.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace firefinder::test {

namespace {

// The value of a header; empty: there is none.
std::string header(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos)
    return {};
  const auto begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

std::string description(oddity how) {
  const std::string session = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n";
  if (how == oddity::no_video)
    return session + "m=audio 0 RTP/AVP 0\r\na=control:audio\r\n";
  const std::string codec = how == oddity::unknown_codec ? "HOLOGRAM" : "H264";
  return session + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 " + codec + "/90000\r\na=control:video\r\n";
}

// NAL unit headers of H.264 (RFC 6184, section 1.3).
constexpr char idr_slice = 0x65;
constexpr char other_slice = 0x41;

// An RTP packet (RFC 3550) in a frame of its own (RFC 2326, section 10.12): one NAL unit that
// calls itself such a slice.
std::string noise(std::uint16_t number, char slice) {
  std::string packet{"\x80\xe0", 2};
  packet += static_cast<char>(number >> 8U);
  packet += static_cast<char>(number & 0xffU);
  packet += std::string{"\0\0", 2};
  packet += static_cast<char>((number * 12U) >> 8U & 0xffU);
  packet += static_cast<char>((number * 12U) & 0xffU);
  packet += "ssrc";
  packet += slice;
  for (unsigned i = 0; i < 500; ++i)
    packet += static_cast<char>((number * 31U + i * 7U * i) & 0xffU);
  std::string frame{"$\0", 2};
  frame += static_cast<char>(packet.size() >> 8U);
  frame += static_cast<char>(packet.size() & 0xffU);
  return frame + packet;
}

struct client {
  descriptor connection;
  std::string input;
  std::string all;
  std::uint16_t packets = 0;
  bool playing = false;
  bool endless = false;
  bool closed = false;
};

} // namespace

struct odd_rtsp_server::state {
  oddity how;
  std::string elsewhere;
  std::uint16_t port = free_port();
  descriptor listener = listen_on(port);
  std::list<client> clients;
  mutable std::mutex mutex;
  std::vector<std::string> requests;
  std::string all_bytes;
  std::jthread thread;

  static void send(client& to, const std::string& bytes) {
    if (::send(to.connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0
        && errno != EAGAIN)
      to.closed = true;
  }

  void answer(client& to, const std::string& request) {
    const auto method = request.substr(0, request.find(' '));
    const auto number = "CSeq: " + header(request, "CSeq") + "\r\n";
    const auto reply = [&](const std::string& status, const std::string& more = {}) {
      send(to, "RTSP/1.0 " + status + "\r\n" + number + more + "\r\n");
    };
    if (how == oddity::mute)
      return;
    if (how == oddity::garbage)
      return send(to, "\x01\x02HELO\xff\xfe\r\n\r\n$\r\n\r\n");
    if (how == oddity::endless) {
      to.endless = true;
      return send(to, "RTSP/1.0 200 OK\r\n" + number);
    }
    if (how == oddity::fails)
      return reply("500 Internal Server Error");
    const std::string basic = "WWW-Authenticate: Basic realm=\"camera\"\r\n";
    const auto shown = header(request, "Authorization");
    if (how == oddity::wants_basic || (how == oddity::wants_digest_then_basic && !shown.empty())
        || (how == oddity::wants_basic_while_it_plays && to.playing))
      return reply("401 Unauthorized", basic);
    if (how == oddity::wants_digest_then_basic)
      return reply("401 Unauthorized",
                   "WWW-Authenticate: Digest realm=\"camera\", nonce=\"1\"\r\n");
    if (method == "OPTIONS")
      return reply("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY\r\n");
    if (how == oddity::redirects) {
      if (shown.empty())
        return reply("401 Unauthorized", basic);
      return reply("302 Found", "Location: " + elsewhere + "\r\n");
    }
    if (method == "DESCRIBE") {
      const auto body = description(how);
      const auto length = body.size() + (how == oddity::half_answer ? 1000 : 0);
      reply("200 OK",
            "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(length) + "\r\n");
      return send(to, body);
    }
    // After half of this timeout it is asked something, so that it does not end.
    if (method == "SETUP")
      return reply("200 OK",
                   "Session: 1;timeout=2\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
    reply("200 OK", "Session: 1\r\n");
    to.playing = method == "PLAY";
    to.closed = to.playing && how == oddity::stops;
  }

  void serve(client& x) {
    char buffer[4096];
    const auto n = ::recv(x.connection.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
      x.closed = true;
      const std::lock_guard lock{mutex};
      all_bytes += x.all;
      return;
    }
    if (n > 0) {
      x.input.append(buffer, static_cast<std::size_t>(n));
      x.all.append(buffer, static_cast<std::size_t>(n));
    }
    for (auto end = x.input.find("\r\n\r\n"); end != std::string::npos && !x.closed;
         end = x.input.find("\r\n\r\n")) {
      const auto request = x.input.substr(0, end + 4);
      x.input.erase(0, end + 4);
      {
        const std::lock_guard lock{mutex};
        requests.push_back(request);
      }
      answer(x, request);
    }
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<pollfd> all{{listener.get(), POLLIN, 0}};
      for (const auto& x : clients)
        all.push_back({x.connection.get(), POLLIN, 0});
      ::poll(all.data(), all.size(), 10);
      descriptor next{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (next && how != oddity::closes)
        clients.emplace_back().connection = std::move(next);
      for (auto& x : clients) {
        serve(x);
        if (x.playing && how == oddity::sends_noise)
          send(x, noise(x.packets++, idr_slice));
        if (x.playing
            && (how == oddity::sends_no_key_frame || how == oddity::wants_basic_while_it_plays))
          send(x, noise(x.packets++, other_slice));
        if (x.endless)
          send(x, "X-Header: " + std::string(60'000, 'x') + "\r\n");
      }
      clients.remove_if([](const client& x) { return x.closed; });
    }
  }
};

odd_rtsp_server::odd_rtsp_server(oddity how, std::string elsewhere)
  : state_(std::make_unique<state>()) {
  state_->how = how;
  state_->elsewhere = std::move(elsewhere);
  state_->thread = std::jthread{[this](const std::stop_token& stop) { state_->run(stop); }};
}

odd_rtsp_server::~odd_rtsp_server() = default;

std::string odd_rtsp_server::url() const {
  return "rtsp://127.0.0.1:" + std::to_string(state_->port) + "/stream";
}

std::vector<std::string> odd_rtsp_server::requests() const {
  const std::lock_guard lock{state_->mutex};
  return state_->requests;
}

std::string odd_rtsp_server::all_bytes() const {
  const std::lock_guard lock{state_->mutex};
  return state_->all_bytes;
}

} // namespace firefinder::test
