#include "persistence/aof_writer.h"

#include <gtest/gtest.h>

#include "persistence/memory_files.h"
#include "persistence/rewrite_backoff.h"
#include "persistence/testing.h"

namespace dunlin::persistence {
namespace {

using testing::Command;
using testing::LoadTranscript;

constexpr std::string_view kFolder = "./appendonlydir/";

std::string Numbered(int n) { return Command({"set", "k", std::to_string(n)}); }

class AofWriterTest : public ::testing::Test {
 protected:
  // A server starts: loads, and goes on writing.
  void Start() {
    LoadTranscript load(files_, {});
    ASSERT_TRUE(load.ok()) << load.lines.back();
    writer_.emplace(files_, AofPlace(), load.loader().manifest());
    Status status = writer_->StartAfterLoad("", /*base_is_rdb=*/false, load.end);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  // A rewrite whose base says 1 .. count.
  Status Rewrite(int count) {
    DUNLIN_TRY(writer_->StartRewrite());
    auto base = writer_->CreateBase();
    if (!base) return base.error();
    for (int i = 1; i <= count; ++i) DUNLIN_TRY((*base)->Append(Numbered(i)));
    return writer_->FinishRewrite(/*base_is_rdb=*/false);
  }
  std::string Manifest() { return files_.Content(std::string(kFolder) + "appendonly.aof.manifest"); }
  bool HasFile(std::string_view name) { return files_.FileExists(std::string(kFolder).append(name)); }
  std::vector<std::string> Loaded() { return LoadTranscript(files_, {}).commands; }
  static std::vector<std::string> UpTo(int n) {
    std::vector<std::string> out;
    for (int i = 1; i <= n; ++i) out.push_back("set k " + std::to_string(i));
    return out;
  }

  MemoryFileSystem files_;
  std::optional<AofWriter> writer_;
};

TEST_F(AofWriterTest, StartsFromNothing) {
  Start();
  EXPECT_EQ(Manifest(), "file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n");
  EXPECT_TRUE(writer_->can_append());
  EXPECT_TRUE(writer_->Append(Numbered(1)).ok());
  EXPECT_TRUE(writer_->Append(Numbered(2)).ok());
  EXPECT_EQ(writer_->current_bytes(), 54u);
  EXPECT_EQ(writer_->synced_increment_bytes(), 0u);
  EXPECT_TRUE(writer_->Sync().ok());
  EXPECT_EQ(writer_->synced_increment_bytes(), 54u);
  EXPECT_EQ(Loaded(), UpTo(2));
  auto notes = writer_->TakeNotes();
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0].text, "Creating AOF base file appendonly.aof.1.base.aof on server start");
  EXPECT_EQ(notes[1].text, "Creating AOF incr file appendonly.aof.1.incr.aof on server start");
}

TEST_F(AofWriterTest, GoesOnWithTheLastIncrement) {
  Start();
  ASSERT_TRUE(writer_->Append(Numbered(1)).ok());
  std::string manifest = Manifest();
  Start();
  EXPECT_EQ(Manifest(), manifest);
  EXPECT_EQ(writer_->current_bytes(), 27u);
  EXPECT_EQ(writer_->increment_bytes(), 27u);
  EXPECT_EQ(writer_->synced_increment_bytes(), 27u);
  ASSERT_TRUE(writer_->Append(Numbered(2)).ok());
  EXPECT_EQ(Loaded(), UpTo(2));
  EXPECT_EQ(writer_->TakeNotes()[0].text, "Opening AOF incr file appendonly.aof.1.incr.aof on server start");
}

TEST_F(AofWriterTest, ARewriteReplacesAllThatWas) {
  Start();
  ASSERT_TRUE(writer_->Append(Numbered(1)).ok());
  ASSERT_TRUE(Rewrite(1).ok());
  ASSERT_TRUE(writer_->Append(Numbered(2)).ok());
  EXPECT_EQ(Manifest(),
            "file appendonly.aof.2.base.aof seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\n"
            "file appendonly.aof.1.base.aof seq 1 type h\nfile appendonly.aof.2.incr.aof seq 2 type i\n");
  EXPECT_EQ(Loaded(), UpTo(2));
  EXPECT_EQ(writer_->base_bytes(), 27u);
  EXPECT_EQ(writer_->current_bytes(), 54u);
  ASSERT_TRUE(writer_->RemoveHistory().ok());
  EXPECT_EQ(Manifest(), "file appendonly.aof.2.base.aof seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n");
  EXPECT_FALSE(HasFile("appendonly.aof.1.base.aof"));
  EXPECT_FALSE(HasFile("appendonly.aof.1.incr.aof"));
  EXPECT_EQ(Loaded(), UpTo(2));
}

TEST_F(AofWriterTest, WhatIsAppendedDuringARewriteComesBehindItsBase) {
  Start();
  ASSERT_TRUE(writer_->Append(Numbered(1)).ok());
  ASSERT_TRUE(writer_->StartRewrite().ok());
  ASSERT_TRUE(writer_->Append(Numbered(2)).ok());
  EXPECT_EQ(Loaded(), UpTo(2));
  auto base = writer_->CreateBase();
  ASSERT_TRUE(base);
  ASSERT_TRUE((*base)->Append(Numbered(1)).ok());
  ASSERT_TRUE(writer_->Append(Numbered(3)).ok());
  ASSERT_TRUE(writer_->FinishRewrite(false).ok());
  ASSERT_TRUE(writer_->Append(Numbered(4)).ok());
  EXPECT_EQ(Loaded(), UpTo(4));
  EXPECT_EQ(writer_->current_bytes(), 4 * 27u);
  EXPECT_EQ(writer_->base_bytes(), 3 * 27u);
}

TEST_F(AofWriterTest, AbandonedRewritesLeaveManyIncrements) {
  Start();
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(writer_->Append(Numbered(i)).ok());
    ASSERT_TRUE(writer_->StartRewrite().ok());
    ASSERT_TRUE(writer_->CreateBase());
    writer_->AbandonRewrite();
  }
  EXPECT_EQ(Manifest(),
            "file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
            "file appendonly.aof.2.incr.aof seq 2 type i\nfile appendonly.aof.3.incr.aof seq 3 type i\n"
            "file appendonly.aof.4.incr.aof seq 4 type i\n");
  EXPECT_EQ(Loaded(), UpTo(3));
  EXPECT_FALSE(HasFile("temp-appendonly.aof.base"));
  ASSERT_TRUE(Rewrite(3).ok());
  ASSERT_TRUE(writer_->RemoveHistory().ok());
  EXPECT_EQ(Manifest(), "file appendonly.aof.2.base.aof seq 2 type b\nfile appendonly.aof.5.incr.aof seq 5 type i\n");
  EXPECT_EQ(Loaded(), UpTo(3));
}

