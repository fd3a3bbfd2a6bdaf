#include "tests/integration/malformed_payloads.hpp"

#include "tests/support/detections.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace firefinder::test {

namespace {

/// A right half of the box that grows from time to time.
std::string box(int time) { return "[0.1,0.1," + std::to_string(0.3 + 0.1 * time) + ",0.5]"; }

std::string repeated(const std::string& text, std::size_t n) {
  std::string result;
  result.reserve(text.size() * n);
  for (std::size_t i = 0; i < n; ++i)
    result += text;
  return result;
}

/// A detection with one field written otherwise, as raw JSON.
std::string with(int time, const std::string& field, const std::string& value) {
  std::vector<std::pair<std::string, std::string>> fields{{"camera_id", "\"bad\""},
                                                          {"object_id", "\"1\""},
                                                          {"label", "\"fire\""},
                                                          {"confidence", "0.9"},
                                                          {"bbox", box(time)}};
  std::string text;
  bool replaced = false;
  for (const auto& [name, usual] : fields) {
    const bool here = name == field;
    replaced = replaced || here;
    if (here && value.empty())
      continue;
    text += (text.empty() ? "" : ",") + ('"' + name + "\":") + (here ? value : usual);
  }
  if (!replaced && !field.empty())
    text += ",\"" + field + "\":" + value;
  return '{' + text + '}';
}

} // namespace

malformed well_formed(int time) { return {"well formed", "fire/detection", with(time, "", "")}; }

