// ioredis's Cluster behind the words that smoke.mjs uses.
import Redis from 'ioredis'

const OPTIONS = { slotsRefreshTimeout: 5000, clusterRetryStrategy: () => 100, retryDelayOnClusterDown: 100, retryDelayOnFailover: 100 }

export async function connect(ports) {
  const nodes = ports.map((port) => ({ host: '127.0.0.1', port }))
  const cluster = new Redis.Cluster(nodes, OPTIONS)
  const subscriber = new Redis.Cluster(nodes, { ...OPTIONS, shardedSubscribers: true })
  const handlers = new Map()
  for (const event of ['message', 'smessage']) {
    subscriber.on(event, (channel, text) => handlers.get(event + channel)?.(text))
  }
  for (const one of [cluster, subscriber]) one.on('error', () => {})
  await new Promise((resolve) => cluster.once('ready', resolve))
  return {
    set: (key, value) => cluster.set(key, value),
    get: (key) => cluster.get(key),
    async increments(keys) {
      const pipeline = cluster.pipeline()
      for (const key of keys) pipeline.incr(key)
      return (await pipeline.exec()).map(([error, reply]) => {
        if (error) throw error
        return reply
      })
    },
    async subscribe(channel, handler) {
      handlers.set('message' + channel, handler)
      await subscriber.subscribe(channel)
    },
    async subscribeSharded(channel, handler) {
      handlers.set('smessage' + channel, handler)
      await subscriber.ssubscribe(channel)
    },
    publish: (channel, text) => cluster.publish(channel, text),
    publishSharded: (channel, text) => cluster.spublish(channel, text),
    async close() {
      cluster.disconnect()
      subscriber.disconnect()
    },
  }
}
