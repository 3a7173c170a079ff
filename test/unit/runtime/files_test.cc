#include "leasehold/runtime/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace leasehold::runtime {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

std::size_t entries(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(WriteAtomically, ReplacesAndKeepsTheMode) {
  const test::TempDir dir;
  const std::string path = dir / "db.env";
  ASSERT_TRUE(write_atomically(path, "one", {.mode = 0640}));
  EXPECT_EQ(mode_of(path), 0640U);
  ASSERT_TRUE(write_atomically(path, "two", {}));
  EXPECT_EQ(mode_of(path), 0640U);
  EXPECT_EQ(*read_file(path, 100), "two");
  EXPECT_TRUE(file_equals(path, "two"));
  EXPECT_FALSE(file_equals(path, "tw0"));
  EXPECT_FALSE(file_equals(path, "twoo"));
  EXPECT_EQ(entries(dir.path()), 1U) << "a temporary file is left";
}

TEST(WriteAtomically, DefaultModeAndDirectories) {
  const test::TempDir dir;
  const std::string path = dir / "a/b/c";
  EXPECT_FALSE(write_atomically(path, "x", {}));
  ASSERT_TRUE(write_atomically(path, "x", {.make_directories = true}));
  EXPECT_EQ(mode_of(path), 0644U);
  EXPECT_EQ(mode_of(dir / "a"), 0755U);
}

TEST(WriteAtomically, ASymbolicLinkIsReplacedItsTargetStays) {
  const test::TempDir dir;
  ASSERT_TRUE(write_atomically(dir / "target", "old", {}));
  ASSERT_EQ(::symlink((dir / "target").c_str(), (dir / "link").c_str()), 0);
  ASSERT_TRUE(write_atomically(dir / "link", "new", {}));
  EXPECT_EQ(*read_file(dir / "target", 100), "old");
  EXPECT_FALSE(std::filesystem::is_symlink(dir / "link"));
}

TEST(WriteAtomically, FailureLeavesNothingBehind) {
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "taken");
  const auto done = write_atomically(dir / "taken", "x", {});  // a folder stands where the file should go
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("rename"), std::string::npos);
  EXPECT_EQ(entries(dir.path()), 1U);
}

TEST(ReadFile, ErrorsInGoWords) {
  const test::TempDir dir;
  const auto missing = read_file(dir / "nope", 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
  EXPECT_EQ(missing.error().message, "open " + (dir / "nope") + ": no such file or directory");
  std::ofstream(dir / "big") << std::string(11, 'x');
  EXPECT_EQ(read_file(dir / "big", 10).error().message, (dir / "big") + ": larger than 10 bytes");
  EXPECT_EQ(read_secret_file(dir / "big", 11)->size(), 11U);
  EXPECT_EQ(read_file(dir.path(), 10).error().message, "read " + dir.path() + ": is a directory");
}

}  // namespace
}  // namespace leasehold::runtime
