/**
 * Recovery: how long until others have taken over and scored what waited, after a worker was killed
 * under load; and until all of it goes on after everything but Redis was killed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { age } from '../aged.ts'
import { tenantFolder } from '../tenant.ts'
import { TENANT } from './load.ts'
import { Stage } from './stage.ts'
import { Watch } from './watch.ts'

const WARM_UP = { rate: 10_000, seconds: 5 }
/** Of the load, when the fault comes. */
const LOAD = { rate: 2_000, seconds: 20 }
const FAULT_AFTER_MS = 4_000
const LOOK_MS = 20

export async function measureRecovery(aged: number) {
  const folder = await tenantFolder(TENANT)
  const stage = await Stage.open({ folder, days: TENANT.days })
  try {
    await age(stage.client, stage.keys, stage.partitions, aged)
    await stage.startService()
    const [first] = [await stage.addWorker(), await stage.addWorker()]
    await under(stage, WARM_UP, async () => {})
    const killed = await under(stage, LOAD, () => stage.end(first, 'SIGKILL'))
    const restarted = await under(stage, LOAD, async () => {
      await Promise.all([stage.service, ...stage.workers].map((one) => stage.end(one, 'SIGKILL')))
      stage.workers.length = 0
      await Promise.all([stage.startService(), stage.addWorker(), stage.addWorker()])
    })
    const measured = { rate: LOAD.rate, workers: 2, age: aged, killed, restarted }
    console.log(JSON.stringify(measured))
    return measured
  } finally {
    await stage.close()
  }
}

/** Has a fault under a load; answers how long, from its beginning on, partitions stood still. */
async function under(stage: Stage, load: typeof LOAD, fault: () => Promise<unknown>) {
  const watch = await Watch.begin(stage)
  const sending = stage.send(load)
  await sleep(Math.min(FAULT_AFTER_MS, load.seconds * 500))
  const startMs = performance.now()
  const before = [...watch.scored]
  await fault()
  const faultMs = performance.now() - startMs
  // Every partition has gone on: its jobs from before the fault are taken over and done.
  while (!watch.scored.every((count, at) => count > before[at]!)) await sleep(LOOK_MS)
  const goneOnMs = performance.now() - startMs
  while (watch.backlog > load.rate / 2) await sleep(LOOK_MS) // half a second's worth is under way always
  const caughtUpMs = performance.now() - startMs
  await sending
  await watch.drained()
  await watch.end()
  const round = (ms: number) => Math.round(ms)
  return { faultMs: round(faultMs), goneOnMs: round(goneOnMs), caughtUpMs: round(caughtUpMs) }
}