TEST_F(AofWriterTest, SwitchedOnInARunningServer) {
  writer_.emplace(files_, AofPlace(), persistence::Manifest());
  writer_->StartWhenRewritten();
  EXPECT_FALSE(writer_->can_append());
  ASSERT_TRUE(writer_->StartRewrite().ok());
  ASSERT_TRUE(writer_->Append(Numbered(3)).ok());
  EXPECT_TRUE(HasFile("temp-appendonly.aof.incr"));
  EXPECT_EQ(Manifest(), "");
  // The first one fails.
  writer_->AbandonRewrite();
  EXPECT_FALSE(HasFile("temp-appendonly.aof.incr"));
  EXPECT_FALSE(writer_->can_append());
  EXPECT_EQ(writer_->state(), AofWriter::State::kWhenRewritten);
  EXPECT_EQ(writer_->TakeNotes().back().text,
            "Removing the temp incr aof file temp-appendonly.aof.incr in the background");

  ASSERT_TRUE(writer_->StartRewrite().ok());
  ASSERT_TRUE(writer_->Append(Numbered(4)).ok());
  auto base = writer_->CreateBase();
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE((*base)->Append(Numbered(i)).ok());
  ASSERT_TRUE(writer_->FinishRewrite(false).ok());
  EXPECT_EQ(writer_->state(), AofWriter::State::kOn);
  ASSERT_TRUE(writer_->Append(Numbered(5)).ok());
  EXPECT_EQ(Manifest(), "file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n");
  EXPECT_EQ(Loaded(), UpTo(5));

  // Off: a rewrite makes a base alone.
  ASSERT_TRUE(writer_->Stop().ok());
  ASSERT_TRUE(Rewrite(6).ok());
  ASSERT_TRUE(writer_->RemoveHistory().ok());
  EXPECT_EQ(Manifest(), "file appendonly.aof.2.base.aof seq 2 type b\n");
  EXPECT_EQ(Loaded(), UpTo(6));
}

TEST_F(AofWriterTest, AFailedAppendLeavesNothingBehind) {
  Start();
  ASSERT_TRUE(writer_->Append(Numbered(1)).ok());
  files_.FailAt(files_.operations());
  EXPECT_FALSE(writer_->Append(Numbered(2)).ok());
  EXPECT_EQ(writer_->increment_bytes(), 27u);
  ASSERT_TRUE(writer_->Append(Numbered(2)).ok());
  EXPECT_EQ(Loaded(), UpTo(2));
}

