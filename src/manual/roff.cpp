#include "src/manual/roff.hpp"

#include <cctype>

namespace firefinder::roff {

namespace {

enum class hyphens : bool { of_prose, of_code };

std::string escaped(std::string_view plain, hyphens kind) {
  std::string out;
  for (const char c : plain)
    if (c == '\\')
      out += "\\e";
    else if (c == '-' && kind == hyphens::of_code)
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '`')
      out += "\\(ga";
    else if (c == '~')
      out += "\\(ti";
    else if (c == '^')
      out += "\\(ha";
    else if (c == '\n')
      out += ' ';
    else
      out += c;
  // A point at the beginning of a line would be an instruction; an escaped quote is none.
  if (out.starts_with('.'))
    out.insert(0, "\\&");
  return out;
}

enum class block : unsigned char { none, prose, item, example };

} // namespace

std::string text(std::string_view plain) { return escaped(plain, hyphens::of_prose); }

std::string literal(std::string_view plain) {
  return "\\fB" + escaped(plain, hyphens::of_code) + "\\fR";
}

std::string placeholder(std::string_view plain) {
  return "\\fI" + escaped(plain, hyphens::of_code) + "\\fR";
}

std::string prose(std::string_view plain) {
  std::string out;
  for (bool code = false; !plain.empty(); code = !code) {
    const auto mark = plain.find('`');
    const auto part = plain.substr(0, mark);
    if (!part.empty())
      out += code ? literal(part) : text(part);
    plain.remove_prefix(mark == std::string_view::npos ? plain.size() : mark + 1);
  }
  return out;
}

std::string title(std::string_view name, int section, std::string_view version,
                  std::string_view manual) {
  std::string out = ".TH ";
  for (const char c : name)
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  out += " " + std::to_string(section) + " \"\" \"Firefinder ";
  out += version;
  out += "\" \"";
  out += manual;
  return out + "\"\n";
}

std::string paragraphs(std::string_view plain) {
  std::string out;
  auto in = block::none;
  const auto end = [&] {
    if (in == block::example)
      out += ".fi\n.RE\n";
    in = block::none;
  };
  while (!plain.empty()) {
    const auto line_end = plain.find('\n');
    auto line = plain.substr(0, line_end);
    plain.remove_prefix(line_end == std::string_view::npos ? plain.size() : line_end + 1);
    if (line.empty()) {
      end();
    } else if (line.starts_with("- ")) {
      end();
      out += ".IP \\(bu 2\n" + prose(line.substr(2)) + '\n';
      in = block::item;
    } else if (line.starts_with(' ') && in != block::item) {
      if (in != block::example)
        out += ".PP\n.RS 4\n.nf\n";
      in = block::example;
      line.remove_prefix(line.starts_with("  ") ? 2 : 1);
      out += escaped(line, hyphens::of_code) + '\n';
    } else {
      if (in == block::none || in == block::example) {
        end();
        out += ".PP\n";
        in = block::prose;
      }
      line.remove_prefix(line.find_first_not_of(' '));
      out += prose(line) + '\n';
    }
  }
  end();
  return out;
}

} // namespace firefinder::roff
