#include "src/probe/look.hpp"

#include "src/probe/guard.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
}

#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>

namespace firefinder::probe {

namespace {

using steady_clock = std::chrono::steady_clock;

// A frame of 8192 by 8192.
constexpr std::int64_t most_pixels = std::int64_t{1} << 26;

struct close_input {
  void operator()(AVFormatContext* x) const noexcept { avformat_close_input(&x); }
};

struct free_decoder {
  void operator()(AVCodecContext* x) const noexcept { avcodec_free_context(&x); }
};

struct free_packet {
  void operator()(AVPacket* x) const noexcept { av_packet_free(&x); }
};

struct free_frame {
  void operator()(AVFrame* x) const noexcept { av_frame_free(&x); }
};

class options {
public:
  options() = default;
  options(const options&) = delete;
  options& operator=(const options&) = delete;
  ~options() { av_dict_free(&all_); }

  void set(const char* name, const std::string& value) {
    av_dict_set(&all_, name, value.c_str(), 0);
  }
  [[nodiscard]] AVDictionary** get() noexcept { return &all_; }

private:
  AVDictionary* all_ = nullptr;
};

// libavformat opens a socket or two; nothing else of this process is one.
bool has_connection() {
  for (int fd = 3; fd < 64; ++fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0)
      return true;
  }
  return false;
}

// Tells libavformat when to stop. It asks before everything for which it may have to wait.
struct brake {
  steady_clock::time_point end;
  std::string url;
  AVFormatContext* input = nullptr;
  bool connected = false;
  bool late = false;
  bool redirected = false;

