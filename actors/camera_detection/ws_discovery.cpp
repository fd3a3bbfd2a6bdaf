#include "actors/camera_detection/ws_discovery.hpp"

#include "actors/camera_detection/device_text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <charconv>

namespace firefinder {

namespace {

constexpr std::size_t max_devices = 8;
constexpr std::size_t max_services = 8;
constexpr std::size_t max_service = 256;
constexpr std::size_t max_endpoint = 64;
constexpr std::size_t max_text = 64;
constexpr std::size_t max_words = 64;
// Deeper than any envelope; a name's namespace is looked for so far up.
constexpr int max_depth = 16;

constexpr std::string_view device_namespace = "http://www.onvif.org/ver10/device/wsdl";
constexpr std::string_view scope_start = "onvif://www.onvif.org/";

struct qualified_name {
  std::string_view prefix;
  std::string_view local;
};

qualified_name split(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos)
    return {{}, name};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

// The first child of this local name: devices bind prefixes as they like.
pugi::xml_node child(const pugi::xml_node& of, std::string_view local) {
  return of.find_child([local](const pugi::xml_node& x) { return split(x.name()).local == local; });
}

std::string_view text_of(const pugi::xml_node& x) { return x.text().get(); }

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  std::vector<std::string_view> result;
  while (result.size() < max_words) {
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos)
      break;
    text.remove_prefix(first);
    const auto word = text.substr(0, text.find_first_of(space));
    result.push_back(word);
    text.remove_prefix(word.size());
  }
  return result;
}

// What the prefix stands for at this place; nothing: it is not declared.
std::optional<std::string_view> namespace_of(std::string_view prefix, pugi::xml_node at) {
  const auto declaration = prefix.empty() ? std::string{"xmlns"} : fmt::format("xmlns:{}", prefix);
  for (int i = 0; i < max_depth && at; ++i, at = at.parent())
    if (const auto found = at.attribute(declaration.c_str()))
      return found.value();
  return {};
}

// `tds:Device` is a camera's, `wsdp:Device` that of printers and computers.
bool is_camera_type(std::string_view type, const pugi::xml_node& at) {
  const auto [prefix, local] = split(type);
  if (local == "NetworkVideoTransmitter")
    return true;
  if (local != "Device")
    return false;
  const auto meaning = namespace_of(prefix, at);
  return meaning ? *meaning == device_namespace : prefix == "tds";
}

// With `%41` and the like as the bytes that they stand for (RFC 3986 section 2.1); what is no such
// thing stays.
std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto digits = text.substr(at + 1, 2);
    std::uint8_t byte = 0;
    if (text[at] == '%' && digits.size() == 2
        && std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr == digits.data() + 2) {
      result += static_cast<char>(byte);
      at += 2;
    } else {
      result += text[at];
    }
  }
  return result;
}

// The scope's value below this name, of the first that has one.
std::string from_scopes(const std::vector<std::string_view>& scopes, std::string_view below) {
  for (const auto scope : scopes) {
    const auto rest = scope.substr(std::min(scope_start.size(), scope.size()));
    if (!lower_case(scope).starts_with(scope_start) || !lower_case(rest).starts_with(below))
      continue;
    auto value = foreign_text(percent_decoded(rest.substr(below.size())), max_text);
    if (!value.empty())
      return value;
  }
  return {};
}

std::string endpoint_of(const pugi::xml_node& device) {
  const auto words = words_of(text_of(child(child(device, "EndpointReference"), "Address")));
  if (words.empty())
    return {};
  auto result = lower_case(words.front());
  for (const std::string_view start : {"urn:", "uuid:"})
    if (result.starts_with(start))
      result.erase(0, start.size());
  result.resize(std::min(result.size(), max_endpoint));
  // It may become part of a camera's id, and so of a topic.
  for (auto& c : result)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_'))
      c = '-';
  return result;
}

bool is_service(std::string_view url) {
  const auto start = lower_case(url.substr(0, 8));
  return url.size() <= max_service && (start.starts_with("http://") || start == "https://")
         && std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~'; });
}

onvif_device device_of(const pugi::xml_node& x, const std::vector<std::string_view>& scopes) {
  onvif_device result;
  result.endpoint = endpoint_of(x);
  for (const auto url : words_of(text_of(child(x, "XAddrs"))))
    if (is_service(url) && result.services.size() < max_services)
      result.services.emplace_back(url);
  result.name = from_scopes(scopes, "name/");
  result.hardware = from_scopes(scopes, "hardware/");
  return result;
}

// The device, unless it calls itself none of ours and `any` are not wanted.
void take_device(const pugi::xml_node& x, bool any, std::vector<onvif_device>& to) {
  const auto types = child(x, "Types");
  const auto type_names = words_of(text_of(types));
  const auto scopes = words_of(text_of(child(x, "Scopes")));
  const bool camera = std::any_of(type_names.begin(), type_names.end(),
                                  [&types](auto type) { return is_camera_type(type, types); })
                      || std::any_of(scopes.begin(), scopes.end(), [](auto scope) {
                           return lower_case(scope).starts_with(scope_start);
                         });
  if (camera || any)
    to.push_back(device_of(x, scopes));
}

} // namespace

std::string probe_envelope(std::string_view message_id, probe_types types) {
  std::string_view wanted;
  switch (types) {
  case probe_types::video_transmitter:
    wanted = "<d:Types>dn:NetworkVideoTransmitter</d:Types>";
    break;
  case probe_types::device:
    wanted = "<d:Types>tds:Device</d:Types>";
    break;
  case probe_types::all:
    break;
  }
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?>)"
      R"(<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope")"
      R"( xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing")"
      R"( xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery")"
      R"( xmlns:dn="http://www.onvif.org/ver10/network/wsdl")"
      R"( xmlns:tds="{}">)"
      R"(<e:Header><w:MessageID>{}</w:MessageID>)"
      R"(<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>)"
      R"(<w:Action e:mustUnderstand="true">)"
      R"(http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>)"
      R"(<e:Body><d:Probe>{}</d:Probe></e:Body></e:Envelope>)",
      device_namespace, message_id, wanted);
}

std::optional<discovery_message> parse_discovery(std::string_view datagram) {
  if (datagram.empty() || datagram.size() > max_discovery_message)
    return {};
  pugi::xml_document document;
  // A document type stays in the tree, so that it is seen and refused; pugixml knows none of
  // its entities in any case.
  constexpr auto flags = pugi::parse_default | pugi::parse_doctype;
  const auto parsed = document.load_buffer(datagram.data(), datagram.size(), flags);
  if (!parsed)
    return {};
  for (const auto& x : document.children())
    if (x.type() == pugi::node_doctype)
      return {};
  const auto envelope = child(document, "Envelope");
  const auto content
      = child(envelope, "Body").find_child([](const pugi::xml_node& x) { return *x.name() != 0; });
  const auto name = split(content.name()).local;
  discovery_message result;
  const auto relates_to = words_of(text_of(child(child(envelope, "Header"), "RelatesTo")));
  if (!relates_to.empty())
    result.relates_to = relates_to.front();
  if (name == "ProbeMatches") {
    for (const auto& x : content.children())
      if (split(x.name()).local == "ProbeMatch" && result.devices.size() < max_devices)
        take_device(x, false, result.devices);
  } else if (name == "Hello") {
    result.what = discovery_message::kind::hello;
    take_device(content, false, result.devices);
  } else if (name == "Bye") {
    result.what = discovery_message::kind::bye;
    take_device(content, true, result.devices);
  } else {
    return {};
  }
  return result;
}

} // namespace firefinder
