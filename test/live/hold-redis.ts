/** A process that takes hold of the private Redis of a folder, says so, and waits to be ended. */
import { acquireRedis } from '../../src/runtime/redis.ts'

const redis = await acquireRedis({ url: '', dataDir: process.argv[2] })
console.log(JSON.stringify({ isJoined: redis.isJoined, path: redis.connection.path }))
process.once('SIGTERM', () => {
  redis.stop().then(() => process.exit(0))
})
setInterval(() => {}, 1_000)
