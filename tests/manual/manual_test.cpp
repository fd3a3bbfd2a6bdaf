#include "src/command_line.hpp"
#include "src/configuration/key_table.hpp"
#include "src/configuration/reference.hpp"
#include "src/manual/completion.hpp"
#include "src/manual/manual_page.hpp"
#include "src/manual/roff.hpp"
#include "src/program_version.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

namespace firefinder::manual_test {

namespace {

const std::vector<command_description>& commands() {
  static const auto all = describe_command_line();
  return all;
}

const command_description& command(std::string_view name) {
  return *std::ranges::find(commands(), name, &command_description::name);
}

const option_description& option(std::string_view of, std::string_view name) {
  return *std::ranges::find_if(command(of).options, [name](const auto& x) {
    return x.names.empty() ? x.value == name : x.names.back() == name;
  });
}

// Lines that roff takes for instructions, by their first word.
std::set<std::string> instructions(const std::string& page) {
  std::set<std::string> out;
  std::istringstream in{page};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with('.') || line.starts_with('\''))
      out.insert(line.substr(0, line.find(' ')));
  return out;
}

} // namespace

TEST(described_command_line, has_the_program_first_and_every_command) {
  EXPECT_EQ(commands().front().name, "");
  EXPECT_NE(commands().front().help, "");
  for (const auto* name : {"run", "check", "replay", "record", "discover", "status", "help"})
    EXPECT_EQ(std::ranges::count(commands(), name, &command_description::name), 1) << name;
}

TEST(described_command_line, tells_what_options_take) {
  EXPECT_EQ(option("", "--help").names, (std::vector<std::string>{"-h", "--help"}));
  EXPECT_EQ(option("", "--config").value, "FILE");
  EXPECT_FALSE(option("", "--config").repeatable);
  EXPECT_EQ(option("", "--set").value, "KEY=VALUE");
  EXPECT_TRUE(option("", "--set").repeatable);
  EXPECT_EQ(option("check", "--strict").value, "");
  EXPECT_EQ(option("replay", "FILE").names, std::vector<std::string>{});
  EXPECT_TRUE(option("replay", "FILE").repeatable);
  EXPECT_FALSE(option("record", "OUT").repeatable);
  // What is checked is no part of what is shown.
  EXPECT_EQ(option("status", "--timeout").value, "S");
  EXPECT_EQ(option("status", "--timeout").standard, "5");
}

TEST(described_command_line, repeats_nothing_of_the_program_at_its_commands) {
  EXPECT_EQ(command("help").details, "");
  EXPECT_NE(command("run").details, "");
  for (const auto& x : commands()) {
    const bool has_help = std::ranges::any_of(
        x.options, [](const auto& o) { return !o.names.empty() && o.names.back() == "--help"; });
    EXPECT_EQ(has_help, x.name.empty()) << x.name;
  }
}

TEST(roff, takes_no_text_for_an_instruction) {
  EXPECT_EQ(roff::text(".so /etc/shadow"), "\\&.so /etc/shadow");
  EXPECT_EQ(roff::text("'quoted' at the start"), "\\(aqquoted\\(aq at the start");
  EXPECT_EQ(roff::text("a\\fBb"), "a\\efBb");
  EXPECT_EQ(roff::text("two\nlines"), "two lines");
  EXPECT_EQ(roff::literal("--set"), "\\fB\\-\\-set\\fR");
  EXPECT_EQ(roff::prose("see `a-b` there"), "see \\fBa\\-b\\fR there");
}

TEST(roff, keeps_paragraphs_lists_and_examples_apart) {
  EXPECT_EQ(
      roff::paragraphs("One\ntwo.\n\n- first\n  goes on\n- second\n\nAs in\n  .x --y\n  z\nend"),
      ".PP\nOne\ntwo.\n.IP \\(bu 2\nfirst\ngoes on\n.IP \\(bu 2\nsecond\n"
      ".PP\nAs in\n.PP\n.RS 4\n.nf\n\\&.x \\-\\-y\nz\n.fi\n.RE\n.PP\nend\n");
}

TEST(manual_page, has_every_command_and_option) {
  const auto page = manual_page(commands());
  EXPECT_TRUE(page.starts_with(".TH FIREFINDER 1 "));
  for (const auto& x : commands()) {
    if (!x.name.empty()) {
      EXPECT_NE(page.find(".SS \\fBfirefinder " + x.name + "\\fR"), page.npos) << x.name;
    }
    for (const auto& o : x.options)
      for (const auto& name : o.names)
        EXPECT_NE(page.find(roff::literal(name)), page.npos) << name;
  }
  EXPECT_NE(page.find("\\fBfirefinder replay\\fR [\\fIOPTION\\fR]... \\fIFILE\\fR..."), page.npos);
}

TEST(manual_page, gives_roff_no_other_instructions_than_its_own) {
  const std::set<std::string> known{".B",  ".BR", ".I",  ".IP", ".PP", ".RE", ".RS",
                                    ".SH", ".SS", ".TH", ".TP", ".br", ".fi", ".nf"};
  for (const auto& page :
       {manual_page(commands()), configuration::reference_manual(program_version())})
    for (const auto& x : instructions(page))
      EXPECT_TRUE(known.contains(x)) << x;
}

TEST(configuration_manual, has_every_key_with_what_is_to_know) {
  const auto page = configuration::reference_manual("1.2.3");
  EXPECT_NE(page.find("\"Firefinder 1.2.3\""), page.npos);
  for (const auto& k : configuration::keys()) {
    const auto name = k.path.starts_with(configuration::camera_prefix)
                          ? configuration::name_of(k.path)
                          : k.path;
    EXPECT_NE(page.find(".TP\n" + roff::literal(name) + '\n'), page.npos) << k.path;
    EXPECT_NE(page.find(roff::prose(k.help)), page.npos) << k.path;
    for (const auto variable : k.environment)
      EXPECT_NE(page.find(variable), page.npos) << variable;
  }
  EXPECT_NE(page.find("Default: \\fB1883, with TLS 8883\\fR\n"), page.npos);
}

TEST(completion, knows_every_command_option_and_key) {
  for (const auto& script :
       {bash_completion(commands()), zsh_completion(commands()), fish_completion(commands())}) {
    for (const auto& x : commands()) {
      EXPECT_NE(script.find(x.name), script.npos) << x.name;
      for (const auto& o : x.options)
        for (const auto& name : o.names)
          EXPECT_NE(script.find(name.substr(name.find_last_of('-') + 1)), script.npos) << name;
    }
    for (const auto& k : configuration::keys())
      EXPECT_EQ(script.find(k.path) != script.npos, !k.path.starts_with("cameras.")) << k.path;
    std::smatch name;
    EXPECT_FALSE(std::regex_search(script, name, std::regex{"@[A-Z_]+@"})) << name[0];
  }
}

} // namespace firefinder::manual_test
