#include "actors/camera_detection/ws_discovery.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace firefinder::ws_discovery_test {
namespace {

using kind = discovery_message::kind;

std::string envelope(const std::string& header, const std::string& body) {
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:wsdd="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:tds="http://www.onvif.org/ver10/device/wsdl"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"
 xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof">
<SOAP-ENV:Header>{}</SOAP-ENV:Header><SOAP-ENV:Body>{}</SOAP-ENV:Body></SOAP-ENV:Envelope>)",
      header, body);
}

std::string device(const std::string& types, const std::string& scopes,
                   const std::string& services = "http://10.77.0.13/onvif/device_service") {
  return fmt::format("<wsa:EndpointReference><wsa:Address>urn:uuid:4D454930-0000-1000-8000-"
                     "ABCDEF012345</wsa:Address></wsa:EndpointReference><wsdd:Types>{}"
                     "</wsdd:Types><wsdd:Scopes>{}</wsdd:Scopes><wsdd:XAddrs>{}</wsdd:XAddrs>"
                     "<wsdd:MetadataVersion>1</wsdd:MetadataVersion>",
                     types, scopes, services);
}

std::string matches(const std::string& content) {
  return envelope("<wsa:RelatesTo> urn:uuid:1 </wsa:RelatesTo>",
                  "<wsdd:ProbeMatches><wsdd:ProbeMatch>" + content
                      + "</wsdd:ProbeMatch></wsdd:ProbeMatches>");
}

const std::string camera = device("dn:NetworkVideoTransmitter tds:Device",
                                  "onvif://www.onvif.org/type/video_encoder "
                                  "onvif://www.onvif.org/name/Front%20Gate "
                                  "onvif://www.onvif.org/hardware/IPC-B42",
                                  "http://10.77.0.13:8000/onvif/device_service "
                                  "http://[fe80::1]/onvif/device_service");

std::vector<onvif_device> devices(const std::string& text) {
  const auto x = parse_discovery(text);
  return x ? x->devices : std::vector<onvif_device>{};
}

TEST(ws_discovery, asks_for_types) {
  const auto all = probe_envelope("urn:uuid:1", probe_types::all);
  EXPECT_NE(all.find("<w:MessageID>urn:uuid:1</w:MessageID>"), std::string::npos);
  EXPECT_NE(all.find("<d:Probe></d:Probe>"), std::string::npos);
  EXPECT_NE(probe_envelope("x", probe_types::video_transmitter)
                .find("<d:Types>dn:NetworkVideoTransmitter</d:Types>"),
            std::string::npos);
  EXPECT_NE(probe_envelope("x", probe_types::device).find("<d:Types>tds:Device</d:Types>"),
            std::string::npos);
  // Our own question is no answer.
  EXPECT_FALSE(parse_discovery(all));
}

TEST(ws_discovery, reads_a_camera) {
  const auto x = parse_discovery(matches(camera));
  ASSERT_TRUE(x);
  EXPECT_EQ(x->what, kind::matches);
  EXPECT_EQ(x->relates_to, "urn:uuid:1");
  ASSERT_EQ(x->devices.size(), 1U);
  const auto& found = x->devices.front();
  EXPECT_EQ(found.endpoint, "4d454930-0000-1000-8000-abcdef012345");
  EXPECT_EQ(found.services, (std::vector<std::string>{"http://10.77.0.13:8000/onvif/device_service",
                                                      "http://[fe80::1]/onvif/device_service"}));
  EXPECT_EQ(found.name, "Front Gate");
  EXPECT_EQ(found.hardware, "IPC-B42");
}

TEST(ws_discovery, does_not_care_for_prefixes) {
  auto text = matches(camera);
  for (const auto* prefix : {"wsdd:", "wsa:", "SOAP-ENV:"})
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
      if (text.compare(at - 6, 6, "xmlns:") == 0)
        at += 1;
      else
        text.erase(at, std::string_view{prefix}.size());
  EXPECT_EQ(devices(text).size(), 1U) << text;
}

TEST(ws_discovery, takes_cameras_by_type_or_scope_only) {
  EXPECT_EQ(devices(matches(device("tds:Device", ""))).size(), 1U);
  EXPECT_EQ(devices(matches(device("tdn:NetworkVideoTransmitter", ""))).size(), 1U);
  EXPECT_EQ(devices(matches(device("", "onvif://www.onvif.org/Profile/Streaming"))).size(), 1U);
  EXPECT_EQ(devices(matches(device("", "ONVIF://WWW.onvif.org/x"))).size(), 1U);
  // Computers and printers.
  EXPECT_EQ(devices(matches(device("wsdp:Device pub:Computer", ""))).size(), 0U);
  EXPECT_EQ(devices(matches(device("wsdp:Device wprt:PrintDeviceType", ""))).size(), 0U);
  EXPECT_EQ(devices(matches(device("", "http://onvif.example.org/"))).size(), 0U);
  EXPECT_EQ(devices(matches(device("", ""))).size(), 0U);
  EXPECT_EQ(devices(matches(device("Device", ""))).size(), 0U);
  // A prefix that is ours by name and another's by meaning.
  auto text = matches(device("tds:Device", ""));
  text.replace(text.find("http://www.onvif.org/ver10/device/wsdl"), 38, "urn:other");
  EXPECT_EQ(devices(text).size(), 0U);
}

