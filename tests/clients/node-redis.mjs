// node-redis's createCluster behind the words that smoke.mjs uses.
import { createCluster } from 'redis'

function create(ports) {
  const cluster = createCluster({
    rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
    defaults: { socket: { connectTimeout: 2000, reconnectStrategy: () => 100 }, disableOfflineQueue: true },
  })
  cluster.on('error', () => {})
  return cluster.connect()
}

export async function connect(ports, { crash }) {
  let cluster = await create(ports)
  const subscriptions = []
  const subscribe = (method, channel, handler) => {
    subscriptions.push([method, channel, handler])
    return cluster[method](channel, handler)
  }
  const client = {
    set: (key, value) => cluster.set(key, value),
    get: (key) => cluster.get(key),
    increments(keys) {
      const pipeline = cluster.multi(keys[0])
      for (const key of keys) pipeline.incr(key)
      return pipeline.execAsPipeline()
    },
    subscribe: (channel, handler) => subscribe('subscribe', channel, handler),
    subscribeSharded: (channel, handler) => subscribe('sSubscribe', channel, handler),
    publish: (channel, text) => cluster.publish(channel, text),
    publishSharded: (channel, text) => cluster.sPublish(channel, text),
    close: async () => cluster.destroy(),
  }
  // The library (5.12) learns of a new primary from MOVED alone. A dead one sends none: the application connects anew.
  if (crash) {
    client.renew = async () => {
      cluster.destroy()
      cluster = await create(ports)
      for (const [method, channel, handler] of subscriptions) await cluster[method](channel, handler)
    }
  }
  return client
}
