import { expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import { startHttpCase } from './cases.ts'
import { anAlert } from './receiver.ts'

it('confirms an agent of the directory, and says where it is none', async () => {
  const played = await startHttpCase('entra')
  const sink = openSink(played.config)
  expect(await sink.send(played.alert(), { number: 1 })).toEqual({ kind: 'delivered' })
  expect(await sink.send(anAlert(), { number: 1 })).toEqual({
    kind: 'refused',
    reason: 'the id of the agent is no object id of Entra',
  })
  expect(played.alerts().map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
    [
      '/beta/identityProtection/riskyAgents/confirmCompromised',
      { agentIds: [played.alert().agent.id] },
    ],
  ])
  expect(new URLSearchParams(played.receiver.received[0]!.body).get('scope')).toBe(
    `${played.receiver.base}/.default`,
  )
  await sink.close()
  await played.close()
})

it('wants critical alerts, unless another severity is named', async () => {
  const played = await startHttpCase('entra')
  const wants = (when: object | undefined, severity: 'high' | 'critical') =>
    openSink({ ...played.config, when }).wants?.(anAlert({ severity }))
  expect(wants(undefined, 'high')).toBe(false)
  expect(wants(undefined, 'critical')).toBe(true)
  expect(wants({ tenants: ['default'] }, 'high')).toBe(false)
  expect(wants({ severity: 'high' }, 'high')).toBe(true)
  await played.close()
})
