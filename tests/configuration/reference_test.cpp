#include "src/configuration/reference.hpp"

#include "src/configuration/key_table.hpp"
#include "tests/configuration/support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace firefinder::configuration::reference_test {

using namespace test;

namespace {

const std::string root = FIREFINDER_SOURCE_DIR;

// The default file with every key taken out of its comment: `#key` becomes `key`.
std::string uncommented(const std::string& text) {
  std::istringstream in{text};
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const auto mark = line.find_first_not_of(' ');
    if (mark != std::string::npos && line[mark] == '#' && mark + 1 < line.size()
        && line[mark + 1] != ' ')
      line.erase(mark, 1);
    out += line + '\n';
  }
  return out;
}

} // namespace

TEST(reference, page_is_up_to_date) {
  EXPECT_EQ(contents_of(root + "/docs/configuration.md"), reference_markdown())
      << "refresh it: cmake --build build/release --target refresh-configuration-docs";
}

TEST(reference, default_file_is_up_to_date) {
  EXPECT_EQ(contents_of(root + "/config/firefinder.yaml"), default_file())
      << "refresh it: cmake --build build/release --target refresh-configuration-docs";
}

TEST(reference, default_file_changes_nothing) {
  auto from = on_host();
  from.file = root + "/config/firefinder.yaml";
  const auto r = load(from);
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.warnings.empty() && r.notices.empty()) << everything(r);
  const auto standard = load(on_host());
  ASSERT_EQ(r.effective.size(), standard.effective.size());
  for (std::size_t i = 0; i < r.effective.size(); ++i) {
    EXPECT_EQ(r.effective[i].value, standard.effective[i].value) << r.effective[i].key;
    EXPECT_TRUE(r.effective[i].is_default) << r.effective[i].key;
  }
}

TEST(reference, default_file_shows_every_key_at_its_default) {
  const auto text = uncommented(contents_of(root + "/config/firefinder.yaml"));
  const auto r = load_yaml(text);
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.warnings.empty()) << everything(r);
  const auto standard = load(on_host());
  for (const auto& expected : standard.effective) {
    const auto found = entry(r, expected.key);
    EXPECT_EQ(found.value, expected.value) << expected.key;
    EXPECT_FALSE(found.is_default) << expected.key << " is not in the file";
  }
  for (const auto& k : keys())
    if (k.path.starts_with(camera_prefix)) {
      const auto found = entry(r, "cameras.north." + std::string{name_of(k.path)});
      EXPECT_FALSE(found.is_default) << k.path;
    }
  EXPECT_EQ(r.values.caf.size(), 1U);
}

TEST(reference, names_every_key_and_variable_everywhere) {
  const auto page = reference_markdown();
  const auto file = default_file();
  const auto help = help_text();
  for (const auto& k : keys()) {
    EXPECT_NE(page.find("`" + std::string{k.path} + "`"), std::string::npos) << k.path;
    EXPECT_NE(file.find("#" + std::string{name_of(k.path)} + ":"), std::string::npos) << k.path;
    EXPECT_NE(help.find(k.path), std::string::npos) << k.path;
    for (const auto name : k.environment) {
      EXPECT_NE(page.find(name), std::string::npos) << name;
      EXPECT_NE(file.find(name), std::string::npos) << name;
      EXPECT_NE(help.find(name), std::string::npos) << name;
    }
  }
}

TEST(reference, schema_knows_every_key_and_no_other) {
  const auto schema = nlohmann::json::parse(json_schema());
  EXPECT_EQ(schema.at("$schema"), "http://json-schema.org/draft-07/schema#");
  EXPECT_EQ(schema.at("additionalProperties"), false);
  std::size_t count = 0;
  for (const auto& k : keys()) {
    auto place = schema.at("properties");
    const std::string section{section_of(k.path)};
    if (section == "cameras")
      place = place.at(section).at("additionalProperties").at("properties");
    else if (!section.empty())
      place = place.at(section).at("properties");
    ASSERT_TRUE(place.contains(std::string{name_of(k.path)})) << k.path;
    const auto& entry = place.at(std::string{name_of(k.path)});
    EXPECT_FALSE(entry.at("description").get<std::string>().empty()) << k.path;
    EXPECT_TRUE(entry.contains("type") || entry.contains("enum") || entry.contains("anyOf"))
        << k.path;
    ++count;
  }
  EXPECT_EQ(count, keys().size());
  const auto& consensus = schema.at("properties").at("consensus").at("properties");
  EXPECT_EQ(consensus.at("threshold").at("minimum"), 1);
  EXPECT_EQ(consensus.at("threshold").at("maximum"), 10);
  EXPECT_EQ(consensus.at("threshold").at("default"), 2);
  EXPECT_EQ(consensus.at("detection_window_s").at("maximum"), 7200);
  EXPECT_EQ(consensus.at("labels").at("default"),
            nlohmann::json::parse(R"({"fire":"fire","smoke":"smoke"})"));
}

} // namespace firefinder::configuration::reference_test
