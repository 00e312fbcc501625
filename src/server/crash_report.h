// What the log says when the process dies of a fault: the signal, the address, who sent it, and the stack. Then the
// signal takes its normal course, so that a core is written where cores are wanted.
//
// Signals come without an argument; so this one thing is the process's and not a server's. The report is for whoever
// was installed last.
//
// Thread: installing: the main thread, before others start. Reporting: the thread that faults, with nothing but
// functions that are safe in a signal handler (and backtrace(), which is made so by a first call).
#pragma once

#include <string>

namespace dunlin::server {

// `log_path` as Log has it: empty is standard output.
void InstallCrashReport(const std::string& log_path);
void RemoveCrashReport();

}  // namespace dunlin::server
