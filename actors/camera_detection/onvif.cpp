#include "actors/camera_detection/onvif.hpp"

#include "actors/camera_detection/device_text.hpp"
#include "actors/camera_detection/device_url.hpp"
#include "actors/camera_detection/sdp.hpp"
#include "actors/camera_detection/username_token.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace firefinder {

namespace {

constexpr std::string_view device_namespace = "http://www.onvif.org/ver10/device/wsdl";
constexpr std::string_view media_namespace = "http://www.onvif.org/ver10/media/wsdl";

constexpr std::size_t max_text_bytes = 128;
constexpr std::size_t max_token_bytes = 128;
constexpr std::size_t max_fault_bytes = 200;
// Siblings that are looked at before what we look for is taken to be absent.
constexpr int max_siblings = 512;
constexpr double max_side = 65'535;
constexpr double max_fps = 1'000;

struct call_words {
  std::string_view space;
  std::string_view name;
};

call_words words_of(onvif_call call) {
  switch (call) {
  case onvif_call::system_date_and_time:
    return {device_namespace, "GetSystemDateAndTime"};
  case onvif_call::device_information:
    return {device_namespace, "GetDeviceInformation"};
  case onvif_call::network_interfaces:
    return {device_namespace, "GetNetworkInterfaces"};
  case onvif_call::services:
    return {device_namespace, "GetServices"};
  case onvif_call::capabilities:
    return {device_namespace, "GetCapabilities"};
  case onvif_call::profiles:
    return {media_namespace, "GetProfiles"};
  case onvif_call::stream_uri:
    return {media_namespace, "GetStreamUri"};
  }
  return {};
}

std::string_view local_name(pugi::xml_node node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// The first child of that name.
pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
  int seen = 0;
  for (const auto node : parent.children()) {
    if (++seen > max_siblings)
      break;
    if (node.type() == pugi::node_element && local_name(node) == name)
      return node;
  }
  return {};
}

// The one at the end of a path of children.
pugi::xml_node descend(pugi::xml_node from, std::initializer_list<std::string_view> path) {
  for (const auto name : path)
    from = child(from, name);
  return from;
}

// Every child of that name, at most so many.
std::vector<pugi::xml_node> children(pugi::xml_node parent, std::string_view name,
                                     std::size_t most) {
  std::vector<pugi::xml_node> result;
  int seen = 0;
  for (const auto node : parent.children()) {
    if (++seen > max_siblings || result.size() == most)
      break;
    if (node.type() == pugi::node_element && local_name(node) == name)
      result.push_back(node);
  }
  return result;
}

std::string text_in(pugi::xml_node node, std::size_t most = max_text_bytes) {
  return foreign_text(node.child_value(), most);
}

std::string attribute_of(pugi::xml_node node, std::string_view name, std::size_t most) {
  for (const auto one : node.attributes())
    if (one.name() == name)
      return foreign_text(one.value(), most);
  return {};
}

// 0 for what is no number, or not between 0 and `most`.
double number_in(pugi::xml_node node, double most) {
  const auto text = trimmed(node.child_value());
  double x = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), x);
  return fault == std::errc{} && std::isfinite(x) && x >= 0 && x <= most ? x : 0;
}

