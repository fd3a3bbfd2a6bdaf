#pragma once

#include <string>
#include <string_view>

namespace firefinder::roff {

/// The text without its line ends as running text: nothing in it is an instruction to roff.
[[nodiscard]] std::string text(std::string_view plain);

/// The text in bold, to be typed as it stands: its hyphens can be copied as such.
[[nodiscard]] std::string literal(std::string_view plain);

/// What stands for something else, such as the name of a value.
[[nodiscard]] std::string placeholder(std::string_view plain);

/// The head of a page: its name, section, the version it belongs to, and the manual.
[[nodiscard]] std::string title(std::string_view name, int section, std::string_view version,
                                std::string_view manual);

/// Running text in which what stands between backquotes is literal.
[[nodiscard]] std::string prose(std::string_view plain);

/// Paragraphs with blank lines between. Indented lines are an example and stay as they are; a line
/// that begins with "- " begins an item of a list, which goes on in lines indented by two; all
/// but examples is prose.
[[nodiscard]] std::string paragraphs(std::string_view plain);

} // namespace firefinder::roff
