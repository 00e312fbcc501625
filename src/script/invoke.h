// One call of a script or a function: from its arguments to its reply.
//
// Thread: that of the state.
#pragma once

#include <string>
#include <string_view>

#include "resp/writer.h"
#include "script/host.h"
#include "script/sandbox.h"
#include "script/vm.h"

namespace dunlin::script {

// What is called, and with what.
struct Invocation {
  std::string_view name;  // for error texts: the SHA-1 of a script, the name of a function
  Args keys;
  Args args;
};

struct Outcome {
  Verdict verdict = Verdict::kGoOn;
  // The script failed, or returned an error; the client has been told.
  bool failed = false;
  std::string error;     // then: what the client was told
  bool counted = false;  // statistics know about this error already, because a command made it
};

struct Callee {
  int function;  // a reference in the registry
  const Globals& globals;
  bool arguments_are_globals;  // KEYS and ARGV; else they are the function's two arguments
};

// Nothing is replied when the run was abandoned.
Outcome Invoke(Vm& vm, Host& host, const Callee& callee, const Invocation& invocation, resp::ReplyWriter& reply);

}  // namespace dunlin::script