std::optional<int> integer_in(pugi::xml_node node) {
  const auto text = trimmed(node.child_value());
  int x = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (fault != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return x;
}

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

std::optional<unix_seconds> moment_in(pugi::xml_node moment) {
  const auto date = child(moment, "Date");
  const auto time = child(moment, "Time");
  const auto year = integer_in(child(date, "Year"));
  const auto month = integer_in(child(date, "Month"));
  const auto day = integer_in(child(date, "Day"));
  const auto hour = integer_in(child(time, "Hour"));
  const auto minute = integer_in(child(time, "Minute"));
  const auto second = integer_in(child(time, "Second"));
  if (!year || !month || !day || !hour || !minute || !second)
    return std::nullopt;
  // A camera that lost its clock counts from 1970, or from 2000.
  if (*year < 1970 || *year > 9999 || *month < 1 || *month > 12 || *day < 1 || *day > 31
      || *hour < 0 || *hour > 24 || *minute < 0 || *minute > 59 || *second < 0 || *second > 61)
    return std::nullopt;
  const std::chrono::year_month_day calendar{std::chrono::year{*year},
                                             std::chrono::month{static_cast<unsigned>(*month)},
                                             std::chrono::day{static_cast<unsigned>(*day)}};
  if (!calendar.ok())
    return std::nullopt;
  const auto days = std::chrono::sys_days{calendar}.time_since_epoch().count();
  return static_cast<double>(days) * 86'400.0 + *hour * 3'600.0 + *minute * 60.0 + *second;
}

onvif_profile profile_in(pugi::xml_node node) {
  onvif_profile result;
  result.token = attribute_of(node, "token", max_token_bytes);
  result.name = text_in(child(node, "Name"));
  const auto encoder = child(node, "VideoEncoderConfiguration");
  result.video = encoder || child(node, "VideoSourceConfiguration");
  result.codec = codec_name(text_in(child(encoder, "Encoding")));
  const auto size = child(encoder, "Resolution");
  result.width = static_cast<std::uint32_t>(number_in(child(size, "Width"), max_side));
  result.height = static_cast<std::uint32_t>(number_in(child(size, "Height"), max_side));
  result.fps = number_in(descend(encoder, {"RateControl", "FrameRateLimit"}), max_fps);
  return result;
}

} // namespace

std::string onvif_action(onvif_call call) {
  const auto [space, name] = words_of(call);
  return std::string{space} + "/" + std::string{name};
}

std::string onvif_request(onvif_call call, std::string_view header, std::string_view profile) {
  const auto [space, name] = words_of(call);
  std::string result = R"(<?xml version="1.0" encoding="UTF-8"?>)"
                       R"(<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">)";
  if (!header.empty()) {
    result += "<s:Header>";
    result += header;
    result += "</s:Header>";
  }
  result += "<s:Body><";
  result += name;
  result += " xmlns=\"";
  result += space;
  result += "\">";
  if (call == onvif_call::services)
    result += "<IncludeCapability>false</IncludeCapability>";
  if (call == onvif_call::capabilities)
    result += "<Category>All</Category>";
  if (call == onvif_call::stream_uri) {
    result
        += R"(<StreamSetup><Stream xmlns="http://www.onvif.org/ver10/schema">RTP-Unicast</Stream>)"
           R"(<Transport xmlns="http://www.onvif.org/ver10/schema"><Protocol>RTSP</Protocol>)"
           "</Transport></StreamSetup><ProfileToken>";
    result += xml_text(profile);
    result += "</ProfileToken>";
  }
  result += "</";
  result += name;
  result += "></s:Body></s:Envelope>";
  return result;
}

struct onvif_message::document {
  pugi::xml_document xml;
  pugi::xml_node body;

  // The answer to a call, or nothing.
  [[nodiscard]] pugi::xml_node answer(std::string_view name) const { return child(body, name); }
};

onvif_message::onvif_message(std::string_view text) : document_(std::make_unique<document>()) {
  // It stops at a NUL by itself, and would call the rest complete.
  if (text.find('\0') != std::string_view::npos)
    return;
  auto& xml = document_->xml;
  // The document type is kept, so that it is seen; pugixml expands none of its entities.
  const auto parsed
      = xml.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_doctype);
  if (!parsed)
    return;
  for (const auto node : xml.children())
    if (node.type() == pugi::node_doctype)
      return;
  document_->body = descend(xml.root(), {"Envelope", "Body"});
}

onvif_message::onvif_message(onvif_message&&) noexcept = default;
onvif_message& onvif_message::operator=(onvif_message&&) noexcept = default;
onvif_message::~onvif_message() = default;

