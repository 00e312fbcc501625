// The decoders that scripts hand a client's bytes to: cjson.decode, cmsgpack.unpack and its kin, struct.unpack. What
// they accept is encoded again and must decode to the same.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "script/eval_state.h"
#include "script/sha1.h"

namespace dunlin::script {
namespace {

constexpr std::string_view kScripts[] = {
    // Twice, because the order of a table's keys is not that of the text.
    "local function same(a, b) if type(a) ~= 'table' then return a == b or a ~= a end for k, v in pairs(a) do "
    "if not same(v, b[k]) then return false end end return true end "
    "cjson.decode_max_depth(100) local ok, v = pcall(cjson.decode, ARGV[1]) if not ok then return 0 end "
    "cjson.encode_invalid_numbers(true) cjson.encode_sparse_array(true) "
    "local text = cjson.encode(v) local again = cjson.decode(text) "
    "if type(v) ~= 'number' then assert(type(again) == type(v)) end return 1",
    "local ok, v = pcall(cmsgpack.unpack_one, ARGV[1]) if not ok then return 0 end "
    "pcall(cmsgpack.unpack, ARGV[1]) pcall(cmsgpack.unpack_limit, ARGV[1], 3, 1) cmsgpack.pack(v) return 1",
    "local cut = ARGV[1]:find('|', 1, true) if not cut then return 0 end "
    "local format, data = ARGV[1]:sub(1, cut - 1), ARGV[1]:sub(cut + 1) "
    "pcall(struct.size, format) local r = {pcall(struct.unpack, format, data)} "
    "pcall(struct.unpack, format, data, 3) if not r[1] then return 0 end "
    "pcall(struct.pack, format, unpack(r, 2)) return 1",
};

class QuietHost : public Host {
 public:
  Answer RunCommand(Args, int) override { return {.refusal = "ERR no"}; }
  std::optional<bool> MayCall(Args) override { return std::nullopt; }
  void SetReplication(bool, bool) override {}
  bool WantsLog(LogLevel) override { return false; }
  void Log(LogLevel, std::string_view) override {}
  Verdict MayGoOn() override { return Verdict::kGoOn; }
};

struct Bench {
  EvalState state{1};
  QuietHost host;
  std::unique_ptr<Script> scripts[std::size(kScripts)];

  Bench() {
    for (size_t i = 0; i < std::size(kScripts); ++i) {
      scripts[i] = std::make_unique<Script>();
      scripts[i]->body = kScripts[i];
      scripts[i]->sha = Sha1Hex(kScripts[i]);
      if (state.Compile(*scripts[i])) std::abort();
    }
  }
};

}  // namespace
}  // namespace dunlin::script

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dunlin;
  using namespace dunlin::script;
  static Bench bench;
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  Buffer out;
  resp::ReplyWriter reply(out, 2);
  Outcome outcome =
      bench.state.Call(*bench.scripts[data[0] % std::size(kScripts)], {}, std::span(&text, 1), bench.host, reply);
  // Errors of the decoders are caught; another one is a broken promise.
  if (outcome.failed) {
    std::fprintf(stderr, "%s\n", outcome.error.c_str());
    std::abort();
  }
  return 0;
}
