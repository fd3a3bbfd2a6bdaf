#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// The video of a stream, as its description tells.
struct described_video {
  /// In lower case: `h264`, `h265`, `mjpeg` or another name of the RTP payload formats; empty:
  /// it does not say.
  std::string codec;
  /// In pixels and frames per second; 0: it does not say.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  double fps = 0;
  /// Its `a=control:`.
  std::string control;
};

/// The first video of a session description (SDP, RFC 8866); nothing when it has none, or is
/// none. The size is taken from `a=framesize` (3GPP TS 26.234), `a=x-dimensions`, or the
/// parameter sets of H.264 (RFC 6184, section 8.1).
[[nodiscard]] std::optional<described_video> video_in(std::string_view description);

/// Size of the pictures that a sequence parameter set of H.264 (Rec. ITU-T H.264, section
/// 7.3.2.1.1) is for, with its head byte; nothing for what is none.
struct picture_size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  friend bool operator==(const picture_size&, const picture_size&) = default;
};
[[nodiscard]] std::optional<picture_size> picture_size_of(std::string_view parameter_set);

/// The name of a codec in the form that we use, whatever the source calls it.
[[nodiscard]] std::string codec_name(std::string_view foreign);

} // namespace firefinder