bool onvif_message::valid() const noexcept { return static_cast<bool>(document_->body); }

std::optional<onvif_fault> onvif_message::fault() const {
  const auto fault = document_->answer("Fault");
  if (!fault)
    return std::nullopt;
  onvif_fault result;
  std::string codes;
  auto code = child(fault, "Code");
  for (int depth = 0; code && depth < 4; ++depth) {
    codes += ' ' + lower_case(text_in(child(code, "Value")));
    code = child(code, "Subcode");
  }
  // SOAP 1.1, which some speak as well.
  codes += ' ' + lower_case(text_in(child(fault, "faultcode")));
  result.reason = text_in(descend(fault, {"Reason", "Text"}), max_fault_bytes);
  if (result.reason.empty())
    result.reason = text_in(child(fault, "faultstring"), max_fault_bytes);
  const auto detail = text_in(descend(fault, {"Detail", "Text"}), max_fault_bytes);
  if (result.reason.empty())
    result.reason = detail;
  const auto words = lower_case(result.reason) + ' ' + lower_case(detail);
  result.clock = contains(words, "time check failed") || contains(codes, "messageexpired")
                 || contains(words, "timestamp");
  result.locked
      = (contains(words, "locked") && !contains(words, "unlocked")) || contains(codes, "locked");
  result.authorization = result.clock || result.locked || contains(codes, "notauthorized")
                         || contains(codes, "failedauthentication")
                         || contains(codes, "invalidsecurity") || contains(words, "not authorized")
                         || contains(words, "notauthorized") || contains(words, "unauthorized")
                         || contains(words, "authority failure");
  return result;
}

std::optional<unix_seconds> onvif_message::clock() const {
  const auto told
      = descend(document_->answer("GetSystemDateAndTimeResponse"), {"SystemDateAndTime"});
  return moment_in(child(told, "UTCDateTime"));
}

std::optional<onvif_identity> onvif_message::identity() const {
  const auto told = document_->answer("GetDeviceInformationResponse");
  if (!told)
    return std::nullopt;
  return onvif_identity{text_in(child(told, "Manufacturer")), text_in(child(told, "Model")),
                        text_in(child(told, "FirmwareVersion")),
                        text_in(child(told, "SerialNumber"))};
}

std::optional<std::vector<std::string>> onvif_message::hardware_addresses() const {
  const auto told = document_->answer("GetNetworkInterfacesResponse");
  if (!told)
    return std::nullopt;
  std::vector<std::string> result;
  for (const auto one : children(told, "NetworkInterfaces", max_interfaces)) {
    const auto address = hardware_address(text_in(descend(one, {"Info", "HwAddress"})));
    if (address && std::find(result.begin(), result.end(), *address) == result.end())
      result.push_back(*address);
  }
  return result;
}

std::optional<std::string> onvif_message::media_service() const {
  if (const auto told = document_->answer("GetServicesResponse")) {
    for (const auto one : children(told, "Service", 64))
      if (trimmed(child(one, "Namespace").child_value()) == media_namespace)
        return text_in(child(one, "XAddr"), max_url_path);
    return std::string{};
  }
  if (const auto told = document_->answer("GetCapabilitiesResponse"))
    return text_in(descend(told, {"Capabilities", "Media", "XAddr"}), max_url_path);
  return std::nullopt;
}

std::optional<std::vector<onvif_profile>> onvif_message::profiles() const {
  const auto told = document_->answer("GetProfilesResponse");
  if (!told)
    return std::nullopt;
  std::vector<onvif_profile> result;
  for (const auto one : children(told, "Profiles", max_profiles))
    result.push_back(profile_in(one));
  return result;
}

std::optional<std::string> onvif_message::stream_uri() const {
  const auto told = document_->answer("GetStreamUriResponse");
  if (!told)
    return std::nullopt;
  return text_in(descend(told, {"MediaUri", "Uri"}), 2 * max_url_path);
}

} // namespace firefinder
