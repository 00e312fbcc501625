#include "script/function_libraries.h"

#include "base/ascii.h"
#include "base/crc.h"
#include "script/flags.h"
#include "snapshot/rdb_format.h"
#include "snapshot/rdb_strings.h"

namespace dunlin::script {
namespace {

constexpr size_t kFooterBytes = 10;

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

void AppendLittleEndian(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

bool FooterIsRight(std::string_view payload) {
  if (payload.size() < kFooterBytes) return false;
  std::string_view footer = payload.substr(payload.size() - kFooterBytes);
  if (LittleEndian(footer.substr(0, 2)) > static_cast<uint64_t>(snapshot::kNewestRdbVersion)) return false;
  return LittleEndian(footer.substr(2)) == Crc64(0, payload.substr(0, payload.size() - 8));
}

}  // namespace

FunctionLibraries::Found FunctionLibraries::Find(std::string_view function) const {
  auto found = functions_.find(AsciiLowered(function));
  return found == functions_.end() ? Found() : found->second;
}

FunctionLibraries::LibraryPtr FunctionLibraries::FindLibrary(std::string_view name) const {
  auto found = libraries_.find(name);
  return found == libraries_.end() ? nullptr : found->second;
}

uint64_t FunctionLibraries::bytes() const {
  uint64_t total = 0;
  for (const auto& [name, library] : libraries_) {
    total += sizeof(Library) + library->name.capacity() + library->code.capacity();
    for (const Function& function : library->functions) {
      total += sizeof(Function) + function.name.capacity() + (function.description ? function.description->size() : 0);
    }
  }
  return total;
}

std::expected<void, std::string> FunctionLibraries::Add(LibraryPtr library, bool replace) {
  LibraryPtr old = FindLibrary(library->name);
  if (old && !replace) return std::unexpected("Library '" + library->name + "' already exists");
  for (const Function& function : library->functions) {
    Found other = Find(function.name);
    if (other.library && other.library != old) return std::unexpected("Function " + function.name + " already exists");
  }
  if (old) Remove(old->name);
  for (const Function& function : library->functions) {
    functions_[AsciiLowered(function.name)] = {library, &function};
  }
  libraries_[library->name] = std::move(library);
  return {};
}

bool FunctionLibraries::Remove(std::string_view name) {
  auto found = libraries_.find(name);
  if (found == libraries_.end()) return false;
  for (const Function& function : found->second->functions) functions_.erase(AsciiLowered(function.name));
  libraries_.erase(found);
  return true;
}

std::expected<LibraryHeader, std::string> CheckLibraryHeader(std::string_view code) {
  auto header = ParseLibraryHeader(code);
  if (header && !EqualsIgnoreCase(header->engine, kEngineName)) {
    return std::unexpected("Engine '" + header->engine + "' not found");
  }
  return header;
}

std::string DumpLibraries(const FunctionLibraries& libraries, int rdb_version) {
  std::string payload;
  for (const auto& [name, library] : libraries.all()) {
    payload.push_back(static_cast<char>(snapshot::RdbOpcode::kFunction));
    snapshot::AppendString(payload, library->code, true);
  }
  AppendLittleEndian(payload, static_cast<uint64_t>(rdb_version), 2);
  AppendLittleEndian(payload, Crc64(0, payload), 8);
  return payload;
}

std::expected<std::vector<std::string>, std::string> ReadLibraryDump(std::string_view payload) {
  if (!FooterIsRight(payload)) return std::unexpected("DUMP payload version or checksum are wrong");
  std::string_view rest = payload.substr(0, payload.size() - kFooterBytes);
  std::vector<std::string> codes;
  while (!rest.empty()) {
    auto opcode = static_cast<snapshot::RdbOpcode>(static_cast<unsigned char>(rest.front()));
    rest.remove_prefix(1);
    if (opcode == snapshot::RdbOpcode::kFunctionPreview) {
      return std::unexpected("Pre-GA function format not supported");
    }
    if (opcode != snapshot::RdbOpcode::kFunction) return std::unexpected("given type is not a function");
    snapshot::RdbString code;
    if (code.Read(rest) != snapshot::ReadOutcome::kOk) {
      return std::unexpected("Failed loading library code");
    }
    codes.emplace_back(code.view());
  }
  return codes;
}

}  // namespace dunlin::script
