// Any reply may come as the answer to COMMAND DOCS.
#include <cstddef>
#include <cstdint>

#include "cli/command_docs.h"
#include "cli/format.h"
#include "cli/help.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dunlin;
  resp::ReplyParser parser;
  parser.Feed(std::string_view(reinterpret_cast<const char*>(data), size));
  while (std::optional<Result<resp::Reply>> reply = parser.Next()) {
    if (!reply->has_value()) break;
    cli::CommandDocs docs = cli::CommandDocs::FromReply(**reply);
    docs.AddMissing(**reply);
    for (const cli::CommandDoc& doc : docs.commands()) {
      static_cast<void>(docs.HintFor(doc.name + " a 1 b 2 "));
      static_cast<void>(cli::HelpText(doc.words, docs));
    }
    using Form = cli::OutputForm;
    for (Form form : {Form::kStandard, Form::kRaw, Form::kCsv, Form::kJson, Form::kQuotedJson}) {
      static_cast<void>(cli::FormatPush(**reply, {.form = form}));
    }
  }
  return 0;
}
