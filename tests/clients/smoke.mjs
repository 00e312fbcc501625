// usage: node smoke.mjs LIBRARY crash|handover PORT...   (LIBRARY: ioredis or node-redis)
//
// Plays one client of a cluster whose nodes listen on 127.0.0.1. Says "ready" on stdout after the first half; then
// someone takes a primary away ("away" on stdin) and says "promoted" once its replica leads; says "done" at the end.
// Anything that is not as it should be ends the program with status 1 and a word on stderr.
import assert from 'node:assert/strict'
import readline from 'node:readline'

const KEYS = 300
const COUNTERS = 50
const DEADLINE_MS = 60000

const [library, failover, ...ports] = process.argv.slice(2)
const { connect } = await import(`./${library}.mjs`)

const heard = new Set()
readline.createInterface({ input: process.stdin }).on('line', (line) => heard.add(line))
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function until(what, condition) {
  const end = Date.now() + DEADLINE_MS
  while (!(await condition())) {
    assert.ok(Date.now() < end, `waited in vain for ${what}`)
    await pause(20)
  }
}

const key = (n) => `smoke:${n}`
const value = (n) => `value of ${n} \u00e9\r\n`

async function writeAll(client) {
  for (let n = 0; n < KEYS; n++) await client.set(key(n), value(n))
}

async function readAll(client) {
  for (let n = 0; n < KEYS; n++) assert.equal(await client.get(key(n)), value(n))
}

// Counters of one slot, bumped in one pipeline; `times` is how often this was done before.
async function pipeline(client, times) {
  const counters = Array.from({ length: COUNTERS }, (_, n) => `{smoke}:counter:${n}`)
  assert.deepEqual(await client.increments(counters), counters.map(() => times + 1))
}

// A message reaches the subscriber; published again and again, because a subscription that moves is away for a moment.
async function message(client, text, publish, received) {
  await until(`the message ${text}`, async () => {
    await publish(text).catch(() => {})
    return received.includes(text)
  })
}

async function writeThroughFailover(client) {
  let refused = 0
  const missing = new Set(Array.from({ length: KEYS }, (_, n) => n))
  let promoted = false
  await until('every write to succeed again', async () => {
    if (!promoted && heard.has('promoted')) {
      promoted = true
      await client.renew?.()
    }
    for (const n of [...missing]) {
      const written = await client.set(`after:${n}`, value(n)).then(() => true, () => false)
      if (!written) {
        refused++
        return false
      }
      if (promoted) missing.delete(n)
    }
    return promoted && missing.size === 0
  })
  for (let n = 0; n < KEYS; n++) assert.equal(await client.get(`after:${n}`), value(n))
  return refused
}

const client = await connect(ports.map(Number), { crash: failover === 'crash' })
const received = []
const receivedSharded = []
await client.subscribe('smoke channel', (text) => received.push(text))
await client.subscribeSharded('{smoke} sharded', (text) => receivedSharded.push(text))
const publish = (text) => client.publish('smoke channel', text)
const publishSharded = (text) => client.publishSharded('{smoke} sharded', text)

await writeAll(client)
await readAll(client)
await pipeline(client, 0)
await message(client, 'before', publish, received)
await message(client, 'before', publishSharded, receivedSharded)
console.log('ready')

await until('the word "away"', () => heard.has('away'))
const refused = await writeThroughFailover(client)
await readAll(client)
await pipeline(client, 1)
await message(client, 'after', publish, received)
// A handover ends sharded subscriptions (the server says so), and no library always makes them again by itself.
if (failover === 'handover') await client.subscribeSharded('{smoke} sharded', (text) => receivedSharded.push(text))
await message(client, 'after', publishSharded, receivedSharded)
await client.close()
console.log(`done, ${refused} writes refused meanwhile`)
process.exit(0)
