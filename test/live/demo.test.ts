import { tmpdir } from 'node:os'
import { Redis } from 'ioredis'
import { expect, inject, it } from 'vitest'
import { parseRedisUrl } from '../../src/runtime/redis-url.ts'
import { perimeter } from '../cli/command.ts'

const cwd = tmpdir()

it('shows the sample live, and through scan where there is no Redis, with the same alerts', async () => {
  const url = inject('redisUrl')
  if (url === '') throw new Error(`This test needs Redis. ${inject('redisProblem')}`)
  const [live, offline] = await Promise.all([
    perimeter(['demo', '--events', '4000'], { cwd, env: { REDIS_URL: url } }),
    perimeter(['demo', '--events', '4000'], { cwd, env: { REDIS_URL: 'redis://127.0.0.1:1' } }),
  ])
  expect(live.code, live.err).toBe(0)
  expect(offline.code, offline.err).toBe(0)
  expect(live.err).toMatch(/^scored 100% 4,000 events, .*alerts?$/m)
  expect(live.out).toMatch(/^webhook {3}http:\S+, which checks every signature$/m)
  expect(live.out).toMatch(/^4,000 events sent, scored and alerted on in [\d.]+ s$/m)
  expect(offline.out).toContain('Redis at 127.0.0.1:1 does not answer')
  const client = new Redis(parseRedisUrl(url))
  expect(await client.keys('perimeter-demo-*'), 'keys it left behind').toEqual([])
  await client.quit()
  const sum = /^0 of no labelled attacks caught · .*$/m
  expect(live.out).toMatch(sum)
  expect(sum.exec(live.out)?.[0]).toBe(sum.exec(offline.out)?.[0])
})
