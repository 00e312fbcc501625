// Libraries of functions: immutable sets that are replaced whole, shared by all threads, and their bytes in FUNCTION
// DUMP.
//
// A payload of FUNCTION DUMP: for each library the opcode 245 and its code as an RDB string; then u16 LE RDB version
// and u64 LE CRC-64 over all before it, as in DUMP.
//
// Errors are what the client is told, without a code word.
//
// Thread: values; any thread.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dunlin::script {

struct Function {
  std::string name;
  std::optional<std::string> description;
  uint32_t flags = 0;  // script::Flag
};

struct Library {
  std::string name;
  std::string code;  // whole, with its first line
  size_t code_offset = 0;
  std::vector<Function> functions;
};

inline constexpr std::string_view kEngineName = "LUA";

class FunctionLibraries {
 public:
  using LibraryPtr = std::shared_ptr<const Library>;

  struct Found {
    LibraryPtr library;  // null: there is no such function
    const Function* function = nullptr;
  };
  // Names of functions are the same in any case.
  Found Find(std::string_view function) const;
  LibraryPtr FindLibrary(std::string_view name) const;
  // In the order of their names.
  const std::map<std::string, LibraryPtr, std::less<>>& all() const { return libraries_; }
  size_t function_count() const { return functions_.size(); }
  uint64_t bytes() const;

  // --- making another set ---

  // Adds the library, in the place of one of that name when `replace`. On error nothing has changed.
  std::expected<void, std::string> Add(LibraryPtr library, bool replace);
  // False when there is none.
  bool Remove(std::string_view name);

 private:
  std::map<std::string, LibraryPtr, std::less<>> libraries_;
  std::map<std::string, Found, std::less<>> functions_;  // by the name in lower case
};

// What FUNCTION LOAD asks of code before it is run: the metadata, with the engine known.
struct LibraryHeader;
std::expected<LibraryHeader, std::string> CheckLibraryHeader(std::string_view code);

// FUNCTION DUMP.
std::string DumpLibraries(const FunctionLibraries& libraries, int rdb_version);
// The codes in a payload, which is not believed.
std::expected<std::vector<std::string>, std::string> ReadLibraryDump(std::string_view payload);

}  // namespace dunlin::script
