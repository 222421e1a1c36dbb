/** Settled: from which number of the stream on everything gathered before is known to all. */
import { epochOf } from './knowledge.ts'

/** Numbers that two epochs span at most, with room to spare: the search ends beyond the answer. */
const TWO_EPOCHS_MAX = 2 ** 18

/**
 * What an epoch gathers is known when the one after it ends. So a stream that goes on at this number,
 * and leaves those up to it out, goes on with all that was learned: history ends like that.
 *
 * @param number of the event that would follow
 */
export function settledFrom(number: number): number {
  const epoch = epochOf(number) + 2
  let before = number
  let from = number + TWO_EPOCHS_MAX
  while (from - before > 1) {
    const middle = before + Math.floor((from - before) / 2)
    if (epochOf(middle) < epoch) before = middle
    else from = middle
  }
  return from
}
