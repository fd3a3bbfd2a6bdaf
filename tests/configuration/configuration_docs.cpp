// Prints what is generated from the key table.

#include "src/configuration/reference.hpp"

#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
  using namespace firefinder::configuration;
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "markdown")
    std::cout << reference_markdown();
  else if (what == "file")
    std::cout << default_file();
  else if (what == "schema")
    std::cout << json_schema();
  else if (what == "help")
    std::cout << help_text();
  else {
    std::cerr << "usage: configuration-docs markdown|file|schema|help\n";
    return 64;
  }
  return 0;
}