std::vector<malformed> malformed_payloads(int time) {
  std::vector<malformed> all;
  const std::string direct = "fire/detection";
  const auto add = [&](const std::string& name, const std::string& payload,
                       const std::string& topic = "fire/detection") {
    all.push_back({name, topic, payload});
  };
  const auto field = [&](const std::string& name, const std::string& value) {
    add(name + " is " + value.substr(0, 40), with(time, name, value));
  };
  const auto good = with(time, "", "");

  // -- not JSON, or not an object ---------------------------------------------------
  add("empty", "");
  add("blanks", "   \n\t ");
  add("a word", "fire");
  add("a number", "42");
  add("null", "null");
  add("true", "true");
  add("a text", "\"fire\"");
  add("an empty list", "[]");
  add("a list of detections", '[' + good + ']');
  add("an empty object", "{}");
  add("cut off", good.substr(0, good.size() / 2));
  add("without its end", good.substr(0, good.size() - 1));
  add("with something behind", good + "x");
  add("two in one", good + good);
  add("with a comma too many", good.substr(0, good.size() - 1) + ",}");
  add("in single quotes", "{'camera_id':'bad','confidence':0.9,'bbox':" + box(time) + '}');
  add("a comment in it", "/* fire */" + good.substr(0, 1) + "// x\n" + good.substr(1) + "/*");
  add("zero bytes", std::string(16, '\0'));
  add("a zero byte behind", good + std::string(1, '\0') + 'x');
  add("binary", "\xff\xd8\xff\xe0\x10JFIF\x01\x02\x80\x81");
  add("UTF-16", std::string{"\xff\xfe{\0\"\0", 6});
  add("XML", "<detection camera=\"bad\" confidence=\"0.9\"/>");
  add("depth 1,000", repeated("[", 1000) + repeated("]", 1000));
  add("depth 1,000 of objects", repeated("{\"a\":", 1000) + "1" + repeated("}", 1000));
  add("depth 100,000, never closed", repeated("[", 100000));
  add("depth 1,000 in a field", with(time, "bbox", repeated("[", 1000) + repeated("]", 1000)));

  // -- too large ------------------------------------------------------------------------
  add("1 MiB of blanks", std::string(1U << 20U, ' '));
  add("1 MiB in a field", with(time, "extra", '"' + std::string(1U << 20U, 'x') + '"'));
  add("just above 256 KiB", good + std::string(256U * 1024U, ' '));
  add("a camera id of 100,000 characters",
      with(time, "camera_id", '"' + std::string("bad") + std::string(100000, 'd') + '"'));

  // -- encodings --------------------------------------------------------------------------
  add("truncated UTF-8 in the camera id", with(time, "camera_id", "\"bad\xc3\""));
  add("truncated UTF-8 at the end", good.substr(0, good.size() - 1) + "\xe2\x82");
  add("overlong UTF-8", with(time, "camera_id", "\"bad\xc0\xaf\""));
  add("a surrogate in UTF-8", with(time, "camera_id", "\"bad\xed\xa0\x80\""));
  add("half a surrogate escape", with(time, "camera_id", "\"bad\\ud800\""));
  add("an unknown escape", with(time, "camera_id", "\"bad\\x41\""));
  add("a raw line end in a text", with(time, "camera_id", "\"bad\n\""));

  // -- camera ---------------------------------------------------------------------------------
  for (const char* value : {"", "null", "true", "{}", "[\"bad\"]", "\"\"", "\"unknown\""})
    field("camera_id", value);

  // -- confidence ---------------------------------------------------------------------------
  for (const char* value : {"",        "null",     "true",          "[0.9]",      "{\"value\":0.9}",
                            "\"\"",    "\"high\"", "\"0.9 or so\"", "\"0x1p-1\"", "\"NaN\"",
                            "\"inf\"", "\"-inf\"", "NaN",           "Infinity",   "-Infinity",
                            "1.0001",  "90",       "\"90\"",        "-0.9",       "1e400",
                            "1e308",   "-1e400",   "0.9.9",         "0,9"})
    field("confidence", value);

  // -- box --------------------------------------------------------------------------------------
  for (const char* value : {"",
                            "null",
                            "true",
                            "0.5",
                            "\"0.1,0.1,0.5,0.5\"",
                            "{}",
                            R"({"x1":0.1,"y1":0.1,"x2":0.5,"y2":0.5})",
                            "[]",
                            "[0.1]",
                            "[0.1,0.1,0.5]",
                            "[0.1,0.1,0.5,0.5,0.5]",
                            "[[0.1,0.1],[0.5,0.5]]",
                            "[\"0.1\",\"0.1\",\"0.5\",\"0.5\"]",
                            "[null,null,null,null]",
                            "[true,false,true,false]",
                            "[0.1,0.1,NaN,0.5]",
                            "[0.1,0.1,Infinity,0.5]",
                            "[0.1,0.1,1e400,0.5]",
                            "[0.5,0.5,0.5,0.5]",
                            "[0.5,0.1,0.1,0.5]",
                            "[0.1,0.5,0.5,0.1]",
                            "[0.1,0.1,0.1,0.5]",
                            "[-0.1,0.1,0.5,0.5]",
                            "[0,0,0,0]",
                            "[-500,-500,-100,-100]",
                            "[0,0,1e300,1e300]",
                            "[0,0,1e18,1e18]",
                            "[9223372036854775807,0,9223372036854775808,1]"})
    field("bbox", value);
  {
    auto both = with(time, "bbox", "null");
    both.insert(both.size() - 1, ",\"bounding_box\":[0.1,0.1]");
    add("two boxes, both bad", both);
  }

  // -- label, time, frame --------------------------------------------------------------------
  for (const char* value : {"7", "{}", "[\"fire\"]", "true", "\"person\"", "\"\""})
    field("label", value);
  for (const char* value : {"1", "-1", "1e400", "NaN", "\"yesterday\"", "{}", "[]", "true"})
    field("timestamp", value);

  // -- duplicated keys ------------------------------------------------------------------------
  add("confidence twice, the last bad", with(time, "confidence", "0.9,\"confidence\":\"none\""));
  add("box twice, the last bad", with(time, "bbox", box(time) + ",\"bbox\":[]"));

  // -- batches --------------------------------------------------------------------------------
  for (const char* value : {"null", "7", "\"x\"", "{}", "[null]", "[7]", "[[]]", "[{}]",
                            "[{\"confidence\":0.9}]", "[{\"bbox\":[0.1,0.1,0.5,0.5]}]"})
    add(std::string{"a batch of "} + value,
        R"({"camera_id":"bad","detections":)" + std::string{value} + '}');

  // -- topics ---------------------------------------------------------------------------------
  add("an empty camera level", good, direct + '/');
  add("the camera level is unknown", good, direct + "/unknown");
  add("a level too many", good, direct + "/bad/1");
  add("a level too many, empty", good, direct + "/bad/");
  add("an upper case topic", good, "Fire/Detection");
  add("a slash before", good, "/fire/detection");
  add("another topic", good, "fire/detections");
  add("the trigger's neighbour", good, "fire/emergency");

  // -- Frigate ------------------------------------------------------------------------------------
  const std::string events = "frigate/events";
  const auto event
      = frigate_event("update", "bad", "fire", "1.0-bad", 0.05 + 0.02 * time, unix_now());
  const auto change = [&](const std::string& name, auto&& edit) {
    auto copy = event;
    edit(copy);
    add("Frigate: " + name, copy.dump(), events);
  };
  add("Frigate: a direct detection", good, events);
  add("Frigate: a word", "ON", events);
  add("Frigate: a list", '[' + event.dump() + ']', events);
  add("Frigate: cut off", event.dump().substr(0, 200), events);
  change("no after", [](auto& e) { e.erase("after"); });
  change("after is null", [](auto& e) { e["after"] = nullptr; });
  change("after is a text", [](auto& e) { e["after"] = "fire"; });
  change("after is a list", [](auto& e) { e["after"] = {1, 2, 3}; });
  change("no type", [](auto& e) { e.erase("type"); });
  change("an unknown type", [](auto& e) { e["type"] = "born"; });
  change("type is a number", [](auto& e) { e["type"] = 1; });
  change("label is null", [](auto& e) { e["after"]["label"] = nullptr; });
  change("camera is empty", [](auto& e) { e["after"]["camera"] = ""; });
  change("camera is a number", [](auto& e) { e["after"]["camera"] = 7; });
  change("box is short", [](auto& e) { e["after"]["box"] = {1, 2, 3}; });
  change("box is a text", [](auto& e) { e["after"]["box"] = "1,2,3,4"; });
  change("box is inside out", [](auto& e) { e["after"]["box"] = {900, 500, 100, 100}; });
  change("scores are texts", [](auto& e) {
    e["after"]["score"] = "high";
    e["after"]["top_score"] = "high";
  });
  change("scores are null", [](auto& e) {
    e["after"]["score"] = nullptr;
    e["after"]["top_score"] = nullptr;
  });

  // -- telemetry
  // -----------------------------------------------------------------------------------
  const std::string telemetry = "system/camera_telemetry";
  for (const char* value : {"", "7", "[]", "{}", R"({"camera_id":null})", R"({"camera_id":""})",
                            R"({"camera_id":["bad"]})", R"({"camera_id":{"bad":1}})"})
    add(std::string{"telemetry: "} + value, value, telemetry);
  return all;
}

} // namespace firefinder::test