TEST_F(AofWriterTest, AFullDiskIsSurvived) {
  Start();
  ASSERT_TRUE(writer_->Append(Numbered(1)).ok());
  uint64_t used = writer_->current_bytes() + Manifest().size();
  files_.SetCapacity(used + 10);
  Status status = writer_->Append(Numbered(2));
  EXPECT_EQ(ReasonOf(status), "No space left on device");
  EXPECT_FALSE(Rewrite(1).ok());
  EXPECT_EQ(Loaded(), UpTo(1));
  files_.SetCapacity(used + 10000);
  ASSERT_TRUE(writer_->Append(Numbered(2)).ok());
  ASSERT_TRUE(Rewrite(2).ok());
  EXPECT_EQ(Loaded(), UpTo(2));
}

TEST_F(AofWriterTest, AFailedSyncIsFinal) {
  Start();
  ASSERT_TRUE(writer_->Append(Numbered(1)).ok());
  files_.FailAt(files_.operations());
  EXPECT_FALSE(writer_->Sync().ok());
  EXPECT_FALSE(writer_->failure().ok());
  EXPECT_FALSE(writer_->Sync().ok());
  EXPECT_FALSE(writer_->Append(Numbered(2)).ok());
  EXPECT_FALSE(writer_->StartRewrite().ok());
}

TEST_F(AofWriterTest, LeftoversOfOursAreRemoved) {
  for (const char* name : {"temp-appendonly.aof.base", "temp-appendonly.aof.incr", "temp-appendonly.aof.manifest",
                           "temp-other.aof.base", "appendonly.aof.9.incr.aof"}) {
    files_.Put(std::string(kFolder) + name, "x");
  }
  Start();
  ASSERT_TRUE(writer_->RemoveLeftovers().ok());
  EXPECT_FALSE(HasFile("temp-appendonly.aof.base"));
  EXPECT_FALSE(HasFile("temp-appendonly.aof.incr"));
  EXPECT_FALSE(HasFile("temp-appendonly.aof.manifest"));
  EXPECT_TRUE(HasFile("temp-other.aof.base"));
  EXPECT_TRUE(HasFile("appendonly.aof.9.incr.aof"));
}

// --- a life, interrupted at every operation ---

// Writes 1, 2, 3 ... through starts, rewrites that succeed, are abandoned and go on while more is written, and a switch
// off and on again. Whatever fails, it does what a server would do next.
class Life {
 public:
  explicit Life(MemoryFileSystem& files) : files_(files) {}

  // What must be found again, and what may be.
  int synced() const { return synced_; }
  int written() const { return written_; }
  bool started() const { return writer_.has_value(); }

  void Run() {
    if (!Start()) return;
    Write(2);
    Sync();
    Rewrite(0, /*finish=*/true);
    Write(1);
    Rewrite(1, /*finish=*/false);
    Write(1);
    Sync();
    Rewrite(2, /*finish=*/true);
    Write(2);
    Sync();
    if (!Start()) return;
    Write(1);
    Rewrite(1, /*finish=*/true);
    Sync();
    OffAndOn();
    Write(2);
    Sync();
  }
  // The commands that failed are gone with the process; what was written last must be all there.
  Status Finish() { return writer_->can_append() ? writer_->Sync() : Status::IoError("not appending"); }

 private:
  bool Start() {
    LoadTranscript load(files_, {});
    if (!load.ok()) return false;
    AofWriter writer(files_, AofPlace(), load.loader().manifest());
    if (!writer.StartAfterLoad("", false, load.end).ok()) return false;
    writer_.emplace(std::move(writer));
    (void)writer_->RemoveLeftovers();
    return true;
  }
  void Write(int count) {
    for (int i = 0; i < count; ++i) {
      if (!writer_->can_append()) return;
      // A client whose write fails tries again.
      for (int tries = 0; tries < 2; ++tries) {
        if (writer_->Append(Numbered(written_ + 1)).ok()) {
          ++written_;
          break;
        }
      }
    }
  }
  void Sync() {
    if (writer_->can_append() && writer_->Sync().ok()) synced_ = written_;
  }
  void Rewrite(int written_meanwhile, bool finish) {
    int at_cut = written_;
    if (!writer_->StartRewrite().ok()) return;
    Write(written_meanwhile);
    auto base = writer_->CreateBase();
    bool filled = base.has_value();
    for (int i = 1; filled && i <= at_cut; ++i) filled = (*base)->Append(Numbered(i)).ok();
    if (!finish || !filled) {
      writer_->AbandonRewrite();
    } else if (writer_->FinishRewrite(false).ok()) {
      (void)writer_->RemoveHistory();
      // The base is synced, so what it has is kept.
      synced_ = std::max(synced_, at_cut);
    }
  }
  void OffAndOn() {
    if (!writer_->Stop().ok()) return;
    synced_ = written_;
    writer_->StartWhenRewritten();
    for (int tries = 0; tries < 2 && writer_->state() != AofWriter::State::kOn; ++tries) Rewrite(1, true);
  }

