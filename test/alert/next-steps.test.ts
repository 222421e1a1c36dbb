import { describe, expect, it } from 'vitest'
import type { KeptEvent } from '../../src/alert/evidence.ts'
import { nextStepsOf } from '../../src/alert/next-steps.ts'
import { factsOf, fitting } from '../../src/alert/taxonomy.ts'
import type { Severity } from '../../src/scoring/threshold.ts'
import { keptEvent } from '../support/kept-event.ts'

const event = (fields: Partial<KeptEvent>): KeptEvent =>
  keptEvent({ detectors: ['new-destination'], ...fields })
const events = [
  event({}),
  event({ action: 'mail.send', resource: 'mail/x@else.example', p: 1e-3 }),
  event({ action: 'mail.send', resource: 'mail/y@else.example', p: 1e-6 }),
]
const bot = { id: 'bot-1', name: 'Mail Bot', blueprint: 'mailer', sponsor: 'ann@corp.example' }
const steps = (severity: Severity, found = ['new-destination'], isShared = false) =>
  nextStepsOf(bot, severity, fitting(factsOf(found, events)), events, isShared)

describe('next steps', () => {
  it('name the strangest event of what the likeliest candidate is about', () => {
    expect(steps('medium')[0]).toMatch(/^This week: block mail\/y@else\.example; /)
    expect(steps('medium').join()).toContain('Mail Bot')
  })

  it('begin with stopping the agent where it is critical, and with nothing so drastic else', () => {
    expect(steps('critical')[0]).toMatch(/^Now: suspend Mail Bot /)
    for (const severity of ['high', 'medium', 'low', 'informational'] as const) {
      expect(steps(severity)[0]).not.toMatch(/suspend/i)
    }
    expect(steps('high').at(-1)).toBe('Suspend Mail Bot if nobody can say what this was for.')
  })

  it('ask the sponsor where no candidate fits', () => {
    expect(steps('low', [])).toEqual([
      'When there is time: ask ann@corp.example whether Mail Bot was meant to do this.',
    ])
    expect(nextStepsOf({ id: 'b' }, 'low', [], [], false)[0]).toContain('whoever answers for it')
  })

  it('think of a roll-out where it is mild and shared', () => {
    expect(steps('low', ['new-destination'], true).at(-1)).toContain('the other mailer agents')
    expect(steps('critical', ['new-destination'], true).join()).not.toContain('roll-out')
  })
})
