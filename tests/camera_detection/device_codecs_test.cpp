// What devices write: texts, addresses, prompts, descriptions of streams, SOAP.

#include "actors/camera_detection/challenge.hpp"
#include "actors/camera_detection/device_text.hpp"
#include "actors/camera_detection/device_url.hpp"
#include "actors/camera_detection/onvif.hpp"
#include "actors/camera_detection/rtsp_paths.hpp"
#include "actors/camera_detection/sdp.hpp"
#include "actors/camera_detection/username_token.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace firefinder::device_codecs_test {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

// -- texts ---------------------------------------------------------------------------------

TEST(device_text, keeps_what_is_fit_to_be_shown) {
  EXPECT_EQ(foreign_text("  Kamera Süd 火 \r\n", 100), "Kamera Süd 火");
  EXPECT_EQ(foreign_text("a\x1b[31mb\x07\x7f", 100), "a[31mb");
  EXPECT_EQ(foreign_text("one\r\n\t two", 100), "one two");
  EXPECT_EQ(foreign_text("\xff\xc3\x28 ok \xe2\x82", 100), "( ok");
  // Overlong, a surrogate, past the end of Unicode.
  EXPECT_EQ(foreign_text("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80x", 100), "x");
  // A next line of C1, a line separator, an override of the direction.
  EXPECT_EQ(foreign_text("a\xc2\x85"
                         "b\xe2\x80\xa8"
                         "c\xe2\x80\xae"
                         "d",
                         100),
            "abcd");
  EXPECT_EQ(foreign_text(std::string_view{"a\0b", 3}, 100), "ab");
}

