#pragma once

#include "messages/device.hpp"

#include <string>

namespace firefinder::probe {

/// Where to look, in the form that libavformat wants.
struct address {
  /// With user and password in it, percent-encoded (RFC 3986, section 3.2.1).
  std::string url;
  /// `video` when it can be looked at; otherwise what is wrong with it, and why.
  video_outcome outcome = video_outcome::video;
  std::string why;
};

/// Puts user and password into the address, if they may be shown. Refuses what is no
/// `rtsp://host…`, and what libavformat would shorten or read differently: that would be a failed
/// log-in.
[[nodiscard]] address address_of(const video_query& query);

} // namespace firefinder::probe
