// Renders one page for several hosts with a function of its own, then shows what two mistakes look like.
#include <iostream>
#include <string>
#include <string_view>

#include <leasehold/gotemplate/template.h>

namespace gt = leasehold::gotemplate;

constexpr std::string_view kPage =
    R"({{ define "port" }}{{ printf "%05d" . }}{{ end -}}
{{ .name | shout }} listens on {{ template "port" .port }}
{{- range $index, $peer := .peers }}
  {{ $index }}: {{ $peer }}{{ else }}
  no peers{{ end }}
)";

int main() {
  gt::Functions functions;
  functions.add("shout", [](std::string text) { return text + "!"; });
  functions.add("half", [](int number) -> leasehold::Result<int> {
    if (number % 2 != 0) return leasehold::invalid(std::to_string(number) + " is odd");
    return number / 2;
  });

  const auto page = gt::Template::parse(kPage, functions, {.name = "page.tmpl"});
  if (!page) {
    std::cerr << page.error().str() << "\n";
    return 1;
  }
  for (const gt::Value& host : {gt::object({{"name", "ada"}, {"port", 8080}, {"peers", gt::array({"bob", "eve"})}}),
                                gt::object({{"name", "bob"}, {"port", 443}, {"peers", gt::array({})}})}) {
    const auto text = page->render(host);
    if (!text) {
      std::cerr << text.error().str() << "\n";
      return 1;
    }
    std::cout << *text;
  }

  const auto broken = gt::Template::parse("one\n{{ nosuch 1 }}", functions, {.name = "broken.tmpl"});
  if (!broken) std::cout << broken.error().str() << "\n";

  const auto odd = gt::Template::parse("one\ntwo {{ half .n }}", functions, {.name = "odd.tmpl"});
  const auto stopped = odd->render(gt::object({{"n", 7}}));
  const gt::TemplateError& error = stopped.error();
  std::cout << error.file << ", line " << error.at.line << ", column " << error.at.column << ", in " << error.node
            << ": " << error.reason << "\n";
}
