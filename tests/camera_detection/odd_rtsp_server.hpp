#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::test {

/// How an RTSP server misbehaves.
enum class oddity {
  /// Accepts connections and never says anything.
  mute,
  /// Closes connections at once.
  closes,
  /// Says PLAY is fine, and sends nothing.
  sends_nothing,
  /// Plays packets that claim to be key frames, and are noise.
  sends_noise,
  /// Plays packets that are no key frames.
  sends_no_key_frame,
  /// Closes the connection after PLAY.
  stops,
  /// Says things that are not RTSP.
  garbage,
  /// Answers with a header that never ends.
  endless,
  /// Claims a body that is longer than what comes.
  half_answer,
  /// Describes a stream without video.
  no_video,
  /// Describes video of a kind that nobody knows.
  unknown_codec,
  /// Asks for a password, then sends on whoever shows it to another address.
  redirects,
  /// Wants a password by Basic for everything.
  wants_basic,
  /// Asks for a password by Digest, and by Basic of whoever has shown it so.
  wants_digest_then_basic,
  /// Wants a password by Basic for what is asked while it plays.
  wants_basic_while_it_plays,
  /// Has failed (500).
  fails,
};

/// An RTSP server on a free port of the loopback interface, in a thread of its own.
class odd_rtsp_server {
public:
  /// `elsewhere` is where it redirects to.
  explicit odd_rtsp_server(oddity how, std::string elsewhere = {});
  odd_rtsp_server(const odd_rtsp_server&) = delete;
  odd_rtsp_server& operator=(const odd_rtsp_server&) = delete;
  ~odd_rtsp_server();

  /// `rtsp://127.0.0.1:port/stream`
  [[nodiscard]] std::string url() const;

  /// The requests so far, each with its header.
  [[nodiscard]] std::vector<std::string> requests() const;

  /// Every byte that came in connections that the other end has closed by now.
  [[nodiscard]] std::string all_bytes() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace firefinder::test
