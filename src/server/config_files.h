// What the configuration needs of the outside world: a few files, one directory. The real body is SystemConfigFiles;
// tests and fuzzers bring their own.
//
// Errors: the message of a failed Status is the system's word for it alone ("No such file or directory"), because
// Redis's error lines end with exactly that.
//
// Thread: the control thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace dunlin::server {

class ConfigFiles {
 public:
  virtual ~ConfigFiles() = default;

  // The whole file. kNotFound when there is none; kInvalidArgument when it is longer than limits::kMaxConfigFileBytes.
  virtual Result<std::string> Read(const std::string& path) = 0;
  virtual Result<std::string> ReadStandardInput() = 0;
  // The paths that fit a shell pattern, sorted; none is no error.
  virtual std::vector<std::string> Glob(const std::string& pattern) = 0;
  virtual Status ChangeDirectory(const std::string& path) = 0;
  // Absolute; empty when the system cannot say.
  virtual std::string WorkingDirectory() = 0;
  // Whether a log file could be opened for appending; it is created when there is none.
  virtual Status CheckAppendable(const std::string& path) = 0;
  // The file has the old content or the new one, and never anything between, also after a crash. It keeps its mode.
  virtual Status Replace(const std::string& path, std::string_view content) = 0;
};

class SystemConfigFiles final : public ConfigFiles {
 public:
  Result<std::string> Read(const std::string& path) override;
  Result<std::string> ReadStandardInput() override;
  std::vector<std::string> Glob(const std::string& pattern) override;
  // Of the whole process.
  Status ChangeDirectory(const std::string& path) override;
  std::string WorkingDirectory() override;
  Status CheckAppendable(const std::string& path) override;
  Status Replace(const std::string& path, std::string_view content) override;
};

}  // namespace dunlin::server
