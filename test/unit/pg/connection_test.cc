// What needs no server; the rest is in test/integration/devvault_database.py.
#include "leasehold/pg/connection.h"

#include <gtest/gtest.h>

namespace leasehold::pg {
namespace {

TEST(Quoting, DoublesTheQuote) {
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote_literal("it's"), "'it''s'");
  EXPECT_EQ(quote_identifier(""), "\"\"");
}

TEST(Open, RefusesWhatIsNoConninfoWithoutShowingIt) {
  const auto opened = Connection::open(SecretString("postgresql://u:the-secret@h:port/d?x"), {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::Invalid);
  EXPECT_EQ(opened.error().message.find("the-secret"), std::string::npos);
}

TEST(Open, SaysWhereNobodyListensWithoutThePassword) {
  const auto opened = Connection::open(SecretString("postgresql://u:the-secret@127.0.0.1:1/d"), {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::Transient);
  EXPECT_NE(opened.error().message.find("Connection refused"), std::string::npos) << opened.error().message;
  EXPECT_EQ(opened.error().message.find("the-secret"), std::string::npos);
}

}  // namespace
}  // namespace leasehold::pg
