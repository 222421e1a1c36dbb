/**
 * Agent day: the strangest answers of an agent's day so far, and what calibration learns when it ends.
 *
 * Alerts are decided by days, so each channel of the day is learned once a day, by its strangest answer.
 */
import { DAY_MS } from '../agent/context.ts'
import { ANSWER_MIN, binOf, learnAnswer } from '../scoring/calibrate.ts'
import { DAY, DAY_DETECTORS, DAY_GATHERED, DAY_VERDICT, EVENT, OWN } from '../scoring/channels.ts'
import type { Memory } from '../scoring/memory.ts'
import { dayTrustIn } from '../scoring/policy.ts'
import type { Judgement } from '../scoring/score.ts'
import type { AgentState } from './agent-state.ts'
import { isPast } from './case.ts'

/** A day further ahead than this came from a clock that was wrong. */
const CLOCK_ERROR_DAYS = 7

/** Keeps what of the judgement is stranger than the agent's day so far. */
export function keepStrangest(state: AgentState, judgement: Judgement): void {
  const { answered, answers, dayTail } = judgement
  if (dayTail < state.dayTail) state.dayTail = dayTail
  for (let nth = 0; nth < answers; nth++) {
    if (answered[nth]! < EVENT) keepStranger(state, judgement, DAY_DETECTORS + answered[nth]!)
  }
  keepStranger(state, judgement, DAY_GATHERED)
  keepStranger(state, judgement, DAY_VERDICT)
}

function keepStranger(state: AgentState, { ofDay }: Judgement, channel: number): void {
  const nats = ofDay[channel]!
  if (nats > 0 && nats > state.ofDay[channel]!) state.ofDay[channel] = Math.fround(nats)
}

/**
 * Where a new day begins, the strangest answers of the one before are learned by calibration, and a case
 * that is long over is forgotten. Answers the lowest tail of a day that ended.
 */
export function learnDay(
  state: AgentState,
  learning: readonly Memory[],
  atMs: number,
  weight: number,
): number | undefined {
  const day = Math.floor(atMs / DAY_MS)
  if (day <= state.day && day >= state.day - CLOCK_ERROR_DAYS) return undefined
  const ended = state.day > 0 ? state.dayTail : undefined
  if (state.day > 0) {
    const trusted = weight * dayTrustIn(state.dayTail)
    for (const memory of learning) {
      memory.calibration.days += trusted
      state.ofDay.forEach((nats, channel) => {
        if (nats < ANSWER_MIN || (memory === state.memory && DAY + channel >= OWN)) return
        learnAnswer(memory.calibration, DAY + channel, binOf(nats), trusted)
      })
    }
  }
  state.day = day
  state.ofDay.fill(0)
  state.dayTail = 1
  if (state.case !== undefined && isPast(state.case, atMs)) state.case = undefined
  return ended
}
