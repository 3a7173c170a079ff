#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "leasehold/kube/watch.h"

namespace leasehold::kube {
namespace {

std::string read(EventReader& reader, std::string_view bytes) {
  std::string seen;
  const auto done = reader.feed(bytes, [&](const Event& event) {
    seen += std::to_string(static_cast<int>(event.type)) + event.object->value("name", "?") + " ";
  });
  return done ? seen : done.error().message;
}

TEST(EventReaderTest, LinesInAnyPieces) {
  const std::string text =
      "{\"type\":\"ADDED\",\"object\":{\"name\":\"a\"}}\n\n"
      "{\"type\":\"BOOKMARK\",\"object\":{\"name\":\"b\"}}\r\n"
      "{\"type\":\"ERROR\",\"object\":{\"name\":\"c\"}}\n";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    EventReader reader;
    std::string seen;
    for (std::size_t at = 0; at < text.size(); at += size) seen += read(reader, text.substr(at, size));
    EXPECT_EQ(seen, "0a 3b 4c ") << size;
  }
}

TEST(EventReaderTest, WhatIsNoEventIsAnErrorWithoutContent) {
  for (const std::string line : {"secret", "[]", "{}", R"({"type":"ADDED"})", R"({"type":7,"object":{}})",
                                 R"({"type":"ADDED","object":"secret"})", R"({"type":"NEW","object":{}})"}) {
    EventReader reader;
    const std::string text = read(reader, line + "\n");
    EXPECT_TRUE(text.starts_with("watch: ")) << text;
    EXPECT_EQ(text.find("secret"), std::string::npos);
  }
}

TEST(EventReaderTest, ALineIsBounded) {
  EventReader reader;
  const std::string piece(1024UL * 1024, 'x');
  std::string text;
  for (int i = 0; i < 20 && text.empty(); ++i) text = read(reader, piece);
  EXPECT_EQ(text, "watch: an event of more than 8388608 bytes");
}

}  // namespace
}  // namespace leasehold::kube
