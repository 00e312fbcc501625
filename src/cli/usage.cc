#include "cli/options.h"

namespace dunlin::cli {
namespace {

// The Redis version whose behaviour this client has; tools read it out of the version line.
constexpr std::string_view kRedisVersion = "7.2.4";

constexpr std::string_view kUsage = R"(
Usage: redis-cli [OPTIONS] [cmd [arg [arg ...]]]

Connection
  -h <host>            Host name or address of the server (default: 127.0.0.1).
  -p <port>            Its port (default: 6379).
  -s <path>            Connect to this Unix socket instead.
  -u <uri>             redis://[[user:]password@]host[:port][/db]
  -t <seconds>         Give up connecting after this time (default: the system's).
  -4, -6               Prefer IPv4 or IPv6 addresses of a name.
  -a, --pass <pw>      Password. The variable REDISCLI_AUTH is the safer way to say it;
                       this option wins when both are given.
  --user <name>        ACL user that the password belongs to.
  --askpass            Ask for the password on the terminal; -a and REDISCLI_AUTH are
                       not looked at then.
  --no-auth-warning    Do not warn about a password on the command line.
  -n <db>              Number of the database.
  -2, -3               Speak RESP2 or RESP3.
  -c                   Cluster mode: follow -MOVED and -ASK to the node they name.

Sending a command
  -r <times>           Send it so often; a negative number is for ever.
  -i <seconds>         Wait so long after each; fractions are allowed. Also the pause of
                       --scan and --stat in each round, and of --bigkeys, --memkeys and
                       --hotkeys in each hundred rounds.
  -x                   The last argument is what standard input holds.
  -X <tag>             Standard input takes the place of the argument <tag>.
  -e                   Exit status 1 when the server answers an error.
  --quoted-input       Arguments may be quoted strings, such as '"a\x00b"'.
  --eval <file>        Send EVAL with the script in this file; keys and arguments are
                       separated by a comma that stands alone.

Output
  --raw                Bytes as they are (default when output is no terminal).
  --no-raw             With types and quotes, also when output is no terminal.
  -d <delimiter>       Between the elements of a raw reply (default: newline).
  -D <delimiter>       Between raw replies (default: newline).
  --csv                Comma separated values.
  --json               JSON, from RESP3 unless -2 is given.
  --quoted-json        JSON in which every byte outside ASCII is escaped.
  --show-pushes <yn>   Whether to print RESP3 PUSH messages (default: yes on a terminal).

Watching a server
  --stat               A line of statistics again and again.
  --latency            Round-trip times of PING; one second and one line when output is
                       no terminal, or with --raw or --csv (-i sets another time).
  --latency-history    The same, a new line every 15 seconds (or -i).
  --latency-dist       Round-trip times as a spectrum of colours (256 colour terminal).
  --mono               Without colours.
  --intrinsic-latency <seconds>
                       How long this machine itself keeps a busy process waiting.
  --lru-test <keys>    A cache workload where 20% of the keys get 80% of the requests.
  --replica            Become a replica and show the commands that arrive.

Keys and data
  --scan               Print all keys, found with SCAN.
  --bigkeys            The biggest key of each type, by elements or bytes.
  --memkeys            The same by memory.
  --memkeys-samples <n>
                       The same, looking at so many elements of each key.
  --hotkeys            The keys used most; needs an LFU maxmemory-policy.
  --pattern <pattern>  Only keys that fit (default: *).
  --quoted-pattern <pattern>
                       The same as a quoted string.
  --count <n>          COUNT for each SCAN (default: 10).
  --rdb <file>         Fetch an RDB snapshot into a file; "-" is standard output.
  --functions-rdb <file>
                       The same with functions only, no keys.
  --pipe               Send the protocol that stands on standard input, count the replies.
  --pipe-timeout <n>   Fail when no reply comes for so many seconds after all is sent
                       (default: 30; 0 waits for ever).

Cluster manager
  --cluster <command> [args...] [opts...]
                       "--cluster help" lists the commands.

  --verbose            Tell more.
  --help               This text.
  --version            The version.

Examples:
  redis-cli set greeting hello
  redis-cli -x set passwords < /etc/passwd
  redis-cli -r 10 -i 1 info clients
  redis-cli --quoted-input set '"null-\x00-separated"' value
  redis-cli --eval script.lua key1 key2 , arg1 arg2
  redis-cli --scan --pattern 'user:*' --count 1000
  redis-cli --cluster check 127.0.0.1:7000

Without a command it starts a session. Type "help" there.

)";

}  // namespace

std::string VersionLine() {
  std::string line("redis-cli ");
  line.append(kRedisVersion).append(" (dunlin-cli ").append(DUNLIN_VERSION).append(")");
  return line;
}

std::string UsageText() { return VersionLine() + "\n" + std::string(kUsage); }

}  // namespace dunlin::cli
