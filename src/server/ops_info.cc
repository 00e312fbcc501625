#include <sys/time.h>

#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {

void OpTime(Call& call) {
  timeval now;
  gettimeofday(&now, nullptr);
  call.reply.Array(2);
  call.reply.Bulk(std::to_string(now.tv_sec));
  call.reply.Bulk(std::to_string(now.tv_usec));
}

}  // namespace dunlin::server