  MemoryFileSystem& files_;
  std::optional<AofWriter> writer_;
  int synced_ = 0;
  int written_ = 0;
};

int OperationsOfALife() {
  MemoryFileSystem files;
  Life life(files);
  life.Run();
  return files.operations();
}

// The numbers that the files say, or -1 when they do not load or say something else.
int LoadedUpTo(MemoryFileSystem& files, std::string* why) {
  LoadTranscript load(files, {});
  *why = load.lines.back();
  if (!load.ok()) return -1;
  for (size_t i = 0; i < load.commands.size(); ++i) {
    if (load.commands[i] != "set k " + std::to_string(i + 1)) return -1;
  }
  return static_cast<int>(load.commands.size());
}

constexpr PowerFailure kAllFailures[] = {PowerFailure::kLosesAllUnsynced, PowerFailure::kKeepsEverything,
                                         PowerFailure::kKeepsNamesLosesBytes, PowerFailure::kKeepsBytesLosesNames,
                                         PowerFailure::kKeepsSome};

TEST(AofWriterCrash, AtEveryOperationThereIsALoadableSetWithAllThatWasSynced) {
  int operations = OperationsOfALife();
  ASSERT_GT(operations, 80);
  Random random(5);
  for (int operation = 0; operation <= operations; ++operation) {
    for (PowerFailure how : kAllFailures) {
      int rounds = how == PowerFailure::kKeepsSome ? 10 : 1;
      for (int round = 0; round < rounds; ++round) {
        MemoryFileSystem files;
        Life life(files);
        files.DieAt(operation);
        life.Run();
        files.LosePower(how, random);
        std::string why;
        int loaded = LoadedUpTo(files, &why);
        ASSERT_GE(loaded, life.synced()) << "operation " << operation << ", " << static_cast<int>(how) << ": " << why;
        // A command in flight may be there too.
        ASSERT_LE(loaded, life.written() + 1) << operation;
        // And the next server can go on from there.
        Life next(files);
        next.Run();
        ASSERT_TRUE(next.started());
      }
    }
  }
}

TEST(AofWriterCrash, AnySingleFailureIsSurvivedInLife) {
  int operations = OperationsOfALife();
  Random random(6);
  for (int operation = 0; operation < operations; ++operation) {
    MemoryFileSystem files;
    Life life(files);
    files.FailAt(operation);
    life.Run();
    if (!life.started()) continue;  // the server did not start, and said so
    bool all_written = life.Finish().ok();
    for (PowerFailure how : {PowerFailure::kKeepsEverything, PowerFailure::kLosesAllUnsynced}) {
      files.LosePower(how, random);
      std::string why;
      int loaded = LoadedUpTo(files, &why);
      ASSERT_GE(loaded, life.synced()) << operation << ": " << why;
      if (all_written) {
        ASSERT_EQ(loaded, life.written()) << operation << ": " << why;
      }
    }
  }
}

// --- the wait after failures ---

TEST(RewriteBackoff, WaitsLongerAndLonger) {
  RewriteBackoff backoff;
  std::optional<std::string> note;
  int64_t now = 1000000;
  for (int i = 0; i < 2; ++i) backoff.Failed();
  EXPECT_FALSE(backoff.MustWait(now, &note));
  backoff.Failed();
  for (int minutes : {1, 2, 4, 8, 16, 32, 60, 60}) {
    note.reset();
    EXPECT_TRUE(backoff.MustWait(now, &note));
    EXPECT_EQ(note, "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in " +
                        std::to_string(minutes) + " minutes");
    note.reset();
    now += minutes * 60000 - 1;
    EXPECT_TRUE(backoff.MustWait(now, &note));
    EXPECT_FALSE(note);
    now += 1;
    EXPECT_FALSE(backoff.MustWait(now, &note));
    backoff.Failed();
  }
  backoff.Succeeded();
  EXPECT_FALSE(backoff.MustWait(now, &note));
  for (int i = 0; i < 3; ++i) backoff.Failed();
  EXPECT_TRUE(backoff.MustWait(now, &note));
  backoff.Forget();
  EXPECT_FALSE(backoff.MustWait(now, &note));
}

}  // namespace
}  // namespace dunlin::persistence
