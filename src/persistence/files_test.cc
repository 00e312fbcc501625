#include "persistence/files.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "persistence/memory_files.h"

namespace dunlin::persistence {
namespace {

// A folder of the real file system that is gone after the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dunlin-files-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(std::string_view name) const { return JoinPath(path_, name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Everything that both bodies must do alike.
void CheckContract(FileSystem& files, const std::string& folder) {
  std::string path = JoinPath(folder, "a");
  EXPECT_EQ(files.OpenToRead(path).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(files.SizeOf(path).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(files.Remove(path).code(), StatusCode::kNotFound);
  EXPECT_EQ(files.Rename(path, path + "b").code(), StatusCode::kNotFound);
  EXPECT_EQ(files.Truncate(path, 0).code(), StatusCode::kNotFound);
  EXPECT_EQ(files.Create(JoinPath(folder, "none/a")).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(files.List(JoinPath(folder, "none")).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(files.Remove(path)), "No such file or directory");
  EXPECT_FALSE(files.FileExists(path));
  {
    auto file = files.OpenToAppend(path);
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_TRUE((*file)->Append("hello ").ok());
    EXPECT_TRUE((*file)->Append("world").ok());
    EXPECT_EQ((*file)->size(), 11u);
    EXPECT_TRUE((*file)->Truncate(7).ok());
    EXPECT_TRUE((*file)->Append("!").ok());
    EXPECT_TRUE((*file)->Sync().ok());
  }
  EXPECT_EQ(ReadWhole(files, path, 100), "hello w!");
  EXPECT_EQ(ReadWhole(files, path, 5).error().code(), StatusCode::kCorruption);
  {
    auto file = files.OpenToAppend(path);
    EXPECT_EQ((*file)->size(), 8u);
    EXPECT_TRUE((*file)->Append("more").ok());
  }
  EXPECT_EQ(files.SizeOf(path), 12u);
  EXPECT_TRUE(files.Truncate(path, 5).ok());
  EXPECT_EQ(ReadWhole(files, path, 100), "hello");
  EXPECT_TRUE(files.Create(path));
  EXPECT_EQ(files.SizeOf(path), 0u);
  EXPECT_TRUE(ReplaceFile(files, path, path + ".tmp", "new").ok());
  EXPECT_EQ(ReadWhole(files, path, 100), "new");
  EXPECT_FALSE(files.FileExists(path + ".tmp"));
  std::string sub = JoinPath(folder, "sub");
  EXPECT_FALSE(files.DirectoryExists(sub));
  EXPECT_TRUE(files.CreateDirectory(sub).ok());
  EXPECT_TRUE(files.CreateDirectory(sub).ok());
  EXPECT_TRUE(files.DirectoryExists(sub));
  EXPECT_FALSE(files.FileExists(sub));
  EXPECT_TRUE(files.Rename(path, JoinPath(sub, "moved")).ok());
  EXPECT_TRUE(files.SyncDirectory(sub).ok());
  EXPECT_TRUE(files.Create(JoinPath(sub, "another")));
  EXPECT_EQ(files.List(sub), (std::vector<std::string>{"another", "moved"}));
  EXPECT_TRUE(files.Remove(JoinPath(sub, "another")).ok());
  EXPECT_EQ(files.List(sub), std::vector<std::string>{"moved"});
}

void CheckLock(FileSystem& files, const std::string& path) {
  auto lock = files.OpenLocked(path);
  ASSERT_TRUE(lock) << lock.error().message();
  EXPECT_EQ((*lock)->Read(), "");
  for (const char* content : {"one", "two", "three"}) {
    EXPECT_TRUE((*lock)->Replace(content).ok());
    EXPECT_EQ((*lock)->Read(), content);
    // The file has another inode now, and is as locked as before.
    EXPECT_EQ(files.OpenLocked(path).error().code(), StatusCode::kUnavailable);
  }
  lock->reset();
  auto next = files.OpenLocked(path);
  ASSERT_TRUE(next);
  EXPECT_EQ((*next)->Read(), "three");
}

TEST(PosixFiles, Contract) {
  ScratchFolder scratch;
  auto files = NewPosixFileSystem();
  CheckContract(*files, scratch.path());
}

TEST(PosixFiles, LockedFile) {
  ScratchFolder scratch;
  auto files = NewPosixFileSystem();
  CheckLock(*files, scratch / "nodes.conf");
}

TEST(PosixFiles, AnotherProcessIsRefusedUntilTheLockGoes) {
  ScratchFolder scratch;
  auto files = NewPosixFileSystem();
  std::string path = scratch / "nodes.conf";
  auto other_gets_it = [&] {
    pid_t child = fork();
    if (child == 0) {
      auto lock = NewPosixFileSystem()->OpenLocked(path);
      _exit(lock ? 0 : lock.error().code() == StatusCode::kUnavailable ? 1 : 2);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  auto lock = files->OpenLocked(path);
  ASSERT_TRUE(lock);
  EXPECT_EQ(other_gets_it(), 1);
  ASSERT_TRUE((*lock)->Replace("content").ok());
  EXPECT_EQ(other_gets_it(), 1);
  lock->reset();
  EXPECT_EQ(other_gets_it(), 0);
}

TEST(PosixFiles, ErrorsNamePathAndReason) {
  auto files = NewPosixFileSystem();
  EXPECT_EQ(files->OpenToRead("/nowhere/file").error().message(),
            "cannot open /nowhere/file: No such file or directory");
  ScratchFolder scratch;
  EXPECT_EQ(files->CreateDirectory(scratch / "x/y").message(),
            "cannot create folder " + scratch / "x/y" + ": No such file or directory");
}

TEST(MemoryFiles, Contract) {
  MemoryFileSystem files;
  CheckContract(files, ".");
}

TEST(MemoryFiles, LockedFile) {
  MemoryFileSystem files;
  CheckLock(files, "nodes.conf");
}

TEST(MemoryFiles, PowerFailureLosesWhatWasNotSynced) {
  Random random(1);
  MemoryFileSystem files;
  auto file = files.Create("a");
  ASSERT_TRUE((*file)->Append("synced").ok());
  ASSERT_TRUE((*file)->Sync().ok());
  ASSERT_TRUE(files.SyncDirectory(".").ok());
  ASSERT_TRUE((*file)->Append(" not").ok());
  ASSERT_TRUE(files.Create("b"));
  files.LosePower(PowerFailure::kLosesAllUnsynced, random);
  EXPECT_EQ(files.Content("a"), "synced");
  EXPECT_FALSE(files.FileExists("b"));
  EXPECT_FALSE((*file)->Append("x").ok());
}

TEST(MemoryFiles, FailsWhenItIsTold) {
  MemoryFileSystem files;
  auto file = files.Create("a");
  files.FailAt(files.operations());
  EXPECT_FALSE((*file)->Append("12345678").ok());
  EXPECT_EQ(files.Content("a"), "1234");
  EXPECT_TRUE((*file)->Append("!").ok());
  files.SetCapacity(7);
  Status full = (*file)->Append("abcdef");
  EXPECT_EQ(full.message(), "cannot write a: No space left on device");
  EXPECT_EQ(files.Content("a"), "1234!ab");
  files.DieAt(files.operations());
  EXPECT_FALSE((*file)->Sync().ok());
  EXPECT_FALSE(files.Remove("a").ok());
}

// Whatever fails and whenever the power goes, the file has its old content or the new one; after OK the new one.
TEST(ReplaceFile, IsAllOrNothing) {
  Random random(2);
  for (bool dies : {false, true}) {
    for (auto how :
         {PowerFailure::kLosesAllUnsynced, PowerFailure::kKeepsEverything, PowerFailure::kKeepsNamesLosesBytes,
          PowerFailure::kKeepsBytesLosesNames, PowerFailure::kKeepsSome}) {
      for (int operation = 0; operation < 8; ++operation) {
        for (int round = 0; round < 20; ++round) {
          MemoryFileSystem files;
          files.Put("a", "the old content");
          dies ? files.DieAt(operation) : files.FailAt(operation);
          Status status = ReplaceFile(files, "a", "a.tmp", "the new content");
          files.LosePower(how, random);
          std::string content = files.Content("a");
          if (status.ok()) {
            ASSERT_EQ(content, "the new content");
          } else {
            ASSERT_TRUE(content == "the old content" || content == "the new content") << content;
          }
        }
      }
    }
  }
}

TEST(Paths, JoinAndFolder) {
  EXPECT_EQ(JoinPath("", "a"), "a");
  EXPECT_EQ(JoinPath("x", "a"), "x/a");
  EXPECT_EQ(JoinPath("x/", "a"), "x/a");
  EXPECT_EQ(FolderOf("a"), ".");
  EXPECT_EQ(FolderOf("x/a"), "x");
  EXPECT_EQ(FolderOf("/a"), "/");
}

}  // namespace
}  // namespace dunlin::persistence