TEST(device_text, cuts_between_characters) {
  EXPECT_EQ(foreign_text("aäö", 4), "aä");
  EXPECT_EQ(foreign_text("abc", 2), "ab");
  EXPECT_EQ(foreign_text(repeated("x ", 100'000), 50).size(), 49U);
}

TEST(device_text, reads_hardware_addresses) {
  EXPECT_EQ(hardware_address("02:AB:cd:00:11:22"), "02abcd001122");
  EXPECT_EQ(hardware_address(" 9C-14-63-a1-b2-c3 "), "9c1463a1b2c3");
  EXPECT_EQ(hardware_address("9c1463A1B2C3"), "9c1463a1b2c3");
  for (const char* bad : {"", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01",
                          "9c:14:63:a1:b2", "9c:14-63:a1:b2:c3", "9c1463a1b2cg", "9c1463a1b2c3d4"})
    EXPECT_EQ(hardware_address(bad), std::nullopt) << bad;
}

TEST(device_text, has_base64) {
  for (const auto& [plain, coded] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64(plain), coded);
    EXPECT_EQ(from_base64(coded), plain);
  }
  EXPECT_EQ(from_base64("a b"), std::nullopt);
  EXPECT_EQ(from_base64(to_base64("\xff\xfe\x80\x01")), "\xff\xfe\x80\x01");
}

// -- addresses -------------------------------------------------------------------------------

TEST(device_url, is_read_and_written) {
  const auto x = parse_device_url("rtsp://10.0.0.5:8554/cam/realmonitor?channel=1&amp;subtype=0");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->host, "10.0.0.5");
  EXPECT_EQ(x->port, 8554);
  EXPECT_EQ(to_string(*x), "rtsp://10.0.0.5:8554/cam/realmonitor?channel=1&subtype=0");
  EXPECT_EQ(parse_device_url("HTTP://cam")->effective_port(), 80);
  EXPECT_EQ(parse_device_url("https://cam")->effective_port(), 443);
  EXPECT_EQ(parse_device_url("rtsp://cam")->effective_port(), 554);
  EXPECT_EQ(to_string(*parse_device_url(" http://0.0.0.0 ")), "http://0.0.0.0/");
  EXPECT_EQ(to_string(*parse_device_url("rtsp://h/a b#c")), "rtsp://h/a%20b");
  EXPECT_EQ(to_string(*parse_device_url("rtsp://h?x=1")), "rtsp://h/?x=1");
}

TEST(device_url, drops_users_and_passwords) {
  EXPECT_EQ(to_string(*parse_device_url("rtsp://admin:p@ss:w@10.0.0.5:554/s")),
            "rtsp://10.0.0.5:554/s");
}

TEST(device_url, reads_hosts_of_every_kind) {
  EXPECT_EQ(parse_device_url("http://[fe80::1%25eth0]:8000/onvif")->port, 8000);
  EXPECT_EQ(parse_device_url("http://[fe80::1]/onvif")->port, 0);
  EXPECT_EQ(parse_device_url("http://[]:80/x")->path, "/x");
  EXPECT_EQ(parse_device_url("http://:81/x")->port, 81);
  EXPECT_EQ(parse_device_url("http://169.254.3.4/onvif")->host, "169.254.3.4");
}

TEST(device_url, refuses_what_is_none) {
  for (const char* bad :
       {"", "rtsp:/x", "file:///etc/passwd", "ftp://h/", "rtsps://h/", "http://h:0/", "http://h:x/",
        "http://h:65536/", "rtsp://h/a\nb", "rtsp://h/a\x7f", "rtsp://h/\xc3\xa4", "gopher://h"})
    EXPECT_EQ(parse_device_url(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_device_url("rtsp://h/" + std::string(2'000, 'a')), std::nullopt);
}

// -- prompts -----------------------------------------------------------------------------------

TEST(login_challenge, is_read) {
  using all = std::vector<login_challenge>;
  EXPECT_EQ(
      challenges_in(R"(Digest realm="Login to 4K0012", nonce="a,b\"c", qop="auth", algorithm=MD5)"),
      (all{{"digest", "Login to 4K0012", "md5", "auth"}}));
  EXPECT_EQ(challenges_in(
                R"(Basic realm="a", Digest realm = "b" , algorithm="SHA-256",qop="auth,auth-int")"),
            (all{{"basic", "a", "", ""}, {"digest", "b", "sha-256", "auth,auth-int"}}));
  EXPECT_EQ(challenges_in("Negotiate"), (all{{"negotiate", "", "", ""}}));
  EXPECT_EQ(challenges_in("Negotiate YWJj==, Basic realm=x"),
            (all{{"negotiate", "", "", ""}, {"basic", "x", "", ""}}));
  EXPECT_EQ(
      challenges_in(std::vector<std::string>{"Digest realm=\"a\"", "Basic realm=\"a\""}).size(),
      2U);
}

TEST(login_challenge, survives_rubbish) {
  EXPECT_TRUE(challenges_in("").empty());
  EXPECT_TRUE(challenges_in("=\"\",,,=").empty());
  EXPECT_EQ(challenges_in("Digest realm=\"never ends").at(0).realm, "never ends");
  EXPECT_EQ(challenges_in("Digest realm=\"a\x1b\xff\x01z\\").at(0).realm, "az\\");
  EXPECT_EQ(challenges_in("Digest realm=\"" + std::string(100'000, 'x') + "\"").at(0).realm.size(),
            128U);
  EXPECT_EQ(challenges_in(repeated("a ", 100'000)).size(), max_challenges);
}

TEST(realm, tells_of_the_device) {
  EXPECT_EQ(facts_in_realm("DH_9C1463A1B2C3").mac, "9c1463a1b2c3");
  EXPECT_EQ(facts_in_realm("AXIS_ACCC8E012345").mac, "accc8e012345");
  EXPECT_EQ(facts_in_realm("Login to 4K0012ABCDEF").serial_number, "4K0012ABCDEF");
  EXPECT_EQ(facts_in_realm("DH_nothing").mac, "");
  EXPECT_EQ(facts_in_realm("Login to the camera").serial_number, "");
}

TEST(rtsp_paths, of_the_maker_come_first) {
  EXPECT_EQ(known_stream_paths("").at(0).main, "/cam/realmonitor?channel=1&subtype=0");
  EXPECT_EQ(known_stream_paths("HIKVISION").at(0),
            (stream_paths{"/Streaming/Channels/101", "/Streaming/Channels/102"}));
  EXPECT_EQ(known_stream_paths("realm AXIS_ACCC8E").at(0).main, "/axis-media/media.amp");
  EXPECT_EQ(known_stream_paths("HipcamRealServer/V1.0").at(0).main, "/11");
  EXPECT_EQ(known_stream_paths("x").size(), known_stream_paths("Reolink").size());
  EXPECT_EQ(sub_path_of("/stream1"), "/stream2");
  EXPECT_EQ(sub_path_of("/mine"), "");
  // No password stands in an address.
  for (const auto& one : known_stream_paths(""))
    EXPECT_EQ(one.main.find("password"), std::string::npos);
}

// -- descriptions of streams --------------------------------------------------------------------

constexpr auto h264_720p = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\n"
                           "m=audio 0 RTP/AVP 0\r\na=control:track2\r\n"
                           "m=video 0 RTP/AVP 96\r\n"
                           "a=rtpmap:96 H264/90000\r\n"
                           "a=fmtp:96 packetization-mode=1;profile-level-id=64001F;"
                           "sprop-parameter-sets=Z2QAH6zZQFAFuwEQAAADABAAAAMDIPGDGWA=,aOvjyyLA\r\n"
                           "a=framerate:25.0\r\na=control:track1\r\n"
                           "m=application 0 RTP/AVP 107\r\na=framerate:1\r\n";

TEST(sdp, tells_the_video) {
  const auto x = video_in(h264_720p);
  ASSERT_TRUE(x);
  EXPECT_EQ(x->codec, "h264");
  EXPECT_EQ(x->width, 1280U);
  EXPECT_EQ(x->height, 720U);
  EXPECT_EQ(x->fps, 25);
  EXPECT_EQ(x->control, "track1");
}

TEST(sdp, knows_other_codecs_and_sizes) {
  const auto h265
      = video_in("v=0\nm=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=framesize:98 2560-1440\n"
                 "a=x-framerate:12.5\n");
  ASSERT_TRUE(h265);
  EXPECT_EQ(h265->codec, "h265");
  EXPECT_EQ(h265->width, 2560U);
  EXPECT_EQ(h265->height, 1440U);
  EXPECT_EQ(h265->fps, 12.5);
  const auto jpeg = video_in("v=0\nm=video 0 RTP/AVP 26\na=x-dimensions:640,480\n");
  ASSERT_TRUE(jpeg);
  EXPECT_EQ(jpeg->codec, "mjpeg");
  EXPECT_EQ(jpeg->width, 640U);
  // Of another format.
  EXPECT_EQ(video_in("v=0\nm=video 0 RTP/AVP 96 97\na=rtpmap:97 VP8/90000\n")->codec, "");
}

TEST(sdp, without_video_is_nothing) {
  for (const char* none : {"", "v=0\n", "v=0\nm=audio 0 RTP/AVP 0\n", "m=video 0 RTP/AVP 96\n",
                           "<html>", "v=0\nm=videos 0\n"})
    EXPECT_EQ(video_in(none), std::nullopt) << none;
}

TEST(sdp, survives_lies) {
  const auto x = video_in(
      "v=0\nm=video\na=rtpmap:\na=framerate:nan\na=framerate:1e308\na=x-dimensions:99999999,1\n"
      "a=framesize:96\na=fmtp: sprop-parameter-sets=Z2QAH6zZ\na=\n");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->fps, 0);
  EXPECT_EQ(x->width, 0U);
  EXPECT_TRUE(video_in("v=0\nm=video 0 RTP/AVP 96\n" + repeated("a=rtpmap:96 H264\n", 20'000)));
  EXPECT_EQ(video_in("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 " + std::string(50'000, 'x') + "\n")
                ->codec.size(),
            16U);
}

TEST(sdp, reads_sizes_of_parameter_sets) {
  // Made by x264: 1280x720, and 1920x1080, which is cut from 1088 rows.
  EXPECT_EQ(picture_size_of(*from_base64("Z2QAH6zZQFAFuwEQAAADABAAAAMDIPGDGWA=")),
            (picture_size{1280, 720}));
  EXPECT_EQ(picture_size_of(*from_base64("Z2QAKKzZQHgCJ+XARAAAAwAEAAADAMg8YMZY")),
            (picture_size{1920, 1080}));
  EXPECT_EQ(picture_size_of(""), std::nullopt);
  EXPECT_EQ(picture_size_of("\x67"), std::nullopt);
  EXPECT_EQ(picture_size_of(std::string(100, '\0')), std::nullopt);
  EXPECT_EQ(picture_size_of("\x67" + std::string(100, '\0')), std::nullopt);
}

// -- SOAP
// ------------------------------------------------------------------------------------------

std::string envelope(const std::string& body, const std::string& prefix = "s") {
  return "<?xml version=\"1.0\"?><" + prefix + ":Envelope xmlns:" + prefix
         + "=\"http://www.w3.org/2003/05/soap-envelope\"><" + prefix + ":Body>" + body + "</"
         + prefix + ":Body></" + prefix + ":Envelope>";
}

TEST(onvif_request, names_its_action) {
  EXPECT_EQ(onvif_action(onvif_call::profiles),
            "http://www.onvif.org/ver10/media/wsdl/GetProfiles");
  const auto x = onvif_request(onvif_call::stream_uri, "<h/>", "a<b>&\"c");
  EXPECT_NE(x.find("<s:Header><h/></s:Header>"), std::string::npos);
  EXPECT_NE(x.find("<ProfileToken>a&lt;b&gt;&amp;&quot;c</ProfileToken>"), std::string::npos);
  EXPECT_NE(x.find("RTP-Unicast"), std::string::npos);
  EXPECT_TRUE(onvif_message{x}.valid());
  EXPECT_EQ(onvif_request(onvif_call::services).find("Header"), std::string::npos);
}

TEST(username_token, is_that_of_the_specification) {
  // The example of the ONVIF application programmer's guide, section 6.1.1.3.
  EXPECT_EQ(password_digest(*from_base64("LKqI6G/AikKCQrN0zqZFlg=="), "2010-09-16T07:50:45Z",
                            "userpassword"),
            "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
  EXPECT_EQ(zulu_time(1'284'623'445), "2010-09-16T07:50:45Z");
  EXPECT_EQ(zulu_time(-1e300), "1970-01-01T00:00:00Z");
  EXPECT_EQ(zulu_time(1e300), "9999-12-31T23:59:59Z");
  const auto token = username_token("a<b", "secret", "0123456789abcdef", 1'284'623'445);
  EXPECT_NE(token.find("<wsse:Username>a&lt;b</wsse:Username>"), std::string::npos);
  EXPECT_NE(token.find(">MDEyMzQ1Njc4OWFiY2RlZg==<"), std::string::npos);
  EXPECT_EQ(token.find("secret"), std::string::npos);
  EXPECT_TRUE(onvif_message{onvif_request(onvif_call::services, token)}.valid());
}

TEST(onvif_message, tells_the_clock) {
  const auto document = envelope(
      "<t:GetSystemDateAndTimeResponse><t:SystemDateAndTime><x:DateTimeType>NTP</x:DateTimeType>"
      "<x:UTCDateTime><x:Time><x:Hour>7</x:Hour><x:Minute>50</x:Minute><x:Second>45</x:Second></"
      "x:Time>"
      "<x:Date><x:Year>2010</x:Year><x:Month>9</x:Month><x:Day>16</x:Day></x:Date></x:UTCDateTime>"
      "</t:SystemDateAndTime></t:GetSystemDateAndTimeResponse>",
      "SOAP-ENV");
  EXPECT_EQ(onvif_message{document}.clock(), 1'284'623'445.0);
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{">9<", ">13<"},
                                                        {">16<", ">32<"},
                                                        {">2010<", ">99999<"},
                                                        {">7<", ">x<"},
                                                        {">45<", "><"},
                                                        {">50<", ">-1<"},
                                                        {">9<", ">2<"}}) {
    auto broken = document;
    broken.replace(broken.find(from), from.size(), to);
    if (to == ">2<") {
      const std::string day = ">16<";
      broken.replace(broken.find(day), day.size(), ">30<");
    }
    EXPECT_EQ(onvif_message{broken}.clock(), std::nullopt) << from << to;
  }
}

TEST(onvif_message, tells_who_it_is) {
  const auto x
      = onvif_message{envelope(
                          "<GetDeviceInformationResponse><Manufacturer> Acme\x01 </Manufacturer>"
                          "<Model>M&amp;M</Model><SerialNumber>1</SerialNumber>"
                          "</GetDeviceInformationResponse>")}
            .identity();
  ASSERT_TRUE(x);
  EXPECT_EQ(x->manufacturer, "Acme");
  EXPECT_EQ(x->model, "M&M");
  EXPECT_EQ(x->firmware_version, "");
  const auto interfaces = onvif_message{envelope("<GetNetworkInterfacesResponse>"
                                                 "<NetworkInterfaces "
                                                 "token=\"a\"><Info><HwAddress>02:77:00:00:00:0D</"
                                                 "HwAddress></Info></NetworkInterfaces>"
                                                 "<NetworkInterfaces><Info><HwAddress>00:00:00:00:"
                                                 "00:00</HwAddress></Info></NetworkInterfaces>"
                                                 "<NetworkInterfaces><Info><HwAddress>02-77-00-00-"
                                                 "00-0e</HwAddress></Info></NetworkInterfaces>"
                                                 "<NetworkInterfaces><Info><HwAddress>02770000000d<"
                                                 "/HwAddress></Info></NetworkInterfaces>"
                                                 "</GetNetworkInterfacesResponse>")}
                              .hardware_addresses();
  EXPECT_EQ(interfaces, (std::vector<std::string>{"02770000000d", "02770000000e"}));
}

TEST(onvif_message, tells_where_the_media_are) {
  const auto services = envelope("<GetServicesResponse>"
                                 "<Service><Namespace>http://www.onvif.org/ver20/media/wsdl</"
                                 "Namespace><XAddr>http://a/2</XAddr></Service>"
                                 "<Service><Namespace>http://www.onvif.org/ver10/media/wsdl</"
                                 "Namespace><XAddr>http://a/1</XAddr></Service>"
                                 "</GetServicesResponse>");
  EXPECT_EQ(onvif_message{services}.media_service(), "http://a/1");
  EXPECT_EQ(
      onvif_message{
          envelope("<GetCapabilitiesResponse><Capabilities><Media><XAddr>http://b/</XAddr></Media>"
                   "</Capabilities></GetCapabilitiesResponse>")}
          .media_service(),
      "http://b/");
  EXPECT_EQ(onvif_message{envelope("<GetServicesResponse/>")}.media_service(), "");
  EXPECT_EQ(onvif_message{envelope("<Other/>")}.media_service(), std::nullopt);
}

TEST(onvif_message, tells_profiles_and_streams) {
  const auto x
      = onvif_message{envelope(
                          "<trt:GetProfilesResponse xmlns:trt=\"m\"><trt:Profiles token=\"P 1\" "
                          "fixed=\"true\"><tt:Name>Main</tt:Name>"
                          "<tt:VideoEncoderConfiguration><tt:Encoding>H264</"
                          "tt:Encoding><tt:Resolution><tt:Width>1920</tt:Width>"
                          "<tt:Height>-5</tt:Height></"
                          "tt:Resolution><tt:RateControl><tt:FrameRateLimit>nan</tt:FrameRateLimit>"
                          "</tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>"
                          "<trt:Profiles "
                          "token=\"A\"><tt:Name>Audio</tt:Name></trt:Profiles></"
                          "trt:GetProfilesResponse>")}
            .profiles();
  ASSERT_TRUE(x);
  ASSERT_EQ(x->size(), 2U);
  EXPECT_EQ((*x)[0].token, "P 1");
  EXPECT_EQ((*x)[0].codec, "h264");
  EXPECT_EQ((*x)[0].width, 1920U);
  EXPECT_EQ((*x)[0].height, 0U);
  EXPECT_EQ((*x)[0].fps, 0);
  EXPECT_TRUE((*x)[0].video);
  EXPECT_FALSE((*x)[1].video);
  EXPECT_EQ(
      onvif_message{
          envelope("<GetStreamUriResponse><MediaUri><Uri>rtsp://a/?b=1&amp;c=2</Uri></MediaUri>"
                   "</GetStreamUriResponse>")}
          .stream_uri(),
      "rtsp://a/?b=1&c=2");
  EXPECT_EQ(
      onvif_message{envelope("<GetProfilesResponse>" + repeated("<Profiles token=\"x\"/>", 5'000)
                             + "</GetProfilesResponse>")}
          .profiles()
          ->size(),
      max_profiles);
}

TEST(onvif_message, tells_faults_apart) {
  const auto fault = [](const std::string& code, const std::string& reason) {
    return onvif_message{envelope("<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>"
                                  + code + "</s:Value></s:Subcode></s:Code><s:Reason><s:Text>"
                                  + reason + "</s:Text></s:Reason></s:Fault>")}
        .fault();
  };
  const auto denied = fault("ter:NotAuthorized", "Sender not Authorized");
  ASSERT_TRUE(denied);
  EXPECT_TRUE(denied->authorization);
  EXPECT_FALSE(denied->clock);
  EXPECT_EQ(denied->reason, "Sender not Authorized");
  EXPECT_TRUE(fault("wsse:FailedAuthentication", "")->authorization);
  EXPECT_TRUE(fault("ter:Sender", "Wsse authorized time check failed.")->clock);
  EXPECT_TRUE(fault("ter:NotAuthorized", "The account is locked")->locked);
  EXPECT_FALSE(fault("ter:NotAuthorized", "The account is not unlocked")->locked);
  EXPECT_FALSE(fault("ter:ActionNotSupported", "Optional action")->authorization);
  EXPECT_EQ(onvif_message{envelope("<Other/>")}.fault(), std::nullopt);
  EXPECT_TRUE(onvif_message{
      envelope(
          "<Fault><faultcode>ter:NotAuthorized</faultcode><faultstring>no</faultstring></Fault>")}
                  .fault()
                  ->authorization);
  // Codes within codes, without end.
  EXPECT_TRUE(onvif_message{envelope("<Fault><Code>" + repeated("<Subcode>", 10'000)
                                     + repeated("</Subcode>", 10'000) + "</Code></Fault>")}
                  .fault());
}

TEST(onvif_message, takes_no_document_types) {
  const auto body
      = "<GetStreamUriResponse><MediaUri><Uri>&a;</Uri></MediaUri></GetStreamUriResponse>";
  EXPECT_TRUE(onvif_message{envelope(body)}.valid());
  std::string bomb = "<!DOCTYPE s:Envelope [<!ENTITY a \"ha\">";
  for (char c = 'b'; c < 'z'; ++c)
    bomb += std::string{"<!ENTITY "} + c + " \""
            + repeated(std::string{"&"} + static_cast<char>(c - 1) + ";", 10) + "\">";
  EXPECT_FALSE(onvif_message{bomb + "]>" + envelope(body)}.valid());
  EXPECT_FALSE(onvif_message{"<!DOCTYPE s:Envelope SYSTEM \"file:///etc/passwd\">" + envelope(body)}
                   .valid());
}

TEST(onvif_message, survives_rubbish) {
  for (const std::string& bad :
       {std::string{}, std::string{"<"}, std::string{"<html><body>hello</body></html>"},
        std::string(1'000, '\0'), std::string{"\xff\xfe<\0", 4}, envelope("<a>").substr(0, 40),
        std::string(10'000, '<'), envelope("<GetProfilesResponse>").substr(0, 150),
        std::string{"<a:b:c/>"}, std::string{"<?xml"}, std::string{"<!--"},
        std::string{"<![CDATA["}}) {
    const onvif_message x{bad};
    EXPECT_FALSE(x.valid()) << bad.substr(0, 40);
    EXPECT_EQ(x.fault(), std::nullopt);
    EXPECT_EQ(x.clock(), std::nullopt);
    EXPECT_EQ(x.identity().has_value(), false);
    EXPECT_EQ(x.hardware_addresses(), std::nullopt);
    EXPECT_EQ(x.media_service(), std::nullopt);
    EXPECT_EQ(x.profiles().has_value(), false);
    EXPECT_EQ(x.stream_uri(), std::nullopt);
  }
}

TEST(onvif_message, costs_little_whatever_it_is) {
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& large :
       {envelope(repeated("<a>", 10'000) + repeated("</a>", 10'000)),
        envelope(repeated("<a/>", 60'000)),
        envelope("<GetProfilesResponse>" + repeated("<a/>", 50'000) + "</GetProfilesResponse>"),
        "<a " + repeated("b=\"\" ", 40'000) + "/>", envelope(std::string(250'000, '&'))}) {
    const onvif_message x{large};
    EXPECT_FALSE(x.identity().has_value());
    EXPECT_TRUE(x.profiles().value_or(std::vector<onvif_profile>{}).empty());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

// Replies of real cameras, as the npm package onvif 0.8.1 has them (MIT): unpack it and name
// its folder test/serverMockup in FIREFINDER_ONVIF_REPLIES.
TEST(onvif_message, reads_recorded_replies) {
  const char* folder = std::getenv("FIREFINDER_ONVIF_REPLIES");
  if (folder == nullptr)
    GTEST_SKIP() << "FIREFINDER_ONVIF_REPLIES names no folder";
  const auto reply = [folder](const char* name) {
    std::ifstream in{std::filesystem::path{folder} / name, std::ios::binary};
    EXPECT_TRUE(in) << name;
    return onvif_message{std::string{std::istreambuf_iterator<char>{in}, {}}};
  };
  EXPECT_TRUE(reply("GetSystemDateAndTime.xml").clock());
  const auto identity = reply("GetDeviceInformation.xml").identity();
  ASSERT_TRUE(identity);
  EXPECT_NE(identity->manufacturer, "");
  EXPECT_FALSE(reply("device.GetNetworkInterfaces.xml").hardware_addresses()->empty());
  EXPECT_NE(reply("GetServices.xml").media_service().value_or(""), "");
  EXPECT_NE(reply("GetCapabilities.xml").media_service().value_or(""), "");
  const auto profiles = reply("GetProfiles.xml").profiles();
  ASSERT_TRUE(profiles);
  ASSERT_FALSE(profiles->empty());
  EXPECT_EQ((*profiles)[0].codec, "h264");
  EXPECT_EQ((*profiles)[0].width, 1920U);
  EXPECT_TRUE(parse_device_url(reply("GetStreamUri.xml").stream_uri().value_or("")));
  EXPECT_TRUE(reply("Error.xml").fault());
}

} // namespace
} // namespace firefinder::device_codecs_test