TEST(ws_discovery, reads_hello_and_bye) {
  const auto hello = parse_discovery(envelope("", "<wsdd:Hello>" + camera + "</wsdd:Hello>"));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->what, kind::hello);
  EXPECT_EQ(hello->devices.size(), 1U);
  const auto printer = parse_discovery(
      envelope("", "<wsdd:Hello>" + device("wsdp:Device pub:Computer", "") + "</wsdd:Hello>"));
  ASSERT_TRUE(printer);
  EXPECT_TRUE(printer->devices.empty());
  const auto bye = parse_discovery(
      envelope("", "<wsdd:Bye><wsa:EndpointReference><wsa:Address>urn:uuid:a-b</wsa:Address>"
                   "</wsa:EndpointReference></wsdd:Bye>"));
  ASSERT_TRUE(bye);
  EXPECT_EQ(bye->what, kind::bye);
  ASSERT_EQ(bye->devices.size(), 1U);
  EXPECT_EQ(bye->devices.front().endpoint, "a-b");
}

TEST(ws_discovery, takes_several_and_not_without_bound) {
  std::string content;
  for (int i = 0; i < 100; ++i)
    content += "<wsdd:ProbeMatch>" + device("tds:Device", "") + "</wsdd:ProbeMatch>";
  EXPECT_EQ(devices(envelope("", "<wsdd:ProbeMatches>" + content + "</wsdd:ProbeMatches>")).size(),
            8U);
  std::string services;
  for (int i = 0; i < 100; ++i)
    services += " http://10.0.0.1/" + std::to_string(i);
  EXPECT_EQ(devices(matches(device("tds:Device", "", services))).front().services.size(), 8U);
}

TEST(ws_discovery, keeps_only_addresses_of_services) {
  const auto found = devices(matches(device("tds:Device", "",
                                            "ftp://a/ javascript:x https://a/b HTTP://c/ "
                                                + ("http://" + std::string(300, 'a')))));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().services, (std::vector<std::string>{"https://a/b", "HTTP://c/"}));
}

TEST(ws_discovery, cleans_names_and_endpoints) {
  auto text = device("tds:Device", "onvif://www.onvif.org/name/a%0ab%00%ff%zz");
  text.replace(text.find("urn:uuid:"), 9, "urn:uuid:a/#+");
  const auto found = devices(matches(text));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().name, "a b%zz");
  EXPECT_TRUE(found.front().endpoint.starts_with("a---4d454930")) << found.front().endpoint;
}

TEST(ws_discovery, refuses_document_types_and_entities) {
  const auto whole = matches(camera);
  const auto after = whole.find("?>") + 2;
  for (const auto* type : {"<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY b \"c\">]>",
                           "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">"}) {
    auto text = whole;
    text.insert(after, type);
    EXPECT_FALSE(parse_discovery(text)) << type;
  }
  // Entities that nobody defined are what they look like.
  const auto found = devices(matches(device("tds:Device", "onvif://www.onvif.org/name/&bomb;")));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().name, "&bomb;");
}

TEST(ws_discovery, refuses_truncations_of_every_length) {
  const auto whole = matches(camera);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(devices(whole.substr(0, size)).empty()) << size;
}

TEST(ws_discovery, survives_garbage_depth_and_size) {
  EXPECT_FALSE(parse_discovery(""));
  EXPECT_FALSE(parse_discovery(std::string(1'000, '\0')));
  EXPECT_FALSE(parse_discovery("<Envelope><Body/></Envelope>"));
  std::string deep;
  for (int i = 0; i < 20'000; ++i)
    deep += "<a>";
  EXPECT_FALSE(parse_discovery(deep));
  std::string whole;
  for (int i = 0; i < 8'000; ++i)
    whole = whole + "<a>";
  for (int i = 0; i < 8'000; ++i)
    whole += "</a>";
  EXPECT_FALSE(parse_discovery(whole));
  auto huge = matches(camera);
  EXPECT_TRUE(parse_discovery(huge));
  huge.insert(huge.size(), max_discovery_message, ' ');
  EXPECT_FALSE(parse_discovery(huge));
}

} // namespace
} // namespace firefinder::ws_discovery_test
