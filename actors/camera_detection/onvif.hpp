#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// What an ONVIF device is asked (ONVIF Core and Media Service Specifications).
enum class onvif_call : std::uint8_t {
  system_date_and_time,
  device_information,
  network_interfaces,
  services,
  capabilities,
  profiles,
  stream_uri,
};

/// The SOAP action of a call.
[[nodiscard]] std::string onvif_action(onvif_call call);

/// The SOAP 1.2 envelope of a call. `header` is what stands in its header, as it is; `profile`
/// is the token of the media profile that `stream_uri` asks for.
[[nodiscard]] std::string onvif_request(onvif_call call, std::string_view header = {},
                                        std::string_view profile = {});

/// That a device would not answer a call.
struct onvif_fault {
  /// It wants a log-in, or not this one.
  bool authorization = false;
  /// The log-in was too old or too new for the device's clock.
  bool clock = false;
  /// It takes no log-in for a while.
  bool locked = false;
  /// In the device's words.
  std::string reason;
};

struct onvif_identity {
  std::string manufacturer;
  std::string model;
  std::string firmware_version;
  std::string serial_number;
};

struct onvif_profile {
  std::string token;
  std::string name;
  /// Of its video encoder; empty and 0: it does not say.
  std::string codec;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  double fps = 0;
  /// It has an encoder, or at least a source of video.
  bool video = false;
};

/// Most media profiles that are looked at.
inline constexpr std::size_t max_profiles = 16;
/// Most network interfaces that are looked at.
inline constexpr std::size_t max_interfaces = 16;

/// A SOAP message of a device. Names count without their prefixes, because those are the
/// sender's choice. A message with a document type is none: SOAP 1.2 forbids it (part 1,
/// section 5), and nothing good comes of one.
class onvif_message {
public:
  explicit onvif_message(std::string_view document);
  onvif_message(onvif_message&&) noexcept;
  onvif_message& operator=(onvif_message&&) noexcept;
  ~onvif_message();

  /// Whether it is a SOAP envelope with a body.
  [[nodiscard]] bool valid() const noexcept;

  /// The fault that it tells of.
  [[nodiscard]] std::optional<onvif_fault> fault() const;

  // Each: nothing when it is not the answer to that call, or lacks what it is about.

  [[nodiscard]] std::optional<unix_seconds> clock() const;
  [[nodiscard]] std::optional<onvif_identity> identity() const;
  /// Hardware addresses, 12 lower-case hex digits, without repetition.
  [[nodiscard]] std::optional<std::vector<std::string>> hardware_addresses() const;
  /// Address of the media service, as it tells it, in the answer to either call; empty text:
  /// the answer names none.
  [[nodiscard]] std::optional<std::string> media_service() const;
  [[nodiscard]] std::optional<std::vector<onvif_profile>> profiles() const;
  [[nodiscard]] std::optional<std::string> stream_uri() const;

private:
  struct document;
  std::unique_ptr<document> document_;
};

} // namespace firefinder
