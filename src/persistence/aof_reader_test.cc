#include "persistence/aof_reader.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "persistence/testing.h"

namespace dunlin::persistence {
namespace {

using testing::Command;

struct Read {
  std::vector<std::string> lines;
  std::optional<AofProblem> problem;
  uint64_t valid_up_to;
  uint64_t line;
};

Read ReadAll(std::string_view bytes, size_t piece = SIZE_MAX) {
  AofReader reader({});
  Read read;
  while (true) {
    auto event = reader.Next();
    if (!event) {
      read.problem = reader.problem();
      if (!read.problem) read.lines.push_back("error: " + event.error().message());
      break;
    }
    if (auto* command = std::get_if<AofCommand>(&*event)) {
      std::string line = std::to_string(command->offset) + (command->in_transaction ? " tx" : "");
      for (std::string_view arg : command->args) line.append(" ").append(arg);
      read.lines.push_back(line);
    } else if (auto* timestamp = std::get_if<AofTimestamp>(&*event)) {
      read.lines.push_back(std::to_string(timestamp->offset) + " time " + std::to_string(timestamp->seconds));
    } else if (auto* key = std::get_if<snapshot::RdbKey>(&*event)) {
      read.lines.push_back(std::string("key ").append(key->info.key));
    } else if (std::holds_alternative<AofPreambleEnd>(*event)) {
      read.lines.push_back("preamble ends");
    } else if (std::holds_alternative<snapshot::NeedMore>(*event)) {
      if (bytes.empty()) {
        read.problem = reader.EndOfInput();
        break;
      }
      reader.Feed(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
  }
  read.valid_up_to = reader.valid_up_to();
  read.line = reader.line();
  return read;
}

const std::string kSet = Command({"SET", "k", "v"});  // 27 bytes
const std::string kMulti = Command({"MULTI"});        // 15 bytes
const std::string kExec = Command({"EXEC"});          // 14 bytes

std::string SmallRdb() {
  snapshot::RdbWriter writer({}, true);
  writer.Begin({"7.2.4", 1, 1, {}, true});
  writer.Key({"from rdb"}, snapshot::ValueRef("x"));
  writer.End();
  return std::string(writer.bytes());
}

TEST(AofReader, CommandsWithTheirOffsets) {
  std::string file =
      kSet + "#TS:1628217470\r\n" + Command({"DEL", "", std::string("a\r\n\0b", 5)}) + "# other\r\n" + kSet;
  for (size_t piece : {size_t{1}, size_t{3}, SIZE_MAX}) {
    Read read = ReadAll(file, piece);
    EXPECT_EQ(read.lines, (std::vector<std::string>{"0 SET k v", "27 time 1628217470",
                                                    std::string("43 DEL  a\r\n\0b", 13), "82 SET k v"}));
    EXPECT_FALSE(read.problem);
    EXPECT_EQ(read.valid_up_to, file.size());
  }
}

TEST(AofReader, TransactionsComeWhole) {
  std::string file = kMulti + kSet + kSet + kExec + kMulti + kExec + kSet;
  for (size_t piece : {size_t{1}, size_t{20}, SIZE_MAX}) {
    Read read = ReadAll(file, piece);
    EXPECT_EQ(read.lines, (std::vector<std::string>{"15 tx SET k v", "42 tx SET k v", "112 SET k v"}));
    EXPECT_FALSE(read.problem);
  }
}

TEST(AofReader, AnUnfinishedTransactionIsCutAtItsBeginning) {
  std::string file = kSet + kMulti + kSet;
  Read read = ReadAll(file);
  EXPECT_EQ(read.lines, std::vector<std::string>{"0 SET k v"});
  ASSERT_TRUE(read.problem);
  EXPECT_TRUE(read.problem->unfinished);
  EXPECT_EQ(read.problem->why, "Reached EOF before reading EXEC for MULTI");
  EXPECT_EQ(read.valid_up_to, 27u);
}

TEST(AofReader, EveryCutIsFoundAndSaysWhereToCut) {
  std::string file = kSet + kMulti + kSet + kExec + "#TS:12\r\n" + kSet;
  std::vector<uint64_t> borders = {0, 27, 27 + 15 + 27 + 14, 27 + 15 + 27 + 14 + 8, file.size()};
  for (size_t size = 0; size <= file.size(); ++size) {
    Read read = ReadAll(std::string_view(file).substr(0, size));
    uint64_t border = 0;
    for (uint64_t b : borders) border = b <= size ? b : border;
    EXPECT_EQ(read.valid_up_to, border) << size;
    EXPECT_EQ(read.problem.has_value(), border != size) << size;
    if (read.problem) {
      EXPECT_TRUE(read.problem->unfinished) << size;
    }
    // And cut there, it is in order.
    EXPECT_FALSE(ReadAll(std::string_view(file).substr(0, border)).problem);
  }
}

TEST(AofReader, RdbInFront) {
  std::string file = SmallRdb() + kSet;
  for (size_t piece : {size_t{1}, size_t{7}, SIZE_MAX}) {
    Read read = ReadAll(file, piece);
    EXPECT_EQ(read.lines, (std::vector<std::string>{"key from rdb", "preamble ends",
                                                    std::to_string(SmallRdb().size()) + " SET k v"}));
    EXPECT_FALSE(read.problem);
    EXPECT_EQ(read.valid_up_to, file.size());
  }
  Read cut = ReadAll(std::string_view(file).substr(0, 40));
  ASSERT_TRUE(cut.problem);
  EXPECT_FALSE(cut.problem->unfinished);
  EXPECT_NE(cut.problem->why.find("Unexpected EOF reading RDB file"), std::string::npos);
  file[20] = '\xff';
  EXPECT_NE(ReadAll(file).lines.back().find("error: "), std::string::npos);
}

TEST(AofReader, AnEmptyFileIsInOrder) { EXPECT_FALSE(ReadAll("").problem); }

AofProblem ProblemOf(const std::string& bytes) {
  std::optional<AofProblem> whole = ReadAll(bytes).problem;
  std::optional<AofProblem> in_pieces = ReadAll(bytes, 1).problem;
  EXPECT_EQ(whole.has_value(), in_pieces.has_value());
  if (whole && in_pieces) {
    EXPECT_EQ(whole->offset, in_pieces->offset);
    EXPECT_EQ(whole->unfinished, in_pieces->unfinished);
  }
  return whole.value_or(AofProblem{});
}

TEST(AofReader, WhatIsNotInOrderIsNamedWithItsOffset) {
  AofProblem problem = ProblemOf(kSet + "!!!" + kSet);
  EXPECT_TRUE(problem.at_record_start);
  EXPECT_EQ(problem.offset, 27u);
  EXPECT_FALSE(problem.unfinished);
  EXPECT_EQ(ReadAll(kSet + "!!!").line, 8u);

  problem = ProblemOf(kSet + "*1\r\n!3\r\nabc\r\n");
  EXPECT_EQ(problem.why, "Expected prefix '$', got: '!'");
  EXPECT_EQ(problem.offset, 31u);
  problem = ProblemOf("*1\r\n$3\r\nabcd\r\n");
  EXPECT_EQ(problem.why, "Expected \\r\\n, got: 640d");
  EXPECT_EQ(problem.offset, 8u);
  EXPECT_EQ(ProblemOf("*1\n$3\r\nabc\r\n").why, "Expected \\r\\n, got: 0a24");
  EXPECT_EQ(ProblemOf("*x\r\n").why, "Expected \\r\\n, got: 780d");
  EXPECT_EQ(ProblemOf("*0\r\n").why, "Expected a command of one argument or more");
  EXPECT_EQ(ProblemOf("*1\r\n$-1\r\n").why, "Expected to read string of -1 bytes, which is not in the suitable range");
  EXPECT_EQ(ProblemOf("*1\r\n$9223372036854775807\r\n").why,
            "Expected to read string of 9223372036854775807 bytes, which is not in the suitable range");
  EXPECT_EQ(ProblemOf(kMulti + kMulti).why, "Unexpected MULTI in AOF");
  EXPECT_EQ(ProblemOf(kSet + kExec).why, "Unexpected EXEC in AOF");
  EXPECT_TRUE(ProblemOf("REDI").at_record_start);
  EXPECT_EQ(ProblemOf("#" + std::string(2000, 'x')).why, "Annotation without an end");
}

TEST(AofReader, CommandsBeforeAProblemAreGivenOutFirst) {
  EXPECT_EQ(ReadAll(kSet + kSet + "!").lines.size(), 2u);
  // But not those of a transaction that will never be whole.
  EXPECT_EQ(ReadAll(kSet + kMulti + kSet + "!").lines.size(), 1u);
}

TEST(AofReader, HugeClaimsOnlyWait) {
  EXPECT_TRUE(ProblemOf("*1000000000\r\n$3\r\nabc\r\n").unfinished);
  AofProblem problem = ProblemOf("*1\r\n$1000000000000\r\nabc");
  EXPECT_TRUE(problem.unfinished);
  EXPECT_EQ(problem.why, "Expected to read 1000000000002 bytes, got 3 bytes");
}

TEST(AofReader, AnyChangedByteIsSurvived) {
  Random random(3);
  std::string file = SmallRdb() + kSet + kMulti + kSet + kExec + "#TS:12\r\n" + kSet;
  for (int i = 0; i < 5000; ++i) {
    std::string changed = file.substr(random.OneIn(2) ? SmallRdb().size() : 0);
    for (uint64_t k = 0; k <= random.Below(3); ++k) {
      changed[random.Below(changed.size())] = static_cast<char>(random.Next());
    }
    Read read = ReadAll(changed, 1 + random.Below(60));
    ASSERT_LE(read.valid_up_to, changed.size());
  }
}

}  // namespace
}  // namespace dunlin::persistence
