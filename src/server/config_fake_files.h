// The configuration's outside world, made of values: for tests and fuzzers.
//
// Thread: one at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/glob.h"
#include "server/config_files.h"

namespace dunlin::server {

class FakeConfigFiles final : public ConfigFiles {
 public:
  Result<std::string> Read(const std::string& path) override {
    if (auto file = files.find(Absolute(path)); file != files.end()) return file->second;
    return Fail(Status::NotFound("No such file or directory"));
  }
  Result<std::string> ReadStandardInput() override { return standard_input; }
  std::vector<std::string> Glob(const std::string& pattern) override {
    std::vector<std::string> paths;
    for (const auto& [path, text] : files) {
      if (GlobMatch(Absolute(pattern), path)) paths.push_back(path);
    }
    return paths;
  }
  Status ChangeDirectory(const std::string& path) override {
    if (path.find("missing") != std::string::npos) return Status::NotFound("No such file or directory");
    directory = Absolute(path);
    return Status::Ok();
  }
  std::string WorkingDirectory() override { return directory; }
  Status CheckAppendable(const std::string& path) override {
    return path.find("closed") == std::string::npos ? Status::Ok() : Status::IoError("Permission denied");
  }
  Status Replace(const std::string& path, std::string_view content) override {
    if (!replace_failure.empty()) return Status::IoError(replace_failure);
    files[Absolute(path)] = content;
    return Status::Ok();
  }

  std::map<std::string, std::string> files;  // by absolute path
  std::string standard_input;
  std::string directory = "/data";
  std::string replace_failure;  // empty = Replace() works

 private:
  std::string Absolute(const std::string& path) const { return path.starts_with('/') ? path : directory + "/" + path; }
};

}  // namespace dunlin::server