  bool pull() {
    connected = connected || has_connection();
    late = late || steady_clock::now() >= end;
    // It follows redirections and takes the password along. It asks before it writes to the
    // new address, which then stands here.
    redirected = redirected || (input != nullptr && input->url != nullptr && input->url != url);
    // Nobody tells it that its request was not sent: it would wait for the answer.
    return late || redirected || withheld();
  }
};

int ask_brake(void* which) { return static_cast<brake*>(which)->pull() ? 1 : 0; }

video_report failed(video_outcome outcome, std::string why) {
  video_report result;
  result.outcome = outcome;
  result.why = std::move(why);
  return result;
}

video_report wants_basic() {
  return failed(video_outcome::unauthorized,
                "it wants the password readable for everybody on the way (Basic), which "
                "camera_detection.allow_basic would permit");
}

bool has_login(const std::string& url) {
  return url.find('@') < url.find('/', url.find("://") + 3);
}

// Why the stream could not be opened.
video_report refusal(int error, const brake& state, bool with_login) {
  if (withheld())
    return wants_basic();
  if (state.redirected)
    return failed(video_outcome::not_found, "it redirects to another address");
  if (state.late)
    return state.connected ? failed(video_outcome::timeout, "it did not answer in time")
                           : failed(video_outcome::unreachable, "nobody answers");
  switch (error) {
  case AVERROR_HTTP_UNAUTHORIZED:
    return failed(video_outcome::unauthorized,
                  with_login ? "it refused the password" : "it wants a password");
  case AVERROR_HTTP_FORBIDDEN:
    return failed(video_outcome::unauthorized, "it forbids this (403)");
  case AVERROR_HTTP_NOT_FOUND:
    return failed(video_outcome::not_found, "it has no such stream (404)");
  case AVERROR_HTTP_BAD_REQUEST:
  case AVERROR_HTTP_OTHER_4XX:
    return failed(video_outcome::no_video, "it refuses to play this");
  case AVERROR_HTTP_SERVER_ERROR:
    return failed(video_outcome::no_video, "it cannot play this now");
  case AVERROR(ECONNREFUSED):
    return failed(video_outcome::unreachable, "nobody listens there");
  case AVERROR(EPROTONOSUPPORT):
    return failed(video_outcome::no_video, "it does not play over TCP");
  case AVERROR(ENOMEM):
    return failed(video_outcome::unable, "memory is short");
  default:
    return state.connected ? failed(video_outcome::no_video, "it breaks the protocol")
                           : failed(video_outcome::unreachable, "nobody answers");
  }
}

const AVStream* video_of(const AVFormatContext& input) {
  for (unsigned i = 0; i < input.nb_streams; ++i)
    if (input.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
      return input.streams[i];
  return nullptr;
}

// As in SDP and ONVIF.
std::string name_of(AVCodecID codec) {
  return codec == AV_CODEC_ID_HEVC ? "h265" : avcodec_get_name(codec);
}

double rate_of(const AVRational& x) { return x.num > 0 && x.den > 0 ? av_q2d(x) : 0; }

// Decodes a key frame by itself: nothing else proves that it is one, and nothing else tells
// its size when the description does not. Parameter sets may be in it or in the description.
std::optional<video_report> decoded(const AVStream& stream, const AVCodec& codec,
                                    const AVPacket& packet) {
  const std::unique_ptr<AVCodecContext, free_decoder> decoder{avcodec_alloc_context3(&codec)};
  const std::unique_ptr<AVFrame, free_frame> frame{av_frame_alloc()};
  if (!decoder || !frame || avcodec_parameters_to_context(decoder.get(), stream.codecpar) < 0)
    return std::nullopt;
  decoder->thread_count = 1;
  decoder->max_pixels = most_pixels;
  // Nobody looks at it.
  decoder->skip_loop_filter = AVDISCARD_ALL;
  if (avcodec_open2(decoder.get(), &codec, nullptr) < 0
      || avcodec_send_packet(decoder.get(), &packet) < 0)
    return std::nullopt;
  // Without this it would wait for frames to come between.
  avcodec_send_packet(decoder.get(), nullptr);
  if (avcodec_receive_frame(decoder.get(), frame.get()) < 0 || frame->width <= 0
      || frame->height <= 0)
    return std::nullopt;
  video_report result;
  result.outcome = video_outcome::video;
  result.width = static_cast<std::uint32_t>(frame->width);
  result.height = static_cast<std::uint32_t>(frame->height);
  result.fps = rate_of(decoder->framerate);
  if (result.fps == 0)
    result.fps = rate_of(stream.avg_frame_rate);
  return result;
}

// Reads until a key frame comes.
video_report watch(AVFormatContext& input, const AVStream& stream, const AVCodec& codec,
                   const brake& state) {
  const std::unique_ptr<AVPacket, free_packet> packet{av_packet_alloc()};
  bool anything = false;
  bool key_frames = false;
  while (packet && !state.late) {
    const auto error = av_read_frame(&input, packet.get());
    if (error == AVERROR(EAGAIN))
      continue;
    if (error < 0 && !state.late)
      return failed(video_outcome::no_video, error == AVERROR(ENOMEM)
                                                 ? "its frames are too large"
                                                 : "it stopped before a key frame came");
    if (error < 0)
      break;
    const bool ours = packet->stream_index == stream.index && packet->size > 0;
    anything = anything || ours;
    if (ours && (packet->flags & AV_PKT_FLAG_KEY) != 0
        && (packet->flags & AV_PKT_FLAG_CORRUPT) == 0) {
      key_frames = true;
      if (auto result = decoded(stream, codec, *packet))
        return *result;
    }
    av_packet_unref(packet.get());
  }
  if (key_frames)
    return failed(video_outcome::no_video, "its key frames cannot be decoded");
  if (anything)
    return failed(video_outcome::timeout, "no key frame came in time");
  return failed(video_outcome::no_video, "it plays, and sends nothing");
}

} // namespace

video_report look(const std::string& url, login_scheme scheme, steady_clock::time_point begin,
                  timespan deadline) {
  permit_basic(scheme == login_scheme::basic);
  // It prints addresses with the password in them.
  av_log_set_level(AV_LOG_QUIET);
  brake state;
  state.end = begin + deadline;
  state.url = url;
  auto* opening = avformat_alloc_context();
  if (opening == nullptr)
    return failed(video_outcome::unable, "memory is short");
  state.input = opening;
  opening->interrupt_callback = {&ask_brake, &state};
  options set;
  set.set("rtsp_transport", "tcp");
  set.set("allowed_media_types", "video");
  set.set("protocol_whitelist", "rtsp,rtp,tcp");
  set.set("user_agent", "firefinder");
  // Which frees it when it fails.
  const auto error
      = avformat_open_input(&opening, url.c_str(), av_find_input_format("rtsp"), set.get());
  state.input = nullptr;
  const std::unique_ptr<AVFormatContext, close_input> input{opening};
  if (error < 0)
    return refusal(error, state, has_login(url));
  const auto* const stream = video_of(*input);
  if (stream == nullptr)
    return failed(video_outcome::no_video, "it has no video");
  const auto codec = stream->codecpar->codec_id;
  const auto* const decoder = avcodec_find_decoder(codec);
  if (decoder == nullptr)
    return failed(video_outcome::no_video, "its video is of a kind that is not known");
  auto result = watch(*input, *stream, *decoder, state);
  // A device may ask for it while it plays.
  if (result.outcome != video_outcome::video && withheld())
    result = wants_basic();
  result.codec = name_of(codec);
  if (result.outcome == video_outcome::video)
    result.key_frame_after_s = to_seconds(steady_clock::now() - begin);
  return result;
}

} // namespace firefinder::probe
