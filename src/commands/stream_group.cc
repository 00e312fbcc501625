#include "base/ascii.h"
#include "commands/stream_arguments.h"
#include "commands/stream_rows.h"

namespace dunlin::commands::stream_commands {
namespace {

using values::Stream;
using values::StreamGroup;
using values::StreamId;

void WrongSubcommandArguments(Context& ctx) {
  std::string text = "ERR unknown subcommand or wrong number of arguments for '";
  text.append(ctx.arg(1).substr(0, 128)).append("'. Try XGROUP HELP.");
  ctx.reply().Error(text);
}

struct GroupOptions {
  bool make_stream = false;
  int64_t entries_read = StreamGroup::kUnknown;
};

// From argument 5 on. False when an error was replied.
bool ParseOptions(Context& ctx, bool may_make_stream, GroupOptions* options) {
  for (size_t i = 5; i < ctx.arg_count(); ++i) {
    if (may_make_stream && EqualsIgnoreCase(ctx.arg(i), "mkstream")) {
      options->make_stream = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "entriesread") && i + 1 < ctx.arg_count()) {
      auto count = ctx.IntegerArg(++i);
      if (!count) return false;
      if (*count < 0 && *count != StreamGroup::kUnknown) {
        ctx.reply().Error("ERR value for ENTRIESREAD must be positive or -1");
        return false;
      }
      options->entries_read = *count;
    } else {
      WrongSubcommandArguments(ctx);
      return false;
    }
  }
  return true;
}

// The stream at argument 2. Otherwise replies the error, unless the key is merely absent and may be.
Stream* StreamArg(Context& ctx, bool may_be_absent, bool* failed) {
  bool wrong_type;
  Stream* stream = ctx.WriteAs<Stream>(ctx.Key(2), &wrong_type);
  *failed = stream == nullptr && (wrong_type || !may_be_absent);
  if (wrong_type) {
    ctx.WrongType();
  } else if (*failed) {
    ctx.reply().Error(
        "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM "
        "option to create an empty stream automatically.");
  }
  return stream;
}

// The group at argument 3 of the stream at argument 2; otherwise replies the error.
StreamGroup* GroupArg(Context& ctx, Stream** stream) {
  bool failed;
  *stream = StreamArg(ctx, false, &failed);
  if (failed) return nullptr;
  StreamGroup* group = (*stream)->FindGroup(ctx.arg(3));
  if (group == nullptr) NoSuchGroup(ctx, ctx.arg(2), ctx.arg(3));
  return group;
}

// Groups are not what watchers and caches of a key look at.
void NoteChange(Context& ctx, std::string_view event) {
  ctx.changes().Dirty();
  ctx.Event(kEventStream, event, ctx.Key(2));
}

}  // namespace

void XgroupCreate(Context& ctx) {
  GroupOptions options;
  if (!ParseOptions(ctx, true, &options)) return;
  bool failed;
  Stream* stream = StreamArg(ctx, options.make_stream, &failed);
  if (failed) return;
  if (ctx.arg_count() > 8) return WrongSubcommandArguments(ctx);
  StreamId last_id;
  if (ctx.arg(4) == "$") {
    if (stream != nullptr) last_id = stream->last_id();
  } else {
    auto id = StreamIdArg(ctx, 4);
    if (!id) return;
    last_id = *id;
  }
  if (stream == nullptr) {
    bool wrong_type;
    stream = ctx.WriteOrCreate<Stream>(ctx.Key(2), &wrong_type);
    ctx.Touch(ctx.Key(2));
  }
  if (stream->AddGroup(ctx.arg(3), last_id, options.entries_read) == nullptr) {
    return ctx.reply().Error("BUSYGROUP Consumer Group name already exists");
  }
  NoteChange(ctx, "xgroup-create");
  ctx.reply().Ok();
}

void XgroupSetid(Context& ctx) {
  GroupOptions options;
  if (!ParseOptions(ctx, false, &options)) return;
  Stream* stream;
  StreamGroup* group = GroupArg(ctx, &stream);
  if (group == nullptr) return;
  if (ctx.arg_count() != 5 && ctx.arg_count() != 7) return WrongSubcommandArguments(ctx);
  StreamId last_id = stream->last_id();
  if (ctx.arg(4) != "$") {
    auto id = StreamIdArg(ctx, 4, 0, IdWords::kEnds);
    if (!id) return;
    last_id = *id;
  }
  group->last_id = last_id;
  group->entries_read = options.entries_read;
  NoteChange(ctx, "xgroup-setid");
  ctx.reply().Ok();
}

void XgroupDestroy(Context& ctx) {
  bool failed;
  Stream* stream = StreamArg(ctx, false, &failed);
  if (failed) return;
  if (!stream->RemoveGroup(ctx.arg(3))) return ctx.reply().Integer(0);
  NoteChange(ctx, "xgroup-destroy");
  // Those who wait for the group shall learn of it.
  ctx.changes().Ready(ctx.db(), ctx.Key(2).bytes);
  ctx.reply().Integer(1);
}

void XgroupCreateconsumer(Context& ctx) {
  Stream* stream;
  StreamGroup* group = GroupArg(ctx, &stream);
  if (group == nullptr) return;
  bool created;
  ConsumerFor(ctx, ctx.Key(2), *group, ctx.arg(4), &created);
  ctx.reply().Integer(created ? 1 : 0);
}

void XgroupDelconsumer(Context& ctx) {
  Stream* stream;
  StreamGroup* group = GroupArg(ctx, &stream);
  if (group == nullptr) return;
  const values::StreamConsumer* consumer = group->FindConsumer(ctx.arg(4));
  if (consumer == nullptr) return ctx.reply().Integer(0);
  auto pending = static_cast<int64_t>(consumer->pending_count());
  group->RemoveConsumer(consumer);
  NoteChange(ctx, "xgroup-delconsumer");
  ctx.reply().Integer(pending);
}

void XgroupHelp(Context& ctx) {
  static constexpr std::string_view kLines[] = {
      "XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CREATE <key> <groupname> <id|$> [option]",
      "    Make a group that reads what comes after the id ($: after the last entry). Options:",
      "    * MKSTREAM",
      "      Make an empty stream when there is none.",
      "    * ENTRIESREAD entries_read",
      "      How many entries the group is taken to have read.",
      "CREATECONSUMER <key> <groupname> <consumer>",
      "    Make a consumer.",
      "DELCONSUMER <key> <groupname> <consumer>",
      "    Remove a consumer, and forget what is pending with it.",
      "DESTROY <key> <groupname>",
      "    Remove a group.",
      "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
      "    Set how far the group has read.",
      "HELP",
      "    Print this help.",
  };
  ctx.reply().Array(std::size(kLines));
  for (std::string_view line : kLines) ctx.reply().Simple(line);
}

}  // namespace dunlin::commands::stream_commands
