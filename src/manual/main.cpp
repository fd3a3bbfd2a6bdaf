// Prints what is made from the command line and the key table: man1, man5, bash, zsh, fish.

#include "src/command_line.hpp"
#include "src/configuration/reference.hpp"
#include "src/manual/completion.hpp"
#include "src/manual/manual_page.hpp"
#include "src/program_version.hpp"

#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
  using namespace firefinder;
  const std::string_view what = argc == 2 ? argv[1] : "";
  const auto commands = describe_command_line();
  if (what == "man1")
    std::cout << manual_page(commands);
  else if (what == "man5")
    std::cout << configuration::reference_manual(program_version());
  else if (what == "bash")
    std::cout << bash_completion(commands);
  else if (what == "zsh")
    std::cout << zsh_completion(commands);
  else if (what == "fish")
    std::cout << fish_completion(commands);
  else {
    std::cerr << "usage: firefinder-manual man1|man5|bash|zsh|fish\n";
    return 64;
  }
  return 0;
}
