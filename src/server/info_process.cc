// Of INFO what concerns the process: server, clients, cpu, memory.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/hash.h"
#include "server/config.h"
#include "server/info_sections.h"
#include "server/memory_report.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

std::string SystemName() {
  utsname name;
  if (uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

// The value of one directive, as CONFIG GET shows it.
std::string ConfigValue(const Config& config, std::string_view name) {
  auto found = config.Get(std::array{name});
  return found.empty() ? std::string() : found.front().second;
}

std::string_view SupervisionName(Supervision supervision) {
  switch (supervision) {
    case Supervision::kUpstart: return "upstart";
    case Supervision::kSystemd: return "systemd";
    case Supervision::kAuto:
    case Supervision::kNone: break;
  }
  return "no";
}

void AppendListeners(std::string& out, Server& server, const InfoSources& sources) {
  std::string tcp;
  std::string unix_socket;
  for (const Listener& listener : sources.control.listeners) {
    (listener.is_unix ? unix_socket : tcp).append(",bind=").append(listener.address);
  }
  int number = 0;
  auto to = std::back_inserter(out);
  if (!tcp.empty()) fmt::format_to(to, "listener{}:name=tcp{},port={}\r\n", number++, tcp, server.settings().port);
  if (!unix_socket.empty()) fmt::format_to(to, "listener{}:name=unix{}\r\n", number, unix_socket);
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// What the thread that main() runs on has used, in seconds.
struct ThreadTimes {
  double system = 0;
  double user = 0;
};
ThreadTimes MainThreadTimes() {
  std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/stat");
  std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  // Behind the name in parentheses, user time is the twelfth number and system time the thirteenth.
  long long user = 0;
  long long system = 0;
  std::string rest = line.substr(name_end + 2);
  for (int i = 0; i < 11; ++i) rest.erase(0, rest.find(' ') + 1);
  if (std::sscanf(rest.c_str(), "%lld %lld", &user, &system) != 2) return {};
  auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {static_cast<double>(system) / per_second, static_cast<double>(user) / per_second};
}

double Ratio(uint64_t a, uint64_t b) { return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b); }
int64_t Difference(uint64_t a, uint64_t b) { return static_cast<int64_t>(a) - static_cast<int64_t>(b); }

}  // namespace

std::string HumanBytes(uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (bytes < 1024) return fmt::format("{}B", bytes);
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (value /= 1024; value >= 1024 && unit + 1 < kUnits.size(); value /= 1024) ++unit;
  return fmt::format("{:.2f}{}", value, kUnits[unit]);
}

void AppendServerInfo(std::string& out, Server& server, const InfoSources& sources) {
  const Settings& s = server.settings();
  int64_t now_ms = server.clock_ms();
  int64_t uptime_s = (now_ms - server.start_time_ms()) / 1000;
  constexpr int64_t kLruClockMask = (1 << 24) - 1;
  auto to = std::back_inserter(out);
  fmt::format_to(to,
                 "redis_version:7.2.4\r\n"
                 "redis_git_sha1:00000000\r\n"
                 "redis_git_dirty:0\r\n"
                 "redis_build_id:{:x}\r\n"
                 "redis_mode:{}\r\n"
                 "os:{}\r\n"
                 "arch_bits:{}\r\n"
                 "monotonic_clock:POSIX clock_gettime\r\n"
                 "multiplexing_api:epoll\r\n"
                 "atomicvar_api:c11-builtin\r\n"
                 "gcc_version:{}.{}.{}\r\n",
                 Hash64(__VERSION__, 0), server.cluster_enabled() ? "cluster" : "standalone", SystemName(),
                 sizeof(void*) * 8, __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
  fmt::format_to(to,
                 "process_id:{}\r\n"
                 "process_supervised:{}\r\n"
                 "run_id:{}\r\n"
                 "tcp_port:{}\r\n"
                 "server_time_usec:{}\r\n"
                 "uptime_in_seconds:{}\r\n"
                 "uptime_in_days:{}\r\n"
                 "hz:{}\r\n"
                 "configured_hz:{}\r\n"
                 "lru_clock:{}\r\n"
                 "executable:{}\r\n"
                 "config_file:{}\r\n"
                 "io_threads_active:{}\r\n",
                 getpid(), SupervisionName(s.supervised), server.run_id(), s.port, server.clock_us(), uptime_s,
                 uptime_s / (24 * 3600), s.hz, s.hz, now_ms / 1000 & kLruClockMask, server.executable(),
                 server.config().config_file(), s.worker_count > 1 ? 1 : 0);
  if (int64_t deadline_ms = server.shutdown_deadline_ms(); deadline_ms != 0) {
    fmt::format_to(to, "shutdown_in_milliseconds:{}\r\n", deadline_ms - server.monotonic_ms());
  }
  AppendListeners(out, server, sources);
}

void AppendClientsInfo(std::string& out, Server& server, const InfoSources& sources, const ClientTotals& clients) {
  fmt::format_to(std::back_inserter(out),
                 "connected_clients:{}\r\n"
                 "cluster_connections:{}\r\n"
                 "maxclients:{}\r\n"
                 "client_recent_max_input_buffer:{}\r\n"
                 "client_recent_max_output_buffer:{}\r\n"
                 "blocked_clients:{}\r\n"
                 "tracking_clients:0\r\n"
                 "clients_in_timeout_table:{}\r\n"
                 "total_blocking_keys:{}\r\n"
                 "total_blocking_keys_on_nokey:{}\r\n",
                 clients.clients, sources.control.cluster_links, server.settings().maxclients, clients.max_input_bytes,
                 clients.max_output_bytes, clients.blocked, clients.in_timeout_table, server.waiting_lines().keys(),
                 server.waiting_lines().keys_when_gone());
}

void AppendScriptMemory(std::string& out, Server& server) {
  ScriptingStats stats = server.scripting().stats();
  uint64_t vm_total = stats.eval_vm_bytes + stats.function_vm_bytes;
  uint64_t scripts = stats.cached_scripts_bytes + stats.function_bytes;
  fmt::format_to(std::back_inserter(out),
                 "used_memory_lua:{}\r\n"
                 "used_memory_vm_eval:{}\r\n"
                 "used_memory_lua_human:{}\r\n"
                 "used_memory_scripts_eval:{}\r\n"
                 "number_of_cached_scripts:{}\r\n"
                 "number_of_functions:{}\r\n"
                 "number_of_libraries:{}\r\n"
                 "used_memory_vm_functions:{}\r\n"
                 "used_memory_vm_total:{}\r\n"
                 "used_memory_vm_total_human:{}\r\n"
                 "used_memory_functions:{}\r\n"
                 "used_memory_scripts:{}\r\n"
                 "used_memory_scripts_human:{}\r\n",
                 stats.eval_vm_bytes, stats.eval_vm_bytes, HumanBytes(stats.eval_vm_bytes), stats.cached_scripts_bytes,
                 stats.cached_scripts, stats.functions, stats.libraries, stats.function_vm_bytes, vm_total,
                 HumanBytes(vm_total), stats.function_bytes, scripts, HumanBytes(scripts));
}

void AppendMemoryInfo(std::string& out, Server& server, const InfoSources& sources, const ClientTotals& clients) {
  const Settings& s = server.settings();
  MemoryReport report = MakeMemoryReport(server, sources, clients);
  uint64_t used = report.used;
  uint64_t peak = report.peak;
  uint64_t rss = report.resident;
  uint64_t backlog = report.backlog;
  const AllocatorUsage& allocator = sources.allocator;
  auto to = std::back_inserter(out);
  fmt::format_to(to,
                 "used_memory:{}\r\n"
                 "used_memory_human:{}\r\n"
                 "used_memory_rss:{}\r\n"
                 "used_memory_rss_human:{}\r\n"
                 "used_memory_peak:{}\r\n"
                 "used_memory_peak_human:{}\r\n"
                 "used_memory_peak_perc:{:.2f}%\r\n"
                 "used_memory_overhead:{}\r\n"
                 "used_memory_startup:{}\r\n"
                 "used_memory_dataset:{}\r\n"
                 "used_memory_dataset_perc:{:.2f}%\r\n",
                 used, HumanBytes(used), rss, HumanBytes(rss), peak, HumanBytes(peak), 100 * Ratio(used, peak),
                 report.overhead, report.startup, report.dataset,
                 std::min(100.0, 100 * Ratio(report.dataset, report.net_used)));
  uint64_t total = TotalMemoryBytes();
  fmt::format_to(to,
                 "allocator_allocated:{}\r\n"
                 "allocator_active:{}\r\n"
                 "allocator_resident:{}\r\n"
                 "total_system_memory:{}\r\n"
                 "total_system_memory_human:{}\r\n",
                 allocator.allocated, allocator.active, allocator.resident, total, HumanBytes(total));
  AppendScriptMemory(out, server);
  fmt::format_to(to,
                 "maxmemory:{}\r\n"
                 "maxmemory_human:{}\r\n"
                 "maxmemory_policy:{}\r\n",
                 s.maxmemory_bytes, HumanBytes(static_cast<uint64_t>(s.maxmemory_bytes)),
                 ConfigValue(server.config(), "maxmemory-policy"));
  fmt::format_to(to,
                 "allocator_frag_ratio:{:.2f}\r\n"
                 "allocator_frag_bytes:{}\r\n"
                 "allocator_rss_ratio:{:.2f}\r\n"
                 "allocator_rss_bytes:{}\r\n"
                 "rss_overhead_ratio:{:.2f}\r\n"
                 "rss_overhead_bytes:{}\r\n"
                 "mem_fragmentation_ratio:{:.2f}\r\n"
                 "mem_fragmentation_bytes:{}\r\n",
                 Ratio(allocator.active, allocator.allocated), Difference(allocator.active, allocator.allocated),
                 Ratio(allocator.resident, allocator.active), Difference(allocator.resident, allocator.active),
                 Ratio(rss, allocator.resident), Difference(rss, allocator.resident), Ratio(rss, used),
                 Difference(rss, used));
  fmt::format_to(to,
                 "mem_not_counted_for_evict:{}\r\n"
                 "mem_replication_backlog:{}\r\n"
                 "mem_total_replication_buffers:{}\r\n"
                 "mem_clients_slaves:{}\r\n"
                 "mem_clients_normal:{}\r\n"
                 "mem_cluster_links:{}\r\n"
                 "mem_aof_buffer:0\r\n"
                 "mem_allocator:{}\r\n"
                 "active_defrag_running:0\r\n"
                 "lazyfree_pending_objects:{}\r\n"
                 "lazyfreed_objects:{}\r\n",
                 server.memory_limit().NotCountedBytes(), backlog, report.replication_buffers, report.replicas,
                 clients.client_memory_bytes, report.cluster_links, AllocatorName(), server.lazy_free().pending(),
                 server.lazy_free().freed());
}

void AppendCpuInfo(std::string& out) {
  rusage self{};
  rusage children{};
  getrusage(RUSAGE_SELF, &self);
  getrusage(RUSAGE_CHILDREN, &children);
  ThreadTimes main_thread = MainThreadTimes();
  fmt::format_to(std::back_inserter(out),
                 "used_cpu_sys:{:.6f}\r\n"
                 "used_cpu_user:{:.6f}\r\n"
                 "used_cpu_sys_children:{:.6f}\r\n"
                 "used_cpu_user_children:{:.6f}\r\n"
                 "used_cpu_sys_main_thread:{:.6f}\r\n"
                 "used_cpu_user_main_thread:{:.6f}\r\n",
                 Seconds(self.ru_stime), Seconds(self.ru_utime), Seconds(children.ru_stime), Seconds(children.ru_utime),
                 main_thread.system, main_thread.user);
}

}  // namespace dunlin::server
